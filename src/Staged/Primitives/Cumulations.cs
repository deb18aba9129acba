namespace StagedDiff;

// Along one axis, or of all elements in row-major order, as NumPy's.
public sealed partial class Tensor
{
    /// <summary>The sums of the elements so far along an axis, or of all in row-major order. Bools and U8 are summed as I32.</summary>
    /// <param name="axis">Which axis; negative ones count from the end. Null: all elements, as a vector.</param>
    /// <param name="reverse">Whether to start at the last element.</param>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    /// <remarks>Follows numpy.cumsum and jax.lax.cumsum: one addition after another.</remarks>
    public Tensor CumSum(int? axis = null, bool reverse = false) => Cumulated("CumSum", Summed(Strong()), axis, (x, a) => Prim.CumSum(x, a, reverse));

    /// <summary>The products of the elements so far along an axis, or of all in row-major order. Bools and U8 are multiplied as I32.</summary>
    /// <inheritdoc cref="CumSum(int?, bool)" path="/param|/exception"/>
    public Tensor CumProd(int? axis = null, bool reverse = false) => Cumulated("CumProd", Summed(Strong()), axis, (x, a) => Prim.CumProd(x, a, reverse));

    /// <summary>
    /// The greatest of the elements so far along an axis, or of all in row-major order; NaN from the first one on. Of equals the first has the
    /// derivative.
    /// </summary>
    /// <inheritdoc cref="CumSum(int?, bool)" path="/param|/exception"/>
    public Tensor CumMax(int? axis = null, bool reverse = false) => Cumulated("CumMax", Counted(Strong()), axis, (x, a) => Prim.CumMax(x, a, reverse));

    /// <summary>
    /// The least of the elements so far along an axis, or of all in row-major order; NaN from the first one on. Of equals the first has the
    /// derivative.
    /// </summary>
    /// <inheritdoc cref="CumSum(int?, bool)" path="/param|/exception"/>
    public Tensor CumMin(int? axis = null, bool reverse = false) => Cumulated("CumMin", Counted(Strong()), axis, (x, a) => Prim.CumMin(x, a, reverse));

    /// <summary>log Σ exp of the elements so far along an axis, or of all in row-major order, without overflow. Integers give F32.</summary>
    /// <inheritdoc cref="CumSum(int?, bool)" path="/param"/>
    /// <exception cref="ShapeException">There is no such axis, or its extent is symbolic.</exception>
    public Tensor CumLogSumExp(int? axis = null, bool reverse = false) => Cumulated("CumLogSumExp", Real(), axis, (x, a) => Prim.CumLogSumExp(x, a, reverse));

    static Tensor Cumulated(string name, Tensor x, int? axis, Func<Tensor, int, Tensor> f) => axis is { } a ? f(x, x.AxisOf(name, a)) : f(x.Reshape(-1), 0);

    /// <summary>The elements in ascending order along an axis: stable, −0 beside 0, NaN last.</summary>
    /// <param name="axis">Which axis; negative ones count from the end.</param>
    /// <param name="descending">From the greatest down; NaN last here too, and equals in their order.</param>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    /// <remarks>Follows numpy.sort. The derivative of an element goes where the element goes.</remarks>
    public Tensor Sort(int axis = -1, bool descending = false) => Prim.Sort([Strong()], AxisOf("Sort", axis), descending)[0];

    /// <summary>Where the elements of <see cref="Sort"/> stand in this tensor, along the axis: I32.</summary>
    /// <inheritdoc cref="Sort(int, bool)" path="/param|/exception"/>
    public Tensor ArgSort(int axis = -1, bool descending = false) => Prim.ArgSort(Strong(), AxisOf("ArgSort", axis), descending);

    /// <summary>The k greatest elements along an axis, from the greatest down, and where they stand (I32): the first of equals first, NaN last.</summary>
    /// <exception cref="ShapeException">There is no such axis, or it has fewer than k elements.</exception>
    /// <remarks>Follows jax.lax.top_k, but for NaN, which is the greatest there.</remarks>
    public (Tensor Values, Tensor Indices) TopK(int k, int axis = -1)
    {
        int a = AxisOf("TopK", axis);
        if (k < 0 || Shape[a].IsConstant && Shape[a].Value < k) throw new ShapeException($"TopK: axis {Signed(axis)} of {Type} has no {k} elements.{Caller.Line()}");
        var places = Prim.Slice(Prim.ArgSort(Strong(), a, true), a, 0, k);
        return (Prim.TakeAlong(Strong(), places, a), places);
    }

    /// <summary>The elements along an axis at places that differ from row to row: y[…, j, …] = x[…, indices[…, j, …], …]. Negative ones count from the end.</summary>
    /// <param name="indices">Integers; of the shape of this tensor but for the axis.</param>
    /// <param name="axis">Which axis.</param>
    /// <exception cref="ShapeException">The shapes differ along another axis, or there is no such axis.</exception>
    /// <exception cref="IndexException">An index is out of range.</exception>
    /// <remarks>Follows numpy.take_along_axis.</remarks>
    public Tensor TakeAlong(Tensor indices, int axis)
    {
        int a = AxisOf("TakeAlong", axis);
        if (indices.Rank != Rank || indices.Shape.Drop(a) != Shape.Drop(a))
            throw new ShapeException($"TakeAlong: expected indices of the shape of {Type} but for axis {Signed(axis)}, got {indices.Type}.{Caller.Line()}");
        return Prim.TakeAlong(Strong(), Integers("TakeAlong", indices), a);
    }

    /// <summary>The part of this tensor of the given extents that starts at an index known when the program runs.</summary>
    /// <param name="start">Integers [rank]: the first index along each axis. Negative ones count from the end; what would reach outside is moved inside.</param>
    /// <param name="sizes">The extents of the part.</param>
    /// <exception cref="ShapeException">The part does not fit, or start or sizes do not have one number for each axis.</exception>
    /// <remarks>Follows jax.lax.dynamic_slice.</remarks>
    public Tensor DynamicSlice(Tensor start, Shape sizes) => Prim.DynamicSlice(Strong(), Integers("DynamicSlice", start), sizes);

    /// <summary>This tensor with a part replaced, from an index on that is known when the program runs.</summary>
    /// <param name="update">What is written: of as many axes, no longer.</param>
    /// <param name="start">Integers [rank]: as for <see cref="DynamicSlice"/>.</param>
    /// <exception cref="ShapeException">The part does not fit, or start does not have one number for each axis.</exception>
    /// <remarks>Follows jax.lax.dynamic_update_slice.</remarks>
    public Tensor DynamicUpdate(Tensor update, Tensor start) => Prim.DynamicUpdate(Strong(), update.To(DType), Integers("DynamicUpdate", start));
}
