namespace StagedDiff;

/// <summary>A compiled graph: a flat list of kernels over buffers planned once.</summary>
sealed class Program
{
    /// <summary>Compiles a closed graph. Extents may be symbols; they get their values from the operands of each call.</summary>
    public static Program Compile(Graph graph, JitOptions options) => throw new InvalidOperationException();

    /// <summary>
    /// Runs on concrete operands, one for each input of the graph. Operands marked in <paramref name="donated"/> may be overwritten and are
    /// gone afterwards. Safe on any number of threads at once.
    /// </summary>
    public Tensor[] Run(Tensor[] x, bool[]? donated = null) => throw new InvalidOperationException();

    /// <summary>Kernels with what was fused in each, buffers, copies: as text.</summary>
    public string Explain() => throw new InvalidOperationException();
}
