namespace StagedDiff;

// Bits of integers.
public static partial class Np
{
    /// <summary>The and of bools, or of the bits of integers.</summary>
    /// <exception cref="DTypeException">An operand is a float.</exception>
    public static Tensor BitwiseAnd(Tensor a, Tensor b) => a & b;
    /// <summary>The or of bools, or of the bits of integers.</summary>
    /// <exception cref="DTypeException">An operand is a float.</exception>
    public static Tensor BitwiseOr(Tensor a, Tensor b) => a | b;
    /// <summary>The exclusive or of bools, or of the bits of integers.</summary>
    /// <exception cref="DTypeException">An operand is a float.</exception>
    public static Tensor BitwiseXor(Tensor a, Tensor b) => a ^ b;
    /// <summary>Every bit turned over; of bools, the logical not.</summary>
    /// <exception cref="DTypeException">x is a float.</exception>
    public static Tensor Invert(Tensor x) => ~x;
    /// <inheritdoc cref="Tensor.op_LeftShift(Tensor, Tensor)"/>
    public static Tensor LeftShift(Tensor x, Tensor places) => x << places;
    /// <inheritdoc cref="Tensor.op_RightShift(Tensor, Tensor)"/>
    public static Tensor RightShift(Tensor x, Tensor places) => x >> places;
}
