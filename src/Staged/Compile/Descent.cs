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
            Bytes += Elements * folds[k].Value.Type.Size();
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

    long Row => (nest.Extents[^1].Value + Schedule.FoldLanes - 1) / Schedule.FoldLanes * Schedule.FoldLanes;
    long Elements => nest.Extents.Skip(nest.Lead).SkipLast(1).Aggregate(Row, (n, e) => n * e.Value);

    /// <summary>Where the accumulators of a fold lie in block 0, in elements of its type. Axis k of the nest is loop <paramref name="loop"/>(k).</summary>
    public Affine At(Store fold, Func<int, int> loop)
    {
        var at = Affine.Of(offsets[Array.IndexOf(folds, fold)] / fold.Value.Type.Size());
        long stride = Row;
        for (int a = nest.Extents.Length - 2; a >= nest.Lead; stride *= nest.Extents[a--].Value) at += Affine.Loop(loop(a)) * stride;
        return at + Affine.Loop(loop(nest.Extents.Length - 1));
    }
}
