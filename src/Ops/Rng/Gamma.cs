namespace StagedDiff;

// Distributions drawn by rejection. A draw is repeated a fixed number of times, of which the first accepted counts: so it can be staged.
public static partial class Rng
{
    const int rounds = 12;

    /// <summary>Random numbers of the gamma distribution of scale 1: of density x^(a − 1)·e⁻ˣ.</summary>
    /// <param name="key">A key.</param>
    /// <param name="a">Above 0: a number, or one for each element.</param>
    /// <param name="shape">The shape of the result, to which a broadcasts; null for that of a.</param>
    /// <returns>Float, of a's element type. No derivative by a.</returns>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="ShapeException">a does not broadcast to the shape.</exception>
    /// <remarks>
    /// Marsaglia and Tsang, A simple method for generating gamma variables (2000); of 12 candidates, each accepted with a chance above 0.95, the first, and
    /// once in 10¹⁵ times the mean. Not the numbers of jax.random.gamma.
    /// </remarks>
    public static Tensor Gamma(Tensor key, Tensor a, Shape? shape = null)
    {
        var (y, boost) = GammaParts(key, a, shape ?? a.Shape);
        return y * Tensor.Exp(boost);
    }

    /// <summary>A number of the gamma distribution of a, of a + 1 where a is below 1, and the logarithm of what makes it one of a.</summary>
    static (Tensor Y, Tensor Boost) GammaParts(Tensor key, Tensor a, Shape size)
    {
        var x = Fn.StopGradient((a.DType.IsFloat() ? a.Strong() : a.Cast(DType.F32)).BroadcastTo(size));
        // Below 1: that of a + 1, times u^(1/a).
        var small = x < 1;
        var d = Np.Where(small, x + 1, x) - 1.0 / 3;
        var c = 1 / Tensor.Sqrt(9 * d);
        var keys = Split(key, 2 * rounds + 1);
        var y = Tensor.OnesLike(d);
        for (int i = rounds - 1; i >= 0; i--)
        {
            var normal = Normal(keys[2 * i], size, x.DType);
            var v = 1 + c * normal;
            v = v * v * v;
            var logV = Tensor.Log(Np.Where(v > 0, v, 1));
            var accepted = (v > 0) & (Np.Log1p(-Uniform(keys[2 * i + 1], size, dtype: x.DType)) < 0.5 * normal * normal + d * (1 - v + logV));
            y = Np.Where(accepted, v, y);
        }
        return (d * y, Np.Where(small, Np.Log1p(-Uniform(keys[2 * rounds], size, dtype: x.DType)) / x, 0));
    }

    /// <summary>Random numbers of the beta distribution: of density x^(a − 1)·(1 − x)^(b − 1), between 0 and 1.</summary>
    /// <param name="key">A key.</param>
    /// <param name="a">Above 0: a number, or one for each element.</param>
    /// <param name="b">Above 0: a number, or one for each element.</param>
    /// <param name="shape">The shape of the result, to which both broadcast; null for that in which they meet.</param>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <remarks>Of two gamma numbers, the first's part in their sum.</remarks>
    public static Tensor Beta(Tensor key, Tensor a, Tensor b, Shape? shape = null)
    {
        var keys = Split(key);
        var size = shape ?? Tensor.Broadcast("Beta", a, b);
        Tensor x = Gamma(keys[0], a, size), y = Gamma(keys[1], b, size);
        return x / (x + y);
    }

    /// <summary>Random probabilities of Dirichlet's distribution: of density Π xᵢ^(alphaᵢ − 1).</summary>
    /// <param name="key">A key.</param>
    /// <param name="alpha">Above 0: [b…, n].</param>
    /// <param name="shape">The shape of the result but for its last axis, to which b… broadcasts; null for b….</param>
    /// <returns>[…, n], whose rows sum to 1.</returns>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="ShapeException">alpha is a scalar, or does not broadcast.</exception>
    /// <remarks>Gamma numbers divided by their sum.</remarks>
    public static Tensor Dirichlet(Tensor key, Tensor alpha, Shape? shape = null)
    {
        if (alpha.Rank == 0) throw new ShapeException($"Dirichlet: expected alpha [b…,n], got {alpha.Type}.{Caller.Line()}");
        var x = Gamma(key, alpha, [.. shape ?? alpha.Shape.Slice(0, alpha.Rank - 1), alpha.Shape[^1]]);
        return x / x.Sum(-1, keepDims: true);
    }

    /// <summary>Random numbers of the χ² distribution: sums of so many squares of normal numbers.</summary>
    /// <param name="key">A key.</param>
    /// <param name="degrees">How many, above 0: a number, or one for each element.</param>
    /// <param name="shape">The shape of the result, to which the degrees broadcast; null for theirs.</param>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="ShapeException">The degrees do not broadcast to the shape.</exception>
    public static Tensor ChiSquare(Tensor key, Tensor degrees, Shape? shape = null) => 2 * Gamma(key, degrees / 2, shape);

    /// <summary>Random numbers of Student's distribution: normal ones over the root of a mean of so many squares of others.</summary>
    /// <param name="key">A key.</param>
    /// <param name="degrees">How many, above 0: a number, or one for each element.</param>
    /// <param name="shape">The shape of the result, to which the degrees broadcast; null for theirs.</param>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="ShapeException">The degrees do not broadcast to the shape.</exception>
    public static Tensor StudentT(Tensor key, Tensor degrees, Shape? shape = null)
    {
        var keys = Split(key);
        var half = degrees / 2;
        var g = Gamma(keys[1], half, shape);
        return Normal(keys[0], g.Shape, g.DType) * Tensor.Sqrt(half / g);
    }
}
