using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace StagedDiff;

/// <summary>
/// A matrix times a vector, c[i] = Σ A[i, q]·b[q]: term q goes to accumulator q mod 64, a chain of fused multiply-adds over q ascending from +0, and the 64 fold in
/// halves, as those of a sum do. So a row is read as it lies, whole vectors at a time, and each element of A once. Strides in bytes; b and c are contiguous.
/// </summary>
static unsafe class ProductDot
{
    const MethodImplOptions Fast = MethodImplOptions.AggressiveOptimization, Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>Accumulators of an element.</summary>
    public const int Lanes = 64;

    /// <summary>Bytes of a strip of columns, whose accumulators fill half of the first cache; and of a vector.</summary>
    const int Strip = 512, Wide = 64;

    /// <summary>Bytes of memory that <see cref="Run"/> takes for itself.</summary>
    public static long Memory(long k, int size) => Math.Max(k * size, Lanes * Strip);

    /// <summary>The rows from <paramref name="first"/> up to <paramref name="end"/> of <paramref name="m"/>.</summary>
    public static void Run<T>(long a, Matrix strides, long b, long c, long first, long end, long m, long k, long memory) where T : unmanaged
    {
        if (strides.ColumnStride == sizeof(T)) Rows<T>(a + first * strides.RowStride, strides.RowStride, (T*)b, (T*)c + first, end - first, k);
        else if (strides.RowStride == sizeof(T) && m >= Wide / sizeof(T)) Columns<T>(a, strides.ColumnStride, (T*)b, (T*)c, first, end, m, k, (byte*)memory);
        else
            for (long i = first; i < end; i++)
            {
                // A row at a time, copied to where it is contiguous.
                for (long q = 0; q < k; q++) ((T*)memory)[q] = *(T*)(a + i * strides.RowStride + q * strides.ColumnStride);
                Rows<T>(memory, 0, (T*)b, (T*)c + i, 1, k);
            }
    }

    // ---------------------------------------------------------------- rows of A contiguous: lanes along them

    [MethodImpl(Fast)]
    static void Rows<T>(long a, long stride, T* b, T* c, long rows, long k) where T : unmanaged
    {
        long i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            if (typeof(T) == typeof(float))
                for (; i + 4 <= rows; i += 4) Four((float*)(a + i * stride), stride, (float*)b, (float*)c + i, k);
            else
                for (; i + 2 <= rows; i += 2) Two((double*)(a + i * stride), stride, (double*)b, (double*)c + i, k);
        }
        for (; i < rows; i++) c[i] = One((T*)(a + i * stride), b, k);
    }

    /// <summary>One row, its accumulators in memory.</summary>
    [MethodImpl(Fast)]
    static T One<T>(T* a, T* b, long k) where T : unmanaged
    {
        var sums = stackalloc T[Lanes];
        new Span<T>(sums, Lanes).Clear();
        long q = 0;
        if (Vector256.IsHardwareAccelerated)
            for (; q + Lanes <= k; q += Lanes)
                for (int v = 0; v < Lanes; v += Vector256<T>.Count)
                    Fma(Vector256.Load(a + q + v), Vector256.Load(b + q + v), Vector256.Load(sums + v)).Store(sums + v);
        for (; q < k; q++) sums[q & Lanes - 1] = Fma(a[q], b[q], sums[q & Lanes - 1]);
        return Fold(sums);
    }

    static T Fold<T>(T* sums) where T : unmanaged
    {
        for (int half = Lanes / 2; half > 0; half /= 2)
            for (int v = 0; v < half; v++) sums[v] = Add(sums[v], sums[v + half]);
        return sums[0];
    }

    [MethodImpl(Fast)]
    static void Four(float* a, long stride, float* b, float* c, long k)
    {
        float* a1 = (float*)((long)a + stride), a2 = (float*)((long)a1 + stride), a3 = (float*)((long)a2 + stride);
        Vector512<float> s00 = default, s01 = default, s02 = default, s03 = default, s10 = default, s11 = default, s12 = default, s13 = default;
        Vector512<float> s20 = default, s21 = default, s22 = default, s23 = default, s30 = default, s31 = default, s32 = default, s33 = default;
        long q = Head((long)a, stride, k);
        if (q > 0) (s03, s13, s23, s33) = Part(a + q - 16, a1 + q - 16, a2 + q - 16, a3 + q - 16, b + q - 16, ~First(16 - q), s03, s13, s23, s33);
        for (; q + Lanes <= k; q += Lanes)
        {
            Vector512<float> b0 = Vector512.Load(b + q), b1 = Vector512.Load(b + q + 16), b2 = Vector512.Load(b + q + 32), b3 = Vector512.Load(b + q + 48);
            (s00, s01, s02, s03) = (Next(a + q, b0, s00), Next(a + q + 16, b1, s01), Next(a + q + 32, b2, s02), Next(a + q + 48, b3, s03));
            (s10, s11, s12, s13) = (Next(a1 + q, b0, s10), Next(a1 + q + 16, b1, s11), Next(a1 + q + 32, b2, s12), Next(a1 + q + 48, b3, s13));
            (s20, s21, s22, s23) = (Next(a2 + q, b0, s20), Next(a2 + q + 16, b1, s21), Next(a2 + q + 32, b2, s22), Next(a2 + q + 48, b3, s23));
            (s30, s31, s32, s33) = (Next(a3 + q, b0, s30), Next(a3 + q + 16, b1, s31), Next(a3 + q + 32, b2, s32), Next(a3 + q + 48, b3, s33));
        }
        if (q < k)
        {
            (s00, s10, s20, s30) = Part(a + q, a1 + q, a2 + q, a3 + q, b + q, First(k - q), s00, s10, s20, s30);
            (s01, s11, s21, s31) = Part(a + q + 16, a1 + q + 16, a2 + q + 16, a3 + q + 16, b + q + 16, First(k - q - 16), s01, s11, s21, s31);
            (s02, s12, s22, s32) = Part(a + q + 32, a1 + q + 32, a2 + q + 32, a3 + q + 32, b + q + 32, First(k - q - 32), s02, s12, s22, s32);
            (s03, s13, s23, s33) = Part(a + q + 48, a1 + q + 48, a2 + q + 48, a3 + q + 48, b + q + 48, First(k - q - 48), s03, s13, s23, s33);
        }
        c[0] = Halves(s00 + s02 + (s01 + s03));
        c[1] = Halves(s10 + s12 + (s11 + s13));
        c[2] = Halves(s20 + s22 + (s21 + s23));
        c[3] = Halves(s30 + s32 + (s31 + s33));
    }

    /// <summary>The lanes folded, halves onto halves.</summary>
    [MethodImpl(Inline)]
    static float Halves(Vector512<float> x)
    {
        var half = x.GetLower() + x.GetUpper();
        var four = half.GetLower() + half.GetUpper();
        return four[0] + four[2] + (four[1] + four[3]);
    }

    [MethodImpl(Inline)]
    static double Halves(Vector512<double> x)
    {
        var half = x.GetLower() + x.GetUpper();
        var two = half.GetLower() + half.GetUpper();
        return two[0] + two[1];
    }

    [MethodImpl(Inline)]
    static Vector512<float> Next(float* a, Vector512<float> b, Vector512<float> sum) => Vector512.FusedMultiplyAdd(Vector512.Load(a), b, sum);

    /// <summary>The terms before the first cache line that begins in the rows, if all lie equally; 0 where they begin with one, or nothing is gained.</summary>
    /// <remarks>These terms take the last places of a round. So the accumulators are turned by as many places, of which folding them in halves takes no notice.</remarks>
    [MethodImpl(Inline)]
    static long Head(long a, long stride, long k) => (stride & Wide - 1) == 0 && (a & 3) == 0 && k >= 4 * Lanes ? (-a & Wide - 1) / 4 : 0;

    /// <summary>All bits set in the first lanes.</summary>
    [MethodImpl(Inline)]
    static Vector512<float> First(long count) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create((int)Math.Clamp(count, 0, 16))).AsSingle();

    /// <summary>A vector of each row of which some lanes exist: the others keep what they have.</summary>
    [MethodImpl(Fast)]
    static (Vector512<float>, Vector512<float>, Vector512<float>, Vector512<float>) Part(float* a0, float* a1, float* a2, float* a3, float* b, Vector512<float> mask,
        Vector512<float> s0, Vector512<float> s1, Vector512<float> s2, Vector512<float> s3)
    {
        var x = Load(b);
        return (Sum(a0, s0), Sum(a1, s1), Sum(a2, s2), Sum(a3, s3));

        Vector512<float> Load(float* p) => Avx512F.MaskLoad(p, mask, Vector512<float>.Zero);
        Vector512<float> Sum(float* p, Vector512<float> s) => Vector512.ConditionalSelect(mask, Vector512.FusedMultiplyAdd(Load(p), x, s), s);
    }

    /// <summary>Two rows of doubles, whole steps in registers, what is left of them in memory.</summary>
    [MethodImpl(Fast)]
    static void Two(double* a, long stride, double* b, double* c, long k)
    {
        var a1 = (double*)((long)a + stride);
        Vector512<double> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        Vector512<double> t0 = default, t1 = default, t2 = default, t3 = default, t4 = default, t5 = default, t6 = default, t7 = default;
        long q = 0;
        for (; q + Lanes <= k; q += Lanes)
        {
            Step(a + q, a1 + q, b + q, ref s0, ref t0);
            Step(a + q + 8, a1 + q + 8, b + q + 8, ref s1, ref t1);
            Step(a + q + 16, a1 + q + 16, b + q + 16, ref s2, ref t2);
            Step(a + q + 24, a1 + q + 24, b + q + 24, ref s3, ref t3);
            Step(a + q + 32, a1 + q + 32, b + q + 32, ref s4, ref t4);
            Step(a + q + 40, a1 + q + 40, b + q + 40, ref s5, ref t5);
            Step(a + q + 48, a1 + q + 48, b + q + 48, ref s6, ref t6);
            Step(a + q + 56, a1 + q + 56, b + q + 56, ref s7, ref t7);
        }
        if (q == k)
        {
            c[0] = Halves(s0 + s4 + (s2 + s6) + (s1 + s5 + (s3 + s7)));
            c[1] = Halves(t0 + t4 + (t2 + t6) + (t1 + t5 + (t3 + t7)));
            return;
        }
        var sums = stackalloc double[Lanes];
        Store(sums, s0, s1, s2, s3, s4, s5, s6, s7);
        for (long r = q; r < k; r++) sums[r - q] = Math.FusedMultiplyAdd(a[r], b[r], sums[r - q]);
        c[0] = Fold(sums);
        Store(sums, t0, t1, t2, t3, t4, t5, t6, t7);
        for (long r = q; r < k; r++) sums[r - q] = Math.FusedMultiplyAdd(a1[r], b[r], sums[r - q]);
        c[1] = Fold(sums);
    }

    [MethodImpl(Inline)]
    static void Step(double* a, double* a1, double* b, ref Vector512<double> s, ref Vector512<double> t)
    {
        var x = Vector512.Load(b);
        s = Vector512.FusedMultiplyAdd(Vector512.Load(a), x, s);
        t = Vector512.FusedMultiplyAdd(Vector512.Load(a1), x, t);
    }

    static void Store(double* sums, Vector512<double> s0, Vector512<double> s1, Vector512<double> s2, Vector512<double> s3, Vector512<double> s4, Vector512<double> s5, Vector512<double> s6, Vector512<double> s7)
    {
        s0.Store(sums);
        s1.Store(sums + 8);
        s2.Store(sums + 16);
        s3.Store(sums + 24);
        s4.Store(sums + 32);
        s5.Store(sums + 40);
        s6.Store(sums + 48);
        s7.Store(sums + 56);
    }

    // ---------------------------------------------------------------- columns of A contiguous: lanes across rows, accumulators in memory

    /// <remarks>The last strip overlaps the one before it: the same numbers twice.</remarks>
    [MethodImpl(Fast)]
    static void Columns<T>(long a, long stride, T* b, T* c, long first, long end, long m, long k, byte* sums) where T : unmanaged
    {
        int width = (int)Math.Min(Strip / sizeof(T), m) & -(Wide / sizeof(T)), used = (int)Math.Min(k, Lanes);
        long step = (long)width * sizeof(T);
        for (long i = first; i < end; i += width)
        {
            long at = Math.Min(i, m - width), row = a + at * sizeof(T);
            for (long q = 0; q < k; q++, row += stride)
            {
                var sum = (T*)(sums + (q & Lanes - 1) * step);
                if (q < Lanes) new Span<T>(sum, width).Clear();
                Add(b[q], (T*)row, sum, width);
            }
            // Where an accumulator has no partner it gets +0 once, and is −0 no more.
            for (int half = Lanes / 2, live = used; half > 0; live = Math.Min(live, half), half /= 2)
                for (int v = 0; v < Math.Min(half, live); v++)
                    if (v + half < live || half == Lanes / 2) Fold((T*)(sums + v * step), v + half < live ? (T*)(sums + (v + half) * step) : null, width);
            new Span<T>(sums, width).CopyTo(new(c + at, width));
        }
    }

    [MethodImpl(Fast)]
    static void Add<T>(T x, T* row, T* sum, int width) where T : unmanaged
    {
        if (Vector512.IsHardwareAccelerated)
            for (int j = 0; j < width; j += Vector512<T>.Count) Fma(Vector512.Create(x), Vector512.Load(row + j), Vector512.Load(sum + j)).Store(sum + j);
        else
            for (int j = 0; j < width; j += Vector256<T>.Count) Fma(Vector256.Create(x), Vector256.Load(row + j), Vector256.Load(sum + j)).Store(sum + j);
    }

    [MethodImpl(Fast)]
    static void Fold<T>(T* x, T* y, int width) where T : unmanaged
    {
        for (int j = 0; j < width; j += Vector512<T>.Count) (Vector512.Load(x + j) + (y is null ? Vector512<T>.Zero : Vector512.Load(y + j))).Store(x + j);
    }

    // ---------------------------------------------------------------- without vectors

    /// <summary>Any strides, element by element.</summary>
    public static void Plain<T>(long a, Matrix strides, long b, long bStep, T* c, long first, long end, long k) where T : unmanaged
    {
        var sums = stackalloc T[Lanes];
        for (long i = first; i < end; i++)
        {
            new Span<T>(sums, Lanes).Clear();
            for (long q = 0; q < k; q++)
                sums[q & Lanes - 1] = Fma(*(T*)(a + i * strides.RowStride + q * strides.ColumnStride), *(T*)(b + q * bStep), sums[q & Lanes - 1]);
            c[i] = Fold(sums);
        }
    }

    [MethodImpl(Inline)]
    static T Add<T>(T x, T y) where T : unmanaged => typeof(T) == typeof(float)
        ? Unsafe.BitCast<float, T>(Unsafe.BitCast<T, float>(x) + Unsafe.BitCast<T, float>(y)) : Unsafe.BitCast<double, T>(Unsafe.BitCast<T, double>(x) + Unsafe.BitCast<T, double>(y));

    [MethodImpl(Inline)]
    static Vector512<T> Fma<T>(Vector512<T> x, Vector512<T> y, Vector512<T> z) => ProductVector.Fma(x, y, z);
    [MethodImpl(Inline)]
    static Vector256<T> Fma<T>(Vector256<T> x, Vector256<T> y, Vector256<T> z) => ProductVector.Fma(x, y, z);
    [MethodImpl(Inline)]
    static T Fma<T>(T x, T y, T z) where T : unmanaged => ProductVector.Fma(x, y, z);
}
