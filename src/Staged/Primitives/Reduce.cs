namespace StagedDiff;

/// <summary>A reduction over one axis, which goes away.</summary>
abstract record AxisFold(string Title, int Over, FoldKind Fold) : FoldOp
{
    public sealed override string Name => Title;
    public sealed override string ToString() => $"{Title}[{Over}]";
    public sealed override int Axis => Over;
    public sealed override FoldKind Kind => Fold;

    /// <summary>The same over another axis.</summary>
    protected abstract AxisFold At(int axis);

    public sealed override TensorType[] Infer(TensorType[] x)
    {
        Fits(x[0]);
        return [x[0] with { Shape = x[0].Shape.Drop(Over) }];
    }

    /// <summary>Throws where there is nothing to reduce like this.</summary>
    protected virtual void Fits(TensorType x)
    {
        if (x.DType is DType.Bool or DType.U8)
            throw new DTypeException($"{Title}: expected numbers of 32 or 64 bits, got {x}. Use x.Cast(DType.I32).{Caller.Line()}");
    }

    public sealed override Tensor[] Batch(Batched[] x, Extent size) => At(Over + 1).Apply(x[0].Value);

    /// <summary>A result put back along the axis.</summary>
    protected Tensor Along(Tensor y, Shape x) => Prim.Broadcast(y, x, [Over]);
}

/// <summary>Σ. Transpose: the cotangent along the axis.</summary>
sealed record Sum(int Over) : AxisFold("sum", Over, FoldKind.Sum)
{
    protected override AxisFold At(int axis) => new Sum(axis);

    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var shape = x[0].Shape;
        return (Apply(x), ct => [Along(ct[0]!, shape)]);
    }

    public override Dual[] Jvp(Dual[] x) => [new(Of(x[0].Primal), x[0].Tangent is { } t ? Of(t) : null)];
}

/// <summary>Π. Its derivative by an element is the product of the others, so zeros among them are right in every order.</summary>
sealed record Prod(int Over) : AxisFold("prod", Over, FoldKind.Prod)
{
    protected override AxisFold At(int axis) => new Prod(axis);

    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted) => (Apply(x), ct => [Along(ct[0]!, x[0].Shape) * Others(x[0])]);

    public override Dual[] Jvp(Dual[] x) =>
        [new(Of(x[0].Primal), x[0].Tangent is { } t ? Prim.Sum(t * Others(x[0].Primal), [Over]) : null)];

    /// <summary>
    /// For each element the product of the others. One half times the other is half as many pairs; their others times the partner are those
    /// of an element. 3n products in all.
    /// </summary>
    Tensor Others(Tensor x)
    {
        if (!x.Shape[Over].IsConstant) throw new ShapeException(
            $"prod: the derivative needs a constant extent, got {x.Type}. Trace with a constant.{Caller.Line()}");
        int n = x.Shape[Over], half = (n + 1) / 2;
        if (n <= 1) return Prim.Ones(x.Type);
        Tensor a = Prim.Slice(x, Over, 0, half), b = Prim.Slice(x, Over, half, n);
        if (n % 2 == 1) b = Prim.Concatenate(Over, b, Prim.Ones(new(x.DType, x.Shape.With(Over, 1))));
        var pairs = Others(a * b);
        return Prim.Slice(Prim.Concatenate(Over, pairs * b, pairs * a), Over, 0, n);
    }
}

/// <summary>The largest or smallest; NaN where one is. Its derivative is shared evenly among ties.</summary>
abstract record Extreme(string Title, int Over, FoldKind Fold) : AxisFold(Title, Over, Fold)
{
    protected sealed override void Fits(TensorType x)
    {
        if (x.Shape[Over] == 0) throw new ShapeException($"{Title}: axis {Over} of {x} has no elements, and no elements have no {Title}.{Caller.Line()}");
    }

    /// <summary>Which elements are the result, and how many along the axis: at least one even where none is equal (NaN).</summary>
    (Tensor Taken, Tensor Count) Ties(Tensor x, Tensor y)
    {
        var taken = Prim.Equal(x, Along(y, x.Shape));
        return (taken, Prim.Max(Prim.Sum(Prim.Cast(taken, x.DType), [Over]), Prim.Ones(y.Type)));
    }

    public sealed override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var y = Of(x);
        Tensor?[] Pull(Tensor?[] ct)
        {
            var (taken, count) = Ties(x[0], y);
            return [Prim.Select(taken, Along(ct[0]! / count, x[0].Shape), Prim.Zeros(x[0].Type))];
        }
        return ([y], Pull);
    }

    public sealed override Dual[] Jvp(Dual[] x)
    {
        var (p, y) = (x[0].Primal, Of(x[0].Primal));
        if (x[0].Tangent is not { } t) return [new(y, null)];
        var (taken, count) = Ties(p, y);
        return [new(y, Prim.Sum(Prim.Select(taken, t, Prim.Zeros(t.Type)), [Over]) / count)];
    }
}

sealed record Max(int Over) : Extreme("max", Over, FoldKind.Max)
{
    protected override AxisFold At(int axis) => new Max(axis);
}

sealed record Min(int Over) : Extreme("min", Over, FoldKind.Min)
{
    protected override AxisFold At(int axis) => new Min(axis);
}

static partial class Prim
{
    /// <summary>The sum over some axes, which go away; 0 over none of the elements.</summary>
    public static Tensor Sum(Tensor x, Axes axes) => Over(x, axes, a => new Sum(a));
    /// <summary>The product over some axes; 1 over none of the elements.</summary>
    public static Tensor Prod(Tensor x, Axes axes) => Over(x, axes, a => new Prod(a));
    public static Tensor Max(Tensor x, Axes axes) => Over(x, axes, a => new Max(a));
    public static Tensor Min(Tensor x, Axes axes) => Over(x, axes, a => new Min(a));

    // Adjacent axes are merged and reduced as one; from the last run to the first, so that the axes before keep their numbers.
    static Tensor Over(Tensor x, Axes axes, Func<int, AxisFold> fold)
    {
        int[] sorted = [.. axes.Distinct().Order()];
        for (int end = sorted.Length, start; end > 0; end = start)
        {
            for (start = end - 1; start > 0 && sorted[start - 1] == sorted[start] - 1; start--) { }
            int first = sorted[start], after = sorted[end - 1] + 1;
            x = Reshape(x, [.. x.Shape.Take(first), x.Shape.Slice(first, after - first).Count, .. x.Shape.Skip(after)]);
            x = fold(first).Of(x);
        }
        return x;
    }

    /// <summary>Where along an axis the largest element is, as I32: the first of several; NaN counts as the largest.</summary>
    public static Tensor ArgMax(Tensor x, int axis) => Where(x, Max(x, [axis]), axis);
    /// <summary>Where along an axis the smallest element is, as I32: the first of several; NaN counts as the smallest.</summary>
    public static Tensor ArgMin(Tensor x, int axis) => Where(x, Min(x, [axis]), axis);

    /// <summary>The first place along an axis that holds the extreme y, or NaN (then y is NaN too).</summary>
    static Tensor Where(Tensor x, Tensor y, int axis)
    {
        var hit = Equal(x, Broadcast(y, x.Shape, [axis]));
        if (x.DType.IsFloat()) hit = Or(hit, NotEqual(x, x));
        TensorType index = new(DType.I32, x.Shape);
        return Min(Select(hit, Iota(index, axis), Full(x.Shape, Tensor.Literal(DType.I32, int.MaxValue))), [axis]);
    }
}
