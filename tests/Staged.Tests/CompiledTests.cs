namespace StagedDiff.Tests;

/// <summary>What a compiled program holds: no work twice, no memory beyond what it says, none in a steady step.</summary>
public class CompiledTests
{
    record Layer(Tensor W, Tensor B);

    static Tensor Chain(Tensor x, int n)
    {
        for (int i = 0; i < n; i++) x = i % 2 == 0 ? x * (1 + i * 1e-6) : x + i * 1e-6;
        return x;
    }

    static (int Nodes, int Values) Emitted(Func<Tensor, Tensor> f)
    {
        var staged = Fn.Stage(f, Tensor.Full([1000], 0.5f)).Compile();
        return (staged.Graph.Count, staged.Program.Values);
    }

    [Fact]
    public void Squares_of_squares_are_computed_once()
    {
        var (nodes, values) = Emitted(x =>
        {
            for (int i = 0; i < 30; i++) x *= x;
            return x;
        });
        Assert.Equal(30, nodes);
        Assert.InRange(values, 30, 60);
    }

    [Fact]
    public void Ten_thousand_ops_are_emitted_once()
    {
        var (nodes, values) = Emitted(x => Chain(x, 10_000));
        Assert.InRange(values, 9_000, 2 * nodes);
    }

    [Fact]
    public void What_two_nests_read_is_computed_in_one()
    {
        // The sums run over other axes, so that they are other loops: they read, and do not compute again.
        var staged = Fn.Stage((Tensor x) => { var y = Chain(x.Reshape(20, 50), 100); return (y.Sum(0), y.Sum(1)); }, Tensor.Full([1000], 0.5f)).Compile();
        Assert.InRange(staged.Program.Values, 100, 2 * staged.Graph.Count);
    }

    static readonly Func<Layer[], Tensor, (Tensor, Layer[])> train = (m, x) =>
    {
        var (value, g) = Fn.ValueAndGrad<Layer[], Tensor>((m, x) => { foreach (var l in m) x = Tensor.Tanh(x.MatMul(l.W) + l.B); return (x * x).Mean(); })(m, x);
        return (value, Tree.Map2((p, g) => p - 0.01 * g, m, g));
    };

    static Layer[] Model(int n) => [.. Enumerable.Range(0, 3).Select(_ => new Layer(Tensor.Full([n, n], 0.01f), Tensor.Zeros([n])))];

    [Theory, InlineData(64), InlineData(256)]
    public void A_donated_step_allocates_handles_alone(int n)
    {
        var step = Fn.Jit(train, new() { Donate = [0], Threads = 1 });
        var (model, x) = (Model(n), Tensor.Full([32, n], 0.5f));
        for (int i = 0; i < 10; i++) (_, model) = step(model, x);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) (_, model) = step(model, x);
        // Six parameters, the loss, and what holds them: their data are 50 kB and 800 kB.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 100, 0, 8000);
    }

    [Fact]
    public void The_peak_is_what_the_first_call_allocates()
    {
        // Small enough that arrays are not handed out again.
        var (model, x) = (Model(140), Tensor.Full([140, 140], 0.5f));
        Tensor[] inputs = [.. Tree.Leaves(model), x];
        Program Made() => Fn.Stage(train, model, x).Compile().Program;
        Made().Run(inputs);     // compiles the products' tiles
        var program = Made();
        long before = GC.GetAllocatedBytesForCurrentThread();
        program.Run(inputs);
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(bytes, 0.9 * program.Peak, 1.1 * program.Peak);
        Assert.Contains($"{program.Peak} bytes at the peak", program.Explain());
    }
}
