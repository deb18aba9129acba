namespace StagedDiff;

/// <summary>A [m,n], m ≥ n, as Q [m,n] with orthonormal columns times the upper R [n,n]. Signs are LAPACK's.</summary>
sealed record Qr : FactorOp
{
    public override string Name => "qr";

    public override TensorType[] Infer(TensorType[] x)
    {
        Matrices(x);
        var (m, n) = (x[0].Shape[^2], x[0].Shape[^1]);
        if (m.IsConstant && n.IsConstant && m.Value < n.Value) throw new ShapeException($"{Name}: expected as many rows as columns or more, got {x[0]}.{Caller.Line()}");
        return [x[0], With(x[0], n, n)];
    }

    // M = R·R̄ᵀ − Q̄ᵀ·Q; Ā = (Q̄ + Q·(tril(M) + tril(M, −1)ᵀ))·R⁻ᵀ (Walter and Lehmann, 2018)
    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var y = Apply(x);
        var (q, r) = (y[0], y[1]);
        Tensor?[] Pull(Tensor?[] ct)
        {
            Tensor? m = ct[1] is { } dr ? Prim.Dot(r, T(Upper(dr))) : null, n = ct[0] is { } dq ? Prim.Dot(T(dq), q) : null;
            var both = m is null ? -n! : n is null ? m : m - n;
            var a = Prim.Dot(q, Lower(both) + T(Lower(both, -1)));
            if (ct[0] is { } direct) a += direct;
            return [T(Prim.TriangularSolve(r, T(a), lower: false))];
        }
        return (y, Pull);
    }

    protected override unsafe One Routine(DType type, Shape[] x, Shape[] y)
    {
        int m = x[0][0], n = x[0][1];
        return type == DType.F32 ? at => Reflections<float>.Qr((float*)at[0], (float*)at[1], (float*)at[2], m, n)
            : at => Reflections<double>.Qr((double*)at[0], (double*)at[1], (double*)at[2], m, n);
    }
}

static partial class Prim
{
    public static (Tensor Q, Tensor R) Qr(Tensor a) => new Qr().Apply(a) is var y ? (y[0], y[1]) : default;
}
