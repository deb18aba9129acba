using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>A function is traced once for every batch size, and gives at each the bits of ops run one by one; so does its gradient.</summary>
public class SymbolicTests
{
    record Model(Tensor W1, Tensor B1, Tensor W2);
    record Batch(Tensor X, Tensor Y);

    static Tensor Random(int seed, params int[] shape)
    {
        var random = new Random(seed);
        return Tensor.From([.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => 2 * random.NextSingle() - 1)], shape);
    }

    static readonly Model model = new(Random(1, 5, 19), Random(2, 19), Random(3, 19, 4));
    static Batch Examples(int n) => new(Random(n, n, 5), Tensor.From([.. Enumerable.Range(0, n).Select(i => i % 4)]));

    /// <summary>Products, a softmax over rows, indices by a label, sums and means over the batch, the batch as a number, a reshape and a join.</summary>
    static (Tensor Loss, Tensor[] Others) Forward(Model m, Batch b)
    {
        var logits = Tensor.Tanh(b.X.MatMul(m.W1) + m.B1).MatMul(m.W2);
        var e = Tensor.Exp(logits - logits.Max(1, true));
        var p = e / e.Sum(1, true);
        var picked = new Gather(1, 1).Of(p, b.Y.Unsqueeze(1));
        return (-Tensor.Log(picked).Mean(), [p.ArgMax(1), p.Sum(0), p.Reshape(-1), logits.T.Var(1), Prim.Concatenate(0, p, p.Flip(0)), Tensor.Arange(b.X.Shape[0]) * 2]);
    }

    static (Tensor, Tensor[]) Value(Model m, Batch b) => Forward(m, b);
    static (Tensor, Tensor[], Model) Gradient(Model m, Batch b) => ValueAndGradAux<Model, Batch, Tensor[]>(Forward)(m, b);
    static Model Curvature(Model m, Batch b) => Hvp((Model m) => Forward(m, b).Loss, m, m);
    static Batch PerExample(Model m, Batch b) =>
        b with { X = Vmap(Grad((Tensor x) => Tensor.Tanh(x.MatMul(m.W1) + m.B1).Sum()))(b.X) };

    static void AtAnySize<R>(Func<Model, Batch, R> f)
    {
        int traces = 0;
        var jitted = Jit((Model m, Batch b) => { traces++; return f(m, b); }, new() { Symbolic = [(1, 0, "batch")] });
        foreach (int n in new[] { 1, 7, 64, 7, 1000 })
            Numbers.SameBits([.. Tree.Leaves(f(model, Examples(n)))], [.. Tree.Leaves(jitted(model, Examples(n)))], $"{n} examples");
        Assert.Equal(1, traces);
    }

    [Fact] public void One_trace_serves_all_batches() => AtAnySize(Value);
    [Fact] public void One_trace_of_the_gradient_serves_all_batches() => AtAnySize(Gradient);
    [Fact] public void One_trace_of_second_derivatives_serves_all_batches() => AtAnySize(Curvature);
    [Fact] public void One_trace_of_a_gradient_for_each_example_serves_all_batches() => AtAnySize(PerExample);

    [Fact]
    public void The_graph_shows_the_open_extent() => Assert.Equal("""
        (a:f32[batch,5], b:f32[5,3]) =>
          c:f32[batch,3] = dot a b
          return c
        """, Stage((Tensor x, Tensor w) => x.MatMul(w), Random(1, 3, 5), Random(2, 5, 3), new() { Symbolic = [(0, 0, "batch")] }).ToString());
}
