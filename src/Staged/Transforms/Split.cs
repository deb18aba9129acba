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
        // What only moves data is done again rather than saved: a broadcast is cheaper than its result.
        var moves = known.Where(n => n.Op is MapOp { IsFree: true }).ToDictionary(n => n.Outputs[0]);
        var again = new List<Node>();
        var needed = new Stack<Tensor>(rest.SelectMany(n => n.Inputs).Concat(f.Outputs.Where((_, i) => unknownOut[i])));
        while (needed.TryPop(out var t))
            if (moves.Remove(t, out var move))
            {
                again.Add(move);
                foreach (var x in move.Inputs) needed.Push(x);
            }
        var own = again.Select(n => n.Outputs[0]).ToHashSet();
        rest = [.. known.Where(n => own.Contains(n.Outputs.FirstOrDefault()!)), .. rest];
        Tensor[] restOut = [.. f.Outputs.Where((_, i) => unknownOut[i])];
        Tensor[] residuals = [.. rest.SelectMany(n => n.Inputs).Concat(restOut).Where(t => !t.IsLiteral && !open.Contains(t) && !own.Contains(t)).Distinct()];
        return (new([.. f.Inputs.Where((_, i) => !unknown[i])], [.. known], [.. f.Outputs.Where((_, i) => !unknownOut[i]), .. residuals]),
                new([.. residuals, .. f.Inputs.Where((_, i) => unknown[i])], [.. rest], restOut), residuals);
    }
}
