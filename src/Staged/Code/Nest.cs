using System.Collections.Immutable;

namespace StagedDiff;

/// <summary>
/// Writes <paramref name="Value"/> to a buffer at an address in elements; with <paramref name="Down"/> what the value folds to down the leading axes
/// of the nest, which the address lacks.
/// </summary>
sealed record Store(int Buffer, Affine At, Value Value, FoldKind? Down = null);

/// <summary>
/// A loop nest. Loop variables 0 … Extents.Length−1, outermost first. With a <paramref name="Pass"/> axis the others run outside it, and
/// inside them the values are computed in as many passes over that axis as their folds need.
/// </summary>
/// <param name="Extents">How often each loop runs.</param>
/// <param name="Pass">The axis that folds run over; −1 when there is none.</param>
/// <param name="Stores">What is written: at every point, or once for all points of the pass axis where neither address nor value mentions it.</param>
/// <param name="Buffers">The element type of each buffer that loads and stores name.</param>
/// <param name="Lead">How many leading axes are folded down by stores that do so; then the pass axis is the last.</param>
sealed record Nest(ImmutableArray<Extent> Extents, int Pass, ImmutableArray<Store> Stores, ImmutableArray<DType> Buffers, int Lead = 0)
{
    /// <summary>The symbols of all extents in it, in order.</summary>
    public string[] Symbols() => [.. AllExtents().SelectMany(e => e.Symbols).Distinct().Order(StringComparer.Ordinal)];

    List<Extent> AllExtents()
    {
        List<Extent> all = [.. Extents];
        var seen = new HashSet<Value>();
        void In(Affine a)
        {
            all.Add(a.Constant);
            all.AddRange(a.Loops.Select(t => t.Factor));
            all.AddRange(a.Computed.Select(t => t.Factor));
            foreach (var (v, _) in a.Computed) Of(v);
        }
        void Of(Value v)
        {
            if (!seen.Add(v)) return;
            if (v is Load l) In(l.At);
            if (v is Counter c) In(c.At);
            foreach (var x in v.Operands) Of(x);
        }
        foreach (var s in Stores)
        {
            In(s.At);
            Of(s.Value);
        }
        return all;
    }
}
