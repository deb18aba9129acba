using System.Collections.Concurrent;

namespace StagedDiff;

/// <summary>A compiled nest, shared by all programs whose nests read alike.</summary>
sealed class LoopKernel
{
    const int MostKernels = 8192;
    static readonly ConcurrentDictionary<(Lanes, string), LoopKernel> cache = new();
    static int compiled;

    readonly Action<long, long, long> code;

    LoopKernel(Nest nest, Lanes lanes)
    {
        (code, Symbols) = Emit.Compile(nest, lanes, $"staged_{Interlocked.Increment(ref compiled)}");
    }

    /// <summary>How many nests were compiled in this process.</summary>
    public static int Compiled => compiled;

    /// <summary>The symbols whose values follow the addresses in the table.</summary>
    public string[] Symbols { get; }

    /// <summary>The kernel of a nest. Inside the <see cref="Values"/> scope of its values.</summary>
    public static LoopKernel Of(Nest nest)
    {
        if (cache.Count > MostKernels) cache.Clear();
        return cache.GetOrAdd((Lanes.Best, Simplify.Text(nest)), key => new(nest, key.Item1));
    }

    public unsafe void Run(long* table, long start, long end) => code((long)table, start, end);
}
