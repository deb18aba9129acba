using System.Collections.Immutable;

namespace StagedDiff;

/// <summary>Nests with fewer axes: those that run once go, those that all accesses walk as one become one.</summary>
static class Simplify
{
    public static Nest Axes(Nest nest)
    {
        for (int k = nest.Extents.Length - 1; k >= 0; k--)
            if (k != nest.Pass && nest.Extents[k] == 1) nest = Rewrite(nest, k, i => i == k ? Affine.Zero : Affine.Loop(i > k ? i - 1 : i), nest.Extents.RemoveAt(k));
        for (int k = nest.Extents.Length - 2; k >= 0; k--)
            if (k != nest.Pass && k + 1 != nest.Pass && Affines(nest).All(a => a.Factor(k) == a.Factor(k + 1) * nest.Extents[k + 1]))
                nest = Rewrite(nest, k, i => i == k ? Affine.Zero : Affine.Loop(i > k ? i - 1 : i), nest.Extents.RemoveAt(k).SetItem(k, nest.Extents[k] * nest.Extents[k + 1]));
        return nest;
    }

    /// <summary>The nest without axis k: its share of every address goes, by merging or because the axis runs once.</summary>
    static Nest Rewrite(Nest nest, int k, Func<int, Affine> loop, ImmutableArray<Extent> extents)
    {
        var done = new Dictionary<Value, Value>();
        Affine At(Affine a) => a.Rewrite(loop, v => v);
        return new(extents, nest.Pass > k ? nest.Pass - 1 : nest.Pass,
            [.. nest.Stores.Select(s => new Store(s.Buffer, At(s.At.Rewrite(Affine.Loop, v => Values.Rewrite(v, done, At))), Values.Rewrite(s.Value, done, At), s.Down))],
            nest.Buffers, nest.Lead > k ? nest.Lead - 1 : nest.Lead);
    }

    /// <summary>Every address and index in a nest.</summary>
    static List<Affine> Affines(Nest nest)
    {
        var found = new List<Affine>();
        var seen = new HashSet<Value>();
        void Visit(Value v)
        {
            if (!seen.Add(v)) return;
            if (v is Load l) found.Add(l.At);
            if (v is Counter c) found.Add(c.At);
            foreach (var x in v.Operands) Visit(x);
        }
        foreach (var s in nest.Stores)
        {
            found.Add(s.At);
            Visit(s.Value);
            foreach (var (v, _) in s.At.Computed) Visit(v);
        }
        return found;
    }

    /// <summary>A value and all that it is computed from.</summary>
    public static HashSet<Value> All(Value root)
    {
        var seen = new HashSet<Value>();
        void Visit(Value v)
        {
            if (!seen.Add(v)) return;
            foreach (var x in v.Operands) Visit(x);
        }
        Visit(root);
        return seen;
    }
}
