namespace StagedDiff;

public static partial class Nn
{
    /// <summary>The greatest element of each window.</summary>
    /// <param name="x">Any shape, as [examples, rows, columns, channels].</param>
    /// <param name="window">The extent of a window along each axis of x: [1, 2, 2, 1].</param>
    /// <param name="strides">How far the windows are apart along each axis; null: as far as they are long.</param>
    /// <param name="padding">How many places to add before and after each axis; null: none, and what fits no window is left out.</param>
    /// <returns>Along each axis (n + before + after − window)/stride + 1 elements, rounded down.</returns>
    /// <exception cref="ShapeException">There is not one number for each axis, one is not positive, or no window fits.</exception>
    /// <remarks>Follows flax.linen.max_pool and jax.lax.reduce_window. Equals in a window share the derivative; added places never count.</remarks>
    public static Tensor MaxPool(Tensor x, int[] window, int[]? strides = null, (int Before, int After)[]? padding = null) =>
        Pool("MaxPool", Prim.MaxWindow, x, window, strides, padding, double.NegativeInfinity);

    /// <summary>The sum of each window.</summary>
    /// <inheritdoc cref="MaxPool(Tensor, int[], int[], ValueTuple{int, int}[])" path="/param|/returns|/exception"/>
    public static Tensor SumPool(Tensor x, int[] window, int[]? strides = null, (int Before, int After)[]? padding = null) =>
        Pool("SumPool", Prim.SumWindow, x, window, strides, padding, 0);

    /// <summary>The mean of each window; added places count as zeros.</summary>
    /// <inheritdoc cref="MaxPool(Tensor, int[], int[], ValueTuple{int, int}[])" path="/param|/returns|/exception"/>
    public static Tensor MeanPool(Tensor x, int[] window, int[]? strides = null, (int Before, int After)[]? padding = null) =>
        Pool("MeanPool", Prim.SumWindow, x, window, strides, padding, 0) / window.Aggregate(1, (a, b) => a * b);

    static Tensor Pool(string name, Func<Tensor, int[], int[], Tensor> f, Tensor x, int[] window, int[]? strides, (int Before, int After)[]? padding, double fill)
    {
        strides ??= window;
        if (window.Length != x.Rank || strides.Length != x.Rank || padding is not null && padding.Length != x.Rank)
            throw new ShapeException($"{name}: expected a window, strides and padding for each axis of {x.Type}, "
                + $"got {window.Length}, {strides.Length} and {padding?.Length ?? x.Rank}.{Caller.Line()}");
        if (padding is not null && Array.Exists(padding, p => p.Before < 0 || p.After < 0))
            throw new ShapeException($"{name}: expected no negative padding, got {string.Join(", ", padding)}.{Caller.Line()}");
        var y = x.Strong();
        if (y.DType is DType.Bool or DType.U8) y = y.Cast(DType.I32);
        if (padding is not null)
        {
            if (fill != 0 && !y.DType.IsFloat()) throw new DTypeException($"{name}: expected floats to pad, got {x.Type}. Use x.Cast(DType.F32).{Caller.Line()}");
            Shape before = [.. padding.Select(p => (Extent)p.Before)], after = [.. padding.Select(p => (Extent)p.After)];
            y = Prim.Pad(y, Tensor.Literal(y.DType, fill), before, after, [.. padding.Select(_ => 0)]);
        }
        return f(y, window, strides);
    }
}
