using static StagedDiff.Fn;

namespace StagedDiff.Tests;

public class ConcurrencyTests
{
    static Tensor T(params float[] x) => Tensor.From(x);

    /// <summary>Runs f on many threads at once; what one throws is thrown here.</summary>
    static void OnThreads(int count, Action<int> f)
    {
        using var start = new Barrier(count);
        Exception? error = null;
        Thread[] threads = [.. Enumerable.Range(0, count).Select(i => new Thread(() =>
        {
            try { start.SignalAndWait(); f(i); }
            catch (Exception e) { error = e; }
        }))];
        foreach (var t in threads) t.Start();
        foreach (var t in threads) t.Join();
        if (error is not null) throw new InvalidOperationException("A thread failed.", error);
    }

    const string OtherThread = "mul: a variable (f32[1]) of the jitted function a lambda in {0} was used on another thread. "
        + "A traced function runs on one thread: no Task or Parallel.For inside it; use Vmap.";

    [Fact]
    public void A_task_inside_a_traced_function_is_an_error() => Assert.Equal(string.Format(OtherThread, nameof(A_task_inside_a_traced_function_is_an_error)),
        Messages.Of<StagingException>(() => Jit((Tensor x) =>
        {
            // Waiting for the task to begin keeps it off this thread.
            using var begun = new ManualResetEventSlim();
            var task = Task.Run(() => { begun.Set(); return x * 2; });
            begun.Wait();
            return task.GetAwaiter().GetResult();
        })(T(1))));

    [Fact]
    public void Parallel_loops_inside_a_traced_function_are_an_error()
    {
        // Two iterations that wait for one another run on two threads.
        using var both = new Barrier(2);
        var error = Assert.Throws<AggregateException>(() => Jit((Tensor x) =>
        {
            Parallel.For(0, 2, i => { both.SignalAndWait(); _ = x * i; });
            return x;
        })(T(1)));
        Assert.IsType<StagingException>(error.InnerException);
    }

    [Fact]
    public void A_lazy_result_is_an_error() => Assert.Throws<TreeException>(() => Jit((Tensor x) => Enumerable.Range(0, 3).Select(i => x * i))(T(1)));

    [Fact]
    public void Threads_that_call_first_at_once_trace_once()
    {
        int traces = 0;
        var f = Jit((Tensor x) => { Interlocked.Increment(ref traces); Thread.Sleep(20); return x * x; });
        OnThreads(2, i => Assert.Equal(i * i, f(T(i)).Item<float>()));
        Assert.Equal(1, traces);
    }

    [Fact]
    public void Functions_that_call_one_another_do_not_lock_each_other_out()
    {
        Func<Tensor, int, Tensor> f = null!, g = null!;
        f = Jit((Tensor x, int n) => { Thread.Sleep(5); return n == 0 ? x : g(x, n - 1) + 1; });
        g = Jit((Tensor x, int n) => { Thread.Sleep(5); return n == 0 ? x : f(x, n - 1) + 2; });
        OnThreads(2, i => Assert.Equal(i == 0 ? 4 : 5, (i == 0 ? f : g)(T(0), 3).Item<float>()));
    }

    [Fact]
    public void A_jitted_function_that_calls_itself_is_an_error()
    {
        Func<Tensor, Tensor> f = null!;
        f = Jit((Tensor x) => f(x) + 1);
        Assert.Equal("Jit: a lambda in A_jitted_function_that_calls_itself_is_an_error calls itself with arguments of the same types, so tracing it would never end. "
            + "Give it a static argument that ends it, such as a counter of type int; a recursion that ends by the value of a tensor runs without Jit.", Messages.Of<StagingException>(() => f(T(1))));
    }

    [Fact]
    public void Recursion_over_a_static_argument_ends()
    {
        Func<Tensor, int, Tensor> power = null!;
        power = Jit((Tensor x, int n) => n == 0 ? x * 0 + 1 : power(x, n - 1) * x);
        Assert.Equal(8, power(T(2), 3).Item<float>());
    }

    [Fact]
    public void Many_threads_with_two_signatures_give_the_same_bits()
    {
        int traces = 0;
        var f = Jit((Tensor x, Tensor w) => { Interlocked.Increment(ref traces); return (Tensor.Tanh(x * w + 0.1), (x * w).Sum()); });
        Tensor[] xs = [Tensor.Arange(0, 1000) / 1000.0, Tensor.Arange(0, 77) / 77.0];
        var w = Tensor.From(1.3f);
        var expected = Array.ConvertAll(xs, x => f(x, w).Item1.ToArray<float>());
        OnThreads(64, i =>
        {
            for (int k = 0; k < 20; k++) Assert.Equal(expected[(i + k) % 2], f(xs[(i + k) % 2], w).Item1.ToArray<float>());
        });
        Assert.Equal(2, traces);
    }

    [Fact]
    public void Training_beside_a_busy_collector_gives_the_same_bits()
    {
        var step = Jit((Tensor w, Tensor x) => w - Grad((Tensor w) => (Tensor.Tanh(w * x) - 0.5).Sum())(w) * 0.01, new() { Donate = [0] });
        var x = Tensor.Arange(0, 500) / 500.0;
        float[] Train()
        {
            var w = x + 1;
            for (int i = 0; i < 200; i++) w = step(w, x);
            return w.ToArray<float>();
        }
        var expected = Train();
        bool done = false;
        // The pause leaves the others a processor: without it this measures the scheduler.
        var collector = new Thread(() => { while (!Volatile.Read(ref done)) { GC.Collect(); Thread.Sleep(1); } });
        collector.Start();
        try { OnThreads(4, _ => Assert.Equal(expected, Train())); }
        finally
        {
            Volatile.Write(ref done, true);
            collector.Join();
        }
    }
}
