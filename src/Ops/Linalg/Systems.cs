namespace StagedDiff;

// Systems of linear equations.
public static partial class Linalg
{
    /// <summary>X with A·X = B, for a square A: [b…,n,n] and [b…,n,k] → [b…,n,k]; a vector [n] gives vectors. Leading axes broadcast.</summary>
    /// <returns>Infinities or NaN where A is singular.</returns>
    /// <exception cref="ShapeException">A is not square, or the shapes do not meet.</exception>
    /// <remarks>Follows jax.numpy.linalg.solve; NumPy's throws where A is singular. By LU with exchange of rows: backward stable.</remarks>
    public static Tensor Solve(Tensor a, Tensor b) => Columns("Solve", Square("Solve", a), b, Prim.Solve);

    /// <summary>X with A·X = B, for a triangle A: what lies on its other side is not read. Shapes as for <see cref="Solve"/>.</summary>
    /// <param name="a">[b…,n,n].</param>
    /// <param name="b">[b…,n,k] or [n].</param>
    /// <param name="lower">Whether the triangle is the lower one.</param>
    /// <param name="transposed">Whether to solve Aᵀ·X = B.</param>
    /// <param name="unitDiagonal">Whether its diagonal is 1: then it is not read.</param>
    /// <returns>Infinities or NaN where an element of the diagonal is 0.</returns>
    /// <exception cref="ShapeException">A is not square, or the shapes do not meet.</exception>
    /// <remarks>Follows jax.scipy.linalg.solve_triangular, whose default is the upper triangle.</remarks>
    public static Tensor TriangularSolve(Tensor a, Tensor b, bool lower = true, bool transposed = false, bool unitDiagonal = false) =>
        Columns("TriangularSolve", Square("TriangularSolve", transposed ? a.T : a), b, (x, y) => Prim.TriangularSolve(x, y, lower != transposed, unitDiagonal));

    /// <summary>X with L·Lᵀ·X = B, from Cholesky's factor. Shapes as for <see cref="Solve"/>.</summary>
    /// <exception cref="ShapeException">L is not square, or the shapes do not meet.</exception>
    public static Tensor CholeskySolve(Tensor l, Tensor b) => TriangularSolve(l, TriangularSolve(l, b), transposed: true);

    /// <summary>A⁻¹: [b…,n,n] → the same. To solve a system use <see cref="Solve"/>, which is faster and more accurate.</summary>
    /// <returns>Infinities or NaN where A is singular.</returns>
    /// <exception cref="ShapeException">A is not square.</exception>
    public static Tensor Inverse(Tensor a)
    {
        var x = Square("Inverse", a);
        return Prim.Solve(x, Identity(x));
    }

    /// <summary>The shortest X with the least |A·X − B|: [b…,m,n] and [b…,m,k] → [b…,n,k]; a vector [m] gives vectors.</summary>
    /// <param name="a">Any matrix: tall, wide, or not of full rank.</param>
    /// <param name="b">What A·X should be.</param>
    /// <param name="rcond">Singular values below this part of the largest count as 0. Null: the unit roundoff times max(m, n).</param>
    /// <returns>X; the sums of squares of B − A·X [b…,k] (of a vector a number); how many singular values count (I32); the singular values. Only of X is there a derivative: that of a
    /// matrix whose rank stays.</returns>
    /// <exception cref="ShapeException">The shapes do not meet, or an extent is symbolic.</exception>
    /// <remarks>Follows numpy.linalg.lstsq, which gives the sums of squares only where A is tall and of full rank. By singular values.</remarks>
    public static (Tensor X, Tensor Residuals, Tensor Rank, Tensor SingularValues) Lstsq(Tensor a, Tensor b, double? rcond = null)
    {
        var x = Matrix("Lstsq", a);
        // Types meet first, so that the singular values are those of the matrix used.
        x = x.To(Tensor.Common("Lstsq", x, Real(b)));
        var (u, inverse, vt, s) = Pseudo("Lstsq", x, rcond);
        var y = Columns("Lstsq", x, b, (m, c) =>
        {
            Shape lead = m.Shape.Slice(0, m.Rank - 2);
            Tensor To(Tensor t, int own) => t.Expand([.. lead, .. t.Shape.Skip(t.Rank - own)]);
            return Prim.LeastSquares(m, To(u, 2), To(inverse, 1), To(vt, 2), c);
        });
        var (columns, wanted) = b.Rank == 1 ? (y.Unsqueeze(-1), b.Unsqueeze(-1)) : (y, b);
        var rest = Fn.StopGradient(x.MatMul(columns) - wanted);
        var squares = (rest * rest).Sum(-2);
        return (y, b.Rank == 1 ? squares.Squeeze(-1) : squares, (inverse > 0).Sum(-1), Fn.StopGradient(s));
    }

    /// <summary>The pseudo-inverse A⁺ of Moore and Penrose: [b…,m,n] → [b…,n,m].</summary>
    /// <param name="a">Any matrix.</param>
    /// <param name="rcond">Singular values below this part of the largest count as 0. Null: the unit roundoff times max(m, n).</param>
    /// <returns>Its derivative is that of a matrix whose rank stays. NaN of a matrix that is not finite.</returns>
    /// <exception cref="ShapeException">a has fewer than two axes, or an extent is symbolic.</exception>
    /// <remarks>Follows jax.numpy.linalg.pinv but for the default of <paramref name="rcond"/>, which is NumPy's of least squares.</remarks>
    public static Tensor PseudoInverse(Tensor a, double? rcond = null)
    {
        var x = Matrix("PseudoInverse", a);
        var (u, inverse, vt, _) = Pseudo("PseudoInverse", x, rcond);
        return Prim.LeastSquares(x, u, inverse, vt, Identity(x, x.Shape[^2]));
    }

    /// <summary>How many singular values are above <paramref name="rtol"/> times the largest: I32 [b…]. Null: the unit roundoff times max(m, n).</summary>
    /// <exception cref="ShapeException">a has fewer than two axes, or an extent is symbolic.</exception>
    public static Tensor MatrixRank(Tensor a, double? rtol = null) => (Pseudo("MatrixRank", Matrix("MatrixRank", a), rtol).Inverse > 0).Sum(-1);

    /// <summary>The condition number: the largest singular value by the least, [b…,m,n] → [b…].</summary>
    /// <exception cref="ShapeException">a has fewer than two axes, or an extent is symbolic, or there are no elements.</exception>
    public static Tensor Cond(Tensor a)
    {
        var s = Svdvals(a);
        return s[Slice.Ellipsis, 0] / s[Slice.Ellipsis, ^1];
    }

    static (Tensor U, Tensor Inverse, Tensor Vt, Tensor S) Pseudo(string name, Tensor a, double? rcond)
    {
        var (x, m, n) = Known(name, a);
        var (u, s, vt) = Svd(Fn.StopGradient(x));
        if (s.Shape[^1] == 0) return (u, s, vt, s);
        double cut = rcond ?? Math.Max(m, n) * (a.DType == DType.F32 ? Math.ScaleB(1, -23) : Math.ScaleB(1, -52));
        var counts = s > cut * s[Slice.Ellipsis, ..1] | Np.IsNaN(s);
        return (u, Np.Where(counts, 1 / Np.Where(counts, s, 1), 0), vt, s);
    }

    /// <summary>f of matrices with the same leading axes; a vector counts as one column.</summary>
    static Tensor Columns(string name, Tensor a, Tensor b, Func<Tensor, Tensor, Tensor> f)
    {
        var right = Real(b);
        var type = Tensor.Common(name, a, right);
        var (x, y) = (a.To(type), (b.Rank == 1 ? right.Unsqueeze(1) : right).To(type));
        if (b.Rank == 0 || y.Shape[^2] != x.Shape[^2])
            throw new ShapeException($"{name}: expected [b…,m,n] and [b…,m,k] or [m], got {a.Type} and {b.Type}.{Caller.Line()}");
        Shape Lead(Tensor t) => t.Shape.Slice(0, t.Rank - 2);
        if (Lead(x) != Lead(y))
        {
            var lead = Tensor.Broadcast(name, x[Slice.Ellipsis, 0, 0], y[Slice.Ellipsis, 0, 0]);
            (x, y) = (x.Expand([.. lead, x.Shape[^2], x.Shape[^1]]), y.Expand([.. lead, y.Shape[^2], y.Shape[^1]]));
        }
        var z = f(x, y);
        return b.Rank == 1 ? z.Squeeze(-1) : z;
    }

    /// <summary>Identity matrices like a matrix, or of another size.</summary>
    static Tensor Identity(Tensor like, Extent? size = null)
    {
        var n = size ?? like.Shape[^1];
        var type = new TensorType(DType.I32, [n, n]);
        return Tensor.Equal(Prim.Iota(type, 0), Prim.Iota(type, 1)).To(like.DType).Expand([.. like.Shape.Slice(0, like.Rank - 2), n, n]);
    }
}
