namespace StagedDiff.Tests;

public class NnTests
{
    static readonly Tensor nothing = Tensor.From(float.NegativeInfinity);

    // Plain normalisation e^x / Σe^x, in decimal as a program of doubles has it.
    [Theory]
    [InlineData(1, 2, 0.2689414213699951)]
    [InlineData(10, 20, 4.5397868702434395e-05)]
    [InlineData(11, 12, 0.2689414213699951)]
    [InlineData(20, 30, 4.5397868702434395e-05)]
    [InlineData(1e4f, 1e4f + 1, 0.2689414213699951)]
    public void Softmax_is_the_plain_normalisation_without_its_overflow(float a, float b, double first)
    {
        var y = Nn.Softmax(Tensor.From([a, b])).ToArray<float>();
        Near.Equal([first, 1 - first], y);
        Near.Equal([Math.Log(first), Math.Log(1 - first)], Nn.LogSoftmax(Tensor.From([a, b])).ToArray<float>());
    }

    [Fact]
    public void Softmax_takes_any_axis() =>
        Near.Equal([0.268941, 0.119203, 0.731059, 0.880797], Nn.Softmax(Tensor.From(new[,] { { 1f, 1f }, { 2f, 3f } }), 0).ToArray<float>());

    // scipy.special.softmax and logsumexp say the same.
    [Fact]
    public void Rows_of_minus_infinity_are_nan_in_softmax_and_minus_infinity_in_log_sum_exp()
    {
        var x = nothing.BroadcastTo(2, 3);
        Assert.All(Nn.Softmax(x).ToArray<float>(), y => Assert.Equal(float.NaN, y));
        Assert.All(Nn.LogSoftmax(x).ToArray<float>(), y => Assert.Equal(float.NaN, y));
        Assert.Equal([float.NegativeInfinity, float.NegativeInfinity], Nn.LogSumExp(x, -1).ToArray<float>());
    }

    [Fact]
    public void Rows_of_nothing_sum_to_nothing()
    {
        Assert.Equal(Shape.Of(2, 0), Nn.Softmax(Tensor.Zeros(2, 0)).Shape);
        Assert.Equal([float.NegativeInfinity, float.NegativeInfinity], Nn.LogSumExp(Tensor.Zeros(2, 0), 1).ToArray<float>());
    }

    [Fact]
    public void Log_sum_exp_of_infinity_is_infinity_and_of_nan_nan()
    {
        Assert.Equal(float.PositiveInfinity, (float)Nn.LogSumExp(Tensor.From([1f, float.PositiveInfinity])));
        Assert.Equal(float.NaN, (float)Nn.LogSumExp(Tensor.From([1f, float.NaN])));
    }

    [Fact]
    public void Log_sum_exp_keeps_dimensions_on_demand()
    {
        var x = Tensor.From(new[,] { { 1000f, 1000f }, { -1000f, -1000f } });
        Near.Equal([1000.693147, -999.306853], Nn.LogSumExp(x, -1).ToArray<float>());
        Assert.Equal(Shape.Of(2, 1), Nn.LogSumExp(x, -1, keepDims: true).Shape);
        Assert.Equal(Shape.Of(1, 1), Nn.LogSumExp(x, keepDims: true).Shape);
        Assert.Equal(0, Nn.LogSumExp(x).Rank);
    }

    [Fact]
    public void A_wrong_axis_is_named() =>
        Assert.StartsWith("Softmax: axis 1 is out of range for f32[2]; axes are −2 … 1"[..48], Assert.Throws<ShapeException>(() => Nn.Softmax(Tensor.Zeros(2), 1)).Message);

    static Tensor Slope(Func<Tensor, Tensor> f, params double[] x) => Fn.Grad((Tensor t) => f(t).Sum())(Tensor.From(x));

    [Fact]
    public void Relu_has_slope_zero_at_zero_and_keeps_nan()
    {
        Assert.Equal([0f, 0f, 2f, float.NaN], Nn.Relu(Tensor.From([-1f, 0f, 2f, float.NaN])).ToArray<float>());
        Assert.Equal([0.0, 0, 1], Slope(Nn.Relu, -1, 0, 2).ToArray<double>());
    }

    // log(1 + e^x), and its derivatives σ and σ(1 − σ).
    [Fact]
    public void Softplus_is_smooth_at_zero_and_stable_far_away()
    {
        Near.Equal([Math.Log(2), 1e4, 0, 1.3132616875182228], Nn.Softplus(Tensor.From([0.0, 1e4, -1e4, 1])).ToArray<double>());
        Near.Equal([0.5, 1, 0, 0.7310585786300049], Slope(Nn.Softplus, 0, 1e4, -1e4, 1).ToArray<double>());
        Near.Equal([0.25, 0.19661193324148185], Slope(x => Fn.Grad((Tensor t) => Nn.Softplus(t).Sum())(x), 0, 1).ToArray<double>());
    }

    [Fact]
    public void Sigmoid_and_softsign_stay_in_bounds()
    {
        Near.Equal([0, 0.5, 0.7310585786300049, 1], Nn.Sigmoid(Tensor.From([-1e4, 0, 1, 1e4])).ToArray<double>());
        Near.Equal([-0.5, 0, 0.75], Nn.Softsign(Tensor.From([-1.0, 0, 3])).ToArray<double>());
        Near.Equal([0.25, 1, 0.0625], Slope(Nn.Softsign, -1, 0, 3).ToArray<double>());
    }

    [Fact]
    public void Sigmoid_and_tanh_take_integers() => Near.Equal([0.5, Math.Tanh(1)], [(float)Nn.Sigmoid(Tensor.From(0)), (float)Nn.Tanh(Tensor.From(1))]);

    [Fact]
    public void Gradients_agree_with_finite_differences()
    {
        var x = Tensor.From([-1.5, 0.3, 2, 0.1], 2, 2);
        foreach (var f in new Func<Tensor, Tensor>[] { Nn.Relu, Nn.Tanh, Nn.Sigmoid, Nn.Softplus, Nn.Softsign, t => Nn.Softmax(t), t => Nn.LogSoftmax(t, 0), t => Nn.LogSumExp(t, 1) })
            Fn.CheckGrads((Tensor t) => (f(t) * f(t)).Sum(), x);
    }

    // jax.nn.one_hot: rows of zeros for labels that do not exist.
    [Fact]
    public void One_hot_marks_the_label()
    {
        Assert.Equal([0f, 1, 0, 0, 0, 0, 0, 0, 0], Nn.OneHot(Tensor.From([1, -1, 3]), 3).ToArray<float>());
        Assert.Equal(new TensorType(DType.F64, Shape.Of(2, 1, 4)), Nn.OneHot(Tensor.Zeros(Shape.Of(2, 1), DType.U8), 4, DType.F64).Type);
        Assert.StartsWith("OneHot: expected labels that are integers, got f32[2]. Cast them first.", Assert.Throws<DTypeException>(() => Nn.OneHot(Tensor.Zeros(2), 3)).Message);
    }

    // The variances of the papers, within what 200 × 100 samples allow.
    [Fact]
    public void Initial_weights_have_the_variance_of_their_papers()
    {
        var key = Rng.Key(1);
        foreach (var (w, variance) in new[] { (Nn.GlorotUniform(key, 200, 100), 2.0 / 300), (Nn.GlorotNormal(key, 200, 100), 2.0 / 300),
            (Nn.HeUniform(key, 200, 100), 2.0 / 200), (Nn.HeNormal(key, 200, 100), 2.0 / 200) })
        {
            Assert.Equal(Shape.Of(200, 100), w.Shape);
            Assert.InRange((double)w.Var() / variance, 0.96, 1.04);
            Assert.InRange((double)w.Mean() / Math.Sqrt(variance), -0.02, 0.02);
        }
        Assert.True((double)Tensor.Abs(Nn.GlorotUniform(key, 200, 100)).Max() <= Math.Sqrt(6.0 / 300));
        Assert.StartsWith("HeNormal: expected at least one input and one output, got 0 and 2.", Assert.Throws<ArgumentOutOfRangeException>(() => Nn.HeNormal(key, 0, 2)).Message);
    }
}
