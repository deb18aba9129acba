using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>A fold over the only axis is shared among threads by whole blocks: the bits of one thread, whose sums are those of the contract.</summary>
public class BlockTests
{
    static Tensor Draw(int n, DType type) => (Rng.Normal(Rng.Key(n), [n]) * 3).Cast(type);

    /// <summary>Functions of a vector whose nest can be shared, and the totals of a block.</summary>
    public static readonly TheoryData<string, Func<Tensor, Tensor[]>, int> Functions = new()
    {
        { "sum of a heavy term", x => [(Tensor.Tanh(x) * Nn.Gelu(x) + Tensor.Exp(-x * x)).Sum()], 1 },
        { "value and gradient", x => ValueAndGrad<Tensor>(x => (Tensor.Tanh(x) * Tensor.Sin(x)).Sum())(x) is var (v, g) ? [v, g] : [], 1 },
        { "several folds of one pass", x => Tensor.Tanh(x) is var y ? [(y * y).Sum(), y.Max(), (y * x).Min() + 1] : [], 3 },
        { "what follows the folds", x => [Tensor.Sqrt((Tensor.Exp(x * 0.1) * x).Sum() / 7) * (Tensor.Tanh(x) * x).Sum()], 2 },
    };

    [Theory, MemberData(nameof(Functions))]
    public void Threads_take_whole_blocks(string name, Func<Tensor, Tensor[]> f, int totals)
    {
        foreach (var type in new[] { DType.F32, DType.F64 })
            foreach (int n in new[] { 8192 * 16, 8192 * 16 + 1, 200_003 })
            {
                var x = Draw(n, type);
                var expected = f(x);
                foreach (int threads in new[] { 1, 2, 3, 8 })
                    Numbers.SameBits(expected, Jit((Tensor x) => f(x), new() { Threads = threads })(x), $"{name}, {type}[{n}], {threads} threads");
                var schedule = new Schedule(Long(f, x), Lanes.Best);
                Assert.Equal(((n + 8191) / 8192, totals), (schedule.Blocks, schedule.Passes[0].Folds.Length));
            }
    }

    /// <summary>The nest that runs over all elements.</summary>
    static Nest Long(Func<Tensor, Tensor[]> f, Tensor x)
    {
        var graph = Stage((Tensor x) => f(x), x).Graph;
        var (fusion, order) = Fusion.Of(graph, true, 1);
        using var values = new Values();
        var group = order.OfType<Group>().Single(g => g.Space.Length == 1 && g.Pass == 0);
        return fusion.Lower(group, group.Nodes.Select(n => n.Outputs[0]).Where(graph.Outputs.Contains)).Nest;
    }

    [Fact]
    public void The_sum_is_that_of_the_contract()
    {
        const int n = 100_001;
        float[] x = [.. Enumerable.Range(0, n).Select(i => MathF.Sin(i * 0.37f) * (i % 1000))];
        float total = 0;
        for (int b = 0; b < n; b += 8192)
        {
            var lanes = new float[64];
            for (int k = b; k < Math.Min(n, b + 8192); k++) lanes[(k - b) % 64] += x[k] * x[k] * x[k];
            for (int half = 32; half > 0; half /= 2)
                for (int k = 0; k < half; k++) lanes[k] += lanes[k + half];
            total += lanes[0];
        }
        Assert.Equal(total, Jit((Tensor x) => (x * x * x).Sum(), new() { Threads = 4 })(x).Item<float>());
    }

    [Fact]
    public void Passes_that_need_each_other_are_done_as_a_whole()
    {
        var x = Draw(200_000, DType.F32);
        static Tensor F(Tensor x) => Nn.LogSoftmax(x);
        Numbers.SameBits([F(x)], [Jit<Tensor, Tensor>(F, new() { Threads = 3 })(x)], "log softmax");
    }
}
