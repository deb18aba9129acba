namespace StagedDiff;

/// <summary>One op at once: a one-node program whose extents, strides and rank-0 operands are arguments, so new shapes compile nothing.</summary>
static class Eager
{
    public static Tensor[] Run(Op op, Tensor[] x) => throw new InvalidOperationException();
}
