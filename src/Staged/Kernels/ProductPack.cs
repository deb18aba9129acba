using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace StagedDiff;

/// <summary>
/// Lays a panel of B out as the tile reads it: rows of <c>width</c> elements, padded to <c>pitch</c> elements (whole vectors).
/// What the padding holds does not matter: it only meets lanes that are never stored. Strides are in bytes; T carries bits, uint or ulong.
/// </summary>
static unsafe class ProductPack
{
    [ThreadStatic] static byte[]? buffer;
    static readonly byte[] zeros = GC.AllocateArray<byte>(8 * 64, pinned: true);

    /// <summary>The address of a row of zeros, as wide as the widest tile.</summary>
    public static readonly long Zeros = (long)Unsafe.AsPointer(ref zeros[0]);

    /// <summary>This thread's buffer, at least <paramref name="bytes"/> large, on a cache line; valid until the thread asks again.</summary>
    public static long Scratch(long bytes)
    {
        if (buffer is null || buffer.Length < bytes + 64)
            buffer = GC.AllocateUninitializedArray<byte>(checked((int)BitOperations.RoundUpToPowerOf2((ulong)bytes + 64)), pinned: true);
        return (long)Unsafe.AsPointer(ref buffer[0]) + 63 & -64;
    }

    /// <summary>Rows contiguous in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows<T>(long source, long rowStride, long rows, int width, long target, int pitch) where T : unmanaged
    {
        long bytes = (long)width * sizeof(T), whole = bytes & -32, step = (long)pitch * sizeof(T);
        for (long q = 0; q < rows; q++, source += rowStride, target += step)
        {
            long o = 0;
            for (; o < whole; o += 32) Vector256.Load((byte*)(source + o)).Store((byte*)(target + o));
            for (; o < bytes; o += sizeof(T)) *(T*)(target + o) = *(T*)(source + o);
        }
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
        int lanes = TileLanes.Bytes / sizeof(T), deep = 16 / sizeof(T);
        if (TileLanes.Bytes < 32 || rows < deep || width < lanes)
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
                Transpose<T>(s + row * sizeof(T), columnStride, t + row * step, step);
            }
        }
    }

    /// <summary>Sixteen bytes of as many columns as a vector has lanes become 16 / sizeof(T) vectors.</summary>
    /// <remarks>
    /// They are loaded so that each 128-bit lane is a square of 4×4 (or 2×2), which two rounds (or one) of unpacking transpose:
    /// half the shuffles of the network over whole registers, and the depth need only be a multiple of 4 (or 2).
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Transpose<T>(long s, long stride, long t, long step) where T : unmanaged
    {
        int lanes = TileLanes.Bytes / 16;
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
