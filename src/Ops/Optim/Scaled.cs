namespace StagedDiff;

// Steps scaled by what gradients were, or by their signs alone.
public static partial class Optim
{
    /// <summary>RMSProp: p − rate·g/√(v + eps), where v is a running average of g².</summary>
    /// <param name="learningRate">How far to go.</param>
    /// <param name="decay">How much of the average stays.</param>
    /// <param name="eps">What keeps the quotient finite.</param>
    /// <param name="initialScale">What v is at first.</param>
    /// <param name="epsInSqrt">Whether eps is added under the root, or to it, as PyTorch does.</param>
    /// <param name="centered">Whether the square of a running average of g is taken off v.</param>
    /// <param name="momentum">How much of the last change stays; 0 keeps none.</param>
    /// <param name="nesterov">Whether the momentum looks ahead.</param>
    /// <remarks>Hinton, Coursera lecture 6e (2012). Follows optax.rmsprop. Slots: Nu; Mu when centred; Trace when there is momentum.</remarks>
    public static Optimizer RmsProp(double learningRate, double decay = 0.9, double eps = 1e-8, double initialScale = 0, bool epsInSqrt = true, bool centered = false,
        double momentum = 0, bool nesterov = false) => RmsProp(_ => learningRate, decay, eps, initialScale, epsInSqrt, centered, momentum, nesterov);

    /// <summary>RMSProp at a rate that changes.</summary>
    /// <inheritdoc cref="RmsProp(double, double, double, double, bool, bool, double, bool)"/>
    public static Optimizer RmsProp(Func<Tensor, Tensor> learningRate, double decay = 0.9, double eps = 1e-8, double initialScale = 0, bool epsInSqrt = true, bool centered = false,
        double momentum = 0, bool nesterov = false)
    {
        Optimizer.Slot nu = new("Nu", x => Tensor.FullLike(x, initialScale));
        Optimizer.Slot[] slots = [nu, .. centered ? ["Mu"] : Array.Empty<Optimizer.Slot>(), .. momentum != 0 ? ["Trace"] : Array.Empty<Optimizer.Slot>()];
        return Each(step =>
        {
            var back = -Rate(learningRate, step);
            return (p, g, slots, _) =>
            {
                var v = Averaged(g * g, slots, 0, decay);
                if (centered)
                {
                    var m = Averaged(g, slots, 1, decay);
                    v -= m * m;
                }
                var u = back.Cast(p.DType) * (epsInSqrt ? g * Prim.Rsqrt(v + eps) : g / (Tensor.Sqrt(v) + eps));
                return momentum == 0 ? u : Traced(u, slots, slots.Length - 1, momentum, nesterov);
            };
        }, slots);
    }

    /// <summary>Adagrad: p − rate·g/√(s + eps), where s is the sum of all g² so far.</summary>
    /// <param name="learningRate">How far to go.</param>
    /// <param name="initialAccumulator">What s is at first.</param>
    /// <param name="eps">What keeps the quotient finite, under the root. Where s is 0 nothing changes.</param>
    /// <remarks>Duchi, Hazan and Singer, Adaptive subgradient methods (2011). Follows optax.adagrad. Slot: Sum.</remarks>
    public static Optimizer Adagrad(double learningRate, double initialAccumulator = 0.1, double eps = 1e-7) => Adagrad(_ => learningRate, initialAccumulator, eps);

    /// <summary>Adagrad at a rate that changes.</summary>
    /// <inheritdoc cref="Adagrad(double, double, double)"/>
    public static Optimizer Adagrad(Func<Tensor, Tensor> learningRate, double initialAccumulator = 0.1, double eps = 1e-7) => Each(step =>
    {
        var back = -Rate(learningRate, step);
        return (p, g, slots, _) =>
        {
            var s = slots[0] = slots[0] + g * g;
            return back.Cast(p.DType) * Np.Where(s > 0, g * Prim.Rsqrt(s + eps), 0);
        };
    }, new Optimizer.Slot("Sum", x => Tensor.FullLike(x, initialAccumulator)));

    /// <summary>Adadelta: p − rate·d, where d = g·√(x + eps)/√(v + eps), and v and x are running averages of g² and of d².</summary>
    /// <param name="learningRate">How far to go: 1, as in the paper, which has none.</param>
    /// <param name="rho">How much of both averages stays.</param>
    /// <param name="eps">What keeps the quotient finite, and gets the first step going.</param>
    /// <param name="weightDecay">How much of a parameter is added to its gradient.</param>
    /// <param name="decays">Whether the parameter of a path of <see cref="Tree.Paths"/> shrinks; null for all.</param>
    /// <remarks>Zeiler, ADADELTA (2012). Follows optax.adadelta. Slots: Nu, Delta.</remarks>
    public static Optimizer Adadelta(double learningRate = 1, double rho = 0.9, double eps = 1e-6, double weightDecay = 0, Func<string, bool>? decays = null) =>
        Adadelta(_ => learningRate, rho, eps, weightDecay, decays);

    /// <summary>Adadelta at a rate that changes.</summary>
    /// <inheritdoc cref="Adadelta(double, double, double, double, Func{string, bool})"/>
    public static Optimizer Adadelta(Func<Tensor, Tensor> learningRate, double rho = 0.9, double eps = 1e-6, double weightDecay = 0, Func<string, bool>? decays = null) =>
        Optimizer.Each(step =>
        {
            var back = -Rate(learningRate, step);
            return (p, g, slots, decays) =>
            {
                if (weightDecay != 0 && decays) g += weightDecay * p;
                var v = Averaged(g * g, slots, 0, rho);
                var d = Tensor.Sqrt(slots[1] + eps) / Tensor.Sqrt(v + eps) * g;
                Averaged(d * d, slots, 1, rho);
                return back.Cast(p.DType) * d;
            };
        }, decays, "Nu", "Delta");

    /// <summary>Lion: p − rate·(sign((1 − b1)·g + b1·m) + weightDecay·p), where m = b2·m + (1 − b2)·g.</summary>
    /// <param name="learningRate">How far to go: the size of each element's step; a tenth of Adam's.</param>
    /// <param name="b1">How much the step is that of m.</param>
    /// <param name="b2">How much of m stays.</param>
    /// <param name="weightDecay">How much of a parameter goes at each step, times the rate.</param>
    /// <param name="decays">Whether the parameter of a path of <see cref="Tree.Paths"/> shrinks; null for all.</param>
    /// <remarks>Chen et al., Symbolic discovery of optimization algorithms (2023). Follows optax.lion. Slot: Mu.</remarks>
    public static Optimizer Lion(double learningRate = 1e-4, double b1 = 0.9, double b2 = 0.99, double weightDecay = 1e-3, Func<string, bool>? decays = null) =>
        Lion(_ => learningRate, b1, b2, weightDecay, decays);

    /// <summary>Lion at a rate that changes.</summary>
    /// <inheritdoc cref="Lion(double, double, double, double, Func{string, bool})"/>
    public static Optimizer Lion(Func<Tensor, Tensor> learningRate, double b1 = 0.9, double b2 = 0.99, double weightDecay = 1e-3, Func<string, bool>? decays = null) =>
        Optimizer.Each(step =>
        {
            var back = -Rate(learningRate, step);
            return (p, g, slots, decays) =>
            {
                var d = Np.Sign((1 - b1) * g + b1 * slots[0]);
                Averaged(g, slots, 0, b2);
                return back.Cast(p.DType) * (weightDecay == 0 || !decays ? d : d + weightDecay * p);
            };
        }, decays, "Mu");

    /// <summary>LARS: momentum of steps as large as each tensor: −rate·trust·|p|/|d|·d, where d = g + weightDecay·p.</summary>
    /// <param name="learningRate">How far to go, relative to the norm of each tensor.</param>
    /// <param name="weightDecay">How much of a parameter is added to its gradient.</param>
    /// <param name="trustCoefficient">What part of a tensor's norm a step may be.</param>
    /// <param name="eps">Added to |d|.</param>
    /// <param name="momentum">How much of the last change stays.</param>
    /// <param name="nesterov">Whether the momentum looks ahead.</param>
    /// <param name="decays">Whether the parameter of a path of <see cref="Tree.Paths"/> shrinks; null for all.</param>
    /// <remarks>You, Gitman and Ginsburg, Large batch training of convolutional networks (2017). Follows optax.lars. Slot: Trace.</remarks>
    public static Optimizer Lars(double learningRate, double weightDecay = 0, double trustCoefficient = 0.001, double eps = 0, double momentum = 0.9, bool nesterov = false,
        Func<string, bool>? decays = null) => Lars(_ => learningRate, weightDecay, trustCoefficient, eps, momentum, nesterov, decays);

    /// <summary>LARS at a rate that changes.</summary>
    /// <inheritdoc cref="Lars(double, double, double, double, double, bool, Func{string, bool})"/>
    public static Optimizer Lars(Func<Tensor, Tensor> learningRate, double weightDecay = 0, double trustCoefficient = 0.001, double eps = 0, double momentum = 0.9, bool nesterov = false,
        Func<string, bool>? decays = null) => Optimizer.Each(step =>
        {
            var back = -Rate(learningRate, step);
            return (p, g, slots, decays) =>
            {
                var d = weightDecay == 0 || !decays ? g : g + weightDecay * p;
                return Traced(back.Cast(p.DType) * (Trust(p, d, trustCoefficient, eps) * d), slots, 0, momentum, nesterov);
            };
        }, decays, "Trace");
}
