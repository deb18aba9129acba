namespace StagedDiff;

// Learning without a schedule: gradients are taken at y, an optimiser walks z, and the average x of all z is the result.
public static partial class Optim
{
    /// <summary>
    /// An optimiser without momentum that needs no schedule: it walks z by gradients at the parameters y = b1·x + (1 − b1)·z, where x is the average of
    /// all z so far. Test and keep <see cref="ScheduleFreeParameters"/>, not y.
    /// </summary>
    /// <param name="optimizer">What walks z, at the same rate.</param>
    /// <param name="learningRate">The rate, which is a z's weight too.</param>
    /// <param name="b1">How near y is to x; it plays the part of a momentum.</param>
    /// <param name="power">A z's weight is the greatest rate so far to this power.</param>
    /// <remarks>Defazio et al., The road less scheduled (2024). Follows optax.contrib.schedule_free. Slots: Z; MaxRate and Weight, numbers for all.</remarks>
    public static Optimizer ScheduleFree(Optimizer optimizer, Func<Tensor, Tensor> learningRate, double b1 = 0.9, double power = 2)
    {
        return new(Start, Step);

        // Z is a copy: parameters and state may both be donated.
        OptState Start(Tensor?[] p, Optimizer.Names names) => new(Optimizer.First,
            [new("Z", Mapped(p, x => Tensor.Maximum(x, double.NegativeInfinity))), new("MaxRate", Single(p, _ => Tensor.Zeros([], DType.F64))), new("Weight", Single(p, _ => Tensor.Zeros([], DType.F64)))],
            [optimizer.Start(p, names)]);

        (Tensor?[], OptState) Step(Tensor?[] g, OptState state, Tensor?[] p, Optimizer.Names names)
        {
            Optimizer.Check(state, p, 1, "Z", "MaxRate", "Weight");
            Tensor Old(int slot) => state.Slots[slot].Leaves.OfType<Tensor>().FirstOrDefault() ?? 0.0;
            // optax counts from 1 here.
            var top = Tensor.Maximum(Old(1), Rate(learningRate, state.Step + 1));
            var weight = Tensor.Pow(top, power);
            var total = Old(2) + weight;
            var part = Np.Where(Tensor.Equal(total, 0), 0, weight / total);
            var (walk, inner) = optimizer.Step(g, state.Inner[0], p, names);
            var old = state.Slots[0].Leaves;
            Tensor?[] z = [.. old.Select((z, i) => z is null ? null : z + walk[i]!)];
            Tensor?[] change = [.. z.Select((z, i) =>
            {
                if (z is null) return null;
                var c = part.Cast(z.DType);
                var x = (1 - c) * At(p[i]!, old[i]!, b1) + c * z;
                return b1 * x + (1 - b1) * z - p[i]!;
            })];
            return (change, new(state.Step + 1, [new("Z", z), new("MaxRate", Single(p, _ => top)), new("Weight", Single(p, _ => total))], [inner]));
        }
    }

    /// <summary>The average x of <see cref="ScheduleFree"/>: the parameters to test, and to keep.</summary>
    /// <param name="state">Of a schedule-free optimiser.</param>
    /// <param name="parameters">Of the same step.</param>
    /// <param name="b1">As the optimiser has it.</param>
    /// <exception cref="ArgumentException">The state has no slot Z.</exception>
    /// <remarks>(y − (1 − b1)·z)/b1. Follows optax.contrib.schedule_free_eval_params.</remarks>
    public static P ScheduleFreeParameters<P>(OptState state, P parameters, double b1 = 0.9)
    {
        var z = state["Z"];
        return Tree.Rebuild(parameters, [.. Tree.Leaves(parameters).Select((y, i) => z[i] is { } at ? At(y, at, b1) : y)]);
    }

    static Tensor At(Tensor y, Tensor z, double b1) => (y - (1 - b1) * z) / b1;

    /// <summary>Schedule-free gradient descent.</summary>
    /// <param name="learningRate">How far to go, after the warm-up.</param>
    /// <param name="warmupSteps">How many steps the rate takes to rise from 0.</param>
    /// <param name="b1">How near y is to x.</param>
    /// <param name="weightDecay">How much of a parameter is added to its gradient.</param>
    /// <remarks>See <see cref="ScheduleFree"/>. Follows optax.contrib.schedule_free_sgd.</remarks>
    public static Optimizer ScheduleFreeSgd(double learningRate = 1, int warmupSteps = 0, double b1 = 0.9, double weightDecay = 0)
    {
        var rate = Warm(learningRate, warmupSteps);
        return ScheduleFree(weightDecay == 0 ? Sgd(rate) : Chain(AddDecayedWeights(weightDecay), Sgd(rate)), rate, b1);
    }

    /// <summary>Schedule-free AdamW: what walks z is AdamW without its momentum.</summary>
    /// <param name="learningRate">How far to go, after the warm-up.</param>
    /// <param name="warmupSteps">How many steps the rate takes to rise from 0.</param>
    /// <param name="b1">How near y is to x.</param>
    /// <param name="b2">How much of the average of g² stays.</param>
    /// <param name="eps">What keeps the quotient finite, outside of the root.</param>
    /// <param name="weightDecay">How much of a parameter goes at each step, times the rate.</param>
    /// <remarks>See <see cref="ScheduleFree"/>. Follows optax.contrib.schedule_free_adamw.</remarks>
    public static Optimizer ScheduleFreeAdamW(double learningRate = 0.0025, int warmupSteps = 0, double b1 = 0.9, double b2 = 0.999, double eps = 1e-8, double weightDecay = 0)
    {
        var rate = Warm(learningRate, warmupSteps);
        return ScheduleFree(AdamW(rate, 0, b2, eps, weightDecay), rate, b1);
    }

    static Func<Tensor, Tensor> Warm(double learningRate, int steps) => steps > 0 ? Schedules.WarmupConstant(0, learningRate, steps) : _ => learningRate;
}
