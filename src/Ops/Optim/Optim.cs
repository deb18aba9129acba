namespace StagedDiff;

/// <summary>
/// Optimisers, as optax defines them. A learning rate is a number, or a function of how many updates were made before: an I32 scalar that is
/// traced, 0 at the first.
/// </summary>
public static class Optim
{
    /// <summary>Gradient descent: p − rate·g; with momentum p − rate·t, where t = g + momentum·t is kept from step to step.</summary>
    /// <param name="learningRate">How far to go.</param>
    /// <param name="momentum">How much of t stays; 0 keeps none.</param>
    /// <param name="nesterov">Whether to look ahead: p − rate·(g + momentum·t).</param>
    /// <remarks>Follows optax.sgd. Slot: Trace, when there is momentum.</remarks>
    public static Optimizer Sgd(double learningRate, double momentum = 0, bool nesterov = false) => Sgd(_ => learningRate, momentum, nesterov);

    /// <summary>Gradient descent at a rate that changes.</summary>
    /// <inheritdoc cref="Sgd(double, double, bool)"/>
    public static Optimizer Sgd(Func<Tensor, Tensor> learningRate, double momentum = 0, bool nesterov = false) => momentum == 0
        ? new(step =>
        {
            var rate = Rate(learningRate, step);
            return (p, g, _) => p - rate.Cast(p.DType) * g;
        })
        : new(step =>
        {
            var rate = Rate(learningRate, step);
            return (p, g, slots) =>
            {
                var t = slots[0] = g + momentum * slots[0];
                return p - rate.Cast(p.DType) * (nesterov ? g + momentum * t : t);
            };
        }, "Trace");

    /// <summary>
    /// Adam: p − rate·m̂/(√v̂ + eps), where m and v are running averages of g and g², and m̂ = m/(1 − b1ᵗ), v̂ = v/(1 − b2ᵗ) at step t make up for
    /// their start at 0.
    /// </summary>
    /// <param name="learningRate">How far to go; about the size of each element's step.</param>
    /// <param name="b1">How much of the average of g stays.</param>
    /// <param name="b2">How much of the average of g² stays.</param>
    /// <param name="eps">What keeps the quotient finite, outside of the root.</param>
    /// <remarks>Kingma and Ba, Adam (2015), algorithm 1. Follows optax.adam. Slots: Mu, Nu.</remarks>
    public static Optimizer Adam(double learningRate = 1e-3, double b1 = 0.9, double b2 = 0.999, double eps = 1e-8) => AdamW(learningRate, b1, b2, eps, 0);

    /// <summary>Adam at a rate that changes.</summary>
    /// <inheritdoc cref="Adam(double, double, double, double)"/>
    public static Optimizer Adam(Func<Tensor, Tensor> learningRate, double b1 = 0.9, double b2 = 0.999, double eps = 1e-8) => AdamW(learningRate, b1, b2, eps, 0);

    /// <summary>Adam, and beside it parameters that shrink: p − rate·(m̂/(√v̂ + eps) + weightDecay·p).</summary>
    /// <param name="learningRate">How far to go; about the size of each element's step.</param>
    /// <param name="b1">How much of the average of g stays.</param>
    /// <param name="b2">How much of the average of g² stays.</param>
    /// <param name="eps">What keeps the quotient finite, outside of the root.</param>
    /// <param name="weightDecay">How much of a parameter goes at each step, times the rate.</param>
    /// <remarks>Loshchilov and Hutter, Decoupled weight decay regularization (2019). Follows optax.adamw. Slots: Mu, Nu.</remarks>
    public static Optimizer AdamW(double learningRate = 1e-3, double b1 = 0.9, double b2 = 0.999, double eps = 1e-8, double weightDecay = 1e-4) =>
        AdamW(_ => learningRate, b1, b2, eps, weightDecay);

    /// <summary>AdamW at a rate that changes.</summary>
    /// <inheritdoc cref="AdamW(double, double, double, double, double)"/>
    public static Optimizer AdamW(Func<Tensor, Tensor> learningRate, double b1 = 0.9, double b2 = 0.999, double eps = 1e-8, double weightDecay = 1e-4) =>
        new(step =>
        {
            // What all elements share is computed once, in F64: 1 − b2 would lose half of its digits in F32.
            var t = (step + 1).Cast(DType.F64);
            var rate = Rate(learningRate, step);
            var stride = rate / (1 - Tensor.Pow(b1, t));
            var unbias = 1 / Tensor.Sqrt(1 - Tensor.Pow(b2, t));
            var keep = 1 - weightDecay * rate;
            return (p, g, slots) =>
            {
                var m = slots[0] = b1 * slots[0] + (1 - b1) * g;
                var v = slots[1] = b2 * slots[1] + (1 - b2) * (g * g);
                var go = stride.Cast(p.DType) * (m / (Tensor.Sqrt(v) * unbias.Cast(p.DType) + eps));
                return (weightDecay == 0 ? p : keep.Cast(p.DType) * p) - go;
            };
        }, "Mu", "Nu");

    static Tensor Rate(Func<Tensor, Tensor> learningRate, Tensor step)
    {
        var rate = learningRate(step);
        return rate.Rank == 0 ? rate.Cast(DType.F64) : throw new ShapeException($"Update: the learning rate must be a scalar, got {rate.Type}.{Caller.Line()}");
    }
}
