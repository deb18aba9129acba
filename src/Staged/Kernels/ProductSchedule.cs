using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TileCode = System.Action<long, long, long, long, long, long, long, long, long, long, long, long, long>;

namespace StagedDiff;

// How a product is cut: columns of C into panels of a few vectors, rows into tiles of nearly equal height, k into panels that a cache holds.
sealed partial class Product
{
    enum Packing { None, Rows, Columns, Any }

    /// <summary>Multiply-adds worth handing to a thread: 2 to 5 µs.</summary>
    const long ChunkWork = 1 << 18;
    const int MostChunks = 64;
    /// <summary>Multiply-adds worth more than one thread: 35 µs. In less the operands that another core has written cost more than is gained.</summary>
    public const double SharedWork = 1 << 22;
    /// <summary>Bytes of a panel of B that stay in the first cache: what comes from the second wants narrower and taller tiles.</summary>
    const long NearBytes = 32 << 10;
    /// <summary>Bytes of B from which it comes from far away; tiles enough to fetch it at ease; and so many that it does not matter.</summary>
    const double Far = 2 << 20;
    const int FetchTiles = 5, MostFetchTiles = 64;
    /// <summary>Rows of a column that one thread takes, at least.</summary>
    const int Grain = 64;
    /// <summary>Vectors of a tile of one row.</summary>
    const int WidestRow = 8;

    int size, lanes;
    Packing packing;
    bool byRows;
    /// <summary>Whether the tiles bring the next panel of B nearer while they work on this one.</summary>
    bool fetches;
    /// <summary>One row of C, wider than a tile: bound by the reading of B.</summary>
    bool vector;
    /// <summary>One column of C.</summary>
    bool dot;
    /// <summary>Vectors in a row of C, the panels that share them, rows of tiles, steps of k.</summary>
    long vectors, panels, tiles, depth;
    /// <summary>Vectors in a panel; the first <see cref="widePanels"/> of them have one more. Lanes of the last vector, if it is not full.</summary>
    long narrow, widePanels, tail;
    /// <summary>Rows in the first <see cref="tallTiles"/> tiles, and in the others.</summary>
    long tall, low, tallTiles;
    TileCode?[] kernels = [];

    void Schedule(int size, bool sizesVary)
    {
        if (m == 0 || n == 0) return;
        (this.size, lanes) = (size, TileLanes.Bytes / size);
        if (dot = n == 1 && type.IsFloat())
        {
            Chunks = (int)Math.Clamp((double)m * k / ChunkWork, 1, Math.Min(MostChunks, Ceiling(m, Grain)));
            return;
        }
        vectors = Ceiling(n, lanes);
        if (!sizesVary && Turns())
        {
            ScheduleTurned();
            return;
        }
        // Long rows lie on as many pages as there are rows: copying a panel pays once enough tiles read it.
        packing = b.ColumnStride != size ? b.RowStride == size ? Packing.Columns : Packing.Any
            : n * size >= TileLanes.Bytes * 64 && m >= 64 ? Packing.Rows
            : Packing.None;
        var (mostRows, mostVectors) = Shape(sizesVary);
        panels = Ceiling(vectors, mostVectors);
        (narrow, widePanels, tail) = (vectors / panels, vectors % panels, n % lanes);
        // Tiles of nearly equal height do best; where m varies, two fixed heights need two kernels for every m.
        if (sizesVary) (tall, low, tallTiles, tiles) = (mostRows, 1, m / mostRows, m / mostRows + m % mostRows);
        else
        {
            tiles = Ceiling(m, mostRows);
            (tall, low, tallTiles) = (m / tiles + 1, m / tiles, m % tiles);
        }
        // A deep panel goes through C less often; for few tiles it takes too long to come.
        long steps = k <= 1024 ? 1 : Ceiling(k, packing != Packing.None && tiles > MostFetchTiles ? 1024 : 512);
        depth = Ceiling(k, steps);
        fetches = !sizesVary && packing == Packing.Rows && (double)k * n * size > Far && tiles is >= FetchTiles and <= MostFetchTiles;
        byRows = panels < 8 && tiles > panels;
        Chunks = (int)Math.Clamp((double)m * n * k / ChunkWork, 1, Math.Min(MostChunks, byRows ? tiles : panels));
        vector = m == 1 && type.IsFloat() && TileLanes.Available && (packing == Packing.Columns ? ProductVector.Turns(type, n) : b.ColumnStride == size && n > WidestRow * lanes);
        // Where sizes vary the next ones may need what these do not.
        if (k > 0 && TileLanes.Available && (sizesVary || !vector)) kernels = Kernels(sizesVary);
    }

    static long Ceiling(long x, long y) => (x + y - 1) / y;

    /// <summary>The tile: as many accumulators as the registers hold beside the vectors of B and one of A.</summary>
    (int Rows, int Vectors) Shape(bool sizesVary)
    {
        int room = TileLanes.Registers - 1;
        // Over 24 rows the pointers to A would be too many.
        int RowsAt(int v) => Math.Min(room / v - 1, TileLanes.Registers == 32 ? 24 : 12);
        // Wide tiles load least; a narrow C leaves room for tall ones, a low C for wide ones.
        bool far = !sizesVary && packing == Packing.None && vectors > 4 && k * 4 * TileLanes.Bytes > NearBytes;
        int v = (int)Math.Min(vectors, TileLanes.Registers < 32 ? 2 : far ? 3 : 4);
        if (sizesVary) return (Math.Min(RowsAt(v), 8), v);
        // To read B once is worth more than the widest tile.
        int wide = (int)(room / (m + 1));
        if (m >= RowsAt(v) && (packing != Packing.None || wide < 2)) return (RowsAt(v), v);
        return ((int)m, (int)Math.Min(vectors, Math.Min(wide, packing == Packing.None ? WidestRow : 4)));
    }

    /// <summary>The kernels for: narrow and wide panels and the last one, each in tall and low tiles.</summary>
    TileCode?[] Kernels(bool sizesVary)
    {
        var made = new TileCode?[6];
        for (int first = 0; first < 2; first++)
        {
            if (!sizesVary && (first == 0 ? tallTiles == tiles : tallTiles == 0)) continue;
            int height = (int)(first == 1 ? tall : low);
            if (widePanels > 0) made[2 + first] = Tile.Get(type, height, WidthOf(0), false, fetches);
            if (panels > 1 && WidthOf(panels - 2) == narrow) made[first] = Tile.Get(type, height, (int)narrow, false, fetches);
            made[4 + first] = Tile.Get(type, height, (int)narrow, tail != 0, fetches);
        }
        return made;
    }

    /// <summary>Vectors of a panel: the first ones may have one more, the last one never has.</summary>
    int WidthOf(long panel) => (int)narrow + (panel < widePanels ? 1 : 0);

    int KindOf(long panel) => panel == panels - 1 ? 4 : panel < widePanels ? 2 : 0;

    long StartOf(long panel) => (panel * narrow + Math.Min(panel, widePanels)) * lanes;

    long RowOf(long tile) => Math.Min(tile, tallTiles) * tall + Math.Max(0, tile - tallTiles) * low;

    /// <summary>The part of whole that chunks first to end cover.</summary>
    /// <remarks>Of small products two divisions would be seen.</remarks>
    (long First, long End) Part(long whole, int first, int end) =>
        (first == 0 ? 0 : first * whole / Chunks, end == Chunks ? whole : end * whole / Chunks);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void RunTiles(long a, long b, long c, int first, int end)
    {
        var (p0, p1) = byRows ? (0, panels) : Part(panels, first, end);
        var (t0, t1) = byRows ? Part(tiles, first, end) : (0, tiles);
        for (long q = 0; q < k; q += depth)
            for (long p = p0; p < p1; p++)
                RunPanel(a + q * this.a.ColumnStride, b + q * this.b.RowStride, c, q, p, t0, t1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void RunPanel(long a, long b, long c, long q, long panel, long t0, long t1)
    {
        long column = StartOf(panel), deep = Math.Min(depth, k - q), bStep = this.b.RowStride;
        int wide = WidthOf(panel), width = (int)Math.Min(wide * lanes, n - column);
        b += column * this.b.ColumnStride;
        c += column * size;
        long next = b + width * size & -64, first = t0, lines = panel + 1 < panels ? (b + width * size + WidthOf(panel + 1) * TileLanes.Bytes - next + 63) / 64 : 0;
        if (packing != Packing.None)
        {
            long packed = ProductPack.Scratch(depth * WidthOf(0) * TileLanes.Bytes);
            Pack(b, deep, width, packed, wide * lanes);
            (b, bStep) = (packed, wide * TileLanes.Bytes);
        }
        int kind = KindOf(panel);
        // Each of the first tiles fetches one line of every row.
        for (; fetches && t0 < t1; t0++)
        {
            long line = t0 - first;
            bool more = line < lines;
            Column(kind + (t0 < tallTiles ? 1 : 0), a, b, c, RowOf(t0), 1, deep, bStep, q > 0, more ? next + line * 64 : b, more ? this.b.RowStride : 0);
        }
        long lower = Math.Clamp(tallTiles, t0, t1);
        if (lower > t0) Column(kind + 1, a, b, c, RowOf(t0), lower - t0, deep, bStep, q > 0);
        if (t1 > lower) Column(kind, a, b, c, RowOf(lower), t1 - lower, deep, bStep, q > 0);
    }

    /// <summary>Tiles of one height below each other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Column(int kernel, long a, long b, long c, long row, long count, long deep, long bStep, bool goesOn, long ahead = 0, long aheadStep = 0)
    {
        a += row * this.a.RowStride;
        c += row * ldc;
        kernels[kernel]!(a, b, c, deep, count, this.a.RowStride, this.a.ColumnStride, bStep, ldc, goesOn ? 1 : 0, tail, ahead, aheadStep);
    }

    void RunDot(long a, long b, long c, int first, int end)
    {
        if (size == 4) RunDot<float>(a, b, c, first, end);
        else RunDot<double>(a, b, c, first, end);
    }

    unsafe void RunDot<T>(long a, long b, long c, int first, int end) where T : unmanaged
    {
        var (row, endRow) = Part(m, first, end);
        if (k == 0)
        {
            new Span<T>((T*)c + row, (int)(endRow - row)).Clear();
            return;
        }
        if (!TileLanes.Available)
        {
            ProductDot.Plain(a, this.a, b, this.b.RowStride, (T*)c, row, endRow, k);
            return;
        }
        long packed = ProductPack.Scratch(k * size + 64 + ProductDot.Memory(k, size));
        ProductDot.Run<T>(a, this.a, Contiguous<T>(b, this.b.RowStride, packed), c, row, endRow, m, k, packed + k * size + 63 & -64);
    }

    /// <summary>A vector as it is, or copied to where it is contiguous.</summary>
    unsafe long Contiguous<T>(long x, long step, long memory) where T : unmanaged
    {
        if (step == size) return x;
        for (long q = 0; q < k; q++) ((T*)memory)[q] = *(T*)(x + q * step);
        return memory;
    }

    void RunVector(long a, long b, long c, int first, int end)
    {
        if (size == 4) RunVector<float>(a, b, c, first, end);
        else RunVector<double>(a, b, c, first, end);
    }

    unsafe void RunVector<T>(long a, long b, long c, int first, int end) where T : unmanaged
    {
        var (_, _, column, endColumn) = Block(first, end);
        a = Contiguous<T>(a, this.a.ColumnStride, ProductPack.Scratch(k * size));
        if (packing == Packing.Columns) ProductVector.Columns<T>(a, b, this.b.ColumnStride, c, column, endColumn, n, k);
        else ProductVector.Rows<T>(a, b, this.b.RowStride, c, column, endColumn, k);
    }

    void Pack(long source, long deep, int width, long target, int pitch)
    {
        if (size == 4) Pack<uint>(source, deep, width, target, pitch);
        else Pack<ulong>(source, deep, width, target, pitch);
    }

    void Pack<T>(long source, long deep, int width, long target, int pitch) where T : unmanaged
    {
        if (packing == Packing.Rows) ProductPack.Rows<T>(source, b.RowStride, deep, width, target, pitch);
        else if (packing == Packing.Columns) Transpose.Columns<T>(source, b.ColumnStride, deep, width, target, pitch);
        else Transpose.Any<T>(source, b.RowStride, b.ColumnStride, deep, width, target, pitch);
    }

    /// <summary>The block of C of some chunks: rows and columns, from and up to.</summary>
    (long Row, long EndRow, long Column, long EndColumn) Block(int first, int end)
    {
        var (t0, t1) = Part(byRows ? tiles : panels, first, end);
        return byRows ? (RowOf(t0), RowOf(t1), 0, n) : (0, m, StartOf(t0), Math.Min(n, StartOf(t1)));
    }

    unsafe void Clear(long c, int first, int end)
    {
        var (row, endRow, column, endColumn) = Block(first, end);
        for (; row < endRow; row++) NativeMemory.Clear((void*)(c + row * ldc + column * size), (nuint)((endColumn - column) * size));
    }

    void RunPlain(long a, long b, long c, int first, int end)
    {
        var (row, endRow, column, endColumn) = Block(first, end);
        ProductPlain.Run(type,
            new(a + row * this.a.RowStride, this.a.RowStride, this.a.ColumnStride),
            new(b + column * this.b.ColumnStride, this.b.RowStride, this.b.ColumnStride),
            new(c + row * ldc + column * size, ldc, size, endRow - row, endColumn - column), k);
    }
}
