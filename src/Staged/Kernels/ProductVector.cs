using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace StagedDiff;

/// <summary>
/// A vector times a matrix, c[j] = Σ a[q]·B[q, j], each element one chain of fused multiply-adds over q ascending from +0. Nothing of B is read twice,
/// so what counts is to read it as it lies: along its rows, while c passes by once for eight of them, or along its columns, turned in registers.
/// Strides in bytes; a and c are contiguous.
/// </summary>
static unsafe class ProductVector
{
    const MethodImplOptions Fast = MethodImplOptions.AggressiveOptimization, Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>Bytes of c that stay in the first cache while the rows of B pass by.</summary>
    const long Strip = 16 << 10;

    /// <summary>Columns that are turned together: as many chains as hide the latency of a multiply-add; and the fewest.</summary>
    const int Together = 32;
    static int Side<T>() where T : unmanaged => 64 / sizeof(T);

    /// <summary>Whether columns can be turned: in squares of whole registers.</summary>
    public static bool Turns(DType type, long columns) => Avx512F.IsSupported && TileLanes.Available && columns >= 64 / type.Size();

    // ---------------------------------------------------------------- rows of B contiguous

    /// <summary>The columns from <paramref name="first"/> up to <paramref name="end"/>; the rows of B are contiguous.</summary>
    [MethodImpl(Fast)]
    public static void Rows<T>(long a, long b, long rowStride, long c, long first, long end, long k) where T : unmanaged
    {
        for (long j = first; j < end; j += Strip / sizeof(T))
        {
            long width = Math.Min(end - j, Strip / sizeof(T)), q = 0, bj = b + j * sizeof(T), cj = c + j * sizeof(T);
            NativeMemory.Clear((void*)cj, (nuint)(width * sizeof(T)));
            for (; q + 8 <= k; q += 8) Eight((T*)a + q, bj + q * rowStride, rowStride, (T*)cj, width);
            for (; q < k; q++) One(((T*)a)[q], (T*)(bj + q * rowStride), (T*)cj, width);
        }
    }

    [MethodImpl(Fast)]
    static void Eight<T>(T* a, long b, long stride, T* c, long n) where T : unmanaged
    {
        T* b0 = (T*)b, b1 = (T*)(b + stride), b2 = (T*)(b + 2 * stride), b3 = (T*)(b + 3 * stride);
        T* b4 = (T*)(b + 4 * stride), b5 = (T*)(b + 5 * stride), b6 = (T*)(b + 6 * stride), b7 = (T*)(b + 7 * stride);
        long j = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<T> a0 = Vector512.Create(a[0]), a1 = Vector512.Create(a[1]), a2 = Vector512.Create(a[2]), a3 = Vector512.Create(a[3]);
            Vector512<T> a4 = Vector512.Create(a[4]), a5 = Vector512.Create(a[5]), a6 = Vector512.Create(a[6]), a7 = Vector512.Create(a[7]);
            // Rows that all lie equally off a cache line are read from its start.
            if ((b & 63) != 0 && (stride & 63) == 0 && n >= Together * 8)
            {
                j = (-b & 63) / sizeof(T);
                long before = j - Vector512<T>.Count;
                Part(a, b + before * sizeof(T), stride, c + before, ~TileLanes512<T>.Mask(-before));
            }
            for (; j + Vector512<T>.Count <= n; j += Vector512<T>.Count)
            {
                var x = Fma(a1, Vector512.Load(b1 + j), Fma(a0, Vector512.Load(b0 + j), Vector512.Load(c + j)));
                x = Fma(a3, Vector512.Load(b3 + j), Fma(a2, Vector512.Load(b2 + j), x));
                x = Fma(a5, Vector512.Load(b5 + j), Fma(a4, Vector512.Load(b4 + j), x));
                Fma(a7, Vector512.Load(b7 + j), Fma(a6, Vector512.Load(b6 + j), x)).Store(c + j);
            }
            if (j < n) Part(a, b + j * sizeof(T), stride, c + j, TileLanes512<T>.Mask(n - j));
            return;
        }
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<T> a0 = Vector256.Create(a[0]), a1 = Vector256.Create(a[1]), a2 = Vector256.Create(a[2]), a3 = Vector256.Create(a[3]);
            Vector256<T> a4 = Vector256.Create(a[4]), a5 = Vector256.Create(a[5]), a6 = Vector256.Create(a[6]), a7 = Vector256.Create(a[7]);
            for (; j + Vector256<T>.Count <= n; j += Vector256<T>.Count)
            {
                var x = Fma(a1, Vector256.Load(b1 + j), Fma(a0, Vector256.Load(b0 + j), Vector256.Load(c + j)));
                x = Fma(a3, Vector256.Load(b3 + j), Fma(a2, Vector256.Load(b2 + j), x));
                x = Fma(a5, Vector256.Load(b5 + j), Fma(a4, Vector256.Load(b4 + j), x));
                Fma(a7, Vector256.Load(b7 + j), Fma(a6, Vector256.Load(b6 + j), x)).Store(c + j);
            }
        }
        for (; j < n; j++)
        {
            T x = Fma(a[1], b1[j], Fma(a[0], b0[j], c[j]));
            x = Fma(a[3], b3[j], Fma(a[2], b2[j], x));
            x = Fma(a[5], b5[j], Fma(a[4], b4[j], x));
            c[j] = Fma(a[7], b7[j], Fma(a[6], b6[j], x));
        }
    }

    /// <summary>A vector of which some lanes exist.</summary>
    [MethodImpl(Fast)]
    static void Part<T>(T* a, long b, long stride, T* c, Vector512<T> mask) where T : unmanaged
    {
        var x = TileLanes512<T>.LoadMasked((long)c, 0, mask);
        for (int i = 0; i < 8; i++, b += stride) x = Fma(Vector512.Create(a[i]), TileLanes512<T>.LoadMasked(b, 0, mask), x);
        TileLanes512<T>.StoreMasked((long)c, 0, mask, x);
    }

    [MethodImpl(Fast)]
    static void One<T>(T a, T* b, T* c, long n) where T : unmanaged
    {
        long j = 0;
        for (; Vector256.IsHardwareAccelerated && j + Vector256<T>.Count <= n; j += Vector256<T>.Count)
            Fma(Vector256.Create(a), Vector256.Load(b + j), Vector256.Load(c + j)).Store(c + j);
        for (; j < n; j++) c[j] = Fma(a, b[j], c[j]);
    }

    // ---------------------------------------------------------------- columns of B contiguous

    /// <summary>The columns from <paramref name="first"/> up to <paramref name="end"/> of <paramref name="n"/>; the columns of B are contiguous.</summary>
    /// <remarks>What is left at the end is done together with columns before it: they get the same numbers twice.</remarks>
    [MethodImpl(Fast)]
    public static void Columns<T>(long a, long b, long columnStride, long c, long first, long end, long n, long k) where T : unmanaged
    {
        int together = n >= Together ? Together : Side<T>();
        for (long j = first; j < end; j += together)
        {
            long at = Math.Min(j, n - together), s = b + at * columnStride, whole = k & -Side<T>();
            T* y = (T*)c + at;
            if (together < Together) Turned(a, s, columnStride, y, whole);
            else if (typeof(T) == typeof(float)) Turned2((float*)a, s, columnStride, (float*)y, whole);
            else Turned4((double*)a, s, columnStride, (double*)y, whole);
            for (int i = 0; i < together && whole < k; i++)
            {
                T x = y[i];
                for (long q = whole; q < k; q++) x = Fma(((T*)a)[q], ((T*)(s + i * columnStride))[q], x);
                y[i] = x;
            }
        }
    }

    [MethodImpl(Fast)]
    static void Turned<T>(long a, long s, long stride, T* c, long k) where T : unmanaged
    {
        var x = Vector512<T>.Zero;
        for (long q = 0; q < k; q += Vector512<T>.Count)
            x = typeof(T) == typeof(float) ? Square((float*)a + q, s + q * 4, stride, x.AsSingle()).As<float, T>() : Square((double*)a + q, s + q * 8, stride, x.AsDouble()).As<double, T>();
        x.Store(c);
    }

    [MethodImpl(Fast)]
    static void Turned2(float* a, long s, long stride, float* c, long k)
    {
        Vector512<float> x0 = default, x1 = default;
        long s1 = s + 16 * stride;
        for (long q = 0; q < k; q += 16, s += 64, s1 += 64)
        {
            x0 = Square(a + q, s, stride, x0);
            x1 = Square(a + q, s1, stride, x1);
        }
        x0.Store(c);
        x1.Store(c + 16);
    }

    [MethodImpl(Fast)]
    static void Turned4(double* a, long s, long stride, double* c, long k)
    {
        Vector512<double> x0 = default, x1 = default, x2 = default, x3 = default;
        long s1 = s + 8 * stride, s2 = s1 + 8 * stride, s3 = s2 + 8 * stride;
        for (long q = 0; q < k; q += 8, s += 64, s1 += 64, s2 += 64, s3 += 64)
        {
            x0 = Square(a + q, s, stride, x0);
            x1 = Square(a + q, s1, stride, x1);
            x2 = Square(a + q, s2, stride, x2);
            x3 = Square(a + q, s3, stride, x3);
        }
        x0.Store(c);
        x1.Store(c + 8);
        x2.Store(c + 16);
        x3.Store(c + 24);
    }

    /// <summary>The chains of 16 columns over 16 terms.</summary>
    [MethodImpl(Inline)]
    static Vector512<float> Square(float* a, long s, long stride, Vector512<float> x)
    {
        var (p0, p1, p2, p3) = Transpose.Four(s, stride);
        var (p4, p5, p6, p7) = Transpose.Four(s + 4 * stride, stride);
        var (p8, p9, p10, p11) = Transpose.Four(s + 8 * stride, stride);
        var (p12, p13, p14, p15) = Transpose.Four(s + 12 * stride, stride);
        var (r0, r4, r8, r12) = Transpose.Parts(p0, p4, p8, p12);
        var (r1, r5, r9, r13) = Transpose.Parts(p1, p5, p9, p13);
        var (r2, r6, r10, r14) = Transpose.Parts(p2, p6, p10, p14);
        var (r3, r7, r11, r15) = Transpose.Parts(p3, p7, p11, p15);
        x = Next(a, 3, r3, Next(a, 2, r2, Next(a, 1, r1, Next(a, 0, r0, x))));
        x = Next(a, 7, r7, Next(a, 6, r6, Next(a, 5, r5, Next(a, 4, r4, x))));
        x = Next(a, 11, r11, Next(a, 10, r10, Next(a, 9, r9, Next(a, 8, r8, x))));
        return Next(a, 15, r15, Next(a, 14, r14, Next(a, 13, r13, Next(a, 12, r12, x))));
    }

    /// <summary>The chains of 8 columns over 8 terms.</summary>
    [MethodImpl(Inline)]
    static Vector512<double> Square(double* a, long s, long stride, Vector512<double> x)
    {
        var (p0, p1) = Transpose.Two(s, stride);
        var (p2, p3) = Transpose.Two(s + 2 * stride, stride);
        var (p4, p5) = Transpose.Two(s + 4 * stride, stride);
        var (p6, p7) = Transpose.Two(s + 6 * stride, stride);
        var (r0, r2, r4, r6) = Transpose.Parts(p0, p2, p4, p6);
        var (r1, r3, r5, r7) = Transpose.Parts(p1, p3, p5, p7);
        x = Next(a, 3, r3, Next(a, 2, r2, Next(a, 1, r1, Next(a, 0, r0, x))));
        return Next(a, 7, r7, Next(a, 6, r6, Next(a, 5, r5, Next(a, 4, r4, x))));
    }

    [MethodImpl(Inline)]
    static Vector512<float> Next(float* a, int q, Vector512<double> row, Vector512<float> x) => Vector512.FusedMultiplyAdd(Vector512.Create(a[q]), row.AsSingle(), x);
    [MethodImpl(Inline)]
    static Vector512<double> Next(double* a, int q, Vector512<double> row, Vector512<double> x) => Vector512.FusedMultiplyAdd(Vector512.Create(a[q]), row, x);

    [MethodImpl(Inline)]
    public static Vector512<T> Fma<T>(Vector512<T> x, Vector512<T> y, Vector512<T> z) => typeof(T) == typeof(float)
        ? Vector512.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float, T>() : Vector512.FusedMultiplyAdd(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<double, T>();
    [MethodImpl(Inline)]
    public static Vector256<T> Fma<T>(Vector256<T> x, Vector256<T> y, Vector256<T> z) => typeof(T) == typeof(float)
        ? Vector256.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float, T>() : Vector256.FusedMultiplyAdd(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<double, T>();
    [MethodImpl(Inline)]
    public static T Fma<T>(T x, T y, T z) where T : unmanaged => typeof(T) == typeof(float)
        ? Unsafe.BitCast<float, T>(MathF.FusedMultiplyAdd(Unsafe.BitCast<T, float>(x), Unsafe.BitCast<T, float>(y), Unsafe.BitCast<T, float>(z)))
        : Unsafe.BitCast<double, T>(Math.FusedMultiplyAdd(Unsafe.BitCast<T, double>(x), Unsafe.BitCast<T, double>(y), Unsafe.BitCast<T, double>(z)));
}
