namespace StagedDiff;

// Losses of distributions.
public static partial class Losses
{
    /// <summary>The Kullback–Leibler divergence of predicted from target distributions, along the last axis: Σ t·(log t − log p).</summary>
    /// <param name="logPrediction">Logarithms of probabilities, in nats: [b…, n]; <see cref="Nn.LogSoftmax"/> makes them.</param>
    /// <param name="target">Probabilities: [b…, n].</param>
    /// <returns>In nats: [b…]. Where t is 0 nothing is added, whatever p.</returns>
    /// <exception cref="ShapeException">The shapes differ, or have no axis.</exception>
    /// <remarks>Follows optax.kl_divergence.</remarks>
    public static Tensor KlDivergence(Tensor logPrediction, Tensor target)
    {
        CheckRows("KlDivergence", "a prediction", logPrediction, target);
        return Weighted(target, Tensor.Log(Np.Where(Tensor.Equal(target, 0), 1, target)) - logPrediction).Sum(-1);
    }

    /// <summary>The Kullback–Leibler divergence where the target too is given by logarithms: Σ e^t·(t − p), along the last axis.</summary>
    /// <param name="logPrediction">Logarithms of probabilities, in nats: [b…, n].</param>
    /// <param name="logTarget">Logarithms of probabilities, in nats: [b…, n].</param>
    /// <returns>In nats: [b…]. Where the target is −∞ nothing is added, whatever p.</returns>
    /// <exception cref="ShapeException">The shapes differ, or have no axis.</exception>
    /// <remarks>Follows optax.kl_divergence_with_log_targets.</remarks>
    public static Tensor KlDivergenceWithLogTargets(Tensor logPrediction, Tensor logTarget)
    {
        CheckRows("KlDivergenceWithLogTargets", "a prediction", logPrediction, logTarget);
        return Weighted(Tensor.Exp(logTarget), logTarget - logPrediction).Sum(-1);
    }

    /// <summary>The divergence of masses that need not sum to 1: Σ t·(log t − p) + e^p − t, along the last axis. Never negative.</summary>
    /// <param name="logPrediction">Logarithms of masses: [b…, n].</param>
    /// <param name="target">Masses: [b…, n].</param>
    /// <returns>[b…].</returns>
    /// <exception cref="ShapeException">The shapes differ, or have no axis.</exception>
    /// <remarks>Convex in both arguments' masses. Follows optax.generalized_kl_divergence, before called convex_kl_divergence.</remarks>
    public static Tensor GeneralizedKlDivergence(Tensor logPrediction, Tensor target)
    {
        CheckRows("GeneralizedKlDivergence", "a prediction", logPrediction, target);
        return KlDivergence(logPrediction, target) + (Tensor.Exp(logPrediction) - target).Sum(-1);
    }
}
