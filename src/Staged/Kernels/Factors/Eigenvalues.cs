using System.Numerics;

namespace StagedDiff;

/// <summary>Eigenvalues and eigenvectors of symmetric matrices: three diagonals, then the QL iteration with implicit shifts (Golub and Van Loan, 8.3).</summary>
static unsafe class Eigenvalues<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    const int MostSteps = 60;

    /// <summary>(A + Aᵀ)/2 = V·diag(w)·Vᵀ, w ascending; all NaN where an element is not finite, or the iteration does not end.</summary>
    public static void Of(T* a, T* w, T* v, int n)
    {
        using var scratch = new Scratch<T>(2 * n * n + n);
        T* x = scratch.At, z = x + n * n, e = z + n * n;
        T half = T.CreateChecked(0.5), most = Rows<T>.Largest(a, (long)n * n);
        // Scaled, so that no square overflows or vanishes.
        T scale = most == T.Zero || T.IsNaN(most) ? T.One : most;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) x[i * n + j] = half * (a[i * n + j] / scale) + half * (a[j * n + i] / scale);
        if (!T.IsNaN(most)) Reflections<T>.Tridiagonal(x, z, w, e, n);
        if (T.IsNaN(most) || !Iterate(w, e, z, n))
        {
            Rows<T>.Fill(w, n, T.NaN);
            Rows<T>.Fill(v, (long)n * n, T.NaN);
            return;
        }
        for (int k = 0; k < n; k++)
        {
            int least = k;
            for (int i = k + 1; i < n; i++)
                if (w[i] < w[least]) least = i;
            if (least != k)
            {
                (w[k], w[least]) = (w[least], w[k]);
                Rows<T>.Exchange(z + k * n, z + least * n, n);
            }
            w[k] *= scale;
            for (int i = 0; i < n; i++) v[i * n + k] = z[k * n + i];
        }
    }

    /// <summary>Diagonals d and e to d alone; what turns them turns the rows of z.</summary>
    static bool Iterate(T* d, T* e, T* z, int n)
    {
        T two = T.CreateChecked(2);
        for (int l = 0; l < n; l++)
            for (int step = 0; ; step++)
            {
                int m = l;
                while (m < n - 1 && T.Abs(e[m]) > Rows<T>.Epsilon * (T.Abs(d[m]) + T.Abs(d[m + 1])) && T.Abs(e[m]) >= Rows<T>.Epsilon * Rows<T>.Epsilon * Rows<T>.Epsilon) m++;
                if (m == l) break;
                if (step == MostSteps) return false;
                // Wilkinson's shift: the eigenvalue of the first two by two that is nearer to its corner.
                T g = (d[l + 1] - d[l]) / (two * e[l]), r = T.Hypot(g, T.One);
                g = d[m] - d[l] + e[l] / (g + T.CopySign(r, g));
                T s = T.One, c = T.One, p = T.Zero;
                int i = m - 1;
                for (; i >= l; i--)
                {
                    T f = s * e[i], b = c * e[i];
                    r = e[i + 1] = T.Hypot(f, g);
                    if (r == T.Zero)
                    {
                        d[i + 1] -= p;
                        break;
                    }
                    (s, c) = (f / r, g / r);
                    g = d[i + 1] - p;
                    r = (d[i] - g) * s + two * c * b;
                    p = s * r;
                    d[i + 1] = g + p;
                    g = c * r - b;
                    Rows<T>.Turn(c, s, z + i * n, z + (i + 1) * n, n);
                }
                if (i < l)
                {
                    d[l] -= p;
                    e[l] = g;
                }
                e[m] = T.Zero;
            }
        return true;
    }
}
