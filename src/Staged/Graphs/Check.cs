using System.Diagnostics;

namespace StagedDiff;

/// <summary>What is true of every graph; run in debug builds and tests.</summary>
static class Check
{
    [Conditional("DEBUG")]
    public static void Debug(Graph graph) => Closed(graph);

    /// <summary>Throws where a graph is not closed, not in order, or a result's type is not what its op infers.</summary>
    public static void Closed(Graph graph)
    {
        var known = new HashSet<Tensor>(graph.Inputs);
        void Read(Tensor t, string reader)
        {
            if (!t.IsLiteral && !known.Contains(t)) throw new InvalidOperationException($"{reader} reads a variable that is no input and not yet computed.");
        }
        foreach (var node in graph.Nodes)
        {
            foreach (var t in node.Inputs) Read(t, node.Op.Name);
            var types = node.Op.Infer(Array.ConvertAll(node.Inputs, t => t.Type));
            if (!types.SequenceEqual(node.Outputs.Select(t => t.Type))) throw new InvalidOperationException($"{node.Op.Name} has results of other types than it infers.");
            known.UnionWith(node.Outputs);
        }
        foreach (var t in graph.Outputs) Read(t, "the result");
    }
}
