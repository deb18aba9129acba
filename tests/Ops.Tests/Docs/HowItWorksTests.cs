using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>The code of docs/how-it-works.md, and what it prints.</summary>
public class HowItWorksTests
{
    [Fact]
    public void The_page_shows_what_is_printed()
    {
        var x = Tensor.Linspace(-1, 1, 8);
        var staged = Stage((Tensor w, Tensor x) => Np.Square(Tensor.Tanh(w * x)).Mean(), 0.5, x);
        var softmax = Stage((Tensor z) => Nn.Softmax(z), Tensor.Zeros(32, 10));
        Shown.Blocks("how-it-works.md", staged.Graph, staged.GradGraph, staged.Explain(), softmax.Explain());
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
