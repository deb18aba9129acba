namespace StagedDiff;

/// <summary>
/// Memory for folds down the leading axes of a nest, beside those over its last axis: for each block of rows a row of accumulators of each such fold,
/// each row with room for all lanes of any loop.
/// </summary>
sealed class Descent
{
    readonly Nest nest;
    readonly Store[] folds;
    readonly long[] offsets;

    public Descent(Nest nest)
    {
        this.nest = nest;
        folds = [.. nest.Stores.Where(s => s.Down is not null)];
        offsets = new long[folds.Length];
        long rows = nest.Extents.Take(nest.Lead).Aggregate(1L, (n, e) => n * e.Value);
        Blocks = checked((int)((rows + Schedule.RowBlock - 1) / Schedule.RowBlock));
        for (int k = 0; k < folds.Length; k++)
        {
            offsets[k] = Bytes;
            Bytes += Accumulators(nest.Extents.AsSpan()[nest.Lead..]) * folds[k].Value.Type.Size();
        }
    }

    public IReadOnlyList<Store> Folds => folds;

    /// <summary>Blocks of rows: the order of each sum, on any number of threads.</summary>
    public int Blocks { get; }

    /// <summary>Of one block.</summary>
    public long Bytes { get; }

    /// <summary>Whether threads can share the blocks: where they are ranges of one loop.</summary>
    public bool IsShared => nest.Lead == 1 && Blocks > 1;

    /// <summary>Where the accumulators of a fold lie in a block, in bytes.</summary>
    public (long From, long To) Range(int fold) => (offsets[fold], fold + 1 < folds.Length ? offsets[fold + 1] : Bytes);

    /// <summary>Accumulators of one fold over a space without its leading axes: rows with room for all lanes.</summary>
    public static long Accumulators(ReadOnlySpan<Extent> space)
    {
        long count = Padded(space[^1]);
        foreach (var e in space[..^1]) count *= e.Value;
        return count;
    }

    static long Padded(Extent row) => (row.Value + Schedule.FoldLanes - 1) / Schedule.FoldLanes * Schedule.FoldLanes;

    /// <summary>Where the accumulators of a fold lie in block 0, in elements of its type. Axis k of the nest is loop <paramref name="loop"/>(k).</summary>
    public Affine At(Store fold, Func<int, int> loop)
    {
        var at = Affine.Of(offsets[Array.IndexOf(folds, fold)] / fold.Value.Type.Size());
        long stride = Padded(nest.Extents[^1]);
        for (int a = nest.Extents.Length - 2; a >= nest.Lead; stride *= nest.Extents[a--].Value) at += Affine.Loop(loop(a)) * stride;
        return at + Affine.Loop(loop(nest.Extents.Length - 1));
    }
}
