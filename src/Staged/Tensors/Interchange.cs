using System.Numerics.Tensors;

namespace StagedDiff;

// To and from the tensors of System.Numerics.Tensors.
public sealed partial class Tensor
{
    /// <summary>A tensor with a copy of the elements of a span of any strides.</summary>
    /// <exception cref="DTypeException">The element type is none of ours.</exception>
    public static Tensor FromTensorSpan<T>(ReadOnlyTensorSpan<T> span) where T : struct
    {
        var type = DTypes.Of<T>();
        var data = new T[span.FlattenedLength];
        span.FlattenTo(data);
        Shape shape = [.. span.Lengths.ToArray().Select(n => (Extent)(long)n)];
        return new(new(type, shape), new Storage(data));
    }

    /// <summary>The elements as a read-only span with a shape, without a copy where they lie in row-major order.</summary>
    /// <inheritdoc cref="AsSpan{T}" path="/exception"/>
    public ReadOnlyTensorSpan<T> AsTensorSpan<T>() where T : struct => new(AsSpan<T>(), Lengths);

    /// <summary>
    /// As a tensor of System.Numerics.Tensors, without a copy where the elements lie in row-major order. It can be written to: do not, or copy
    /// it first.
    /// </summary>
    /// <inheritdoc cref="AsSpan{T}" path="/exception"/>
    public Tensor<T> ToSystemTensor<T>() where T : struct
    {
        CheckElements<T>();
        var storage = Concrete.Contiguous().Storage;
        storage.Shared = true;
        return System.Numerics.Tensors.Tensor.Create((T[])storage.Shown, Lengths);
    }

    nint[] Lengths => Array.ConvertAll(Shape.ToArray(), n => (nint)n);
}
