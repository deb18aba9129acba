namespace StagedDiff;

// Losses of numbers: functions of prediction − target.
public static partial class Losses
{
    /// <summary>The mean of (prediction − target)² over all elements.</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">Of the same shape, or one that broadcasts to it.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ShapeException">The target does not broadcast to the prediction's shape: [n] beside [n,1] would make [n,n].</exception>
    /// <remarks>Follows torch.nn.functional.mse_loss.</remarks>
    public static Tensor MeanSquaredError(Tensor prediction, Tensor target)
    {
        CheckTarget("MeanSquaredError", "prediction", prediction, target);
        var d = prediction - target;
        return (d * d).Mean();
    }

    /// <summary>(prediction − target)², element by element.</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">Of the same shape, or one that broadcasts to it.</param>
    /// <returns>Of the prediction's shape.</returns>
    /// <exception cref="ShapeException">The target does not broadcast to the prediction's shape.</exception>
    /// <remarks>Follows optax.squared_error.</remarks>
    public static Tensor SquaredError(Tensor prediction, Tensor target)
    {
        var d = Difference("SquaredError", prediction, target);
        return d * d;
    }

    /// <summary>(prediction − target)²/2, element by element: its derivative is the difference.</summary>
    /// <inheritdoc cref="SquaredError"/>
    /// <remarks>Follows optax.l2_loss.</remarks>
    public static Tensor L2(Tensor prediction, Tensor target)
    {
        var d = Difference("L2", prediction, target);
        return 0.5 * (d * d);
    }

    /// <summary>|prediction − target|, element by element; its derivative where they are equal is 0.</summary>
    /// <inheritdoc cref="SquaredError"/>
    /// <remarks>Follows torch.nn.functional.l1_loss without reduction.</remarks>
    public static Tensor AbsoluteError(Tensor prediction, Tensor target) => Tensor.Abs(Difference("AbsoluteError", prediction, target));

    /// <summary>Half of the square up to <paramref name="delta"/>, a straight line beyond: d²/2 where |d| ≤ delta, else delta·(|d| − delta/2).</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">Of the same shape, or one that broadcasts to it.</param>
    /// <param name="delta">Where the parabola ends.</param>
    /// <returns>Of the prediction's shape.</returns>
    /// <exception cref="ShapeException">The target does not broadcast to the prediction's shape.</exception>
    /// <remarks>Huber, Robust estimation of a location parameter (1964). Follows optax.huber_loss.</remarks>
    public static Tensor Huber(Tensor prediction, Tensor target, double delta = 1)
    {
        var d = Difference("Huber", prediction, target);
        var size = Tensor.Abs(d);
        // Not by min(|d|, delta) as optax: |d| has no second derivative at 0, where d² has.
        return Np.Where(size <= delta, 0.5 * (d * d), delta * (size - 0.5 * delta));
    }

    /// <summary>log cosh(prediction − target), element by element: about d²/2 near 0, |d| − log 2 far away.</summary>
    /// <inheritdoc cref="SquaredError"/>
    /// <remarks>No finite difference overflows; near 0 its error is that of log 2. Its derivative is the difference's tanh. Follows optax.log_cosh.</remarks>
    public static Tensor LogCosh(Tensor prediction, Tensor target)
    {
        var d = Difference("LogCosh", prediction, target);
        return d + Nn.Softplus(-2 * d) - Math.Log(2);
    }

    /// <summary>The cosine of the angle between two vectors along an axis: a·b/(|a|·|b|).</summary>
    /// <param name="prediction">[…, n, …].</param>
    /// <param name="target">Of the same shape, or one that broadcasts with it.</param>
    /// <param name="epsilon">The least that a squared length counts for: above 0, it keeps a vector of zeros from giving NaN.</param>
    /// <param name="axis">Which axis; negative ones count from the end.</param>
    /// <returns>Between −1 and 1, without the axis.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast, or have no such axis.</exception>
    /// <remarks>Follows optax.cosine_similarity.</remarks>
    public static Tensor CosineSimilarity(Tensor prediction, Tensor target, double epsilon = 0, int axis = -1) =>
        Cosine("CosineSimilarity", prediction, target, epsilon, axis);

    /// <summary>1 less the <see cref="CosineSimilarity"/>: 0 of parallel vectors, 2 of opposite ones.</summary>
    /// <inheritdoc cref="CosineSimilarity"/>
    /// <returns>Between 0 and 2, without the axis.</returns>
    /// <remarks>Follows optax.cosine_distance.</remarks>
    public static Tensor CosineDistance(Tensor prediction, Tensor target, double epsilon = 0, int axis = -1) =>
        1 - Cosine("CosineDistance", prediction, target, epsilon, axis);

    /// <summary>The negative log-likelihood of counts whose rate is e^logRate: e^logRate − count·logRate, without what does not depend on the rate.</summary>
    /// <param name="logRate">The logarithm of the expected count; any shape.</param>
    /// <param name="count">What was counted, of the same shape, or one that broadcasts to it.</param>
    /// <param name="full">Whether to add Stirling's approximation of log count! where the count is above 1: count·log count − count + log(2π·count)/2.</param>
    /// <returns>In nats; of logRate's shape.</returns>
    /// <exception cref="ShapeException">The counts do not broadcast to logRate's shape.</exception>
    /// <remarks>Follows torch.nn.functional.poisson_nll_loss with log_input, without reduction.</remarks>
    public static Tensor PoissonNll(Tensor logRate, Tensor count, bool full = false)
    {
        CheckTarget("PoissonNll", "prediction", logRate, count);
        var y = Tensor.Exp(logRate) - count * logRate;
        if (!full) return y;
        var n = Np.Where(count > 1, count, 1);
        return y + Np.Where(count > 1, n * Tensor.Log(n) - n + 0.5 * Tensor.Log(2 * Math.PI * n), 0);
    }

    /// <summary>The negative log-likelihood of targets under normal distributions: (log v + (mean − target)²/v)/2.</summary>
    /// <param name="mean">Any shape.</param>
    /// <param name="target">Of the same shape, or one that broadcasts to it.</param>
    /// <param name="variance">Positive; of the same shape, or one that broadcasts to it.</param>
    /// <param name="full">Whether to add the constant log(2π)/2.</param>
    /// <param name="epsilon">The least that a variance counts for; below it the derivative by the variance is 0.</param>
    /// <returns>In nats; of the mean's shape.</returns>
    /// <exception cref="ShapeException">The target or the variance does not broadcast to the mean's shape.</exception>
    /// <remarks>Follows torch.nn.functional.gaussian_nll_loss without reduction, but that this one's variance is not clamped out of sight of derivatives.</remarks>
    public static Tensor GaussianNll(Tensor mean, Tensor target, Tensor variance, bool full = false, double epsilon = 1e-6)
    {
        var d = Difference("GaussianNll", mean, target);
        CheckTarget("GaussianNll", "mean", mean, variance);
        var v = Np.Where(variance < epsilon, epsilon, variance);
        var y = 0.5 * (Tensor.Log(v) + d * d / v);
        return full ? y + 0.5 * Math.Log(2 * Math.PI) : y;
    }

    static Tensor Difference(string name, Tensor prediction, Tensor target)
    {
        CheckTarget(name, "prediction", prediction, target);
        return prediction - target;
    }

    static Tensor Cosine(string name, Tensor a, Tensor b, double epsilon, int axis)
    {
        axis = a.AxisOf(name, axis) - a.Rank;
        return (Unit(a, epsilon, axis) * Unit(b, epsilon, axis)).Sum(axis);
    }

    static Tensor Unit(Tensor x, double epsilon, int axis)
    {
        var square = (x * x).Sum(axis, keepDims: true);
        return x / Tensor.Sqrt(epsilon > 0 ? Np.Where(square < epsilon, epsilon, square) : square);
    }
}
