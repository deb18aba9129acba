namespace StagedDiff;

/// <summary>
/// Some elements of a tensor, chosen by <see cref="Tensor.At(ReadOnlySpan{Slice})"/>. Each member gives a copy in which they are changed by a
/// value that broadcasts to them. An element chosen twice is changed twice, in order. Where an index is out of range nothing is written.
/// </summary>
public readonly struct Places
{
    readonly Tensor x, positions;

    internal Places(Tensor x, Tensor positions) => (this.x, this.positions) = (x, positions);

    /// <summary>The elements are the value.</summary>
    /// <exception cref="ShapeException">The value does not broadcast to the elements.</exception>
    public Tensor Set(Tensor value) => Written(value, (t, i, u) => new ScatterSet(0).Of(t, i, u));

    /// <summary>The value is added to the elements.</summary>
    /// <inheritdoc cref="Set(Tensor)"/>
    public Tensor Add(Tensor value) => Written(value, (t, i, u) => Prim.ScatterAdd(t, i, u, 0));

    /// <summary>The elements are multiplied by the value.</summary>
    /// <inheritdoc cref="Set(Tensor)"/>
    public Tensor Multiply(Tensor value) => Written(value, (t, i, u) => new ScatterMul(0).Of(t, i, u));

    /// <summary>The elements are those, or the value where it is greater. A tie shares the derivative.</summary>
    /// <inheritdoc cref="Set(Tensor)"/>
    public Tensor Max(Tensor value) => Written(value, (t, i, u) => new ScatterMax(0).Of(t, i, u));

    /// <summary>The elements are those, or the value where it is less. A tie shares the derivative.</summary>
    /// <inheritdoc cref="Set(Tensor)"/>
    public Tensor Min(Tensor value) => Written(value, (t, i, u) => new ScatterMin(0).Of(t, i, u));

    Tensor Written(Tensor value, Func<Tensor, Tensor, Tensor, Tensor> write)
    {
        var u = value.To(x.DType).BroadcastTo(positions.Shape);
        return write(x.Reshape(-1), positions.Reshape(-1), u.Reshape(-1)).Reshape(x.Shape);
    }
}
