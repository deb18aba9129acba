namespace StagedDiff;

/// <summary>Which number a quantile is when it falls between two elements.</summary>
public enum QuantileMethod
{
    /// <summary>As far between them as it falls.</summary>
    Linear,
    /// <summary>The lower one.</summary>
    Lower,
    /// <summary>The higher one.</summary>
    Higher,
    /// <summary>The nearer one; halfway, that of even rank.</summary>
    Nearest,
    /// <summary>Their mean.</summary>
    Midpoint,
}

// Elements by rank.
public static partial class Np
{
    /// <summary>The median: the middle element along an axis or of all, or the mean of the two in the middle. NaN where there is one.</summary>
    /// <exception cref="ShapeException">There is no such axis, it has no elements, or its extent is symbolic.</exception>
    public static Tensor Median(Tensor x, int? axis = null, bool keepDims = false) => Ranked("Median", x, 0.5, axis, keepDims, QuantileMethod.Linear);

    /// <summary>
    /// The number below which a part q of the elements lies, along an axis or of all. NaN where there is one. Its derivative goes to the elements that it
    /// is made of, and by q there is the slope between them.
    /// </summary>
    /// <param name="x">Numbers; integers become F32.</param>
    /// <param name="q">From 0 to 1, of any shape; its axes come first in the result. Beyond, NaN.</param>
    /// <param name="axis">Which axis; negative ones count from the end. Null: all.</param>
    /// <param name="keepDims">Whether the axis stays, with extent 1.</param>
    /// <param name="method">Which number between two elements.</param>
    /// <exception cref="ShapeException">There is no such axis, it has no elements, or its extent is symbolic.</exception>
    /// <remarks>Follows numpy.quantile: q falls on rank q·(n − 1).</remarks>
    public static Tensor Quantile(Tensor x, Tensor q, int? axis = null, bool keepDims = false, QuantileMethod method = QuantileMethod.Linear) =>
        Ranked("Quantile", x, q, axis, keepDims, method);

    /// <summary><see cref="Quantile"/> of q/100.</summary>
    /// <inheritdoc cref="Quantile"/>
    public static Tensor Percentile(Tensor x, Tensor q, int? axis = null, bool keepDims = false, QuantileMethod method = QuantileMethod.Linear) =>
        Ranked("Percentile", x, q / 100, axis, keepDims, method);

    /// <summary>The median of the elements that are not NaN, along an axis or of all; NaN where there is none.</summary>
    /// <exception cref="ShapeException">There is no such axis, it has no elements, or its extent is symbolic.</exception>
    public static Tensor NanMedian(Tensor x, int? axis = null, bool keepDims = false) => NanQuantile(x, 0.5, axis, keepDims);

    /// <summary><see cref="Quantile"/> of the elements that are not NaN, for one number q, between two elements linear; NaN where there is none.</summary>
    /// <exception cref="ShapeException">There is no such axis, it has no elements, or its extent is symbolic; or q is no number.</exception>
    public static Tensor NanQuantile(Tensor x, Tensor q, int? axis = null, bool keepDims = false)
    {
        if (q.Rank != 0) throw new ShapeException($"NanQuantile: expected one number q, got {q.Type}.{Caller.Line()}");
        var rows = axis is { } given ? MoveAxis(Real(x), x.AxisOf("NanQuantile", given), -1) : Real(x).Reshape(-1);
        long n = Known("NanQuantile", rows, rows.Rank - 1);
        if (n == 0) throw new ShapeException($"NanQuantile: {x.Type} has no elements there, and so no quantile.{Caller.Line()}");
        var sorted = rows.Sort();
        // NaN stands last: the others are counted.
        var at = (q.To(rows.DType).Strong() * ((!IsNaN(rows)).Sum(-1, true).Cast(rows.DType) - 1));
        Tensor Element(Tensor place) => sorted.TakeAlong(Clip(place, 0, n - 1.0).Cast(DType.I32), -1);
        Tensor low = Element(Floor(at)), high = Element(Ceil(at));
        var y = Where(q >= 0 & q <= 1, low + (at - Floor(at)) * Where(Tensor.Equal(low, high), 0, high - low), double.NaN);
        return keepDims ? axis is { } kept ? MoveAxis(y, -1, x.AxisOf("NanQuantile", kept)) : y.Reshape([.. x.Shape.Select(_ => (Extent)1)]) : y.Squeeze(-1);
    }

    static Tensor Ranked(string name, Tensor x, Tensor q, int? axis, bool keepDims, QuantileMethod method)
    {
        var rows = axis is { } given ? MoveAxis(Real(x), x.AxisOf(name, given), -1) : Real(x).Reshape(-1);
        long n = Known(name, rows, rows.Rank - 1);
        if (n == 0) throw new ShapeException($"{name}: {x.Type} has no elements there, and so no {name.ToLowerInvariant()}.{Caller.Line()}");
        var sorted = MoveAxis(rows.Sort(), -1, 0);
        q = q.To(x.DType.IsFloat() ? x.DType : DType.F32).Strong();
        var at = q * (n - 1.0);
        var (low, high) = (Floor(at), Ceil(at));
        Tensor Element(Tensor place) => sorted.Take(Clip(place, 0, n - 1.0).Cast(DType.I32), 0);
        // Its axes stand in front; those of x follow.
        Tensor Beside(Tensor t) => t.Shaped([.. q.Shape, .. Enumerable.Repeat((Extent)1, sorted.Rank - 1)]);
        Tensor a = Element(low), b = Element(high), apart = Where(Tensor.Equal(a, b), 0, b - a);
        var y = method switch
        {
            QuantileMethod.Linear => a + Beside(at - low) * apart,
            QuantileMethod.Lower => a,
            QuantileMethod.Higher => b,
            QuantileMethod.Nearest => Element(Round(at)),
            QuantileMethod.Midpoint => a + 0.5 * apart,
            _ => throw new ArgumentOutOfRangeException(nameof(method), method, $"{name}: no method.{Caller.Line()}"),
        };
        y = Where(Beside(q >= 0 & q <= 1) & !IsNaN(rows).Any(-1), y, double.NaN);
        if (!keepDims) return y;
        return y.Shaped([.. q.Shape, .. x.Shape.Select((e, k) => axis is null || k == x.AxisOf(name, axis.Value) ? (Extent)1 : e)]);
    }
}
