namespace StagedDiff;

// Parts for Chain: each changes the gradients on their way to the optimiser at the end.
public static partial class Optim
{
    /// <summary>Gradients cut to ±<paramref name="limit"/>, element by element; for <see cref="Chain"/>.</summary>
    /// <remarks>Follows optax.clip.</remarks>
    public static Optimizer ClipByValue(double limit) => Optimizer.Plain(g => Mapped(g, x => Np.Clip(x, -limit, limit)));

    /// <summary>Gradients scaled down together, so that the norm over all of them is no more than <paramref name="limit"/>; for <see cref="Chain"/>.</summary>
    /// <remarks>One that is NaN or infinite makes all of them so. Pascanu et al. (2012). Follows optax.clip_by_global_norm.</remarks>
    public static Optimizer ClipByGlobalNorm(double limit) => Optimizer.Plain(g =>
    {
        var norm = GlobalNorm(g);
        var factor = Np.Where(norm < limit, 1, limit / norm);
        return Mapped(g, x => x * factor.Cast(x.DType));
    });

    /// <summary>Each tensor's gradient scaled down so that its root mean square is no more than <paramref name="limit"/>; for <see cref="Chain"/>.</summary>
    /// <remarks>Shazeer and Stern, Adafactor (2018). Follows optax.clip_by_block_rms.</remarks>
    public static Optimizer ClipByBlockRms(double limit) =>
        Optimizer.Plain(g => Mapped(g, x => x / Tensor.Maximum(1, Tensor.Sqrt((x * x).Mean()) / limit)));

    /// <summary>weightDecay·p added to each gradient; for <see cref="Chain"/>, before an optimiser (L2), or after its direction and before its rate.</summary>
    /// <param name="weightDecay">How much of a parameter.</param>
    /// <param name="decays">Whether the parameter of a path of <see cref="Tree.Paths"/> decays; null for all: <c>path => !path.EndsWith(".B")</c>.</param>
    /// <remarks>Follows optax.add_decayed_weights.</remarks>
    public static Optimizer AddDecayedWeights(double weightDecay, Func<string, bool>? decays = null) =>
        Optimizer.Each(_ => (p, g, _, decays) => decays ? g + weightDecay * p : g, decays);

    /// <summary>Gradients times a factor; for <see cref="Chain"/>. With a factor below 0, what comes before it goes downhill.</summary>
    /// <remarks>Follows optax.scale.</remarks>
    public static Optimizer Scale(double factor) => Optimizer.Plain(g => Mapped(g, x => factor * x));

    /// <summary>Gradients times −rate; for the end of a <see cref="Chain"/> of directions such as <see cref="ScaleByAdam"/>.</summary>
    /// <remarks>Follows optax.scale_by_learning_rate.</remarks>
    public static Optimizer ScaleByLearningRate(double learningRate) => Sgd(learningRate);

    /// <inheritdoc cref="ScaleByLearningRate(double)"/>
    public static Optimizer ScaleByLearningRate(Func<Tensor, Tensor> learningRate) => Sgd(learningRate);

    /// <summary>Adam's direction m̂/(√v̂ + eps), without rate or sign; for <see cref="Chain"/>.</summary>
    /// <remarks>Follows optax.scale_by_adam. Slots: Mu, Nu.</remarks>
    public static Optimizer ScaleByAdam(double b1 = 0.9, double b2 = 0.999, double eps = 1e-8, bool nesterov = false) => Each(step =>
    {
        var direction = Directed(step, b1, b2, eps, nesterov);
        return (_, g, slots, _) => direction(g, slots);
    }, "Mu", "Nu");

    /// <summary>Directions as large as their tensor: coefficient·|p|/(|d| + eps)·d, where neither norm is 0; for <see cref="Chain"/>.</summary>
    /// <remarks>Follows optax.scale_by_trust_ratio.</remarks>
    public static Optimizer ScaleByTrustRatio(double coefficient = 1, double eps = 0) => Each(_ => (p, g, _, _) => Trust(p, g, coefficient, eps) * g);

    /// <summary>g + decay·t, where t is what came out of the step before: momentum; for <see cref="Chain"/>.</summary>
    /// <param name="decay">How much of t stays.</param>
    /// <param name="nesterov">Whether to look ahead: g + decay·(g + decay·t).</param>
    /// <remarks>Follows optax.trace. Slot: Trace.</remarks>
    public static Optimizer Trace(double decay, bool nesterov = false) => Each(_ => (_, g, slots, _) => Traced(g, slots, 0, decay, nesterov), "Trace");

    /// <summary>A running average of gradients; for <see cref="Chain"/>.</summary>
    /// <param name="decay">How much of the average stays.</param>
    /// <param name="debias">Whether to make up for its start at 0.</param>
    /// <remarks>Follows optax.ema. To average parameters over steps, <see cref="IncrementalUpdate"/>. Slot: Ema.</remarks>
    public static Optimizer Ema(double decay, bool debias = true) => Each(step =>
    {
        var unbias = 1 / (1 - Tensor.Pow(decay, (step + 1).Cast(DType.F64)));
        return (_, g, slots, _) => Averaged(g, slots, 0, decay) is var m && debias ? unbias.Cast(g.DType) * m : m;
    }, "Ema");

    /// <summary>No change at all: what it is given stays as it is; for <see cref="Partition"/>.</summary>
    /// <remarks>Follows optax.set_to_zero.</remarks>
    public static Optimizer SetToZero() => Optimizer.Plain(g => Mapped(g, x => Tensor.ZerosLike(x)));

    /// <summary>old + step·(fresh − old), tensor by tensor: called after each step with a small step, an average of parameters over time.</summary>
    /// <param name="fresh">A tree; what is not float is taken from it.</param>
    /// <param name="old">A tree like it.</param>
    /// <param name="stepSize">From 0, which stays, to 1, which forgets.</param>
    /// <exception cref="TreeException">The two are not built alike.</exception>
    /// <remarks>Polyak and Juditsky (1992). Follows optax.incremental_update.</remarks>
    public static P IncrementalUpdate<P>(P fresh, P old, double stepSize) =>
        Tree.Map2((x, y) => x.DType.IsFloat() ? stepSize * x + (1 - stepSize) * y : x, fresh, old);

    static Tensor?[] Mapped(Tensor?[] g, Func<Tensor, Tensor> f) => Array.ConvertAll(g, x => x is null ? null : f(x));

    /// <summary>In F64, so that the order of element types does not matter; 0 of nothing.</summary>
    static Tensor GlobalNorm(Tensor?[] g) => Tensor.Sqrt(Total(g, x => (x * x).Sum()));

    /// <summary>A number of the program, in F64: part of a graph, where a tensor would be an operand of it.</summary>
    internal static Tensor Wide(double number) => Tensor.Literal(DType.F64, number);

    static Tensor Total(Tensor?[] g, Func<Tensor, Tensor> f) =>
        g.OfType<Tensor>().Aggregate(Wide(0), (sum, x) => sum + f(x).Cast(DType.F64));
}
