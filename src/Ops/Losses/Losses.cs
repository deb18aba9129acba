namespace StagedDiff;

/// <summary>
/// Losses: prediction first, then target. MeanSquaredError, Ntxent and WeightedMean are numbers; the others give one for each example or element:
/// take <c>.Mean()</c> or <c>.Sum()</c>, or <see cref="WeightedMean"/> where examples count differently.
/// </summary>
/// <remarks>Each has derivatives by its targets too: Grad takes them by the arguments that it is asked for alone.</remarks>
public static partial class Losses
{
    /// <summary>The mean of losses that count differently: Σ weight·loss / Σ weight.</summary>
    /// <param name="losses">Any shape.</param>
    /// <param name="weights">Not negative, or bools: of the same shape, or one that broadcasts to it. What has weight 0 does not count, even where it is ∞ or NaN.</param>
    /// <returns>A scalar; 0 where all weights are 0.</returns>
    /// <exception cref="ShapeException">The weights do not broadcast to the losses' shape.</exception>
    /// <remarks>As the where of optax's losses, with any weights. Follows the reduction of torch.nn.functional.cross_entropy by class weights.</remarks>
    public static Tensor WeightedMean(Tensor losses, Tensor weights)
    {
        if (Tensor.Broadcast("WeightedMean", losses, weights) != losses.Shape) throw new ShapeException(
            $"WeightedMean: expected weights that broadcast to the losses, {losses.Type}, got {weights.Type}. Reshape one of them.{Caller.Line()}");
        var type = losses.DType.IsFloat() ? losses.Strong().DType : DType.F32;
        var w = weights.Cast(type).BroadcastTo(losses.Shape);
        var total = w.Sum();
        return Weighted(w, losses.Cast(type)).Sum() / Np.Where(Tensor.Equal(total, 0), 1, total);
    }

    // In a derivative's arithmetic too 0·∞ is 0 here: a class that cannot be adds nothing.
    static Tensor Weighted(Tensor weight, Tensor x)
    {
        var (a, b) = Tensor.Meet("Multiply", weight, x);
        return Prim.MulZ(a, b);
    }

    static void CheckTarget(string name, string what, Tensor x, Tensor target)
    {
        if (Tensor.Broadcast(name, x, target) != x.Shape)
            throw new ShapeException($"{name}: expected a target that broadcasts to the {what}, {x.Type}, got {target.Type}. Reshape one of them.{Caller.Line()}");
    }
}
