using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>A thousand steps of training have the same bits eager and jitted, on any number of threads, at any width of vectors.</summary>
[Collection("Threads")]
public class TrainingTests
{
    record Layer(Tensor W, Tensor B);

    static Tensor Draw(int seed, params int[] shape) => Rng.Normal(Rng.Key(seed), Shape.Of(shape));
    static Layer[] Start => [new(Draw(1, 16, 96) * 0.2, Tensor.Zeros(96)), new(Draw(2, 96, 10) * 0.1, Tensor.Zeros(10))];
    static readonly Tensor x = Draw(3, 512, 16), y = Draw(4, 512, 10).ArgMax(1);
    static readonly Optimizer adam = Optim.Adam(0.01);

    static Tensor Loss(Layer[] m, Tensor x, Tensor y) =>
        Losses.SoftmaxCrossEntropy(Tensor.Tanh(x.MatMul(m[0].W) + m[0].B).MatMul(m[1].W) + m[1].B, y).Mean();

    static (Tensor, Layer[], OptState) Step(Layer[] m, OptState s)
    {
        var (loss, gradient) = ValueAndGrad<Layer[], Tensor, Tensor>(Loss)(m, x, y);
        var (next, state) = adam.Update(gradient, s, m);
        return (loss, next, state);
    }

    static Tensor[] Train(Func<Layer[], OptState, (Tensor, Layer[], OptState)> step)
    {
        var (m, s, losses) = (Start, adam.Init(Start), new List<Tensor>());
        for (int i = 0; i < 1000; i++)
        {
            (var loss, m, s) = step(m, s);
            losses.Add(loss);
        }
        Assert.True(losses[^1].Item<float>() < losses[0].Item<float>() / 2);
        return [Np.Stack(losses), .. Tree.Leaves((m, s))];
    }

    static Tensor[] Jitted(int threads)
    {
        int closure = threads;     // so that each has a program of its own
        return Train(Jit((Layer[] m, OptState s) => closure > 0 ? Step(m, s) : default, new() { Threads = threads, Donate = [0, 1] }));
    }

    static Tensor[] Narrow(Lanes lanes)
    {
        var before = Lanes.Best;
        Lanes.Best = lanes;
        try { return Jitted(1); }
        finally { Lanes.Best = before; }
    }

    [Fact]
    public void A_thousand_steps_have_the_same_bits()
    {
        var expected = Train(Step);
        int jobs = Team.Jobs;
        foreach (int threads in new[] { 1, 2, 3, 8 }) Numbers.SameBits(expected, Jitted(threads), $"{threads} threads");
        Assert.True(Team.Jobs > jobs + 1000);
        foreach (var lanes in new[] { Lanes.Bits256, Lanes.Bits128 }) Numbers.SameBits(expected, Narrow(lanes), lanes.GetType().Name);
    }
}
