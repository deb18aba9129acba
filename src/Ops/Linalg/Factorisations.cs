namespace StagedDiff;

/// <summary>
/// Linear algebra on the last two axes, for each matrix of a batch: F32 or F64 (integers become F32), differentiable in both modes, under all transforms. What has no
/// answer is NaN, as in JAX, where NumPy throws: under Jit nobody could catch it.
/// </summary>
public static partial class Linalg
{
    /// <summary>The lower triangle L with L·Lᵀ = A, for a symmetric positive definite A: [b…,n,n] → the same.</summary>
    /// <param name="a">Of a matrix that is not symmetric, (A + Aᵀ)/2 is taken; the derivative is symmetric.</param>
    /// <returns>NaN in all of a matrix that is not positive definite.</returns>
    /// <exception cref="ShapeException">a is no square matrix.</exception>
    /// <remarks>Follows jax.numpy.linalg.cholesky. NumPy's throws, and reads the lower triangle alone.</remarks>
    public static Tensor Cholesky(Tensor a) => Prim.Cholesky(Square("Cholesky", a));

    /// <summary>A = Q·R: Q with orthonormal columns, R an upper triangle. [b…,m,n] → [b…,m,k] and [b…,k,n], k = min(m, n).</summary>
    /// <param name="a">Any matrix.</param>
    /// <param name="complete">k = m also where there are more rows than columns: to the columns of Q come m − n that are orthogonal to all of A, to R as many rows of zeros.</param>
    /// <returns>R's diagonal may be negative, as LAPACK's.</returns>
    /// <exception cref="ShapeException">a has fewer than two axes, or an extent is symbolic.</exception>
    /// <remarks>
    /// Follows numpy.linalg.qr (reduced, complete). The derivative is that of a matrix whose first min(m, n) columns are independent; where they are not, it is infinite or NaN.
    /// What a complete Q adds is one basis of many: its derivative is that of the one that turns least, exact in all that depends on the space alone.
    /// </remarks>
    public static (Tensor Q, Tensor R) Qr(Tensor a, bool complete = false)
    {
        var (x, m, n) = Known("Qr", a);
        if (m < n)
        {
            // The first m columns make Q; the others are turned by it.
            var (q, r) = Prim.Qr(x[Slice.Ellipsis, ..m]);
            return (q, Np.Concatenate([r, q.T.MatMul(x[Slice.Ellipsis, m..])], -1));
        }
        return complete && m > n ? Completed(x, m, n) : Prim.Qr(x);
    }

    /// <summary>
    /// Q of A beside zeros, which no reflection changes, is all of it: its last columns are the basis. They get their derivative as the columns, held constant, of a square
    /// matrix beside A.
    /// </summary>
    static (Tensor Q, Tensor R) Completed(Tensor x, int m, int n)
    {
        var zeros = Prim.Zeros(new(x.DType, [.. x.Shape.Slice(0, x.Rank - 1), m - n]));
        var basis = Fn.StopGradient(Prim.Qr(Np.Concatenate([x, zeros], -1)).Q[Slice.Ellipsis, n..]);
        var (q, r) = Prim.Qr(Np.Concatenate([x, basis], -1));
        // A reflection may have turned one round: R says which.
        var sign = Np.Sign(Fn.StopGradient(Np.Diagonal(r)))[Slice.Ellipsis, n..];
        q = Np.Concatenate([q[Slice.Ellipsis, ..n], q[Slice.Ellipsis, n..] * sign.Unsqueeze(-2)], -1);
        // Below A's own triangle stand zeros, whatever the rounding.
        return (q, Np.Triu(r[Slice.Ellipsis, ..n]));
    }

    /// <summary>A = U·diag(s)·Vᵀ: [b…,m,n] → U [b…,m,k], s [b…,k] descending, Vᵀ [b…,k,n], k = min(m, n).</summary>
    /// <param name="a">Any matrix.</param>
    /// <param name="fullMatrices">U [b…,m,m] and Vᵀ [b…,n,n]: to the larger one come orthonormal vectors that A does not reach.</param>
    /// <returns>Columns of U and rows of Vᵀ are orthonormal; where singular values are equal or 0, some such. NaN of a matrix that is not finite.</returns>
    /// <exception cref="ShapeException">a has fewer than two axes, or an extent is symbolic.</exception>
    /// <remarks>
    /// Follows numpy.linalg.svd, whose default is full matrices. The derivative of U and V is infinite or NaN where singular values are equal, unless the function does not depend on
    /// which vectors were chosen and its cotangents say so exactly; that of s alone is always finite. For the added vectors see <see cref="Qr"/>.
    /// </remarks>
    public static (Tensor U, Tensor S, Tensor Vt) Svd(Tensor a, bool fullMatrices = false)
    {
        var (x, m, n) = Known("Svd", a);
        if (m < n)
        {
            var (v, t, ut) = Svd(x.T, fullMatrices);
            return (ut.T, t, v.T);
        }
        var (u, s, vt) = Prim.Svd(x);
        return fullMatrices && m > n ? (Np.Concatenate([u, Completed(u, m, n).Q[Slice.Ellipsis, n..]], -1), s, vt) : (u, s, vt);
    }

    /// <summary>The singular values, descending: [b…,m,n] → [b…,min(m,n)].</summary>
    /// <returns>NaN of a matrix that is not finite.</returns>
    /// <exception cref="ShapeException">a has fewer than two axes, or an extent is symbolic.</exception>
    public static Tensor Svdvals(Tensor a) => Svd(a).S;

    /// <summary>A = V·diag(w)·Vᵀ for a symmetric A: [b…,n,n] → w [b…,n] ascending, V [b…,n,n] with the vectors as columns.</summary>
    /// <param name="a">Of a matrix that is not symmetric, (A + Aᵀ)/2 is taken; the derivative is symmetric.</param>
    /// <returns>NaN of a matrix that is not finite.</returns>
    /// <exception cref="ShapeException">a is no square matrix.</exception>
    /// <remarks>Follows jax.numpy.linalg.eigh. The derivative of V is infinite or NaN where eigenvalues are equal, as that of <see cref="Svd"/>; that of w is not.</remarks>
    public static (Tensor Eigenvalues, Tensor Eigenvectors) Eigh(Tensor a) => Prim.Eigh(Square("Eigh", a));

    /// <summary>The eigenvalues of a symmetric matrix, ascending: [b…,n,n] → [b…,n].</summary>
    /// <inheritdoc cref="Eigh"/>
    public static Tensor Eigvalsh(Tensor a) => Eigh(a).Eigenvalues;

    /// <summary>A as floats.</summary>
    static Tensor Matrix(string name, Tensor a) => a.Rank >= 2 ? Real(a) : throw new ShapeException($"{name}: expected a matrix [b…,m,n], got {a.Type}.{Caller.Line()}");

    static Tensor Square(string name, Tensor a) => a.Rank >= 2 && a.Shape[^1] == a.Shape[^2] ? Real(a)
        : throw new ShapeException($"{name}: expected a square matrix [b…,n,n], got {a.Type}.{Caller.Line()}");

    static (Tensor A, int M, int N) Known(string name, Tensor a)
    {
        var x = Matrix(name, a);
        return x.Shape[^1].IsConstant && x.Shape[^2].IsConstant ? (x, x.Shape[^2], x.Shape[^1])
            : throw new ShapeException($"{name}: the last two extents of {a.Type} must be constant here. Trace with such.{Caller.Line()}");
    }

    static Tensor Real(Tensor x) => x.DType.IsFloat() ? x.Strong() : x.To(DType.F32);
}
