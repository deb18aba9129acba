namespace StagedDiff;

// Order: sorted elements, and places among them.
public static partial class Np
{
    /// <summary>Tensors of one shape, the elements of all along an axis put in the order of the first: by it, ascending, equals in their order, NaN last.</summary>
    /// <param name="x">At least one, the one to sort by first.</param>
    /// <param name="axis">Which axis; negative ones count from the end.</param>
    /// <param name="descending">From the greatest down.</param>
    /// <param name="keys">How many of them to sort by: by the second where the first has equals, and so on.</param>
    /// <exception cref="ShapeException">There is none, the shapes differ, or they have no such axis.</exception>
    /// <exception cref="ArgumentException">There are not so many keys.</exception>
    /// <remarks>Follows jax.lax.sort.</remarks>
    public static Tensor[] SortTogether(IReadOnlyList<Tensor> x, int axis = -1, bool descending = false, int keys = 1)
    {
        if (x.Count == 0) throw new ShapeException($"SortTogether: expected at least one tensor, got none.{Caller.Line()}");
        if (keys < 1 || keys > x.Count) throw new ArgumentException($"SortTogether: expected 1 to {x.Count} keys, got {keys}.{Caller.Line()}");
        if (x.FirstOrDefault(t => t.Shape != x[0].Shape) is { } other)
            throw new ShapeException($"SortTogether: expected tensors of one shape, got {x[0].Type} and {other.Type}.{Caller.Line()}");
        return Prim.Sort([.. x.Select(t => t.Strong())], x[0].AxisOf("SortTogether", axis), descending, keys);
    }

    /// <inheritdoc cref="Tensor.Sort(int, bool)"/>
    public static Tensor Sort(Tensor x, int axis = -1, bool descending = false) => x.Sort(axis, descending);
    /// <inheritdoc cref="Tensor.ArgSort(int, bool)"/>
    public static Tensor ArgSort(Tensor x, int axis = -1, bool descending = false) => x.ArgSort(axis, descending);
    /// <inheritdoc cref="Tensor.TopK(int, int)"/>
    public static (Tensor Values, Tensor Indices) TopK(Tensor x, int k, int axis = -1) => x.TopK(k, axis);
    /// <inheritdoc cref="Tensor.Take(Tensor, int?)"/>
    public static Tensor Take(Tensor x, Tensor indices, int? axis = null) => x.Take(indices, axis);
    /// <inheritdoc cref="Tensor.TakeAlong(Tensor, int)"/>
    public static Tensor TakeAlongAxis(Tensor x, Tensor indices, int axis) => x.TakeAlong(indices, axis);

    /// <summary>
    /// Where numbers would stand in a sorted vector: before equals (left), or behind them (right). I32, of the shape of <paramref name="v"/>; NaN stands behind all
    /// numbers.
    /// </summary>
    /// <param name="a">Numbers in ascending order [n].</param>
    /// <param name="v">Any shape.</param>
    /// <param name="right">Behind equals.</param>
    /// <exception cref="ShapeException">a is no vector, or its extent is symbolic.</exception>
    /// <remarks>Follows numpy.searchsorted: by bisection, all of v at once.</remarks>
    public static Tensor Searchsorted(Tensor a, Tensor v, bool right = false)
    {
        if (a.Rank != 1) throw new ShapeException($"Searchsorted: expected a vector to search, got {a.Type}.{Caller.Line()}");
        int n = checked((int)Known("Searchsorted", a, 0));
        var type = Tensor.Common("Searchsorted", a, v);
        var (sorted, x) = (a.To(type), v.To(type).Strong());
        // The number of elements before x is found from its highest bit down.
        var found = Tensor.Zeros(x.Shape, DType.I32);
        for (int bit = n == 0 ? 0 : 1 << (31 - System.Numerics.BitOperations.LeadingZeroCount((uint)n)); bit > 0; bit >>= 1)
        {
            var next = found + bit;
            var element = sorted.Take(Tensor.Minimum(next, n) - 1);
            var before = right ? element <= x | IsNaN(x) : element < x | IsNaN(x) & !IsNaN(element);
            found = Where(next <= n & before, next, found);
        }
        return found;
    }

    /// <summary>In which of the bins between ascending or descending bounds each number falls: the number of bounds that it has passed. I32, of the shape of x.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="bins">Bounds [n].</param>
    /// <param name="right">Whether the upper bound belongs to a bin, and not the lower.</param>
    /// <param name="descending">Whether the bounds descend: their order is not looked at.</param>
    /// <exception cref="ShapeException">The bounds are no vector, or of a symbolic extent.</exception>
    /// <remarks>Follows numpy.digitize.</remarks>
    public static Tensor Digitize(Tensor x, Tensor bins, bool right = false, bool descending = false) =>
        descending ? (int)Known("Digitize", bins, 0) - Searchsorted(bins.Flip(), x, !right) : Searchsorted(bins, x, !right);

    /// <summary>Whether each element is one of <paramref name="values"/>: bools of the shape of x. NaN is nowhere.</summary>
    /// <exception cref="ShapeException">The extents of the values are symbolic.</exception>
    /// <remarks>Follows numpy.isin: by bisection.</remarks>
    public static Tensor IsIn(Tensor x, Tensor values)
    {
        var sorted = values.Reshape(-1).Sort();
        return sorted.Shape[0] == 0 ? Tensor.Zeros(x.Shape, DType.Bool) : Searchsorted(sorted, x) is var at ? Tensor.Equal(sorted.Take(Minimum(at, (int)sorted.Shape[0] - 1)), x) : x;
    }

    /// <summary>The different elements of either, ascending: a vector whose length depends on data.</summary>
    /// <inheritdoc cref="Unique"/>
    /// <remarks>Follows numpy.union1d.</remarks>
    public static Tensor Union1D(Tensor a, Tensor b) => Unique(Concatenate([a.Reshape(-1), b.Reshape(-1)]));
    /// <summary>The different elements of a that are in b too, ascending: a vector whose length depends on data.</summary>
    /// <inheritdoc cref="Unique"/>
    /// <remarks>Follows numpy.intersect1d.</remarks>
    public static Tensor Intersect1D(Tensor a, Tensor b) => Unique(a) is var x ? Extract(IsIn(x, b), x) : a;
    /// <summary>The different elements of a that are not in b, ascending: a vector whose length depends on data.</summary>
    /// <inheritdoc cref="Unique"/>
    /// <remarks>Follows numpy.setdiff1d.</remarks>
    public static Tensor SetDiff1D(Tensor a, Tensor b) => Unique(a) is var x ? Extract(!IsIn(x, b), x) : a;

    /// <summary>The different elements in ascending order, NaN last and once: a vector whose length depends on data.</summary>
    /// <exception cref="StagingException">While tracing the length is not known.</exception>
    /// <remarks>Follows numpy.unique.</remarks>
    public static Tensor Unique(Tensor x) => UniqueAll(x).Values;

    /// <summary>The different elements in ascending order; where each stands first, which of them each element of x is (of the shape of x), and how often each is there.</summary>
    /// <inheritdoc cref="Unique"/>
    public static (Tensor Values, Tensor Indices, Tensor Inverse, Tensor Counts) UniqueAll(Tensor x)
    {
        var flat = Looked("Unique", x.Strong().Reshape(-1));
        int n = checked((int)flat.Size);
        var order = flat.ArgSort();
        var sorted = flat.Take(order);
        bool[] differs = n < 2 ? [] : (Tensor.NotEqual(sorted[1..], sorted[..^1]) & !(IsNaN(sorted[1..]) & IsNaN(sorted[..^1]))).ToArray<bool>();
        int[] first = [.. Enumerable.Range(0, n).Where(i => i == 0 || differs[i - 1])], at = order.ToArray<int>(), inverse = new int[n];
        for (int k = 0; k < first.Length; k++)
            for (int i = first[k]; i < (k + 1 < first.Length ? first[k + 1] : n); i++) inverse[at[i]] = k;
        int[] counts = [.. first.Select((i, k) => (k + 1 < first.Length ? first[k + 1] : n) - i)], places = Array.ConvertAll(first, i => at[i]);
        return (flat.Take(Tensor.From(places)), Tensor.From(places), Tensor.From(inverse).Reshape(x.Shape), Tensor.From(counts));
    }

    /// <summary>The indices of the elements that are not 0 (are true), in row-major order: an I32 vector for each axis, whose length depends on data.</summary>
    /// <exception cref="StagingException">While tracing the length is not known.</exception>
    public static Tensor[] Nonzero(Tensor x)
    {
        bool[] mask = Looked("Nonzero", Truth(x)).ToArray<bool>();
        int[] places = [.. Enumerable.Range(0, mask.Length).Where(i => mask[i])], size = [.. x.Shape.Select(n => (int)n)];
        int After(int axis) => size[(axis + 1)..].Aggregate(1, (a, b) => a * b);
        return [.. size.Select((n, a) => Tensor.From(Array.ConvertAll(places, p => p / After(a) % n)))];
    }

    /// <summary>The indices of the elements that are not 0 (are true), a row each: I32 [count,rank].</summary>
    /// <exception cref="StagingException">While tracing their number is not known.</exception>
    public static Tensor ArgWhere(Tensor x) => Stack(Nonzero(x), 1);

    /// <summary>The elements where a mask is true, as a vector whose length depends on data.</summary>
    /// <exception cref="StagingException">While tracing the length is not known.</exception>
    /// <exception cref="ShapeException">The mask is of another shape.</exception>
    public static Tensor Extract(Tensor condition, Tensor x) => condition.Shape == x.Shape ? x[Truth(condition)]
        : throw new ShapeException($"Extract: expected a mask of the shape of {x.Type}, got {condition.Type}.{Caller.Line()}");

    /// <summary>A tensor whose elements can be looked at.</summary>
    static Tensor Looked(string name, Tensor x) => x.Peek is not null ? x : throw new StagingException(
        $"{name}: the shape of the result depends on the elements of {x.Type}, which are not known while tracing. Do this outside of the function being traced.{Caller.Line()}");
}
