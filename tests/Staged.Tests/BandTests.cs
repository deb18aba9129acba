using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>Steps on a large batch that take turns over its parts, in memory for one part.</summary>
public class BandTests
{
    static Tensor Draw(int seed, params int[] shape) => Rng.Normal(Rng.Key(seed), shape);

    static Tensor Attention(Tensor q, Tensor k, Tensor v) => Nn.Attention(q, k, v);

    /// <summary>A function of a batch [24, 128, 32] of each of three tensors, and whether its steps take turns.</summary>
    public static readonly TheoryData<string, Func<Tensor, Tensor, Tensor, Tensor[]>, bool> Graphs = new()
    {
        { "attention", (q, k, v) => [Attention(q, k, v)], true },
        { "attention and its gradient", (q, k, v) => Grads(q, k, v), true },
        { "what is between is a result too", (q, k, v) => q.MatMul(Prim.Transpose(k)) is var s ? [s, Tensor.Exp(s * 0.01).MatMul(v)] : [], true },
        { "what is between is read again when all are done", (q, k, v) => Around(q, k, v), true },
        { "three products", (q, k, v) => [Tensor.Tanh(q.MatMul(Prim.Transpose(k))).MatMul(v).MatMul(Prim.Transpose(k)).Sum(2)], true },
        { "a step beside that is done as a whole", (q, k, v) => [Attention(q, k, v), k[.., ..64].Sum(0)], true },
        { "sums down the columns beside", (q, k, v) => [Attention(q, k, v), k[.., ..64] - k[.., ..64].Max(2, keepDims: true), k[.., ..64].Sum(0)], true },
        { "a check beside", (q, k, v) => [Attention(q, k, v), Np.Take(q, (k[0, 0] > 0).Cast(DType.I32), 0)], true },
        { "a batch that is turned round between", (q, k, v) => [Np.Flip(q.MatMul(Prim.Transpose(k)), 0).MatMul(v)], false },
    };

    static Tensor[] Grads(Tensor q, Tensor k, Tensor v)
    {
        var (value, gradient) = ValueAndGrad(((Tensor Q, Tensor K, Tensor V) t) => (Attention(t.Q, t.K, t.V) * t.V).Sum())((q, k, v));
        return [value, gradient.Q, gradient.K, gradient.V];
    }

    static Tensor[] Around(Tensor q, Tensor k, Tensor v)
    {
        var scores = q.MatMul(Prim.Transpose(k));
        return [scores.MatMul(scores.MatMul(v).Sum(0))];
    }

    [Theory, MemberData(nameof(Graphs))]
    public void Steps_that_take_turns_give_the_same_bits_in_less_memory(string name, Func<Tensor, Tensor, Tensor, Tensor[]> f, bool less)
    {
        var (q, k, v) = (Draw(1, 24, 128, 32), Draw(2, 24, 128, 32), Draw(3, 24, 128, 32));
        var expected = f(q, k, v);
        foreach (int threads in new[] { 1, 2, 5 })
            Numbers.SameBits(expected, Jit((Tensor q, Tensor k, Tensor v) => f(q, k, v), new() { Threads = threads })(q, k, v), $"{name}, {threads} threads");
        var program = Program.Compile(Stage((Tensor q, Tensor k, Tensor v) => f(q, k, v), q, k, v).Graph, new() { Threads = 1 });
        Assert.Equal(less, program.Explain().Contains("take turns"));
        if (less) Assert.InRange(program.Peak, 0, 24 * 128 * 128 * 4 * (name == "attention" ? 0.6 : 6));
        // Somebody who watches sees each step, and the same bits.
        var seen = new List<int>();
        program.Watch = seen.Add;
        Numbers.SameBits(expected, program.Run(new Tensor[] { q, k, v }), name);
        Assert.Equal(Enumerable.Range(0, program.Steps + 1), seen.Distinct().Order());
        Assert.Equal(program.Steps, seen[^1]);
    }
}
