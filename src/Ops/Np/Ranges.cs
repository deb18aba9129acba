namespace StagedDiff;

// Numbers in a row, and grids of them.
public static partial class Np
{
    /// <summary>0, 1, …, n − 1: I32.</summary>
    public static Tensor Arange(int n) => Tensor.Arange(n);
    /// <inheritdoc cref="Tensor.Arange(int, int, int)"/>
    public static Tensor Arange(int start, int stop, int step = 1) => Tensor.Arange(start, stop, step);
    /// <inheritdoc cref="Tensor.Arange(double, double, double, DType)"/>
    public static Tensor Arange(double start, double stop, double step = 1, DType dtype = DType.F32) => Tensor.Arange(start, stop, step, dtype);
    /// <inheritdoc cref="Tensor.Linspace(double, double, int, DType)"/>
    public static Tensor Linspace(double start, double stop, int n, DType dtype = DType.F32) => Tensor.Linspace(start, stop, n, dtype);

    /// <summary>n numbers at equal distances from one tensor to another, both included, along a new axis 0: differentiable in both.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <exception cref="ArgumentException">n is negative.</exception>
    public static Tensor Linspace(Tensor start, Tensor stop, int n)
    {
        if (n < 0) throw new ArgumentException($"Linspace: expected a number of 0 or more, got {n}.{Caller.Line()}");
        var (a, b) = Reals("Linspace", start, stop);
        var t = Tensor.Linspace(0, 1, n, a.DType).Shaped([n, .. a.Shape.Select(_ => (Extent)1)]);
        return Where(t < 1, a + (b - a) * t, b);
    }

    /// <summary>n numbers at equal ratios from base to the power start to base to the power stop, both included: F32, computed in F64.</summary>
    /// <remarks>Follows numpy.logspace.</remarks>
    public static Tensor Logspace(double start, double stop, int n, double @base = 10, DType dtype = DType.F32) =>
        Tensor.Pow(@base, Tensor.Linspace(start, stop, n, DType.F64)).Cast(dtype);

    /// <summary>n numbers at equal ratios from start to stop, both included: F32, computed in F64.</summary>
    /// <exception cref="ArgumentException">The two have not the same sign, or one is 0.</exception>
    /// <remarks>Follows numpy.geomspace.</remarks>
    public static Tensor Geomspace(double start, double stop, int n, DType dtype = DType.F32)
    {
        if (!(start * stop > 0)) throw new ArgumentException($"Geomspace: expected two numbers of one sign and not 0, got {start} and {stop}.{Caller.Line()}");
        var i = Tensor.Linspace(0, 1, n, DType.F64);
        var y = start * Tensor.Pow(stop / start, i);
        return Where(Tensor.Equal(i, 1), stop, y).Cast(dtype);
    }

    /// <summary>Vectors as coordinates of a grid, each repeated along the axes of the others: [m] and [n] → [n,m] each; with <paramref name="ij"/>, [m,n].</summary>
    /// <param name="x">Vectors; numbers count as vectors of one element.</param>
    /// <param name="ij">The axes in the order of the vectors (matrix indexing); else the first two are exchanged, so that the first runs along rows of a picture.</param>
    /// <exception cref="ShapeException">One has several axes.</exception>
    /// <remarks>Follows numpy.meshgrid.</remarks>
    public static Tensor[] Meshgrid(IReadOnlyList<Tensor> x, bool ij = false)
    {
        if (x.FirstOrDefault(t => t.Rank > 1) is { } other) throw new ShapeException($"Meshgrid: expected vectors, got {other.Type}.{Caller.Line()}");
        Tensor[] all = [.. x.Select(AtLeast1D)];
        int Axis(int k) => !ij && all.Length > 1 && k < 2 ? 1 - k : k;
        Shape shape = [.. all.Select((_, k) => all[Axis(k)].Shape[0])];
        return [.. all.Select((t, k) => t.Strong().Shaped([.. all.Select((_, a) => a == Axis(k) ? t.Shape[0] : (Extent)1)]).Expand(shape))];
    }

    /// <summary>The indices of a shape along each axis: I32 [rank,shape…].</summary>
    public static Tensor Indices(params int[] shape) =>
        shape.Length == 0 ? Tensor.Zeros([0], DType.I32) : Stack([.. shape.Select((_, a) => Prim.Iota(new(DType.I32, Shape.Of(shape)), a))]);
}
