using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>Functions with C#'s own control flow, differentiated while they run: each op and each effect happens once, whatever is nested around it.</summary>
[CollectionDefinition(nameof(LiveTests), DisableParallelization = true)]     // reads the console and the heap
[Collection(nameof(LiveTests))]
public class LiveTests
{
    static Tensor Number(double x) => Tensor.From(x);
    static double Of(Tensor x) => x.Item<double>();

    // ---------------------------------------------------------------- once

    /// <summary>Its operand; counts how often it runs.</summary>
    sealed record Counted : KernelOp
    {
        public static int Runs;
        public override string Name => "counted";
        public override bool HasEffect => true;
        public override TensorType[] Infer(TensorType[] x) => [x[0]];
        public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted) => (Apply(x), ct => [ct[0]]);
        public override Tensor[] Batch(Batched[] x, Extent size) => Apply(x[0].Value);
        public override Kernel Plan(TensorType[] x, long[][] strides, TensorType[] y, bool open) => new Copy(x[0].Shape.Size * x[0].DType.Size());

        sealed class Copy(long bytes) : Kernel
        {
            public override unsafe void Run(long* addresses, int start, int end)
            {
                Runs++;
                Buffer.MemoryCopy((void*)addresses[0], (void*)addresses[1], bytes, bytes);
            }
        }
    }

    static int Runs(Action f)
    {
        Counted.Runs = 0;
        f();
        return Counted.Runs;
    }

    static Tensor Cube(Tensor x) => new Counted().Of(x * x * x);

    public static TheoryData<string> Levels => ["", "G", "J", "GG", "GJ", "JG", "JJ", "GGG", "JGJ", "GJGJ"];

    /// <summary>Derivatives around derivatives: G by Grad, J by Jvp.</summary>
    static Func<Tensor, Tensor> Around(string levels, Func<Tensor, Tensor> f) =>
        levels.Reverse().Aggregate(f, (f, level) => level == 'G' ? Grad(f) : x => Jvp(f, x, Tensor.One.As(DType.F64)).Tangent);

    [Theory, MemberData(nameof(Levels))]
    public void A_forward_op_runs_once_whatever_is_around_it(string levels)
    {
        double expected = levels.Length switch { 0 => 8, 1 => 12, 2 => 12, 3 => 6, _ => 0 };
        Assert.Equal(1, Runs(() => Assert.Equal(expected, Of(Around(levels, Cube)(Number(2))))));
        var jitted = Jit(Around(levels, Cube));
        Assert.Equal(1, Runs(() => Assert.Equal(expected, Of(jitted(Number(2))))));
        Assert.Equal(1, Runs(() => Assert.Equal(expected, Of(jitted(Number(2))))));
        Assert.Equal(1, Runs(() => Around(levels, Jit<Tensor, Tensor>(Cube))(Number(2))));
        Assert.Equal(1, Runs(() => Vmap(Around(levels, Cube))(Tensor.From([1.0, 2, 3]))));
    }

    static string Printed(Action f)
    {
        var (console, text) = (Console.Out, new StringWriter { NewLine = "\n" });
        Console.SetOut(text);
        try { f(); }
        finally { Console.SetOut(console); }
        return text.ToString();
    }

    [Theory, MemberData(nameof(Levels))]
    public void An_effect_happens_once_and_in_order_whatever_is_around_it(string levels)
    {
        Tensor f(Tensor x)
        {
            Print("first", x);
            var y = x * x * x;
            Print("then", y);
            Print("first", x);
            return y;
        }
        const string once = "first: 2.0\nthen: 8.0\nfirst: 2.0\n";
        Assert.Equal(once, Printed(() => Around(levels, f)(Number(2))));
        Assert.Equal(once, Printed(() => Jit(Around(levels, f))(Number(2))));
        Assert.Equal(once, Printed(() => Around(levels, Jit<Tensor, Tensor>(f))(Number(2))));
        Assert.Equal(once + once, Printed(() => { foreach (var _ in "ab") Jit(Around(levels, f))(Number(2)); }));
    }

    [Fact]
    public void An_effect_on_what_nobody_reads_happens_and_the_rest_is_dropped() => Assert.Equal("sum: 6.0\n", Printed(() => Jit((Tensor x) =>
    {
        Print("sum", x.Sum());
        _ = Tensor.Exp(x);
        return x;
    })(Tensor.From([1.0, 2, 3]))));

    // ---------------------------------------------------------------- control flow

    [Theory]
    [InlineData(3, 6), InlineData(-3, -1), InlineData(0, -1)]
    public void A_branch_is_the_one_taken(double at, double slope) => Assert.Equal(slope, Of(Grad(x => x > 0 ? x * x : -x)(Number(at))));

    [Fact]
    public void A_loop_runs_as_often_as_its_value_says_in_every_order()
    {
        Tensor f(Tensor x)
        {
            var y = x * x;
            while (y < 100) y *= x;
            return y;
        }
        // 3⁵ = 243
        Assert.Equal([243, 5 * 81, 20 * 27, 60 * 9], new[] { "", "G", "JG", "GJG" }.Select(levels => Of(Around(levels, f)(Number(3)))));
    }

    [Fact]
    public void Recursion_has_a_gradient()
    {
        Tensor Power(Tensor x, int n) => n == 0 ? Tensor.One : n % 2 == 0 ? Power(x * x, n / 2) : x * Power(x, n - 1);
        Assert.Equal(10 * 512, Of(Grad(x => Power(x, 10))(Number(2))));
        // by value: halves until it is below one
        Tensor Depth(Tensor x) => x < 1 ? x : 1 + Depth(x / 2);
        Assert.Equal((3.625, 0.125), (Of(Depth(Number(5))), Of(Grad(Depth)(Number(5)))));
    }

    [Fact]
    public void Newton_s_method_on_a_gradient_runs_inside_a_gradient()
    {
        // argmin of x⁴/4 − a·x is ∛a, whose derivative is 1/(3·∛a²)
        Tensor Least(Tensor a)
        {
            Tensor x = Number(2);
            for (int i = 0; i < 30; i++)
            {
                var slope = Grad((Tensor x) => Tensor.Pow(x, 4) / 4 - a * x);
                x -= slope(x) / Grad(slope)(x);
            }
            return x;
        }
        Numbers.Near(2, Of(Least(Number(8))), 1e-14, "the minimum");
        Numbers.Near(1 / 12.0, Of(Grad(Least)(Number(8))), 1e-14, "its derivative");
    }

    [Theory]
    [InlineData("GG"), InlineData("GJ"), InlineData("JG"), InlineData("JJ")]
    public void Perturbations_are_not_confused(string levels)
    {
        // d/dx x·(d/dy (x + y)) = 1. Source: Siskind and Pearlmutter, Perturbation confusion (2005)
        Tensor f(Tensor x) => x * Around(levels[1..], y => x + y)(Number(1));
        Assert.Equal(1, Of(Around(levels[..1], f)(Number(1))));
        Assert.Equal(1, Of(Jit(Around(levels[..1], f))(Number(1))));
        // d/dx x·(d/dy x·y²) at y = x is d/dx 2x³
        Tensor g(Tensor x) => x * Around(levels[1..], y => x * y * y)(x);
        Assert.Equal(24, Of(Around(levels[..1], g)(Number(2))));
        Assert.Equal(24, Of(Jit(Around(levels[..1], g))(Number(2))));
    }

    // ---------------------------------------------------------------- what comes back

    [Fact]
    public void A_running_loss_over_many_steps_holds_no_trace()
    {
        var (w, total) = (Number(1), Number(0));
        long before = 0;
        for (int step = 0; step < 100_000; step++)
        {
            var (loss, slope) = ValueAndGrad((Tensor w) => (w * 3 - 2) * (w * 3 - 2))(w);
            total += loss;
            w -= 0.01 * slope;
            if (step == 10_000) before = GC.GetTotalMemory(true);
        }
        Assert.True(GC.GetTotalMemory(true) - before < 1 << 20);
        Assert.True(total.IsConcrete && w.IsConcrete);
        Numbers.Near(2 / 3.0, Of(w), 1e-12, "the minimum");
    }

    [Fact]
    public void What_comes_out_of_a_transform_is_concrete()
    {
        Assert.True(Grad(x => x * x)(Number(2)).IsConcrete);
        Assert.True(Jvp((Tensor x) => x, Number(2), Number(1)) is { Value.IsConcrete: true, Tangent.IsConcrete: true });
        Assert.True(Vjp((Tensor x) => x, Number(2)).Value.IsConcrete);
        Assert.True(Vmap((Tensor x) => x)(Tensor.From([1.0])).IsConcrete);
    }

    [Fact]
    public void A_variable_is_gone_after_its_function()
    {
        Tensor? kept = null;
        Grad(x => kept = x * x)(Number(2));
        Assert.Equal("add: a variable (f64[]) of a gradient being taken was used after that function had returned. Return it from the function instead of keeping it in a field. (A static field that is first used while tracing is set there: use it once before.)",
            Messages.Of<StagingException>(() => _ = kept! + 1));
        Jvp((Tensor x) => kept = x * x, Number(2), Number(1));
        Assert.Equal("add: a variable (f64[]) of a forward derivative being taken was used after that function had returned. Return it from the function instead of keeping it in a field. (A static field that is first used while tracing is set there: use it once before.)",
            Messages.Of<StagingException>(() => Grad(x => kept! + x)(Number(1))));
        Vmap((Tensor x) => kept = x * x)(Tensor.From([1.0]));
        Assert.Equal("add: a variable (f64[]) of a function mapped by Vmap was used after that function had returned. Return it from the function instead of keeping it in a field. (A static field that is first used while tracing is set there: use it once before.)",
            Messages.Of<StagingException>(() => _ = kept! + 1));
    }

    [Fact]
    public void A_variable_stays_on_its_thread()
    {
        var said = "";
        Grad(x =>
        {
            var thread = new Thread(() => said = Messages.Of<StagingException>(() => _ = x + 1));
            thread.Start();
            thread.Join();
            return x;
        })(Number(2));
        Assert.Equal("add: a variable (f64[]) of a gradient being taken was used on another thread. A traced function runs on one thread: no Task or Parallel.For inside it; use Vmap.", said);
    }

    [Fact]
    public void A_variable_of_an_inner_function_is_not_one_of_the_outer() =>
        Assert.Equal("mul: a variable (f64[]) of a gradient being taken was used after that function had returned. Return it from the function instead of keeping it in a field. (A static field that is first used while tracing is set there: use it once before.)", Messages.Of<StagingException>(() => Grad(x =>
        {
            Tensor? kept = null;
            Grad(y => kept = x * y)(Number(1));
            return kept! * x;
        })(Number(2))));
}
