using static StagedDiff.Fn;

namespace StagedDiff.Tests;

public class JitTests
{
    record Layer(Tensor W, double Rate);

    static Tensor T(params float[] x) => Tensor.From(x);
    static void Same(Tensor expected, Tensor? x) => Assert.Equal((expected.Shape, expected.ToString()), (x!.Shape, x.ToString()));

    [Fact]
    public void A_function_is_traced_once_for_each_kind_of_arguments()
    {
        int traces = 0;
        var f = Jit((Tensor x, int n) => { traces++; return (x * n, n, "s"); });
        int Traces(Tensor x, int n) { f(x, n); return traces; }
        Assert.Equal([1, 1, 2, 3, 4, 1], new[] { Traces(T(1, 2), 3), Traces(T(5, 6), 3), Traces(T(1), 3), Traces(T(1), 4), Traces(Tensor.From([1.0]), 4), Traces(T(1, 2), 3) - 3 });
        Assert.Equal((3, "s"), (f(T(1, 2), 3).Item2, f(T(1, 2), 3).Item3));
    }

    [Fact]
    public void Weakness_is_no_part_of_the_key()
    {
        int traces = 0;
        var f = Jit((Tensor x) => { traces++; return x + x; });
        Same(Tensor.From(4f), f(2.0));
        Same(Tensor.From(6f), f(Tensor.From(3f)));
        Assert.Equal(1, traces);
    }

    [Fact]
    public void Jitting_in_a_loop_finds_the_traces()
    {
        int traces = 0;
        for (int i = 0; i < 10; i++) Jit((Tensor x) => { traces++; return x * x; })(T(i));
        for (int i = 0; i < 10; i++) Jit(Grad((Tensor x) => { traces++; return x.Sum(); }))(T(i));
        Assert.Equal(2, traces);
    }

    [Fact]
    public void A_captured_tensor_is_read_in_each_call()
    {
        int traces = 0;
        var w = T(2);
        var layer = new Layer(T(1), 0.5);
        var f = Jit((Tensor x) => { traces++; return x * w + layer.W; });
        Same(T(7), f(T(3)));
        w = T(3);
        layer = layer with { W = T(10) };
        Same(T(19), f(T(3)));
        Assert.Equal(1, traces);
        w = T(3, 4);
        Same(T(19, 22), f(T(3)));
        Assert.Equal(2, traces);
    }

    [Fact]
    public void A_captured_number_or_literal_is_part_of_the_code()
    {
        double rate = 1;
        Tensor literal = 3.0;
        var f = Jit((Tensor x) => x * rate + literal);
        Same(T(5), f(T(2)));
        rate = 2;
        Same(T(7), f(T(2)));
        literal = 4.0;
        Same(T(8), f(T(2)));
    }

    [Fact]
    public void Variables_that_other_lambdas_capture_do_not_matter()
    {
        int traces = 0, counter = 0;
        var w = T(1);
        Action count = () => counter++;
        var f = Jit((Tensor x) => { traces++; return x * w; });
        for (int i = 0; i < 10; i++) { count(); f(T(1)); }
        Assert.Equal((1, 10), (traces, counter));
    }

    [Fact]
    public void What_an_inner_function_captures_is_read_too()
    {
        var w = T(1, 2);
        var loss = ValueAndGrad((Tensor x) => (x * w).Sum());
        var step = Jit((Tensor x) => loss(x).Grad);
        Same(T(1, 2), step(T(1, 1)));
        w = T(4, 5);
        Same(T(4, 5), step(T(1, 1)));
    }

    sealed class Trainer
    {
        Tensor w = T(1);
        public int Steps { get; set; }
        public int Traces { get; private set; }
        public void Set(Tensor x) => w = x;
        public Tensor Forward(Tensor x) { Traces++; return x * w; }
    }

    [Fact]
    public void A_method_reads_its_object()
    {
        var trainer = new Trainer();
        Func<Tensor, Tensor> forward = trainer.Forward;
        Same(T(3), Jit(forward)(T(3)));
        trainer.Set(T(5));
        trainer.Steps++;
        Same(T(15), Jit<Tensor, Tensor>(trainer.Forward)(T(3)));
        Assert.Equal(1, trainer.Traces);
    }

    [Fact]
    public void What_an_inner_jitted_function_captures_is_read_too()
    {
        var w = T(2);
        var inner = Jit((Tensor x) => x * w);
        var outer = Jit((Tensor x) => inner(x) + 1);
        Same(T(3), outer(T(1)));
        w = T(4);
        Same(T(5), outer(T(1)));
    }

    interface ILayer { Tensor Forward(Tensor x); }
    sealed class Linear(Tensor w) : ILayer
    {
        public Tensor W { get; set; } = w;
        public Tensor Forward(Tensor x) => x * W;
    }
    sealed class Model
    {
        public readonly Linear First = new(T(2));
        public ILayer Second = new Linear(T(3));
        public int Seen;
        public Tensor Forward(Tensor x) => Second.Forward(First.Forward(x));
    }

    [Fact]
    public void Objects_that_hold_tensors_are_read()
    {
        var model = new Model();
        int traces = 0;
        var f = Jit((Tensor x) => { traces++; return model.Forward(x); });
        Same(T(6), f(T(1)));
        model.First.W = T(5);
        ((Linear)model.Second).W = T(7);
        model.Seen++;
        Same(T(35), f(T(1)));
        Assert.Equal(1, traces);
    }

    static Tensor shared = T(2);
    static int calls;

    [Fact]
    public void Static_fields_are_read()
    {
        var f = Jit((Tensor x) => { calls++; return x * shared; });
        Same(T(6), f(T(3)));
        shared = T(4);
        Same(T(12), f(T(3)));
        Assert.Equal(1, calls);
    }

    [Fact]
    public void Inside_of_a_trace_a_jitted_function_is_one_call()
    {
        var f = Jit((Tensor x) => x * x);
        Assert.Equal("(a:f32[2]) =>\n  b:f32[2] = call[a lambda in Inside_of_a_trace_a_jitted_function_is_one_call] a\n  return b", Stage((Tensor x) => f(x), T(1, 2)).Graph.ToString());
        Same(6.0, Grad(x => f(x))(3.0));
        Same(T(1, 4), Vmap((Tensor x) => f(x))(T(1, 2)));
        Same(T(2, 4), Jvp((Tensor x) => f(x), T(1, 2), T(1, 1)).Tangent);
    }

    [Fact]
    public void A_jitted_function_may_capture_a_variable_of_the_trace_around_it() =>
        Same(2.0, Grad(x => Jit((Tensor y) => y * x)(2.0))(3.0));

    [Fact]
    public void Symbolic_axes_make_one_program_of_every_batch_size()
    {
        int traces = 0;
        var f = Jit((Tensor w, (Tensor X, Tensor Y) b) => { traces++; return ((b.X * w).Sum(1) - b.Y).Sum(); }, new() { Symbolic = [(1, 0, "batch")] });
        foreach (int n in new[] { 1, 7, 64 }) Same(Tensor.From(2f * n), f(T(1, 2), (Tensor.Ones(n, 2), Tensor.Ones(n))));
        Assert.Equal(1, traces);
        Assert.Equal("Jit: the symbolic axis batch is 3 in one tensor and 4 in another: f32[3,2] and f32[4].",
            Messages.Of<ShapeException>(() => f(T(1, 2), (Tensor.Ones(3, 2), Tensor.Ones(4)))));
    }

    [Fact]
    public void Stage_shows_graph_gradient_and_kernels()
    {
        var staged = Stage((Layer l, Tensor x) => (l.W * x).Sum(), new Layer(T(1, 2), 0.5), T(3, 4));
        Assert.Equal("(a:f32[2], b:f32[2]) =>\n  c:f32[2] = mul a b\n  d:f32[] = sum[0] c\n  return d", staged.Graph.ToString());
        Assert.StartsWith("(a:f32[2], b:f32[2]) =>", staged.GradGraph.ToString());
        Assert.StartsWith("a lambda in Stage_shows_graph_gradient_and_kernels\n  l.W: f32[2]\n  x: f32[2]\n", staged.Explain());
    }

    [Fact]
    public void Explain_counts_what_each_kernel_takes()
    {
        // 2·30·40·50 of a product; then one for each element of each op. Bytes: operands and result; of what is gathered, all.
        var staged = Stage((Tensor x, Tensor y, Tensor b, Tensor i) => (x.MatMul(y) * 2 + (b + b), Prim.Gather(b, i, 0)), Tensor.Ones(30, 40), Tensor.Ones(40, 50), Tensor.Ones(50), Tensor.Zeros(7).Cast(DType.I32));
        Assert.EndsWith("""
              1. dot f32[30,40] f32[40,50] → f32[30,50] (120 kflop, 18.8 kB)
              2. loop over [50]: add → f32[50] (50 flop, 400 B)
              3. loop over [30,50]: mul, add → f32[30,50] (3 kflop, 12.2 kB)
              4. loop over [7]: gather[0] → f32[7] (256 B)
            """, staged.Explain().WithoutLoops());
        Assert.Matches(@": exp → f32\[n\]\n     for n by \d × .*$", Stage((Tensor x) => Tensor.Exp(x), Tensor.Ones(3), new() { Symbolic = [(0, 0, "n")] }).Explain());
    }

    [Fact]
    public void Profile_tells_the_time_of_each_kernel()
    {
        const string Time = @"[\d.]+ [nµm]?s", Rate = @"[\d.]+ [kMGT]?";
        var staged = Stage((Tensor x) => Tensor.Exp(x.MatMul(x)), Tensor.Ones(64, 64));
        Assert.Matches($@"^a lambda in .*\n  x: f32\[64,64\]\n.*\n  1\. dot .*\n     {Time} \(\d+ %\), {Rate}flop/s \(\d+ % of peak\), {Rate}B/s\n  2\. loop .*\n     for 4096 by \d × .*\n     {Time} .*\n"
            + $@"{Time} a call, {Time} of it in these: the median of \d+ calls\n\d+-bit vectors; the peak of \d cores? is {Rate}flop/s \(F32\)$", staged.Profile());
        Assert.DoesNotContain("a call", staged.Explain());
        Assert.StartsWith("Profile: a lambda in Profile_tells_the_time_of_each_kernel was staged for tensors without values. Stage it outside of traced functions.",
            Messages.Of<StagingException>(() => Jit((Tensor x) => { Stage((Tensor y) => y * 2, x).Profile(); return x; })(T(1))));
    }

    [Fact]
    public void A_donated_tensor_is_gone()
    {
        var step = Jit((Tensor p, Tensor q) => p + q, new() { Donate = [0] });
        var (a, b) = (T(1, 2) + 0, T(3, 4));
        Same(T(4, 6), step(a, b));
        Assert.Throws<StagingException>(() => a.ToString());
        Same(T(3, 4), b);
        Assert.Equal("Jit: a lambda in A_donated_tensor_is_gone got one tensor as p and as q, and its memory is donated. Pass a copy, or leave it out of JitOptions.Donate.",
            Messages.Of<StagingException>(() => step(b, b)));
    }

    [Fact]
    public void A_retrace_storm_names_the_static_part()
    {
        var f = Jit((Tensor x, double rate) => x * rate);
        for (int i = 0; i < 4; i++) f(T(1), i / 2.0);
        Assert.Equal("Jit: a lambda in A_retrace_storm_names_the_static_part was traced 4 times for values of rate alone: 0, 0.5, 1, 1.5, and now 7. "
            + "Make it a Tensor, so that one trace serves all, or set JitOptions.MaxTraces.", Messages.Of<RetraceException>(() => f(T(1), 7)));
        f(T(1), 1.5);
        var layers = Jit((Layer l) => l.W * l.Rate);
        for (int i = 0; i < 4; i++) layers(new(T(1), i));
        Assert.Contains("values of l.Rate alone: 0, 1, 2, 3, and now 4.", Messages.Of<RetraceException>(() => layers(new(T(1), 4))));
        int n = 0;
        var captured = Jit((Tensor x) => x * n);
        for (; n < 4; n++) captured(T(1));
        Assert.Contains("values of the captured variable n alone: 0, 1, 2, 3, and now 4.", Messages.Of<RetraceException>(() => captured(T(1))));
    }

    [Fact]
    public void MaxTraces_raises_the_limit_and_holds_for_shapes_too()
    {
        var f = Jit((Tensor x, int n) => x * n, new() { MaxTraces = 6 });
        for (int i = 0; i < 6; i++) f(T(1), i);
        Assert.Throws<RetraceException>(() => f(T(1), 7));
        var g = Jit((Tensor x) => x + x, new() { MaxTraces = 3 });
        for (int i = 1; i < 4; i++) g(new Tensor[] { T(new float[i]) }[0]);
        Assert.Equal("Jit: a lambda in MaxTraces_raises_the_limit_and_holds_for_shapes_too was traced 3 times, the most that JitOptions.MaxTraces allows; "
            + "the last arguments are x: f32[4]. Keep shapes alike, name the axes that vary in JitOptions.Symbolic, or raise it.", Messages.Of<RetraceException>(() => g(T(1, 2, 3, 4))));
    }

    [Fact]
    public void Bad_results_say_what_to_do()
    {
        Assert.Equal("A result is a function, Func<Tensor, Tensor>: results are tensors and static values. Call it with all its arguments.",
            Messages.Of<TreeException>(() => Jit((Tensor x) => (Func<Tensor, Tensor>)(y => x * y))(T(1))));
        Assert.Equal("Jit: there is no tensor among the results of a lambda in Bad_results_say_what_to_do: it returns int.",
            Messages.Of<TreeException>(() => Jit((Tensor x) => 3)(T(1))));
        Assert.Equal("A lazy sequence is no tree: IEnumerable<Tensor> is evaluated when it is read, maybe after its trace. Use an array or a list.",
            Messages.Of<TreeException>(() => Jit((Tensor[] x) => x.Select(y => y * 2))([T(1)])));
    }

    record Activated(Tensor W, Func<Tensor, Tensor> Activation);

    [Fact]
    public void A_function_that_came_in_may_go_out()
    {
        var scale = T(3);
        var f = Jit((Activated a) => a with { W = a.Activation(a.W) });
        Same(T(6), f(new(T(2), x => x * scale)).W);
    }

    [Fact]
    public void A_variable_kept_in_a_field_is_dead_after_its_trace()
    {
        Tensor kept = null!;
        Jit((Tensor x) => { kept = x * 2; return x; })(T(1));
        Assert.Equal("add: a variable (f32[1]) of the jitted function a lambda in A_variable_kept_in_a_field_is_dead_after_its_trace was used after that function had returned. "
            + "Return it from the function instead of keeping it in a field. (A static field that is first used while tracing is set there: use it once before.)", Messages.Of<StagingException>(() => _ = kept + 1));
        Assert.Throws<StagingException>(() => Jit((Tensor x) => x)(kept));
    }

    [Fact]
    public void CheckNaN_names_what_made_it()
    {
        var f = Jit((Tensor x) => (x + 1, Tensor.Log(x)), new() { CheckNaN = true });
        Same(T(0), f(T(1)).Item2);
        Assert.Equal("CheckNaN: a result (f32[1], computed by log) holds NaN.", Messages.Of<CheckException>(() => f(T(-1))));
        Same(T(float.NaN), Jit((Tensor x) => Tensor.Log(x))(T(-1)));
    }

    [Fact]
    public void Unchecked_indices_clamp()
    {
        var (x, i) = (T(1, 2, 3), Tensor.From([5, -7]));
        Assert.Throws<IndexException>(() => Jit((Tensor x, Tensor i) => x[i])(x, i));
        Same(T(3, 1), Jit((Tensor x, Tensor i) => x[i], new() { Unchecked = true })(x, i));
    }
}
