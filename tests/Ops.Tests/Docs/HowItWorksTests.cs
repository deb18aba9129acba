using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>The code of docs/index.md and docs/how-it-works.md, and what it prints.</summary>
public class HowItWorksTests
{
    [Fact]
    public void The_first_page_shows_what_is_printed()
    {
        var Console = new StringWriter { NewLine = "\n" };
        var f = (Tensor x) => (x * Tensor.Sin(x)).Sum();
        var slope = Jit(Grad(f));
        Console.WriteLine(slope(Tensor.Linspace(0, 1, 5)));

        Console.WriteLine(Stage(Grad(f), Tensor.Ones(5)).Graph);
        Shown.Blocks("index.md", Console);
        Assert.Equal(Math.Sin(1) + Math.Cos(1), slope(Tensor.Linspace(0, 1, 5))[^1].Item<float>(), 1e-6);
    }

    [Fact]
    public void The_page_shows_what_is_printed()
    {
        var x = Tensor.Linspace(-1, 1, 8);
        var f = (Tensor w, Tensor x) =>
            Np.Square(Tensor.Tanh(w * x)).Mean();
        var staged = Stage(f, 0.5, x);
        var batched = Stage(Vmap(f, inAxis2: null), Tensor.Linspace(0, 1, 3), x);
        var softmax = Stage((Tensor z) => Nn.Softmax(z), Tensor.Zeros(32, 10));
        Shown.Blocks("how-it-works.md", staged.Graph, staged.GradGraph, batched.Graph, staged.Explain(), softmax.Explain());

        // The gradient as the page has it.
        double gradient = Array.ConvertAll(x.ToArray<float>(), v => (double)v).Sum(v => 2 * Math.Tanh(v / 2) * (1 - Math.Pow(Math.Tanh(v / 2), 2)) * v / 8);
        Assert.Equal(gradient, (double)Grad(f)(0.5, x), 1e-6);
    }

    [Fact]
    public void The_bits_are_the_same()
    {
        var x = Tensor.Linspace(-1, 1, 1000);
        var f = (Tensor x) => Tensor.Tanh(x * 3).Sum();
        Assert.Equal(f(x).Item<float>(), Jit(f)(x).Item<float>());
        Assert.Equal(f(x).Item<float>(), Jit(f, new() { Threads = 2 })(x).Item<float>());
    }
}
