namespace StagedDiff.Tests;

/// <summary>Activations against PyTorch: value, first and second derivative, jitted bits.</summary>
public class ActivationTests
{
    public sealed record Points(string Name, double[] X, double[] Value, double[] First, double[] Second);

    static readonly Points[] cases = Golden.Read<Points>("activations");

    static readonly Dictionary<string, Func<Tensor, Tensor>> functions = new()
    {
        ["relu"] = Nn.Relu, ["relu6"] = Nn.Relu6, ["leaky relu"] = x => Nn.LeakyRelu(x), ["leaky relu 0.3"] = x => Nn.PRelu(x, 0.3),
        ["elu"] = x => Nn.Elu(x), ["elu 0.5"] = x => Nn.Elu(x, 0.5), ["celu"] = x => Nn.Celu(x), ["celu 2"] = x => Nn.Celu(x, 2), ["selu"] = Nn.Selu,
        ["gelu"] = x => Nn.Gelu(x), ["gelu exact"] = x => Nn.Gelu(x, approximate: false), ["silu"] = Nn.Silu, ["mish"] = Nn.Mish,
        ["hard tanh"] = Nn.HardTanh, ["hard sigmoid"] = Nn.HardSigmoid, ["hard silu"] = Nn.HardSilu,
        ["sigmoid"] = Nn.Sigmoid, ["log sigmoid"] = Nn.LogSigmoid, ["softplus"] = Nn.Softplus, ["softsign"] = Nn.Softsign, ["tanh"] = Nn.Tanh,
        ["squareplus"] = x => Nn.Squareplus(x), ["squareplus 1"] = x => Nn.Squareplus(x, 1),
        ["sparse plus"] = Nn.SparsePlus, ["sparse sigmoid"] = Nn.SparseSigmoid, ["log 1 - exp"] = x => Nn.Log1mExp(Tensor.Abs(x)),
    };

    public static TheoryData<string> Names => [.. functions.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Value_and_derivatives_are_those_of_PyTorch(string name)
    {
        var (p, f) = (cases.Single(c => c.Name == name), functions[name]);
        var x = Tensor.From(p.X);
        var slope = Fn.Grad((Tensor x) => f(x).Sum());
        Near.Equal(p.Value, f(x).ToArray<double>(), 1e-13);
        Near.Equal(p.First, slope(x).ToArray<double>(), 1e-13);
        Near.Equal(p.Second, Fn.Grad((Tensor x) => slope(x).Sum())(x).ToArray<double>(), 1e-12);
        Golden.SameBits(f, x);
        Golden.SameBits(f, x.Cast(DType.F32));
        Fn.CheckGrads((Tensor x) => f(x).Sum(), Tensor.From([-2.2, -0.7, 0.4, 1.3, 4.1]), order: 3);
    }

    [Theory, MemberData(nameof(Names))]
    public void Far_away_nothing_is_NaN_and_NaN_stays(string name)
    {
        foreach (var x in new[] { Tensor.From([-1e30f, -800, 800, 1e30f]), Tensor.From([-1e300, -800, 800, 1e100]) })
        {
            var (y, slope) = Fn.ValueAndGrad((Tensor x) => functions[name](x).Sum())(x);
            Assert.False((bool)Np.IsNaN(functions[name](x)).Any() || (bool)Np.IsNaN(slope).Any(), $"{functions[name](x)} {slope}");
        }
        Assert.Equal(float.NaN, (float)functions[name](Tensor.From(float.NaN)));
    }

    [Fact]
    public void At_their_kinks_slopes_are_those_of_JAX()
    {
        static double[] Slopes(Func<Tensor, Tensor> f, params double[] x) => Fn.Grad((Tensor t) => f(t).Sum())(Tensor.From(x)).ToArray<double>();
        Assert.Equal([0.0, 0], Slopes(Nn.Relu6, 0, 6));
        Assert.Equal([1.0], Slopes(x => Nn.LeakyRelu(x), 0));
        Assert.Equal([1.0, 1], [Slopes(x => Nn.Elu(x), 0)[0], Slopes(x => Nn.Celu(x, 3), 0)[0]]);
        Assert.Equal([0.0, 1], Slopes(Nn.SparsePlus, -1, 1));
    }

    // log(1 − e⁻ˣ) ≈ log x for small x, −e⁻ˣ for large.
    [Fact]
    public void Log_1_minus_exp_keeps_its_digits()
    {
        Near.Equal([Math.Log(1e-20), -Math.Exp(-40) * 1e17], (Nn.Log1mExp(Tensor.From([1e-20, 40])) * Tensor.From([1, 1e17])).ToArray<double>());
        Assert.Equal([double.NegativeInfinity, double.NaN], Nn.Log1mExp(Tensor.From([0.0, -1])).ToArray<double>());
    }

    [Fact]
    public void A_gated_unit_halves_its_axis()
    {
        Near.Equal([1 / (1 + Math.Exp(-3)), 2 / (1 + Math.Exp(-4))], Nn.Glu(Tensor.From([1.0, 2, 3, 4])).ToArray<double>());
        Assert.Equal(Shape.Of(1, 4), Nn.Glu(Tensor.Zeros(2, 4), 0).Shape);
        Fn.CheckGrads((Tensor x) => Nn.Glu(x), Tensor.From([1.0, 2, 3, 4, -1, 0], 1, 6));
        Assert.StartsWith("Glu: expected an even extent of axis 0, half of which gates the other half, got f32[3].", Assert.Throws<ShapeException>(() => Nn.Glu(Tensor.Zeros(3))).Message);
    }

    // (x − mean)/√(variance + ε) by hand: mean 2, variance 2/3.
    [Fact]
    public void Standardized_rows_have_mean_0_and_variance_1()
    {
        double s = 1 / Math.Sqrt(2.0 / 3 + 1e-5);
        Near.Equal([-s, 0, s], Nn.Standardize(Tensor.From([1.0, 2, 3])).ToArray<double>());
        Near.Equal([0, 0], Nn.Standardize(Tensor.From([5.0, 5], 2, 1)).ToArray<double>());
        Fn.CheckGrads((Tensor x) => Nn.Standardize(x, 0), Tensor.From([1.0, 2, 4, 3, -1, 0], 3, 2));
    }

    [Fact]
    public void Log_mean_exp_is_that_of_the_mean()
    {
        Near.Equal([Math.Log((1 + Math.E) / 2), 1000], [(double)Nn.LogMeanExp(Tensor.From([0.0, 1])), (double)Nn.LogMeanExp(Tensor.From([1000.0, 1000]), 0)]);
        Fn.CheckGrads((Tensor x) => Nn.LogMeanExp(x, 1), Tensor.From([1.0, 2, 4, 3, -1, 0], 3, 2));
    }
}
