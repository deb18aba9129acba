using System.Runtime.CompilerServices;

namespace StagedDiff;

// Few columns of C would leave lanes idle. Where the columns of A are contiguous, Cᵀ = Bᵀ·Aᵀ has its lanes along them: a strip of rows of C is computed turned,
// in memory that the first cache holds, and turned into its place. The chains of the elements are the same.
sealed partial class Product
{
    /// <summary>Bytes of a row of a turned strip, at most; and between two such rows, that they lie apart in the cache.</summary>
    const int TurnedBytes = 1024, TurnedPitch = TurnedBytes + 64;
    /// <summary>Multiply-adds that idle lanes would have to do for a vector of C, as many as turning it takes the time of.</summary>
    const int TurnedWork = 192;

    /// <summary>The product of one strip; null where C is computed as it lies.</summary>
    Product? turned;
    /// <summary>Rows of C in a strip (the last one begins earlier, to be as long), and how many strips there are.</summary>
    long strip, strips;

    /// <summary>Whether a quarter of the lanes or more would idle, for so many terms that turning costs less.</summary>
    bool Turns()
    {
        long idle = vectors * lanes - n;
        return a.RowStride == size && n > 1 && m >= 2 * lanes && TileLanes.Available
            && idle * 4 >= vectors * lanes && idle * k >= TurnedWork * vectors && n * TurnedPitch <= NearBytes;
    }

    void ScheduleTurned()
    {
        strips = Ceiling(m, TurnedBytes / size);
        strip = strips == 1 ? m : Ceiling(Ceiling(m, strips), lanes) * lanes;
        turned = new(type, n, strip, k, new(b.ColumnStride / size, b.RowStride / size), new(a.ColumnStride / size, 1), TurnedPitch / size, false, false);
        Chunks = (int)Math.Clamp((double)m * n * k / ChunkWork, 1, Math.Min(MostChunks, strips));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void RunTurned(long a, long b, long c, int first, int end)
    {
        var (s, endStrip) = Part(strips, first, end);
        for (; s < endStrip; s++)
        {
            // The strip's product packs nothing, so that the thread's buffer is free.
            long row = Math.Min(s * strip, m - strip), memory = ProductPack.Scratch(Ceiling(n, 64 / size) * (64 / size) * TurnedPitch);
            turned!.Run(b, a + row * size, memory, 0, turned.Chunks);
            Transpose.Padded(size, memory, TurnedPitch, strip, (int)n, c + row * ldc, ldc / size);
        }
    }
}
