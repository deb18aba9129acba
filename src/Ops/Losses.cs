namespace StagedDiff;

/// <summary>
/// Losses: prediction first, then target. MeanSquaredError is a number; the others give one for each example or element: take <c>.Mean()</c>.
/// </summary>
public static class Losses
{
    /// <summary>The mean of (prediction − target)² over all elements.</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">Of the same shape, or one that broadcasts to it.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ShapeException">The target does not broadcast to the prediction's shape: [n] beside [n,1] would make [n,n].</exception>
    /// <remarks>Follows torch.nn.functional.mse_loss.</remarks>
    public static Tensor MeanSquaredError(Tensor prediction, Tensor target)
    {
        CheckTarget("MeanSquaredError", "prediction", prediction, target);
        var d = prediction - target;
        return (d * d).Mean();
    }

    /// <summary>The cross-entropy of the softmax of logits, along the last axis: −Σ target·log softmax(logits).</summary>
    /// <param name="logits">In nats: [b…, classes].</param>
    /// <param name="target">Probabilities or one-hot rows of the logits' shape; or the classes themselves, integers [b…]. A class that does not exist gives NaN.</param>
    /// <returns>One loss for each row, in nats: [b…]. A class of probability 0 adds nothing, even with a logit of −∞.</returns>
    /// <exception cref="ShapeException">The target is neither.</exception>
    /// <remarks>No finite logit overflows. The derivative by the logits is softmax(logits)·Σtarget − target. Follows optax.softmax_cross_entropy, and …_with_integer_labels.</remarks>
    public static Tensor SoftmaxCrossEntropy(Tensor logits, Tensor target)
    {
        const string name = "SoftmaxCrossEntropy";
        if (logits.Rank == 0) throw new ShapeException($"{name}: expected logits [b…,classes], got {logits.Type}.{Caller.Line()}");
        bool labels = target.DType.IsInteger() && target.Shape == logits.Shape.Slice(0, logits.Rank - 1);
        if (!labels && target.Shape != logits.Shape) throw new ShapeException(
            $"{name}: expected a target like the logits, {logits.Type}, or classes {new TensorType(DType.I32, logits.Shape.Slice(0, logits.Rank - 1))}, got {target.Type}.{Caller.Line()}");
        int axis = -1;
        var z = Nn.Shifted(name, logits, ref axis);
        var norm = Tensor.Log(Tensor.Exp(z).Sum(axis, keepDims: true));
        if (!labels) return -Weighted(target.Cast(z.DType), z - norm).Sum(axis);
        var hot = Nn.Hot(target, logits.Shape[axis]);
        return Np.Where((target >= 0) & (target < Tensor.Number(logits.Shape[axis], DType.I32)), norm.Squeeze(axis) - Np.Where(hot, z, 0).Sum(axis), double.NaN);
    }

    /// <summary>The cross-entropy of the sigmoid of logits, element by element: −t·log σ(x) − (1 − t)·log(1 − σ(x)).</summary>
    /// <param name="logits">In nats, any shape.</param>
    /// <param name="target">Probabilities, or bools, of the same shape or one that broadcasts to it.</param>
    /// <returns>In nats; of the logits' shape.</returns>
    /// <exception cref="ShapeException">The target does not broadcast to the logits' shape.</exception>
    /// <remarks>max(x, 0) − t·x + log1p(e^−|x|): no finite logit overflows. Its derivative is σ(x) − t. Follows optax.sigmoid_binary_cross_entropy.</remarks>
    public static Tensor BinaryCrossEntropyWithLogits(Tensor logits, Tensor target)
    {
        CheckTarget("BinaryCrossEntropyWithLogits", "logits", logits, target);
        return Nn.Relu(logits) - logits * target + Np.Log1p(Tensor.Exp(Nn.Below(logits)));
    }

    /// <summary>The Kullback–Leibler divergence of predicted from target distributions, along the last axis: Σ t·(log t − log p).</summary>
    /// <param name="logPrediction">Logarithms of probabilities, in nats: [b…, n]; <see cref="Nn.LogSoftmax"/> makes them.</param>
    /// <param name="target">Probabilities: [b…, n].</param>
    /// <returns>In nats: [b…]. Where t is 0 nothing is added, whatever p.</returns>
    /// <exception cref="ShapeException">The shapes differ, or have no axis.</exception>
    /// <remarks>Follows optax.kl_divergence.</remarks>
    public static Tensor KlDivergence(Tensor logPrediction, Tensor target)
    {
        if (target.Shape != logPrediction.Shape || target.Rank == 0)
            throw new ShapeException($"KlDivergence: expected a prediction and a target of one shape [b…,n], got {logPrediction.Type} and {target.Type}.{Caller.Line()}");
        return Weighted(target, Tensor.Log(Np.Where(Tensor.Equal(target, 0), 1, target)) - logPrediction).Sum(-1);
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
