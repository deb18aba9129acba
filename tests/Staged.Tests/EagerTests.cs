using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>Eager mode compiles for kinds of operands, not for their sizes or numbers. Alone, because it counts what the process compiles.</summary>
[CollectionDefinition(nameof(EagerTests), DisableParallelization = true)]
[Collection(nameof(EagerTests))]
public class EagerTests
{
    record Model(Tensor W1, Tensor B1, Tensor W2);

    static Tensor Loss(Model m, (Tensor X, Tensor Y) batch)
    {
        var e = Tensor.Tanh(batch.X.MatMul(m.W1) + m.B1).MatMul(m.W2) - batch.Y;
        return (e * e).Mean() + 0.01 * (m.W1 * m.W1).Sum();
    }

    [Fact]
    public void A_new_rate_and_a_new_batch_size_at_each_step_compile_nothing()
    {
        var random = new Random(1);
        Tensor Draw(params int[] shape) => Tensor.From([.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => (float)random.NextDouble() - 0.5f)], shape);
        var model = new Model(Draw(7, 19), Draw(19), Draw(19, 3));
        int after = 0;
        for (int step = 0; step < 10_000; step++)
        {
            int n = 2 + step * 7 % 61;
            double rate = 0.01 / (1 + step);
            var batch = (Draw(n, 7), Draw(n, 3));
            var gradient = Grad<Model, (Tensor, Tensor)>(Loss)(model, batch);
            model = Tree.Map2((p, g) => p - rate * g, model, gradient);
            // By then there were tensors of both kinds: on large ones a pullback is one loop.
            if (step == 8) after = LoopKernel.Compiled + Tile.Compiled;
        }
        Assert.Equal(after, LoopKernel.Compiled + Tile.Compiled);
        Assert.False(float.IsNaN(Loss(model, (Draw(5, 7), Draw(5, 3))).Item<float>()));
    }
}
