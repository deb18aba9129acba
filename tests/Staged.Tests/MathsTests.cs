using System.Runtime.Intrinsics;

namespace StagedDiff.Tests;

/// <summary>
/// Every function against about 100 bits, at every exponent. With STAGEDDIFF_EXHAUSTIVE=1 the F32 functions run over all their 2^32 arguments.
/// </summary>
public class MathsTests
{
    /// <param name="Name">Unique.</param>
    /// <param name="Build">What is measured.</param>
    /// <param name="Exact">What it should be.</param>
    /// <param name="From">Below it, the F64 form has zeros near which it is exact in absolute terms only.</param>
    sealed record Function(string Name, Func<Value, Value> Build, Func<double, DoubleDouble> Exact, double From = double.NegativeInfinity);

    static readonly Function[] functions =
    [
        new("exp", Maths.Exp, x => DoubleDouble.Exp(x)),
        new("expm1", Maths.Expm1, x => DoubleDouble.Expm1(x)),
        new("log", Maths.Log, x => DoubleDouble.Log(x)),
        new("log1p", Maths.Log1p, x => DoubleDouble.Log1p(x)),
        new("sin", Maths.Sin, DoubleDouble.Sin),
        new("cos", Maths.Cos, DoubleDouble.Cos),
        new("tan", Maths.Tan, DoubleDouble.Tan),
        new("tanh", Maths.Tanh, x => DoubleDouble.Tanh(x)),
        new("logistic", Maths.Logistic, x => DoubleDouble.Logistic(x)),
        new("erf", Maths.Erf, x => DoubleDouble.Erf(x)),
        new("erfc", Maths.Erfc, x => DoubleDouble.Erfc(x)),
        new("erf_inv", Maths.ErfInv, DoubleDouble.ErfInv),
        new("asin", Maths.Asin, DoubleDouble.Asin),
        new("acos", Maths.Acos, DoubleDouble.Acos),
        new("atan", Maths.Atan, DoubleDouble.Atan),
        new("sinh", Maths.Sinh, DoubleDouble.Sinh),
        new("cosh", Maths.Cosh, DoubleDouble.Cosh),
        new("asinh", Maths.Asinh, DoubleDouble.Asinh),
        new("acosh", Maths.Acosh, DoubleDouble.Acosh),
        new("atanh", Maths.Atanh, DoubleDouble.Atanh),
        new("lgamma", Maths.LogGamma, DoubleDouble.LogGamma, From: 0),
        new("digamma", Maths.Digamma, DoubleDouble.Digamma, From: 0),
        new("rsqrt", Maths.Rsqrt, x => DoubleDouble.Rsqrt(x)),
    ];

    public static TheoryData<string> Names => [.. functions.Select(f => f.Name)];
    static Function Named(string name) => functions.Single(f => f.Name == name);

    // Built functions of one and two numbers. Not for two threads at once.
    static Func<double, double> Compile(DType type, Func<Value, Value> build)
    {
        var f = Compile(type, (x, _) => build(x));
        return x => f(x, 0);
    }

    static Func<double, double, double> Compile(DType type, Func<Value, Value, Value> build)
    {
        using var scope = new Values();
        var inputs = new long[2];
        var run = Evaluate.Compile(build(Values.Load(type, 0, Affine.Zero), Values.Load(type, 1, Affine.Zero)), (load, _) => inputs[load.Buffer], _ => 0);
        return (x, y) =>
        {
            (inputs[0], inputs[1]) = (Evaluate.Bits(type, x), Evaluate.Bits(type, y));
            return Evaluate.Number(type, run());
        };
    }

    /// <summary>Every exponent and sign, with some random fractions; then numbers of everyday size, and numbers close to 1.</summary>
    static IEnumerable<double> Arguments(int fraction, int perExponent)
    {
        var random = new Random(1);
        var (least, most) = fraction == 23 ? (-149, 127) : (-1074, 1023);
        double Random(int exponent) => (random.Next(2) * 2 - 1) * Math.ScaleB(1 + random.NextDouble(), exponent);
        for (var exponent = least; exponent <= most; exponent++)
        {
            yield return Math.ScaleB(1, exponent);
            for (var i = 0; i < perExponent; i++) yield return Random(exponent);
        }
        for (var i = 0; i < 5000; i++)
        {
            yield return Random(random.Next(-10, 10));
            yield return (random.NextDouble() - 0.5) * 40;
            yield return 1 + Random(random.Next(-fraction, -1));
            yield return (random.NextDouble() - 0.5) * (fraction == 23 ? 220 : 1500);
        }
    }

    static readonly bool exhaustive = Environment.GetEnvironmentVariable("STAGEDDIFF_EXHAUSTIVE") == "1";

    [Theory, MemberData(nameof(Names))]
    public void F32_functions_are_within_2_ulp(string name)
    {
        if (exhaustive) Parallel.For(0, 1 << 12, block => Check(Enumerable.Range(0, 1 << 20).Select(i => (double)BitConverter.Int32BitsToSingle(block << 20 | i))));
        else Check(Arguments(23, 50).Select(x => (double)(float)x));

        void Check(IEnumerable<double> arguments)
        {
            var f = Compile(DType.F32, Named(name).Build);
            foreach (var x in arguments) Assert.InRange(Named(name).Exact(x).Ulps(f(x), 23), 0, 2);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void F64_functions_are_within_4_ulp(string name)
    {
        var f = Compile(DType.F64, Named(name).Build);
        foreach (var x in Arguments(52, exhaustive ? 10000 : 6).Where(x => x >= Named(name).From)) Assert.InRange(Named(name).Exact(x).Ulps(f(x), 52), 0, 4);
    }

    /// <summary>Not asked of any function: what the doc comments state is read off here.</summary>
    [Fact]
    public void The_largest_errors_are_those_of_the_doc_comments()
    {
        if (Environment.GetEnvironmentVariable("STAGEDDIFF_MEASURE") is not { } file) return;
        foreach (var f in functions)
        {
            var (single, wide) = (Compile(DType.F32, f.Build), Compile(DType.F64, f.Build));
            var a = Arguments(23, 300).Select(x => (double)(float)x).Select(x => (f.Exact(x).Ulps(single(x), 23), x)).Max();
            var b = Arguments(52, 60).Where(x => x >= f.From).Select(x => (f.Exact(x).Ulps(wide(x), 52), x)).Max();
            File.AppendAllText(file, $"{f.Name}: F32 {a.Item1:F2} at {a.x:R}, F64 {b.Item1:F2} at {b.x:R}\n");
        }
    }

    const double Inf = double.PositiveInfinity, NaN = double.NaN;

    // From C99's annex F.
    [Theory]
    [InlineData("exp", new[] { 0, 1, -0.0, 1, Inf, Inf, -Inf, 0, 1e30, Inf, -1e30, 0 })]
    [InlineData("expm1", new[] { 0.0, 0, -0.0, -0.0, Inf, Inf, -Inf, -1, -1e30, -1 })]
    [InlineData("log", new[] { 1, 0, 0, -Inf, -0.0, -Inf, Inf, Inf, -1, NaN, -Inf, NaN })]
    [InlineData("log1p", new[] { 0, 0, -0.0, -0.0, -1, -Inf, Inf, Inf, -2, NaN, -Inf, NaN })]
    [InlineData("sin", new[] { 0, 0, -0.0, -0.0, Inf, NaN, -Inf, NaN })]
    [InlineData("cos", new[] { 0, 1, -0.0, 1, Inf, NaN, -Inf, NaN })]
    [InlineData("tan", new[] { 0, 0, -0.0, -0.0, Inf, NaN, -Inf, NaN })]
    [InlineData("tanh", new[] { 0, 0, -0.0, -0.0, Inf, 1, -Inf, -1, 1e30, 1 })]
    [InlineData("logistic", new[] { 0, 0.5, -0.0, 0.5, Inf, 1, -Inf, 0, 1e30, 1 })]
    [InlineData("erf", new[] { 0, 0, -0.0, -0.0, Inf, 1, -Inf, -1 })]
    [InlineData("erfc", new[] { 0, 1, -0.0, 1, Inf, 0, -Inf, 2, 1e30, 0 })]
    [InlineData("erf_inv", new[] { 0, 0, -0.0, -0.0, 1, Inf, -1, -Inf, 2, NaN, -Inf, NaN })]
    [InlineData("asin", new[] { 0, 0, -0.0, -0.0, 1, Math.PI / 2, 2, NaN, Inf, NaN, -Inf, NaN })]
    [InlineData("acos", new[] { 1, 0, 2, NaN, Inf, NaN, -Inf, NaN })]
    [InlineData("atan", new[] { 0, 0, -0.0, -0.0, Inf, Math.PI / 2, -Inf, -Math.PI / 2 })]
    [InlineData("sinh", new[] { 0, 0, -0.0, -0.0, Inf, Inf, -Inf, -Inf, 1e30, Inf })]
    [InlineData("cosh", new[] { 0, 1, -0.0, 1, Inf, Inf, -Inf, Inf, -1e30, Inf })]
    [InlineData("asinh", new[] { 0, 0, -0.0, -0.0, Inf, Inf, -Inf, -Inf })]
    [InlineData("acosh", new[] { 1, 0, 0.5, NaN, -3, NaN, Inf, Inf, -Inf, NaN })]
    [InlineData("atanh", new[] { 0, 0, -0.0, -0.0, 1, Inf, -1, -Inf, 2, NaN, -Inf, NaN })]
    [InlineData("lgamma", new[] { 1, 0, 2, 0, 0, Inf, -0.0, Inf, -1, Inf, -2, Inf, -1e30, Inf, Inf, Inf, -Inf, Inf })]
    [InlineData("digamma", new[] { 0, -Inf, -0.0, Inf, -1, NaN, -2, NaN, Inf, Inf, -Inf, NaN })]
    [InlineData("rsqrt", new[] { 0, Inf, -0.0, -Inf, Inf, 0, -1, NaN, 4, 0.5 })]
    public void Special_values_are_exact(string name, double[] arguments_and_results)
    {
        foreach (var f in new[] { Compile(DType.F32, Named(name).Build), Compile(DType.F64, Named(name).Build) })
        {
            Assert.True(double.IsNaN(f(NaN)));
            foreach (var pair in arguments_and_results.Chunk(2)) AssertSame(f(0.1) == (float)f(0.1) ? (float)pair[1] : pair[1], f(pair[0]));
        }
    }

    // C99, F.9.1.4.
    [Theory]
    [InlineData(0, 1, 0), InlineData(-0.0, 1, -0.0), InlineData(0, -1, Math.PI), InlineData(-0.0, -1, -Math.PI), InlineData(0, 0, 0), InlineData(-0.0, 0, -0.0)]
    [InlineData(0, -0.0, Math.PI), InlineData(-0.0, -0.0, -Math.PI), InlineData(1, 0, Math.PI / 2), InlineData(-1, -0.0, -Math.PI / 2)]
    [InlineData(1, Inf, 0), InlineData(-1, -Inf, -Math.PI), InlineData(Inf, 5, Math.PI / 2), InlineData(-Inf, 5, -Math.PI / 2)]
    [InlineData(Inf, Inf, Math.PI / 4), InlineData(-Inf, -Inf, -3 * Math.PI / 4), InlineData(NaN, 1, NaN), InlineData(1, NaN, NaN), InlineData(0, NaN, NaN)]
    public void Angles_of_points_follow_the_standard(double y, double x, double expected)
    {
        AssertSame((float)expected, Compile(DType.F32, Maths.Atan2)(y, x));
        AssertSame(expected, Compile(DType.F64, Maths.Atan2)(y, x));
    }

    [Fact]
    public void Angles_of_points_are_within_2_ulp_and_4_ulp()
    {
        var random = new Random(4);
        var (f, g) = (Compile(DType.F32, Maths.Atan2), Compile(DType.F64, Maths.Atan2));
        for (var i = 0; i < 30_000; i++)
        {
            double Draw(int exponents) => Math.ScaleB(random.NextDouble() - 0.5, random.Next(-exponents, exponents));
            var (y, x) = (Draw(i % 2 == 0 ? 3 : 120), Draw(i % 2 == 0 ? 3 : 120));
            Assert.InRange(DoubleDouble.Atan2((float)y, (float)x).Ulps(f((float)y, (float)x), 23), 0, 2);
            Assert.InRange(DoubleDouble.Atan2(y, x).Ulps(g(y, x), 52), 0, 4);
        }
    }

    /// <summary>ln |Γ| and ψ below 0, against the size of the two parts that may cancel.</summary>
    [Fact]
    public void Gamma_functions_of_negative_numbers_are_exact_in_absolute_terms()
    {
        var random = new Random(5);
        var (f, g) = (Compile(DType.F64, Maths.LogGamma), Compile(DType.F64, Maths.Digamma));
        for (var i = 0; i < 10_000; i++)
        {
            var x = -Math.ScaleB(random.NextDouble(), random.Next(-20, 12));
            if (x == Math.Round(x)) continue;
            void Near(DoubleDouble exact, double y, double size) => Assert.InRange(Math.Abs((exact - y).High), 0, 4 * Math.ScaleB(1, -52) * (1 + Math.Abs(exact.High) + size));
            Near(DoubleDouble.LogGamma(x), f(x), Math.Abs(DoubleDouble.LogGamma(1 - x).High));
            Near(DoubleDouble.Digamma(x), g(x), Math.Abs(DoubleDouble.Digamma(1 - x).High));
        }
    }

    // Abramowitz and Stegun 6.4.2 to 6.4.4: ψ′(1) = π²/6, ψ″(1) = −2ζ(3), ψ′(1/2) = π²/2, ψ″(1/2) = −14ζ(3), ψ‴(1/2) = π⁴; ψ′(−1/2) = π²/2 + 4, ψ″(−1/2) = −14ζ(3) + 16.
    [Theory]
    [InlineData(1, 1, 1.6449340668482264), InlineData(2, 1, -2.4041138063191886), InlineData(1, 0.5, 4.934802200544679), InlineData(2, 0.5, -16.8287966442343199)]
    [InlineData(3, 0.5, 97.40909103400244), InlineData(1, -0.5, 8.934802200544679), InlineData(2, -0.5, -0.8287966442343199), InlineData(1, Inf, 0)]
    [InlineData(1, 1e8, 1.000000005e-8)]
    public void Polygammas_have_their_known_values(int n, double x, double expected)
    {
        Assert.InRange(Math.Abs(Compile(DType.F64, u => Maths.Polygamma(n, u))(x) - expected), 0, 2e-14 * Math.Abs(expected));
        Assert.InRange(Math.Abs(Compile(DType.F32, u => Maths.Polygamma(n, u))(x) - expected), 0, 1.2e-7 * Math.Abs(expected));
    }

    static void AssertSame(double expected, double actual)
    {
        Assert.Equal(expected, actual);
        Assert.Equal(1 / expected, 1 / actual); // tells −0 from 0
    }

    // IEEE 754-2019, 9.2.1.
    [Theory]
    [InlineData(NaN, 0, 1), InlineData(NaN, -0.0, 1), InlineData(1, NaN, 1), InlineData(1, Inf, 1), InlineData(0, 0, 1), InlineData(Inf, 0, 1)]
    [InlineData(-1, Inf, 1), InlineData(-1, -Inf, 1), InlineData(NaN, 1, NaN), InlineData(2, NaN, NaN), InlineData(-8, 1.0 / 3, NaN)]
    [InlineData(0, -1, Inf), InlineData(-0.0, -1, -Inf), InlineData(-0.0, -3, -Inf), InlineData(-0.0, -2, Inf), InlineData(-0.0, -0.5, Inf)]
    [InlineData(0, 3, 0), InlineData(-0.0, 3, -0.0), InlineData(-0.0, 2, 0), InlineData(-0.0, 0.5, 0), InlineData(0, -Inf, Inf), InlineData(-0.0, Inf, 0)]
    [InlineData(0.5, Inf, 0), InlineData(0.5, -Inf, Inf), InlineData(2, Inf, Inf), InlineData(2, -Inf, 0), InlineData(-2, Inf, Inf)]
    [InlineData(Inf, 2, Inf), InlineData(Inf, -2, 0), InlineData(-Inf, 3, -Inf), InlineData(-Inf, 2, Inf), InlineData(-Inf, 0.5, Inf)]
    [InlineData(-Inf, -3, -0.0), InlineData(-Inf, -2, 0), InlineData(-Inf, Inf, Inf), InlineData(-2, 3, -8), InlineData(-2, -2, 0.25)]
    [InlineData(-1, 16777215, -1), InlineData(-1, 16777216, 1), InlineData(10, 3, 1000), InlineData(-0.0, 4e18, 0), InlineData(3, 1e30, Inf)]
    public void Powers_follow_the_standard(double x, double y, double expected)
    {
        AssertSame(expected, Compile(DType.F32, Maths.Pow)(x, y));
        AssertSame(expected, Compile(DType.F64, Maths.Pow)(x, y));
    }

    [Fact]
    public void Powers_are_within_2_ulp_and_4_ulp()
    {
        var random = new Random(2);
        var (f, g) = (Compile(DType.F32, Maths.Pow), Compile(DType.F64, Maths.Pow));
        for (var i = 0; i < (exhaustive ? 10_000_000 : 30_000); i++)
        {
            // Bases of all sizes and close to 1, exponents that keep the result near the format's range, and small integers.
            var x = i % 2 == 0 ? Math.ScaleB(1 + random.NextDouble(), random.Next(-148, 127)) : 1 + Math.ScaleB(random.NextDouble() - 0.5, -random.Next(0, 20));
            var y = (random.NextDouble() - 0.5) / Math.Abs(Math.Log(x));
            if (i % 5 == 0) (x, y) = (-x, random.Next(-9, 9));
            var (a, b) = ((double)(float)x, (double)(float)(i % 5 == 0 ? y : y * 210));
            Assert.InRange(DoubleDouble.Pow(a, b).Ulps(f(a, b), 23), 0, 2);
            if (i % 5 != 0) y *= 1490;
            Assert.InRange(DoubleDouble.Pow(x, y).Ulps(g(x, y), 52), 0, 4);
        }
    }

    [Fact]
    public void Remainders_are_exact_for_every_quotient()
    {
        // C's fmod, which .NET's % calls.
        var random = new Random(3);
        var (f, g) = (Compile(DType.F32, Maths.Rem), Compile(DType.F64, Maths.Rem));
        double[] special = [0, -0.0, 1, -1, 3, -3, 0.5, float.Epsilon, -float.Epsilon, float.MaxValue, 16777215, 8388608, Inf, -Inf, NaN];
        foreach (var x in special) foreach (var y in special) Check(x, y);
        for (var i = 0; i < 100_000; i++)
        {
            var y = Math.ScaleB(random.NextDouble() - 0.5, random.Next(-120, 120));
            Check(i % 3 == 0 ? Math.ScaleB(random.NextDouble() - 0.5, random.Next(-120, 120)) : i % 3 == 1 ? y * Math.ScaleB(random.NextDouble(), random.Next(0, 60))
                : y * random.Next(1, 1 << 25), y);
        }

        void Check(double x, double y)
        {
            AssertSame(x % y, g(x, y));
            AssertSame((float)x % (float)y, f(x, y));
        }
    }

    [Fact]
    public void Large_angles_are_reduced_exactly()
    {
        // The double closest to a multiple of π/2 (Kahan), and all exponents.
        foreach (var x in Arguments(52, 3).Append(6381956970095103 * Math.ScaleB(1, 797)).Where(x => Math.Abs(x) > 1 << 30))
        {
            var (quadrant, r) = DoubleDouble.Quarters(x);
            Assert.Equal(quadrant, Reduction.PiQuadrant(x));
            Assert.InRange(r.Ulps(Reduction.PiHigh(x), 52), 0, 0.5001);
            Assert.InRange(Math.Abs((r - Reduction.PiHigh(x) - Reduction.PiLow(x)).High), 0, 1e-22 * Math.Abs(r.High));
            if (Math.Abs(x) > float.MaxValue) continue;
            (quadrant, r) = DoubleDouble.Quarters((float)x);
            Assert.Equal(quadrant, Reduction.PiQuadrant((float)x));
            Assert.InRange(r.Ulps(Reduction.PiHigh((float)x), 23), 0, 0.5001);
        }
    }

    [Fact]
    public void Vectors_are_reduced_as_scalars_are()
    {
        // Some lanes need it, some do not; then no lane does.
        Check([1, 1e30f, -2, -1e9f, float.NaN, 0, 1e38f, 131072, 3, 131071, -7, 5e5f, 1e-40f, float.PositiveInfinity, 2, 8e8f],
            [1, 1e300, -2, -1e18, NaN, 0, 1e38, 1L << 30]);
        Check([.. Enumerable.Range(-8, 16).Select(i => i * 1.5f)], [.. Enumerable.Range(-4, 8).Select(i => i * 1.5)]);

        static void Check(float[] x, double[] wide)
        {
            var (y, v) = (x.Reverse().ToArray(), Vector512.Create(x));
            var (z, w) = (wide.Reverse().ToArray(), Vector512.Create(wide));
            var (dy, dz) = (Vector512.Create(y), Vector512.Create(z));
            Same(i => Reduction.PiQuadrant(x[i]), Reduction.PiQuadrant(v), Reduction.PiQuadrant(v.GetLower()), Reduction.PiQuadrant(v.GetLower().GetLower()));
            Same(i => Reduction.PiHigh(x[i]), Reduction.PiHigh(v), Reduction.PiHigh(v.GetLower()), Reduction.PiHigh(v.GetLower().GetLower()));
            Same(i => Reduction.PiLow(x[i]), Reduction.PiLow(v), Reduction.PiLow(v.GetLower()), Reduction.PiLow(v.GetLower().GetLower()));
            Same(i => Reduction.RemLarge(x[i], y[i]), Reduction.RemLarge(v, dy), Reduction.RemLarge(v.GetLower(), dy.GetLower()),
                Reduction.RemLarge(v.GetLower().GetLower(), dy.GetLower().GetLower()));
            Same(i => Reduction.PiQuadrant(wide[i]), Reduction.PiQuadrant(w), Reduction.PiQuadrant(w.GetLower()), Reduction.PiQuadrant(w.GetLower().GetLower()));
            Same(i => Reduction.PiHigh(wide[i]), Reduction.PiHigh(w), Reduction.PiHigh(w.GetLower()), Reduction.PiHigh(w.GetLower().GetLower()));
            Same(i => Reduction.PiLow(wide[i]), Reduction.PiLow(w), Reduction.PiLow(w.GetLower()), Reduction.PiLow(w.GetLower().GetLower()));
            Same(i => Reduction.RemLarge(wide[i], z[i]), Reduction.RemLarge(w, dz), Reduction.RemLarge(w.GetLower(), dz.GetLower()),
                Reduction.RemLarge(w.GetLower().GetLower(), dz.GetLower().GetLower()));
        }

        static void Same<T>(Func<int, T> scalar, Vector512<T> whole, Vector256<T> half, Vector128<T> quarter)
        {
            for (var i = 0; i < Vector512<T>.Count; i++) Assert.Equal(scalar(i), whole[i]);
            for (var i = 0; i < Vector256<T>.Count; i++) Assert.Equal(scalar(i), half[i]);
            for (var i = 0; i < Vector128<T>.Count; i++) Assert.Equal(scalar(i), quarter[i]);
        }
    }

    [Theory]
    [InlineData(DType.I32, 3e9, int.MaxValue), InlineData(DType.I32, -3e9, int.MinValue), InlineData(DType.I32, -1.9, -1), InlineData(DType.I32, NaN, 0)]
    [InlineData(DType.U32, -1, 0), InlineData(DType.U32, 5e9, uint.MaxValue), InlineData(DType.I64, 1e19, long.MaxValue), InlineData(DType.I64, -1e19, long.MinValue)]
    [InlineData(DType.U8, 255.9, 255), InlineData(DType.U8, 256, 255), InlineData(DType.Bool, 0.5, 1), InlineData(DType.Bool, NaN, 1), InlineData(DType.Bool, -0.0, 0)]
    public void Floats_become_integers_by_truncation_and_saturation(DType type, double x, long expected) =>
        Assert.Equal(expected, Evaluate.Run(Fun.Convert, type, DType.F64, Evaluate.Bits(x)));

    [Fact]
    public void Integers_wrap_and_divide_without_faults()
    {
        static long Run(Fun fun, DType type, long x, long y) => Evaluate.Run(fun, type, x, y);
        Assert.Equal(int.MinValue, Run(Fun.Add, DType.I32, int.MaxValue, 1));
        Assert.Equal(uint.MaxValue, Run(Fun.Sub, DType.U32, 0, 1));
        Assert.Equal(1, Run(Fun.Mul, DType.U8, 255, 255));
        Assert.Equal((0, 7), (Run(Fun.Div, DType.I32, 7, 0), Run(Fun.Rem, DType.I32, 7, 0)));
        Assert.Equal((int.MinValue, 0), (Run(Fun.Div, DType.I32, int.MinValue, -1), Run(Fun.Rem, DType.I32, int.MinValue, -1)));
        Assert.Equal((long.MinValue, 0), (Run(Fun.Div, DType.I64, long.MinValue, -1), Run(Fun.Rem, DType.I64, long.MinValue, -1)));
        Assert.Equal((-2, 0x7FFFFFFE), (Run(Fun.ShiftRight, DType.I32, -4, 1), Run(Fun.ShiftRight, DType.U32, 0xFFFFFFFC, 1)));
    }
}
