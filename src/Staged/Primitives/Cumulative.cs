using System.Numerics;
using System.Numerics.Tensors;

namespace StagedDiff;

/// <summary>
/// yₖ = yₖ₋₁ ∘ xₖ along an axis, from its first element or from its last: one chain, in order.
/// </summary>
abstract record Cumulative(string Title, int Axis, bool Reverse, FoldKind Kind) : KernelOp
{
    public sealed override string Name => Title;
    public sealed override string ToString() => $"{Title}[{Axis}{(Reverse ? ";reverse" : "")}]";

    public sealed override TensorType[] Infer(TensorType[] x)
    {
        if (Axis < 0 || Axis >= x[0].Shape.Rank) throw new ShapeException($"{Title}: {x[0]} has no axis {Axis}.{Caller.Line()}");
        if (x[0].DType == DType.Bool || x[0].DType == DType.U8 && Kind is FoldKind.Sum or FoldKind.Prod)
            throw new DTypeException($"{Title}: expected numbers of 32 or 64 bits, got {x[0]}. Use x.Cast(DType.I32).{Caller.Line()}");
        return [x[0]];
    }

    public sealed override Tensor[] Batch(Batched[] x, Extent size) => (this with { Axis = Axis + 1 }).Apply(x[0].Value);

    public sealed override Kernel Plan(TensorType[] x, long[][] strides, TensorType[] y, bool sizesVary) =>
        ElementTypes.Dispatch(x[0].DType, new Chain(Kind, Reverse, ElementTypes.Around(x[0].Shape, Axis)));

    /// <summary>Each element by the one before it along the axis (in the order of the chain), the first by <paramref name="fill"/>.</summary>
    protected Tensor Before(Tensor x, double fill) => Prim.Shifted(x, Axis, Reverse ? -1 : 1, Tensor.Literal(x.DType, fill));

    sealed class Chain(FoldKind kind, bool reverse, (long Outer, long N, long Inner) size) : IForElement<Kernel>
    {
        public Kernel For<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => new Routine<T>(kind, reverse, size);
    }

    sealed class Routine<T>(FoldKind kind, bool reverse, (long Outer, long N, long Inner) size) : Kernel where T : unmanaged, INumber<T>
    {
        readonly Strips strips = new(size);
        public override int Chunks => strips.Count;

        public override unsafe void Run(long* addresses, int start, int end)
        {
            T* x = (T*)addresses[0], y = (T*)addresses[1];
            for (int chunk = start; chunk < end; chunk++)
                foreach (var (row, column, width) in strips.In(chunk))
                    for (long k = 0; k < size.N; k++)
                    {
                        long at = (row * size.N + (reverse ? size.N - 1 - k : k)) * size.Inner + column, before = reverse ? at + size.Inner : at - size.Inner;
                        if (k == 0) new ReadOnlySpan<T>(x + at, width).CopyTo(new(y + at, width));
                        else if (width == 1) y[at] = Combined(y[before], x[at]);
                        else Combine(new(y + before, width), new(x + at, width), new(y + at, width));
                    }
        }

        T Combined(T a, T b) => kind switch { FoldKind.Sum => a + b, FoldKind.Prod => a * b, FoldKind.Max => T.Max(a, b), _ => T.Min(a, b) };

        void Combine(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y)
        {
            switch (kind)
            {
                case FoldKind.Sum: TensorPrimitives.Add(a, b, y); break;
                case FoldKind.Prod: TensorPrimitives.Multiply(a, b, y); break;
                case FoldKind.Max: TensorPrimitives.Max(a, b, y); break;
                default: TensorPrimitives.Min(a, b, y); break;
            }
        }
    }
}

/// <summary>Sums so far. Transpose: from the other end.</summary>
sealed record CumSum(int Axis, bool Reverse) : Cumulative("cumsum", Axis, Reverse, FoldKind.Sum)
{
    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted) => (Apply(x), ct => [(this with { Reverse = !Reverse }).Of(ct[0]!)]);
    public override Dual[] Jvp(Dual[] x) => [new(Of(x[0].Primal), x[0].Tangent is { } t ? Of(t) : null)];
}

/// <summary>Products so far. dyₖ = xₖ dyₖ₋₁ + yₖ₋₁ dxₖ: no division, so zeros are right in every order.</summary>
sealed record CumProd(int Axis, bool Reverse) : Cumulative("cumprod", Axis, Reverse, FoldKind.Prod)
{
    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var y = Of(x);
        return ([y], ct => [Before(y, 1) * Prim.Recurrence(Prim.Shifted(x[0], Axis, Reverse ? 1 : -1, Tensor.Literal(y.DType, 0.0)), ct[0]!, Axis, !Reverse)]);
    }

    public override Dual[] Jvp(Dual[] x)
    {
        var y = Of(x[0].Primal);
        return [new(y, x[0].Tangent is { } t ? Prim.Recurrence(x[0].Primal, Before(y, 1) * t, Axis, Reverse) : null)];
    }
}

/// <summary>The largest or smallest so far; NaN from the first on. The first of equals has the derivative.</summary>
abstract record CumulativeExtreme(string Title, int Axis, bool Reverse, FoldKind Kind) : Cumulative(Title, Axis, Reverse, Kind)
{
    /// <summary>Where each result comes from: the last element that was more than all before it, or NaN.</summary>
    Tensor Source(Tensor x, Tensor y)
    {
        var before = Before(y, 0);
        var index = Prim.Iota(new(DType.I32, x.Shape), Axis);
        var first = Prim.Equal(index, Prim.Full(x.Shape, Reverse ? Tensor.Number(x.Shape[Axis] - 1, DType.I32) : Tensor.Literal(DType.I32, 0L)));
        var renewed = Prim.Or(first, Kind == FoldKind.Max ? Prim.Greater(x, before) : Prim.Less(x, before));
        if (x.DType.IsFloat()) renewed = Prim.Or(renewed, Prim.And(Prim.NotEqual(x, x), Prim.Equal(before, before)));
        Tensor none = Prim.Full(x.Shape, Tensor.Literal(DType.I32, Reverse ? (long)int.MaxValue : -1L)), at = Prim.Select(renewed, index, none);
        return Reverse ? new CumMin(Axis, true).Of(at) : new CumMax(Axis, false).Of(at);
    }

    public sealed override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var y = Of(x);
        return ([y], ct => [Prim.AddAlong(Prim.Zeros(y.Type), Source(x[0], y), ct[0]!, Axis)]);
    }

    public sealed override Dual[] Jvp(Dual[] x)
    {
        var y = Of(x[0].Primal);
        return [new(y, x[0].Tangent is { } t ? Prim.TakeAlong(t, Source(x[0].Primal, y), Axis) : null)];
    }
}

sealed record CumMax(int Axis, bool Reverse) : CumulativeExtreme("cummax", Axis, Reverse, FoldKind.Max);
sealed record CumMin(int Axis, bool Reverse) : CumulativeExtreme("cummin", Axis, Reverse, FoldKind.Min);

/// <summary>
/// hₖ = aₖ hₖ₋₁ + bₖ along an axis, from h = 0 before its first element (or after its last). Linear in b; its derivatives are recurrences again.
/// </summary>
sealed record Recurrence(int Axis, bool Reverse) : KernelOp
{
    public override string Name => "recurrence";
    public override string ToString() => $"recurrence[{Axis}{(Reverse ? ";reverse" : "")}]";

    public override TensorType[] Infer(TensorType[] x) => x[0] == x[1] && x[0].DType is not (DType.Bool or DType.U8) && Axis >= 0 && Axis < x[0].Shape.Rank ? [x[0]]
        : throw new ShapeException($"recurrence: expected two tensors of one type with an axis {Axis}, got {x[0]} and {x[1]}.{Caller.Line()}");

    Tensor Before(Tensor h) => Prim.Shifted(h, Axis, Reverse ? -1 : 1, Tensor.Literal(h.DType, 0L));

    // sₖ = ctₖ + aₖ₊₁ sₖ₊₁ is the cotangent of bₖ, and hₖ₋₁ times it that of aₖ.
    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var h = Of(x);
        Tensor?[] Pull(Tensor?[] ct)
        {
            var s = Prim.Recurrence(Prim.Shifted(x[0], Axis, Reverse ? 1 : -1, Tensor.Literal(h.DType, 0L)), ct[0]!, Axis, !Reverse);
            return [wanted[0] ? s * Before(h) : null, wanted[1] ? s : null];
        }
        return ([h], Pull);
    }

    public override Dual[] Jvp(Dual[] x)
    {
        var h = Of(x[0].Primal, x[1].Primal);
        Tensor? da = x[0].Tangent is { } t ? t * Before(h) : null, db = x[1].Tangent;
        return [new(h, Of(x[0].Primal, da is null ? db! : db is null ? da : da + db))];
    }

    public override Tensor[] Batch(Batched[] x, Extent size) => (this with { Axis = Axis + 1 }).Apply(Prim.Lead(x[0], size), Prim.Lead(x[1], size));

    public override Kernel Plan(TensorType[] x, long[][] strides, TensorType[] y, bool sizesVary) =>
        ElementTypes.Dispatch(x[0].DType, new Chain(Reverse, ElementTypes.Around(x[0].Shape, Axis)));

    sealed class Chain(bool reverse, (long Outer, long N, long Inner) size) : IForElement<Kernel>
    {
        public Kernel For<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => new Routine<T>(reverse, size);
    }

    sealed class Routine<T>(bool reverse, (long Outer, long N, long Inner) size) : Kernel where T : unmanaged, INumber<T>
    {
        readonly Strips strips = new(size);
        public override int Chunks => strips.Count;

        public override unsafe void Run(long* addresses, int start, int end)
        {
            T* a = (T*)addresses[0], b = (T*)addresses[1], h = (T*)addresses[2];
            for (int chunk = start; chunk < end; chunk++)
                foreach (var (row, column, width) in strips.In(chunk))
                    for (long k = 0; k < size.N; k++)
                    {
                        long at = (row * size.N + (reverse ? size.N - 1 - k : k)) * size.Inner + column, before = reverse ? at + size.Inner : at - size.Inner;
                        for (long j = 0; j < width; j++) h[at + j] = k == 0 ? b[at + j] : a[at + j] * h[before + j] + b[at + j];
                    }
        }
    }
}

/// <summary>How the lines along an axis are shared: rows before it, and where those are few, strips of the columns behind it.</summary>
readonly struct Strips((long Outer, long N, long Inner) size)
{
    const long Worthwhile = 1 << 14, Narrowest = 64;     // elements

    readonly int rows = (int)Math.Clamp(size.Outer * size.N * size.Inner / Worthwhile, 1, Math.Clamp(size.Outer, 1, 64)),
        columns = size.Outer >= 16 ? 1 : (int)Math.Clamp(size.N * size.Inner / Worthwhile, 1, Math.Clamp(size.Inner / Narrowest, 1, 16));

    public int Count => rows * columns;

    public IEnumerable<(long Row, long Column, int Width)> In(int chunk)
    {
        var (r, c) = Math.DivRem(chunk, columns);
        long first = size.Inner * c / columns, last = size.Inner * (c + 1) / columns;
        for (long row = size.Outer * r / rows; row < size.Outer * (r + 1) / rows; row++) yield return (row, first, checked((int)(last - first)));
    }
}

static partial class Prim
{
    public static Tensor CumSum(Tensor x, int axis, bool reverse) => new CumSum(axis, reverse).Of(x);
    public static Tensor CumProd(Tensor x, int axis, bool reverse) => new CumProd(axis, reverse).Of(x);
    public static Tensor CumMax(Tensor x, int axis, bool reverse) => new CumMax(axis, reverse).Of(x);
    public static Tensor CumMin(Tensor x, int axis, bool reverse) => new CumMin(axis, reverse).Of(x);

    /// <summary>hₖ = aₖ hₖ₋₁ + bₖ along an axis.</summary>
    public static Tensor Recurrence(Tensor a, Tensor b, int axis, bool reverse) => new Recurrence(axis, reverse).Of(a, b);

    /// <summary>The elements moved by so many places along an axis; what is left free is filled.</summary>
    public static Tensor Shifted(Tensor x, int axis, int by, Tensor fill)
    {
        Shape Only(int n) => [.. x.Shape.Select((_, a) => (Extent)(a == axis ? n : 0))];
        var n = x.Shape[axis];
        return by > 0 ? Slice(Pad(x, fill, Only(by), Only(0), [.. x.Shape.Select(_ => 0)]), axis, 0, n)
            : Slice(Pad(x, fill, Only(0), Only(-by), [.. x.Shape.Select(_ => 0)]), axis, -by, n - by);
    }

    /// <summary>log Σ exp of the elements so far, in log₂ n doubling steps, each of which is exact against overflow.</summary>
    public static Tensor CumLogSumExp(Tensor x, int axis, bool reverse)
    {
        if (!x.Shape[axis].IsConstant) throw new ShapeException(
            $"CumLogSumExp: expected a constant extent along axis {axis}, got {x.Type}. Trace with a constant.{Caller.Line()}");
        var none = Tensor.Literal(x.DType, double.NegativeInfinity);
        for (int by = 1; by < x.Shape[axis].Value; by *= 2) x = LogAddExp(x, Shifted(x, axis, reverse ? -by : by, none));
        return x;
    }

    /// <summary>log(eᵃ + eᵇ).</summary>
    public static Tensor LogAddExp(Tensor a, Tensor b)
    {
        // ∞ − ∞ is no number, and equal infinities differ by nothing.
        var infinite = And(Equal(a, b), Equal(Abs(a), Full(a.Shape, Tensor.Literal(a.DType, double.PositiveInfinity))));
        var d = Select(infinite, Zeros(a.Type), a - b);
        return Max(a, b) + Log1p(Exp(-Abs(d)));
    }
}
