using System.Reflection;
using System.Runtime.CompilerServices;
using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>What is kept, and for how long: the collector alone decides, and nothing here holds on to a user's objects.</summary>
public class LifetimeTests
{
    [Theory]
    [InlineData(typeof(Tensor)), InlineData(typeof(Nn))]
    public void No_type_has_a_finalizer(Type any) => Assert.DoesNotContain(
        any.Assembly.GetTypes(), t => t.GetMethod("Finalize", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly) is not null);

    static void AreCollected(params WeakReference[] held)
    {
        for (int i = 0; i < 10 && held.Any(h => h.IsAlive); i++)
        {
            GC.Collect();
            Thread.Sleep(1);
        }
        Assert.DoesNotContain(true, held.Select(h => h.IsAlive));
    }

    // In methods of their own, so that no variable of the test's holds on to anything.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static WeakReference[] Jitted()
    {
        var w = Tensor.Ones(3) * 2;
        Func<Tensor, Tensor> f = x => x * w;
        var jitted = Jit(f);
        jitted(Tensor.Ones(3));
        jitted(Tensor.Ones(1));
        return [new(w), new(f), new(jitted)];
    }

    [Fact]
    public void The_traces_of_a_function_live_as_long_as_the_function() => AreCollected(Jitted());

    [MethodImpl(MethodImplOptions.NoInlining)]
    static WeakReference[] Differentiated()
    {
        Tensor x = Tensor.Ones(3) * 2, big = Tensor.Ones(1000) * 3;
        var (value, gradient) = ValueAndGrad((Tensor x) => (x * big.Sum()).Sum())(x);
        kept = [value, gradient];
        return [new(x), new(big)];
    }

    static Tensor[] kept = [];

    [Fact]
    public void What_a_gradient_returns_holds_none_of_what_it_was_computed_from()
    {
        AreCollected(Differentiated());
        Assert.Equal(3000, kept[1][0].Item<float>());
    }

    [Fact]
    public void A_copy_is_independent_and_what_wraps_an_array_is_not()
    {
        var data = new[] { 1f, 2 };
        Tensor copy = Tensor.From(data), view = Tensor.Wrap(data, 2);
        data[0] = 7;
        Assert.Equal((1f, 7f), (copy[0].Item<float>(), view[0].Item<float>()));
    }

    [Fact]
    public void Donation_overwrites_only_memory_that_nobody_else_looks_at()
    {
        var step = Jit((Tensor x) => x * 2, new() { Donate = [0] });
        var data = new[] { 1f, 2 };
        step(Tensor.Wrap(data, 2));
        Assert.Equal([1, 2], data);
        Tensor x = Tensor.Ones(4) + 0, part = x[1..3], column = x.Reshape(4, 1);
        step(x);
        Assert.Throws<StagingException>(() => x.ToArray<float>());
        Assert.Equal([1, 1, 1, 1, 1, 1], [.. part.ToArray<float>(), .. column.ToArray<float>()]);
    }

    [Fact]
    public void A_donated_argument_may_come_back()
    {
        var f = Jit((Tensor x, Tensor y) => (x, x + y, y), new() { Donate = [0] });
        Tensor x = Tensor.Ones(2) + 0, y = Tensor.Ones(2);
        var (same, sum, other) = f(x, y);
        Assert.Equal([1, 1, 2, 2, 1, 1], [.. same.ToArray<float>(), .. sum.ToArray<float>(), .. other.ToArray<float>()]);
        Assert.Throws<StagingException>(() => x.ToArray<float>());
        (same, sum, _) = f(same, y);
        Assert.Equal([1, 1, 2, 2], [.. same.ToArray<float>(), .. sum.ToArray<float>()]);
    }
}
