using System.Numerics;

namespace StagedDiff;

/// <summary>
/// Isotonic regression by pooling adjacent violators: which of the elements of a row [b…,n] have one value in the v₁ ≥ … ≥ vₙ nearest to s − w. The number of
/// each element's block, from 0 on: I32. Nearest is ½·|v − (s − w)|², where a block has the mean of its own; entropic, Σ exp(s − v) + Σ exp(w)·v, where it has
/// log Σ exp(s) − log Σ exp(w).
/// </summary>
sealed record IsotonicBlocks(bool Entropic) : BatchedOp
{
    public override string Name => "isotonic_blocks";
    public override string ToString() => Entropic ? "isotonic_blocks[entropic]" : Name;
    protected override int Axes(int operand) => 1;

    public override TensorType[] Infer(TensorType[] x) => x[0] == x[1] && x[0].DType.IsFloat() && x[0].Shape.Rank > 0 ? [x[0] with { DType = DType.I32 }]
        : throw new ShapeException($"{Name}: expected two float tensors [b…,n] of one shape, got {x[0]} and {x[1]}.{Caller.Line()}");

    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted) => (Apply(x), _ => [null, null]);
    public override Dual[] Jvp(Dual[] x) => [new(Of(x[0].Primal, x[1].Primal), null)];

    protected override unsafe One Routine(DType type, Shape[] x, Shape[] y)
    {
        int n = x[0][0];
        bool entropic = Entropic;
        return type == DType.F32 ? at => Pool((float*)at[0], (float*)at[1], (int*)at[2], n, entropic) : at => Pool((double*)at[0], (double*)at[1], (int*)at[2], n, entropic);
    }

    static unsafe void Pool<T>(T* s, T* w, int* block, int n, bool entropic) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Of each block so far its first place, and two numbers that say its value: sum and count, or the logarithms.
        var first = new int[n];
        var (a, b) = (new T[n], new T[n]);
        T Value(int k) => entropic ? a[k] - b[k] : a[k] / b[k];
        int last = -1;
        for (int i = 0; i < n; i++)
        {
            last++;
            (first[last], a[last], b[last]) = (i, entropic ? s[i] : s[i] - w[i], entropic ? w[i] : T.One);
            for (; last > 0 && Value(last) > Value(last - 1); last--)
                (a[last - 1], b[last - 1]) = entropic ? (LogSum(a[last - 1], a[last]), LogSum(b[last - 1], b[last])) : (a[last - 1] + a[last], b[last - 1] + b[last]);
        }
        for (int k = 0; k <= last; k++)
            for (int i = first[k]; i < (k < last ? first[k + 1] : n); i++) block[i] = k;
    }

    static T LogSum<T>(T a, T b) where T : IBinaryFloatingPointIeee754<T> => T.Max(a, b) is var most && T.IsFinite(most) ? most + T.LogP1(T.Exp(T.Min(a, b) - most)) : most;
}

static partial class Prim
{
    public static Tensor IsotonicBlocks(Tensor s, Tensor w, bool entropic) => new IsotonicBlocks(entropic).Of(s, w);
}
