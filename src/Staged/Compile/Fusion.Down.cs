namespace StagedDiff;

// Folds down the leading axes of a nest whose rows are folded: the sums of a gradient by a gain or a bias, beside the gradient by the rows. Each is a
// row of accumulators that stays in the first cache, and nothing else in the nest reads it.
sealed partial class Fusion
{
    /// <summary>Elements below which nests stay apart: small ones become one delegate, and all they touch stays in the first cache.</summary>
    const long FewElements = 1 << 12;
    /// <summary>Elements from which threads would share the rows, and rows from which they still can.</summary>
    const long ManyElements = 1 << 20, ManyRows = 4 * Schedule.RowBlock;
    /// <summary>Bytes of accumulators in one block of rows.</summary>
    const long MostBytes = 1 << 15;

    /// <summary>What a fold over the first axis folds, and how many leading axes of that: several where they were merged to be folded as one.</summary>
    (Tensor Term, int Lead)? Descending(Node node)
    {
        if (node.Op is not FoldOp fold) return null;
        var x = node.Inputs[0];
        int[] axes = Running(x.Shape);
        if (!x.Shape.IsConstant || x.DType.Size() < 4 || axes.Length < 2 || axes[0] != fold.Axis || x.IsLiteral) return null;
        if (IsFree(x) && Source(x) is { Op: Reshape } move && Merged(move.Inputs[0].Shape, x.Shape) is { } lead) return (move.Inputs[0], lead);
        return (x, 1);
    }

    /// <summary>How many leading axes of a shape are the first axis of another, where all others are the same; null where that is not so.</summary>
    static int? Merged(Shape from, Shape to)
    {
        Extent[] x = Extents(from, Running(from)), y = Extents(to, Running(to));
        int lead = x.Length - y.Length + 1;
        if (lead < 1 || !x.AsSpan(lead).SequenceEqual(y.AsSpan(1))) return null;
        return x.Take(lead).Aggregate(1L, (n, e) => n * e.Value) == y[0].Value ? lead : null;
    }

    /// <summary>
    /// Folds that may go down a nest, and wait for it: the folds over rows that make one may come after them. Whoever reads one ends its wait.
    /// </summary>
    readonly OrderedDictionary<Tensor, Node> waiting = [];

    /// <summary>Has those of some tensors computed that still wait.</summary>
    void Settle(IEnumerable<Tensor> tensors)
    {
        foreach (var t in tensors)
            if (waiting.Remove(t, out var node) && !JoinDown(node)) JoinNest(node);
    }

    bool JoinDown(Node node)
    {
        if (Descending(node) is not var (term, lead)) return false;
        var (uses, weight) = Reads(term);
        int[] axes = Running(term.Shape);
        Extent[] space = Extents(term.Shape, axes);
        foreach (var g in uses.Select(u => readers.GetValueOrDefault(u.Source)).OfType<Group>().Union(Candidates(uses, [.. space])))
        {
            if (!space.AsSpan().SequenceEqual(g.Space) || g.Pass != space.Length - 1 || g.Pass < lead || g.Down.Count > 0 && g.Lead != lead) continue;
            if (g.Weight + weight > WeightCap || !HasRoom(g, node, lead) || uses.Any(u => g.Holds(u.Source) && !IsHere(u, g, axes, g.Loops(true)))) continue;
            if (ComesBefore(g, uses)) continue;
            g.Lead = lead;
            g.Down[node.Outputs[0]] = term;
            Enter(g, node, uses, weight);
            return true;
        }
        return false;
    }

    static bool HasRoom(Group g, Node node, int lead)
    {
        long elements = g.Space.Aggregate(1L, (n, e) => n * e.Value), rows = g.Space.Take(lead).Aggregate(1L, (n, e) => n * e.Value);
        var y = node.Outputs[0];
        return elements >= FewElements && (elements < ManyElements || rows >= ManyRows) && g.Down.Keys.Append(y).Distinct().Sum(t => t.Shape.Size * t.DType.Size()) <= MostBytes;
    }
}
