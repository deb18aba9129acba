namespace StagedDiff;

// Sums of products.
public static partial class Np
{
    /// <inheritdoc cref="Tensor.MatMul(Tensor)"/>
    public static Tensor MatMul(Tensor a, Tensor b) => a.MatMul(b);
    /// <inheritdoc cref="Tensor.Dot(Tensor)"/>
    public static Tensor Dot(Tensor a, Tensor b) => a.Dot(b);

    /// <summary>The sum of the products of all elements, each tensor taken as a vector.</summary>
    /// <exception cref="ShapeException">They differ in size.</exception>
    public static Tensor VDot(Tensor a, Tensor b) => a.Size == b.Size ? a.Reshape(-1).Dot(b.Reshape(-1))
        : throw new ShapeException($"VDot: expected as many elements in both, got {a.Type} and {b.Type}.{Caller.Line()}");

    /// <summary>The sum of products over the last axes: [a…,k] and [b…,k] → [a…,b…]. A number multiplies.</summary>
    /// <exception cref="ShapeException">The last extents differ.</exception>
    /// <remarks>Follows numpy.inner.</remarks>
    public static Tensor Inner(Tensor a, Tensor b) => a.Rank == 0 || b.Rank == 0 ? a * b : Tensordot("Inner", a, b, [a.Rank - 1], [b.Rank - 1]);

    /// <summary>The product of each element with each: [m] and [n] → [m,n]; other tensors as vectors.</summary>
    /// <remarks>Follows numpy.outer.</remarks>
    public static Tensor Outer(Tensor a, Tensor b) => a.Reshape(-1, 1) * b.Reshape(1, -1);

    /// <summary>Each element times the whole of the other: [m,n] and [p,q] → [m·p,n·q]; fewer axes get extents of 1 in front.</summary>
    /// <remarks>Follows numpy.kron.</remarks>
    public static Tensor Kron(Tensor a, Tensor b)
    {
        int rank = Math.Max(a.Rank, b.Rank);
        Extent[] m = [.. Enumerable.Repeat((Extent)1, rank - a.Rank), .. a.Shape], n = [.. Enumerable.Repeat((Extent)1, rank - b.Rank), .. b.Shape];
        var y = a.Strong().Shaped([.. m.SelectMany(e => new Extent[] { e, 1 })]) * b.Strong().Shaped([.. n.SelectMany(e => new Extent[] { 1, e })]);
        return y.Shaped([.. m.Zip(n, (p, q) => p * q)]);
    }

    /// <summary>The sum of products over the last <paramref name="axes"/> axes of a and the first of b; of none, the product of each with each.</summary>
    /// <exception cref="ShapeException">There are not so many axes, or the extents that meet differ.</exception>
    /// <remarks>Follows numpy.tensordot.</remarks>
    public static Tensor Tensordot(Tensor a, Tensor b, int axes = 2)
    {
        if (axes < 0 || axes > a.Rank || axes > b.Rank)
            throw new ShapeException($"Tensordot: {axes} axes to sum over, but the operands are {a.Type} and {b.Type}.{Caller.Line()}");
        return Tensordot("Tensordot", a, b, [.. Enumerable.Range(a.Rank - axes, axes)], [.. Enumerable.Range(0, axes)]);
    }

    /// <summary>The sum of products over pairs of axes; the other axes of a stand in the result, then those of b.</summary>
    /// <param name="a">Numbers; the two meet in one element type.</param>
    /// <param name="b">Numbers.</param>
    /// <param name="axesA">The axes of a to sum over; negative ones count from the end.</param>
    /// <param name="axesB">The axes of b that they meet.</param>
    /// <exception cref="ShapeException">There is no such axis, or the extents that meet differ.</exception>
    /// <remarks>Follows numpy.tensordot.</remarks>
    public static Tensor Tensordot(Tensor a, Tensor b, int[] axesA, int[] axesB) =>
        Tensordot("Tensordot", a, b, a.AxesOf("Tensordot", axesA), b.AxesOf("Tensordot", axesB));

    static Tensor Tensordot(string name, Tensor a, Tensor b, int[] axesA, int[] axesB)
    {
        if (axesA.Length != axesB.Length || axesA.Zip(axesB).Any(p => a.Shape[p.First] != b.Shape[p.Second]))
            throw new ShapeException($"{name}: the axes [{string.Join(",", axesA)}] of {a.Type} do not meet [{string.Join(",", axesB)}] of {b.Type}.{Caller.Line()}");
        int freeA = a.Rank - axesA.Length, shared = freeA + axesB.Length;
        // Labels: those of a that stay, those that meet, those of b.
        int stays = 0, new_ = shared;
        int[] labelsA = [.. Enumerable.Range(0, a.Rank).Select(i => Array.IndexOf(axesA, i) is >= 0 and var k ? freeA + k : stays++)];
        int[] labelsB = [.. Enumerable.Range(0, b.Rank).Select(i => Array.IndexOf(axesB, i) is >= 0 and var k ? freeA + k : new_++)];
        return new Contraction(name, [a, b], [labelsA, labelsB], [.. Enumerable.Range(0, freeA), .. Enumerable.Range(shared, new_ - shared)]).Result();
    }

    /// <summary>The cross product along the last axis, of 3 elements each: [b…,3] and [b…,3] → [b…,3]. Of two elements each, the number that stands upright on them.</summary>
    /// <exception cref="ShapeException">The last axes are not of 3 or 2 elements, or the others do not broadcast.</exception>
    /// <remarks>Follows numpy.cross; a vector of 2 beside one of 3 has 0 as its third.</remarks>
    public static Tensor Cross(Tensor a, Tensor b)
    {
        if (a.Rank == 0 || b.Rank == 0 || !(a.Shape[^1] == 2 || a.Shape[^1] == 3) || !(b.Shape[^1] == 2 || b.Shape[^1] == 3))
            throw new ShapeException($"Cross: expected vectors of 2 or 3 elements, got {a.Type} and {b.Type}.{Caller.Line()}");
        bool flat = a.Shape[^1] == 2 && b.Shape[^1] == 2;
        Tensor Part(Tensor x, int k) => k < x.Shape[^1].Value ? x[Slice.Ellipsis, k] : 0;
        Tensor Turn(int i, int j) => Part(a, i) * Part(b, j) - Part(a, j) * Part(b, i);
        return flat ? Turn(0, 1) : Stack(BroadcastArrays(Turn(1, 2), Turn(2, 0), Turn(0, 1)), -1);
    }
}
