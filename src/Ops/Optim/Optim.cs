namespace StagedDiff;

/// <summary>
/// Optimisers, as optax defines them, with its defaults. A learning rate is a number, or a function of how many updates were made before: an I32 scalar
/// that is traced, 0 at the first; <see cref="Schedules"/> makes such functions.
/// </summary>
public static partial class Optim
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
        ? Each(step =>
        {
            var back = -Rate(learningRate, step);
            return (p, g, _, _) => back.Cast(p.DType) * g;
        })
        : Each(step =>
        {
            var back = -Rate(learningRate, step);
            return Optimizer.Elementwise((p, g, slots, _) => back.Cast(p.DType) * Traced(g, slots, 0, momentum, nesterov));
        }, "Trace");

    static Optimizer Each(Func<Tensor, Optimizer.Rule> rule, params Optimizer.Slot[] slots) => Optimizer.Each(rule, null, slots);

    /// <summary>g + momentum·(what is left of earlier ones), which is kept; looking ahead, g + momentum times that.</summary>
    static Tensor Traced(Tensor g, Span<Tensor> slots, int slot, double momentum, bool nesterov)
    {
        var t = slots[slot] = g + momentum * slots[slot];
        return nesterov ? g + momentum * t : t;
    }

    /// <summary>A running average with a new number in it, which is kept.</summary>
    static Tensor Averaged(Tensor x, Span<Tensor> slots, int slot, double keep) => slots[slot] = keep * slots[slot] + (1 - keep) * x;

    static Tensor Norm(Tensor x) => Tensor.Sqrt((x * x).Sum());

    /// <summary>The rate as an F64 scalar: what all elements share is computed once, with digits to spare.</summary>
    static Tensor Rate(Func<Tensor, Tensor> learningRate, Tensor step)
    {
        var rate = learningRate(step);
        return rate.Rank == 0 ? rate.Cast(DType.F64) : throw new ShapeException($"Update: the learning rate must be a scalar, got {rate.Type}.{Caller.Line()}");
    }
}
