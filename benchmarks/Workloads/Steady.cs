using System.Diagnostics;

namespace StagedDiff.Workloads;

/// <summary>Many steps in a row: what memory the process holds after a tenth of them and after all, and the collections between.</summary>
static class Steady
{
    public static void Print(Workload workload, Inputs inputs, JitOptions? options, int steps)
    {
        var step = workload.Start(inputs, options);
        double running = 0;
        string mode = options is null ? "eager" : "jit";
        void Run(int count)
        {
            for (int i = 0; i < count; i++) running = 0.99 * running + 0.01 * workload.Watch(step())[0];
        }
        Run(steps / 10);
        var (early, first, second, allocated) = (WorkingSet(), GC.CollectionCount(1), GC.CollectionCount(2), GC.GetTotalAllocatedBytes());
        var watch = Stopwatch.StartNew();
        Run(steps - steps / 10);
        double us = watch.Elapsed.TotalMicroseconds / (steps - steps / 10);
        long late = WorkingSet();
        Console.WriteLine($"{workload.Name} {mode}: {early / 1048576.0:F1} MB after {steps / 10} steps, {late / 1048576.0:F1} MB after {steps} ({100.0 * (late - early) / early:+0.0;-0.0} %); {GC.CollectionCount(1) - first} collections of generation 1 and "
            + $"{GC.CollectionCount(2) - second} of 2 between; {(GC.GetTotalAllocatedBytes() - allocated) / (steps - steps / 10)} bytes and {us:F1} µs a step; running loss {running:G4}");
    }

    static long WorkingSet()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
