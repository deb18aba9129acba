namespace StagedDiff;

/// <summary>The lower L with L·Lᵀ = (A + Aᵀ)/2; NaN in a matrix where that is not positive definite.</summary>
sealed record Cholesky : FactorOp
{
    public override string Name => "cholesky";

    public override TensorType[] Infer(TensorType[] x)
    {
        Matrices(x);
        Square(x[0]);
        return [x[0]];
    }

    // dL = L·Φ(L⁻¹·dA·L⁻ᵀ), Φ the lower triangle with half of the diagonal (Murray, 2016)
    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var l = Of(x);
        Tensor?[] Pull(Tensor?[] ct)
        {
            var p = HalfLower(Prim.Dot(T(l), Lower(ct[0]!)));
            var left = Prim.TriangularSolve(T(l), p, lower: false);
            return [Symmetric(T(Prim.TriangularSolve(T(l), T(left), lower: false)))];
        }
        return ([l], Pull);
    }

    protected override unsafe One Routine(DType type, Shape[] x, Shape[] y)
    {
        int n = x[0][0];
        return type == DType.F32 ? at => Triangles<float>.Cholesky((float*)at[0], (float*)at[1], n) : at => Triangles<double>.Cholesky((double*)at[0], (double*)at[1], n);
    }
}

/// <summary>A⁻¹·B for a triangle A: the other triangle is not read, nor the diagonal where it is <paramref name="Unit"/>. Linear in B.</summary>
sealed record TriangularSolve(bool IsLower, bool Unit) : FactorOp
{
    public override string Name => "triangular_solve";
    public override string ToString() => $"triangular_solve[{(IsLower ? "lower" : "upper")}{(Unit ? ";unit" : "")}]";

    public override TensorType[] Infer(TensorType[] x)
    {
        Matrices(x);
        Square(x[0]);
        return x[1].Shape[^2] == x[0].Shape[^1] ? [x[1]] : throw new ShapeException($"{Name}: expected [b…,n,n] and [b…,n,m], got {x[0]} and {x[1]}.{Caller.Line()}");
    }

    // A·dX = dB − dA·X
    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var (a, y) = (x[0], Of(x));
        Tensor?[] Pull(Tensor?[] ct)
        {
            var b = new TriangularSolve(!IsLower, Unit).Of(T(a), ct[0]!);
            Tensor Triangle(Tensor t) => IsLower ? Lower(t, Unit ? -1 : 0) : Upper(t, Unit ? 1 : 0);
            return [wanted[0] ? -Triangle(Prim.Dot(b, T(y))) : null, b];
        }
        return ([y], Pull);
    }

    protected override unsafe One Routine(DType type, Shape[] x, Shape[] y)
    {
        int n = x[1][0], m = x[1][1];
        var (lower, unit) = (IsLower, Unit);
        return type == DType.F32 ? at =>
        {
            new ReadOnlySpan<float>((float*)at[1], n * m).CopyTo(new((float*)at[2], n * m));
            Triangles<float>.Solve((float*)at[0], (float*)at[2], n, m, lower, unit);
        }
        : at =>
        {
            new ReadOnlySpan<double>((double*)at[1], n * m).CopyTo(new((double*)at[2], n * m));
            Triangles<double>.Solve((double*)at[0], (double*)at[2], n, m, lower, unit);
        };
    }
}

static partial class Prim
{
    public static Tensor Cholesky(Tensor a) => new Cholesky().Of(a);

    /// <summary>A⁻¹·B for a triangle A: [b…,n,n] and [b…,n,m].</summary>
    public static Tensor TriangularSolve(Tensor a, Tensor b, bool lower, bool unit = false) => new TriangularSolve(lower, unit).Of(a, b);
}
