namespace StagedDiff;

// Many elements as one, along an axis or of all.
public static partial class Np
{
    /// <inheritdoc cref="Tensor.Sum(int?, bool)"/>
    public static Tensor Sum(Tensor x, int? axis = null, bool keepDims = false) => x.Sum(axis, keepDims);
    /// <inheritdoc cref="Tensor.Prod(int?, bool)"/>
    public static Tensor Prod(Tensor x, int? axis = null, bool keepDims = false) => x.Prod(axis, keepDims);
    /// <inheritdoc cref="Tensor.Max(int?, bool)"/>
    public static Tensor Max(Tensor x, int? axis = null, bool keepDims = false) => x.Max(axis, keepDims);
    /// <inheritdoc cref="Tensor.Min(int?, bool)"/>
    public static Tensor Min(Tensor x, int? axis = null, bool keepDims = false) => x.Min(axis, keepDims);
    /// <inheritdoc cref="Tensor.Mean(int?, bool)"/>
    public static Tensor Mean(Tensor x, int? axis = null, bool keepDims = false) => x.Mean(axis, keepDims);
    /// <inheritdoc cref="Tensor.Var(int?, bool, int)"/>
    public static Tensor Var(Tensor x, int? axis = null, bool keepDims = false, int ddof = 0) => x.Var(axis, keepDims, ddof);
    /// <inheritdoc cref="Tensor.Std(int?, bool, int)"/>
    public static Tensor Std(Tensor x, int? axis = null, bool keepDims = false, int ddof = 0) => x.Std(axis, keepDims, ddof);
    /// <inheritdoc cref="Tensor.All(int?, bool)"/>
    public static Tensor All(Tensor x, int? axis = null, bool keepDims = false) => x.All(axis, keepDims);
    /// <inheritdoc cref="Tensor.Any(int?, bool)"/>
    public static Tensor Any(Tensor x, int? axis = null, bool keepDims = false) => x.Any(axis, keepDims);
    /// <inheritdoc cref="Tensor.ArgMax(int?, bool)"/>
    public static Tensor ArgMax(Tensor x, int? axis = null, bool keepDims = false) => x.ArgMax(axis, keepDims);
    /// <inheritdoc cref="Tensor.ArgMin(int?, bool)"/>
    public static Tensor ArgMin(Tensor x, int? axis = null, bool keepDims = false) => x.ArgMin(axis, keepDims);

    /// <summary>The greatest less the least element, along an axis or of all.</summary>
    /// <exception cref="ShapeException">There is no such axis, or it has no elements.</exception>
    public static Tensor Ptp(Tensor x, int? axis = null, bool keepDims = false) => x.Max(axis, keepDims) - x.Min(axis, keepDims);

    /// <summary>How many elements are not 0 (are true), along an axis or of all: I32.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public static Tensor CountNonzero(Tensor x, int? axis = null, bool keepDims = false) => Truth(x).Sum(axis, keepDims);

    /// <summary>The mean by weight: Σ weight·element / Σ weight, along an axis or of all.</summary>
    /// <param name="x">Numbers; integers become F32.</param>
    /// <param name="weights">Of the shape of x, or one for each element of the axis. Null: the mean.</param>
    /// <param name="axis">Which axis; negative ones count from the end. Null: all.</param>
    /// <returns>NaN where the weights sum up to 0.</returns>
    /// <exception cref="ShapeException">There is no such axis, or the weights do not fit.</exception>
    /// <remarks>Follows numpy.average.</remarks>
    public static Tensor Average(Tensor x, Tensor? weights = null, int? axis = null)
    {
        if (weights is null) return x.Mean(axis);
        if (axis is { } given && weights.Rank == 1 && x.Rank > 1)
        {
            int a = x.AxisOf("Average", given);
            if (weights.Shape[0] == x.Shape[a]) weights = weights.Reshape([.. x.Shape.Select((n, k) => k == a ? n : (Extent)1)]);
        }
        else if (weights.Shape != x.Shape) throw new ShapeException($"Average: expected weights of the shape of {x.Type}, or along its axis, got {weights.Type}.{Caller.Line()}");
        var (y, w) = Reals("Average", x, weights);
        return (y * w).Sum(axis) / w.Sum(axis);
    }

    /// <summary>The sum of the elements that are not NaN, along an axis or of all.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public static Tensor NanSum(Tensor x, int? axis = null, bool keepDims = false) => Where(IsNaN(x), 0, x).Sum(axis, keepDims);
    /// <summary>The product of the elements that are not NaN, along an axis or of all.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public static Tensor NanProd(Tensor x, int? axis = null, bool keepDims = false) => Where(IsNaN(x), 1, x).Prod(axis, keepDims);
    /// <summary>The mean of the elements that are not NaN, along an axis or of all; NaN where there is none.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public static Tensor NanMean(Tensor x, int? axis = null, bool keepDims = false)
    {
        x = Real(x);
        return NanSum(x, axis, keepDims) / (!IsNaN(x)).Sum(axis, keepDims).Cast(x.DType);
    }

    /// <summary>The variance of the elements that are not NaN, along an axis or of all; NaN where there are not more than <paramref name="ddof"/>.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public static Tensor NanVar(Tensor x, int? axis = null, bool keepDims = false, int ddof = 0)
    {
        x = Real(x);
        var off = Where(IsNaN(x), 0, x - NanMean(x, axis, keepDims: true));
        var n = (!IsNaN(x)).Sum(axis, keepDims).Cast(x.DType) - ddof;
        return Where(n > 0, (off * off).Sum(axis, keepDims) / Where(n > 0, n, 1), double.NaN);
    }

    /// <summary>The square root of <see cref="NanVar"/>.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public static Tensor NanStd(Tensor x, int? axis = null, bool keepDims = false, int ddof = 0) => Tensor.Sqrt(NanVar(x, axis, keepDims, ddof));
    /// <summary>The greatest element that is not NaN, along an axis or of all; NaN where there is none.</summary>
    /// <exception cref="ShapeException">There is no such axis, or it has no elements.</exception>
    public static Tensor NanMax(Tensor x, int? axis = null, bool keepDims = false) =>
        x.DType.IsFloat() ? Where(IsNaN(x).All(axis, keepDims), double.NaN, Where(IsNaN(x), double.NegativeInfinity, x).Max(axis, keepDims)) : x.Max(axis, keepDims);
    /// <summary>The least element that is not NaN, along an axis or of all; NaN where there is none.</summary>
    /// <exception cref="ShapeException">There is no such axis, or it has no elements.</exception>
    public static Tensor NanMin(Tensor x, int? axis = null, bool keepDims = false) =>
        x.DType.IsFloat() ? Where(IsNaN(x).All(axis, keepDims), double.NaN, Where(IsNaN(x), double.PositiveInfinity, x).Min(axis, keepDims)) : x.Min(axis, keepDims);

    /// <summary>The place of the greatest element that is not NaN, along an axis or of all in row-major order: I32; of equals the first. 0 where there is none.</summary>
    /// <exception cref="ShapeException">There is no such axis, or it has no elements.</exception>
    /// <remarks>Follows numpy.nanargmax, which throws where there is none.</remarks>
    public static Tensor NanArgMax(Tensor x, int? axis = null, bool keepDims = false) =>
        (x.DType.IsFloat() ? Where(IsNaN(x), double.NegativeInfinity, x) : x).ArgMax(axis, keepDims);
    /// <summary>The place of the least element that is not NaN, along an axis or of all in row-major order: I32; of equals the first. 0 where there is none.</summary>
    /// <exception cref="ShapeException">There is no such axis, or it has no elements.</exception>
    /// <remarks>Follows numpy.nanargmin, which throws where there is none.</remarks>
    public static Tensor NanArgMin(Tensor x, int? axis = null, bool keepDims = false) =>
        (x.DType.IsFloat() ? Where(IsNaN(x), double.PositiveInfinity, x) : x).ArgMin(axis, keepDims);

    /// <summary>The covariance of variables: [n,samples] → [n,n]; a vector is one variable and gives a number.</summary>
    /// <param name="x">A row for each variable; integers become F32.</param>
    /// <param name="ddof">What is taken from the number of samples before dividing by it.</param>
    /// <exception cref="ShapeException">x has more than two axes, or none.</exception>
    /// <remarks>Follows numpy.cov, which divides by n − 1.</remarks>
    public static Tensor Cov(Tensor x, int ddof = 1)
    {
        if (x.Rank is 0 or > 2) throw new ShapeException($"Cov: expected [samples] or [variables,samples], got {x.Type}.{Caller.Line()}");
        var rows = AtLeast2D(Real(x));
        var off = rows - rows.Mean(1, true);
        var y = off.MatMul(off.T) / Tensor.Number(rows.Shape[1] - ddof, rows.DType);
        return x.Rank == 1 ? y.Reshape() : y;
    }

    /// <summary>The correlation coefficients of variables: [n,samples] → [n,n]; NaN for one that does not vary.</summary>
    /// <exception cref="ShapeException">x has not two axes.</exception>
    /// <remarks>Follows numpy.corrcoef.</remarks>
    public static Tensor CorrCoef(Tensor x)
    {
        if (x.Rank != 2) throw new ShapeException($"CorrCoef: expected [variables,samples], got {x.Type}.{Caller.Line()}");
        var c = Cov(x);
        var s = Tensor.Sqrt(Diagonal(c));
        return c / s.Unsqueeze(1) / s;
    }
}
