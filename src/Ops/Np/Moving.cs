namespace StagedDiff;

// The same elements elsewhere: nothing is computed.
public static partial class Np
{
    /// <inheritdoc cref="Tensor.Reshape(ReadOnlySpan{Extent})"/>
    public static Tensor Reshape(Tensor x, params int[] shape) => x.Reshape(shape);
    /// <summary>All elements in row-major order: a vector.</summary>
    public static Tensor Ravel(Tensor x) => x.Reshape(-1);
    /// <inheritdoc cref="Tensor.Transpose(int[])"/>
    public static Tensor Transpose(Tensor x, params int[] axes) => x.Transpose(axes);
    /// <inheritdoc cref="Tensor.Squeeze(int?)"/>
    public static Tensor Squeeze(Tensor x, int? axis = null) => x.Squeeze(axis);
    /// <inheritdoc cref="Tensor.Unsqueeze(int)"/>
    public static Tensor ExpandDims(Tensor x, int axis) => x.Unsqueeze(axis);
    /// <inheritdoc cref="Tensor.BroadcastTo(ReadOnlySpan{Extent})"/>
    public static Tensor BroadcastTo(Tensor x, params int[] shape) => x.BroadcastTo(shape);

    /// <summary>Tensors repeated to the one shape in which all meet.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast, or there is none.</exception>
    public static Tensor[] BroadcastArrays(params Tensor[] x)
    {
        if (x.Length == 0) throw new ShapeException($"BroadcastArrays: expected at least one tensor, got none.{Caller.Line()}");
        var shape = Tensor.Broadcast("BroadcastArrays", x);
        return Array.ConvertAll(x, t => t.Strong().Expand(shape));
    }

    /// <summary>One axis moved to another place; the others keep their order.</summary>
    /// <param name="x">Any tensor.</param>
    /// <param name="source">Which axis; negative ones count from the end.</param>
    /// <param name="destination">Its place in the result.</param>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public static Tensor MoveAxis(Tensor x, int source, int destination) => MoveAxis(x, [source], [destination]);

    /// <summary>Axes moved to other places, one by one; the others keep their order.</summary>
    /// <exception cref="ShapeException">There is no such axis, one is named twice, or the lists differ in length.</exception>
    /// <remarks>Follows numpy.moveaxis.</remarks>
    public static Tensor MoveAxis(Tensor x, int[] source, int[] destination)
    {
        int[] from = x.AxesOf("MoveAxis", source), to = x.AxesOf("MoveAxis", destination);
        if (from.Length != to.Length)
            throw new ShapeException($"MoveAxis: expected as many places as axes, got {to.Length} and {from.Length}.{Caller.Line()}");
        var rest = new Queue<int>(Enumerable.Range(0, x.Rank).Except(from));
        return x.Transposed([.. Enumerable.Range(0, x.Rank).Select(a => Array.IndexOf(to, a) is >= 0 and var k ? from[k] : rest.Dequeue())]);
    }

    /// <summary>Two axes exchanged.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public static Tensor SwapAxes(Tensor x, int axis1, int axis2)
    {
        int a = x.AxisOf("SwapAxes", axis1), b = x.AxisOf("SwapAxes", axis2);
        return x.Transposed([.. Enumerable.Range(0, x.Rank).Select(i => i == a ? b : i == b ? a : i)]);
    }

    /// <inheritdoc cref="Tensor.Flip(int?)"/>
    public static Tensor Flip(Tensor x, int? axis = null) => x.Flip(axis);

    /// <summary>The columns in reverse: along axis 1.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public static Tensor FlipLR(Tensor x) => x.Flip(1);
    /// <summary>The rows in reverse: along axis 0.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public static Tensor FlipUD(Tensor x) => x.Flip(0);

    /// <summary>The elements moved along an axis by so many places; what leaves at one end enters at the other. Without an axis, of all in row-major order.</summary>
    /// <exception cref="ShapeException">There is no such axis, or its extent is symbolic.</exception>
    /// <remarks>Follows numpy.roll.</remarks>
    public static Tensor Roll(Tensor x, int shift, int? axis = null)
    {
        if (axis is null) return Roll(x.Reshape(-1), shift, 0).Reshape(x.Shape);
        int a = x.AxisOf("Roll", axis.Value);
        if (x.Shape[a] == 0) return x;
        long n = Known("Roll", x, a), cut = ((-shift % n) + n) % n;
        return cut == 0 ? x : Prim.Concatenate(a, Prim.Slice(x.Strong(), a, cut, n), Prim.Slice(x.Strong(), a, 0, cut));
    }

    /// <summary>Turned by so many quarters, from the first of two axes towards the second.</summary>
    /// <exception cref="ShapeException">There is no such axis, or the two are one.</exception>
    /// <remarks>Follows numpy.rot90.</remarks>
    public static Tensor Rot90(Tensor x, int quarters = 1, int axis1 = 0, int axis2 = 1)
    {
        int[] axes = x.AxesOf("Rot90", [axis1, axis2]);
        return ((quarters % 4 + 4) % 4) switch
        {
            0 => x,
            1 => SwapAxes(x.Flip(axes[1]), axes[0], axes[1]),
            2 => x.Flip(axes[0]).Flip(axes[1]),
            _ => SwapAxes(x, axes[0], axes[1]).Flip(axes[1]),
        };
    }

    /// <summary>A tensor of at least one axis: a number becomes [1].</summary>
    public static Tensor AtLeast1D(Tensor x) => x.Rank >= 1 ? x : x.Reshape(1);
    /// <summary>A tensor of at least two axes: a number becomes [1,1], a vector one row.</summary>
    public static Tensor AtLeast2D(Tensor x) => x.Rank >= 2 ? x : x.Rank == 1 ? x.Unsqueeze(0) : x.Reshape(1, 1);

    /// <summary>All axes in this order, each once.</summary>
    static Tensor Transposed(this Tensor x, int[] order) => Prim.Permute(x.Strong(), [.. order]);

    /// <summary>An extent that must be a number.</summary>
    static long Known(string name, Tensor x, int axis) => x.Shape[axis] is { IsConstant: true } n ? n.Value
        : throw new ShapeException($"{name}: axis {axis} of {x.Type} must have a constant extent here. Trace with one.{Caller.Line()}");
}
