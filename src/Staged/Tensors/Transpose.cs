using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace StagedDiff;

/// <summary>
/// Matrices of elements of 4 or 8 bytes transposed: the columns of the source are contiguous, the rows of the target. Strides in bytes. With AVX-512
/// in squares of whole registers, so that each line of the cache is read once: rows that lie a power of two apart share few places in the cache.
/// </summary>
static unsafe class Transpose
{
    /// <summary>Of the widest vectors.</summary>
    static readonly int Bytes = Vector512.IsHardwareAccelerated ? 64 : Vector256.IsHardwareAccelerated ? 32 : 16;

    /// <summary>Element (q, j) of the target, at target + (q·pitch + j)·size, is that at source + j·columnStride + q·size.</summary>
    public static void Copy(int size, long source, long columnStride, long rows, int width, long target, long pitch)
    {
        int side = 64 / size;
        if (!Avx512F.IsSupported || rows < side || width < side)
        {
            if (size == 4) Columns<uint>(source, columnStride, rows, width, target, (int)pitch);
            else Columns<ulong>(source, columnStride, rows, width, target, (int)pitch);
            return;
        }
        long step = pitch * size;
        // The last square of either direction overlaps the one before it instead of being cut.
        for (int j = 0; j < width; j += side)
        {
            int column = Math.Min(j, width - side);
            for (long q = 0; q < rows; q += side)
            {
                long row = Math.Min(q, rows - side), s = source + column * columnStride + row * size, t = target + row * step + (long)column * size;
                if (size == 4) Square16(s, columnStride, t, step);
                else Square8(s, columnStride, t, step);
            }
        }
    }

    /// <summary>The same for few columns, of a source in which columns follow up to the next multiple of 64 bytes: what they hold does not matter.</summary>
    public static void Padded(int size, long source, long columnStride, long rows, int width, long target, long pitch)
    {
        int side = 64 / size;
        if (!Avx512F.IsSupported || rows < side)
        {
            Copy(size, source, columnStride, rows, width, target, pitch);
            return;
        }
        long step = pitch * size;
        for (int j = 0; j < width; j += side)
            for (long q = 0; q < rows; q += side)
            {
                long row = Math.Min(q, rows - side), s = source + j * columnStride + row * size, t = target + row * step + (long)j * size;
                if (size == 4) Part16(s, columnStride, t, step, Math.Min(side, width - j));
                else Part8(s, columnStride, t, step, Math.Min(side, width - j));
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Part16(long s, long from, long t, long to, int width)
    {
        var (a0, a1, a2, a3) = Four(s, from);
        var (a4, a5, a6, a7) = Four(s + 4 * from, from);
        var (a8, a9, a10, a11) = Four(s + 8 * from, from);
        var (a12, a13, a14, a15) = Four(s + 12 * from, from);
        var mask = Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(width)).AsSingle();
        Store16(Parts(a0, a4, a8, a12), t, 4 * to, mask);
        Store16(Parts(a1, a5, a9, a13), t + to, 4 * to, mask);
        Store16(Parts(a2, a6, a10, a14), t + 2 * to, 4 * to, mask);
        Store16(Parts(a3, a7, a11, a15), t + 3 * to, 4 * to, mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store16((Vector512<double> A, Vector512<double> B, Vector512<double> C, Vector512<double> D) x, long t, long apart, Vector512<float> mask)
    {
        Avx512F.MaskStore((float*)t, mask, x.A.AsSingle());
        Avx512F.MaskStore((float*)(t + apart), mask, x.B.AsSingle());
        Avx512F.MaskStore((float*)(t + 2 * apart), mask, x.C.AsSingle());
        Avx512F.MaskStore((float*)(t + 3 * apart), mask, x.D.AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Part8(long s, long from, long t, long to, int width)
    {
        var (a0, a1) = Two(s, from);
        var (b0, b1) = Two(s + 2 * from, from);
        var (c0, c1) = Two(s + 4 * from, from);
        var (d0, d1) = Two(s + 6 * from, from);
        var mask = Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)width)).AsDouble();
        Store8(Parts(a0, b0, c0, d0), t, 2 * to, mask);
        Store8(Parts(a1, b1, c1, d1), t + to, 2 * to, mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store8((Vector512<double> A, Vector512<double> B, Vector512<double> C, Vector512<double> D) x, long t, long apart, Vector512<double> mask)
    {
        Avx512F.MaskStore((double*)t, mask, x.A);
        Avx512F.MaskStore((double*)(t + apart), mask, x.B);
        Avx512F.MaskStore((double*)(t + 2 * apart), mask, x.C);
        Avx512F.MaskStore((double*)(t + 3 * apart), mask, x.D);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Square16(long s, long from, long t, long to)
    {
        var (a0, a1, a2, a3) = Four(s, from);
        var (a4, a5, a6, a7) = Four(s + 4 * from, from);
        var (a8, a9, a10, a11) = Four(s + 8 * from, from);
        var (a12, a13, a14, a15) = Four(s + 12 * from, from);
        // Each 128-bit part of a row now holds four of a column; the parts change places.
        Store(Parts(a0, a4, a8, a12), t, 4 * to);
        Store(Parts(a1, a5, a9, a13), t + to, 4 * to);
        Store(Parts(a2, a6, a10, a14), t + 2 * to, 4 * to);
        Store(Parts(a3, a7, a11, a15), t + 3 * to, 4 * to);
    }

    /// <summary>Four rows, in each 128-bit part transposed: of result k part p holds column 4p + k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<double>, Vector512<double>, Vector512<double>, Vector512<double>) Four(long s, long from)
    {
        Vector512<float> r0 = Vector512.Load((float*)s), r1 = Vector512.Load((float*)(s + from)), r2 = Vector512.Load((float*)(s + 2 * from)), r3 = Vector512.Load((float*)(s + 3 * from));
        Vector512<double> low01 = Avx512F.UnpackLow(r0, r1).AsDouble(), low23 = Avx512F.UnpackLow(r2, r3).AsDouble();
        Vector512<double> high01 = Avx512F.UnpackHigh(r0, r1).AsDouble(), high23 = Avx512F.UnpackHigh(r2, r3).AsDouble();
        return (Avx512F.UnpackLow(low01, low23), Avx512F.UnpackHigh(low01, low23), Avx512F.UnpackLow(high01, high23), Avx512F.UnpackHigh(high01, high23));
    }

    /// <summary>Of result p: part p of a, b, c and d, in this order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<double>, Vector512<double>, Vector512<double>, Vector512<double>) Parts(Vector512<double> a, Vector512<double> b, Vector512<double> c, Vector512<double> d)
    {
        Vector512<double> ab02 = Avx512F.Shuffle4x128(a, b, 0b10_00_10_00), cd02 = Avx512F.Shuffle4x128(c, d, 0b10_00_10_00);
        Vector512<double> ab13 = Avx512F.Shuffle4x128(a, b, 0b11_01_11_01), cd13 = Avx512F.Shuffle4x128(c, d, 0b11_01_11_01);
        return (Avx512F.Shuffle4x128(ab02, cd02, 0b10_00_10_00), Avx512F.Shuffle4x128(ab13, cd13, 0b10_00_10_00),
            Avx512F.Shuffle4x128(ab02, cd02, 0b11_01_11_01), Avx512F.Shuffle4x128(ab13, cd13, 0b11_01_11_01));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store((Vector512<double> A, Vector512<double> B, Vector512<double> C, Vector512<double> D) x, long t, long apart)
    {
        x.A.Store((double*)t);
        x.B.Store((double*)(t + apart));
        x.C.Store((double*)(t + 2 * apart));
        x.D.Store((double*)(t + 3 * apart));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Square8(long s, long from, long t, long to)
    {
        var (a0, a1) = Two(s, from);
        var (b0, b1) = Two(s + 2 * from, from);
        var (c0, c1) = Two(s + 4 * from, from);
        var (d0, d1) = Two(s + 6 * from, from);
        Store(Parts(a0, b0, c0, d0), t, 2 * to);
        Store(Parts(a1, b1, c1, d1), t + to, 2 * to);
    }

    /// <summary>Two rows, in each 128-bit part transposed: of result k part p holds column 2p + k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<double>, Vector512<double>) Two(long s, long from)
    {
        Vector512<double> r0 = Vector512.Load((double*)s), r1 = Vector512.Load((double*)(s + from));
        return (Avx512F.UnpackLow(r0, r1), Avx512F.UnpackHigh(r0, r1));
    }

    /// <summary>Any strides, zero and negative too, element by element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Any<T>(long source, long rowStride, long columnStride, long rows, int width, long target, int pitch) where T : unmanaged
    {
        long step = (long)pitch * sizeof(T);
        for (int j = 0; j < width; j++)
        {
            long s = source + j * columnStride, t = target + (long)j * sizeof(T);
            for (long q = 0; q < rows; q++, s += rowStride, t += step) *(T*)t = *(T*)s;
        }
    }

    /// <summary>Columns contiguous in memory: a transpose, in registers where the machine allows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Columns<T>(long source, long columnStride, long rows, int width, long target, int pitch) where T : unmanaged
    {
        int lanes = Bytes / sizeof(T), deep = 16 / sizeof(T);
        if (Bytes < 32 || rows < deep || width < lanes)
        {
            Any<T>(source, sizeof(T), columnStride, rows, width, target, pitch);
            return;
        }
        long step = (long)pitch * sizeof(T);
        // The last block of either direction overlaps the one before it instead of being cut.
        for (int j = 0; j < width; j += lanes)
        {
            int column = Math.Min(j, width - lanes);
            long s = source + column * columnStride, t = target + (long)column * sizeof(T);
            for (long q = 0; q < rows; q += deep)
            {
                long row = Math.Min(q, rows - deep);
                Block<T>(s + row * sizeof(T), columnStride, t + row * step, step);
            }
        }
    }

    /// <summary>Sixteen bytes of as many columns as a vector has lanes become 16 / sizeof(T) vectors.</summary>
    /// <remarks>
    /// They are loaded so that each 128-bit lane is a square of 4×4 (or 2×2), which two rounds (or one) of unpacking transpose:
    /// half the shuffles of the network over whole registers, and the depth need only be a multiple of 4 (or 2).
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Block<T>(long s, long stride, long t, long step) where T : unmanaged
    {
        int lanes = Bytes / 16;
        if (sizeof(T) == 4)
        {
            long s1 = s + stride, s2 = s1 + stride, s3 = s2 + stride;
            if (lanes == 4) Unpack4(Parts512(s, stride, 4), Parts512(s1, stride, 4), Parts512(s2, stride, 4), Parts512(s3, stride, 4), t, step);
            else Unpack4(Parts256(s, stride, 4), Parts256(s1, stride, 4), Parts256(s2, stride, 4), Parts256(s3, stride, 4), t, step);
        }
        else if (lanes == 4) Unpack2(Parts512(s, stride, 2).AsDouble(), Parts512(s + stride, stride, 2).AsDouble(), t, step);
        else Unpack2(Parts256(s, stride, 2).AsDouble(), Parts256(s + stride, stride, 2).AsDouble(), t, step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Parts256(long s, long stride, int apart) =>
        Vector256.Create(Vector128.Load((float*)s), Vector128.Load((float*)(s + apart * stride)));

    // Not Vector512.Create of two halves: the JIT inserts both, and the first insertion waits for the register's last use.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Parts512(long s, long stride, int apart) =>
        Parts256(s, stride, apart).ToVector512Unsafe().WithUpper(Parts256(s + 2 * apart * stride, stride, apart));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Unpack4(Vector512<float> x0, Vector512<float> x1, Vector512<float> x2, Vector512<float> x3, long t, long step)
    {
        Unpack2(Avx512F.UnpackLow(x0, x1).AsDouble(), Avx512F.UnpackLow(x2, x3).AsDouble(), t, step);
        Unpack2(Avx512F.UnpackHigh(x0, x1).AsDouble(), Avx512F.UnpackHigh(x2, x3).AsDouble(), t + 2 * step, step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Unpack2(Vector512<double> x0, Vector512<double> x1, long t, long step)
    {
        Avx512F.UnpackLow(x0, x1).Store((double*)t);
        Avx512F.UnpackHigh(x0, x1).Store((double*)(t + step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Unpack4(Vector256<float> x0, Vector256<float> x1, Vector256<float> x2, Vector256<float> x3, long t, long step)
    {
        Unpack2(Avx.UnpackLow(x0, x1).AsDouble(), Avx.UnpackLow(x2, x3).AsDouble(), t, step);
        Unpack2(Avx.UnpackHigh(x0, x1).AsDouble(), Avx.UnpackHigh(x2, x3).AsDouble(), t + 2 * step, step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Unpack2(Vector256<double> x0, Vector256<double> x1, long t, long step)
    {
        Avx.UnpackLow(x0, x1).Store((double*)t);
        Avx.UnpackHigh(x0, x1).Store((double*)(t + step));
    }
}
