namespace StagedDiff;

// Losses of segmentation: how far two soft sets overlap.
public static partial class Losses
{
    /// <summary>1 less the overlap of two soft sets, along the last axis: 1 − (i + smooth)/(i + alpha·(Σp − i) + beta·(Σt − i) + smooth), where i = Σp·t.</summary>
    /// <param name="prediction">Probabilities, not logits: [b…, n].</param>
    /// <param name="target">0 or 1, bools, or probabilities: [b…, n].</param>
    /// <param name="smooth">What keeps two empty sets at a loss of 0.</param>
    /// <param name="alpha">The weight of what is predicted and is not there; ½ with beta ½ for the Dice coefficient.</param>
    /// <param name="beta">The weight of what is there and not predicted.</param>
    /// <returns>Between 0 and 1: [b…].</returns>
    /// <exception cref="ShapeException">The shapes differ, or have no axis.</exception>
    /// <remarks>Milletari et al., V-Net (2016); Salehi et al., Tversky loss (2017). Follows optax.dice_loss of one class, by probabilities.</remarks>
    public static Tensor Dice(Tensor prediction, Tensor target, double smooth = 1, double alpha = 0.5, double beta = 0.5)
    {
        CheckRows("Dice", "a prediction", prediction, target);
        var t = target.Cast(prediction.DType);
        var both = (prediction * t).Sum(-1);
        return 1 - (both + smooth) / (both + alpha * (prediction.Sum(-1) - both) + beta * (t.Sum(-1) - both) + smooth);
    }

    /// <summary>
    /// The <see cref="Dice"/> losses of classes, of each example over all its places, weighted so that rare classes count as much: the mean of
    /// weight·loss over examples and classes, the weights 1/count² scaled to a mean of 1.
    /// </summary>
    /// <param name="prediction">Probabilities, not logits: [b, …, classes].</param>
    /// <param name="target">One-hot rows or probabilities: [b, …, classes].</param>
    /// <param name="smooth">What keeps two empty sets at a loss of 0.</param>
    /// <returns>A scalar. A class that is nowhere weighs as if it were 1/3000 of a place, as in optax.</returns>
    /// <exception cref="ShapeException">The shapes differ, or have fewer than two axes.</exception>
    /// <remarks>Sudre et al., Generalised Dice overlap (2017). Follows optax.multiclass_generalized_dice_loss, by probabilities.</remarks>
    public static Tensor GeneralizedDice(Tensor prediction, Tensor target, double smooth = 1)
    {
        CheckRows("GeneralizedDice", "a prediction", prediction, target);
        if (prediction.Rank < 2) throw new ShapeException($"GeneralizedDice: expected a prediction [b,…,classes], got {prediction.Type}.{Caller.Line()}");
        var t = target.Cast(prediction.DType);
        int[] places = [.. Enumerable.Range(1, prediction.Rank - 2)];
        Tensor Over(Tensor x) => places is [] ? x : x.Sum(places);
        var count = t.Sum([0, .. places]);
        var weight = 1 / (count * count + 1e-7);
        weight /= weight.Mean();
        var (both, either) = (Over(prediction * t), Over(prediction + t));
        return (weight * (1 - (both + smooth) / (0.5 * either + smooth))).Mean();
    }
}
