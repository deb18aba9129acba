using System.Diagnostics;
using System.Runtime.InteropServices;

namespace StagedDiff.Workloads;

/// <summary>Microseconds: on the wall, or of this thread's work alone, which a busy machine lengthens less (Linux, one thread).</summary>
static class Clock
{
    [StructLayout(LayoutKind.Sequential)]
    struct Time { public long Seconds, Nanoseconds; }

    [DllImport("libc")]
    static extern int clock_gettime(int clock, out Time time);

    const int ThreadTime = 3;

    public static double Wall() => Stopwatch.GetTimestamp() * 1e6 / Stopwatch.Frequency;

    public static double Cpu()
    {
        _ = clock_gettime(ThreadTime, out var t);
        return t.Seconds * 1e6 + t.Nanoseconds * 1e-3;
    }
}
