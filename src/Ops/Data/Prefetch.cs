using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace StagedDiff;

public static partial class Data
{
    /// <summary>The same items in the same order, made ahead of time on another thread while the caller works.</summary>
    /// <param name="items">What to make; it is enumerated on the other thread.</param>
    /// <param name="ahead">How many may wait.</param>
    /// <returns>An exception of the source is thrown where its item would have come. Leaving the loop early stops the source.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one may wait.</exception>
    public static IEnumerable<T> Prefetch<T>(IEnumerable<T> items, int ahead = 2)
    {
        if (ahead < 1) throw new ArgumentOutOfRangeException(nameof(ahead), $"Prefetch: expected at least one item ahead, got {ahead}.{Caller.Line()}");
        return Waiting();

        IEnumerable<T> Waiting()
        {
            using var waiting = new BlockingCollection<T>(ahead);
            using var stop = new CancellationTokenSource();
            ExceptionDispatchInfo? error = null;
            var source = new Thread(Make) { IsBackground = true, Name = "Data.Prefetch" };
            source.Start();
            try
            {
                foreach (var item in waiting.GetConsumingEnumerable()) yield return item;
                error?.Throw();
            }
            finally
            {
                stop.Cancel();
                source.Join();
            }

            void Make()
            {
                try
                {
                    foreach (var item in items) waiting.Add(item, stop.Token);
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
                catch (Exception e) { error = ExceptionDispatchInfo.Capture(e); }
                finally { waiting.CompleteAdding(); }
            }
        }
    }
}
