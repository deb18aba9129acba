using System.Numerics;

namespace StagedDiff;

/// <summary>Cholesky's and the LU factorisation, and systems with triangles. Matrices are in row-major order.</summary>
static unsafe class Triangles<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The lower L with L·Lᵀ = (A + Aᵀ)/2; all NaN where that is not positive definite.</summary>
    public static void Cholesky(T* a, T* l, int n)
    {
        T half = T.CreateChecked(0.5);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) l[i * n + j] = j <= i ? half * (a[i * n + j] + a[j * n + i]) : T.Zero;
        using var scratch = new Scratch<T>(n);
        T* column = scratch.At;
        for (int k = 0; k < n; k++)
        {
            T d = l[k * n + k];
            if (!(d > T.Zero) || !T.IsFinite(d))
            {
                Rows<T>.Fill(l, (long)n * n, T.NaN);
                return;
            }
            d = l[k * n + k] = T.Sqrt(d);
            for (int i = k + 1; i < n; i++) column[i] = l[i * n + k] /= d;
            for (int i = k + 1; i < n; i++) Rows<T>.Add(-column[i], column + k + 1, l + i * n + k + 1, i - k);
        }
    }

    /// <summary>
    /// Rows <paramref name="order"/> of A as L·U: L below the diagonal of <paramref name="lu"/>, where it is 1, and U on and above it. Of each column the largest
    /// element is taken.
    /// </summary>
    public static void Lu(T* a, T* lu, int* order, int n)
    {
        new ReadOnlySpan<T>(a, n * n).CopyTo(new(lu, n * n));
        for (int i = 0; i < n; i++) order[i] = i;
        for (int k = 0; k < n; k++)
        {
            int best = k;
            for (int i = k + 1; i < n; i++)
                if (T.Abs(lu[i * n + k]) > T.Abs(lu[best * n + k])) best = i;
            if (best != k)
            {
                Rows<T>.Exchange(lu + k * n, lu + best * n, n);
                (order[k], order[best]) = (order[best], order[k]);
            }
            T d = lu[k * n + k];
            if (d == T.Zero) continue;
            for (int i = k + 1; i < n; i++)
            {
                T f = lu[i * n + k] /= d;
                if (f != T.Zero) Rows<T>.Add(-f, lu + k * n + k + 1, lu + i * n + k + 1, n - k - 1);
            }
        }
    }

    /// <summary>X becomes A⁻¹·X for a triangle A, or A⁻ᵀ·X.</summary>
    public static void Solve(T* a, T* x, int n, int m, bool lower, bool unit, bool transposed = false)
    {
        int row = transposed ? 1 : n, column = transposed ? n : 1;
        bool down = lower != transposed;
        for (int k = 0; k < n; k++)
        {
            int i = down ? k : n - 1 - k;
            T* own = x + (long)i * m;
            for (int j = down ? 0 : i + 1; j < (down ? i : n); j++) Rows<T>.Add(-a[i * row + j * column], x + (long)j * m, own, m);
            if (unit) continue;
            T d = a[i * row + i * column];
            for (int c = 0; c < m; c++) own[c] /= d;
        }
    }

    /// <summary>A⁻¹·B, or A⁻ᵀ·B, from A's factors.</summary>
    public static void Solve(T* lu, int* order, T* b, T* x, int n, int m, bool transposed)
    {
        if (!transposed)
            for (int i = 0; i < n; i++) new ReadOnlySpan<T>(b + (long)order[i] * m, m).CopyTo(new(x + (long)i * m, m));
        else new ReadOnlySpan<T>(b, n * m).CopyTo(new(x, n * m));
        Solve(lu, x, n, m, lower: !transposed, unit: !transposed, transposed);
        Solve(lu, x, n, m, lower: transposed, unit: transposed, transposed);
        if (!transposed) return;
        using var scratch = new Scratch<T>(n * m);
        new ReadOnlySpan<T>(x, n * m).CopyTo(new(scratch.At, n * m));
        for (int i = 0; i < n; i++) new ReadOnlySpan<T>(scratch.At + (long)i * m, m).CopyTo(new(x + (long)order[i] * m, m));
    }
}

/// <summary>Memory of a routine while it runs.</summary>
unsafe struct Scratch<T>(int n) : IDisposable where T : unmanaged
{
    public readonly T* At = (T*)System.Runtime.InteropServices.NativeMemory.AlignedAlloc((nuint)Math.Max(n, 1) * (nuint)sizeof(T), 64);

    public readonly void Dispose() => System.Runtime.InteropServices.NativeMemory.AlignedFree(At);
}
