using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>The code of docs/backprop.md.</summary>
public class BackpropTests
{
    [Fact]
    public void Circuits()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "product.svg");
        var product = Stage(
            (Tensor x, Tensor y, Tensor z) => (x + y) * z,
            -2.0, 5.0, -4.0);
        File.WriteAllText(path, product.ToSvg());
        Shown.Drawing("product", File.ReadAllText(path));

        var paths = Stage((Tensor x1, Tensor x2) => x1 * x2 + Tensor.Sin(x2), 2.0, 5.0);
        Shown.Drawing("paths", paths.ToSvg());

        var neuron = Stage(
            (Tensor w, Tensor x, Tensor b) => 1 / (1 + Tensor.Exp(-((w * x).Sum() + b))),
            new float[] { 2, -3 }, new float[] { -1, -2 }, -3.0);
        Shown.Drawing("neuron", neuron.ToSvg());

        var flow = Stage(
            (Tensor x, Tensor y, Tensor z, Tensor w) => 2 * (x * y + Tensor.Maximum(z, w)),
            3.0, -4.0, 2.0, -1.0);
        Shown.Drawing("flow", flow.ToSvg());
    }

    [Fact]
    public void Three_ways()
    {
        var x = Rng.Normal(Rng.Key(0), [64, 2]);
        var y = x[.., 0] * 3 - x[.., 1];
        Tensor Loss(Tensor w) => Losses.MeanSquaredError(x.MatMul(w), y);

        // Random search: try, keep what is better.
        var (best, key) = (Tensor.Zeros(2), Rng.Key(1));
        for (int i = 0; i < 1000; i++)
        {
            var keys = Rng.Split(key);
            key = keys[0];
            var guess = best + 0.1 * Rng.Normal(keys[1], [2]);
            if (Loss(guess) < Loss(best)) best = guess;
        }

        // Finite differences: two evaluations for each parameter, and rounding eats the digits.
        var w = Tensor.Zeros(2);
        var h = 1e-2;
        var numeric = Vmap((Tensor e) => (Loss(w + h * e) - Loss(w - h * e)) / (2 * h))(Tensor.Eye(2));

        // The gradient: one pass back, for any number of parameters, exact to rounding.
        var exact = Grad(Loss)(w);

        for (int i = 0; i < 100; i++) w -= 0.1 * Grad(Loss)(w);
        Near.Equal([3, -1], Array.ConvertAll(w.ToArray<float>(), v => (double)v), 1e-3);
        Near.Equal([3, -1], Array.ConvertAll(best.ToArray<float>(), v => (double)v), 0.2);
        Near.Equal(Doubles(exact), Doubles(numeric), 1e-3);
    }

    [Fact]
    public void A_running_loss()
    {
        var (w, x, target) = (Tensor.Zeros(), Tensor.From(1f), Tensor.From(2f));

        // What ValueAndGrad returns is a number like any other: a sum of it holds no graph.
        var total = Tensor.Zeros();
        for (int i = 0; i < 100; i++)
        {
            var (loss, slope) = ValueAndGrad((Tensor w) => Np.Square(w * x - target))(w);
            total += loss;
            w -= 0.1 * slope;
        }
        Assert.Equal(2, (float)w, 1e-5);
        Assert.InRange((float)total, 11, 11.2);
    }

    [Fact]
    public void Softmax_and_normalisation()
    {
        foreach (float[] row in new float[][] { [1, 2], [10, 20], [11, 12], [20, 30] })
        {
            Tensor scores = row;
            var plain = scores / scores.Sum();   // depends on the scale: [1 2] and [10 20] are alike
            var soft = Nn.Softmax(scores);       // depends on differences: [1 2] and [11 12] are alike
            Assert.Equal(1, (float)plain.Sum(), 1e-6);
            Assert.Equal(1, (float)soft.Sum(), 1e-6);
        }
        Assert.Equal(Nn.Softmax(new float[] { 1, 2 }).ToString(), Nn.Softmax(new float[] { 11, 12 }).ToString());

        // A hard choice has no slope; its soft form has.
        Tensor z = new float[] { 1, 3, 2 };
        var hard = Grad((Tensor z) => Tensor.Equal(Tensor.Arange(3), z.ArgMax()).Cast(DType.F32)[1])(z);
        var smooth = Grad((Tensor z) => Nn.Softmax(z)[1])(z);
        Assert.Equal([0f, 0, 0], hard.ToArray<float>());
        Near.Equal([-0.0599, 0.2227, -0.1628], Doubles(smooth), 5e-5);
    }

    static double[] Doubles(Tensor x) => Array.ConvertAll(x.ToArray<float>(), v => (double)v);

    [Fact]
    public void The_table_of_soft_forms()
    {
        var slopes = new Func<Tensor, Tensor>[] { Nn.Sigmoid, Tensor.Tanh, Nn.Softplus, Np.Sign, Nn.Relu, Tensor.Round, x => Nn.StraightThrough(Tensor.Round(x), x) }
            .Select(f => (double)Grad(f)(0.5)).ToArray();
        Near.Equal([0.2350, 0.7864, 0.6225, 0, 1, 0, 1], slopes, 5e-5);

        Tensor z = new float[] { 1, 3, 2 };
        Near.Equal([0.0900, 0.6652, 0.2447], Doubles(Grad((Tensor z) => Nn.LogSumExp(z))(z)), 5e-5);
        Near.Equal([0, 1, 0], Doubles(Grad((Tensor z) => z.Max())(z)), 0);
        Near.Equal([0.4, 0.6], Doubles((Tensor)new float[] { 20, 30 } / 50), 1e-6);
        Near.Equal([0.00005, 0.99995], Doubles(Nn.Softmax(new float[] { 20, 30 })), 5e-6);

        // By the scores, the cross-entropy has the slope softmax − truth.
        var slope = Grad((Tensor z) => Losses.SoftmaxCrossEntropy(z, Tensor.From(1)))(z);
        Near.Equal(Doubles(Nn.Softmax(z) - new float[] { 0, 1, 0 }), Doubles(slope), 1e-6);
    }
}
