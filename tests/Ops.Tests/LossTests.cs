namespace StagedDiff.Tests;

public class LossTests
{
    [Fact]
    public void The_squared_error_of_10_and_7_is_9_with_derivative_6()
    {
        var (loss, slope) = Fn.ValueAndGrad((Tensor b) => Losses.MeanSquaredError(b, 7))(Tensor.From(10.0));
        Assert.Equal((9.0, 6.0), ((double)loss, (double)slope));
    }

    [Fact]
    public void The_squared_error_is_a_mean() => Assert.Equal(2.5f, (float)Losses.MeanSquaredError(new[] { 1f, 2 }, new[] { 2f, 4 }));

    [Fact]
    public void A_target_must_fit_the_prediction() =>
        Assert.StartsWith("MeanSquaredError: expected a target that broadcasts to the prediction, f32[3], got f32[3,1]. Reshape one of them.",
            Assert.Throws<ShapeException>(() => Losses.MeanSquaredError(Tensor.Zeros(3), Tensor.Zeros(3, 1))).Message);

    static readonly Tensor logits = Tensor.From([1.0, 2, 3, -1, 0, 1], 2, 3);

    // −log(e^x_k / Σe^x) of 1, 2, 3 by hand: log(1 + e⁻¹ + e⁻²) = 0.4076059644443803 above the greatest.
    [Fact]
    public void Softmax_cross_entropy_is_the_same_for_labels_and_one_hot_rows()
    {
        double[] expected = [2.4076059644443803, 0.4076059644443803];
        var labels = Tensor.From([0, 2]);
        Near.Equal(expected, Losses.SoftmaxCrossEntropy(logits, labels).ToArray<double>());
        Near.Equal(expected, Losses.SoftmaxCrossEntropy(logits, labels.Cast(DType.U8)).ToArray<double>());
        Near.Equal(expected, Losses.SoftmaxCrossEntropy(logits, Nn.OneHot(labels, 3)).ToArray<double>());
        Near.Equal(expected, Losses.SoftmaxCrossEntropy(logits, Nn.OneHot(labels, 3, DType.I32)).ToArray<double>());
    }

    // ∂J/∂θ = ŷ − y.
    [Fact]
    public void Its_gradient_is_prediction_minus_target()
    {
        var labels = Tensor.From([0, 2]);
        var expected = (Nn.Softmax(logits) - Nn.OneHot(labels, 3)).ToArray<double>();
        Near.Equal(expected, Fn.Grad((Tensor x) => Losses.SoftmaxCrossEntropy(x, labels).Sum())(logits).ToArray<double>());
        Near.Equal(expected, Fn.Grad((Tensor x) => Losses.SoftmaxCrossEntropy(x, Nn.OneHot(labels, 3)).Sum())(logits).ToArray<double>());
        Fn.CheckGrads((Tensor x) => Losses.SoftmaxCrossEntropy(x, labels).Sum(), logits);
        Fn.CheckGrads((Tensor x) => Losses.SoftmaxCrossEntropy(x, Tensor.From([0.2, 0.3, 0.5, 0, 1, 0], 2, 3)).Sum(), logits);
    }

    [Fact]
    public void Large_logits_do_not_overflow()
    {
        var x = Tensor.From([1e4f, -1e4f, 0], 1, 3);
        Assert.Equal([0f, 2e4f, 1e4f], new[] { 0, 1, 2 }.Select(k => (float)Losses.SoftmaxCrossEntropy(x, Tensor.From([k]))));
        Assert.Equal([1e4f, 0f], Losses.BinaryCrossEntropyWithLogits(new[] { 1e4f, -1e4f }, 0).ToArray<float>());
    }

    [Fact]
    public void A_class_that_cannot_be_adds_nothing()
    {
        var masked = Tensor.From([1.0, double.NegativeInfinity, 1], 1, 3);
        foreach (var target in new[] { Tensor.From([0]), Nn.OneHot(Tensor.From([0]), 3, DType.F64) })
        {
            var (loss, slope) = Fn.ValueAndGrad((Tensor x) => Losses.SoftmaxCrossEntropy(x, target).Sum())(masked);
            Near.Equal([Math.Log(2)], [(double)loss]);
            Near.Equal([-0.5, 0, 0.5], slope.ToArray<double>());
        }
    }

    [Fact]
    public void A_label_that_does_not_exist_gives_nan() =>
        Assert.Equal([double.NaN, double.NaN], Losses.SoftmaxCrossEntropy(logits, Tensor.From([-1, 3])).ToArray<double>());

    [Fact]
    public void Neither_labels_nor_probabilities_are_refused()
    {
        Assert.StartsWith("SoftmaxCrossEntropy: expected a target like the logits, f64[2,3], or classes i32[2], got f32[2].",
            Assert.Throws<ShapeException>(() => Losses.SoftmaxCrossEntropy(logits, Tensor.Zeros(2))).Message);
        Assert.StartsWith("SoftmaxCrossEntropy: expected logits [b…,classes], got f32[].", Assert.Throws<ShapeException>(() => Losses.SoftmaxCrossEntropy(1.0, 0)).Message);
    }

    // −t·log σ(x) − (1 − t)·log(1 − σ(x)) in double; the derivative is σ(x) − t.
    [Fact]
    public void Binary_cross_entropy_follows_its_definition()
    {
        double[] x = [-2, 0, 0, 3], t = [0.25, 0, 1, 1];
        double[] sigma = Array.ConvertAll(x, v => 1 / (1 + Math.Exp(-v)));
        Near.Equal([.. sigma.Zip(t, (s, t) => -t * Math.Log(s) - (1 - t) * Math.Log(1 - s))], Losses.BinaryCrossEntropyWithLogits(x, t).ToArray<double>());
        Near.Equal([.. sigma.Zip(t, (s, t) => s - t)], Fn.Grad((Tensor v) => Losses.BinaryCrossEntropyWithLogits(v, t).Sum())(x).ToArray<double>());
        Fn.CheckGrads((Tensor v) => Losses.BinaryCrossEntropyWithLogits(v, t).Sum(), Tensor.From([-2, 0.5, 1, 3]));
    }

    // The cancellation that max(x, 0) − t·x + … avoids: e⁻²⁰.
    [Fact]
    public void A_confident_right_answer_keeps_its_digits() =>
        Assert.Equal(2.0611537e-9f, (float)Losses.BinaryCrossEntropyWithLogits(Tensor.From(20f), 1), 1e-15f);

    // Σ t·log(t/p), by hand.
    [Fact]
    public void Kl_divergence_counts_nothing_where_the_target_is_zero()
    {
        var target = Tensor.From([0.5, 0.5, 0]);
        var (loss, slope) = Fn.ValueAndGrad((Tensor p) => Losses.KlDivergence(p, target))(Tensor.From([Math.Log(0.25), Math.Log(0.75), double.NegativeInfinity]));
        Near.Equal([0.5 * Math.Log(2) + 0.5 * Math.Log(2 / 3.0)], [(double)loss]);
        Near.Equal([-0.5, -0.5, 0], slope.ToArray<double>());
        Near.Equal([Math.Log(2) + 1], [Fn.Grad((Tensor t) => Losses.KlDivergence(Tensor.From([Math.Log(0.25), 0]), t))(Tensor.From([0.5, 0])).ToArray<double>()[0]]);
    }
}
