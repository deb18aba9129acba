using System.Runtime.CompilerServices;

namespace StagedDiff;

public sealed partial class Tensor
{
    /// <summary>A part of this tensor, as in NumPy: see <see cref="Slice"/>. Axes that are not spoken of stay whole.</summary>
    /// <remarks>
    /// Integers drop their axis, ranges are cut off at its end. Tensors of integers gather; several broadcast together, and what they pick stands
    /// where the first stood if they are side by side, in front if not. A mask of bools picks a number of elements that depends on data: not
    /// while staged.
    /// </remarks>
    /// <exception cref="IndexException">An integer is outside of its axis, or there are more indices than axes.</exception>
    /// <exception cref="StagingException">A mask has no value while tracing.</exception>
    [IndexerName("Part")]
    public Tensor this[params ReadOnlySpan<Slice> index] => Indexed(Complete(index));
    /// <inheritdoc cref="this[ReadOnlySpan{Slice}]"/>
    [IndexerName("Part")]
    public Tensor this[params Slice[] index] => Indexed(Complete(index));

    /// <summary>A part of this tensor, chosen as by the indexer, to be replaced in a copy: <c>x.At(0, 1..3).Set(v)</c>, <c>x.At(rows).Add(v)</c>.</summary>
    /// <remarks>Follows jax.numpy.ndarray.at.</remarks>
    /// <inheritdoc cref="this[ReadOnlySpan{Slice}]" path="/exception"/>
    public Places At(params ReadOnlySpan<Slice> index) => new(Strong(), Positions(Complete(index)));
    /// <inheritdoc cref="At(ReadOnlySpan{Slice})"/>
    public Places At(params Slice[] index) => new(Strong(), Positions(Complete(index)));

    /// <summary>The places that an index chooses, in row-major order; below all of them where there is no such place.</summary>
    Tensor Positions(List<Slice> index)
    {
        var number = Prim.Iota(new(DType.I32, [Shape.Count]), 0).Shaped(Shape);
        if (!index.Exists(s => s.Kind == Slice.Form.Tensor)) return number.Indexed(index);
        var chosen = (number + 1).Indexed(index, drop: true);
        return Prim.Select(chosen > 0, chosen - 1, Prim.Full(chosen.Shape, Literal(DType.I32, (long)int.MinValue)));
    }

    static int AxesIn(Slice s) => s.Kind switch
    {
        Slice.Form.NewAxis or Slice.Form.Ellipsis => 0,
        Slice.Form.Tensor when s.Tensor!.DType == DType.Bool => s.Tensor.Rank,
        _ => 1,
    };

    /// <summary>The index with whole axes for the ellipsis, or at the end.</summary>
    List<Slice> Complete(ReadOnlySpan<Slice> index)
    {
        int spoken = 0, ellipses = 0;
        foreach (var s in index)
        {
            spoken += AxesIn(s);
            if (s.Kind == Slice.Form.Ellipsis) ellipses++;
        }
        if (spoken > Rank)
            throw new IndexException($"Index: {spoken} indices for {Type}, which has {Rank} {(Rank == 1 ? "axis" : "axes")}.{Caller.Line()}");
        if (ellipses > 1) throw new IndexException($"Index: an index may hold one ellipsis, got {ellipses}.{Caller.Line()}");
        var whole = Enumerable.Repeat(Slice.All, Rank - spoken);
        var all = new List<Slice>();
        foreach (var s in index)
            if (s.Kind == Slice.Form.Ellipsis) all.AddRange(whole);
            else all.Add(s);
        if (ellipses == 0) all.AddRange(whole);
        return all;
    }

    Tensor Indexed(List<Slice> index, bool drop = false)
    {
        var x = Cut(index);
        var shape = new List<Extent>();
        var picks = new List<(int Axis, Tensor Index)>();     // by their axis in that shape
        var advanced = new List<int>();                       // places of tensors, and of integers, which count as such beside them
        int axis = 0;
        for (int place = 0; place < index.Count; axis += AxesIn(index[place++]))
            switch (index[place])
            {
                case { Kind: Slice.Form.NewAxis }: shape.Add(1); break;
                case { Kind: Slice.Form.Range }: shape.Add(x.Shape[axis]); break;
                case { Kind: Slice.Form.At }: advanced.Add(place); break;
                case { Tensor: var t }:
                    picks.Add((shape.Count, t!.DType == DType.Bool ? Nonzero(t, axis) : t));
                    shape.Add(x.Shape.Slice(axis, AxesIn(index[place])).Count);
                    advanced.Add(place);
                    break;
            }
        x = x.Shaped([.. shape]);
        return picks.Count == 0 ? x : x.Picked(picks, advanced[^1] - advanced[0] == advanced.Count - 1, drop ? StagedDiff.Outside.Drop : StagedDiff.Outside.Clamp);
    }

    /// <summary>What integers and ranges leave; an integer leaves an extent of 1.</summary>
    Tensor Cut(List<Slice> index)
    {
        Extent[] starts = new Extent[Rank], limits = [.. Shape];
        int[] steps = [.. Enumerable.Repeat(1, Rank)];
        var backwards = new List<int>();
        int axis = 0;
        foreach (var s in index)
        {
            if (s.Kind == Slice.Form.At) (starts[axis], limits[axis]) = Inside(s.Range.Start, axis);
            if (s.Kind == Slice.Form.Range)
            {
                (starts[axis], limits[axis], steps[axis]) = (From(s.Range.Start, Shape[axis]), From(s.Range.End, Shape[axis]), Math.Abs(s.Stride));
                if (starts[axis].IsConstant && limits[axis].IsConstant && starts[axis].Value > limits[axis].Value) limits[axis] = starts[axis];
                if (s.Stride < 0)
                {
                    backwards.Add(axis);
                    (starts[axis], limits[axis]) = (Shape[axis] - limits[axis], Shape[axis] - starts[axis]);
                }
            }
            axis += AxesIn(s);
        }
        var x = backwards is [] ? Strong() : Prim.Reverse(this, [.. backwards]);
        Shape from = [.. starts], to = [.. limits];
        return from.All(n => n == 0) && to == Shape && steps.All(n => n == 1) ? x : Prim.Slice(x, from, to, [.. steps]);
    }

    // A range reaches no further than the axis. Of a symbolic extent that cannot be told: there the range must fit.
    static Extent From(Index i, Extent n) => Clamp(i.IsFromEnd ? n - i.Value : (Extent)i.Value, n);
    static Extent Clamp(Extent i, Extent n) => i.IsConstant && n.IsConstant ? Math.Clamp(i.Value, 0L, n.Value) : i;

    (Extent Start, Extent Limit) Inside(Index i, int axis)
    {
        var n = Shape[axis];
        var at = i.IsFromEnd ? n - i.Value : (Extent)i.Value;
        return n.IsConstant && (at.Value < 0 || at.Value >= n.Value) ? throw Outside(i.IsFromEnd ? -i.Value : i.Value, axis) : (at, at + 1);
    }

    /// <summary>Where a value is known, says which index is outside; else the merged index says so when it is read.</summary>
    void CheckInside(Tensor index, int axis)
    {
        if (Trace.IsStaging || index.Peek is not { } known || !Shape[axis].IsConstant) return;
        foreach (int i in known.AsSpan<int>())
            if (i < -Shape[axis].Value || i >= Shape[axis].Value) throw Outside(i, axis);
    }

    IndexException Outside(long i, int axis) => new(
        $"Index: {(i < 0 ? $"−{-i}" : i)} is out of range for axis {axis} of {Type}, which has {Shape[axis]} elements.{Caller.Line()}");

    /// <summary>Tensors of integers, one or several that meet. They stand where the first axis stood, or in front.</summary>
    Tensor Picked(List<(int Axis, Tensor Index)> picks, bool together, Outside outside)
    {
        if (picks is [var (axis, index)]) return ToFront(new Gather(axis, 0, outside).Of(this, Integers("Index", index)), together ? 0 : axis, index.Rank);
        // Several axes become one, and their indices one number: one that fits no axis when one of them does not.
        int[] axes = [.. picks.Select(p => p.Axis)], others = [.. AllAxes(Rank).Except(axes)];
        int at = together ? axes[0] : 0;
        var x = Permuted([.. others[..at], .. axes, .. others[at..]]);
        Tensor? row = null, fits = null;
        foreach (var (a, i) in picks)
        {
            var (k, n) = (Integers("Index", i).To(DType.I32), Number(Shape[a], DType.I32));
            CheckInside(k, a);
            var fit = k >= Number(0 - Shape[a], DType.I32) & k < n;
            k = Prim.Select(k < 0, k + n, k);
            (row, fits) = (row is null ? k : row * n + k, fits is null ? fit : fits & fit);
        }
        var merged = x.Shaped([.. x.Shape.Take(at), x.Shape.Slice(at, axes.Length).Count, .. x.Shape.Skip(at + axes.Length)]);
        return new Gather(at, 0, outside).Of(merged, Prim.Select(fits!, row!, Prim.Full(row!.Shape, Literal(DType.I32, (long)int.MinValue))));
    }

    static Tensor ToFront(Tensor x, int axis, int count) => axis == 0 ? x
        : x.Permuted([.. Enumerable.Range(axis, count), .. Enumerable.Range(0, axis), .. Enumerable.Range(axis + count, x.Rank - axis - count)]);

    /// <summary>
    /// The elements (or rows, …) at these places of an axis, or of the tensor in row-major order: the axis gives way to the axes of
    /// <paramref name="indices"/>. Negative ones count from the end.
    /// </summary>
    /// <exception cref="IndexException">An index is out of range.</exception>
    /// <exception cref="DTypeException">The indices are no integers.</exception>
    public Tensor Take(Tensor indices, int? axis = null)
    {
        var x = axis is null ? Reshape(-1) : Strong();
        int a = axis is { } given ? AxisOf("Take", given) : 0;
        return Prim.Gather(x, Integers("Take", indices), a);
    }

    static Tensor Integers(string name, Tensor index) => !index.DType.IsInteger()
        ? throw new DTypeException($"{name}: expected indices that are integers, got {index.Type}. Cast them first.{Caller.Line()}")
        : index.DType == DType.I64 ? index : index.To(DType.I32);

    /// <summary>Where a mask is true, in row-major order.</summary>
    Tensor Nonzero(Tensor mask, int axis)
    {
        if (Trace.IsStaging || mask.Peek is not { } known)
            throw new StagingException($"Index: how many elements the mask {mask.Type} picks is not known while tracing, and so no shape. " +
                $"Use Np.Where(mask, x, 0), or do this outside of the function being traced.{Caller.Line()}");
        if (mask.Shape != Shape.Slice(axis, mask.Rank))
            throw new IndexException($"Index: the mask {mask.Type} does not fit {Type} at axis {axis}.{Caller.Line()}");
        bool[] bits = known.ToArray<bool>();
        int[] places = [.. Enumerable.Range(0, bits.Length).Where(i => bits[i])];
        return Wrap(places, places.Length);
    }
}
