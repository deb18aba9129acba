namespace StagedDiff;

/// <summary>
/// Steps in a row that work on a batch, done for one part of the batch after the other: what one step writes, the next reads while it is in a
/// cache. The same work on the same elements, so the same bits.
/// </summary>
sealed unsafe class Band(ProgramStep[] steps, int parts, int threads) : ProgramStep([])
{
    /// <summary>Bytes between steps from which caches run over, and of one part that stay in one.</summary>
    const long Large = 1 << 20, Small = 3 << 18;
    const int Longest = 24;

    /// <summary>The first and last of the steps, and in how many parts they run.</summary>
    public readonly record struct Range(int First, int Last, int Parts);

    /// <summary>
    /// The bands among steps: as long as can be. In each, part p of a step touches of what the others write part p alone.
    /// </summary>
    public static List<Range> Find(ProgramStep[] steps, Func<int, TensorType> type, Func<int, bool> isTemporary)
    {
        var bands = new List<Range>();
        long Bytes(int b) => isTemporary(b) ? type(b).Shape.Size * type(b).DType.Size() : 0;
        if (!steps.Any(s => s is RoutineStep) || steps.SelectMany(s => s.Buffers).Distinct().Sum(Bytes) <= Large) return bands;
        var cuts = new Dictionary<(int, int), bool>();
        bool IsCut(int step, int b) => cuts.TryGetValue((step, b), out bool known) ? known : cuts[(step, b)] = steps[step].IsCut(b, type(b).Shape.Size);
        for (int first = 0; first < steps.Length; first++)
        {
            Range? best = null;
            long parts = steps[first].Parts;
            for (int last = first + 1; last < Math.Min(steps.Length, first + Longest) && parts > 1; last++)
            {
                parts = Gcd(parts, steps[last].Parts);
                int[] now = [.. Enumerable.Range(first, last - first + 1)];
                // What some of the steps write and others touch.
                int[] between = [.. now.SelectMany(s => steps[s].Buffers.Distinct()).GroupBy(b => b).Where(g => g.Count() > 1 && now.Any(s => steps[s].Writes(g.Key))).Select(g => g.Key)];
                if (parts is <= 1 or > int.MaxValue || !between.All(b => now.All(s => !steps[s].Buffers.Contains(b) || IsCut(s, b)))) break;
                long all = between.Sum(Bytes);
                if (all > Large && all / parts <= Small && now.Any(s => steps[s] is RoutineStep)) best = new(first, last, (int)parts);
            }
            if (best is not { } band) continue;
            bands.Add(band);
            first = band.Last;
        }
        return bands;
    }

    static long Gcd(long a, long b) => b == 0 ? a : Gcd(b, a % b);

    public override IndexException? Run(long* table, Binding call)
    {
        if (threads > 1) Share((long)table);
        else
            for (int p = 0; p < parts; p++) Part(table, p);
        return null;
    }

    void Share(long table) => Team.Run(threads, parts, p => Part((long*)table, p));

    void Part(long* table, int p)
    {
        foreach (var step in steps) step.RunPart(table, p, parts);
    }

    public override string? Explain(Func<int, TensorType> type) => null;
    public override Cost? Cost(Func<int, TensorType> type) => null;
}
