using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace StagedDiff;

/// <summary>
/// Lays a panel of B out as the tile reads it: rows of <c>width</c> elements, padded to <c>pitch</c> elements (whole vectors). Strides in bytes.
/// What the padding holds does not matter: it only meets lanes that are never stored. T is a carrier of bits, uint or ulong.
/// </summary>
static unsafe class ProductPack
{
    [ThreadStatic] static byte[]? buffer;

    /// <summary>This thread's buffer, at least <paramref name="bytes"/> large, on a cache line; valid until the thread asks again.</summary>
    public static long Scratch(long bytes)
    {
        if (buffer is null || buffer.Length < bytes + 64) buffer = GC.AllocateUninitializedArray<byte>(checked((int)BitOperations.RoundUpToPowerOf2((ulong)bytes + 64)), pinned: true);
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
        if (TileLanes.Bytes < 32 || rows < deep)
        {
            Any<T>(source, sizeof(T), columnStride, rows, width, target, pitch);
            return;
        }
        long step = (long)pitch * sizeof(T);
        var starts = stackalloc long[lanes];
        for (int j = 0; j < width; j += lanes, target += TileLanes.Bytes)
        {
            // Beyond the last column the last one is read again: no read out of bounds, and only padding is written.
            for (int i = 0; i < lanes; i++) starts[i] = source + Math.Min(j + i, width - 1) * columnStride;
            // The last block overlaps the one before it instead of being cut.
            for (long q = 0; q < rows; q += deep)
            {
                long at = Math.Min(q, rows - deep);
                if (TileLanes.Bytes == 64)
                    if (sizeof(T) == 4) Block16x4(starts, at * 4, target + at * step, step);
                    else Block8x2(starts, at * 8, target + at * step, step);
                else if (sizeof(T) == 4) Block8x4(starts, at * 4, target + at * step, step);
                else Block4x2(starts, at * 8, target + at * step, step);
            }
        }
    }

    // Sixteen bytes of every column are loaded so that each 128-bit lane is a 4×4 (or 2×2) square, which two (or one) rounds of unpacking transpose.
    // Half the shuffles of the usual network over whole registers, and the depth need only be a multiple of 4 (or 2).

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Part(long* starts, int i, long offset) => Vector128.Load((float*)(starts[i] + offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Parts(long* starts, int i, int apart, long offset) => Vector512.Create(
        Vector256.Create(Part(starts, i, offset), Part(starts, i + apart, offset)),
        Vector256.Create(Part(starts, i + 2 * apart, offset), Part(starts, i + 3 * apart, offset)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Block16x4(long* starts, long offset, long target, long step)
    {
        var x0 = Parts(starts, 0, 4, offset);
        var x1 = Parts(starts, 1, 4, offset);
        var x2 = Parts(starts, 2, 4, offset);
        var x3 = Parts(starts, 3, 4, offset);
        var low01 = Avx512F.UnpackLow(x0, x1).AsDouble();
        var low23 = Avx512F.UnpackLow(x2, x3).AsDouble();
        var high01 = Avx512F.UnpackHigh(x0, x1).AsDouble();
        var high23 = Avx512F.UnpackHigh(x2, x3).AsDouble();
        Avx512F.UnpackLow(low01, low23).Store((double*)target);
        Avx512F.UnpackHigh(low01, low23).Store((double*)(target + step));
        Avx512F.UnpackLow(high01, high23).Store((double*)(target + 2 * step));
        Avx512F.UnpackHigh(high01, high23).Store((double*)(target + 3 * step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Block8x2(long* starts, long offset, long target, long step)
    {
        var x0 = Parts(starts, 0, 2, offset).AsDouble();
        var x1 = Parts(starts, 1, 2, offset).AsDouble();
        Avx512F.UnpackLow(x0, x1).Store((double*)target);
        Avx512F.UnpackHigh(x0, x1).Store((double*)(target + step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Block8x4(long* starts, long offset, long target, long step)
    {
        var x0 = Vector256.Create(Part(starts, 0, offset), Part(starts, 4, offset));
        var x1 = Vector256.Create(Part(starts, 1, offset), Part(starts, 5, offset));
        var x2 = Vector256.Create(Part(starts, 2, offset), Part(starts, 6, offset));
        var x3 = Vector256.Create(Part(starts, 3, offset), Part(starts, 7, offset));
        var low01 = Avx.UnpackLow(x0, x1).AsDouble();
        var low23 = Avx.UnpackLow(x2, x3).AsDouble();
        var high01 = Avx.UnpackHigh(x0, x1).AsDouble();
        var high23 = Avx.UnpackHigh(x2, x3).AsDouble();
        Avx.UnpackLow(low01, low23).Store((double*)target);
        Avx.UnpackHigh(low01, low23).Store((double*)(target + step));
        Avx.UnpackLow(high01, high23).Store((double*)(target + 2 * step));
        Avx.UnpackHigh(high01, high23).Store((double*)(target + 3 * step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Block4x2(long* starts, long offset, long target, long step)
    {
        var x0 = Vector256.Create(Part(starts, 0, offset), Part(starts, 2, offset)).AsDouble();
        var x1 = Vector256.Create(Part(starts, 1, offset), Part(starts, 3, offset)).AsDouble();
        Avx.UnpackLow(x0, x1).Store((double*)target);
        Avx.UnpackHigh(x0, x1).Store((double*)(target + step));
    }
}
