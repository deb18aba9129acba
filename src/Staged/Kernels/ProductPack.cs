using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace StagedDiff;

/// <summary>
/// Lays a panel of B out as the tile reads it: rows of <c>width</c> elements, padded to <c>pitch</c> elements (whole vectors).
/// What the padding holds does not matter: it only meets lanes that are never stored. Strides are in bytes; T carries bits, uint or ulong.
/// </summary>
static unsafe class ProductPack
{
    [ThreadStatic] static byte[]? buffer;

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
}
