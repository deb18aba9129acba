namespace StagedDiff;

/// <summary>
/// An op on vectors or matrices, the last axes of its operands and results. Those before are a batch, alike in all, and each one is computed for itself.
/// </summary>
abstract record BatchedOp : KernelOp
{
    public override string ToString() => Name;
    public sealed override Tensor[] Batch(Batched[] x, Extent size) => Apply(Array.ConvertAll(x, b => Prim.Lead(b, size)));

    /// <summary>The routine for one: the addresses of its operands and results.</summary>
    protected unsafe delegate void One(long* at);

    /// <summary>The routine for F32 or F64 and these shapes, without the batch.</summary>
    protected abstract One Routine(DType type, Shape[] x, Shape[] y);

    /// <summary>How many axes each operand and result has beside the batch.</summary>
    protected abstract int Axes(int operand);

    public sealed override Kernel Plan(TensorType[] x, long[][] strides, TensorType[] y, bool sizesVary)
    {
        TensorType[] all = [.. x, .. y];
        Shape[] own = [.. all.Select((t, i) => t.Shape.Slice(t.Shape.Rank - Axes(i), Axes(i)))];
        var batch = all[0].Shape.Slice(0, all[0].Shape.Rank - Axes(0));
        return new Each(batch.Size, [.. all.Select((t, i) => own[i].Size * t.DType.Size())], Routine(x[0].DType, own[..x.Length], own[x.Length..]));
    }

    sealed class Each(long count, long[] bytes, One one) : Kernel
    {
        // So that a thread gets no less than a few thousand elements.
        public override int Chunks { get; } = (int)Math.Min(count, Math.Max(1, count * bytes.Sum() >> 14));

        public override unsafe void Run(long* addresses, int start, int end)
        {
            var at = stackalloc long[bytes.Length];
            for (long k = count * start / Math.Max(1, Chunks); k < count * end / Math.Max(1, Chunks); k++)
            {
                for (int i = 0; i < bytes.Length; i++) at[i] = addresses[i] + k * bytes[i];
                one(at);
            }
        }
    }
}
