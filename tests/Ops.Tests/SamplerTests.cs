namespace StagedDiff.Tests;

/// <summary>Samplers: JAX's formulas of JAX's uniform numbers, in plain arithmetic; and whether the numbers have their distribution.</summary>
public class SamplerTests
{
    static readonly Tensor key = Rng.Key(11);
    const int n = 4000;

    static double[] Doubles(Tensor x) => x.Cast(DType.F64).ToArray<double>();

    // jax.random, the formulas of its source, by the uniform numbers that RngTests compares.
    public static readonly TheoryData<string, Func<Tensor, Shape, DType, Tensor>, Func<double, DType, double>> Formulas = new()
    {
        { "exponential", Rng.Exponential, (u, _) => -Math.Log(1 - u) },
        { "gumbel", Rng.Gumbel, (u, _) => -Math.Log(-Math.Log(u)) },
        { "logistic", Rng.Logistic, (u, t) => Above(u, t) is var x ? Math.Log(x / (1 - x)) : 0 },
        { "cauchy", Rng.Cauchy, (u, t) => Math.Tan(Math.PI * (Above(u, t) - 0.5)) },
        { "laplace", Rng.Laplace, (u, _) => 2 * u - 1 is var x ? Math.Sign(x) * Math.Log(1 - Math.Abs(x)) : 0 },
        { "pareto", (k, s, t) => Rng.Pareto(k, 2, s, t), (u, _) => Math.Exp(-Math.Log(1 - u) / 2) },
        { "weibull", (k, s, t) => Rng.Weibull(k, 3, 2, s, t), (u, _) => 3 * Math.Sqrt(-Math.Log(1 - u)) },
        { "rayleigh", (k, s, t) => Rng.Rayleigh(k, 3, s, t), (u, _) => 3 * Math.Sqrt(-2 * Math.Log(u)) },
        { "triangular", (k, s, t) => Rng.Triangular(k, -1, 0.5, 3, s, t), (u, _) => u < 1.5 / 4 ? -1 + Math.Sqrt(u * 4 * 1.5) : 3 - Math.Sqrt((1 - u) * 4 * 2.5) },
    };

    /// <summary>From the machine's epsilon to 1.</summary>
    static double Above(double u, DType t) => Math.ScaleB(1, t == DType.F32 ? -23 : -52) is var e ? u * (1 - e) + e : 0;

    [Theory, MemberData(nameof(Formulas))]
    public void Numbers_are_JAXs_formula_of_a_uniform_one(string name, Func<Tensor, Shape, DType, Tensor> draw, Func<double, DType, double> formula)
    {
        foreach (var (dtype, tolerance) in new[] { (DType.F64, 1e-9), (DType.F32, 2e-4) })
        {
            var u = Doubles(Rng.Uniform(key, [50], dtype: dtype));
            Near.Equal([.. u.Select(x => formula(x, dtype))], Doubles(draw(key, [50], dtype)), tolerance);
            Assert.Equal(dtype, draw(key, [2, 3], dtype).DType);
        }
        Assert.Equal(Golden.Bits(draw(key, [7], DType.F32)), Golden.Bits(Fn.Jit((Tensor k) => draw(k, [7], DType.F32))(key)));
        Assert.Contains($"{(name is "pareto" or "weibull" ? "exponential" : name)}: expected F32 or F64, got I32.",
            Assert.Throws<DTypeException>(() => draw(key, [2], DType.I32)).Message, StringComparison.OrdinalIgnoreCase);
    }

    // The distributions' functions, as textbooks have them.
    public static readonly TheoryData<string, Func<Tensor, Tensor>, Func<double, double>> Distributions = new()
    {
        { "uniform", k => Rng.Uniform(k, [n]), x => x },
        { "exponential", k => Rng.Exponential(k, [n]), x => 1 - Math.Exp(-x) },
        { "gumbel", k => Rng.Gumbel(k, [n]), x => Math.Exp(-Math.Exp(-x)) },
        { "logistic", k => Rng.Logistic(k, [n]), x => 1 / (1 + Math.Exp(-x)) },
        { "cauchy", k => Rng.Cauchy(k, [n]), x => 0.5 + Math.Atan(x) / Math.PI },
        { "laplace", k => Rng.Laplace(k, [n]), x => x < 0 ? Math.Exp(x) / 2 : 1 - Math.Exp(-x) / 2 },
        { "pareto", k => Rng.Pareto(k, 2, [n]), x => 1 - 1 / (x * x) },
        { "weibull", k => Rng.Weibull(k, 3, 2, [n]), x => 1 - Math.Exp(-x * x / 9) },
        { "normal", k => Rng.Normal(k, [n]), Phi },
        { "log-normal", k => Rng.LogNormal(k, 0.5, [n]), x => Phi(Math.Log(x) / 0.5) },
        { "gamma of 3", k => Rng.Gamma(k, 3, [n]), x => 1 - Math.Exp(-x) * (1 + x + x * x / 2) },
        { "gamma of 1", k => Rng.Gamma(k, 1.0, [n]), x => 1 - Math.Exp(-x) },
        { "gamma of 1/2", k => Rng.Gamma(k, 0.5, [n]), x => 2 * Phi(Math.Sqrt(2 * x)) - 1 },
        { "beta", k => Rng.Beta(k, 2, Tensor.From(2.0), [n]), x => x * x * (3 - 2 * x) },
        { "dirichlet", k => Rng.Dirichlet(k, new[] { 1f, 1, 1 }, [n])[.., 1], x => 1 - (1 - x) * (1 - x) },
        { "chi-square", k => Rng.ChiSquare(k, 2, [n]), x => 1 - Math.Exp(-x / 2) },
        { "student", k => Rng.StudentT(k, 2, [n]), x => 0.5 + x / (2 * Math.Sqrt(2 + x * x)) },
        { "rayleigh", k => Rng.Rayleigh(k, 2, [n]), x => 1 - Math.Exp(-x * x / 8) },
        { "triangular", k => Rng.Triangular(k, 0, 0, 2, [n]), x => x - x * x / 4 },
        { "maxwell", k => Rng.Maxwell(k, [n]), MaxwellUpTo },
        { "maxwell of both signs", k => Rng.DoubleSidedMaxwell(k, [n]), x => 0.5 + Math.Sign(x) * MaxwellUpTo(Math.Abs(x)) / 2 },
        { "wald", k => Rng.Wald(k, 2.0, [n]), x => Math.Sqrt(1 / x) is var r ? Phi(r * (x / 2 - 1)) + Math.E * Phi(-r * (x / 2 + 1)) : 0 },
        { "f", k => Rng.F(k, 2.0, 4.0, [n]), x => 1 - Math.Pow(1 + x / 2, -2) },
        { "log-gamma of 1", k => Rng.LogGamma(k, 1.0, [n]), x => 1 - Math.Exp(-Math.Exp(x)) },
        { "log-gamma of 1/2", k => Rng.LogGamma(k, 0.5, [n]), x => 2 * Phi(Math.Sqrt(2 * Math.Exp(x))) - 1 },
        { "generalized normal 1", k => Rng.GeneralizedNormal(k, 1, [n]), x => x < 0 ? Math.Exp(x) / 2 : 1 - Math.Exp(-x) / 2 },
        { "generalized normal 2", k => Rng.GeneralizedNormal(k, 2, [n]), x => Phi(x * Math.Sqrt(2)) },
        { "radius of a ball", k => Linalg.VectorNorm(Rng.Ball(k, 3, 2, [n]), axis: -1), r => r * r * r },
        { "cube", k => Np.Abs(Rng.Ball(k, 2, 1, [n])).Sum(-1), r => r * r },
        { "second of a normal vector", k => Rng.MultivariateNormal(k, new[] { 1f, -2 }, new[,] { { 4f, 1 }, { 1, 9 } }, [n])[.., 1], x => Phi((x + 2) / 3) },
        { "sum of a normal vector", k => Rng.MultivariateNormal(k, new[] { 1f, -2 }, new[,] { { 4f, 1 }, { 1, 9 } }, [n]).Sum(1), x => Phi((x + 1) / Math.Sqrt(15)) },
        { "truncated", k => Rng.TruncatedNormal(k, -0.5, 2, [n]), x => (Phi(x) - Phi(-0.5)) / (Phi(2) - Phi(-0.5)) },
    };

    /// <summary>The normal distribution's function, by Simpson's rule.</summary>
    static double Phi(double x)
    {
        const int steps = 200;
        double h = x / steps, sum = 0;
        for (int i = 0; i <= steps; i++) sum += Math.Exp(-h * i * h * i / 2) * (i == 0 || i == steps ? 1 : i % 2 == 0 ? 2 : 4);
        return 0.5 + sum * h / 3 / Math.Sqrt(2 * Math.PI);
    }

    static double MaxwellUpTo(double x) => 2 * Phi(x) - 1 - Math.Sqrt(2 / Math.PI) * x * Math.Exp(-x * x / 2);

    // Kolmogorov and Smirnov: √n·sup|F − Fₙ| is above 1.95 once in 1,000 times; the key is fixed.
    [Theory, MemberData(nameof(Distributions))]
    public void Numbers_have_their_distribution(string name, Func<Tensor, Tensor> draw, Func<double, double> distribution)
    {
        double[] x = [.. Doubles(draw(key)).Order()];
        double distance = x.Select((v, i) => Math.Max(Math.Abs(distribution(v) - (double)i / n), Math.Abs(distribution(v) - (i + 1.0) / n))).Max();
        Assert.True(Math.Sqrt(n) * distance < 1.95, $"{name}: {Math.Sqrt(n) * distance}");
    }

    /// <summary>Pearson's χ² of counts beside chances; of k classes it is above k + 4·√(2k) once in some 10,000 times.</summary>
    static void Fits(double[] chances, Tensor drawn, int from = 0)
    {
        var counts = new double[chances.Length];
        foreach (double x in Doubles(drawn)) counts[(int)x - from]++;
        double total = counts.Sum(), chi = counts.Zip(chances, (c, p) => (c - total * p) * (c - total * p) / (total * p)).Sum();
        Assert.True(chi < chances.Length + 4 * Math.Sqrt(2 * chances.Length), $"χ² = {chi} of {string.Join(", ", counts)}");
    }

    [Fact]
    public void Classes_come_as_often_as_they_should()
    {
        double[] p = [0.1, 0.2, 0.05, 0.65];
        Fits(p, Rng.Categorical(key, Tensor.Log(Tensor.From(p)), [n]));
        Fits(p, Rng.Choice(key, 4, [n], p: Tensor.From(p)));
        Fits([0.2, 0.2, 0.2, 0.2, 0.2], Rng.Choice(key, 5, [n]));
        Fits([0.25, 0.25, 0.25, 0.25], Rng.RandInt(key, [n], -2, 2), -2);
        Fits([0.7, 0.3], Rng.Bernoulli(key, 0.3, [n]));
        Fits([0.5, 0.5], (Rng.Rademacher(key, [n]) + 1).Cast(DType.F32) / 2);
        Fits([.. Enumerable.Range(1, 12).Select(k => 0.4 * Math.Pow(0.6, k - 1)), Math.Pow(0.6, 12)], Tensor.Minimum(Rng.Geometric(key, 0.4, [n]), 13), 1);
        Fits([.. Enumerable.Repeat(0.1, 10)], Rng.Choice(key, Tensor.Arange(10), [n]));
    }

    static double[] Chances(int count, Func<int, double> log) => [.. Enumerable.Range(0, count).Select(k => Math.Exp(log(k)))];

    /// <summary>log k!, as a sum.</summary>
    static double LogFactorial(int k) => Enumerable.Range(1, k).Sum(i => Math.Log(i));

    /// <summary>Chances of 0, 1, … as they are where they are above one in 200, what is left below and above at both ends; and the least of them.</summary>
    static (double[] Chances, int From) Ends(double[] all)
    {
        int from = Array.FindIndex(all, p => p > 0.005), to = Array.FindLastIndex(all, p => p > 0.005);
        double[] inner = all[from..(to + 1)];
        inner[0] = all[..(from + 1)].Sum();
        inner[^1] = 1 - inner[..^1].Sum();
        return (inner, from);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(4)]
    [InlineData(9.99)]
    [InlineData(10)]
    [InlineData(35.5)]
    [InlineData(300)]
    public void Counts_of_events_have_their_chances(double mean)
    {
        var (chances, from) = Ends(Chances(1000, k => k * Math.Log(mean) - mean - LogFactorial(k)));
        Fits(chances, Np.Clip(Rng.Poisson(key, mean, [5 * n]), from, from + chances.Length - 1), from);
    }

    [Theory]
    [InlineData(5, 0.3)]
    [InlineData(12, 0.7)]
    [InlineData(40, 0.5)]
    [InlineData(2000, 0.01)]
    [InlineData(300, 0.9)]
    [InlineData(3000, 0.25)]
    public void Counts_of_successes_have_their_chances(int trials, double p)
    {
        var (chances, from) = Ends(Chances(trials + 1, k => LogFactorial(trials) - LogFactorial(k) - LogFactorial(trials - k) + k * Math.Log(p) + (trials - k) * Math.Log(1 - p)));
        Fits(chances, Np.Clip(Rng.Binomial(key, trials, p, [5 * n]), from, from + chances.Length - 1), from);
    }

    [Fact]
    public void Counts_at_their_bounds()
    {
        Assert.Equal([-1, -1, 0, -1], Rng.Poisson(key, Tensor.From([-1, double.NaN, 0, 1e10])).ToArray<int>());
        Assert.Equal([-1, -1, 0, 0, 5, -1, 1000, 0], Rng.Binomial(key, Tensor.From([-1, double.NaN, 0, 5, 5, 5, 1000, 1000]), Tensor.From([0.5, 0.5, 0.5, 0, 1, 1.5, 1, 0])).ToArray<int>());
        Assert.Equal((DType.I32, Shape.Of(2, 3)), Rng.Poisson(key, Tensor.From([1, 2, 30]), [2, 3]) is var x ? (x.DType, x.Shape) : default);
        Assert.Throws<ShapeException>(() => Rng.Binomial(key, Tensor.Zeros(2), Tensor.Zeros(3)));
        // Far from 0 the mean and the variance tell as much: of n numbers they are off by five standard errors once in a million times.
        foreach (var (drawn, mean, variance) in new[] { (Rng.Poisson(key, 1e8, [n]), 1e8, 1e8), (Rng.Binomial(key, 1 << 30, 0.3, [n]), 0.3 * (1 << 30), 0.21 * (1 << 30)) })
        {
            var z = (drawn.Cast(DType.F64) - mean) / Math.Sqrt(variance);
            Assert.InRange((double)z.Mean(), -5 / Math.Sqrt(n), 5 / Math.Sqrt(n));
            Assert.InRange((double)z.Var(), 1 - 5 * Math.Sqrt(2.0 / n), 1 + 5 * Math.Sqrt(2.0 / n));
        }
    }

    [Fact]
    public void Draws_are_counted_by_class()
    {
        var counts = Rng.Multinomial(key, 40, Tensor.From([1.0, 4, 0, 5]), [n]);
        Assert.Equal((DType.I32, Shape.Of(n, 4)), (counts.DType, counts.Shape));
        Assert.All(counts.Sum(1).ToArray<int>(), total => Assert.Equal(40, total));
        Assert.All(counts[.., 2].ToArray<int>(), none => Assert.Equal(0, none));
        Fits(Chances(41, k => LogFactorial(40) - LogFactorial(k) - LogFactorial(40 - k) + k * Math.Log(0.4) + (40 - k) * Math.Log(0.6))[8..25] is var c ? [.. c[..^1], 1 - c[..^1].Sum()] : [],
            Np.Clip(counts[.., 1], 8, 24), 8);
        Assert.Equal(Shape.Of(2, 3), Rng.Multinomial(key, 0, Tensor.Ones(2, 3)).Shape);
        Assert.StartsWith("Multinomial: expected chances [b…,classes], got f32[].", Assert.Throws<ShapeException>(() => Rng.Multinomial(key, 3, 1f)).Message);
        Assert.StartsWith("Multinomial: expected a number of draws, got -1.", Assert.Throws<ArgumentException>(() => Rng.Multinomial(key, -1, Tensor.Ones(2))).Message);
    }

    // Its mean and its Cholesky factor have the derivatives of mean + L·z.
    [Fact]
    public void A_normal_vector_has_derivatives_by_its_parameters()
    {
        Tensor mean = Tensor.From([1.0, -2]), l = Tensor.From([2.0, 0, 0.5, 3], 2, 2), covariance = l.MatMul(l.T), z = Rng.Normal(key, [2], DType.F64);
        Near.Equal((mean + l.MatMul(z)).ToArray<double>(), Rng.MultivariateNormal(key, mean, covariance).ToArray<double>());
        Fn.CheckGrads<(Tensor M, Tensor C)>(p => Rng.MultivariateNormal(key, p.M, p.C), (mean, covariance));
        Assert.Equal(Shape.Of(5, 2), Rng.MultivariateNormal(key, mean, covariance, [5]).Shape);
        Assert.StartsWith("MultivariateNormal: expected a mean [b…,n] and a covariance [b…,n,n], got f64[2] and f64[3,3].",
            Assert.Throws<ShapeException>(() => Rng.MultivariateNormal(key, mean, Tensor.Eye(3, null, DType.F64))).Message);
        Assert.StartsWith("Triangular: expected left ≤ mode ≤ right, got 0, 2 and 1.", Assert.Throws<ArgumentException>(() => Rng.Triangular(key, 0, 2, 1)).Message);
        Fn.CheckGrads((Tensor m) => Rng.Wald(key, m, [20]), Tensor.From(1.5));
    }

    // jax.random.randint of 32 bits: ((high % r)·(2³² % r) + low % r) % r; beyond 2¹⁶ its factor has overflown to 0.
    [Fact]
    public void Integers_are_made_of_64_bits_as_in_JAX()
    {
        var keys = Rng.Split(key);
        foreach (var (lo, hi) in new[] { (0, 10), (-7, 1_000_003), (int.MinValue, int.MaxValue), (5, 5), (3, -3) })
        {
            uint range = hi > lo ? (uint)((long)hi - lo) : 1, carry = range <= 65536 ? (uint)((1UL << 32) % range) : 0;
            var (high, low) = (Rng.Bits(keys[0], [20]).ToArray<uint>(), Rng.Bits(keys[1], [20]).ToArray<uint>());
            var expected = high.Zip(low, (h, l) => unchecked(lo + (int)(((h % range) * carry + l % range) % range))).ToArray();
            Assert.Equal(expected, Rng.RandInt(key, [20], lo, hi).ToArray<int>());
            Assert.Equal(expected, Fn.Jit((Tensor k) => Rng.RandInt(k, [20], lo, hi))(key).ToArray<int>());
        }
    }

    [Fact]
    public void Chances_may_differ_from_element_to_element()
    {
        var p = Tensor.From([0.0, 1, 0.5]);
        var x = Rng.Bernoulli(key, p, [1000, 3]).Cast(DType.F32).Mean(0).ToArray<float>();
        Assert.Equal((0f, 1f), (x[0], x[1]));
        Assert.InRange(x[2], 0.45f, 0.55f);
        Assert.Equal(Doubles(Rng.Uniform(key, [3], dtype: DType.F64)).Select((u, i) => u < new[] { 0, 1, 0.5 }[i]), Rng.Bernoulli(key, p).ToArray<bool>());
        Assert.Equal(Doubles(Rng.Uniform(key, [9])).Select(u => u < 0.3f), Rng.Bernoulli(key, 0.3, [9]).ToArray<bool>());
    }

    // jax.random.categorical: argmax of logits plus gumbel(key, their shape).
    [Fact]
    public void Each_row_of_logits_has_a_class()
    {
        var logits = Rng.Normal(Rng.Key(3), [4, 5]);
        Assert.Equal((Rng.Gumbel(key, [4, 5]) + logits).ArgMax(1).ToArray<int>(), Rng.Categorical(key, logits).ToArray<int>());
        Assert.Equal((Rng.Gumbel(key, [4, 5]) + logits).ArgMax(0).ToArray<int>(), Rng.Categorical(key, logits, axis: 0).ToArray<int>());
        Assert.Equal(Shape.Of(2, 4), Rng.Categorical(key, logits, [2, 4]).Shape);
        Assert.All(Rng.Categorical(key, Tensor.From([0, double.NegativeInfinity]), [50]).ToArray<int>(), c => Assert.Equal(0, c));
        Assert.StartsWith("Categorical: expected a shape that ends in [4], for logits f32[4,5] with classes along axis 1, got [4,2].",
            Assert.Throws<ShapeException>(() => Rng.Categorical(key, logits, [4, 2])).Message);
    }

    [Fact]
    public void What_is_drawn_without_replacement_is_drawn_once()
    {
        Assert.Equal(Rng.Permutation(key, 9).ToArray<int>()[..6], Rng.Choice(key, 9, [2, 3], replace: false).ToArray<int>());
        Assert.Equal(Shape.Of(3, 2), Rng.Choice(key, Tensor.Zeros(5, 2), [3], replace: false).Shape);
        Assert.StartsWith("Choice: 4 numbers of 3 cannot be drawn without replacement.", Assert.Throws<ArgumentException>(() => Rng.Choice(key, 3, [4], replace: false)).Message);
        Assert.StartsWith("Choice: expected a chance for each of 3 numbers, got f64[2].", Assert.Throws<ShapeException>(() => Rng.Choice(key, 3, [2], replace: false, p: Tensor.From([0.1, 0.9]))).Message);
        // One after another by p: 0 and then 1 with a chance of 0.5·0.3/(0.3 + 0.2), and so on.
        double[] p = [0.5, 0.3, 0.2];
        var pairs = Fn.Vmap((Tensor k) => Rng.Choice(k, 3, [2], replace: false, p: Tensor.From(p)))(Rng.Split(key, n));
        double Chance(int i, int j) => i == j ? 0 : p[i] * p[j] / (1 - p[i]);
        (int I, int J)[] each = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)];
        Fits([.. each.Select(e => Chance(e.I, e.J))], Tensor.From([.. pairs.ToArray<int>().Chunk(2).Select(c => Array.IndexOf(each, (c[0], c[1])))]));
        Assert.StartsWith("Choice: 1 numbers of 0 cannot be drawn.", Assert.Throws<ArgumentException>(() => Rng.Choice(key, 0, [1])).Message);
        Assert.StartsWith("Choice: expected a tensor with an axis, got f32[].", Assert.Throws<ShapeException>(() => Rng.Choice(key, 1f, [1])).Message);
    }

    [Fact]
    public void Truncated_numbers_stay_inside()
    {
        foreach (var dtype in new[] { DType.F32, DType.F64 })
        {
            var x = Rng.TruncatedNormal(key, -1, 1.5, [n], dtype);
            Assert.True((double)x.Min() > -1 && (double)x.Max() < 1.5);
            Assert.Equal(Golden.Bits(x), Golden.Bits(Fn.Jit((Tensor k) => Rng.TruncatedNormal(k, -1, 1.5, [n], dtype))(key)));
        }
    }

    [Fact]
    public void Rejection_is_staged_too()
    {
        foreach (var f in new Func<Tensor, Tensor>[] { k => Rng.Gamma(k, Tensor.From([0.3, 2]), [3, 2]), k => Rng.Beta(k, 0.5f, 3, [4]), k => Rng.Dirichlet(k, Tensor.From([0.3, 2])), k => Rng.StudentT(k, Tensor.From([1.0, 5])), k => Rng.Poisson(k, Tensor.From([3.0, 30])), k => Rng.Binomial(k, 50, Tensor.From([0.1, 0.7])), k => Rng.Multinomial(k, 9, Tensor.From([0.3, 0.7])) })
            Assert.Equal(Golden.Bits(f(key)), Golden.Bits(Fn.Jit(f)(key)));
        Near.Equal([1, 1], Rng.Dirichlet(key, Tensor.From([0.3, 2, 1]), [2]).Sum(-1).ToArray<double>());
        Assert.StartsWith("Dirichlet: expected alpha [b…,n], got f64[].", Assert.Throws<ShapeException>(() => Rng.Dirichlet(key, Tensor.From(1.0))).Message);
    }

    [Fact]
    public void A_soft_choice_is_a_class_as_often_and_has_derivatives()
    {
        var logits = Tensor.Log(Tensor.From([0.2, 0.5, 0.3]));
        var hard = Nn.GumbelSoftmax(key, logits.BroadcastTo(n, 3), 0.5, hard: true);
        Fits([0.2, 0.5, 0.3], hard.ArgMax(1));
        Near.Equal([1, 1], Rng.Key(0) is var k ? Nn.GumbelSoftmax(k, Tensor.Zeros([3, 2], DType.F64), axis: 0).Sum(0).ToArray<double>() : []);
        var soft = Fn.Grad((Tensor x) => (Nn.GumbelSoftmax(key, x, 0.5) * Tensor.From([1.0, 2, 4])).Sum())(logits);
        Near.Equal(soft.ToArray<double>(), Fn.Grad((Tensor x) => (Nn.GumbelSoftmax(key, x, 0.5, hard: true) * Tensor.From([1.0, 2, 4])).Sum())(logits).ToArray<double>());
        Fn.CheckGrads((Tensor x) => Nn.GumbelSoftmax(key, x, 0.5), logits);
    }

    // Rounding forward, x backward.
    [Fact]
    public void What_is_hard_forward_is_soft_backward()
    {
        var (y, slope) = Fn.ValueAndGrad((Tensor x) => Nn.StraightThrough(Tensor.Round(x), x * x).Sum())(Tensor.From([0.4, 1.7]));
        Near.Equal([2, 0.8, 3.4], [(double)y, .. slope.ToArray<double>()]);
        Assert.StartsWith("StraightThrough: expected two tensors of one shape, got f32[2] and f32[3].", Assert.Throws<ShapeException>(() => Nn.StraightThrough(Tensor.Zeros(2), Tensor.Zeros(3))).Message);
    }
}
