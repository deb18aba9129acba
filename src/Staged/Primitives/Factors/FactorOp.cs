namespace StagedDiff;

/// <summary>
/// An op on matrices: the last two axes of its operands and results (one, for vectors). Those before are a batch, alike in all, and each matrix is
/// computed for itself.
/// </summary>
abstract record FactorOp : KernelOp
{
    public override string ToString() => Name;
    public sealed override Tensor[] Batch(Batched[] x, Extent size) => Apply(Array.ConvertAll(x, b => Prim.Lead(b, size)));

    /// <summary>The routine for one matrix: the addresses of its operands and results.</summary>
    protected unsafe delegate void One(long* at);

    /// <summary>The routine for F32 or F64 matrices of these shapes, without the batch.</summary>
    protected abstract One Routine(DType type, Shape[] x, Shape[] y);

    /// <summary>How many axes each operand and result has beside the batch: two, but for vectors.</summary>
    protected virtual int Axes(int operand) => 2;

    public sealed override Kernel Plan(TensorType[] x, long[][] strides, TensorType[] y, bool sizesVary)
    {
        TensorType[] all = [.. x, .. y];
        Shape[] own = [.. all.Select((t, i) => t.Shape.Slice(t.Shape.Rank - Axes(i), Axes(i)))];
        var batch = all[0].Shape.Slice(0, all[0].Shape.Rank - Axes(0));
        return new Each(batch.Size, [.. all.Select((t, i) => own[i].Size * t.DType.Size())], Routine(x[0].DType, own[..x.Length], own[x.Length..]));
    }

    sealed class Each(long count, long[] bytes, One one) : Kernel
    {
        public override int Chunks => checked((int)count);

        public override unsafe void Run(long* addresses, int start, int end)
        {
            var at = stackalloc long[bytes.Length];
            for (int k = start; k < end; k++)
            {
                for (int i = 0; i < bytes.Length; i++) at[i] = addresses[i] + k * bytes[i];
                one(at);
            }
        }
    }

    /// <summary>Throws where an operand is no float matrix.</summary>
    protected void Matrices(params TensorType[] x)
    {
        foreach (var t in x)
            if (!t.DType.IsFloat() || t.DType != x[0].DType)
                throw new DTypeException($"{Name}: expected floats of one type, got {string.Join(" and ", x)}. Cast first.{Caller.Line()}");
            else if (t.Shape.Rank < 2 || t.Shape.Rank != x[0].Shape.Rank || Leading(t) != Leading(x[0]))
                throw new ShapeException($"{Name}: expected [b…,m,n] with the same leading axes, got {string.Join(" and ", x)}.{Caller.Line()}");
    }

    protected void Square(TensorType x)
    {
        if (x.Shape[^1] != x.Shape[^2]) throw new ShapeException($"{Name}: expected a square matrix [b…,n,n], got {x}.{Caller.Line()}");
    }

    protected static Shape Leading(TensorType x) => x.Shape.Slice(0, x.Shape.Rank - 2);
    protected static TensorType With(TensorType x, params Extent[] last) => x with { Shape = [.. Leading(x), .. last] };

    // The mathematics of the rules.
    protected static Tensor T(Tensor x) => Prim.Transpose(x);

    /// <summary>The elements where the row is at least the column, or more: k = −1 leaves out the diagonal.</summary>
    protected static Tensor Lower(Tensor x, int k = 0)
    {
        var (row, column) = Places(x);
        return Prim.Select(column <= row + k, x, Prim.Zeros(x.Type));
    }

    protected static Tensor Upper(Tensor x, int k = 0)
    {
        var (row, column) = Places(x);
        return Prim.Select(column >= row + k, x, Prim.Zeros(x.Type));
    }

    /// <summary>The strict lower triangle and half of the diagonal.</summary>
    protected static Tensor HalfLower(Tensor x)
    {
        var (row, column) = Places(x);
        return Prim.Select(column < row, x, Prim.Select(Tensor.Equal(column, row), x * 0.5, Prim.Zeros(x.Type)));
    }

    static (Tensor Row, Tensor Column) Places(Tensor x)
    {
        var type = x.Type with { DType = DType.I32 };
        return (Prim.Iota(type, x.Rank - 2), Prim.Iota(type, x.Rank - 1));
    }

    /// <summary>A vector in each row, or in each column, of matrices.</summary>
    protected static Tensor Row(Tensor v, Tensor like) => Prim.Broadcast(v, like.Shape, [like.Rank - 2]);
    protected static Tensor Column(Tensor v, Tensor like) => Prim.Broadcast(v, like.Shape, [like.Rank - 1]);

    /// <summary>1/(wⱼ − wᵢ) beside the diagonal, where it is 0; infinite where two are equal.</summary>
    protected static Tensor Gaps(Tensor w, Tensor like)
    {
        var (row, column) = Places(like);
        var same = Tensor.Equal(row, column);
        return Prim.Select(same, Prim.Zeros(like.Type), 1 / Prim.Select(same, Prim.Ones(like.Type), Row(w, like) - Column(w, like)));
    }

    /// <summary>Matrices with these diagonals.</summary>
    protected static Tensor Diagonal(Tensor v, Tensor like)
    {
        var (row, column) = Places(like);
        return Prim.Select(Tensor.Equal(row, column), Row(v, like), Prim.Zeros(like.Type));
    }

    protected static Tensor Symmetric(Tensor x) => (x + T(x)) * 0.5;
}
