using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace StagedDiff;

/// <summary>What factorisations do with rows of a matrix. Every operation has the same bits at every vector width.</summary>
static unsafe class Rows<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static readonly T Epsilon = typeof(T) == typeof(float) ? T.CreateChecked(Math.ScaleB(1, -23)) : T.CreateChecked(Math.ScaleB(1, -52));

    /// <summary>y + a·x, each by one FMA.</summary>
    public static void Add(T a, T* x, T* y, int n)
    {
        if (n >= 8) TensorPrimitives.FusedMultiplyAdd(new ReadOnlySpan<T>(x, n), a, new ReadOnlySpan<T>(y, n), new Span<T>(y, n));
        else for (int k = 0; k < n; k++) y[k] = T.FusedMultiplyAdd(x[k], a, y[k]);
    }

    /// <summary>Σ x·y in two registers of 512 bits, which narrower machines have as several: their lanes one after another, then what is left.</summary>
    public static T Dot(T* x, T* y, int n)
    {
        int k = 0, lanes = Vector512<T>.Count;
        Vector512<T> a = default, b = default;
        for (; k + 2 * lanes <= n; k += 2 * lanes)
        {
            a += *(Vector512<T>*)(x + k) * *(Vector512<T>*)(y + k);
            b += *(Vector512<T>*)(x + k + lanes) * *(Vector512<T>*)(y + k + lanes);
        }
        T sum = T.Zero;
        if (k > 0)
            for (int i = 0; i < lanes; i++) sum += a.GetElement(i) + b.GetElement(i);
        for (; k < n; k++) sum += x[k] * y[k];
        return sum;
    }

    /// <summary>(x, y) turned: (c·x − s·y, s·x + c·y).</summary>
    public static void Turn(T c, T s, T* x, T* y, int n)
    {
        int k = 0;
        if (Vector.IsHardwareAccelerated)
            for (Vector<T> cs = new(c), ss = new(s); k + Vector<T>.Count <= n; k += Vector<T>.Count)
            {
                Vector<T> a = *(Vector<T>*)(x + k), b = *(Vector<T>*)(y + k);
                *(Vector<T>*)(x + k) = cs * a - ss * b;
                *(Vector<T>*)(y + k) = ss * a + cs * b;
            }
        for (; k < n; k++)
        {
            T a = x[k], b = y[k];
            x[k] = c * a - s * b;
            y[k] = s * a + c * b;
        }
    }

    /// <summary>The largest magnitude; NaN where there is one, or an infinity.</summary>
    public static T Largest(T* x, long n)
    {
        T most = T.Zero;
        for (long k = 0; k < n; k++)
        {
            if (!T.IsFinite(x[k])) return T.NaN;
            most = T.Max(most, T.Abs(x[k]));
        }
        return most;
    }

    /// <summary>The length of a vector, without overflow.</summary>
    public static T Length(T* x, int n)
    {
        T most = T.Zero, sum = T.Zero;
        for (int k = 0; k < n; k++) most = T.Max(most, T.Abs(x[k]));
        if (most == T.Zero || !T.IsFinite(most)) return most;
        for (int k = 0; k < n; k++)
        {
            T t = x[k] / most;
            sum = T.FusedMultiplyAdd(t, t, sum);
        }
        return most * T.Sqrt(sum);
    }

    public static void Fill(T* x, long n, T value)
    {
        for (long k = 0; k < n; k++) x[k] = value;
    }

    public static void Identity(T* x, int n)
    {
        Fill(x, (long)n * n, T.Zero);
        for (int k = 0; k < n; k++) x[k * n + k] = T.One;
    }

    public static void Exchange(T* x, T* y, int n)
    {
        for (int k = 0; k < n; k++) (x[k], y[k]) = (y[k], x[k]);
    }
}
