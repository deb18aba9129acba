namespace StagedDiff;

// Losses of scores beside the label's, and those that a maximum makes.
public static partial class Losses
{
    /// <summary>By how much the best score, of each other class one more, is above the label's: max(s + 1 − onehot) − s of the label.</summary>
    /// <param name="scores">[b…, classes].</param>
    /// <param name="labels">The classes: integers [b…].</param>
    /// <returns>[b…]; NaN for a class that does not exist.</returns>
    /// <exception cref="ShapeException">The labels are not of that shape.</exception>
    /// <exception cref="DTypeException">The labels are no integers.</exception>
    /// <remarks>Crammer and Singer (2001). Ties share the derivative evenly. Follows optax.multiclass_hinge_loss.</remarks>
    public static Tensor MulticlassHinge(Tensor scores, Tensor labels) => Ahead("MulticlassHinge", scores, labels, 1);

    /// <summary>By how much the best score is above the label's.</summary>
    /// <param name="scores">[b…, classes].</param>
    /// <param name="labels">The classes: integers [b…].</param>
    /// <returns>[b…]; NaN for a class that does not exist.</returns>
    /// <exception cref="ShapeException">The labels are not of that shape.</exception>
    /// <exception cref="DTypeException">The labels are no integers.</exception>
    /// <remarks>Ties share the derivative evenly. Follows optax.multiclass_perceptron_loss.</remarks>
    public static Tensor MulticlassPerceptron(Tensor scores, Tensor labels) => Ahead("MulticlassPerceptron", scores, labels, 0);

    static Tensor Ahead(string name, Tensor scores, Tensor labels, double margin)
    {
        var hot = Hot(name, scores, labels);
        var best = (margin == 0 ? scores : Np.Where(hot, scores, scores + margin)).Max(-1);
        return Np.Where(hot.Any(-1), best - Np.Where(hot, scores, 0).Sum(-1), double.NaN);
    }

    /// <summary>Where the label's score stands.</summary>
    static Tensor Hot(string name, Tensor scores, Tensor labels)
    {
        if (!labels.DType.IsInteger()) throw new DTypeException($"{name}: expected labels that are integers, got {labels.Type}. Cast them first.{Caller.Line()}");
        if (scores.Rank == 0 || labels.Shape != scores.Shape.Slice(0, scores.Rank - 1))
            throw new ShapeException($"{name}: expected scores [b…,classes] and labels [b…], got {scores.Type} and {labels.Type}.{Caller.Line()}");
        return Nn.Hot(labels, scores.Shape[^1]);
    }

    /// <summary>The loss whose link is <see cref="Nn.Sparsemax"/>: 0 where the label's score is above all others by 1 at least.</summary>
    /// <param name="scores">[b…, classes].</param>
    /// <param name="labels">The classes: integers [b…].</param>
    /// <returns>[b…]; NaN for a class that does not exist. Its derivative by the scores is sparsemax(scores) − onehot.</returns>
    /// <exception cref="ShapeException">The labels are not of that shape.</exception>
    /// <exception cref="DTypeException">The labels are no integers.</exception>
    /// <remarks>p·(s − s of the label) + (1 − p·p)/2, p the sparsemax. Martins and Astudillo (2016), equation 16. Follows optax.multiclass_sparsemax_loss.</remarks>
    public static Tensor MulticlassSparsemax(Tensor scores, Tensor labels)
    {
        var hot = Hot("MulticlassSparsemax", scores, labels);
        var p = Nn.Sparsemax(scores);
        var own = Np.Where(hot, scores, 0).Sum(-1);
        // Weighted: a score of −∞ has no probability, and adds nothing.
        return Np.Where(hot.Any(-1), Weighted(p, scores).Sum(-1) - own + 0.5 * (1 - (p * p).Sum(-1)), double.NaN);
    }

    /// <summary>The Fenchel–Young loss of a maximum: max(scores) − Σ scores·target along the last axis.</summary>
    /// <param name="max">From scores [b…, n] to [b…]: a convex function, whose gradient is the prediction. <c>s => Nn.LogSumExp(s, -1)</c> makes the cross-entropy of the softmax.</param>
    /// <param name="scores">[b…, n].</param>
    /// <param name="target">Of the scores' shape: what the prediction should be.</param>
    /// <returns>[b…]. Its derivative by the scores is the prediction less the target.</returns>
    /// <exception cref="ShapeException">The shapes differ, have no axis, or max gives another shape.</exception>
    /// <remarks>Blondel, Martins and Niculae, Learning with Fenchel–Young losses (2020). Follows optax.make_fenchel_young_loss: without the conjugate of the target, so that its least
    /// is not 0 for targets inside of the simplex.</remarks>
    public static Tensor FenchelYoung(Func<Tensor, Tensor> max, Tensor scores, Tensor target)
    {
        CheckRows("FenchelYoung", "scores", scores, target);
        var most = max(scores);
        return most.Shape == scores.Shape.Slice(0, scores.Rank - 1) ? most - Weighted(target.Cast(most.DType), scores).Sum(-1)
            : throw new ShapeException($"FenchelYoung: expected max to give {new TensorType(most.DType, scores.Shape.Slice(0, scores.Rank - 1))} for {scores.Type}, got {most.Type}. Reduce its last axis.{Caller.Line()}");
    }

    /// <summary>The loss of a ranking: −Σ relevance·log softmax(scores) along the last axis, a list.</summary>
    /// <param name="scores">[b…, items].</param>
    /// <param name="relevance">How relevant each item is, not negative: of the scores' shape.</param>
    /// <param name="valid">Bools of the scores' shape: which items there are. Null: all.</param>
    /// <param name="weights">What each item's relevance is multiplied by; a shape that broadcasts to the scores'. Null: 1.</param>
    /// <returns>[b…]; 0 for a list without relevant items.</returns>
    /// <exception cref="ShapeException">The shapes differ, or have no axis.</exception>
    /// <remarks>Cao et al., Learning to rank (2007), of the top one. Follows optax.ranking_softmax_loss without reduction.</remarks>
    public static Tensor RankingSoftmax(Tensor scores, Tensor relevance, Tensor? valid = null, Tensor? weights = null)
    {
        CheckRows("RankingSoftmax", "scores", scores, relevance);
        var x = scores.DType.IsFloat() ? scores.Strong() : scores.Cast(DType.F32);
        var t = relevance.Cast(x.DType);
        if (weights is not null)
        {
            CheckTarget("RankingSoftmax", "scores", scores, weights);
            t *= weights.Cast(x.DType);
        }
        if (valid is not null)
        {
            CheckRows("RankingSoftmax", "scores", scores, valid);
            t = Np.Where(valid, t, 0);
            // A list without items: its softmax would be NaN.
            x = Np.Where(valid, x, Np.Where(valid.Any(-1, keepDims: true), double.NegativeInfinity, 0));
        }
        return -Weighted(t, Nn.LogSoftmax(x)).Sum(-1);
    }
}
