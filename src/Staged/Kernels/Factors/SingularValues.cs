using System.Numerics;

namespace StagedDiff;

/// <summary>
/// Singular values by the one-sided Jacobi method on a QR with exchange of columns (Drmač and Veselić, 2008): small ones keep their digits where columns are only scaled
/// badly. Slower than bidiagonal methods for hundreds of columns.
/// </summary>
static unsafe class SingularValues<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    const int MostSweeps = 60;

    /// <summary>A [m,n], m ≥ n, as U [m,n]·diag(s)·Vᵀ, s descending; all NaN where an element is not finite.</summary>
    public static void Of(T* a, T* u, T* s, T* vt, int m, int n)
    {
        T most = Rows<T>.Largest(a, (long)m * n);
        if (T.IsNaN(most))
        {
            Rows<T>.Fill(u, (long)m * n, most);
            Rows<T>.Fill(s, n, most);
            Rows<T>.Fill(vt, (long)n * n, most);
            return;
        }
        using var scratch = new Scratch<T>(2 * m * n + 3 * n * n);
        using var columns = new Scratch<int>(n);
        T* x = scratch.At, q = x + m * n, r = q + m * n, w = r + n * n, wt = w + n * n;
        int* order = columns.At;
        T scale = most == T.Zero ? T.One : most;
        for (int k = 0; k < m * n; k++) x[k] = a[k] / scale;
        for (int j = 0; j < n; j++) order[j] = j;
        Reflections<T>.Qr(x, q, r, m, n, order);
        // W turns the rows of R until they are orthogonal, diag(s)·Vᵀ: R = Wᵀ·diag(s)·Vᵀ.
        Rows<T>.Identity(w, n);
        Turn(r, w, s, n);
        for (int k = 0; k < n; k++) s[k] = Rows<T>.Length(r + k * n, n);
        for (int k = 0; k < n; k++)
        {
            int largest = k;
            for (int i = k + 1; i < n; i++)
                if (s[i] > s[largest]) largest = i;
            if (largest == k) continue;
            (s[k], s[largest]) = (s[largest], s[k]);
            Rows<T>.Exchange(r + k * n, r + largest * n, n);
            Rows<T>.Exchange(w + k * n, w + largest * n, n);
        }
        for (int k = 0; k < n; k++)
            if (s[k] > T.Zero)
                for (int i = 0; i < n; i++) r[k * n + i] /= s[k];
            else Complete(r, k, n);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
            {
                vt[i * n + order[j]] = r[i * n + j];
                wt[j * n + i] = w[i * n + j];
            }
        // U = Q·Wᵀ
        Rows<T>.Fill(u, (long)m * n, T.Zero);
        for (int i = 0; i < m; i++)
            for (int k = 0; k < n; k++) Rows<T>.Add(q[i * n + k], wt + k * n, u + i * n, n);
        for (int k = 0; k < n; k++) s[k] *= scale;
    }

    static void Turn(T* r, T* w, T* squares, int n)
    {
        T two = T.CreateChecked(2);
        for (int sweep = 0, turned = 1; turned > 0 && sweep < MostSweeps; sweep++)
        {
            turned = 0;
            for (int k = 0; k < n; k++) squares[k] = Rows<T>.Dot(r + k * n, r + k * n, n);
            for (int p = 0; p < n - 1; p++)
                for (int q = p + 1; q < n; q++)
                {
                    T* x = r + p * n, y = r + q * n;
                    T a = squares[p], b = squares[q], c = Rows<T>.Dot(x, y, n);
                    if (!(T.Abs(c) > Rows<T>.Epsilon * T.Sqrt(a) * T.Sqrt(b))) continue;
                    turned++;
                    // The smaller angle that makes them orthogonal: t² + 2ζ·t − 1 = 0.
                    T zeta = (b - a) / (two * c), t = T.CopySign(T.One, zeta) / (T.Abs(zeta) + T.Hypot(T.One, zeta)), cos = T.One / T.Hypot(T.One, t);
                    Rows<T>.Turn(cos, cos * t, x, y, n);
                    Rows<T>.Turn(cos, cos * t, w + p * n, w + q * n, n);
                    (squares[p], squares[q]) = (T.Max(T.Zero, a - t * c), b + t * c);
                }
        }
    }

    /// <summary>Row k as a unit vector orthogonal to those before it: what is left of that axis of which most is left.</summary>
    static void Complete(T* g, int k, int n)
    {
        using var scratch = new Scratch<T>(n);
        T* best = g + k * n, x = scratch.At;
        T longest = -T.One;
        for (int axis = 0; axis < n; axis++)
        {
            Rows<T>.Fill(x, n, T.Zero);
            x[axis] = T.One;
            for (int twice = 0; twice < 2; twice++)
                for (int i = 0; i < k; i++) Rows<T>.Add(-Rows<T>.Dot(g + i * n, x, n), g + i * n, x, n);
            T length = Rows<T>.Length(x, n);
            if (length <= longest) continue;
            longest = length;
            for (int i = 0; i < n; i++) best[i] = x[i] / length;
            if (length > T.CreateChecked(0.5)) break;
        }
    }
}
