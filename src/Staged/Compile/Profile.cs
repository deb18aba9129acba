using System.Diagnostics;
using System.Globalization;

namespace StagedDiff;

/// <summary>The times of a program's steps, written into its explanation.</summary>
static class Profile
{
    const int MostCalls = 1000;

    /// <summary>Explains a program with the median time of each step. It is called again and again for a quarter of a second, at least three times.</summary>
    /// <param name="program">What is explained.</param>
    /// <param name="call">Runs it once.</param>
    /// <param name="clock">The time in µs; on the wall, if none is given.</param>
    public static string Of(Program program, Action call, Func<double>? clock = null)
    {
        clock ??= static () => Stopwatch.GetTimestamp() * 1e6 / Stopwatch.Frequency;
        call();
        List<double>[] times = [.. Enumerable.Range(0, program.Steps).Select(_ => new List<double>())];
        var whole = new List<double>();
        double last = 0, start = clock();
        var (sums, current) = (new double[program.Steps], -1);
        program.Watch = k =>
        {
            double now = clock();
            if (current >= 0) sums[current] += now - last;
            current = k;
            if (k == program.Steps)
            {
                for (int s = 0; s < sums.Length; s++) times[s].Add(sums[s]);
                Array.Clear(sums);
                current = -1;
            }
            last = clock();     // not what this took
        };
        try
        {
            while (whole.Count < 3 || whole.Count < MostCalls && clock() - start < 250_000)
            {
                double before = clock();
                call();
                whole.Add(clock() - before);
            }
        }
        finally { program.Watch = null; }
        double Median(List<double> x) => x.Order().ElementAt(x.Count / 2);
        int cores = Math.Min(program.Threads, Environment.ProcessorCount);
        double all = times.Sum(Median), peak = Peak.Flops * cores;
        string Part(double part) => $"{(100 * part).ToString("F0", CultureInfo.InvariantCulture)} %";
        string Rates(Cost c, double us) => (c.Flops > 0 ? $", {Cost.Si(c.Flops / us * 1e6, "flop/s")} ({Part(c.Flops / us * 1e6 / peak)} of peak)" : "") + $", {Cost.Si(c.Bytes / us * 1e6, "B/s")}";
        string Line(double us, Cost? cost) => $"     {Time(us)} ({Part(us / all)}){(cost is { } c && us > 0 ? Rates(c, us) : "")}\n";
        return $"""
            {program.Explain((k, cost) => Line(Median(times[k]), cost))}
            {Time(Median(whole))} a call, {Time(all)} of it in these: the median of {whole.Count} calls
            {Lanes.Best.Count * 32}-bit vectors; the peak of {cores} core{(cores == 1 ? "" : "s")} is {Cost.Si(peak, "flop/s")} (F32)
            """;
    }

    static string Time(double us) => us < 1 ? Cost.Si(us * 1000, "ns") : us < 1000 ? Cost.Si(us, "µs") : us < 1e6 ? Cost.Si(us / 1000, "ms") : Cost.Si(us / 1e6, "s");
}
