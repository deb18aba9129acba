namespace StagedDiff;

// Distributions made of uniform, normal, exponential and gamma numbers, by the formulas of jax.random.
public static partial class Rng
{
    /// <summary>Random numbers of Rayleigh's distribution: how far two normal numbers are from 0.</summary>
    /// <param name="key">A key.</param>
    /// <param name="scale">What all are multiplied by.</param>
    /// <param name="shape">The shape of the result; a scalar if none is given.</param>
    /// <param name="dtype">F32 or F64.</param>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="DTypeException">Not a float type.</exception>
    /// <remarks>scale·√(−2·log u). Follows jax.random.rayleigh, to rounding; finite where u is 0.</remarks>
    public static Tensor Rayleigh(Tensor key, double scale = 1, Shape shape = default, DType dtype = DType.F32) =>
        scale * Tensor.Sqrt(-2 * Tensor.Log(Between("Rayleigh", key, shape, dtype == DType.F32 ? Math.ScaleB(1, -126) : Math.ScaleB(1, -1022), 1, dtype)));

    /// <summary>Random numbers of Maxwell's distribution: how far three normal numbers are from 0.</summary>
    /// <inheritdoc cref="Exponential"/>
    /// <remarks>Follows jax.random.maxwell, to rounding.</remarks>
    public static Tensor Maxwell(Tensor key, Shape shape = default, DType dtype = DType.F32) => Linalg.VectorNorm(Normal(key, [.. shape, 3], dtype), axis: -1);

    /// <summary>Random numbers of Maxwell's distribution with a random sign.</summary>
    /// <inheritdoc cref="Exponential"/>
    /// <remarks>Follows jax.random.double_sided_maxwell, to rounding, at 0 and of scale 1.</remarks>
    public static Tensor DoubleSidedMaxwell(Tensor key, Shape shape = default, DType dtype = DType.F32) =>
        Split(key) is var keys ? Rademacher(keys[1], shape, dtype) * Maxwell(keys[0], shape, dtype) : key;

    /// <summary>Random numbers whose density rises straight from <paramref name="left"/> to <paramref name="mode"/> and falls straight to <paramref name="right"/>.</summary>
    /// <param name="key">A key.</param>
    /// <param name="left">The lower bound.</param>
    /// <param name="mode">Where the density is greatest.</param>
    /// <param name="right">The upper bound.</param>
    /// <param name="shape">The shape of the result; a scalar if none is given.</param>
    /// <param name="dtype">F32 or F64.</param>
    /// <exception cref="ArgumentException">The key is none, or the three do not ascend.</exception>
    /// <exception cref="DTypeException">Not a float type.</exception>
    /// <remarks>Follows jax.random.triangular, to rounding.</remarks>
    public static Tensor Triangular(Tensor key, double left, double mode, double right, Shape shape = default, DType dtype = DType.F32)
    {
        if (!(left <= mode && mode <= right && left < right)) throw new ArgumentException($"Triangular: expected left ≤ mode ≤ right, got {left}, {mode} and {right}.{Caller.Line()}");
        var u = Between("Triangular", key, shape, 0, 1, dtype);
        double width = right - left, up = mode - left, down = right - mode;
        return Np.Where(u < up / width, left + Tensor.Sqrt(u * (width * up)), right - Tensor.Sqrt((1 - u) * (width * down)));
    }

    /// <summary>Random numbers of Wald's distribution, the inverse Gaussian: when a random walk with drift first comes so far.</summary>
    /// <param name="key">A key.</param>
    /// <param name="mean">Above 0: a number, or one for each element. Differentiable by it where the choice of the two roots stays.</param>
    /// <param name="shape">The shape of the result, to which the mean broadcasts; null for that of the mean.</param>
    /// <returns>Float, of the mean's element type.</returns>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="ShapeException">The mean does not broadcast to the shape.</exception>
    /// <remarks>Michael, Schucany and Haas (1976). Follows jax.random.wald, to rounding; its shape parameter is 1.</remarks>
    public static Tensor Wald(Tensor key, Tensor mean, Shape? shape = null)
    {
        var m = (mean.DType.IsFloat() ? mean.Strong() : mean.Cast(DType.F32)).BroadcastTo(shape ?? mean.Shape);
        var keys = Split(key);
        var y = Np.Square(Normal(keys[0], m.Shape, m.DType));
        // The smaller root of the quadratic as a quotient, in which nothing cancels: mean + mean²·y/2 − mean/2·√(4·mean·y + mean²·y²).
        var my = m * y;
        var x = m / (1 + 0.5 * (my + Tensor.Sqrt(4 * my + my * my)));
        return Np.Where(Uniform(keys[1], m.Shape, dtype: m.DType) <= m / (m + x), x, m * (m / x));
    }

    /// <summary>Random numbers of the F distribution: the quotient of two means of squares of normal numbers.</summary>
    /// <param name="key">A key.</param>
    /// <param name="numerator">How many squares above: a number, or one for each element.</param>
    /// <param name="denominator">How many squares below: a number, or one for each element.</param>
    /// <param name="shape">The shape of the result, to which both broadcast; null for that in which they meet.</param>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor F(Tensor key, Tensor numerator, Tensor denominator, Shape? shape = null)
    {
        var keys = Split(key);
        var size = shape ?? Tensor.Broadcast("F", numerator, denominator);
        return ChiSquare(keys[1], numerator, size) / numerator / (ChiSquare(keys[0], denominator, size) / denominator);
    }

    /// <summary>Logarithms of random numbers of the gamma distribution of scale 1, for an <paramref name="a"/> so small that the numbers themselves would be 0.</summary>
    /// <inheritdoc cref="Gamma"/>
    /// <remarks>That of a + 1, and log(u)/a besides where a is below 1.</remarks>
    public static Tensor LogGamma(Tensor key, Tensor a, Shape? shape = null)
    {
        var (y, boost) = GammaParts(key, a, shape ?? a.Shape);
        return Tensor.Log(y) + boost;
    }

    /// <summary>Random numbers of density e^(−|x|ᵖ), up to a factor: Laplace's for p = 1, normal ones of variance ½ for p = 2.</summary>
    /// <param name="key">A key.</param>
    /// <param name="p">Above 0.</param>
    /// <param name="shape">The shape of the result; a scalar if none is given.</param>
    /// <param name="dtype">F32 or F64.</param>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <remarks>As jax.random.generalized_normal: a gamma number to the power 1/p, with a random sign.</remarks>
    public static Tensor GeneralizedNormal(Tensor key, double p, Shape shape = default, DType dtype = DType.F32)
    {
        var keys = Split(key);
        return Rademacher(keys[1], shape, dtype) * Tensor.Pow(Gamma(keys[0], Tensor.Literal(dtype, 1 / p), shape), 1 / p);
    }

    /// <summary>Random points of the unit ball |x|ₚ ≤ 1, all places alike.</summary>
    /// <param name="key">A key.</param>
    /// <param name="dimensions">How many numbers make a point.</param>
    /// <param name="p">Of the norm, above 0: 2 for the Euclidean.</param>
    /// <param name="shape">How many points, in which shape.</param>
    /// <param name="dtype">F32 or F64.</param>
    /// <returns>[shape…, dimensions].</returns>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <remarks>Barthe, Guédon, Mendelson and Naor, A probabilistic approach to the geometry of the ℓₚⁿ-ball (2005). As jax.random.ball.</remarks>
    public static Tensor Ball(Tensor key, int dimensions, double p = 2, Shape shape = default, DType dtype = DType.F32)
    {
        if (dimensions < 0) throw new ArgumentOutOfRangeException(nameof(dimensions), $"Ball: expected a number of dimensions, got {dimensions}.{Caller.Line()}");
        var keys = Split(key);
        var g = GeneralizedNormal(keys[0], p, [.. shape, dimensions], dtype);
        return g / Tensor.Pow(Tensor.Pow(Tensor.Abs(g), p).Sum(-1, keepDims: true) + Exponential(keys[1], shape, dtype).Unsqueeze(-1), 1 / p);
    }

    /// <summary>Random vectors of the normal distribution of a mean and a covariance.</summary>
    /// <param name="key">A key.</param>
    /// <param name="mean">[b…, n].</param>
    /// <param name="covariance">Symmetric and positive definite: [b…, n, n].</param>
    /// <param name="shape">The shape of the result but for its last axis, to which b… broadcasts; null for b….</param>
    /// <returns>[…, n]: mean + L·z, differentiable by both. NaN where the covariance is not positive definite.</returns>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    /// <remarks>L is Cholesky's factor of the covariance. Follows jax.random.multivariate_normal, to rounding.</remarks>
    public static Tensor MultivariateNormal(Tensor key, Tensor mean, Tensor covariance, Shape? shape = null)
    {
        if (mean.Rank == 0 || covariance.Rank < 2 || covariance.Shape[^1] != mean.Shape[^1] || covariance.Shape[^2] != mean.Shape[^1])
            throw new ShapeException($"MultivariateNormal: expected a mean [b…,n] and a covariance [b…,n,n], got {mean.Type} and {covariance.Type}.{Caller.Line()}");
        var l = Linalg.Cholesky(covariance);
        var m = mean.To(Tensor.Common("MultivariateNormal", mean, l));
        var size = shape ?? Tensor.Broadcast("MultivariateNormal", m[Slice.Ellipsis, 0], l[Slice.Ellipsis, 0, 0]);
        var z = Normal(key, [.. size, m.Shape[^1]], m.DType);
        return m + (l.To(m.DType) * z.Unsqueeze(-2)).Sum(-1);
    }
}
