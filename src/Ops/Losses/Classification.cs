namespace StagedDiff;

// Losses of classes, by logits or scores.
public static partial class Losses
{
    /// <summary>The cross-entropy of the softmax of logits, along the last axis: −Σ target·log softmax(logits).</summary>
    /// <param name="logits">In nats: [b…, classes].</param>
    /// <param name="target">Probabilities or one-hot rows of the logits' shape; or the classes themselves, integers [b…]. A class that does not exist gives NaN.</param>
    /// <param name="smoothing">How much of each target is spread evenly over all classes: see <see cref="SmoothLabels"/>.</param>
    /// <returns>One loss for each row, in nats: [b…]. A class of probability 0 adds nothing, even with a logit of −∞.</returns>
    /// <exception cref="ShapeException">The target is neither.</exception>
    /// <remarks>
    /// No finite logit overflows. The derivative by the logits is softmax(logits)·Σtarget − target. Follows optax.safe_softmax_cross_entropy, and
    /// softmax_cross_entropy_with_integer_labels.
    /// </remarks>
    public static Tensor SoftmaxCrossEntropy(Tensor logits, Tensor target, double smoothing = 0)
    {
        const string name = "SoftmaxCrossEntropy";
        if (logits.Rank == 0) throw new ShapeException($"{name}: expected logits [b…,classes], got {logits.Type}.{Caller.Line()}");
        bool labels = target.DType.IsInteger() && target.Shape == logits.Shape.Slice(0, logits.Rank - 1);
        if (!labels && target.Shape != logits.Shape) throw new ShapeException(
            $"{name}: expected a target like the logits, {logits.Type}, or classes {new TensorType(DType.I32, logits.Shape.Slice(0, logits.Rank - 1))}, got {target.Type}.{Caller.Line()}");
        int axis = -1;
        var z = Nn.Shifted(name, logits, ref axis);
        var norm = Tensor.Log(Tensor.Exp(z).Sum(axis, keepDims: true));
        if (!labels) return -Weighted(Smooth(target.Cast(z.DType), smoothing), z - norm).Sum(axis);
        var hot = Nn.Hot(target, logits.Shape[axis]);
        var loss = norm.Squeeze(axis) - Np.Where(hot, z, 0).Sum(axis);
        if (smoothing != 0) loss = (1 - smoothing) * loss + smoothing * (norm - z).Mean(axis);
        return Np.Where((target >= 0) & (target < Tensor.Number(logits.Shape[axis], DType.I32)), loss, double.NaN);
    }

    /// <summary>The cross-entropy plus <paramref name="epsilon"/> times the probability that misses the target: −Σ t·log p + epsilon·Σ t·(1 − p).</summary>
    /// <param name="logits">In nats: [b…, classes].</param>
    /// <param name="target">Probabilities or one-hot rows of the logits' shape; or the classes themselves, integers [b…].</param>
    /// <param name="epsilon">The weight of the first term of the cross-entropy's series.</param>
    /// <returns>One loss for each row, in nats: [b…].</returns>
    /// <exception cref="ShapeException">The target is neither.</exception>
    /// <remarks>Leng et al., PolyLoss (2022), Poly-1. Follows optax.poly_loss_cross_entropy.</remarks>
    public static Tensor PolyCrossEntropy(Tensor logits, Tensor target, double epsilon = 2)
    {
        var loss = SoftmaxCrossEntropy(logits, target);
        var p = Nn.Softmax(logits);
        var rows = target.Rank == logits.Rank ? target.Cast(p.DType) : Nn.Hot(target, logits.Shape[^1]).Cast(p.DType);
        return loss + epsilon * (rows * (1 - p)).Sum(-1);
    }

    /// <summary>Targets that are less sure: (1 − alpha)·target + alpha/classes, along the last axis.</summary>
    /// <param name="target">Probabilities or one-hot rows: [b…, classes]; float.</param>
    /// <param name="alpha">How much is spread evenly over all classes, between 0 and 1.</param>
    /// <returns>Of the target's shape.</returns>
    /// <exception cref="ShapeException">The target has no axis.</exception>
    /// <remarks>Szegedy et al., Rethinking the Inception architecture (2015), section 7. Follows optax.smooth_labels.</remarks>
    public static Tensor SmoothLabels(Tensor target, double alpha) => target.Rank > 0 ? Smooth(target, alpha)
        : throw new ShapeException($"SmoothLabels: expected a target [b…,classes], got {target.Type}.{Caller.Line()}");

    static Tensor Smooth(Tensor target, double alpha) => alpha == 0 ? target
        : (1 - alpha) * target + alpha / Tensor.Number(target.Shape[^1], target.DType.IsFloat() ? target.DType : DType.F32);

    /// <summary>The cross-entropy of the sigmoid of logits, element by element: −t·log σ(x) − (1 − t)·log(1 − σ(x)).</summary>
    /// <param name="logits">In nats, any shape.</param>
    /// <param name="target">Probabilities, or bools, of the same shape or one that broadcasts to it.</param>
    /// <param name="smoothing">How much of each target is replaced by ½.</param>
    /// <returns>In nats; of the logits' shape.</returns>
    /// <exception cref="ShapeException">The target does not broadcast to the logits' shape.</exception>
    /// <remarks>max(x, 0) − t·x + log1p(e^−|x|): no finite logit overflows. Its derivative is σ(x) − t. Follows optax.sigmoid_binary_cross_entropy.</remarks>
    public static Tensor BinaryCrossEntropyWithLogits(Tensor logits, Tensor target, double smoothing = 0)
    {
        CheckTarget("BinaryCrossEntropyWithLogits", "logits", logits, target);
        if (smoothing != 0) target = (1 - smoothing) * target.Cast(logits.DType.IsFloat() ? logits.Strong().DType : DType.F32) + 0.5 * smoothing;
        return Nn.Relu(logits) - logits * target + Np.Log1p(Tensor.Exp(Nn.Below(logits)));
    }

    /// <summary>
    /// The <see cref="BinaryCrossEntropyWithLogits"/> times (1 − p)^gamma, where p is the probability given to the target: what is right already
    /// counts little.
    /// </summary>
    /// <param name="logits">In nats, any shape.</param>
    /// <param name="target">Probabilities, or bools, of the same shape or one that broadcasts to it.</param>
    /// <param name="alpha">The weight of targets 1, beside 1 − alpha of targets 0; null weighs both alike, by 1.</param>
    /// <param name="gamma">How fast the weight falls; 0 for the cross-entropy itself.</param>
    /// <returns>Of the logits' shape.</returns>
    /// <exception cref="ShapeException">The target does not broadcast to the logits' shape.</exception>
    /// <remarks>Lin et al., Focal loss for dense object detection (2017). Follows optax.sigmoid_focal_loss.</remarks>
    public static Tensor SigmoidFocal(Tensor logits, Tensor target, double? alpha = null, double gamma = 2)
    {
        CheckTarget("SigmoidFocal", "logits", logits, target);
        var t = target.Cast(logits.DType.IsFloat() ? logits.Strong().DType : DType.F32);
        // 1 − p as a sum of two positive numbers: nothing cancels.
        var miss = t * Nn.Sigmoid(-logits) + (1 - t) * Nn.Sigmoid(logits);
        var loss = Tensor.Pow(miss, gamma) * BinaryCrossEntropyWithLogits(logits, t);
        return alpha is { } a ? (a * t + (1 - a) * (1 - t)) * loss : loss;
    }

    /// <summary>max(0, 1 − score·target), element by element: 0 where the score is right by 1 at least.</summary>
    /// <param name="score">Any shape.</param>
    /// <param name="target">−1 or 1, of the same shape or one that broadcasts to it.</param>
    /// <returns>Of the score's shape. Its derivative at the kink is 0.</returns>
    /// <exception cref="ShapeException">The target does not broadcast to the score's shape.</exception>
    /// <remarks>Follows optax.hinge_loss.</remarks>
    public static Tensor Hinge(Tensor score, Tensor target)
    {
        CheckTarget("Hinge", "score", score, target);
        return Nn.Relu(1 - score * target);
    }

    /// <summary>max(0, −score·target), element by element: 0 where the score has the target's sign.</summary>
    /// <inheritdoc cref="Hinge"/>
    /// <remarks>Rosenblatt (1958). Follows optax.perceptron_loss.</remarks>
    public static Tensor Perceptron(Tensor score, Tensor target)
    {
        CheckTarget("Perceptron", "score", score, target);
        return Nn.Relu(-(score * target));
    }

    /// <summary>The loss whose link is the sparse sigmoid: <see cref="Nn.SparsePlus"/> of the logit, of its negative where the target is true.</summary>
    /// <param name="logits">Any shape.</param>
    /// <param name="target">0 or 1, or bools, of the same shape or one that broadcasts to it.</param>
    /// <returns>Of the logits' shape.</returns>
    /// <exception cref="ShapeException">The target does not broadcast to the logits' shape.</exception>
    /// <remarks>Blondel, Martins and Niculae, Learning with Fenchel–Young losses (2020), section 6.2. Follows optax.sparsemax_loss.</remarks>
    public static Tensor Sparsemax(Tensor logits, Tensor target)
    {
        CheckTarget("Sparsemax", "logits", logits, target);
        return Nn.SparsePlus(Np.Where(target, -logits, logits));
    }

    static void CheckRows(string name, string what, Tensor a, Tensor b)
    {
        if (a.Shape != b.Shape || a.Rank == 0)
            throw new ShapeException($"{name}: expected {what} and a target of one shape [b…,n], got {a.Type} and {b.Type}.{Caller.Line()}");
    }
}
