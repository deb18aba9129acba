using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>The tour of the README, line for line, and what it prints.</summary>
public class TourTests
{
    static Tensor Halved(Tensor x)
    {
        while (Tensor.Abs(x) > 5) x = x / 2;
        return x * x;
    }

    record Mlp(Tensor W, Tensor B, Tensor V)
    {
        public Tensor Apply(Tensor x) => Tensor.Tanh(x.MatMul(W) + B).MatMul(V);
    }

    [Fact]
    public void The_tour_prints_what_it_says()
    {
        var Console = new StringWriter { NewLine = "\n" };

        Console.WriteLine(Grad(Halved)(12));                        // 1.5, for (x/4)² is x/8 at 12
        Console.WriteLine(Grad(Grad(Grad<Tensor>(Tensor.Exp)))(0)); // 1.0

        // Transforms nest: the gradient by w for each row of xs.
        Tensor w = new float[] { 1, -2 };
        Tensor xs = new float[,] { { 2, 1 }, { 3, 4 } };
        var perRow = Vmap((Tensor w, Tensor x) => Grad((Tensor w) => Tensor.Pow((w * x).Sum(), 2))(w), inAxis1: null);
        Console.WriteLine(perRow(w, xs));                           // [[0 0] [-30 -40]]

        // A model is any value made of tensors.
        var keys = Rng.Split(Rng.Key(0), 3);
        var model = new Mlp(Nn.GlorotUniform(keys[0], 3, 32), Tensor.Zeros(32), Nn.GlorotUniform(keys[1], 32, 1));

        // A training step is a pure function. Jit traces and compiles it at its first call, its gradient and its optimiser with it.
        var adam = Optim.Adam(1e-2);
        var step = Jit((Mlp m, OptState s, Tensor x, Tensor y) =>
        {
            var (loss, gradient) = ValueAndGrad((Mlp m) => Losses.MeanSquaredError(m.Apply(x), y).Mean())(m);
            var (next, state) = adam.Update(gradient, s, m);
            return (loss, next, state);
        }, new() { Donate = [0, 1] });

        var x = Rng.Normal(keys[2], [64, 3]);
        var y = Tensor.Sin(x.Sum(1, keepDims: true));
        var state = adam.Init(model);
        for (int i = 0; i <= 400; i++)
        {
            (var loss, model, state) = step(model, state, x, y);
            if (i % 200 == 0) Console.WriteLine($"{i}: {loss.Item<float>():F4}");
        }

        // What a function was traced to, and what that was compiled to.
        Console.WriteLine(Stage(Grad((Tensor x) => (Tensor.Sin(x) * x).Sum()), x).Graph);
        Console.WriteLine(Stage((Mlp m, Tensor x) => m.Apply(x), model, x).Explain());

        var lines = Console.ToString().Split('\n');
        Assert.Equal(["1.5", "1.0", "[[  0.   0.]", " [-30. -40.]]"], lines[..4]);
        double[] losses = [.. lines[4..7].Select(line => double.Parse(line[(line.IndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture))];
        Assert.InRange(losses[0], 0.4, 1.5);
        Assert.InRange(losses[2], 0, 0.01);
        Assert.Equal("""
            (a:f32[64,3]) =>
              b:f32[64,3] = sin a
              c:f32[64,3] = cos a
              d:f32[64,3] = mul a c
              e:f32[64,3] = add b d
              return e
            """, string.Join('\n', lines[7..13]));
        Assert.Contains(lines, line => line.StartsWith("  2. loop over [64,32]: add, tanh → f32[64,32] (", StringComparison.Ordinal));
    }
}
