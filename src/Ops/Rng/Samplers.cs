namespace StagedDiff;

// Distributions whose inverse is a formula: each element is made of one uniform number, as in JAX.
public static partial class Rng
{
    /// <summary>True with a chance of <paramref name="p"/>, each by itself.</summary>
    /// <param name="key">A key.</param>
    /// <param name="p">The chance, from 0 to 1: a number, or one for each element.</param>
    /// <param name="shape">The shape of the result, to which p broadcasts; null for that of p.</param>
    /// <returns>Bools.</returns>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="ShapeException">p does not broadcast to the shape.</exception>
    /// <remarks>Follows jax.random.bernoulli.</remarks>
    public static Tensor Bernoulli(Tensor key, Tensor p, Shape? shape = null)
    {
        var size = shape ?? p.Shape;
        var chance = p.DType.IsFloat() ? p.Strong() : p.Cast(DType.F32);
        return Between("Bernoulli", key, size, 0, 1, chance.DType) < chance.BroadcastTo(size);
    }

    /// <summary>−1 or 1, with the same chance.</summary>
    /// <param name="key">A key.</param>
    /// <param name="shape">The shape of the result; a scalar if none is given.</param>
    /// <param name="dtype">The element type of the result.</param>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <remarks>Follows jax.random.rademacher.</remarks>
    public static Tensor Rademacher(Tensor key, Shape shape = default, DType dtype = DType.I32) => (2 * Bernoulli(key, 0.5, shape).Cast(DType.I32) - 1).Cast(dtype);

    /// <summary>Integers from <paramref name="lo"/> (included) to <paramref name="hi"/> (not included), all alike.</summary>
    /// <param name="key">A key.</param>
    /// <param name="shape">The shape of the result.</param>
    /// <param name="lo">The lower bound; what comes out where hi is no greater.</param>
    /// <param name="hi">The upper bound.</param>
    /// <returns>I32.</returns>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <remarks>64 random bits modulo the range; of a range above 2¹⁶ the low 32 bits alone, as in JAX: uneven by range/2³². Follows jax.random.randint.</remarks>
    public static Tensor RandInt(Tensor key, Shape shape, int lo, int hi)
    {
        var keys = Split(key);
        uint range = hi > lo ? (uint)((long)hi - lo) : 1;
        uint carry = 65536u % range;
        carry = unchecked(carry * carry) % range;
        Tensor Number(uint n) => Prim.Full(shape, Tensor.Literal(DType.U32, (long)n));
        var n = Number(range);
        Tensor Low(int i) => Prim.Rem(Bits(keys[i], shape), n);
        var offset = Prim.Rem(Prim.Add(Prim.Mul(Low(0), Number(carry)), Low(1)), n);
        return Prim.Add(offset, Number((uint)lo)).Cast(DType.I32);
    }

    /// <summary>Normal numbers between two bounds: mean 0 and variance 1 before those outside are left out.</summary>
    /// <param name="key">A key.</param>
    /// <param name="lower">The lower bound, not included.</param>
    /// <param name="upper">The upper bound, not included.</param>
    /// <param name="shape">The shape of the result; a scalar if none is given.</param>
    /// <param name="dtype">F32 or F64.</param>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="DTypeException">Not a float type.</exception>
    /// <remarks>√2·erf⁻¹ of a number between erf(lower/√2) and erf(upper/√2). Follows jax.random.truncated_normal, to rounding.</remarks>
    public static Tensor TruncatedNormal(Tensor key, double lower, double upper, Shape shape = default, DType dtype = DType.F32)
    {
        var unit = Fractions("TruncatedNormal", key, shape, dtype);
        Tensor Erf(double x) => Prim.Erf(Tensor.Literal(dtype, x) / Tensor.Literal(dtype, Math.Sqrt(2)));
        Tensor a = Erf(lower), b = Erf(upper);
        var x = ErfInv(Tensor.Maximum(unit * (b - a) + a, a)) * Math.Sqrt(2);
        return dtype == DType.F32 ? Np.Clip(x, MathF.BitIncrement((float)lower), MathF.BitDecrement((float)upper)) : Np.Clip(x, Math.BitIncrement(lower), Math.BitDecrement(upper));
    }

    /// <summary>Random numbers of the exponential distribution of mean 1.</summary>
    /// <param name="key">A key.</param>
    /// <param name="shape">The shape of the result; a scalar if none is given.</param>
    /// <param name="dtype">F32 or F64.</param>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="DTypeException">Not a float type.</exception>
    /// <remarks>−log(1 − u). Follows jax.random.exponential, to rounding.</remarks>
    public static Tensor Exponential(Tensor key, Shape shape = default, DType dtype = DType.F32) => -Np.Log1p(-Between("Exponential", key, shape, 0, 1, dtype));

    /// <summary>Random numbers of Gumbel's distribution, that of the greatest of many.</summary>
    /// <inheritdoc cref="Exponential"/>
    /// <remarks>−log(−log u). Follows jax.random.gumbel, to rounding.</remarks>
    public static Tensor Gumbel(Tensor key, Shape shape = default, DType dtype = DType.F32) =>
        -Tensor.Log(-Tensor.Log(Between("Gumbel", key, shape, dtype == DType.F32 ? Math.ScaleB(1, -126) : Math.ScaleB(1, -1022), 1, dtype)));

    /// <summary>Random numbers of Laplace's distribution: exponential to both sides.</summary>
    /// <inheritdoc cref="Exponential"/>
    /// <remarks>sign u·log(1 − |u|), u between −1 and 1. Follows jax.random.laplace, to rounding.</remarks>
    public static Tensor Laplace(Tensor key, Shape shape = default, DType dtype = DType.F32)
    {
        var u = Between("Laplace", key, shape, dtype == DType.F32 ? MathF.BitIncrement(-1) : Math.BitIncrement(-1), 1, dtype);
        return Np.Sign(u) * Np.Log1p(-Tensor.Abs(u));
    }

    /// <summary>Random numbers of the logistic distribution: what has a uniform sigmoid.</summary>
    /// <inheritdoc cref="Exponential"/>
    /// <remarks>log(u/(1 − u)). Follows jax.random.logistic, to rounding.</remarks>
    public static Tensor Logistic(Tensor key, Shape shape = default, DType dtype = DType.F32)
    {
        var u = Between("Logistic", key, shape, Epsilon(dtype), 1, dtype);
        return Tensor.Log(u / (1 - u));
    }

    /// <summary>Random numbers of Cauchy's distribution: the quotient of two normal ones.</summary>
    /// <inheritdoc cref="Exponential"/>
    /// <remarks>tan(π·(u − ½)). Follows jax.random.cauchy, to rounding.</remarks>
    public static Tensor Cauchy(Tensor key, Shape shape = default, DType dtype = DType.F32) =>
        Tensor.Tan(Math.PI * (Between("Cauchy", key, shape, Epsilon(dtype), 1, dtype) - 0.5));

    /// <summary>Random numbers of Pareto's distribution: from 1 up, by the power −(b + 1).</summary>
    /// <param name="key">A key.</param>
    /// <param name="b">The greater, the nearer to 1.</param>
    /// <param name="shape">The shape of the result; a scalar if none is given.</param>
    /// <param name="dtype">F32 or F64.</param>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="DTypeException">Not a float type.</exception>
    /// <remarks>e^(exponential/b). Follows jax.random.pareto, to rounding.</remarks>
    public static Tensor Pareto(Tensor key, double b, Shape shape = default, DType dtype = DType.F32) => Tensor.Exp(Exponential(key, shape, dtype) / b);

    /// <summary>Random numbers of Weibull's distribution: scale·exponential^(1/concentration).</summary>
    /// <param name="key">A key.</param>
    /// <param name="scale">What all are multiplied by.</param>
    /// <param name="concentration">1 for the exponential distribution.</param>
    /// <param name="shape">The shape of the result; a scalar if none is given.</param>
    /// <param name="dtype">F32 or F64.</param>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="DTypeException">Not a float type.</exception>
    /// <remarks>Follows jax.random.weibull_min, to rounding.</remarks>
    public static Tensor Weibull(Tensor key, double scale, double concentration, Shape shape = default, DType dtype = DType.F32) =>
        Tensor.Pow(Exponential(key, shape, dtype), 1 / concentration) * scale;

    /// <summary>Random numbers whose logarithm is normal, of mean 0 and this standard deviation.</summary>
    /// <param name="key">A key.</param>
    /// <param name="sigma">The standard deviation of the logarithm.</param>
    /// <param name="shape">The shape of the result; a scalar if none is given.</param>
    /// <param name="dtype">F32 or F64.</param>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="DTypeException">Not a float type.</exception>
    /// <remarks>Follows jax.random.lognormal, to rounding.</remarks>
    public static Tensor LogNormal(Tensor key, double sigma = 1, Shape shape = default, DType dtype = DType.F32) => Tensor.Exp(Normal(key, shape, dtype) * sigma);

    /// <summary>How many trials it takes until the first that succeeds, with a chance of <paramref name="p"/> each.</summary>
    /// <param name="key">A key.</param>
    /// <param name="p">The chance, above 0.</param>
    /// <param name="shape">The shape of the result; a scalar if none is given.</param>
    /// <returns>I32, at least 1.</returns>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <remarks>⌊log u/log(1 − p)⌋ + 1. Follows jax.random.geometric, to rounding.</remarks>
    public static Tensor Geometric(Tensor key, double p, Shape shape = default)
    {
        var u = Between("Geometric", key, shape, 0, 1, DType.F32);
        return p >= 1 ? Tensor.Ones(shape, DType.I32) : (Tensor.Floor(Tensor.Log(u) / (float)Math.Log(1 - p)) + 1).Cast(DType.I32);
    }

    /// <summary>Classes, each as often as the softmax of its logits says.</summary>
    /// <param name="key">A key.</param>
    /// <param name="logits">Logarithms of chances, up to a constant: [b…, classes]; −∞ for what cannot be.</param>
    /// <param name="shape">The shape of the result, which ends in b…; null for b….</param>
    /// <param name="axis">Which axis holds the classes; negative ones count from the end.</param>
    /// <returns>I32.</returns>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="ShapeException">There is no such axis, or the shape does not end in b….</exception>
    /// <remarks>The greatest of logits plus Gumbel numbers (Gumbel-max). Follows jax.random.categorical.</remarks>
    public static Tensor Categorical(Tensor key, Tensor logits, Shape? shape = null, int axis = -1)
    {
        int a = logits.AxisOf("Categorical", axis);
        Shape batch = [.. logits.Shape.Where((_, i) => i != a)], size = shape ?? batch;
        int lead = size.Rank - batch.Rank;
        if (lead < 0 || size.Slice(lead, batch.Rank) != batch)
            throw new ShapeException($"Categorical: expected a shape that ends in {batch}, for logits {logits.Type} with classes along axis {a}, got {size}.{Caller.Line()}");
        var x = logits.DType.IsFloat() ? logits.Strong() : logits.Cast(DType.F32);
        return (Gumbel(key, [.. size.Take(lead), .. x.Shape], x.DType) + x).ArgMax(lead + a);
    }

    /// <summary>Some of the numbers 0 … n − 1.</summary>
    /// <param name="key">A key.</param>
    /// <param name="n">How many there are.</param>
    /// <param name="shape">The shape of the result.</param>
    /// <param name="replace">Whether a number may be drawn again.</param>
    /// <param name="p">The chance of each number, [n], or something in proportion; null for all alike. Without replacement, one after another of those that are left.</param>
    /// <returns>I32.</returns>
    /// <exception cref="ArgumentException">The key is none, or there are not enough numbers.</exception>
    /// <exception cref="ShapeException">p is not of that shape.</exception>
    /// <remarks>Follows jax.random.choice; with p and replacement by Gumbel-max, where that sums up p; without replacement those of the greatest Gumbel-max.</remarks>
    public static Tensor Choice(Tensor key, int n, Shape shape, bool replace = true, Tensor? p = null)
    {
        if (n < 1 && shape.Size > 0 || !replace && shape.Size > n)
            throw new ArgumentException($"Choice: {shape.Size} numbers of {n} cannot be drawn{(replace ? "" : " without replacement")}.{Caller.Line()}");
        if (p is null) return replace ? RandInt(key, shape, 0, n) : Permutation(key, n)[..(int)shape.Size].Reshape(shape);
        if (p.Rank != 1 || p.Shape[0] != n) throw new ShapeException($"Choice: expected a chance for each of {n} numbers, got {p.Type}.{Caller.Line()}");
        var x = Tensor.Log(p.Strong());
        return replace ? Categorical(key, x, shape) : (Gumbel(key, [n], x.DType) + x).TopK((int)shape.Size, 0).Indices.Reshape(shape);
    }

    /// <summary>Some of a tensor's elements along its first axis (its rows, …).</summary>
    /// <param name="key">A key.</param>
    /// <param name="x">[n, …].</param>
    /// <param name="shape">How many, in which shape: […] → […, …].</param>
    /// <param name="replace">Whether one may be drawn again.</param>
    /// <param name="p">The chance of each, [n], or something in proportion; null for all alike.</param>
    /// <exception cref="ShapeException">x is a scalar, or p is not of that shape.</exception>
    /// <exception cref="ArgumentException">The key is none, or there are not enough rows.</exception>
    /// <remarks>Follows jax.random.choice.</remarks>
    public static Tensor Choice(Tensor key, Tensor x, Shape shape, bool replace = true, Tensor? p = null) => x.Rank > 0 ? x.Take(Choice(key, (int)x.Shape[0], shape, replace, p), 0)
        : throw new ShapeException($"Choice: expected a tensor with an axis, got {x.Type}.{Caller.Line()}");

    /// <summary>Matrices with orthonormal rows or columns, whichever are fewer; all such alike (Haar's measure).</summary>
    /// <param name="key">A key.</param>
    /// <param name="n">Rows.</param>
    /// <param name="columns">Columns: n if not given.</param>
    /// <param name="shape">How many matrices, in which shape.</param>
    /// <param name="dtype">F32 or F64.</param>
    /// <returns>[shape…,n,columns].</returns>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="ShapeException">A number is negative.</exception>
    /// <remarks>Follows jax.random.orthogonal: Q of a normal matrix, with R's diagonal made positive.</remarks>
    public static Tensor Orthogonal(Tensor key, int n, int? columns = null, Shape shape = default, DType dtype = DType.F32)
    {
        int m = columns ?? n;
        if (n < 0 || m < 0) throw new ShapeException($"Orthogonal: expected numbers of rows and columns, got {n} and {m}.{Caller.Line()}");
        var (q, r) = Linalg.Qr(Normal(key, [.. shape, Math.Max(n, m), Math.Min(n, m)], dtype));
        q *= Np.Sign(Np.Diagonal(r)).Unsqueeze(-2);
        return n >= m ? q : q.T;
    }

    static double Epsilon(DType dtype) => Math.ScaleB(1, dtype == DType.F32 ? -23 : -52);
}
