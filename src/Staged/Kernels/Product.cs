using System.Runtime.CompilerServices;

namespace StagedDiff;

/// <summary>One operand of a product: a matrix in memory, its strides in elements; zero repeats, negative goes backwards.</summary>
readonly record struct Matrix(long RowStride, long ColumnStride)
{
    public Matrix Transposed() => new(ColumnStride, RowStride);
}

/// <summary>
/// A plan of C = A·B for given extents and strides: made once, run often, by any number of threads. C's columns are contiguous.
/// Each element of C is one chain of multiply-adds over k ascending from +0 (fused for floats, wrapping for integers), whatever the
/// width of the machine, the tiles, the panels of k (the chain is carried through C) or the split in chunks. Of one column of floats it is
/// <see cref="ProductDot"/>'s sum: whose lanes lie along the rows of A, for nothing else is read as it lies.
/// </summary>
/// <remarks>A is never packed. B is, one panel at a time just before its tiles use it, when its rows are not contiguous or very long.</remarks>
sealed partial class Product
{
    readonly DType type;
    readonly long m, n, k, ldc;
    readonly Matrix a, b;
    readonly bool swapped;

    public static Product Plan(DType type, long m, long n, long k, Matrix a, Matrix b, long ldc, bool sizesVary = false)
    {
        if (type is DType.Bool or DType.U8)
            throw new DTypeException($"MatMul: expected numbers of 32 or 64 bits, got {type.Name()}. Cast first.{Caller.Line()}");
        // A column of integers that is contiguous is better computed as a row: then the vectors run along it.
        bool swapped = n == 1 && m > 1 && ldc == 1 && !type.IsFloat();
        return swapped
            ? new(type, 1, m, k, b.Transposed(), a.Transposed(), m, swapped, sizesVary)
            : new(type, m, n, k, a, b, ldc, swapped, sizesVary);
    }

    Product(DType type, long m, long n, long k, Matrix a, Matrix b, long ldc, bool swapped, bool sizesVary)
    {
        (this.type, this.m, this.n, this.k, this.swapped) = (type, m, n, k, swapped);
        int size = type.Size();
        this.a = new(a.RowStride * size, a.ColumnStride * size);
        this.b = new(b.RowStride * size, n == 1 ? size : b.ColumnStride * size);
        this.ldc = ldc * size;
        Schedule(size, sizesVary);
    }

    /// <summary>The number of independent parts: rows or columns of C, worth some µs each; none where C is empty.</summary>
    public int Chunks { get; private set; }

    /// <summary>Multiply-adds; with a vector, whose matrix is read once, as many as that takes the time of.</summary>
    public double Work => (double)m * n * k * (m == 1 || n == 1 ? 8 : 1);

    /// <summary>Computes chunks from first up to end, given the addresses of the elements [0, 0]. Any order, any thread, same bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(long a, long b, long c, int firstChunk, int endChunk)
    {
        if (firstChunk >= endChunk) return;
        if (swapped) (a, b) = (b, a);
        if (dot) RunDot(a, b, c, firstChunk, endChunk);
        else if (k == 0) Clear(c, firstChunk, endChunk);
        else if (turned is not null) RunTurned(a, b, c, firstChunk, endChunk);
        else if (vector) RunVector(a, b, c, firstChunk, endChunk);
        else if (TileLanes.Available) RunTiles(a, b, c, firstChunk, endChunk);
        else RunPlain(a, b, c, firstChunk, endChunk);
    }
}
