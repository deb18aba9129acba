namespace StagedDiff;

/// <summary>Which part of a convolution <see cref="Np.Convolve"/> gives.</summary>
public enum ConvolveMode
{
    /// <summary>All of it: n + m − 1 numbers.</summary>
    Full,
    /// <summary>The middle, as long as the longer of the two.</summary>
    Same,
    /// <summary>Where the two overlap wholly: |n − m| + 1 numbers.</summary>
    Valid,
}

// Signals and samples: convolution, interpolation, counting.
public static partial class Np
{
    /// <summary>The convolution of two vectors: yₖ = Σ aᵢ·vₖ₋ᵢ.</summary>
    /// <param name="a">[n], n ≥ 1.</param>
    /// <param name="v">[m], m ≥ 1; integers stay integers.</param>
    /// <param name="mode">Which part.</param>
    /// <exception cref="ShapeException">One is no vector, is empty, or of a symbolic extent.</exception>
    /// <remarks>Follows numpy.convolve. By n·m products; a transform would be faster for long vectors.</remarks>
    public static Tensor Convolve(Tensor a, Tensor v, ConvolveMode mode = ConvolveMode.Full) =>
        Slid("Convolve", a, v, x => x.Flip(), mode, (Math.Min(a.Size, v.Size) - 1) / 2);

    /// <summary>The correlation of two vectors: yₖ = Σ aₖ₊ᵢ·vᵢ.</summary>
    /// <inheritdoc cref="Convolve"/>
    /// <remarks>Follows numpy.correlate, whose default is <see cref="ConvolveMode.Valid"/>.</remarks>
    public static Tensor Correlate(Tensor a, Tensor v, ConvolveMode mode = ConvolveMode.Valid) =>
        Slid("Correlate", a, v, x => x, mode, a.Size < v.Size ? a.Size / 2 : (v.Size - 1) / 2);

    static Tensor Slid(string name, Tensor a, Tensor v, Func<Tensor, Tensor> turned, ConvolveMode mode, long middle)
    {
        if (a.Rank != 1 || v.Rank != 1 || a.Shape[0] == 0 || v.Shape[0] == 0)
            throw new ShapeException($"{name}: expected two vectors of at least one element, got {a.Type} and {v.Type}.{Caller.Line()}");
        int n = (int)Known(name, a, 0), m = (int)Known(name, v, 0);
        var type = Tensor.Common(name, a, v);
        if (type is DType.Bool or DType.U8) type = DType.I32;
        var window = turned(v.To(type).Strong());
        int all = n + m - 1, least = Math.Min(n, m), count = mode switch { ConvolveMode.Full => all, ConvolveMode.Same => Math.Max(n, m), _ => Math.Max(n, m) - least + 1 };
        int first = mode switch { ConvolveMode.Full => 0, ConvolveMode.Same => (int)middle, _ => least - 1 };
        var padded = Pad(a.To(type).Strong(), [(m - 1, m - 1)]);
        // Row k is what the window sees from place k.
        var seen = padded.Take(Tensor.Arange(count).Unsqueeze(1) + Tensor.Arange(m) + first);
        return seen.MatMul(window);
    }

    /// <summary>The values at x of the function that runs straight between known points.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="xp">Where it is known: ascending [n], n ≥ 1. Where two are equal the function jumps.</param>
    /// <param name="fp">What it is there [n].</param>
    /// <param name="left">What it is before the first: fp[0] if not given.</param>
    /// <param name="right">What it is after the last: fp[n − 1] if not given.</param>
    /// <returns>Of the shape of x; NaN at NaN. Differentiable in x (at a known point, by the slope after it), xp and fp.</returns>
    /// <exception cref="ShapeException">The two are no vectors of one length, or of a symbolic extent.</exception>
    /// <remarks>Follows numpy.interp.</remarks>
    public static Tensor Interp(Tensor x, Tensor xp, Tensor fp, double? left = null, double? right = null)
    {
        if (xp.Rank != 1 || xp.Shape != fp.Shape || xp.Shape[0] == 0)
            throw new ShapeException($"Interp: expected points and values [n] of one length, got {xp.Type} and {fp.Type}.{Caller.Line()}");
        int n = (int)Known("Interp", xp, 0);
        var type = new[] { x, xp, fp }.Aggregate((a, b) => Tensor.Zeros([], Tensor.Common("Interp", a, b))).DType;
        if (!type.IsFloat()) type = DType.F32;
        (x, xp, fp) = (x.To(type).Strong(), xp.To(type).Strong(), fp.To(type).Strong());
        var after = Clip(Searchsorted(xp, x, right: true), 1, Math.Max(1, n - 1));
        var before = after - 1;
        if (n == 1) after = before;
        Tensor x0 = xp.Take(before), x1 = xp.Take(after), y0 = fp.Take(before), y1 = fp.Take(after);
        var apart = x1 - x0;
        var flat = Tensor.Equal(apart, 0);
        var y = Where(flat, y1, y0 + (x - x0) / Where(flat, 1, apart) * (y1 - y0));
        y = Where(x < xp[0], left is { } l ? l : fp[0], y);
        y = Where(x > xp[^1], right is { } r ? r : fp[^1], y);
        return Where(IsNaN(x), double.NaN, y);
    }

    /// <summary>How often each of the numbers 0, 1, …, length − 1 is there, or the sum of the weights where it is. Others do not count.</summary>
    /// <param name="x">Integers of any shape.</param>
    /// <param name="length">How many numbers to count.</param>
    /// <param name="weights">Of the shape of x.</param>
    /// <returns>I32 [length], or of the type of the weights, in which it is differentiable.</returns>
    /// <exception cref="DTypeException">x are no integers.</exception>
    /// <exception cref="ShapeException">The weights are of another shape.</exception>
    /// <remarks>Follows jax.numpy.bincount with a length, but that what is below 0 does not count as 0.</remarks>
    public static Tensor Bincount(Tensor x, int length, Tensor? weights = null)
    {
        if (!x.DType.IsInteger()) throw new DTypeException($"Bincount: expected integers, got {x.Type}. Cast them first.{Caller.Line()}");
        if (weights is not null && weights.Shape != x.Shape) throw new ShapeException($"Bincount: expected weights of the shape of {x.Type}, got {weights.Type}.{Caller.Line()}");
        var at = x.Reshape(-1).Cast(x.DType == DType.I64 ? DType.I64 : DType.I32);
        var w = weights?.Strong().Reshape(-1) ?? Tensor.OnesLike(at, DType.I32);
        var inside = at >= 0 & at < length;
        if (length == 0) return Tensor.Zeros([0], w.DType);
        // What does not count adds 0 to the first: nothing is written outside.
        return Prim.ScatterAdd(Prim.Zeros(new(w.DType, [length])), Where(inside, at, 0), Where(inside, w, 0), 0);
    }

    /// <summary>How many of the numbers fall between each two of the bounds (the last bound included), or the sum of their weights.</summary>
    /// <param name="x">Any shape; NaN and what lies outside do not count.</param>
    /// <param name="bounds">Ascending [n+1].</param>
    /// <param name="weights">Of the shape of x.</param>
    /// <param name="density">Divided by their sum and by the widths, so that the integral is 1.</param>
    /// <returns>I32 [n]; of the type of the weights; F32 or F64 for a density.</returns>
    /// <exception cref="ShapeException">There are fewer than two bounds, or the weights are of another shape.</exception>
    /// <remarks>Follows numpy.histogram.</remarks>
    public static Tensor Histogram(Tensor x, Tensor bounds, Tensor? weights = null, bool density = false)
    {
        if (bounds.Rank != 1 || Known("Histogram", bounds, 0) < 2) throw new ShapeException($"Histogram: expected two bounds or more, got {bounds.Type}.{Caller.Line()}");
        int n = (int)bounds.Shape[0] - 1;
        var flat = x.Strong().Reshape(-1);
        var bin = Searchsorted(bounds, flat, right: true) - 1;
        bin = Where(Tensor.Equal(flat, bounds[^1]), n - 1, Where(IsNaN(flat) | flat > bounds[^1], -1, bin));
        if (weights is not null && weights.Shape != x.Shape) throw new ShapeException($"Histogram: expected weights of the shape of {x.Type}, got {weights.Type}.{Caller.Line()}");
        var counts = Bincount(bin, n, weights?.Reshape(-1));
        return density ? counts / Diff(Real(bounds)) / counts.Sum() : counts;
    }

    /// <summary>The same for so many bins of one width, from the least to the greatest number or over a range; and their bounds [bins+1].</summary>
    /// <inheritdoc cref="Histogram(Tensor, Tensor, Tensor, bool)"/>
    public static (Tensor Counts, Tensor Bounds) Histogram(Tensor x, int bins = 10, (double Low, double High)? range = null, Tensor? weights = null, bool density = false)
    {
        if (bins < 1) throw new ArgumentException($"Histogram: expected at least one bin, got {bins}.{Caller.Line()}");
        x = Real(x);
        Tensor low = range?.Low ?? x.Min(), high = range?.High ?? x.Max();
        (low, high) = (low.To(x.DType).Strong(), high.To(x.DType).Strong());
        // All numbers equal: half a unit to either side.
        var one = Tensor.Equal(low, high);
        var bounds = Linspace(Where(one, low - 0.5, low), Where(one, high + 0.5, high), bins + 1);
        return (Histogram(x, bounds, weights, density), bounds);
    }

    /// <summary>The coefficients, from the highest power down, of the polynomial nearest to points: least squares.</summary>
    /// <param name="x">Where: [n].</param>
    /// <param name="y">Which values: [n], or [n,k] for k polynomials.</param>
    /// <param name="degree">The highest power.</param>
    /// <returns>[degree+1] or [degree+1,k]; differentiable in x and y.</returns>
    /// <exception cref="ShapeException">The shapes are not these, or an extent is symbolic.</exception>
    /// <exception cref="ArgumentException">The degree is negative.</exception>
    /// <remarks>Follows numpy.polyfit: powers are scaled to length 1 before the system is solved, by singular values.</remarks>
    public static Tensor PolyFit(Tensor x, Tensor y, int degree)
    {
        if (degree < 0) throw new ArgumentException($"PolyFit: expected a degree of 0 or more, got {degree}.{Caller.Line()}");
        if (x.Rank != 1 || y.Rank is 0 or > 2 || y.Shape[0] != x.Shape[0]) throw new ShapeException($"PolyFit: expected points [n] and values [n] or [n,k], got {x.Type} and {y.Type}.{Caller.Line()}");
        var powers = Vander(Real(x), degree + 1);
        var lengths = Linalg.VectorNorm(powers, axis: 0);
        lengths = Where(Tensor.Equal(lengths, 0), 1, lengths);
        var c = Linalg.Lstsq(powers / lengths, y).X;
        return y.Rank == 1 ? c / lengths : c / lengths.Unsqueeze(-1);
    }

    /// <summary>The value at x of a polynomial, by Horner's rule: coefficients [n] from the highest power down.</summary>
    /// <exception cref="ShapeException">The coefficients are no vector, or of a symbolic extent.</exception>
    /// <remarks>Follows numpy.polyval.</remarks>
    public static Tensor PolyVal(Tensor coefficients, Tensor x)
    {
        if (coefficients.Rank != 1) throw new ShapeException($"PolyVal: expected a vector of coefficients, got {coefficients.Type}.{Caller.Line()}");
        int n = (int)Known("PolyVal", coefficients, 0);
        var zero = Tensor.Zeros(x.Shape, Tensor.Common("PolyVal", coefficients, x));
        return Enumerable.Range(1, Math.Max(0, n - 1)).Aggregate(n == 0 ? zero : zero + coefficients[0], (y, k) => y * x + coefficients[k]);
    }
}
