using System.Numerics;

namespace StagedDiff;

/// <summary>Factorisations by Householder's reflections I − β·v·vᵀ: QR, and symmetric matrices to three diagonals.</summary>
static unsafe class Reflections<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// The reflection that leaves of x its first element alone: x becomes v with v₀ = 1. The length gets the sign that does not cancel, as in LAPACK; where all
    /// others are 0 already, β is 0 and nothing is reflected.
    /// </summary>
    static (T Beta, T First) Of(T* x, int n)
    {
        T rest = Rows<T>.Length(x + 1, n - 1);
        if (rest == T.Zero) return (T.Zero, x[0]);
        T first = -T.CopySign(T.Hypot(x[0], rest), x[0]), beta = (first - x[0]) / first, scale = x[0] - first;
        x[0] = T.One;
        for (int k = 1; k < n; k++) x[k] /= scale;
        return (beta, first);
    }

    /// <summary>Rows of X less β·v·(vᵀ·X).</summary>
    static void Apply(T beta, T* v, T* x, int rows, int columns, int stride, T* sum)
    {
        Rows<T>.Fill(sum, columns, T.Zero);
        for (int i = 0; i < rows; i++) Rows<T>.Add(v[i], x + (long)i * stride, sum, columns);
        for (int i = 0; i < rows; i++) Rows<T>.Add(-beta * v[i], sum, x + (long)i * stride, columns);
    }

    /// <summary>
    /// A [m,n], m ≥ n, as Q [m,n] with orthonormal columns times the upper R [n,n]. With an order, of A's columns in this order: each time the longest of what is left.
    /// </summary>
    public static void Qr(T* a, T* q, T* r, int m, int n, int* order = null)
    {
        using var scratch = new Scratch<T>(m * n + (m + 1) * n + n);
        T* x = scratch.At, v = x + m * n, beta = v + (long)m * n, sum = beta + n;
        new ReadOnlySpan<T>(a, m * n).CopyTo(new(x, m * n));
        for (int k = 0; k < n; k++)
        {
            if (order is not null) Longest(x, order, k, m, n, sum);
            T* own = v + (long)k * m;
            for (int i = k; i < m; i++) own[i] = x[i * n + k];
            (beta[k], T first) = Of(own + k, m - k);
            if (beta[k] != T.Zero) Apply(beta[k], own + k, x + k * n + k, m - k, n - k, n, sum);
            x[k * n + k] = first;
        }
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) r[i * n + j] = j < i ? T.Zero : x[i * n + j];
        Rows<T>.Fill(q, (long)m * n, T.Zero);
        for (int k = 0; k < n; k++) q[k * n + k] = T.One;
        for (int k = n - 1; k >= 0; k--)
            if (beta[k] != T.Zero) Apply(beta[k], v + (long)k * m + k, q + k * n + k, m - k, n - k, n, sum);
    }

    static void Longest(T* x, int* order, int k, int m, int n, T* squares)
    {
        Rows<T>.Fill(squares, n, T.Zero);
        for (int i = k; i < m; i++)
            for (int j = k; j < n; j++) squares[j] = T.FusedMultiplyAdd(x[i * n + j], x[i * n + j], squares[j]);
        int best = k;
        for (int j = k + 1; j < n; j++)
            if (squares[j] > squares[best]) best = j;
        if (best == k) return;
        (order[k], order[best]) = (order[best], order[k]);
        for (int i = 0; i < m; i++) (x[i * n + k], x[i * n + best]) = (x[i * n + best], x[i * n + k]);
    }

    /// <summary>
    /// A symmetric A as Zᵀ·T·Z, T of the diagonal <paramref name="d"/> and of <paramref name="e"/> beside it (e₀ … eₙ₋₂). A is lost.
    /// </summary>
    public static void Tridiagonal(T* a, T* z, T* d, T* e, int n)
    {
        using var scratch = new Scratch<T>(3 * n);
        T* v = scratch.At, p = v + n, sum = p + n;
        Rows<T>.Identity(z, n);
        T half = T.CreateChecked(0.5);
        for (int k = 0; k < n - 1; k++)
        {
            int rest = n - k - 1;
            for (int i = 0; i < rest; i++) v[i] = a[(k + 1 + i) * n + k];
            var (beta, first) = Of(v, rest);
            e[k] = first;
            if (beta == T.Zero) continue;
            // H·A·H = A − v·wᵀ − w·vᵀ, w = p − β/2·(p·v)·v, p = β·A·v
            T* block = a + (k + 1) * n + k + 1;
            for (int i = 0; i < rest; i++) p[i] = beta * Rows<T>.Dot(block + i * n, v, rest);
            Rows<T>.Add(-half * beta * Rows<T>.Dot(p, v, rest), v, p, rest);
            for (int i = 0; i < rest; i++)
            {
                Rows<T>.Add(-v[i], p, block + i * n, rest);
                Rows<T>.Add(-p[i], v, block + i * n, rest);
            }
            Apply(beta, v, z + (k + 1) * n, rest, n, n, sum);
        }
        for (int k = 0; k < n; k++) d[k] = a[k * n + k];
    }
}
