using System.Numerics;

namespace StagedDiff;

/// <summary>
/// Singular values by the one-sided Jacobi method on R of a QR (Demmel and Veselić, 1992): small ones keep their digits where R's columns are
/// only scaled badly. Slower than bidiagonal methods for hundreds of columns.
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
        using var scratch = new Scratch<T>(2 * m * n + 2 * n * n);
        T* x = scratch.At, q = x + m * n, r = q + m * n, g = r + n * n;
        T scale = most == T.Zero ? T.One : most;
        for (int k = 0; k < m * n; k++) x[k] = a[k] / scale;
        Reflections<T>.Qr(x, q, r, m, n);
        // Rows of g are the columns of R: turned until they are orthogonal, they are those of U·diag(s).
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) g[j * n + i] = r[i * n + j];
        Rows<T>.Identity(vt, n);
        Turn(g, vt, n);
        for (int k = 0; k < n; k++) s[k] = Rows<T>.Length(g + k * n, n);
        for (int k = 0; k < n; k++)
        {
            int largest = k;
            for (int i = k + 1; i < n; i++)
                if (s[i] > s[largest]) largest = i;
            if (largest == k) continue;
            (s[k], s[largest]) = (s[largest], s[k]);
            Rows<T>.Exchange(g + k * n, g + largest * n, n);
            Rows<T>.Exchange(vt + k * n, vt + largest * n, n);
        }
        for (int k = 0; k < n; k++)
            if (s[k] > T.Zero)
                for (int i = 0; i < n; i++) g[k * n + i] /= s[k];
            else Complete(g, k, n);
        // U = Q·gᵀ
        Rows<T>.Fill(u, (long)m * n, T.Zero);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) r[i * n + j] = g[j * n + i];
        for (int i = 0; i < m; i++)
            for (int k = 0; k < n; k++) Rows<T>.Add(q[i * n + k], r + k * n, u + i * n, n);
        for (int k = 0; k < n; k++) s[k] *= scale;
    }

    static void Turn(T* g, T* vt, int n)
    {
        T two = T.CreateChecked(2);
        for (int sweep = 0, turned = 1; turned > 0 && sweep < MostSweeps; sweep++)
        {
            turned = 0;
            for (int p = 0; p < n - 1; p++)
                for (int q = p + 1; q < n; q++)
                {
                    T* x = g + p * n, y = g + q * n;
                    T a = Rows<T>.Dot(x, x, n), b = Rows<T>.Dot(y, y, n), c = Rows<T>.Dot(x, y, n);
                    if (!(T.Abs(c) > Rows<T>.Epsilon * T.Sqrt(a) * T.Sqrt(b))) continue;
                    turned++;
                    // The smaller angle that makes them orthogonal: t² + 2ζ·t − 1 = 0.
                    T zeta = (b - a) / (two * c), t = T.CopySign(T.One, zeta) / (T.Abs(zeta) + T.Hypot(T.One, zeta)), cos = T.One / T.Hypot(T.One, t);
                    Rows<T>.Turn(cos, cos * t, x, y, n);
                    Rows<T>.Turn(cos, cos * t, vt + p * n, vt + q * n, n);
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
