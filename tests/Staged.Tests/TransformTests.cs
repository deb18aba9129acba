using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>What functions become: the text of graphs, and the kernels of programs.</summary>
public class TransformTests
{
    record Layer(Tensor W, Tensor B);

    static readonly TensorType five = new(DType.F32, [5]);

    static Graph Traced(Func<Tensor, Tensor> f, params int[] shape) => Graph.Of([new(DType.F32, shape)], x => [f(x[0])]);
    static string Lines(Func<Tensor, Tensor> f) => RuleTests.Lines(Traced(f, 5));
    static string Explained(Func<Tensor, Tensor> f, params int[] shape) => Program.Compile(Traced(f, shape), new() { Threads = 1 }).Explain().WithoutLoops();

    [Fact]
    public void A_gradient_reads_as_one_would_write_it() => Assert.Equal("""
        (a:f32[5]) =>
          b:f32[5] = sin a
          c:f32[5] = cos a
          d:f32[5] = mul a c
          e:f32[5] = add b d
          return e
        """, Traced(Grad((Tensor x) => (Tensor.Sin(x) * x).Sum()), 5).ToString());

    [Fact]
    public void Equal_nodes_are_one() => Assert.Equal("b = exp a; c = add b b; return c", Lines(x => Tensor.Exp(x) + Tensor.Exp(x)));

    [Fact]
    public void What_nobody_reads_is_dropped() => Assert.Equal("b = sin a; return b", Lines(x =>
    {
        _ = Tensor.Exp(x) + Prim.Iota(five, 0);
        return Tensor.Sin(x);
    }));

    [Fact]
    public void Effects_are_neither_shared_nor_dropped_and_keep_their_order() => Assert.Equal("print[p] a; print[q] a; print[p] a; b = exp a; print[p] b; return a", Lines(x =>
    {
        foreach (var label in new[] { "p", "q", "p" }) Print(label, x);
        Print("p", Tensor.Exp(x));
        return x;
    }));

    [Fact]
    public void A_tensor_from_outside_is_an_input_once()
    {
        var (w, unused) = (Tensor.From([1f, 2, 3, 4, 5]), Tensor.From([0f]));
        var (graph, captured) = Graph.Trace([five], x => { _ = unused + 1; return [x[0] * w + w]; });
        Assert.Equal("c = mul a b; d = add c b; return d", RuleTests.Lines(graph));
        Assert.Same(w, Assert.Single(captured));
    }

    [Fact]
    public void A_derivative_alone_computes_no_value() => Assert.Equal("b = cos a; c = mul a b; d = broadcast[0] 2; e = mul c d; return e", Lines(x => Jvp((Tensor y) => Tensor.Sin(y) * 2, x, x).Tangent));

    static Tensor Chain(Tensor x) => (Tensor.Tanh(1.3 * x + 0.2) * Prim.Logistic(x) - Tensor.Exp(-(x * x)) / (1 + x * x)).Sum();

    [Fact]
    public void A_chain_is_one_kernel() => Assert.Equal("""
        15 nodes in 1 loop nest and 0 routines, 0 bytes of temporaries, 4 bytes at the peak
          1. loop over [1000], folding axis 0: mul, add, tanh, logistic, mul, mul, neg, exp, add, div, sub, sum[0] → f32[] (86 kflop, 4 kB)
        """, Explained(Chain, 1000));

    [Fact]
    public void A_chain_and_its_gradient_are_one_kernel() => Assert.StartsWith("37 nodes in 1 loop nest and 0 routines, 0 bytes of temporaries, 4004 bytes at the peak\n", Program.Compile(Graph.Of([new(DType.F32, [1000])], x =>
    {
        var (y, g) = ValueAndGrad<Tensor>(Chain)(x[0]);
        return [y, g];
    }), new() { Threads = 1 }).Explain());

    [Fact]
    public void The_rows_of_a_softmax_are_one_nest() => Assert.Equal("""
        7 nodes in 1 loop nest and 0 routines, 0 bytes of temporaries, 5120 bytes at the peak
          1. loop over [128,10], folding axis 1: max[1], sub, exp, sum[1], div → f32[128,10] (33.3 kflop, 10.2 kB)
        """, Explained(x =>
    {
        var e = Tensor.Exp(x - x.Max(-1, true));
        return e / e.Sum(-1, true);
    }, 128, 10));

    [Fact]
    public void Moving_data_costs_no_kernel() => Assert.Equal("""
        5 nodes in 1 loop nest and 0 routines, 0 bytes of temporaries, 64 bytes at the peak
          1. loop over [4,4]: mul → f32[4,4] (16 flop, 128 B)
        """, Explained(x => x.T[1..].Flip(0) * 2, 4, 5));

    static Tensor Small(Tensor x) => (Tensor.Exp(x) * 2).Sum();

    [Fact]
    public void A_graph_is_drawn_in_Mermaid() => Assert.Equal("""
        flowchart TD
          a(["a: f32[3]"])
          n0["exp"]
          a -->|"f32[3]"| n0
          n1["broadcast[0] 2"]
          n2["mul"]
          n0 -->|"f32[3]"| n2
          n1 -->|"f32[3]"| n2
          n3["sum[0]"]
          n2 -->|"f32[3]"| n3
          out0(["result 0: f32[]"])
          n3 --> out0

        """, Traced(Small, 3).ToMermaid());

    [Fact]
    public void A_graph_is_drawn_in_Dot() => Assert.Equal("""
        digraph {
          a [shape=oval, label="a: f32[3]"];
          n0 [shape=box, label="exp"];
          a -> n0 [label="f32[3]"];
          n1 [shape=box, label="broadcast[0] 2"];
          n2 [shape=box, label="mul"];
          n0 -> n2 [label="f32[3]"];
          n1 -> n2 [label="f32[3]"];
          n3 [shape=box, label="sum[0]"];
          n2 -> n3 [label="f32[3]"];
          out0 [shape=oval, label="result 0"];
          n3 -> out0;
        }

        """, Traced(Small, 3).ToDot());

    [Fact]
    public void The_chain_that_is_timed_is_one_kernel_with_its_gradient() => Assert.Equal("""
        a lambda in The_chain_that_is_timed_is_one_kernel_with_its_gradient
          x: f32[1000000]
        37 nodes in 1 loop nest and 0 routines, 0 bytes of temporaries, 4000004 bytes at the peak
          1. loop over [1000000], folding axis 0: mul, add, tanh, logistic, mul, mul, neg, exp, add, div, sub, sum[0], div, neg, neg, mul, neg, mul, add, mulz, neg, mul, add, add, sub, mul, mul, add, add, sub, mul, mul, mul, add → f32[], f32[1000000] (108 Mflop, 8 MB)
        """, Stage((Tensor x) => ValueAndGrad((Tensor x) => (Tensor.Tanh(x * 1.3 + 0.2) * Nn.Sigmoid(x) - Tensor.Exp(-(x * x)) / (1 + x * x)).Sum())(x), Tensor.Zeros(1_000_000)).Explain().WithoutLoops());

    [Fact]
    public void The_rows_of_a_softmax_with_their_loss_and_gradient_are_one_nest() => Assert.Equal("""
        a lambda in The_rows_of_a_softmax_with_their_loss_and_gradient_are_one_nest
          x: f32[128,10]
          y: f32[128,10]
        28 nodes in 1 loop nest and 0 routines, 0 bytes of temporaries, 5632 bytes at the peak
          1. loop over [128,10], folding axis 1: max[1], sub, exp, sum[1], log, sub, mulz, sum[1], neg, mulz, neg, sum[1], div, mulz, mulz, add → f32[128], f32[128,10] (45.6 kflop, 15.9 kB)
        """, Stage((Tensor x, Tensor y) =>
    {
        var (rows, pull) = Vjp((Tensor x) => Losses.SoftmaxCrossEntropy(x, y), x);
        return (rows, pull(Tensor.Ones(128)));
    }, Tensor.Zeros(128, 10), Tensor.Zeros(128, 10)).Explain().WithoutLoops());

    [Fact]
    public void The_softmax_of_Nn_is_one_nest() => Assert.Equal("""
        a lambda in The_softmax_of_Nn_is_one_nest
          x: f32[128,10]
        10 nodes in 1 loop nest and 0 routines, 0 bytes of temporaries, 5120 bytes at the peak
          1. loop over [128,10], folding axis 1: max[1], sub, exp, sum[1], div → f32[128,10] (33.3 kflop, 10.2 kB)
        """, Stage((Tensor x) => Nn.Softmax(x), Tensor.Zeros(128, 10)).Explain().WithoutLoops());


    [Fact]
    public void The_gradient_of_a_layer_reads_as_one_would_write_it() => Assert.Equal("""
        (a:f32[3,2], b:f32[2], c:f32[5,3]) =>
          d:f32[5,2] = dot c a
          e:f32[5,2] = broadcast[0] b
          f:f32[5,2] = add d e
          g:f32[5,2] = tanh f
          h:f32[10] = reshape[10] g
          i:f32[] = sum[0] h
          j:f32[5,2] = broadcast[0,1] 1
          k:f32[5,2] = add j g
          l:f32[5,2] = sub j g
          m:f32[5,2] = mul k l
          n:f32[2] = sum[0] m
          o:f32[3,5] = permute[1,0] c
          p:f32[3,2] = dot o m
          return i, p, n
        """, Stage((Layer l, Tensor x) => Tensor.Tanh(x.MatMul(l.W) + l.B).Sum(), new Layer(Tensor.Zeros(3, 2), Tensor.Zeros(2)), Tensor.Zeros(5, 3)).GradGraph.ToString());
}
