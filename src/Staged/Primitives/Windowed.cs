namespace StagedDiff;

/// <summary>
/// The sum, largest or smallest element of each window of x: extents <paramref name="Sizes"/>, every <paramref name="Steps"/>th one, whole windows
/// only: <paramref name="Counts"/> of them. The elements of a window in row-major order, one chain.
/// </summary>
sealed record Windowed(FoldKind Kind, Axes Sizes, Axes Steps, Shape Counts) : MapOp
{
    public bool IsLinear => Kind == FoldKind.Sum;

    public override string Name => "reduce_window";
    public override string ToString() => $"reduce_window[{Kind.ToString().ToLowerInvariant()};{Sizes};{Steps}]";

    public override TensorType[] Infer(TensorType[] x)
    {
        var shape = x[0].Shape;
        if (shape.Rank != Sizes.Count) throw new ShapeException($"{this}: expected a window with as many axes as {x[0]}.{Caller.Line()}");
        for (int a = 0; a < shape.Rank; a++)
            if (shape[a].IsConstant && Counts[a].IsConstant && Counts[a] != Count(shape[a], Sizes[a], Steps[a]))
                throw new ShapeException($"{this}: {Counts[a]} windows do not fit along axis {a} of {x[0]}.{Caller.Line()}");
        if (x[0].DType is DType.Bool || x[0].DType == DType.U8 && Kind == FoldKind.Sum)
            throw new DTypeException($"{this}: expected numbers of 32 or 64 bits, got {x[0]}. Use x.Cast(DType.I32).{Caller.Line()}");
        return [x[0] with { Shape = Counts }];
    }

    /// <summary>How many windows there are along an axis.</summary>
    public static Extent Count(Extent n, int size, int step) => size == 1 && step == 1 ? n : step == 1 && !n.IsConstant ? n - (size - 1)
        : n.IsConstant && n.Value >= size ? (n.Value - size) / step + 1
        : throw new ShapeException($"reduce_window: windows of {size}, {step} apart, do not fit into an axis of {n}.{Caller.Line()}");

    public override Op WithSymbols(Func<Extent, Extent> symbol) => this with { Counts = [.. Counts.Select(symbol)] };

    /// <summary>Each place in a window.</summary>
    IEnumerable<int[]> Places()
    {
        int count = Sizes.Aggregate(1, (a, b) => a * b);
        for (int k = 0; k < count; k++)
        {
            var place = new int[Sizes.Count];
            for (int a = Sizes.Count - 1, rest = k; a >= 0; a--) (rest, place[a]) = Math.DivRem(rest, Sizes[a]);
            yield return place;
        }
    }

    public override Value At(Affine[] i, Read[] x, TensorType[] types, TensorType y, Value? guard) =>
        Places().Select(place => x[0]([.. i.Select((at, a) => at * Steps[a] + Affine.Of(place[a]))], guard)).Aggregate((a, b) => Kind switch
        {
            FoldKind.Sum => a + b,
            FoldKind.Max => Values.Max(a, b),
            _ => Values.Min(a, b),
        });

    /// <summary>The elements of x at one place of all windows.</summary>
    Tensor At(Tensor x, int[] place, Shape y) => Prim.Slice(x, [.. place.Select(p => (Extent)p)],
        [.. place.Select((p, a) => y[a] == 0 ? (Extent)p : (y[a] - 1) * Steps[a] + p + 1)], Steps);

    /// <summary>The elements of a result where they belong to one place of x; elsewhere <paramref name="fill"/>.</summary>
    Tensor Back(Tensor y, int[] place, Shape x, Tensor fill) => Prim.Pad(y, fill, [.. place.Select(p => (Extent)p)],
        [.. place.Select((p, a) => x[a] - p - (y.Shape[a] - 1) * Steps[a] - 1)], [.. Steps.Select(n => n - 1)]);

    static Tensor Total(IEnumerable<Tensor> x) => x.Aggregate((a, b) => a + b);

    (Tensor[] Taken, Tensor Count) Ties(Tensor x, Tensor y)
    {
        Tensor[] taken = [.. Places().Select(p => Prim.Equal(At(x, p, y.Shape), y))];
        return (taken, Prim.Max(Total(taken.Select(t => Prim.Cast(t, y.DType))), Prim.Ones(y.Type)));
    }

    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var y = Of(x);
        Tensor?[] Pull(Tensor?[] ct)
        {
            var none = Tensor.Literal(y.DType, 0.0);
            if (Kind == FoldKind.Sum) return [Total(Places().Select(p => Back(ct[0]!, p, x[0].Shape, none)))];
            var (taken, count) = Ties(x[0], y);
            var share = ct[0]! / count;
            return [Total(Places().Select((p, k) => Back(Prim.Select(taken[k], share, Prim.Zeros(y.Type)), p, x[0].Shape, none)))];
        }
        return ([y], Pull);
    }

    public override Dual[] Jvp(Dual[] x)
    {
        var y = Of(x[0].Primal);
        if (x[0].Tangent is not { } t) return [new(y, null)];
        if (Kind == FoldKind.Sum) return [new(y, Of(t))];
        var (taken, count) = Ties(x[0].Primal, y);
        return [new(y, Total(Places().Select((p, k) => Prim.Select(taken[k], At(t, p, y.Shape), Prim.Zeros(y.Type)))) / count)];
    }

    public override Tensor[] Batch(Batched[] x, Extent size) => new Windowed(Kind, [1, .. Sizes], [1, .. Steps], Counts.Prepend(size)).Apply(x[0].Value);
}

static partial class Prim
{
    // More terms than this in one expression are too many for the JIT.
    const int MostInline = 64;

    public static Tensor SumWindow(Tensor x, int[] sizes, int[] steps) => Window(FoldKind.Sum, x, [.. sizes], [.. steps]);
    public static Tensor MaxWindow(Tensor x, int[] sizes, int[] steps) => Window(FoldKind.Max, x, [.. sizes], [.. steps]);

    /// <summary>Sums, maxima or minima of windows.</summary>
    public static Tensor Window(FoldKind kind, Tensor x, Axes sizes, Axes steps)
    {
        if (sizes.Count != x.Rank || steps.Count != x.Rank || sizes.Concat(steps).Any(n => n < 1))
            throw new ShapeException($"reduce_window: expected a size and a step of 1 or more for each axis of {x.Type}, got {sizes} and {steps}.{Caller.Line()}");
        Shape shape = [.. x.Shape.Select((n, a) => Windowed.Count(n, sizes[a], steps[a]))];
        return sizes.Aggregate(1L, (a, b) => a * b) <= MostInline ? new Windowed(kind, sizes, steps, shape).Of(x) : LargeWindow(kind, x, sizes, steps, shape);
    }

    /// <summary>The windows as new axes, then a fold over those.</summary>
    public static Tensor LargeWindow(FoldKind kind, Tensor x, Axes sizes, Axes steps, Shape shape)
    {
        for (int a = 0; a < sizes.Count; a++)
        {
            TensorType grid = new(DType.I32, [shape[a], sizes[a]]);
            x = Gather(x, Iota(grid, 0) * steps[a] + Iota(grid, 1), 2 * a);
        }
        x = Permute(x, [.. Enumerable.Range(0, sizes.Count).Select(a => 2 * a), .. Enumerable.Range(0, sizes.Count).Select(a => 2 * a + 1)]);
        Axes windows = [.. Enumerable.Range(sizes.Count, sizes.Count)];
        return kind switch { FoldKind.Sum => Sum(x, windows), FoldKind.Max => Max(x, windows), _ => Min(x, windows) };
    }
}
