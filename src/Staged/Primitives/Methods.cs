using System.Runtime.CompilerServices;

namespace StagedDiff;

// Shapes: what moves elements and computes nothing.
public sealed partial class Tensor
{
    /// <summary>The same elements in row-major order under another shape. One extent may be −1: as many as are left.</summary>
    /// <exception cref="ShapeException">The shape does not hold as many elements.</exception>
    [OverloadResolutionPriority(1)]
    public Tensor Reshape(params ReadOnlySpan<Extent> shape) => Reshape(Shape.Create(shape));
    /// <inheritdoc cref="Reshape(ReadOnlySpan{Extent})"/>
    public Tensor Reshape(params ReadOnlySpan<int> shape) => Reshape(Shape.Of(shape.ToArray()));
    /// <inheritdoc cref="Reshape(ReadOnlySpan{Extent})"/>
    public Tensor Reshape(params int[] shape) => Reshape(Shape.Of(shape));
    /// <inheritdoc cref="Reshape(ReadOnlySpan{Extent})"/>
    public Tensor Reshape(Shape shape)
    {
        ShapeException Wrong(string why = "") =>
            new($"Reshape: {(Shape.IsConstant ? $"{Size} elements" : "the elements")} of {Type} do not fill {shape}{why}.{Caller.Line()}");
        int free = -1;
        Extent rest = 1;
        for (int a = 0; a < shape.Rank; a++)
            if (shape[a] == -1) free = free < 0 ? a : throw Wrong("; only one extent may be −1");
            else if (shape[a].IsConstant && shape[a].Value < 0) throw Wrong();
            else rest *= shape[a];
        if (free < 0) return Shape.Count == rest ? Shaped(shape) : throw Wrong();
        if (rest == 0) throw Wrong("; beside an extent of 0, −1 could be anything");
        return Shaped(shape.With(free, Shape.Count.DividedBy(rest) ?? throw Wrong()));
    }

    /// <summary>The axes in another order: axis i of the result is axis <c>axes[i]</c>. Without arguments, in reverse, as NumPy.</summary>
    /// <exception cref="ShapeException">Not each axis stands once.</exception>
    public Tensor Transpose(params ReadOnlySpan<int> axes) => Transpose(axes.ToArray());
    /// <inheritdoc cref="Transpose(ReadOnlySpan{int})"/>
    public Tensor Transpose(params int[] axes)
    {
        int[] order = axes is [] ? [.. Enumerable.Range(0, Rank).Reverse()] : AxesOf("Transpose", axes);
        if (order.Length != Rank) throw new ShapeException($"Transpose: expected each axis of {Type} once, got {Listed(axes)}.{Caller.Line()}");
        return Permuted(order);
    }

    /// <summary>The last two axes swapped; a vector or number is itself. [b…,m,n] → [b…,n,m], where NumPy's reverses all axes.</summary>
    public Tensor T => Rank < 2 ? this : Permuted([.. Enumerable.Range(0, Rank - 2), Rank - 1, Rank - 2]);

    Tensor Permuted(int[] order) => order.AsSpan().SequenceEqual(Enumerable.Range(0, Rank).ToArray()) ? this : Prim.Permute(this, [.. order]);

    /// <summary>Without an axis of extent 1, or without all of them.</summary>
    /// <exception cref="ShapeException">The axis is longer, or does not exist.</exception>
    public Tensor Squeeze(int? axis = null)
    {
        if (axis is null) return Shaped([.. Shape.Where(n => n != 1)]);
        int a = AxisOf("Squeeze", axis.Value);
        return Shape[a] == 1 ? Shaped(Shape.Drop(a))
            : throw new ShapeException($"Squeeze: axis {Signed(axis.Value)} of {Type} is {Shape[a]}, not 1.{Caller.Line()}");
    }

    /// <summary>With a new axis of extent 1 at this place in the result.</summary>
    /// <exception cref="ShapeException">The result has no such axis.</exception>
    public Tensor Unsqueeze(int axis) => Shaped(Shape.Insert(AxisOf("Unsqueeze", axis, Rank + 1), 1));

    /// <summary>Repeated along new leading axes and along axes of extent 1.</summary>
    /// <exception cref="ShapeException">The tensor does not broadcast to the shape.</exception>
    [OverloadResolutionPriority(1)]
    public Tensor BroadcastTo(params ReadOnlySpan<Extent> shape) => BroadcastTo(Shape.Create(shape));
    /// <inheritdoc cref="BroadcastTo(ReadOnlySpan{Extent})"/>
    public Tensor BroadcastTo(params ReadOnlySpan<int> shape) => BroadcastTo(Shape.Of(shape.ToArray()));
    /// <inheritdoc cref="BroadcastTo(ReadOnlySpan{Extent})"/>
    public Tensor BroadcastTo(params int[] shape) => BroadcastTo(Shape.Of(shape));
    /// <inheritdoc cref="BroadcastTo(ReadOnlySpan{Extent})"/>
    public Tensor BroadcastTo(Shape shape)
    {
        if (shape.Rank < Rank)
            throw new ShapeException($"BroadcastTo: {Type} does not broadcast to {shape}, which has fewer axes.{Caller.Line()}");
        for (int i = 1; i <= Rank; i++)
            if (Shape[^i] != shape[^i] && Shape[^i] != 1)
                throw new ShapeException($"BroadcastTo: {Type} does not broadcast to {shape}: "
                    + $"axis −{i} is {Shape[^i]} and {shape[^i]}.{Caller.Line()}");
        return Strong().Expand(shape);
    }

    /// <summary>The elements in reverse along an axis, or along all.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public Tensor Flip(int? axis = null) => Prim.Reverse(this, [.. AxesOf("Flip", axis)]);

    /// <summary>
    /// The elements converted. A float to an integer loses its fraction; anything to bool is whether it is not zero.
    /// </summary>
    public Tensor Cast(DType dtype) => IsWeak && DType.IsFloat() && !dtype.IsFloat() ? Prim.Cast(As(DType.F64), dtype) : To(dtype);

    // Axes as users write them: negative ones from the end.

    internal int AxisOf(string name, int axis) => AxisOf(name, axis, Rank);

    int AxisOf(string name, int axis, int rank) => axis >= -rank && axis < rank ? (axis < 0 ? axis + rank : axis)
        : throw new ShapeException($"{name}: axis {Signed(axis)} is out of range for {Type}; "
            + $"{(rank == 0 ? "it has no axes" : $"axes are −{rank} … {rank - 1}")}.{Caller.Line()}");

    internal int[] AxesOf(string name, int? axis) => axis is { } a ? [AxisOf(name, a)] : [.. AllAxes(Rank)];

    internal int[] AxesOf(string name, int[] axes)
    {
        var y = Array.ConvertAll(axes, a => AxisOf(name, a));
        return y.Distinct().Count() == y.Length ? y
            : throw new ShapeException($"{name}: an axis of {Type} is named twice in {Listed(axes)}.{Caller.Line()}");
    }

    internal static string Signed(long n) => n < 0 ? $"−{-n}" : n.ToString(System.Globalization.CultureInfo.InvariantCulture);
    static string Listed(int[] n) => $"[{string.Join(",", n.Select(n => Signed(n)))}]";
}
