namespace StagedDiff;

/// <summary>A graph cut in two by what depends on some of its inputs.</summary>
static class Split
{
    /// <summary>
    /// Known: known inputs → outputs marked known, then residuals. Rest: residuals, unknown inputs → the other outputs.
    /// The halves share variables: nothing is renamed.
    /// </summary>
    public static (Graph Known, Graph Open, Tensor[] Residuals) By(Graph f, bool[] unknown, bool[] unknownOut)
    {
        var open = f.Inputs.Where((_, i) => unknown[i]).ToHashSet();
        List<Node> known = [], rest = [];
        foreach (var node in f.Nodes)
            if (node.Inputs.Any(open.Contains))
            {
                rest.Add(node);
                open.UnionWith(node.Outputs);
            }
            else known.Add(node);
        Tensor[] restOut = [.. f.Outputs.Where((_, i) => unknownOut[i])];
        Tensor[] residuals = [.. rest.SelectMany(n => n.Inputs).Concat(restOut).Where(t => !t.IsLiteral && !open.Contains(t)).Distinct()];
        return (new([.. f.Inputs.Where((_, i) => !unknown[i])], [.. known], [.. f.Outputs.Where((_, i) => !unknownOut[i]), .. residuals]),
                new([.. residuals, .. f.Inputs.Where((_, i) => unknown[i])], [.. rest], restOut), residuals);
    }
}
