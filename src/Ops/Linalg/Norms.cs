namespace StagedDiff;

/// <summary>Which norm of a matrix.</summary>
public enum MatrixOrder
{
    /// <summary>The root of the sum of squares of all elements.</summary>
    Frobenius,
    /// <summary>The sum of the singular values.</summary>
    Nuclear,
    /// <summary>The greatest sum of magnitudes in a column.</summary>
    One,
    /// <summary>The greatest singular value.</summary>
    Two,
    /// <summary>The greatest sum of magnitudes in a row.</summary>
    Infinity,
    /// <summary>The least sum of magnitudes in a column.</summary>
    MinusOne,
    /// <summary>The least singular value.</summary>
    MinusTwo,
    /// <summary>The least sum of magnitudes in a row.</summary>
    MinusInfinity,
}

// Norms.
public static partial class Linalg
{
    /// <summary>The norm of vectors along an axis, (Σ|x|ᵖ)^(1/p); without an axis and an order, the root of the sum of squares of all elements.</summary>
    /// <param name="x">Numbers; integers become F32.</param>
    /// <param name="ord">p: 2 if not given. 0 counts what is not 0, ±∞ takes the greatest or least magnitude. Of a matrix without an axis, the order of <see cref="MatrixNorm"/>.</param>
    /// <param name="axis">Which axis; negative ones count from the end.</param>
    /// <param name="keepDims">Whether axes stay, with extent 1.</param>
    /// <returns>Its derivative at a vector of zeros is 0.</returns>
    /// <exception cref="ShapeException">There is no such axis; or an order without an axis, for more than two axes.</exception>
    /// <exception cref="ArgumentException">A matrix has no norm of this order.</exception>
    /// <remarks>Follows numpy.linalg.norm.</remarks>
    public static Tensor Norm(Tensor x, double? ord = null, int? axis = null, bool keepDims = false)
    {
        if (axis is not null || ord is null || x.Rank < 2) return VectorNorm(x, ord ?? 2, axis, keepDims);
        if (x.Rank > 2) throw new ShapeException($"Norm: expected a vector or a matrix for an order without an axis, got {x.Type}.{Caller.Line()}");
        return MatrixNorm(x, ord switch
        {
            1 => MatrixOrder.One,
            2 => MatrixOrder.Two,
            double.PositiveInfinity => MatrixOrder.Infinity,
            -1 => MatrixOrder.MinusOne,
            -2 => MatrixOrder.MinusTwo,
            double.NegativeInfinity => MatrixOrder.MinusInfinity,
            _ => throw new ArgumentException($"Norm: expected one of the orders ±1, ±2, ±∞ for a matrix, got {ord}. For Frobenius' leave it out.{Caller.Line()}"),
        }, keepDims);
    }

    /// <summary>The norm of vectors along an axis; without one, of all elements as one vector.</summary>
    /// <inheritdoc cref="Norm"/>
    /// <remarks>Follows numpy.linalg.vector_norm.</remarks>
    public static Tensor VectorNorm(Tensor x, double ord = 2, int? axis = null, bool keepDims = false)
    {
        x = Real(x);
        switch (ord)
        {
            case 2: return Root((x * x).Sum(axis, keepDims));
            case 1: return Np.Abs(x).Sum(axis, keepDims);
            case 0: return Tensor.NotEqual(x, 0).Sum(axis, keepDims).Cast(x.DType);
            case double.PositiveInfinity: return Np.Abs(x).Max(axis, keepDims);
            case double.NegativeInfinity: return Np.Abs(x).Min(axis, keepDims);
        }
        var sum = Tensor.Pow(Np.Abs(x), ord).Sum(axis, keepDims);
        // A power of 0 has no derivative of use: 0 as for ord = 2.
        var zero = Tensor.Equal(sum, 0);
        return Np.Where(zero, 0, Tensor.Pow(Np.Where(zero, 1, sum), 1 / ord));
    }

    /// <summary>A norm of matrices: [b…,m,n] → [b…]. Its derivative at a matrix of zeros is 0, but where singular values are meant.</summary>
    /// <param name="a">Numbers; integers become F32.</param>
    /// <param name="order">Which.</param>
    /// <param name="keepDims">Whether the two axes stay, with extent 1.</param>
    /// <exception cref="ShapeException">a has fewer than two axes; or no elements, of which one is the greatest.</exception>
    /// <remarks>Follows numpy.linalg.matrix_norm.</remarks>
    public static Tensor MatrixNorm(Tensor a, MatrixOrder order = MatrixOrder.Frobenius, bool keepDims = false)
    {
        var x = Matrix("MatrixNorm", a);
        Tensor Columns() => Np.Abs(x).Sum(-2);
        Tensor Rows() => Np.Abs(x).Sum(-1);
        var y = order switch
        {
            MatrixOrder.Frobenius => Root((x * x).Sum([-2, -1])),
            MatrixOrder.Nuclear => Svdvals(x).Sum(-1),
            MatrixOrder.One => Columns().Max(-1),
            MatrixOrder.Two => Svdvals(x)[Slice.Ellipsis, 0],
            MatrixOrder.Infinity => Rows().Max(-1),
            MatrixOrder.MinusOne => Columns().Min(-1),
            MatrixOrder.MinusTwo => Svdvals(x)[Slice.Ellipsis, ^1],
            MatrixOrder.MinusInfinity => Rows().Min(-1),
            _ => throw new ArgumentOutOfRangeException(nameof(order), order, $"MatrixNorm: no order.{Caller.Line()}"),
        };
        return keepDims ? y.Unsqueeze(-1).Unsqueeze(-1) : y;
    }

    static Tensor Root(Tensor sum)
    {
        var zero = Tensor.Equal(sum, 0);
        return Np.Where(zero, 0, Tensor.Sqrt(Np.Where(zero, 1, sum)));
    }
}
