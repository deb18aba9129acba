using System.Runtime.CompilerServices;

namespace StagedDiff;

/// <summary>
/// Steps in a row that work on a batch, done for one part of the batch after the other: what one step writes, the next reads while it is in a
/// cache. The same work on the same elements, so the same bits. What these steps alone touch has memory for one part, used again by the next.
/// </summary>
sealed unsafe class Band : ProgramStep
{
    /// <summary>Bytes between steps from which caches run over, and of one part that stay in one.</summary>
    const long Large = 1 << 20, Small = 3 << 18;
    const int Longest = 24;

    /// <summary>The first and last of the steps, and in how many parts they run.</summary>
    public readonly record struct Range(int First, int Last, int Parts);

    /// <summary>A buffer that this band alone touches: bytes of one part, and where that lies in the memory of a thread.</summary>
    readonly record struct Own(int Buffer, long Bytes, long Offset);

    [ThreadStatic] static Frame? frame;

    readonly ProgramStep[] steps;
    readonly int parts, threads, buffers;
    readonly Own[] own;
    readonly long bytes;

    /// <summary>The steps of a range.</summary>
    /// <param name="range">Which.</param>
    /// <param name="all">The steps of the program.</param>
    /// <param name="own">The buffers that they alone touch, with the first and last step that does, and their bytes.</param>
    /// <param name="buffers">How many buffers the program has.</param>
    /// <param name="threads">How many may take part.</param>
    public Band(Range range, ProgramStep[] all, (int Buffer, Memory.Life Life)[] own, int buffers, int threads) : base([])
    {
        (First, parts, this.buffers, this.threads) = (range.First, range.Parts, buffers, threads);
        steps = all[range.First..(range.Last + 1)];
        (var offsets, bytes) = Memory.Plan(Array.ConvertAll(own, o => o.Life with { Bytes = o.Life.Bytes / parts }));
        this.own = [.. own.Select((o, k) => new Own(o.Buffer, o.Life.Bytes / parts, offsets[k]))];
    }

    /// <summary>Bytes that all threads together take for what lies between the steps.</summary>
    public long Bytes => bytes * Math.Min(threads, parts);

    /// <summary>The number of the first step, and of the last.</summary>
    public int First { get; }
    public int Last => First + steps.Length - 1;

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
                if (steps[last].Parts < 1) break;
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

    /// <summary>On this thread, telling before each step of each part its number.</summary>
    public void RunWatched(long* table, Action<int> watch)
    {
        for (int p = 0; p < parts; p++) Part(table, p, watch);
    }

    [SkipLocalsInit]
    void Part(long* table, int p, Action<int>? watch = null)
    {
        var mine = stackalloc long[buffers];
        new Span<long>(table, buffers).CopyTo(new(mine, buffers));
        if (own.Length > 0)
        {
            long memory = (frame ??= new()).Arena(bytes);
            // Where all parts would begin, were this one at its place among them.
            foreach (var o in own) mine[o.Buffer] = memory + o.Offset - p * o.Bytes;
        }
        for (int k = 0; k < steps.Length; k++)
        {
            watch?.Invoke(First + k);
            steps[k].RunPart(mine, p, parts);
        }
    }

    public override string? Explain(Func<int, TensorType> type) => null;
    public override Cost? Cost(Func<int, TensorType> type) => null;
}
