using System.Diagnostics;

namespace StagedDiff.Kernels;

/// <summary>What is paid beside arithmetic: a call of a jitted function, and making a program of a long function.</summary>
static class CallTimes
{
    public static void Print()
    {
        Console.WriteLine("| chain of 10,000 operations on [1000], a tenth of them exp | ms |\n|---|---|");
        Console.WriteLine($"| in a fresh process, trace to first result | {Compiled(0):F0} |");
        Console.WriteLine($"| the same with other numbers, the best of 8 | {Enumerable.Range(1, 8).Min(Compiled):F0} |");
        Console.WriteLine($"| no two stretches alike, the best of 8 | {Enumerable.Range(1, 8).Min(Irregular):F0} |");

        // Arguments come back as they are: a call, and nothing to do.
        var f = Fn.Jit<Tensor, Tensor, Tensor, (Tensor, Tensor, Tensor)>((a, b, c) => (b, c, a));
        Tensor x = Tensor.Full([8], 1f), y = Tensor.Full([8], 2f), z = Tensor.Full([8], 3f);
        const int rounds = 200_000;
        void Calls() { for (int i = 0; i < rounds; i++) (x, y, z) = f(x, y, z); }
        for (int warm = 0; warm < 20; warm++)
        {
            Calls();
            Thread.Sleep(50);
        }
        var times = new double[15];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int r = 0; r < times.Length; r++)
        {
            long start = Stopwatch.GetTimestamp();
            Calls();
            times[r] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / rounds;
        }
        long bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (rounds * times.Length);
        Array.Sort(times);
        Console.WriteLine($"\n| call of a jitted function of three arguments, nothing to do | |\n|---|---|\n| median | {times[times.Length / 2]:F0} ns |\n| allocated | {bytes} bytes |");
    }

    static double Compiled(int seed) => Time(y =>
    {
        for (int i = 0; i < 10_000; i++) y = i % 10 == 0 ? Tensor.Exp(-y) : i % 2 == 0 ? y * (1 + 0.00001f * (i + seed)) : y + 0.0001f * (i + seed);
        return y;
    });

    static double Irregular(int seed)
    {
        var random = new Random(seed);
        return Time(y =>
        {
            for (int i = 0; i < 10_000; i++) y = random.Next(20) switch { 0 or 1 => Tensor.Exp(-y), < 10 => y * (1 + 0.00001f * i), _ => y + 0.0001f * i };
            return y;
        });
    }

    static double Time(Func<Tensor, Tensor> f)
    {
        var x = Tensor.Full([1000], 1f);
        long start = Stopwatch.GetTimestamp();
        _ = Fn.Jit(f)(x)[0].Item<float>();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
