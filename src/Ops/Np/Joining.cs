namespace StagedDiff;

// Several tensors as one, and one as several.
public static partial class Np
{
    /// <summary>Tensors one after another along an axis.</summary>
    /// <param name="x">At least one; all extents but that of the axis are equal. They meet in one element type.</param>
    /// <param name="axis">Which axis; negative ones count from the end.</param>
    /// <exception cref="ShapeException">There is none, or the shapes differ in another axis, or they have no such axis.</exception>
    public static Tensor Concatenate(IReadOnlyList<Tensor> x, int axis = 0)
    {
        var all = Met("Concatenate", x);
        return Prim.Concatenate(all[0].AxisOf("Concatenate", axis), all);
    }

    /// <summary>Tensors of one shape one after another along a new axis.</summary>
    /// <param name="x">At least one. They meet in one element type.</param>
    /// <param name="axis">The place of the new axis in the result; negative ones count from its end.</param>
    /// <exception cref="ShapeException">There is none, or the shapes differ, or the result has no such axis.</exception>
    public static Tensor Stack(IReadOnlyList<Tensor> x, int axis = 0)
    {
        if (x.FirstOrDefault(t => t.Shape != x[0].Shape) is { } other)
            throw new ShapeException($"Stack: expected tensors of one shape, got {x[0].Type} and {other.Type}.{Caller.Line()}");
        Tensor[] one = [.. Met("Stack", x).Select(t => t.Unsqueeze(axis))];
        return Prim.Concatenate(one[0].AxisOf("Stack", axis), one);
    }

    /// <summary>Tensors side by side: along axis 1, vectors and numbers along axis 0.</summary>
    /// <exception cref="ShapeException">There is none, or the shapes differ in another axis.</exception>
    public static Tensor HStack(IReadOnlyList<Tensor> x)
    {
        Tensor[] all = [.. x.Select(AtLeast1D)];
        return Concatenate(all, all.Length > 0 && all[0].Rank == 1 ? 0 : 1);
    }

    /// <summary>Tensors below each other: along axis 0, vectors as rows.</summary>
    /// <exception cref="ShapeException">There is none, or the shapes differ in another axis.</exception>
    public static Tensor VStack(IReadOnlyList<Tensor> x) => Concatenate([.. x.Select(AtLeast2D)], 0);

    /// <summary>Vectors as the columns of a matrix, matrices side by side.</summary>
    /// <exception cref="ShapeException">There is none, or the shapes differ in another axis.</exception>
    public static Tensor ColumnStack(IReadOnlyList<Tensor> x) => Concatenate([.. x.Select(t => t.Rank < 2 ? t.Reshape(-1, 1) : t)], 1);

    /// <summary>Tensors one behind the other along axis 2, matrices getting one.</summary>
    /// <exception cref="ShapeException">There is none, or the shapes differ in another axis.</exception>
    public static Tensor DStack(IReadOnlyList<Tensor> x) => Concatenate([.. x.Select(t => t.Rank > 2 ? t : AtLeast2D(t).Unsqueeze(2))], 2);

    /// <summary>A tensor cut into so many equal parts along an axis.</summary>
    /// <exception cref="ShapeException">There is no such axis, or its extent is symbolic or no multiple.</exception>
    /// <remarks>Follows numpy.split.</remarks>
    public static Tensor[] Split(Tensor x, int sections, int axis = 0)
    {
        int a = x.AxisOf("Split", axis);
        long n = Known("Split", x, a);
        if (sections < 1 || n % sections != 0)
            throw new ShapeException($"Split: axis {Tensor.Signed(axis)} of {x.Type} does not make {sections} equal parts.{Caller.Line()}");
        return Cut(x, a, [.. Enumerable.Range(0, sections + 1).Select(k => k * n / sections)]);
    }

    /// <summary>A tensor cut before the given places of an axis: one part more than places. Places beyond the end give empty parts, negative ones count from it.</summary>
    /// <exception cref="ShapeException">There is no such axis, or its extent is symbolic.</exception>
    /// <remarks>Follows numpy.split.</remarks>
    public static Tensor[] Split(Tensor x, int[] places, int axis = 0)
    {
        int a = x.AxisOf("Split", axis);
        long n = Known("Split", x, a);
        return Cut(x, a, [0, .. places.Select(p => Math.Clamp(p < 0 ? p + n : p, 0, n)), n]);
    }

    /// <summary>A tensor cut into so many parts along an axis, the first ones longer by one where it does not divide.</summary>
    /// <exception cref="ShapeException">There is no such axis, or its extent is symbolic.</exception>
    /// <exception cref="ArgumentException">The number is not above 0.</exception>
    /// <remarks>Follows numpy.array_split.</remarks>
    public static Tensor[] ArraySplit(Tensor x, int sections, int axis = 0)
    {
        if (sections < 1) throw new ArgumentException($"ArraySplit: expected at least one part, got {sections}.{Caller.Line()}");
        int a = x.AxisOf("ArraySplit", axis);
        var (least, more) = Math.DivRem(Known("ArraySplit", x, a), sections);
        return Cut(x, a, [.. Enumerable.Range(0, sections + 1).Select(k => k * least + Math.Min(k, more))]);
    }

    static Tensor[] Cut(Tensor x, int axis, long[] places) =>
        [.. places.Zip(places.Skip(1), (from, to) => Prim.Slice(x.Strong(), axis, from, Math.Max(from, to)))];

    /// <summary>The tensors along an axis, which they lack.</summary>
    /// <exception cref="ShapeException">There is no such axis, or its extent is symbolic.</exception>
    public static Tensor[] Unstack(Tensor x, int axis = 0)
    {
        int a = x.AxisOf("Unstack", axis);
        return [.. Enumerable.Range(0, checked((int)Known("Unstack", x, a))).Select(k => Prim.Slice(x.Strong(), a, k, k + 1).Squeeze(a))];
    }

    /// <summary>The whole tensor again and again: so many times along each axis. Fewer numbers speak of the last axes; more make new ones in front.</summary>
    /// <exception cref="ArgumentException">A number is negative.</exception>
    /// <remarks>Follows numpy.tile.</remarks>
    public static Tensor Tile(Tensor x, params int[] times)
    {
        if (times.Any(t => t < 0)) throw new ArgumentException($"Tile: expected numbers of 0 or more, got [{string.Join(",", times)}].{Caller.Line()}");
        int rank = Math.Max(x.Rank, times.Length);
        Extent[] own = [.. Enumerable.Repeat((Extent)1, rank - x.Rank), .. x.Shape];
        int[] all = [.. Enumerable.Repeat(1, rank - times.Length), .. times];
        // Each axis as two: which copy, and where in it.
        return x.Strong().Shaped([.. own.SelectMany(n => new Extent[] { 1, n })]).Expand([.. own.SelectMany((n, a) => new Extent[] { all[a], n })])
            .Shaped([.. own.Select((n, a) => n * all[a])]);
    }

    /// <summary>Each element so many times in a row along an axis; without one, of all in row-major order.</summary>
    /// <exception cref="ArgumentException">The number is negative.</exception>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    /// <remarks>Follows numpy.repeat.</remarks>
    public static Tensor Repeat(Tensor x, int times, int? axis = null)
    {
        if (times < 0) throw new ArgumentException($"Repeat: expected a number of 0 or more, got {times}.{Caller.Line()}");
        if (axis is null) return Repeat(x.Reshape(-1), times, 0);
        int a = x.AxisOf("Repeat", axis.Value);
        return x.Strong().Unsqueeze(a + 1).Expand(x.Shape.Insert(a + 1, times)).Shaped(x.Shape.With(a, x.Shape[a] * times));
    }

    /// <summary>Each element of an axis its own number of times in a row.</summary>
    /// <exception cref="ShapeException">There is no such axis, or not one number for each element.</exception>
    /// <exception cref="ArgumentException">A number is negative.</exception>
    public static Tensor Repeat(Tensor x, int[] times, int axis = 0)
    {
        int a = x.AxisOf("Repeat", axis);
        if (x.Shape[a] != times.Length) throw new ShapeException($"Repeat: expected {x.Shape[a]} numbers for axis {Tensor.Signed(axis)} of {x.Type}, got {times.Length}.{Caller.Line()}");
        if (times.Any(t => t < 0)) throw new ArgumentException($"Repeat: expected numbers of 0 or more, got [{string.Join(",", times)}].{Caller.Line()}");
        return x.Take(Tensor.From([.. times.SelectMany((t, k) => Enumerable.Repeat(k, t))]), a);
    }

    /// <summary>A tensor with others behind it along an axis; without one, the elements of both in row-major order.</summary>
    /// <exception cref="ShapeException">The shapes differ in another axis, or there is no such axis.</exception>
    /// <remarks>Follows numpy.append.</remarks>
    public static Tensor Append(Tensor x, Tensor values, int? axis = null) =>
        axis is { } a ? Concatenate([x, values], a) : Concatenate([Ravel(x), Ravel(values)]);

    /// <summary>A tensor with others put before a place of an axis; negative places count from its end, and the extent itself means behind all.</summary>
    /// <param name="x">Any tensor with an axis.</param>
    /// <param name="place">Before which element.</param>
    /// <param name="values">Of the shape of x but for the axis; or what broadcasts to one such element.</param>
    /// <param name="axis">Which axis; negative ones count from the end.</param>
    /// <exception cref="ShapeException">There is no such axis, or its extent is symbolic, or the shapes differ in another axis.</exception>
    /// <exception cref="IndexException">The place is outside.</exception>
    /// <remarks>Follows numpy.insert at one place.</remarks>
    public static Tensor Insert(Tensor x, int place, Tensor values, int axis = 0)
    {
        int a = x.AxisOf("Insert", axis), n = (int)Known("Insert", x, a);
        if (place < -n || place > n) throw new IndexException($"Insert: {Tensor.Signed(place)} is out of range for axis {a} of {x.Type}, which has {n} elements.{Caller.Line()}");
        int at = place < 0 ? place + n : place;
        if (values.Rank < x.Rank) values = values.BroadcastTo(x.Shape.Drop(a)).Unsqueeze(a);
        return Concatenate([Prim.Slice(x.Strong(), a, 0, at), values.Cast(x.DType), Prim.Slice(x.Strong(), a, at, n)], a);
    }

    /// <summary>A tensor without the elements at some places of an axis; negative ones count from its end.</summary>
    /// <exception cref="ShapeException">There is no such axis, or its extent is symbolic.</exception>
    /// <exception cref="IndexException">A place is outside.</exception>
    /// <remarks>Follows numpy.delete.</remarks>
    public static Tensor Delete(Tensor x, int[] places, int axis = 0)
    {
        int a = x.AxisOf("Delete", axis), n = (int)Known("Delete", x, a);
        if (Array.Exists(places, p => p < -n || p >= n))
            throw new IndexException($"Delete: {Tensor.Signed(Array.Find(places, p => p < -n || p >= n))} is out of range for axis {a} of {x.Type}, which has {n} elements.{Caller.Line()}");
        return x.Take(Tensor.From([.. Enumerable.Range(0, n).Except(places.Select(p => p < 0 ? p + n : p))]), a);
    }

    /// <summary>Tensors in the element type that holds all of them; literals give way.</summary>
    static Tensor[] Met(string name, IReadOnlyList<Tensor> x)
    {
        if (x.Count == 0) throw new ShapeException($"{name}: expected at least one tensor, got none.{Caller.Line()}");
        var type = x.OrderBy(t => t.IsWeak).Aggregate((a, b) => a.IsWeak && b.IsWeak ? (a.DType.IsFloat() ? a : b) : Tensor.Literal(Tensor.Common(name, a, b), 0L)).DType;
        return [.. x.Select(t => t.To(type))];
    }
}
