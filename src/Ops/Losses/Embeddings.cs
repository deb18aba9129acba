namespace StagedDiff;

// Losses of embeddings: who is near whom.
public static partial class Losses
{
    /// <summary>max(0, |anchor − positive| − |anchor − negative| + margin), along the last axis: the positive is to be nearer, by the margin.</summary>
    /// <param name="anchor">[b…, n].</param>
    /// <param name="positive">What is alike: of the same shape, or one that broadcasts to it.</param>
    /// <param name="negative">What is not: of the same shape, or one that broadcasts to it.</param>
    /// <param name="margin">By how much the positive is to be nearer.</param>
    /// <param name="degree">Of the norm: 2 for the Euclidean.</param>
    /// <param name="epsilon">Added under the root, so that a distance of 0 has a derivative.</param>
    /// <returns>[b…].</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast, or there is no axis.</exception>
    /// <remarks>Schroff et al., FaceNet (2015). Follows optax.triplet_margin_loss; of an odd degree by |x|, so that it is a norm.</remarks>
    public static Tensor TripletMargin(Tensor anchor, Tensor positive, Tensor negative, double margin = 1, double degree = 2, double epsilon = 1e-6)
    {
        CheckTarget("TripletMargin", "anchor", anchor, positive);
        CheckTarget("TripletMargin", "anchor", anchor, negative);
        anchor.AxisOf("TripletMargin", -1);
        Tensor Distance(Tensor d) => degree == 2 ? Tensor.Sqrt((d * d).Sum(-1) + epsilon)
            : Tensor.Pow(Tensor.Pow(Tensor.Abs(d), degree).Sum(-1) + epsilon, 1 / degree);
        return Nn.Relu(Distance(anchor - positive) - Distance(anchor - negative) + margin);
    }

    /// <summary>
    /// The normalised temperature-scaled cross-entropy: for each pair of one label, −log of its similarity's share beside all pairs of different
    /// labels; the mean over pairs.
    /// </summary>
    /// <param name="embeddings">[n, features].</param>
    /// <param name="labels">Integers [n].</param>
    /// <param name="temperature">What cosine similarities are divided by.</param>
    /// <returns>A scalar, in nats; NaN if no two labels are equal.</returns>
    /// <exception cref="ShapeException">The shapes are not these.</exception>
    /// <remarks>Chen et al., SimCLR (2020). Follows optax.ntxent.</remarks>
    public static Tensor Ntxent(Tensor embeddings, Tensor labels, double temperature = 0.07)
    {
        if (embeddings.Rank != 2 || labels.Rank != 1 || labels.Shape[0] != embeddings.Shape[0])
            throw new ShapeException($"Ntxent: expected embeddings [n,features] and labels [n], got {embeddings.Type} and {labels.Type}.{Caller.Line()}");
        var unit = Unit(embeddings, embeddings.DType == DType.F64 ? Math.ScaleB(1, -52) : Math.ScaleB(1, -23), -1);
        var near = unit.MatMul(unit.T) / temperature;
        var i = Tensor.Arange(labels.Shape[0]);
        var same = Tensor.Equal(labels.Unsqueeze(1), labels);
        var pairs = same & Tensor.NotEqual(i.Unsqueeze(1), i);
        // For each row, log Σ over the others; beside it each pair's own.
        var others = Nn.LogSumExp(Np.Where(same, double.NegativeInfinity, near), 1, keepDims: true);
        var loss = Nn.Softplus(others - near);
        return Np.Where(pairs, loss, 0).Sum() / pairs.Cast(loss.DType).Sum();
    }
}
