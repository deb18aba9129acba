namespace StagedDiff;

// Adam and its kin: a direction m̂ divided by a size √v̂, running averages of g and of g².
public static partial class Optim
{
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
    /// <param name="decays">Whether the parameter of a path of <see cref="Tree.Paths"/> shrinks; null for all: <c>path => !path.EndsWith(".B")</c>.</param>
    /// <remarks>Loshchilov and Hutter, Decoupled weight decay regularization (2019). Follows optax.adamw. Slots: Mu, Nu.</remarks>
    public static Optimizer AdamW(double learningRate = 1e-3, double b1 = 0.9, double b2 = 0.999, double eps = 1e-8, double weightDecay = 1e-4, Func<string, bool>? decays = null) =>
        AdamW(_ => learningRate, b1, b2, eps, weightDecay, decays);

    /// <summary>AdamW at a rate that changes.</summary>
    /// <inheritdoc cref="AdamW(double, double, double, double, double, Func{string, bool})"/>
    public static Optimizer AdamW(Func<Tensor, Tensor> learningRate, double b1 = 0.9, double b2 = 0.999, double eps = 1e-8, double weightDecay = 1e-4, Func<string, bool>? decays = null) =>
        Optimizer.Each(step =>
        {
            // What all elements share is computed once, in F64: 1 − b2 would lose half of its digits in F32.
            var t = (step + 1).Cast(DType.F64);
            var rate = Rate(learningRate, step);
            var stride = -rate / (1 - Tensor.Pow(b1, t));
            var unbias = 1 / Tensor.Sqrt(1 - Tensor.Pow(b2, t));
            var shrink = -weightDecay * rate;
            return Optimizer.Elementwise((p, g, slots, decays) =>
            {
                var m = Averaged(g, slots, 0, b1);
                var v = Averaged(g * g, slots, 1, b2);
                var go = stride.Cast(p.DType) * (m / (Tensor.Sqrt(v) * unbias.Cast(p.DType) + eps));
                return weightDecay == 0 || !decays ? go : shrink.Cast(p.DType) * p + go;
            });
        }, decays, "Mu", "Nu");

    /// <summary>Adam that looks ahead: m̂ = b1·m/(1 − b1ᵗ⁺¹) + (1 − b1)·g/(1 − b1ᵗ).</summary>
    /// <inheritdoc cref="Adam(double, double, double, double)"/>
    /// <remarks>Dozat, Incorporating Nesterov momentum into Adam (2016). Follows optax.nadam; PyTorch's changes b1 from step to step. Slots: Mu, Nu.</remarks>
    public static Optimizer NAdam(double learningRate = 1e-3, double b1 = 0.9, double b2 = 0.999, double eps = 1e-8) => NAdam(_ => learningRate, b1, b2, eps);

    /// <summary>NAdam at a rate that changes.</summary>
    /// <inheritdoc cref="NAdam(double, double, double, double)"/>
    public static Optimizer NAdam(Func<Tensor, Tensor> learningRate, double b1 = 0.9, double b2 = 0.999, double eps = 1e-8) => Each(step =>
    {
        var back = -Rate(learningRate, step);
        var direction = Directed(step, b1, b2, eps, nesterov: true);
        return (p, g, slots, _) => back.Cast(p.DType) * direction(g, slots);
    }, "Mu", "Nu");

    /// <summary>Adam that waits: while v knows too little, a step along m̂ alone; then Adam's times the factor that evens its variance out.</summary>
    /// <param name="learningRate">How far to go.</param>
    /// <param name="b1">How much of the average of g stays.</param>
    /// <param name="b2">How much of the average of g² stays.</param>
    /// <param name="eps">What keeps the quotient finite, outside of the root.</param>
    /// <param name="threshold">From which length of the average on v is used.</param>
    /// <remarks>Liu et al., On the variance of the adaptive learning rate and beyond (2020). Follows optax.radam. Slots: Mu, Nu.</remarks>
    public static Optimizer RAdam(double learningRate = 1e-3, double b1 = 0.9, double b2 = 0.999, double eps = 1e-8, double threshold = 5) =>
        RAdam(_ => learningRate, b1, b2, eps, threshold);

    /// <summary>RAdam at a rate that changes.</summary>
    /// <inheritdoc cref="RAdam(double, double, double, double, double)"/>
    public static Optimizer RAdam(Func<Tensor, Tensor> learningRate, double b1 = 0.9, double b2 = 0.999, double eps = 1e-8, double threshold = 5) => Each(step =>
    {
        var t = (step + 1).Cast(DType.F64);
        var power = Tensor.Pow(b2, t);
        double limit = 2 / (1 - b2) - 1;
        var length = limit - 2 * t * power / (1 - power);
        var ready = length >= threshold;
        var even = Tensor.Sqrt(Np.Where(ready, (length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length), 0));
        var stride = -Rate(learningRate, step) / (1 - Tensor.Pow(b1, t));
        var unbias = 1 / Tensor.Sqrt(1 - power);
        return (p, g, slots, _) =>
        {
            var m = Averaged(g, slots, 0, b1);
            var v = Averaged(g * g, slots, 1, b2);
            return stride.Cast(p.DType) * Np.Where(ready, even.Cast(p.DType) * m / (Tensor.Sqrt(v) * unbias.Cast(p.DType) + eps), m);
        };
    }, "Mu", "Nu");

    /// <summary>Adam by the greatest instead of the mean square: p − rate·m̂/u, where u = max(b2·u, |g| + eps).</summary>
    /// <inheritdoc cref="Adam(double, double, double, double)"/>
    /// <remarks>Kingma and Ba, Adam (2015), algorithm 2. Follows optax.adamax. Slots: Mu, Nu.</remarks>
    public static Optimizer Adamax(double learningRate = 1e-3, double b1 = 0.9, double b2 = 0.999, double eps = 1e-8) => Adamax(_ => learningRate, b1, b2, eps);

    /// <summary>Adamax at a rate that changes.</summary>
    /// <inheritdoc cref="Adamax(double, double, double, double)"/>
    public static Optimizer Adamax(Func<Tensor, Tensor> learningRate, double b1 = 0.9, double b2 = 0.999, double eps = 1e-8) => Each(step =>
    {
        var stride = -Rate(learningRate, step) / (1 - Tensor.Pow(b1, (step + 1).Cast(DType.F64)));
        return (p, g, slots, _) =>
        {
            var m = Averaged(g, slots, 0, b1);
            var u = slots[1] = Tensor.Maximum(b2 * slots[1], Tensor.Abs(g) + eps);
            return stride.Cast(p.DType) * (m / u);
        };
    }, "Mu", "Nu");

    /// <summary>Adam's direction d = m̂/(√v̂ + eps) + weightDecay·p, in steps as large as each tensor: p − rate·|p|/|d|·d.</summary>
    /// <param name="learningRate">How far to go, relative to the norm of each tensor.</param>
    /// <param name="b1">How much of the average of g stays.</param>
    /// <param name="b2">How much of the average of g² stays.</param>
    /// <param name="eps">What keeps the quotient finite, outside of the root.</param>
    /// <param name="weightDecay">How much of a parameter is added to its direction.</param>
    /// <param name="decays">Whether the parameter of a path of <see cref="Tree.Paths"/> shrinks; null for all.</param>
    /// <remarks>You et al., Large batch optimization for deep learning (2020). Where a norm is 0, |p|/|d| counts as 1. Follows optax.lamb. Slots: Mu, Nu.</remarks>
    public static Optimizer Lamb(double learningRate = 1e-3, double b1 = 0.9, double b2 = 0.999, double eps = 1e-6, double weightDecay = 0, Func<string, bool>? decays = null) =>
        Lamb(_ => learningRate, b1, b2, eps, weightDecay, decays);

    /// <summary>LAMB at a rate that changes.</summary>
    /// <inheritdoc cref="Lamb(double, double, double, double, double, Func{string, bool})"/>
    public static Optimizer Lamb(Func<Tensor, Tensor> learningRate, double b1 = 0.9, double b2 = 0.999, double eps = 1e-6, double weightDecay = 0, Func<string, bool>? decays = null) =>
        Optimizer.Each(step =>
        {
            var back = -Rate(learningRate, step);
            var direction = Directed(step, b1, b2, eps, nesterov: false);
            return (p, g, slots, decays) =>
            {
                var d = direction(g, slots);
                if (weightDecay != 0 && decays) d += weightDecay * p;
                return back.Cast(p.DType) * (Trust(p, d, 1, 0) * d);
            };
        }, decays, "Mu", "Nu");

    delegate Tensor Direction(Tensor gradient, Span<Tensor> slots);

    /// <summary>m̂/(√v̂ + eps) at a step; slots 0 and 1 are m and v.</summary>
    static Direction Directed(Tensor step, double b1, double b2, double eps, bool nesterov)
    {
        var t = (step + 1).Cast(DType.F64);
        Tensor Unbias(double b, Tensor t) => 1 / (1 - Tensor.Pow(b, t));
        var (first, ahead, second) = (Unbias(b1, t), nesterov ? Unbias(b1, t + 1) : t, Tensor.Sqrt(Unbias(b2, t)));
        return (g, slots) =>
        {
            var m = Averaged(g, slots, 0, b1);
            var v = Averaged(g * g, slots, 1, b2);
            var d = nesterov ? (b1 * ahead).Cast(g.DType) * m + ((1 - b1) * first).Cast(g.DType) * g : first.Cast(g.DType) * m;
            return d / (Tensor.Sqrt(v) * second.Cast(g.DType) + eps);
        };
    }

    /// <summary>coefficient·|p|/(|d| + eps); 1 where a norm is 0.</summary>
    static Tensor Trust(Tensor p, Tensor d, double coefficient, double eps)
    {
        var (size, length) = (Norm(p), Norm(d));
        var none = Tensor.Equal(size, 0) | Tensor.Equal(length, 0);
        return Np.Where(none, 1, coefficient * size / (Np.Where(none, 1, length) + eps));
    }
}
