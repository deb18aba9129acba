namespace StagedDiff;

// Distributions of counts. Small means by inversion: as many steps as the sum of chances needs to reach 1 in F64. Large ones by rejection, of a fixed number of
// candidates, of which the first accepted counts: so both can be staged, and the choice between them is one of elements.
public static partial class Rng
{
    const int terms = 48, candidates = 24;

    /// <summary>Random numbers of Poisson's distribution: how many events there are where <paramref name="mean"/> are expected.</summary>
    /// <param name="key">A key.</param>
    /// <param name="mean">From 0 up to 2³⁰: a number, or one for each element.</param>
    /// <param name="shape">The shape of the result, to which the mean broadcasts; null for that of the mean.</param>
    /// <returns>I32; −1 where the mean is negative, NaN or too large, as in JAX. No derivative by the mean.</returns>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="ShapeException">The mean does not broadcast to the shape.</exception>
    /// <remarks>
    /// Below 10 by inversion, else by Hörmann, The transformed rejection method for generating Poisson random variables (1993), of whose 24 candidates each is accepted
    /// with a chance of 0.75 or more; where none is (once in 10¹⁴ times) the mean, rounded down. Not the numbers of jax.random.poisson.
    /// </remarks>
    public static Tensor Poisson(Tensor key, Tensor mean, Shape? shape = null)
    {
        var size = shape ?? mean.Shape;
        var m = Fn.StopGradient(mean.Strong().Cast(DType.F64)).BroadcastTo(size);
        var allowed = m >= 0 & m <= 1 << 30;
        var keys = Split(key);
        var few = Np.Where(m < 10, Np.Where(allowed, m, 0), 0);
        var inverted = Inverted(Uniform(keys[0], size, dtype: DType.F64), Tensor.Exp(-few), k => few / k);
        var many = Np.Where(m >= 10 & allowed, m, 10);
        var b = 0.931 + 2.53 * Tensor.Sqrt(many);
        var log = Tensor.Log(many);
        var rejected = FirstAccepted(keys[1], size, many + 0.43, -0.059 + 0.02483 * b, b, 1.1239 + 1.1328 / (b - 3.4), k => k * log - many - Np.LogGamma(k + 1), Tensor.Floor(many));
        return Np.Where(allowed, Np.Where(m < 10, inverted, rejected), -1).Cast(DType.I32);
    }

    /// <summary>Random numbers of the binomial distribution: how many of <paramref name="n"/> trials succeed.</summary>
    /// <param name="key">A key.</param>
    /// <param name="n">Trials, from 0 up to 2³⁰: a number, or one for each element. Those that are not whole are rounded down.</param>
    /// <param name="p">The chance of each, from 0 to 1: a number, or one for each element.</param>
    /// <param name="shape">The shape of the result, to which both broadcast; null for that in which they meet.</param>
    /// <returns>I32; −1 where n or p is outside or NaN. No derivative.</returns>
    /// <exception cref="ArgumentException">The key is none.</exception>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <remarks>
    /// Below 10 successes (or failures, which are counted where they are fewer) by inversion, else by Hörmann, The generation of binomial random variates (1993), as
    /// <see cref="Poisson"/>. Not the numbers of jax.random.binomial.
    /// </remarks>
    public static Tensor Binomial(Tensor key, Tensor n, Tensor p, Shape? shape = null)
    {
        var size = shape ?? Tensor.Broadcast("Binomial", n, p);
        Tensor Given(Tensor x) => Fn.StopGradient(x.Strong().Cast(DType.F64)).BroadcastTo(size);
        Tensor trials = Tensor.Floor(Given(n)), chance = Given(p);
        var allowed = trials >= 0 & trials <= 1 << 30 & chance >= 0 & chance <= 1;
        var flipped = chance > 0.5;
        var (t, q) = (Np.Where(allowed, trials, 0), Np.Where(allowed, Np.Where(flipped, 1 - chance, chance), 0));
        var keys = Split(key);
        var small = t * q < 10;
        var odds = q / (1 - q);
        var inverted = Inverted(Uniform(keys[0], size, dtype: DType.F64), Np.Where(small, Tensor.Exp(t * Np.Log1p(-q)), 1), k => Np.Where(small, (t - k + 1) / k * odds, 0));

        (t, q) = (Np.Where(small, 40, t), Np.Where(small, 0.5, q));
        var spread = Tensor.Sqrt(t * q * (1 - q));
        var b = 1.15 + 2.53 * spread;
        var mode = Tensor.Floor((t + 1) * q);
        var logOdds = Tensor.Log(q / (1 - q));
        // Relative to the chance of the mode.
        Tensor Ways(Tensor k) => Np.Where(k > t, double.NegativeInfinity, -Np.LogGamma(k + 1) - Np.LogGamma(t - k + 1));
        var most = Ways(mode);
        var rejected = FirstAccepted(keys[1], size, t * q + 0.5, -0.0873 + 0.0248 * b + 0.01 * q, b, (2.83 + 5.1 / b) * spread, k => Ways(k) - most + (k - mode) * logOdds, mode);
        var y = Np.Where(small, Tensor.Minimum(inverted, trials), rejected);
        return Np.Where(allowed, Np.Where(flipped, trials - y, y), -1).Cast(DType.I32);
    }

    /// <summary>How often each of some classes comes in so many draws.</summary>
    /// <param name="key">A key.</param>
    /// <param name="n">Draws.</param>
    /// <param name="p">Chances [b…, classes], or anything in proportion to them: not negative.</param>
    /// <param name="shape">The shape of the result but for its last axis, to which b… broadcasts; null for b….</param>
    /// <returns>I32 […, classes], whose rows sum to n. No derivative.</returns>
    /// <exception cref="ArgumentException">The key is none, or n is negative.</exception>
    /// <exception cref="ShapeException">p is a scalar, has no classes, or does not broadcast.</exception>
    /// <remarks>One uniform number for each draw, counted below each sum of chances: n·classes comparisons. Not the numbers of jax.random.multinomial.</remarks>
    public static Tensor Multinomial(Tensor key, int n, Tensor p, Shape? shape = null)
    {
        if (n < 0) throw new ArgumentException($"Multinomial: expected a number of draws, got {n}.{Caller.Line()}");
        if (p.Rank == 0 || p.Shape[^1] == 0) throw new ShapeException($"Multinomial: expected chances [b…,classes], got {p.Type}.{Caller.Line()}");
        var size = shape ?? p.Shape.Slice(0, p.Rank - 1);
        Shape rows = [.. size, p.Shape[^1]];
        var sums = Fn.StopGradient(p.Strong().Cast(DType.F64)).BroadcastTo(rows).CumSum(-1);
        var u = Uniform(key, [.. size, n], dtype: DType.F64) * sums[Slice.Ellipsis, ^1..];
        var below = (u.Unsqueeze(-1) < sums.Unsqueeze(-2)).Sum(-2);
        return Np.Concatenate([below[Slice.Ellipsis, ..1], Np.Diff(below)], -1);
    }

    /// <summary>How many sums of chances, p₀ and each next by a ratio, are no greater than u.</summary>
    static Tensor Inverted(Tensor u, Tensor p, Func<int, Tensor> ratio)
    {
        var (sum, y) = (p, (u >= p).Cast(DType.F64));
        for (int k = 1; k < terms; k++)
        {
            p *= ratio(k);
            sum += p;
            y += (u >= sum).Cast(DType.F64);
        }
        return y;
    }

    /// <summary>
    /// Hörmann's transformed rejection: u between −½ and ½ makes k = ⌊(2a/(½ − |u|) + b)·u + center⌋, taken where v·alpha/(a/(½ − |u|)² + b) is at most its chance. His
    /// squeezes, which only save time, are left out.
    /// </summary>
    static Tensor FirstAccepted(Tensor key, Shape size, Tensor center, Tensor a, Tensor b, Tensor alpha, Func<Tensor, Tensor> logChance, Tensor otherwise)
    {
        var keys = Split(key, candidates);
        var y = otherwise;
        for (int i = candidates - 1; i >= 0; i--)
        {
            var pair = Uniform(keys[i], [2, .. size], dtype: DType.F64);
            var (u, v) = (pair[0] - 0.5, 1 - pair[1]);
            var rest = 0.5 - Tensor.Abs(u);
            var k = Tensor.Floor((2 * a / rest + b) * u + center);
            var accepted = k >= 0 & Tensor.Log(v * alpha / (a / (rest * rest) + b)) <= logChance(k);
            y = Np.Where(accepted, k, y);
        }
        return y;
    }
}
