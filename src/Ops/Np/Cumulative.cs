namespace StagedDiff;

// Along an axis, element after element.
public static partial class Np
{
    /// <inheritdoc cref="Tensor.CumSum(int?, bool)"/>
    public static Tensor CumSum(Tensor x, int? axis = null, bool reverse = false) => x.CumSum(axis, reverse);
    /// <inheritdoc cref="Tensor.CumProd(int?, bool)"/>
    public static Tensor CumProd(Tensor x, int? axis = null, bool reverse = false) => x.CumProd(axis, reverse);
    /// <inheritdoc cref="Tensor.CumMax(int?, bool)"/>
    public static Tensor CumMax(Tensor x, int? axis = null, bool reverse = false) => x.CumMax(axis, reverse);
    /// <inheritdoc cref="Tensor.CumMin(int?, bool)"/>
    public static Tensor CumMin(Tensor x, int? axis = null, bool reverse = false) => x.CumMin(axis, reverse);
    /// <inheritdoc cref="Tensor.CumLogSumExp(int?, bool)"/>
    public static Tensor CumLogSumExp(Tensor x, int? axis = null, bool reverse = false) => x.CumLogSumExp(axis, reverse);

    /// <summary>The sums of the elements so far that are not NaN, along an axis or of all in row-major order.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public static Tensor NanCumSum(Tensor x, int? axis = null) => Where(IsNaN(x), 0, x).CumSum(axis);

    /// <summary>The differences of neighbours along an axis, so many times over: each time one element less. Of bools, whether they differ.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    /// <exception cref="ArgumentException">The number of times is negative.</exception>
    /// <remarks>Follows numpy.diff.</remarks>
    public static Tensor Diff(Tensor x, int n = 1, int axis = -1)
    {
        if (n < 0) throw new ArgumentException($"Diff: expected a number of times of 0 or more, got {n}.{Caller.Line()}");
        int a = x.AxisOf("Diff", axis);
        for (; n > 0; n--)
        {
            var extent = x.Shape[a];
            if (extent == 0) return x;
            Tensor next = Prim.Slice(x.Strong(), a, 1, extent), last = Prim.Slice(x.Strong(), a, 0, extent - 1);
            x = x.DType == DType.Bool ? Tensor.NotEqual(next, last) : next - last;
        }
        return x;
    }

    /// <summary>The slope along an axis: half the difference of both neighbours, at the ends the difference of the one.</summary>
    /// <param name="x">Numbers; integers become F32.</param>
    /// <param name="dx">How far neighbours are apart.</param>
    /// <param name="axis">Which axis; negative ones count from the end.</param>
    /// <exception cref="ShapeException">There is no such axis, or it has fewer than two elements.</exception>
    /// <remarks>Follows numpy.gradient along one axis, not <see cref="Fn"/>.Grad.</remarks>
    public static Tensor Gradient(Tensor x, double dx = 1, int axis = -1)
    {
        int a = x.AxisOf("Gradient", axis);
        if (Known("Gradient", x, a) is < 2 and var n) throw new ShapeException($"Gradient: axis {Tensor.Signed(axis)} of {x.Type} has {n} elements; a slope needs two.{Caller.Line()}");
        var y = MoveAxis(Real(x), a, -1);
        var steps = Diff(y);
        var inner = 0.5 * (steps[Slice.Ellipsis, 1..] + steps[Slice.Ellipsis, ..^1]);
        return MoveAxis(Concatenate([steps[Slice.Ellipsis, ..1], inner, steps[Slice.Ellipsis, ^1..]], -1) / dx, -1, a);
    }

    /// <summary>The integral along an axis by trapezia: Σ (xᵢ₊₁ − xᵢ)·(yᵢ + yᵢ₊₁)/2.</summary>
    /// <param name="y">Values of a function; integers become F32.</param>
    /// <param name="x">Where it has them: as many along the axis, or broadcasting to y. Null: at distances of <paramref name="dx"/>.</param>
    /// <param name="dx">The distance where x is not given.</param>
    /// <param name="axis">Which axis; negative ones count from the end.</param>
    /// <exception cref="ShapeException">There is no such axis, or the shapes do not meet.</exception>
    /// <remarks>Follows numpy.trapezoid.</remarks>
    public static Tensor Trapezoid(Tensor y, Tensor? x = null, double dx = 1, int axis = -1)
    {
        var rows = MoveAxis(Real(y), axis, -1);
        var means = 0.5 * (rows[Slice.Ellipsis, 1..] + rows[Slice.Ellipsis, ..^1]);
        return x is null ? (means * dx).Sum(-1) : (means * Diff(x.Rank == 1 ? x : MoveAxis(x, axis, -1))).Sum(-1);
    }
}
