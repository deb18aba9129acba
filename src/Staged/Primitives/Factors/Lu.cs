namespace StagedDiff;

/// <summary>
/// Square A, its rows in the order of the second result, as L·U: in one matrix, L below the diagonal, where it is 1. A column without a pivot leaves 0 on U's diagonal.
/// </summary>
sealed record Lu : FactorOp
{
    public override string Name => "lu";
    protected override int Axes(int operand) => operand == 2 ? 1 : 2;

    public override TensorType[] Infer(TensorType[] x)
    {
        Matrices(x);
        Square(x[0]);
        return [x[0], new(DType.I32, x[0].Shape.Slice(0, x[0].Shape.Rank - 1))];
    }

    // With F = L⁻¹·P·dA·U⁻¹: dL = L·tril(F, −1), dU = triu(F)·U
    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var y = Apply(x);
        var (lu, order) = (y[0], y[1]);
        Tensor?[] Pull(Tensor?[] ct)
        {
            var (row, column) = (Prim.Iota(lu.Type with { DType = DType.I32 }, lu.Rank - 2), Prim.Iota(lu.Type with { DType = DType.I32 }, lu.Rank - 1));
            Tensor l = Prim.Select(Tensor.Equal(row, column), Prim.Ones(lu.Type), Lower(lu)), u = Upper(lu);
            var f = Lower(Prim.Dot(T(l), Lower(ct[0]!, -1)), -1) + Upper(Prim.Dot(Upper(ct[0]!), T(u)));
            f = Prim.TriangularSolve(T(l), f, lower: false, unit: true);
            f = T(Prim.TriangularSolve(u, T(f), lower: false));
            return [Prim.RowsAt(f, Prim.ArgSort(order, order.Rank - 1, false))];
        }
        return (y, Pull);
    }

    protected override unsafe One Routine(DType type, Shape[] x, Shape[] y)
    {
        int n = x[0][0];
        return type == DType.F32 ? at => Triangles<float>.Lu((float*)at[0], (float*)at[1], (int*)at[2], n)
            : at => Triangles<double>.Lu((double*)at[0], (double*)at[1], (int*)at[2], n);
    }
}

/// <summary>
/// A⁻¹·B, or A⁻ᵀ·B, from A's factors: A, lu, order, B. A itself is there for the derivative, which needs no other factors; those have none.
/// </summary>
sealed record LuSolve(bool Transposed) : FactorOp
{
    public override string Name => "lu_solve";
    public override string ToString() => Transposed ? "lu_solve[transposed]" : Name;
    protected override int Axes(int operand) => operand == 2 ? 1 : 2;

    public override TensorType[] Infer(TensorType[] x)
    {
        Matrices(x[0], x[1], x[3]);
        Square(x[0]);
        return x[3].Shape[^2] == x[0].Shape[^1] ? [x[3]] : throw new ShapeException($"Solve: expected [b…,n,n] and [b…,n,m], got {x[0]} and {x[3]}.{Caller.Line()}");
    }

    // A·dX = dB − dA·X
    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var y = Of(x);
        Tensor?[] Pull(Tensor?[] ct)
        {
            var b = new LuSolve(!Transposed).Of(x[0], x[1], x[2], ct[0]!);
            Tensor? a = !wanted[0] ? null : Transposed ? -Prim.Dot(y, T(b)) : -Prim.Dot(b, T(y));
            return [a, null, null, b];
        }
        return ([y], Pull);
    }

    protected override unsafe One Routine(DType type, Shape[] x, Shape[] y)
    {
        int n = x[3][0], m = x[3][1];
        bool transposed = Transposed;
        return type == DType.F32 ? at => Triangles<float>.Solve((float*)at[1], (int*)at[2], (float*)at[3], (float*)at[4], n, m, transposed)
            : at => Triangles<double>.Solve((double*)at[1], (int*)at[2], (double*)at[3], (double*)at[4], n, m, transposed);
    }
}

static partial class Prim
{
    /// <summary>L and U in one matrix, and the order of the rows.</summary>
    public static (Tensor Factors, Tensor Order) Lu(Tensor a) => new Lu().Apply(a) is var y ? (y[0], y[1]) : default;

    /// <summary>A⁻¹·B: [b…,n,n] and [b…,n,m].</summary>
    public static Tensor Solve(Tensor a, Tensor b)
    {
        var (lu, order) = Lu(StopGradient(a));
        return new LuSolve(false).Of(a, lu, order, b);
    }

    /// <summary>The rows of matrices [b…,m,n] at places [b…,k].</summary>
    public static Tensor RowsAt(Tensor x, Tensor places) => new Gather(x.Rank - 2, x.Rank - 2).Of(x, places);
}
