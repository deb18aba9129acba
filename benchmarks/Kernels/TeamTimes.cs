using System.Diagnostics;

namespace StagedDiff.Kernels;

/// <summary>The cost of fork and join, of a worker that has to be woken, and what is gained from a second thread by amount of work.</summary>
static class TeamTimes
{
    const int Rounds = 2000;

    public static void Print()
    {
        Console.WriteLine("| two threads | median µs | p99 |\n|---|---|---|");
        Row("nothing to do: chunks claimed, both if they come", () => { }, () => Team.Run(2, 2, _ => { }));
        Row("both must take part, hot", () => { }, Both);
        Row("the same after 20 µs of work alone (workers still spin)", () => Work(20), Both);
        Row("the same after 2 ms of sleep (workers parked)", () => Thread.Sleep(2), Both, 200);
        Row("8 chunks of nothing after 2 ms of sleep: nobody waits for a worker", () => Thread.Sleep(2), () => Team.Run(2, 8, _ => { }), 200);
        Row("Parallel.For, both must take part", () => { }, () =>
        {
            int arrived = 0;
            Parallel.For(0, 2, _ => { Interlocked.Increment(ref arrived); while (Volatile.Read(ref arrived) < 2) Thread.SpinWait(1); });
        });

        Team.Run(2, 8, _ => Work(1000));
        Thread.Sleep(100);
        var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        Thread.Sleep(2000);
        process.Refresh();
        Console.WriteLine($"\nProcessor time in two seconds without work, after shared work: {(process.TotalProcessorTime - before).TotalMilliseconds:F0} ms.");

        Console.WriteLine("\n| work in 8 chunks, µs on one thread | on two | gain | p99 | beside a busy thread | p99 |\n|---|---|---|---|---|---|");
        foreach (double us in new[] { 1.0, 4, 16, 64, 256, 1024 })
        {
            void Shared() => Team.Run(2, 8, _ => Work(us / 8));
            var (one, _) = Times(() => { }, () => { for (int i = 0; i < 8; i++) Work(us / 8); }, 300);
            var (two, worst) = Times(() => { }, Shared, 300);
            bool stop = false;
            var busy = new Thread(() => { while (!Volatile.Read(ref stop)) Work(100); }) { IsBackground = true };
            busy.Start();
            Thread.Sleep(5);
            var (three, worse) = Times(() => { }, Shared, 300);
            Volatile.Write(ref stop, true);
            busy.Join();
            Console.WriteLine($"| {one:F1} | {two:F1} | ×{one / two:F2} | {worst:F1} | {three:F1} | {worse:F1} |");
        }
    }

    static void Both()
    {
        int arrived = 0;
        Team.Run(2, 2, _ =>
        {
            Interlocked.Increment(ref arrived);
            while (Volatile.Read(ref arrived) < 2) Thread.SpinWait(1);
        });
    }

    /// <summary>Steps of work in a µs.</summary>
    static readonly double pace = Paced();

    static double Paced()
    {
        double best = 0;
        for (int i = 0; i < 50; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Spin(100_000);
            best = Math.Max(best, 100_000 / Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }
        return best;
    }

    static void Work(double us) => Spin((long)(us * pace));

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization | System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    static long Spin(long steps)
    {
        ulong x = 1;
        for (; steps > 0; steps--) x = x * 6364136223846793005 + 1442695040888963407;
        return (long)x;
    }

    static void Row(string what, Action before, Action body, int rounds = Rounds)
    {
        var (median, worst) = Times(before, body, rounds);
        Console.WriteLine($"| {what} | {median:F2} | {worst:F2} |");
    }

    static (double Median, double Worst) Times(Action before, Action body, int rounds)
    {
        for (int i = 0; i < rounds / 4; i++) body();
        var times = new double[rounds];
        for (int i = 0; i < rounds; i++)
        {
            before();
            long start = Stopwatch.GetTimestamp();
            body();
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }
        Array.Sort(times);
        return (times[rounds / 2], times[rounds * 99 / 100]);
    }
}
