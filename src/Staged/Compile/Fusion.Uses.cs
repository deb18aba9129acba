namespace StagedDiff;

// What nodes read, and how much they compute.
sealed partial class Fusion
{
    /// <summary>What one node reads: sources that are in memory or computed by a group, each with its index in the node's own loops.</summary>
    readonly record struct Use(Tensor Source, Affine[] Index, bool Guarded);

    /// <summary>What a node reads and how much it computes. Nodes that are alike to their leaves are asked once.</summary>
    (Use[] Uses, int Weight) Uses(Node node)
    {
        leaves.Clear();
        pattern.Clear();
        Describe(node, leaves, pattern);
        if (!patterns.TryGetValue(pattern, out var known))
        {
            patterns[pattern] = known = Found(node);
            pattern = new();
        }
        var all = new Use[known.Uses.Length];
        for (int k = 0; k < all.Length; k++) all[k] = new(leaves[known.Uses[k].Leaf], known.Uses[k].Index, known.Uses[k].Guarded);
        return (all, known.Weight);
    }

    ((int Leaf, Affine[] Index, bool Guarded)[], int) Found(Node node)
    {
        var (uses, weight) = FindUses(node);
        return ([.. uses.Select(u => (leaves.IndexOf(u.Source), u.Index, u.Guarded))], weight);
    }

    // Of the node that is asked for.
    readonly List<Tensor> leaves = [];
    Pattern pattern = new();

    readonly Dictionary<Pattern, ((int Leaf, Affine[] Index, bool Guarded)[] Uses, int Weight)> patterns = [];

    /// <summary>Ops and types of a tree of nodes down to its leaves, with value equality.</summary>
    sealed class Pattern : IEquatable<Pattern>
    {
        readonly List<(Op? Op, TensorType Type, int Leaf)> items = [];
        HashCode hash;

        public void Clear()
        {
            items.Clear();
            hash = default;
        }

        public void Add(Op? op, TensorType type, int leaf)
        {
            items.Add((op, type, leaf));
            hash.Add(op);
            hash.Add(type);
            hash.Add(leaf);
        }

        public bool Equals(Pattern? o)
        {
            if (o is null || items.Count != o.items.Count) return false;
            for (int k = 0; k < items.Count; k++)
                if (items[k].Leaf != o.items[k].Leaf || items[k].Type != o.items[k].Type || !(items[k].Op?.Equals(o.items[k].Op) ?? o.items[k].Op is null)) return false;
            return true;
        }
        public override bool Equals(object? o) => Equals(o as Pattern);
        public override int GetHashCode() => hash.ToHashCode();
    }

    void Describe(Node node, List<Tensor> leaves, Pattern pattern)
    {
        pattern.Add(node.Op, node.Outputs[0].Type, -1);
        foreach (var t in node.Inputs)
        {
            if (!t.IsLiteral && IsFree(t))
            {
                Describe(Source(t)!, leaves, pattern);
                continue;
            }
            int leaf = t.IsLiteral ? -2 : leaves.IndexOf(t);
            if (leaf == -1)
            {
                leaf = leaves.Count;
                leaves.Add(t);
            }
            pattern.Add(null, t.Type, leaf);
        }
    }

    (Use[] Uses, int Weight) FindUses(Node node) => Find(node.Outputs[0].DType, leaf => node.Op is FoldOp fold
        ? At(node.Inputs[0], Identity(node.Inputs[0].Shape, fold.Axis), null, leaf) : Compute(node, Identity(node.Outputs[0].Shape), null, leaf));

    /// <summary>What the elements of a tensor read.</summary>
    (Use[] Uses, int Weight) Reads(Tensor t) => Find(t.DType, leaf => At(t, Identity(t.Shape), null, leaf));

    static (Use[] Uses, int Weight) Find(DType type, Func<Func<Tensor, Affine[], Value?, Value>, Value> value)
    {
        using var values = new Values();
        var uses = new List<Use>();
        value((t, i, guard) =>
        {
            uses.Add(new(t, i, guard is not null));
            return Values.Load(t.DType, uses.Count - 1, Affine.Zero, guard);
        });
        // Numbers of 8 bytes take two registers, and with 256 bits a body is written twice: as 240 they would be more locals than the JIT tracks.
        return ([.. uses], type.Size() == 8 ? values.Count * 3 / 2 : values.Count);
    }
}
