using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>What runs while a program runs may run the same program: each call has its own memory.</summary>
[Collection(nameof(LiveTests))]     // writes to the console
public class ReentryTests
{
    /// <summary>A console that does something at each line.</summary>
    sealed class Listener(Action<string> heard) : StringWriter
    {
        public override void WriteLine(string? line) => heard(line!);
    }

    static void Listening(Action<string> heard, Action f)
    {
        var console = Console.Out;
        Console.SetOut(new Listener(heard));
        try { f(); }
        finally { Console.SetOut(console); }
    }

    static readonly Tensor w = Tensor.Linspace(-1, 1, 900).Reshape(30, 30);

    /// <summary>Holds temporaries on both sides of an effect.</summary>
    static Tensor Chained(Tensor x)
    {
        var y = x.MatMul(w);
        Print("y", y.Sum());
        return (Tensor.Tanh(y).MatMul(w) * y).MatMul(w) + y;
    }

    static Tensor Rows(int seed) => Tensor.Linspace(seed, -seed, 600).Reshape(20, 30);

    [Fact]
    public void The_temporaries_are_there() =>
        Assert.DoesNotContain(" 0 bytes of temporaries", Stage(Chained, Rows(1)).Explain());

    [Theory]
    [InlineData(false), InlineData(true)]
    public void An_effect_may_call_the_program_that_it_is_an_effect_of(bool donate)
    {
        var f = Jit<Tensor, Tensor>(Chained, new() { Donate = donate ? [0] : [] });
        Tensor[] expected = [], got = [];
        Listening(_ => { }, () => expected = [.. Enumerable.Range(1, 4).Select(i => f(Rows(i)))]);
        int depth = 1;
        Listening(_ =>
        {
            if (depth < 4) got = [f(Rows(++depth)), .. got];
        }, () => got = [f(Rows(1)), .. got]);
        Numbers.SameBits(expected, got, "called from inside");
    }

    [Fact]
    public void An_effect_may_throw_and_the_program_runs_again()
    {
        var f = Jit<Tensor, Tensor>(Chained);
        Listening(_ => throw new TimeoutException(), () => Assert.Throws<TimeoutException>(() => f(Rows(1))));
        Listening(_ => { }, () => Numbers.SameBits([Chained(Rows(1))], [f(Rows(1))], "after an exception"));
    }

    [Fact]
    public void Threads_have_temporaries_of_their_own() => Listening(_ => Thread.Yield(), () =>
    {
        var f = Jit<Tensor, Tensor>(Chained);
        Tensor[] expected = [.. Enumerable.Range(0, 8).Select(i => f(Rows(i)))];
        var threads = Enumerable.Range(0, 8).Select(i => Task.Factory.StartNew(() => Enumerable.Range(0, 50).Select(_ => f(Rows(i))).ToArray(), TaskCreationOptions.LongRunning)).ToArray();
        for (int i = 0; i < 8; i++)
            foreach (var y in threads[i].Result) Numbers.SameBits([expected[i]], [y], $"thread {i}");
    });

    [Fact]
    public void Tracing_inside_of_an_effect_is_a_trace_of_its_own()
    {
        var inner = Tensor.From(0f);
        Listening(_ => inner = Jit((Tensor x) => Grad(y => y * y)(x))(3.0), () => Grad(x => { Print("x", x); return x * x; })(2.0));
        Assert.Equal(6f, (float)inner);
    }
}
