namespace StagedDiff;

/// <summary>
/// Random numbers as functions of a key: the same key gives the same numbers, at once or jitted, on any machine. Split a key to have two;
/// never use one twice.
/// </summary>
/// <remarks>
/// Threefry-2x32 (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, 2011), counted as JAX does since 0.5 (jax_threefry_partitionable):
/// element i in row-major order is made of the key and the 64-bit counter i alone.
/// </remarks>
public static partial class Rng
{
    /// <summary>A key made of a seed: the seed's high and low 32 bits.</summary>
    /// <returns>u32[2]. Seeds from 0 to 2³² − 1 give JAX's keys, others those it has with jax_enable_x64.</returns>
    public static Tensor Key(long seed) => Tensor.From([(uint)((ulong)seed >> 32), (uint)seed]);

    /// <summary>New keys, independent of each other and of the one they are made of, which is used up.</summary>
    /// <returns>u32[n,2]: take one with an index.</returns>
    /// <exception cref="ArgumentException">The key is none.</exception>
    public static Tensor Split(Tensor key, int n = 2)
    {
        var (a, b) = Words("Split", key, [n]);
        return Np.Stack([a, b], 1);
    }

    /// <summary>A new key made of a key and a number: of an epoch, a step, a layer.</summary>
    /// <param name="key">A key.</param>
    /// <param name="data">An integer scalar; its low 32 bits count.</param>
    /// <returns>u32[2].</returns>
    /// <exception cref="ArgumentException">The key is none, or the number is no integer scalar.</exception>
    public static Tensor FoldIn(Tensor key, Tensor data)
    {
        if (data.Rank > 0 || !data.DType.IsInteger()) throw new ArgumentException($"FoldIn: expected an integer scalar beside the key, got {data.Type}.{Caller.Line()}");
        var (k0, k1) = Halves("FoldIn", key);
        var (a, b) = Prim.Threefry(k0, k1, Tensor.Literal(DType.U32, 0L), data.Cast(DType.U32));
        return Np.Stack([a, b]);
    }

    /// <summary>Random bits: all of U32 alike.</summary>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <remarks>Follows jax.random.bits: the exclusive or of both words of Threefry.</remarks>
    public static Tensor Bits(Tensor key, Shape shape = default)
    {
        var (a, b) = Words("Bits", key, shape);
        return a ^ b;
    }

    /// <summary>Random numbers, all from <paramref name="lo"/> (included) to <paramref name="hi"/> (not included, unless rounding meets it) alike.</summary>
    /// <param name="key">A key.</param>
    /// <param name="shape">The shape of the result; a scalar if none is given.</param>
    /// <param name="lo">The lower bound.</param>
    /// <param name="hi">The upper bound.</param>
    /// <param name="dtype">F32: steps of 2⁻²³ of the range; F64: of 2⁻⁵².</param>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="DTypeException">Not a float type.</exception>
    /// <remarks>Follows jax.random.uniform.</remarks>
    public static Tensor Uniform(Tensor key, Shape shape = default, double lo = 0, double hi = 1, DType dtype = DType.F32) =>
        Between("Uniform", key, shape, lo, hi, dtype);

    /// <summary>Random numbers of the normal distribution of mean 0 and variance 1.</summary>
    /// <param name="key">A key.</param>
    /// <param name="shape">The shape of the result; a scalar if none is given.</param>
    /// <param name="dtype">F32 or F64.</param>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="DTypeException">Not a float type.</exception>
    /// <remarks>√2·erf⁻¹ of a number between −1 and 1. Follows jax.random.normal, to rounding.</remarks>
    public static Tensor Normal(Tensor key, Shape shape = default, DType dtype = DType.F32) =>
        ErfInv(Between("Normal", key, shape, dtype == DType.F32 ? MathF.BitIncrement(-1) : Math.BitIncrement(-1), 1, dtype)) * Math.Sqrt(2);

    /// <summary>The numbers 0 … n − 1 in random order.</summary>
    /// <param name="key">A key.</param>
    /// <param name="n">How many.</param>
    /// <returns>i32[n].</returns>
    /// <exception cref="ArgumentException">The key is none, or n is negative.</exception>
    /// <remarks>Follows jax.random.permutation: sorted by random bits, as often as makes ties of no account.</remarks>
    public static Tensor Permutation(Tensor key, int n)
    {
        if (n < 0) throw new ArgumentOutOfRangeException(nameof(n), $"Permutation: expected a number of elements, got {n}.{Caller.Line()}");
        var order = Tensor.Arange(n);
        int rounds = (int)Math.Ceiling(3 * Math.Log(Math.Max(1, n)) / Math.Log(uint.MaxValue));
        for (int round = 0; round < rounds; round++)
        {
            var keys = Split(key);
            key = keys[0];
            // A stable sort: equal bits stay in their order.
            order = Np.SortTogether([Bits(keys[1], [n]), order])[1];
        }
        return order;
    }

    /// <summary>A tensor's elements along its first axis (its rows, …) in random order.</summary>
    /// <param name="key">A key.</param>
    /// <param name="x">[n, …], with an n that is known while tracing.</param>
    /// <returns>Of the shape of x.</returns>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="ShapeException">x is a scalar.</exception>
    /// <remarks>Follows jax.random.permutation.</remarks>
    public static Tensor Permutation(Tensor key, Tensor x) => x.Rank > 0 ? x.Take(Permutation(key, (int)x.Shape[0]), 0)
        : throw new ShapeException($"Permutation: expected a tensor with an axis, got {x.Type}.{Caller.Line()}");

    static Tensor Between(string name, Tensor key, Shape shape, double lo, double hi, DType dtype)
    {
        var unit = Fractions(name, key, shape, dtype);
        if (lo == 0 && hi == 1) return unit;
        // Rounded in between where JAX rounds.
        double range = dtype == DType.F32 ? (float)hi - (float)lo : hi - lo;
        return Tensor.Maximum(unit * range + lo, lo);
    }

    /// <summary>From 0 to 1, in steps that the type holds exactly: the high bits, as an integer divided by a power of 2.</summary>
    static Tensor Fractions(string name, Tensor key, Shape shape, DType dtype)
    {
        if (!dtype.IsFloat()) throw new DTypeException($"{name}: expected F32 or F64, got {dtype}.{Caller.Line()}");
        var (a, b) = Words(name, key, shape);
        if (dtype == DType.F32) return Without(a ^ b, 9).Cast(dtype) * Math.ScaleB(1, -23);
        return a.Cast(dtype) * Math.ScaleB(1, -32) + Without(b, 12).Cast(dtype) * Math.ScaleB(1, -52);
    }

    /// <summary>Bits shifted right.</summary>
    static Tensor Without(Tensor bits, long low) => Prim.ShiftRight(bits, Prim.Full(bits.Shape, Tensor.Literal(DType.U32, low)));

    /// <summary>Both words of Threefry for the counters of a shape.</summary>
    static (Tensor, Tensor) Words(string name, Tensor key, Shape shape)
    {
        foreach (var n in shape)
            if (n.IsConstant && n.Value < 0) throw new ShapeException($"{name}: {shape} is no shape: an extent is negative.{Caller.Line()}");
        var (k0, k1) = Halves(name, key);
        // No tensor has 2³² elements: the counter's high word is 0.
        var low = Prim.Iota(new(DType.U32, [shape.Count]), 0).Shaped(shape);
        return Prim.Threefry(Prim.Full(shape, k0), Prim.Full(shape, k1), Prim.Zeros(new(DType.U32, shape)), low);
    }

    static (Tensor, Tensor) Halves(string name, Tensor key) => key is { DType: DType.U32, Rank: 1 } && key.Shape[0] == 2 ? (key[0], key[1])
        : throw new ArgumentException($"{name}: expected a key, u32[2], got {key.Type}. Make one with Rng.Key(seed); of several, take one with an index.{Caller.Line()}");
}
