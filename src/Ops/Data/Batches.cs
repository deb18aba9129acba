namespace StagedDiff;

public static partial class Data
{
    /// <summary>One pass over a data set in batches, in random order: pairs of rows that belong together.</summary>
    /// <param name="x">[n, …]: concrete, any element type.</param>
    /// <param name="y">[n, …]: what belongs to x row by row.</param>
    /// <param name="batchSize">Rows of a batch. The last has fewer when it does not divide n.</param>
    /// <param name="seed">Which orders: the same seed and epoch give the same order everywhere.</param>
    /// <param name="epoch">Which pass: each has its own order.</param>
    /// <param name="shuffle">Whether the order is random; if not, it is that of the rows.</param>
    /// <param name="dropLast">Whether a last batch with fewer rows is left out: another shape is another trace of a jitted step.</param>
    /// <returns>Batches [batchSize, …], each in memory of its own, made when it is asked for.</returns>
    /// <exception cref="ShapeException">x and y have no axis, or differ in the number of rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The batch size is not positive.</exception>
    public static IEnumerable<(Tensor X, Tensor Y)> Batches(Tensor x, Tensor y, int batchSize, long seed = 0, int epoch = 0, bool shuffle = true, bool dropLast = false)
    {
        if (batchSize < 1) throw new ArgumentOutOfRangeException(nameof(batchSize), $"Batches: expected at least one row a batch, got {batchSize}.{Caller.Line()}");
        if (x.Rank == 0 || y.Rank == 0 || x.Shape[0] != y.Shape[0])
            throw new ShapeException($"Batches: expected as many rows in both, [n,…] and [n,…], got {x.Type} and {y.Type}.{Caller.Line()}");
        int n = x.Shape[0];
        return Cut(shuffle ? Rng.Permutation(Rng.FoldIn(Rng.Key(seed), epoch), n) : Tensor.Arange(n));

        IEnumerable<(Tensor, Tensor)> Cut(Tensor order)
        {
            for (int at = 0; at < n; at += batchSize)
            {
                int rows = Math.Min(batchSize, n - at);
                if (rows == batchSize || !dropLast) yield return (Rows(x, order, at, rows), Rows(y, order, at, rows));
            }
        }
    }

    static Tensor Rows(Tensor x, Tensor order, int at, int count) => x.DType switch
    {
        DType.Bool => Rows<bool>(x, order, at, count),
        DType.U8 => Rows<byte>(x, order, at, count),
        DType.I32 => Rows<int>(x, order, at, count),
        DType.U32 => Rows<uint>(x, order, at, count),
        DType.I64 => Rows<long>(x, order, at, count),
        DType.F32 => Rows<float>(x, order, at, count),
        _ => Rows<double>(x, order, at, count),
    };

    static Tensor Rows<T>(Tensor x, Tensor order, int at, int count) where T : struct
    {
        var from = x.AsSpan<T>();
        int n = from.Length / (int)x.Shape[0];
        var rows = new Tensor(new(x.DType, x.Shape.With(0, count)), Storage.Allocate(x.DType, (long)count * n));
        var (to, next) = ((T[])rows.Storage.Data, 0);
        foreach (int row in order.AsSpan<int>().Slice(at, count)) from.Slice(row * n, n).CopyTo(to.AsSpan(n * next++));
        return rows;
    }
}
