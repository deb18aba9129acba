using System.Collections.Concurrent;

namespace StagedDiff;

/// <summary>A compiled nest, or several in a row, shared by all programs whose nests read alike.</summary>
sealed unsafe class LoopKernel
{
    const int MostKernels = 8192;
    static readonly ConcurrentDictionary<(Lanes, string), LoopKernel> cache = new();
    static int compiled;

    readonly Action<long, long, long> code;

    LoopKernel(Action<long, long, long> code, string[] symbols) => (this.code, Symbols) = (code, symbols);

    /// <summary>How many kernels were compiled in this process.</summary>
    public static int Compiled => compiled;

    /// <summary>The symbols whose values follow the addresses in the table.</summary>
    public string[] Symbols { get; }

    /// <summary>The kernel of a nest, or of a piece of it.</summary>
    public static LoopKernel Of(Nest nest) => Of(nest, new(nest), Piece.Whole, []);

    /// <summary>
    /// The kernel of a nest with this text, or of a piece of it. The numbers of the literals in <paramref name="varying"/> (ascending) follow in the table
    /// the symbols and one more place: nests that differ in those alone have one kernel.
    /// </summary>
    public static LoopKernel Of(Nest nest, NestText text, Piece piece, int[] varying) => Of($"{piece} {text.Whole(varying)}", (lanes, name) =>
    {
        var (code, symbols) = Emit.Compile(nest, piece, lanes, name, Array.ConvertAll(varying, k => text.Literals[k]));
        return new(code, symbols);
    });

    /// <summary>One kernel for several nests of known extents, over one table that has the buffers of each at its slots.</summary>
    public static LoopKernel Of((NestText Text, Nest Nest, int[] Slots)[] nests) =>
        Of(string.Join('\n', nests.Select(n => $"{string.Join(',', n.Slots)}: {n.Text.Whole([])}")), (lanes, name) => new(Emit.Compile(nests.Select(n => (n.Nest, n.Slots)), lanes, name), []));

    static LoopKernel Of(string text, Func<Lanes, string, LoopKernel> compile)
    {
        if (cache.Count > MostKernels) cache.Clear();
        return cache.GetOrAdd((Lanes.Best, text), key => compile(key.Item1, $"staged_{Interlocked.Increment(ref compiled)}"));
    }

    /// <summary>Runs a part of the outermost loop.</summary>
    public void Run(long* table, long start, long end) => code((long)table, start, end);

    /// <summary>Runs all of several nests.</summary>
    public void Run(long* table) => code((long)table, 0, 0);
}
