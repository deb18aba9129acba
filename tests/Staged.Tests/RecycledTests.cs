using System.Runtime.CompilerServices;

namespace StagedDiff.Tests;

/// <summary>Large arrays are handed out again once their tensors are gone, and never while somebody may look at them.</summary>
public class RecycledTests
{
    const int N = 100_000;

    [Fact]
    public void Eager_steps_on_large_tensors_allocate_no_data_in_the_end()
    {
        var x = Tensor.Full([N], 2.0f);
        for (int i = 0; i < 300; i++) Step(x);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 300; i++) Step(x);
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(bytes < 300L * N * 4, $"{bytes} bytes: each of the 300 steps makes {4 * N * 4}.");
    }

    [Fact]
    public void A_jitted_result_that_is_dropped_is_used_again()
    {
        var x = Tensor.Full([N], 2.0f);
        var f = Fn.Jit((Tensor x) => Tensor.Exp(x) * x);
        for (int i = 0; i < 500; i++) f(x);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 500; i++) f(x);
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(bytes < 500L * N * 2, $"{bytes} bytes: each of the 500 results takes {N * 4}.");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static float Step(Tensor x) => (x * x + Tensor.Sqrt(x) - x)[0].Item<float>();

    [Fact]
    public void What_is_still_held_keeps_its_values()
    {
        var x = Tensor.Full([N], 1.0f);
        var kept = new List<Tensor>();
        for (int i = 0; i < 400; i++)
        {
            var y = x * i;
            if (i % 10 == 0) kept.Add(y);
        }
        for (int k = 0; k < kept.Count; k++) Assert.Equal(10f * k, kept[k].ToArray<float>()[N - 1]);
    }

    [Fact]
    public void A_span_outlives_its_tensor()
    {
        var span = Made(7);
        for (int i = 0; i < 400; i++) Made(i);
        Assert.Equal(-1, span.IndexOfAnyExcept(7f));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static ReadOnlySpan<float> Made(int number) => (Tensor.Full([N], 1.0f) * number).AsSpan<float>();

    [Fact]
    public void A_donated_array_belongs_to_the_result()
    {
        var step = Fn.Jit((Tensor x) => x + 1, new() { Donate = [0] });
        var x = Tensor.Full([N], 0.0f) * 1;
        for (int i = 0; i < 400; i++)
        {
            x = step(x);
            _ = x * 2;
        }
        Assert.All(x.ToArray<float>(), v => Assert.Equal(400, v));
    }

    [Fact]
    public void Threads_share_what_was_freed()
    {
        Parallel.For(0, 4, t =>
        {
            var x = Tensor.Full([N], (float)t);
            for (int i = 0; i < 100; i++)
            {
                var y = (x + i) * 2;
                Assert.Equal((t + i) * 2f, y[N - 1].Item<float>());
            }
        });
    }
}
