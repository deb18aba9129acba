namespace StagedDiff;

// Greater or less, equal or not; what bools say.
public static partial class Np
{
    /// <summary>The greater of two, element by element; NaN where either is. At a tie the derivative is split evenly.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Maximum(Tensor a, Tensor b) => Tensor.Maximum(a, b);
    /// <summary>The less of two, element by element; NaN where either is. At a tie the derivative is split evenly.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Minimum(Tensor a, Tensor b) => Tensor.Minimum(a, b);

    /// <summary>Whether a equals b, element by element; false beside NaN.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Equal(Tensor a, Tensor b) => Tensor.Equal(a, b);
    /// <summary>Whether a differs from b, element by element; true beside NaN.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor NotEqual(Tensor a, Tensor b) => Tensor.NotEqual(a, b);
    /// <summary>Whether x is NaN, element by element.</summary>
    public static Tensor IsNaN(Tensor x) => Tensor.NotEqual(x.Strong(), x.Strong());
    /// <summary>Whether x is infinite, element by element.</summary>
    public static Tensor IsInf(Tensor x) => Tensor.Equal(Tensor.Abs(x), double.PositiveInfinity);
    /// <summary>Whether x is neither infinite nor NaN, element by element.</summary>
    public static Tensor IsFinite(Tensor x) => Tensor.Abs(x) < double.PositiveInfinity;
    /// <summary>Whether x is +∞, element by element.</summary>
    public static Tensor IsPosInf(Tensor x) => Tensor.Equal(x, double.PositiveInfinity);
    /// <summary>Whether x is −∞, element by element.</summary>
    public static Tensor IsNegInf(Tensor x) => Tensor.Equal(x, double.NegativeInfinity);
    /// <summary>Whether the sign is minus, element by element: of −0 too.</summary>
    public static Tensor SignBit(Tensor x)
    {
        x = x.Strong();
        return x.DType.IsFloat() ? x < 0 | Tensor.Equal(x, 0) & 1 / x < 0 : x.DType == DType.Bool ? Tensor.Zeros(x.Shape, DType.Bool) : x < 0;
    }

    /// <summary>Whether a is less than b, element by element; false beside NaN.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Less(Tensor a, Tensor b) => Tensor.Less(a, b);
    /// <summary>Whether a is at most b, element by element; false beside NaN.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor LessEqual(Tensor a, Tensor b) => Tensor.LessEqual(a, b);
    /// <summary>Whether a is greater than b, element by element; false beside NaN.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Greater(Tensor a, Tensor b) => Tensor.Greater(a, b);
    /// <summary>Whether a is at least b, element by element; false beside NaN.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor GreaterEqual(Tensor a, Tensor b) => Tensor.GreaterEqual(a, b);

    /// <summary>Whether a is near b, element by element: |a − b| ≤ atol + rtol·|b|. Equal infinities are near each other; NaN is near nothing.</summary>
    /// <param name="a">Numbers.</param>
    /// <param name="b">What they should be.</param>
    /// <param name="rtol">How far a may be off, as a part of b.</param>
    /// <param name="atol">How far beyond that.</param>
    /// <param name="equalNaN">Whether NaN is near NaN.</param>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <remarks>Follows numpy.isclose.</remarks>
    public static Tensor IsClose(Tensor a, Tensor b, double rtol = 1e-5, double atol = 1e-8, bool equalNaN = false)
    {
        var (x, y) = Reals("IsClose", a, b);
        var near = Tensor.Equal(x, y) | IsFinite(y) & Abs(x - y) <= atol + rtol * Abs(y);
        return equalNaN ? near | IsNaN(x) & IsNaN(y) : near;
    }

    /// <summary>Whether all elements are near: a bool of rank 0.</summary>
    /// <inheritdoc cref="IsClose"/>
    public static Tensor AllClose(Tensor a, Tensor b, double rtol = 1e-5, double atol = 1e-8, bool equalNaN = false) => IsClose(a, b, rtol, atol, equalNaN).All();

    /// <summary>Whether two tensors have one shape and equal elements: a bool of rank 0. NaN equals nothing.</summary>
    public static Tensor ArrayEqual(Tensor a, Tensor b) => a.Shape == b.Shape ? Tensor.Equal(a, b).All() : Tensor.Zeros([], DType.Bool);

    /// <summary>Whether both are true (or not zero), element by element.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor LogicalAnd(Tensor a, Tensor b) => Truth(a) & Truth(b);
    /// <summary>Whether one is true (or not zero), element by element.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor LogicalOr(Tensor a, Tensor b) => Truth(a) | Truth(b);
    /// <summary>Whether one alone is true (or not zero), element by element.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor LogicalXor(Tensor a, Tensor b) => Truth(a) ^ Truth(b);
    /// <summary>Whether x is false (or zero), element by element.</summary>
    public static Tensor LogicalNot(Tensor x) => !Truth(x);

    /// <summary>Bools as they are; of numbers, whether they are not 0.</summary>
    static Tensor Truth(Tensor x) => x.DType == DType.Bool ? x : Tensor.NotEqual(x.Strong(), 0);
}
