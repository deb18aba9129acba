namespace StagedDiff.Tests;

/// <summary>Outside of traces the pullback of an elementwise op on large tensors is one loop, with the bits of the operations it is written in.</summary>
public class PartialTests
{
    static readonly (string Name, Func<Tensor, Tensor> F)[] functions =
    [
        ("tanh", Tensor.Tanh), ("log", Tensor.Log), ("sqrt", Tensor.Sqrt), ("sin", Tensor.Sin), ("over", x => 2 / (1 + x * x)), ("by", x => x / (x + 3)),
        ("power", x => Tensor.Pow(x, x)), ("max", x => Np.Maximum(x, x * x)), ("cast", x => x.Cast(DType.F64) * 2),
    ];

    public static TheoryData<int> Functions => [.. Enumerable.Range(0, functions.Length)];

    [Theory, MemberData(nameof(Functions))]
    public void Large_tensors_have_the_gradients_of_small_ones(int f)
    {
        var x = Tensor.Arange(4096).Cast(DType.F32) / 512;
        var grad = Fn.Grad((Tensor x) => functions[f].F(x).Sum());
        var whole = grad(x).ToArray<float>();
        for (int i = 0; i < 4096; i += 512)
            Assert.Equal(grad(x[i..(i + 512)]).ToArray<float>(), whole[i..(i + 512)]);
    }

    [Fact]
    public void A_pullback_is_one_op()
    {
        var (x, t) = (Tensor.Full([2048], 0.5f), Tensor.Full([2048], 2f));
        Assert.NotNull(Partial.Now(new Tanh(), 0, t, [x], Tensor.Tanh(x)));
        Assert.NotNull(Partial.Now(new Div(), 1, t, [x, x], x / x));
        // Nothing is won, or nothing is there.
        Assert.Null(Partial.Now(new Exp(), 0, t, [x], Tensor.Exp(x)));
        Assert.Null(Partial.Now(new Floor(), 0, t, [x], new Floor().Of(x)));
    }

    [Fact]
    public void Under_a_trace_there_is_none()
    {
        var graph = Fn.Stage((Tensor x) => Tensor.Tanh(x).Sum(), Tensor.Full([2048], 0.5f)).GradGraph;
        Assert.DoesNotContain("partial", graph.ToString());
    }
}
