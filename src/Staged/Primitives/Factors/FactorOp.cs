namespace StagedDiff;

/// <summary>A factorisation, or what is solved by one: two axes are a matrix, one is a vector.</summary>
abstract record FactorOp : BatchedOp
{
    protected override int Axes(int operand) => 2;

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
