
namespace StagedDiff.Tests;

/// <summary>Alone, because the process has one team: a test that finds it busy would test nothing.</summary>
[CollectionDefinition("Threads", DisableParallelization = true)]
public sealed class Alone;

/// <summary>The team calls every chunk once, on no more threads than asked for, and never deadlocks.</summary>
[Collection("Threads")]
public sealed class ThreadTests
{
    [Theory]
    [InlineData(1, 10), InlineData(2, 0), InlineData(2, 1), InlineData(2, 2), InlineData(3, 7), InlineData(8, 100), InlineData(2, 200_000)]
    public void Every_chunk_runs_once(int threads, int chunks)
    {
        for (int round = 0; round < 50; round++)
        {
            var calls = new int[chunks];
            Team.Run(threads, chunks, i => Interlocked.Increment(ref calls[i]));
            Assert.All(calls.Distinct(), n => Assert.Equal(1, n));
        }
    }

    [Theory]
    [InlineData(2), InlineData(3), InlineData(8)]
    public void All_threads_asked_for_come_even_beyond_the_cores(int threads)
    {
        using var all = new Barrier(threads);
        Team.Run(threads, threads, _ => Assert.True(all.SignalAndWait(TimeSpan.FromSeconds(30))));
    }

    [Fact]
    public void No_more_threads_come_than_asked_for()
    {
        Team.Run(8, 8, _ => Thread.Sleep(1));
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<int, bool>();
        for (int round = 0; round < 20; round++)
        {
            seen.Clear();
            Team.Run(2, 20, _ => seen[Environment.CurrentManagedThreadId] = true);
            Assert.InRange(seen.Count, 1, 2);
        }
    }

    [Fact]
    public void One_thread_runs_in_order_on_the_caller()
    {
        var order = new List<int>();
        Team.Run(1, 5, order.Add);
        Assert.Equal([0, 1, 2, 3, 4], order);
    }

    [Fact]
    public void A_run_inside_a_body_runs_there()
    {
        int calls = 0;
        Team.Run(3, 10, _ =>
        {
            int thread = Environment.CurrentManagedThreadId;
            Team.Run(3, 10, _ =>
            {
                Assert.Equal(thread, Environment.CurrentManagedThreadId);
                Interlocked.Increment(ref calls);
            });
        });
        Assert.Equal(100, calls);
    }

    [Fact]
    public void Callers_at_the_same_time_all_finish()
    {
        long sum = 0;
        var callers = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (int round = 0; round < 2000; round++) Team.Run(3, 8, i => Interlocked.Add(ref sum, i));
        })).ToList();
        callers.ForEach(t => t.Start());
        Assert.All(callers, t => Assert.True(t.Join(TimeSpan.FromSeconds(60))));
        Assert.Equal(4L * 2000 * 28, sum);
    }

    [Fact]
    public void An_exception_reaches_the_caller_after_all_calls_ended_and_the_team_lives_on()
    {
        for (int round = 0; round < 200; round++)
        {
            int running = 0;
            Assert.Throws<InvalidOperationException>(() => Team.Run(3, 20, i =>
            {
                Interlocked.Increment(ref running);
                try
                {
                    Thread.SpinWait(100);
                    if (i == 7) throw new InvalidOperationException();
                }
                finally
                {
                    Interlocked.Decrement(ref running);
                }
            }));
            Assert.Equal(0, running);
        }
        Every_chunk_runs_once(3, 20);
    }
}
