namespace StagedDiff;

// Diagonals and triangles.
public static partial class Np
{
    /// <inheritdoc cref="Tensor.Eye(int, int?, DType)"/>
    /// <param name="n">Rows.</param>
    /// <param name="columns">Columns: n if not given.</param>
    /// <param name="k">Which diagonal is 1: above the main one if positive.</param>
    /// <param name="dtype">The element type.</param>
    public static Tensor Eye(int n, int? columns = null, int k = 0, DType dtype = DType.F32) => OnDiagonal([n, columns ?? n], k).Cast(dtype);
    /// <summary>The identity matrix [n,n].</summary>
    public static Tensor Identity(int n, DType dtype = DType.F32) => Tensor.Eye(n, null, dtype);
    /// <summary>Ones at and below a diagonal, zeros above.</summary>
    public static Tensor Tri(int n, int? columns = null, int k = 0, DType dtype = DType.F32) => Below([n, columns ?? n], k).Cast(dtype);

    /// <summary>All elements, in row-major order, on a diagonal of a matrix of zeros: [n] → [n+|k|,n+|k|].</summary>
    /// <remarks>Follows numpy.diagflat.</remarks>
    public static Tensor DiagFlat(Tensor x, int k = 0) => DiagEmbed(Ravel(x), k);

    /// <summary>The matrices with zeros above the k-th diagonal: [b…,m,n] → the same.</summary>
    /// <exception cref="ShapeException">x has fewer than two axes.</exception>
    public static Tensor Tril(Tensor x, int k = 0) => Prim.Select(Below(Matrix("Tril", x).Shape, k), x.Strong(), Prim.Zeros(x.Type));
    /// <summary>The matrices with zeros below the k-th diagonal: [b…,m,n] → the same.</summary>
    /// <exception cref="ShapeException">x has fewer than two axes.</exception>
    public static Tensor Triu(Tensor x, int k = 0) => Prim.Select(Below(Matrix("Triu", x).Shape, k - 1), Prim.Zeros(x.Type), x.Strong());

    /// <summary>The indices of what <see cref="Tril"/> leaves, row by row: I32 vectors, computed at once.</summary>
    public static (Tensor Rows, Tensor Columns) TrilIndices(int n, int k = 0, int? columns = null) => Kept(n, columns ?? n, (i, j) => j <= i + k);
    /// <summary>The indices of what <see cref="Triu"/> leaves, row by row: I32 vectors, computed at once.</summary>
    public static (Tensor Rows, Tensor Columns) TriuIndices(int n, int k = 0, int? columns = null) => Kept(n, columns ?? n, (i, j) => j >= i + k);

    static (Tensor, Tensor) Kept(int m, int n, Func<int, int, bool> keep)
    {
        (int I, int J)[] places = [.. from i in Enumerable.Range(0, m) from j in Enumerable.Range(0, n) where keep(i, j) select (i, j)];
        return (Tensor.From(Array.ConvertAll(places, p => p.I)), Tensor.From(Array.ConvertAll(places, p => p.J)));
    }

    /// <summary>The elements on the k-th diagonal of two axes, as a new last axis: [b…,m,n] → [b…,min(m,n)] for k = 0.</summary>
    /// <param name="x">Any tensor of two axes or more.</param>
    /// <param name="k">Which diagonal: above the main one if positive.</param>
    /// <param name="axis1">The rows. NumPy's default is the first axis; this is the last but one, as for all matrices here.</param>
    /// <param name="axis2">The columns.</param>
    /// <exception cref="ShapeException">There are no such axes, or their extents are symbolic.</exception>
    public static Tensor Diagonal(Tensor x, int k = 0, int axis1 = -2, int axis2 = -1)
    {
        int[] axes = Matrix("Diagonal", x).AxesOf("Diagonal", [axis1, axis2]);
        long m = Known("Diagonal", x, axes[0]), n = Known("Diagonal", x, axes[1]);
        x = MoveAxis(x, axes, [x.Rank - 2, x.Rank - 1]);
        if (k > 0) x = Prim.Slice(x, x.Rank - 1, Math.Min(k, n), n);
        if (k < 0) x = Prim.Slice(x, x.Rank - 2, Math.Min(-k, m), m);
        long count = Math.Min(x.Shape[^2].Value, x.Shape[^1].Value), columns = x.Shape[^1].Value;
        // In row-major order the next one stands a row and a column further.
        var rows = Prim.Slice(x, x.Rank - 2, 0, count);
        var flat = rows.Shaped([.. rows.Shape.Take(x.Rank - 2), count * columns]);
        return Prim.Slice(flat, [.. flat.Shape.Select(_ => (Extent)0)], flat.Shape, [.. flat.Shape.Skip(1).Select(_ => 1), (int)columns + 1]);
    }

    /// <summary>Of a vector the matrix with it on the k-th diagonal; of a matrix that diagonal.</summary>
    /// <exception cref="ShapeException">x has other than one or two axes.</exception>
    /// <remarks>Follows numpy.diag.</remarks>
    public static Tensor Diag(Tensor x, int k = 0) => x.Rank switch
    {
        1 => DiagEmbed(x, k),
        2 => Diagonal(x, k),
        _ => throw new ShapeException($"Diag: expected a vector or a matrix, got {x.Type}. Diagonal takes the diagonals of many.{Caller.Line()}"),
    };

    /// <summary>Matrices with the rows of x on the k-th diagonal and zeros elsewhere: [b…,n] → [b…,n+|k|,n+|k|].</summary>
    /// <exception cref="ShapeException">x is a number.</exception>
    public static Tensor DiagEmbed(Tensor x, int k = 0)
    {
        if (x.Rank == 0) throw new ShapeException($"DiagEmbed: expected [b…,n], got {x.Type}.{Caller.Line()}");
        x = x.Strong();
        var size = x.Shape[^1] + Math.Abs(k);
        if (k != 0) x = Pad(x, [.. Enumerable.Repeat((0, 0), x.Rank - 1), (Math.Max(k, 0), Math.Max(-k, 0))]);
        Shape shape = [.. x.Shape.Take(x.Rank - 1), size, size];
        var columns = x.Unsqueeze(x.Rank - 1).Expand(shape);
        return Prim.Select(OnDiagonal(shape, k), columns, Prim.Zeros(columns.Type));
    }

    /// <summary>The sum along the k-th diagonal of two axes. Bools and U8 are summed as I32.</summary>
    /// <inheritdoc cref="Diagonal"/>
    public static Tensor Trace(Tensor x, int k = 0, int axis1 = -2, int axis2 = -1) => Diagonal(x, k, axis1, axis2).Sum(-1);

    /// <summary>The matrix of the powers of numbers: [n] → [n,columns], xᵢ to the power columns − 1 − j; ascending, to the power j.</summary>
    /// <exception cref="ShapeException">x is no vector.</exception>
    /// <remarks>Follows numpy.vander.</remarks>
    public static Tensor Vander(Tensor x, int columns, bool increasing = false)
    {
        if (x.Rank != 1) throw new ShapeException($"Vander: expected a vector, got {x.Type}.{Caller.Line()}");
        var powers = new List<Tensor> { Tensor.OnesLike(x) };
        while (powers.Count < columns) powers.Add(powers[^1] * x);
        if (!increasing) powers.Reverse();
        return columns < 1 ? Tensor.Zeros([x.Shape[0], 0], x.DType) : Stack(powers, 1);
    }

    static Tensor Matrix(string name, Tensor x) => x.Rank >= 2 ? x.Strong() : throw new ShapeException($"{name}: expected [b…,m,n], got {x.Type}.{Caller.Line()}");

    static (Tensor Row, Tensor Column) Places(Shape shape) =>
        (Prim.Iota(new(DType.I32, shape), shape.Rank - 2), Prim.Iota(new(DType.I32, shape), shape.Rank - 1));

    static Tensor OnDiagonal(Shape shape, int k) => Places(shape) is var (row, column) ? Tensor.Equal(column, row + k) : null!;

    /// <summary>Whether an element stands at or below a diagonal.</summary>
    static Tensor Below(Shape shape, int k) => Places(shape) is var (row, column) ? column <= row + k : null!;
}
