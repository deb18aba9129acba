namespace StagedDiff;

// Folds down the leading axes of a nest whose rows are folded: the sums of a gradient by a gain or a bias, beside the gradient by the rows. Each is a
// row of accumulators that stays in the first cache, and nothing else in the nest reads it.
sealed partial class Fusion
{
    /// <summary>Elements below which nests stay apart: small ones become one delegate, and all they touch stays in the first cache.</summary>
    const long FewElements = 1 << 12;
    /// <summary>Rows from which threads still have blocks to share; and so many that their blocks would be combined in blocks.</summary>
    const long ManyRows = 4 * Schedule.RowBlock, MostRows = (long)Schedule.RowBlock * Schedule.RowBlock;
    /// <summary>Bytes of accumulators in one block of rows.</summary>
    const long MostBytes = 1 << 15;

    /// <summary>What a fold over the first axis folds, and how many leading axes of that: several where they were merged to be folded as one.</summary>
    (Tensor Term, int Lead)? Descending(Node node)
    {
        if (node.Op is not FoldOp fold) return null;
        var x = node.Inputs[0];
        int[] axes = Running(x.Shape);
        if (!x.Shape.IsConstant || x.DType.Size() < 4 || axes.Length < 2 || axes[0] != fold.Axis || x.IsLiteral) return null;
        if (x.Shape.Size < FewElements || x.Shape[axes[0]].Value > MostRows || Descent.Accumulators(Extents(x.Shape, axes).AsSpan(1)) * x.DType.Size() > MostBytes) return null;
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
            if (g.Weight + weight > WeightCap || !HasRoom(g, node, lead, weight) || uses.Any(u => g.Holds(u.Source) && !IsHere(u, g, axes, g.Loops(true)))) continue;
            if (ComesBefore(g, uses)) continue;
            g.Lead = lead;
            g.Down[node.Outputs[0]] = term;
            Enter(g, node, uses, weight);
            return true;
        }
        return false;
    }

    /// <summary>Whether a fold can go down a group: beside others of its size, and where that takes no rows from the threads.</summary>
    bool HasRoom(Group g, Node node, int lead, int weight)
    {
        var y = node.Outputs[0];
        long elements = Elements(g.Space), rows = Elements(g.Space[..lead]);
        bool shared = threads > 1 && (g.Weight + weight) * elements >= NestStep.SmallWork;
        return (!shared || lead == 1 && rows >= ManyRows) && g.Down.Keys.All(t => t.DType.Size() == y.DType.Size())
            && (g.Down.Count + 1) * Descent.Accumulators(g.Space.AsSpan(lead)) * y.DType.Size() <= MostBytes;
    }

    static long Elements(Extent[] space) => space.Aggregate(1L, (n, e) => n * e.Value);
}
