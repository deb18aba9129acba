namespace StagedDiff;

/// <summary>(A + Aᵀ)/2 = V·diag(w)·Vᵀ, w [n] ascending; NaN in a matrix with elements that are not finite.</summary>
sealed record Eigh : FactorOp
{
    public override string Name => "eigh";
    protected override int Axes(int operand) => operand == 1 ? 1 : 2;

    public override TensorType[] Infer(TensorType[] x)
    {
        Matrices(x);
        Square(x[0]);
        return [With(x[0], x[0].Shape[^1]), x[0]];
    }

    // dw = diag(Vᵀ·dA·V), dV = V·(F∘(Vᵀ·dA·V)), Fᵢⱼ = 1/(wⱼ − wᵢ)
    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var y = Apply(x);
        var (w, v) = (y[0], y[1]);
        Tensor?[] Pull(Tensor?[] ct)
        {
            Tensor? inner = ct[0] is { } dw ? Diagonal(dw, v) : null;
            // Of equal eigenvalues any turn of the vectors will do: what does not depend on it has 0 there, which wins.
            if (ct[1] is { } dv && Prim.MulZ(Prim.Dot(T(v), dv), Gaps(w, v)) is var turn) inner = inner is null ? turn : inner + turn;
            return [Symmetric(Prim.Dot(Prim.Dot(v, inner!), T(v)))];
        }
        return (y, Pull);
    }

    protected override unsafe One Routine(DType type, Shape[] x, Shape[] y)
    {
        int n = x[0][0];
        return type == DType.F32 ? at => Eigenvalues<float>.Of((float*)at[0], (float*)at[1], (float*)at[2], n)
            : at => Eigenvalues<double>.Of((double*)at[0], (double*)at[1], (double*)at[2], n);
    }
}

static partial class Prim
{
    public static (Tensor Values, Tensor Vectors) Eigh(Tensor a) => new Eigh().Apply(a) is var y ? (y[0], y[1]) : default;
}
