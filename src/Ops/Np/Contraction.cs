namespace StagedDiff;

/// <summary>Tensors whose axes have labels, multiplied where labels agree and summed over labels that are not in the result.</summary>
sealed class Contraction
{
    readonly record struct Term(Tensor X, int[] Labels);

    readonly Term[] terms;
    readonly int[] result;

    public Contraction(string name, Tensor[] x, int[][] labels, int[] result, Func<int, string>? say = null)
    {
        say ??= l => $"label {l}";
        var extents = new Dictionary<int, Extent>();
        for (int k = 0; k < x.Length; k++)
        {
            if (labels[k].Length != x[k].Rank) throw new ShapeException($"{name}: {labels[k].Length} labels for {x[k].Type}.{Caller.Line()}");
            for (int a = 0; a < x[k].Rank; a++)
                if (!extents.TryAdd(labels[k][a], x[k].Shape[a]) && extents[labels[k][a]] != x[k].Shape[a])
                    throw new ShapeException($"{name}: {say(labels[k][a])} is {extents[labels[k][a]]} and {x[k].Shape[a]} in {string.Join(" and ", x.Select(t => t.Type))}.{Caller.Line()}");
        }
        if (result.Distinct().Count() != result.Length || result.Any(l => !extents.ContainsKey(l)))
            throw new ShapeException($"{name}: the result repeats a label, or has one of its own: [{string.Join(",", result)}].{Caller.Line()}");
        var type = x.OrderBy(t => t.IsWeak).Aggregate((a, b) => Tensor.Literal(Tensor.Common(name, a, b), 0L)).DType;
        if (type is DType.Bool or DType.U8) type = DType.I32;
        terms = [.. x.Select((t, k) => Diagonal(new(t.To(type).Strong(), labels[k])))];
        this.result = result;
        // Nothing is known of a symbolic extent: it counts as a middling one.
        Order = ContractionOrder.Of([.. terms.Select(t => t.Labels)], result, l => extents[l] is { IsConstant: true } n ? n.Value : 64);
    }

    /// <summary>In which order pairs are multiplied.</summary>
    public ContractionOrder Order { get; }

    public Tensor Result()
    {
        var left = terms.ToList();
        foreach (var (i, j) in Order.Pairs)
        {
            var (a, b) = (left[i], left[j]);
            left.RemoveAt(j);
            left.RemoveAt(i);
            var wanted = left.SelectMany(t => t.Labels).Concat(result).ToHashSet();
            left.Add(Product(Summed(a, [.. wanted, .. b.Labels]), Summed(b, [.. wanted, .. a.Labels]), wanted, left.Count == 0));
        }
        var last = Summed(left[0], [.. result]);
        return Prim.Permute(last.X, [.. result.Select(l => Array.IndexOf(last.Labels, l))]);
    }

    /// <summary>A label that an operand has twice: its diagonal, where the two run together.</summary>
    static Term Diagonal(Term t)
    {
        while (t.Labels.GroupBy(l => l).FirstOrDefault(g => g.Count() > 1)?.Key is { } twice)
        {
            int first = Array.IndexOf(t.Labels, twice), second = Array.IndexOf(t.Labels, twice, first + 1);
            t = new(Np.Diagonal(t.X, 0, first, second), [.. t.Labels.Where((_, a) => a != first && a != second), twice]);
        }
        return t;
    }

    /// <summary>Summed over what nobody wants.</summary>
    static Term Summed(Term t, HashSet<int> wanted)
    {
        int[] axes = [.. Enumerable.Range(0, t.Labels.Length).Where(a => !wanted.Contains(t.Labels[a]))];
        return axes is [] ? t : new(t.X.Sum(axes), [.. t.Labels.Where(wanted.Contains)]);
    }

    Term Product(Term a, Term b, HashSet<int> wanted, bool last)
    {
        int[] shared = [.. a.Labels.Intersect(b.Labels)], summed = [.. shared.Where(l => !wanted.Contains(l))];
        if (summed is []) return Multiplied(a, b);
        // The free axes of a come first: exchange the two where the result wants it so.
        int[] batch = [.. shared.Where(wanted.Contains)], free = [.. result.Except(batch)];
        if (last && free is [var first, ..] && b.Labels.Contains(first)) (a, b) = (b, a);
        if (last) batch = [.. batch.OrderBy(l => Array.IndexOf(result, l))];
        // Summed axes become one. In the order of the larger operand, so that it need not be copied.
        var order = a.X.Shape.IsConstant && b.X.Shape.IsConstant && b.X.Size > a.X.Size ? b.Labels : a.Labels;
        summed = [.. order.Intersect(summed)];
        int[] In(Term t, int[] labels) => [.. labels.Select(l => Array.IndexOf(t.Labels, l))];
        var y = Prim.DotGeneral(a.X, b.X, [.. In(a, summed)], [.. In(b, summed)], [.. In(a, batch)], [.. In(b, batch)]);
        return new(y, [.. batch, .. a.Labels.Except(shared), .. b.Labels.Except(shared)]);
    }

    /// <summary>Each with each, element by element where labels agree.</summary>
    static Term Multiplied(Term a, Term b)
    {
        int[] labels = [.. a.Labels, .. b.Labels.Except(a.Labels)];
        Tensor Aligned(Term t)
        {
            int[] own = [.. labels.Where(t.Labels.Contains)];
            var x = Prim.Permute(t.X, [.. own.Select(l => Array.IndexOf(t.Labels, l))]);
            return x.Shaped([.. labels.Select(l => Array.IndexOf(t.Labels, l) is >= 0 and var k ? t.X.Shape[k] : (Extent)1)]);
        }
        return new(Aligned(a) * Aligned(b), labels);
    }
}
