namespace StagedDiff;

/// <summary>A [m,n], m ≥ n, as U [m,n]·diag(s)·Vᵀ: s [n] descending; results U, s, Vᵀ. NaN in a matrix with elements that are not finite.</summary>
sealed record Svd : FactorOp
{
    public override string Name => "svd";
    protected override int Axes(int operand) => operand == 2 ? 1 : 2;

    public override TensorType[] Infer(TensorType[] x)
    {
        Matrices(x);
        var (m, n) = (x[0].Shape[^2], x[0].Shape[^1]);
        if (m.IsConstant && n.IsConstant && m.Value < n.Value) throw new ShapeException($"{Name}: expected as many rows as columns or more, got {x[0]}.{Caller.Line()}");
        return [x[0], With(x[0], n), With(x[0], n, n)];
    }

    // Ā = U·((F∘(Uᵀ·Ū − Ūᵀ·U))·S + S·(F∘(Vᵀ·V̄ − V̄ᵀ·V)) + diag(s̄))·Vᵀ + (I − U·Uᵀ)·Ū·S⁻¹·Vᵀ, Fᵢⱼ = 1/(sⱼ² − sᵢ²) (Townsend, 2016)
    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var y = Apply(x);
        var (u, s, vt) = (y[0], y[1], y[2]);
        Tensor?[] Pull(Tensor?[] ct)
        {
            Tensor? inner = ct[1] is { } ds ? Diagonal(ds, vt) : null;
            void Add(Tensor t) => inner = inner is null ? t : inner + t;
            // As in Eigh: where two are equal, 0 wins.
            Tensor Turn(Tensor t) => Prim.MulZ(t - T(t), Gaps(s * s, vt));
            if (ct[0] is { } du) Add(Turn(Prim.Dot(T(u), du)) * Row(s, vt));
            if (ct[2] is { } dvt) Add(Turn(Prim.Dot(vt, T(dvt))) * Column(s, vt));
            var a = Prim.Dot(Prim.Dot(u, inner!), vt);
            if (ct[0] is { } out_ && x[0].Shape[^2] != x[0].Shape[^1])
            {
                var rest = out_ - Prim.Dot(u, Prim.Dot(T(u), out_));
                a += Prim.Dot(Prim.MulZ(rest, Row(1 / s, rest)), vt);
            }
            return [a];
        }
        return (y, Pull);
    }

    protected override unsafe One Routine(DType type, Shape[] x, Shape[] y)
    {
        int m = x[0][0], n = x[0][1];
        return type == DType.F32 ? at => SingularValues<float>.Of((float*)at[0], (float*)at[1], (float*)at[2], (float*)at[3], m, n)
            : at => SingularValues<double>.Of((double*)at[0], (double*)at[1], (double*)at[2], (double*)at[3], m, n);
    }
}

/// <summary>
/// The shortest X with the least |A·X − B|, from A's singular values: A, U, 1/s (0 for those that count as 0), Vᵀ, B. A itself is there for the derivative, which needs
/// no other factors; those have none.
/// </summary>
sealed record LeastSquares : FactorOp
{
    public override string Name => "least_squares";
    protected override int Axes(int operand) => operand == 2 ? 1 : 2;

    public override TensorType[] Infer(TensorType[] x)
    {
        Matrices(x[0], x[1], x[3], x[4]);
        return x[4].Shape[^2] == x[0].Shape[^2] ? [With(x[4], x[0].Shape[^1], x[4].Shape[^1])]
            : throw new ShapeException($"Lstsq: expected [b…,m,n] and [b…,m,k], got {x[0]} and {x[4]}.{Caller.Line()}");
    }

    // With P = A⁺, R = B − A·X: dX = P·dB − P·dA·X + P·Pᵀ·dAᵀ·R + (I − P·A)·dAᵀ·Pᵀ·X (Golub and Pereyra, 1973)
    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var y = Of(x);
        var (a, u, si, vt, b) = (x[0], x[1], x[2], x[3], x[4]);
        Tensor?[] Pull(Tensor?[] ct)
        {
            // A⁺ᵀ is the same of Aᵀ.
            Tensor Transposed(Tensor t) => Of(T(a), T(vt), si, T(u), t);
            var back = Transposed(ct[0]!);
            if (!wanted[0]) return [null, null, null, null, back];
            Tensor rest = b - Prim.Dot(a, y), free = ct[0]! - Prim.Dot(T(a), back);
            var da = Prim.Dot(rest, T(Of(a, u, si, vt, back))) + Prim.Dot(Transposed(y), T(free)) - Prim.Dot(back, T(y));
            return [da, null, null, null, back];
        }
        return ([y], Pull);
    }

    protected override unsafe One Routine(DType type, Shape[] x, Shape[] y)
    {
        int m = x[1][0], r = x[1][1], n = x[3][1], k = x[4][1];
        return type == DType.F32 ? at => Run((float*)at[1], (float*)at[2], (float*)at[3], (float*)at[4], (float*)at[5], m, r, n, k)
            : at => Run((double*)at[1], (double*)at[2], (double*)at[3], (double*)at[4], (double*)at[5], m, r, n, k);
    }

    static unsafe void Run<E>(E* u, E* si, E* vt, E* b, E* y, int m, int r, int n, int k) where E : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<E>
    {
        using var scratch = new Scratch<E>(r * k);
        E* c = scratch.At;
        Rows<E>.Fill(c, (long)r * k, E.Zero);
        Rows<E>.Fill(y, (long)n * k, E.Zero);
        for (int i = 0; i < m; i++)
            for (int j = 0; j < r; j++) Rows<E>.Add(u[i * r + j], b + i * k, c + j * k, k);
        for (int j = 0; j < r; j++)
        {
            if (si[j] == E.Zero) continue;
            for (int i = 0; i < k; i++) c[j * k + i] *= si[j];
            for (int i = 0; i < n; i++) Rows<E>.Add(vt[j * n + i], c + j * k, y + i * k, k);
        }
    }
}

static partial class Prim
{
    /// <summary>U, s, Vᵀ of a matrix with as many rows as columns or more.</summary>
    public static (Tensor U, Tensor S, Tensor Vt) Svd(Tensor a) => new Svd().Apply(a) is var y ? (y[0], y[1], y[2]) : default;

    public static Tensor LeastSquares(Tensor a, Tensor u, Tensor inverse, Tensor vt, Tensor b) => new LeastSquares().Of(a, u, inverse, vt, b);
}
