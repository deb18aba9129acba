namespace StagedDiff;

// Each reduction takes one axis or none, which means all of them, or a list of axes.
public sealed partial class Tensor
{
    /// <summary>The sum along an axis, or of all elements; 0 of none. Bools and U8 are summed as I32.</summary>
    /// <param name="axis">Which axis; negative ones count from the end. Null: all.</param>
    /// <param name="keepDims">Whether the axis stays, with extent 1.</param>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public Tensor Sum(int? axis = null, bool keepDims = false) => Folded(Summed(this), AxesOf("Sum", axis), keepDims, Prim.Sum);
    /// <inheritdoc cref="Sum(int?, bool)"/>
    public Tensor Sum(int[] axes, bool keepDims = false) => Folded(Summed(this), AxesOf("Sum", axes), keepDims, Prim.Sum);

    /// <summary>The product along an axis, or of all elements; 1 of none. Bools and U8 are multiplied as I32.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public Tensor Prod(int? axis = null, bool keepDims = false) => Folded(Summed(this), AxesOf("Prod", axis), keepDims, Prim.Prod);
    /// <inheritdoc cref="Prod(int?, bool)"/>
    public Tensor Prod(int[] axes, bool keepDims = false) => Folded(Summed(this), AxesOf("Prod", axes), keepDims, Prim.Prod);

    /// <summary>The greatest element along an axis, or of all; NaN where there is one. Its derivative is split evenly among equals.</summary>
    /// <exception cref="ShapeException">There is no such axis, or it has no elements.</exception>
    public Tensor Max(int? axis = null, bool keepDims = false) => Extreme("Max", AxesOf("Max", axis), keepDims, Prim.Max);
    /// <inheritdoc cref="Max(int?, bool)"/>
    public Tensor Max(int[] axes, bool keepDims = false) => Extreme("Max", AxesOf("Max", axes), keepDims, Prim.Max);

    /// <summary>The least element along an axis, or of all; NaN where there is one. Its derivative is split evenly among equals.</summary>
    /// <exception cref="ShapeException">There is no such axis, or it has no elements.</exception>
    public Tensor Min(int? axis = null, bool keepDims = false) => Extreme("Min", AxesOf("Min", axis), keepDims, Prim.Min);
    /// <inheritdoc cref="Min(int?, bool)"/>
    public Tensor Min(int[] axes, bool keepDims = false) => Extreme("Min", AxesOf("Min", axes), keepDims, Prim.Min);

    /// <summary>The mean along an axis, or of all elements; NaN of none. Integers give F32.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public Tensor Mean(int? axis = null, bool keepDims = false) => Averaged(AxesOf("Mean", axis), keepDims);
    /// <inheritdoc cref="Mean(int?, bool)"/>
    public Tensor Mean(int[] axes, bool keepDims = false) => Averaged(AxesOf("Mean", axes), keepDims);

    /// <summary>
    /// The variance along an axis, or of all elements: the sum of the squared distances from the mean, divided by n − <paramref name="ddof"/>.
    /// Integers give F32.
    /// </summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public Tensor Var(int? axis = null, bool keepDims = false, int ddof = 0) => Spread(AxesOf("Var", axis), keepDims, ddof);
    /// <inheritdoc cref="Var(int?, bool, int)"/>
    public Tensor Var(int[] axes, bool keepDims = false, int ddof = 0) => Spread(AxesOf("Var", axes), keepDims, ddof);

    /// <summary>The standard deviation: the square root of <see cref="Var(int?, bool, int)"/>. Its derivative at 0 is infinite.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public Tensor Std(int? axis = null, bool keepDims = false, int ddof = 0) => Sqrt(Spread(AxesOf("Std", axis), keepDims, ddof));
    /// <inheritdoc cref="Std(int?, bool, int)"/>
    public Tensor Std(int[] axes, bool keepDims = false, int ddof = 0) => Sqrt(Spread(AxesOf("Std", axes), keepDims, ddof));

    /// <summary>Whether all elements are true (or not zero), along an axis or at all; true of none.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public Tensor All(int? axis = null, bool keepDims = false) => Folded(Bits(), AxesOf("All", axis), keepDims, Prim.Prod).To(DType.Bool);
    /// <inheritdoc cref="All(int?, bool)"/>
    public Tensor All(int[] axes, bool keepDims = false) => Folded(Bits(), AxesOf("All", axes), keepDims, Prim.Prod).To(DType.Bool);

    /// <summary>Whether an element is true (or not zero), along an axis or at all; false of none.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public Tensor Any(int? axis = null, bool keepDims = false) => Folded(Bits(), AxesOf("Any", axis), keepDims, Prim.Sum).To(DType.Bool);
    /// <inheritdoc cref="Any(int?, bool)"/>
    public Tensor Any(int[] axes, bool keepDims = false) => Folded(Bits(), AxesOf("Any", axes), keepDims, Prim.Sum).To(DType.Bool);

    /// <summary>Where the greatest element is along an axis, or among all in row-major order: I32; the first of equals, a NaN first of all.</summary>
    /// <exception cref="ShapeException">There is no such axis, or it has no elements.</exception>
    public Tensor ArgMax(int? axis = null, bool keepDims = false) => Place("ArgMax", axis, keepDims, Prim.ArgMax);
    /// <summary>Where the least element is along an axis, or among all in row-major order: I32; the first of equals, a NaN first of all.</summary>
    /// <exception cref="ShapeException">There is no such axis, or it has no elements.</exception>
    public Tensor ArgMin(int? axis = null, bool keepDims = false) => Place("ArgMin", axis, keepDims, Prim.ArgMin);

    static Tensor Folded(Tensor x, int[] axes, bool keepDims, Func<Tensor, Axes, Tensor> f)
    {
        var y = axes is [] ? x.Strong() : f(x, [.. axes]);
        return keepDims ? y.Shaped(Kept(x.Shape, axes)) : y;
    }

    static Shape Kept(Shape shape, int[] axes) => [.. shape.Select((n, a) => axes.Contains(a) ? (Extent)1 : n)];

    static Tensor Summed(Tensor x) => x.DType is DType.Bool or DType.U8 ? x.To(DType.I32) : x;

    Tensor Bits() => (DType == DType.Bool ? this : NotEqual(this, 0)).To(DType.I32);

    Tensor Extreme(string name, int[] axes, bool keepDims, Func<Tensor, Axes, Tensor> f)
    {
        CheckFilled(name, axes);
        return DType == DType.Bool ? Folded(To(DType.I32), axes, keepDims, f).To(DType.Bool) : Folded(this, axes, keepDims, f);
    }

    void CheckFilled(string name, int[] axes)
    {
        foreach (int a in axes)
            if (Shape[a] == 0)
                throw new ShapeException($"{name}: {Type} has no elements along axis {a}, and so no {name.ToLowerInvariant()}.{Caller.Line()}");
    }

    Tensor Averaged(int[] axes, bool keepDims)
    {
        var x = Real();
        return Folded(x, axes, keepDims, Prim.Sum) / Number(Extents(axes), x.DType);
    }

    Tensor Spread(int[] axes, bool keepDims, int ddof)
    {
        var x = Real();
        var d = x - x.Averaged(axes, true);
        return Folded(d * d, axes, keepDims, Prim.Sum) / Number(Extents(axes) - ddof, x.DType);
    }

    Tensor Place(string name, int? axis, bool keepDims, Func<Tensor, int, Tensor> f)
    {
        CheckFilled(name, AxesOf(name, axis));
        int a = axis is { } given ? AxisOf(name, given) : 0;
        var y = f(Counted(axis is null ? Reshape(-1) : Strong()), a);
        return keepDims ? y.Shaped(Kept(Shape, AxesOf(name, axis))) : y;
    }

    Tensor Real() => DType.IsFloat() ? Strong() : To(DType.F32);

    Extent Extents(int[] axes) => axes.Aggregate((Extent)1, (n, a) => n * Shape[a]);

    /// <summary>An extent as a number in a computation: a literal, or counted when the program runs.</summary>
    internal static Tensor Number(Extent n, DType type)
    {
        Tensor Symbol(string s) => Prim.Sum(Prim.Full([Extent.Symbol(s)], Literal(DType.I32, 1)), [0]).To(type);
        return n.IsConstant ? Literal(type, n.Value)
            : n.Terms.Select(t => t.Symbols.Select(Symbol).Aggregate(Literal(type, t.Factor), (a, b) => a * b)).Aggregate((a, b) => a + b);
    }
}
