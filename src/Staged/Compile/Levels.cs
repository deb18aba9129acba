using System.Collections.Immutable;

namespace StagedDiff;

/// <summary>
/// The loops of a nest, outermost first with the pass axis innermost, and where in them each value is computed: at the level where all
/// that it reads is known. Level 0 is before all loops, level k inside the first k.
/// </summary>
sealed class Levels(Nest nest)
{
    readonly Dictionary<Value, int> levels = [], stages = [];

    /// <summary>The axes that run outside of the pass axis, outermost first.</summary>
    public int[] Order { get; } = [.. Enumerable.Range(0, nest.Extents.Length).Where(a => a != nest.Pass)];

    /// <summary>The level inside all loops, that of the pass axis included.</summary>
    public int Inner => Order.Length + 1;

    /// <summary>The level inside the loop over an axis.</summary>
    public int Of(int axis) => axis == nest.Pass ? Inner : Array.IndexOf(Order, axis) + 1;

    public int Of(Affine a) => Math.Max(a.Loops.Select(t => Of(t.Variable)).DefaultIfEmpty(0).Max(), a.Computed.Select(t => Of(t.Value)).DefaultIfEmpty(0).Max());

    public int Of(Value v) => levels.TryGetValue(v, out int known) ? known : levels[v] = v switch
    {
        Folded => Order.Length,
        Load l => Math.Max(Of(l.At), l.Guard is null ? 0 : Of(l.Guard)),
        Counter c => Of(c.At),
        Apply a => Deepest(a.X),
        _ => 0,
    };

    int Deepest(ImmutableArray<Value> x)
    {
        int level = 0;
        foreach (var v in x) level = Math.Max(level, Of(v));
        return level;
    }

    /// <summary>How many passes come before the one that can compute this value.</summary>
    public int StageOf(Value v) => stages.TryGetValue(v, out int known) ? known
        : stages[v] = v is Folded f ? StageOf(f.Term) + 1 : v.Operands.Select(StageOf).DefaultIfEmpty(0).Max();

    /// <summary>How often a call computes a value of a level, where the extents are known.</summary>
    public double Runs(int level) => Order.Take(level).Aggregate(level == Inner ? (double)nest.Extents[nest.Pass].Value : 1, (n, a) => n * nest.Extents[a].Value);

    /// <summary>The weight of the distinct values at or below a level that some values need.</summary>
    public int Weight(IEnumerable<Value> roots, int level, Lanes lanes)
    {
        var seen = new HashSet<Value>();
        void Visit(Value v)
        {
            if (v is Literal || v is Folded && nest.Pass == nest.Extents.Length - 1 || Of(v) < level || !seen.Add(v)) return;
            foreach (var x in v.Operands) Visit(x);
        }
        foreach (var v in roots) Visit(v);
        return seen.Sum(v => v is Apply a ? lanes.WeightOf(a.Fun) : 1);
    }
}
