namespace StagedDiff.Tests;

/// <summary>Losses against PyTorch: value, gradient by each argument, second order, jitted bits.</summary>
public class LossGoldenTests
{
    static readonly Tensor labels = Tensor.From([2, 0, 3]);
    static readonly Tensor counts = Tensor.From([0.0, 1, 2, 5, 3, 0, 1, 7, 10, 2, 4, 1], 3, 4);

    static readonly Tensor relevance = Tensor.From([0.0, 1, 2, 0, 3, 0, 0, 1, 0, 0, 1, 0], 3, 4);
    static readonly Tensor valid = Tensor.From([true, true, true, false, true, true, true, true, true, false, true, true], 3, 4);

    static readonly Golden.Case[] cases = Golden.Read<Golden.Case>("losses");

    static Tensor Data(string name, int input) => cases.Single(c => c.Name == name).X[input];

    static readonly Dictionary<string, Func<Tensor[], Tensor>> functions = new()
    {
        ["squared error"] = x => Losses.SquaredError(x[0], x[1]),
        ["mean squared error"] = x => Losses.MeanSquaredError(x[0], x[1]),
        ["l2"] = x => Losses.L2(x[0], x[1]),
        ["absolute error"] = x => Losses.AbsoluteError(x[0], x[1]),
        ["huber 1.0"] = x => Losses.Huber(x[0], x[1]),
        ["huber 0.4"] = x => Losses.Huber(x[0], x[1], 0.4),
        ["log cosh"] = x => Losses.LogCosh(x[0], x[1]),
        ["cosine similarity"] = x => Losses.CosineSimilarity(x[0], x[1]),
        ["cosine similarity 0"] = x => Losses.CosineSimilarity(x[0], x[1], axis: 0),
        ["cosine distance"] = x => Losses.CosineDistance(x[0], x[1], epsilon: 1e-9),
        ["hinge"] = x => Losses.Hinge(x[0], Np.Sign(Data("squared error", 1))),
        ["hinge of targets"] = x => Losses.Hinge(x[0], x[1]),
        ["perceptron"] = x => Losses.Perceptron(x[0], x[1]),
        ["multiclass hinge"] = x => Losses.MulticlassHinge(x[0], labels),
        ["multiclass perceptron"] = x => Losses.MulticlassPerceptron(x[0], labels),
        ["cross entropy"] = x => Losses.SoftmaxCrossEntropy(x[0], x[1]),
        ["cross entropy of labels"] = x => Losses.SoftmaxCrossEntropy(x[0], labels),
        ["cross entropy, labels smoothed"] = x => Losses.SoftmaxCrossEntropy(x[0], labels, 0.1),
        ["cross entropy, rows smoothed"] = x => Losses.SoftmaxCrossEntropy(x[0], x[1], 0.1),
        ["poly cross entropy"] = x => Losses.PolyCrossEntropy(x[0], x[1]),
        ["smooth labels"] = x => Losses.SmoothLabels(x[0], 0.3),
        ["binary cross entropy"] = x => Losses.BinaryCrossEntropyWithLogits(x[0], x[1]),
        ["focal"] = x => Losses.SigmoidFocal(x[0], x[1]),
        ["focal of soft targets"] = x => Losses.SigmoidFocal(x[0], x[1], 0.25, 1.5),
        ["sparsemax"] = x => Losses.Sparsemax(x[0], Data("binary cross entropy", 1) > 0.5),
        ["kl divergence"] = x => Losses.KlDivergence(x[0], x[1]),
        ["kl divergence of logs"] = x => Losses.KlDivergenceWithLogTargets(x[0], x[1]),
        ["generalized kl divergence"] = x => Losses.GeneralizedKlDivergence(x[0], x[1]),
        ["poisson"] = x => Losses.PoissonNll(x[0], counts),
        ["poisson, full"] = x => Losses.PoissonNll(x[0], counts, full: true),
        ["gaussian"] = x => Losses.GaussianNll(x[0], x[1], x[2]),
        ["gaussian, full"] = x => Losses.GaussianNll(x[0], x[1], x[2], full: true),
        ["triplet margin 2.0"] = x => Losses.TripletMargin(x[0], x[1], x[2]),
        ["triplet margin 3.0"] = x => Losses.TripletMargin(x[0], x[1], x[2], degree: 3),
        ["ntxent"] = x => Losses.Ntxent(x[0], Tensor.From([0, 1, 0, 1, 0]), 0.5),
        ["dice"] = x => Losses.Dice(Nn.Sigmoid(x[0]), x[1]),
        ["dice of false positives"] = x => Losses.Dice(Nn.Sigmoid(x[0]), x[1], alpha: 0.9, beta: 0.1),
        ["weighted mean"] = x => Losses.WeightedMean(x[0], x[1]),
        ["sparse softmax"] = x => Nn.Sparsemax(x[0]),
        ["multiclass sparsemax"] = x => Losses.MulticlassSparsemax(x[0], labels),
        ["fenchel-young of log-sum-exp"] = x => Losses.FenchelYoung(s => Nn.LogSumExp(s, -1), x[0], x[1]),
        ["ranking"] = x => Losses.RankingSoftmax(x[0], relevance),
        ["ranking of relevance"] = x => Losses.RankingSoftmax(x[0], x[1]),
        ["ranking, some items valid and weighted"] = x => Losses.RankingSoftmax(x[0], relevance, valid, Data("ranking of relevance", 1)),
        ["generalized dice"] = x => Losses.GeneralizedDice(Nn.Softmax(x[0]), x[1]),
    };

    public static TheoryData<string> Names => [.. cases.Select(c => c.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Value_and_gradient_are_those_of_PyTorch(string name) => cases.Single(c => c.Name == name).Check(functions[name]);

    [Fact]
    public void Every_loss_has_a_golden_case() => Assert.Equal(functions.Keys.Order(), cases.Select(c => c.Name).Order());

    [Fact]
    public void What_has_no_weight_does_not_count()
    {
        var (mean, slope) = Fn.ValueAndGrad((Tensor x) => Losses.WeightedMean(Tensor.Log(x), Tensor.From([1, 0, 1])))(Tensor.From([1.0, 0, Math.E]));
        Near.Equal([0.5, 0.5, 0, 0.5 / Math.E], [(double)mean, .. slope.ToArray<double>()]);
        Assert.Equal(0, (double)Losses.WeightedMean(Tensor.From([1.0, double.NaN]), Tensor.From([0.0, 0])));
        Assert.StartsWith("WeightedMean: expected weights that broadcast to the losses, f32[2], got f32[3,1].",
            Assert.Throws<ShapeException>(() => Losses.WeightedMean(Tensor.Zeros(2), Tensor.Zeros(3, 1))).Message);
    }

    // d²/2 around 0: second derivative 1.
    [Fact]
    public void Huber_and_log_cosh_are_parabolas_at_0()
    {
        foreach (var f in new Func<Tensor, Tensor>[] { x => Losses.Huber(x, 0), x => Losses.LogCosh(x, 0), x => Losses.L2(x, 0) })
            Near.Equal([0, 0, 1], [(double)f(Tensor.From(0.0)), (double)Fn.Grad(f)(Tensor.From(0.0)), (double)Fn.Grad(Fn.Grad(f))(Tensor.From(0.0))], 1e-15);
    }

    [Fact]
    public void Large_errors_do_not_overflow() =>
        Near.Equal([1e300 - Math.Log(2), 1e300 - Math.Log(2)], Losses.LogCosh(Tensor.From([1e300, -1e300]), 0).ToArray<double>());

    [Fact]
    public void Labels_do_as_well_as_rows()
    {
        var (x, hot) = (Data("squared error", 0), Nn.OneHot(labels, 4, DType.F64));
        Assert.Equal(Losses.PolyCrossEntropy(x, hot).ToArray<double>(), Losses.PolyCrossEntropy(x, labels).ToArray<double>());
        Near.Equal(Losses.SoftmaxCrossEntropy(x, hot, 0.2).ToArray<double>(), Losses.SoftmaxCrossEntropy(x, labels, 0.2).ToArray<double>());
        Assert.All(Losses.MulticlassHinge(x, Tensor.From([-1, 4, 9])).ToArray<double>(), y => Assert.Equal(double.NaN, y));
    }

    // (1 − 0.2)·t + 0.1
    [Fact]
    public void Binary_targets_are_smoothed_towards_a_half() =>
        Near.Equal(Losses.BinaryCrossEntropyWithLogits(Tensor.From([-1.0, 2]), Tensor.From([0.1, 0.9])).ToArray<double>(),
            Losses.BinaryCrossEntropyWithLogits(Tensor.From([-1.0, 2]), Tensor.From([0, 1]), 0.2).ToArray<double>());

    [Fact]
    public void A_target_of_no_mass_adds_nothing()
    {
        var (loss, slope) = Fn.ValueAndGrad((Tensor p) => Losses.KlDivergenceWithLogTargets(p, Tensor.From([0, double.NegativeInfinity])))(Tensor.From([Math.Log(0.25), double.NegativeInfinity]));
        Near.Equal([Math.Log(4), -1, 0], [(double)loss, .. slope.ToArray<double>()]);
    }

    // The examples in the documentation of optax.losses.ranking_softmax_loss; its batch is a mean of two.
    [Fact]
    public void A_ranking_is_that_of_optax()
    {
        Near.Equal([1.408], Losses.RankingSoftmax(new[] { 2f, 1, 3 }, new[] { 1f, 0, 0 }).ToArray<float>() is var x ? [Math.Round(x[0], 3)] : []);
        Tensor scores = new[,] { { 2f, 1, 0 }, { 1, 0.5f, 1.5f } }, wanted = new[,] { { 1f, 0, 0 }, { 0, 0, 1 } };
        var there = Tensor.From([true, true, false, true, true, true], 2, 3);
        Assert.Equal(0.497, Math.Round((double)Losses.RankingSoftmax(scores, wanted, there).Mean().Cast(DType.F64), 3));
        Assert.Equal([0.313, 0], Losses.RankingSoftmax(scores, wanted, there & Tensor.From([true, true, true, false, false, false], 2, 3)).ToArray<float>().Select(v => Math.Round(v, 3)));
        Near.Equal([-0.755, 0.09, 0.665], [.. Fn.Grad((Tensor s) => Losses.RankingSoftmax(s, new[] { 1f, 0, 0 }))(new[] { 2f, 1, 3 }).ToArray<float>().Select(v => Math.Round(v, 3))]);
        Assert.All(Fn.Grad((Tensor s) => Losses.RankingSoftmax(s, wanted, Tensor.Zeros([2, 3], DType.Bool)).Sum())(scores).ToArray<float>(), g => Assert.Equal(0, g));
    }

    [Fact]
    public void Sparse_probabilities_are_0_far_below()
    {
        Near.Equal([0.75, 0.25, 0, 0], Nn.Sparsemax(Tensor.From([1.0, 0.5, -3, double.NegativeInfinity])).ToArray<double>());
        Near.Equal([1, 0, 0.5, 0.5], Nn.Sparsemax(Tensor.From([1e9, 1, -1e9, 1]).Reshape(2, 2), 0).T.Reshape(-1).ToArray<double>() is [var a, var b, var c, var d] ? [a, b, c, d] : []);
        Assert.All(Nn.Sparsemax(Tensor.From([1, double.NaN])).ToArray<double>(), p => Assert.True(double.IsNaN(p)));
        Assert.Equal(Shape.Of(0, 3), Nn.Sparsemax(Tensor.Zeros(0, 3)).Shape);
        Assert.Equal([0, double.NaN], Losses.MulticlassSparsemax(Tensor.From([3.0, 1, 0, 3, 1, 0], 2, 3), Tensor.From([0, 5])).ToArray<double>());
        Assert.Equal(7, (int)Nn.Identity(7));
    }

    [Fact]
    public void Wrong_shapes_and_types_are_named()
    {
        Assert.StartsWith("FenchelYoung: expected max to give f32[2] for f32[2,3], got f32[]. Reduce its last axis.",
            Assert.Throws<ShapeException>(() => Losses.FenchelYoung(s => s.Max(), Tensor.Zeros(2, 3), Tensor.Zeros(2, 3))).Message);
        Assert.StartsWith("GeneralizedDice: expected a prediction [b,…,classes], got f32[3].", Assert.Throws<ShapeException>(() => Losses.GeneralizedDice(Tensor.Zeros(3), Tensor.Zeros(3))).Message);
        Assert.StartsWith("RankingSoftmax: expected scores and a target of one shape [b…,n], got f32[3] and f32[2].", Assert.Throws<ShapeException>(() => Losses.RankingSoftmax(Tensor.Zeros(3), Tensor.Zeros(2))).Message);
        Assert.StartsWith("Huber: expected a target that broadcasts to the prediction, f32[2], got f32[2,1].", Assert.Throws<ShapeException>(() => Losses.Huber(Tensor.Zeros(2), Tensor.Zeros(2, 1))).Message);
        Assert.StartsWith("Dice: expected a prediction and a target of one shape [b…,n], got f32[2] and f32[3].", Assert.Throws<ShapeException>(() => Losses.Dice(Tensor.Zeros(2), Tensor.Zeros(3))).Message);
        Assert.StartsWith("MulticlassHinge: expected labels that are integers, got f32[2].", Assert.Throws<DTypeException>(() => Losses.MulticlassHinge(Tensor.Zeros(2, 3), Tensor.Zeros(2))).Message);
        Assert.StartsWith("Ntxent: expected embeddings [n,features] and labels [n], got f32[2,3] and i32[3].", Assert.Throws<ShapeException>(() => Losses.Ntxent(Tensor.Zeros(2, 3), Tensor.Arange(3))).Message);
    }
}
