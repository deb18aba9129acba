namespace StagedDiff;

// Tensors of one number.
public static partial class Np
{
    /// <summary>A tensor of zeros: F32. Of another type: <see cref="Tensor.Zeros(Shape, DType)"/>.</summary>
    /// <exception cref="ShapeException">An extent is negative.</exception>
    public static Tensor Zeros(params int[] shape) => Tensor.Zeros(shape);
    /// <summary>A tensor of zeros (of false) of any element type.</summary>
    /// <exception cref="ShapeException">An extent is negative.</exception>
    public static Tensor Zeros(Shape shape, DType dtype = DType.F32) => Tensor.Zeros(shape, dtype);
    /// <summary>A tensor of ones: F32. Of another type: <see cref="Tensor.Ones(Shape, DType)"/>.</summary>
    /// <exception cref="ShapeException">An extent is negative.</exception>
    public static Tensor Ones(params int[] shape) => Tensor.Ones(shape);
    /// <summary>A tensor of ones (of true) of any element type.</summary>
    /// <exception cref="ShapeException">An extent is negative.</exception>
    public static Tensor Ones(Shape shape, DType dtype = DType.F32) => Tensor.Ones(shape, dtype);
    /// <inheritdoc cref="Tensor.Full(Shape, Tensor, DType?)"/>
    public static Tensor Full(Shape shape, Tensor value, DType? dtype = null) => Tensor.Full(shape, value, dtype);
    /// <inheritdoc cref="Tensor.ZerosLike(Tensor, DType?)"/>
    public static Tensor ZerosLike(Tensor x, DType? dtype = null) => Tensor.ZerosLike(x, dtype);
    /// <inheritdoc cref="Tensor.OnesLike(Tensor, DType?)"/>
    public static Tensor OnesLike(Tensor x, DType? dtype = null) => Tensor.OnesLike(x, dtype);
    /// <inheritdoc cref="Tensor.FullLike(Tensor, Tensor, DType?)"/>
    public static Tensor FullLike(Tensor x, Tensor value, DType? dtype = null) => Tensor.FullLike(x, value, dtype);
}
