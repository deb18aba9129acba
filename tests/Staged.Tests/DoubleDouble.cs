using System.Numerics;

namespace StagedDiff.Tests;

/// <summary>
/// A number as an unevaluated sum of two doubles, times 2^Scale: about 100 bits, the reference for F64 functions. Series and Newton steps only,
/// so that it shares nothing with what it measures.
/// </summary>
readonly record struct DoubleDouble(double High, double Low = 0, int Scale = 0)
{
    static readonly DoubleDouble Ln2 = new(0.6931471805599453, 2.3190468138462996e-17), HalfPi = new(Math.PI / 2, 6.123233995736766e-17),
        TwoOverRootPi = new(1.1283791670955126, 1.533545961316588e-17);

    public static implicit operator DoubleDouble(double x) => new(x);

    static DoubleDouble Sum(double a, double b)
    {
        var sum = a + b;
        var rest = sum - a;
        return new(sum, a - (sum - rest) + (b - rest));
    }

    static DoubleDouble Ordered(double a, double b) => new(a + b, b - (a + b - a)); // |a| ≥ |b|
    static DoubleDouble Times(double a, double b) => new(a * b, Math.FusedMultiplyAdd(a, b, -(a * b)));

    public static DoubleDouble operator -(DoubleDouble a) => a with { High = -a.High, Low = -a.Low };
    public static DoubleDouble operator -(DoubleDouble a, DoubleDouble b) => a + -b;

    public static DoubleDouble operator +(DoubleDouble a, DoubleDouble b)
    {
        var (high, low) = (Sum(a.High, b.High), Sum(a.Low, b.Low));
        var sum = Ordered(high.High, high.Low + low.High);
        return Ordered(sum.High, sum.Low + low.Low);
    }

    public static DoubleDouble operator *(DoubleDouble a, DoubleDouble b)
    {
        var product = Times(a.High, b.High);
        return Ordered(product.High, product.Low + (a.High * b.Low + a.Low * b.High));
    }

    public static DoubleDouble operator /(DoubleDouble a, DoubleDouble b)
    {
        var first = a.High / b.High;
        var rest = a - b * first;
        var second = rest.High / b.High;
        rest -= b * second;
        return Ordered(first, second) + rest.High / b.High;
    }

    DoubleDouble Shifted(int n) => new(Math.ScaleB(High, n), Math.ScaleB(Low, n));

    /// <summary>How far <paramref name="y"/> is from this, in units of the last place of a format with that many bits of fraction.</summary>
    public double Ulps(double y, int fraction)
    {
        var (least, most) = fraction == 23 ? (-126, 127) : (-1022, 1023);
        if (double.IsNaN(High)) return double.IsNaN(y) ? 0 : double.PositiveInfinity;
        if (double.IsNaN(y) || double.IsNegative(y) != double.IsNegative(High)) return double.PositiveInfinity;
        if (High == 0 || double.IsInfinity(High)) return y == High ? 0 : double.PositiveInfinity;
        var exponent = Math.ILogB(High) + Scale;
        if (exponent > most) return double.IsInfinity(y) ? 0 : double.PositiveInfinity;
        // Infinity counts as the number after the largest; denormals have the least normal's unit.
        var unit = Math.Max(exponent, least) - fraction;
        var units = double.IsInfinity(y) ? Math.CopySign(Math.ScaleB(1, most + 1 - unit), y) : Math.ScaleB(y, -unit);
        return Math.Abs(units - Math.ScaleB(High, Scale - unit) - Math.ScaleB(Low, Scale - unit));
    }

    /// <summary>e^r − 1 for |r| below 1: Taylor at r/512, then (1 + e)² − 1 nine times.</summary>
    static DoubleDouble SmallExpm1(DoubleDouble r)
    {
        r = r.Shifted(-9);
        DoubleDouble sum = 0;
        for (var n = 10; n > 1; n--) sum = (sum + 1) * r / n;
        var e = r + r * sum;
        for (var n = 0; n < 9; n++) e = e + e + e * e;
        return e;
    }

    static (int N, DoubleDouble R) Reduce(DoubleDouble x)
    {
        var n = (int)Math.Round(Math.Clamp(x.High, -1e4, 1e4) / Ln2.High);
        return (n, x - Ln2 * n);
    }

    public static DoubleDouble Exp(DoubleDouble x)
    {
        if (double.IsNaN(x.High) || double.IsInfinity(x.High)) return Math.Exp(x.High);
        if (x.High < -5000) return 0;
        if (x.High > 5000) return double.PositiveInfinity;
        var (n, r) = Reduce(x);
        return (SmallExpm1(r) + 1) with { Scale = n };
    }

    public static DoubleDouble Expm1(DoubleDouble x)
    {
        if (Math.Abs(x.High) < 1e-200 || double.IsNaN(x.High)) return x;
        if (x.High > 600) return Exp(x);
        if (x.High < -100) return -1;
        var (n, r) = Reduce(x);
        return n == 0 ? SmallExpm1(r) : SmallExpm1(r).Shifted(n) + (Math.ScaleB(1, n) - (DoubleDouble)1);
    }

    public static DoubleDouble Log1p(DoubleDouble x)
    {
        if (Math.Abs(x.High) < 1e-200) return x;
        if (!(Math.Abs(x.High) < 0.01)) return Log(x + 1);
        var s = x / (x + 2);
        var (z, sum) = (s * s, (DoubleDouble)0);
        for (var n = 17; n > 1; n -= 2) sum = (sum + (DoubleDouble)1 / n) * z;
        return (s + s * sum).Shifted(1);
    }

    public static DoubleDouble Log(DoubleDouble x)
    {
        if (!(x.High > 0) || double.IsInfinity(x.High)) return Math.Log(x.High);
        if (Math.Abs(x.High - 1) < 0.01) return Log1p(x - 1);
        var n = Math.ILogB(x.High);
        x = x.Shifted(-n);
        if (Math.Abs(x.High - 2) < 0.01) return Log1p(x.Shifted(-1) - 1) + Ln2 * (n + 1);
        // One step of Newton for e^y = x.
        var y = Math.Log(x.High);
        var e = Exp(-y);
        return Ln2 * n + (x * e.Shifted(e.Scale) - 1 + y);
    }

    public static DoubleDouble Pow(double x, double y)
    {
        if (x == 0 || y == 0 || !double.IsFinite(x) || !double.IsFinite(y) || x < 0 && y != Math.Floor(y)) return Math.Pow(x, y);
        var result = Exp(Log(Math.Abs(x)) * Math.Clamp(y, -1e30, 1e30));
        return x < 0 && y / 2 != Math.Floor(y / 2) ? -result : result;
    }

    public static DoubleDouble Tanh(DoubleDouble x)
    {
        if (Math.Abs(x.High) < 1e-200 || double.IsNaN(x.High)) return x;
        if (Math.Abs(x.High) > 100) return Math.Sign(x.High);
        var e = Expm1(x + x);
        return e / (e + 2);
    }

    public static DoubleDouble Logistic(DoubleDouble x)
    {
        if (double.IsNaN(x.High)) return x;
        if (x.High < -100) return Exp(x);
        if (x.High > 100) return 1;
        var e = Expm1(-x);
        return 1 / (e + 2);
    }

    public static DoubleDouble Rsqrt(DoubleDouble x)
    {
        if (!(x.High > 0) || double.IsInfinity(x.High)) return 1 / Math.Sqrt(x.High);
        var n = Math.ILogB(x.High) & ~1;
        x = x.Shifted(-n);
        DoubleDouble y = 1 / Math.Sqrt(x.High);
        y += y * (1 - x * y * y).Shifted(-1);
        return y with { Scale = -n / 2 };
    }

    /// <summary>2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (1·3·5···(2n+1)): all terms of one sign.</summary>
    public static DoubleDouble Erf(DoubleDouble x)
    {
        if (double.IsNaN(x.High) || x.High == 0) return x;
        if (Math.Abs(x.High) > 7) return Math.Sign(x.High);
        if (Math.Abs(x.High) < 1e-100) return (x.Shifted(200) * TwoOverRootPi) with { Scale = -200 };
        var z = x * x;
        var (term, sum) = (x, x);
        for (var n = 1; Math.Abs(term.High) > 1e-34 * Math.Abs(sum.High); n++) sum += term = term * (z + z) / (2 * n + 1);
        var e = Exp(-z);
        return TwoOverRootPi * sum * e.Shifted(e.Scale);
    }

    static DoubleDouble Sqrt(DoubleDouble x)
    {
        if (!(x.High > 0) || double.IsInfinity(x.High)) return Math.Sqrt(x.High);
        var n = Math.ILogB(x.High) & ~1;
        x = x.Shifted(-n);
        DoubleDouble y = Math.Sqrt(x.High);
        return (y + (x - y * y) / (y + y)).Shifted(n / 2);
    }

    /// <summary>A continued fraction, Abramowitz and Stegun 7.1.14, where erf is too close to 1.</summary>
    public static DoubleDouble Erfc(DoubleDouble x)
    {
        if (double.IsNaN(x.High)) return x;
        if (x.High < 4) return x.High < -7 ? 2 : (DoubleDouble)1 - (Math.Abs(x.High) < 1e-100 ? 0 : Erf(x));
        if (x.High > 100) return 0;
        DoubleDouble f = 0;
        for (var k = 300; k > 0; k--) f = (DoubleDouble)(k / 2.0) / (x + f);
        var e = Exp(-(x * x));
        return ((e with { Scale = 0 }) * (TwoOverRootPi.Shifted(-1) / (x + f))) with { Scale = e.Scale };
    }

    /// <summary>Newton's steps from the logarithm's first guess.</summary>
    public static DoubleDouble ErfInv(double x)
    {
        if (double.IsNaN(x) || Math.Abs(x) > 1) return double.NaN;
        if (Math.Abs(x) == 1) return x * double.PositiveInfinity;
        if (Math.Abs(x) < 1e-90) return (((DoubleDouble)x).Shifted(200) / TwoOverRootPi) with { Scale = -200 };
        var a = Math.Abs(x);
        var w = Math.Log((1 - a) * (1 + a));
        var b = 2 / (Math.PI * 0.147) + w / 2;
        DoubleDouble y = a < 0.01 ? a * 0.886 : Math.Sqrt(Math.Sqrt(b * b - w / 0.147) - b);
        for (var k = 0; k < 7; k++)
        {
            // In erfc, where erf has no digits left for it.
            var other = Erfc(y);
            var rest = a < 0.9 ? Erf(y) - a : (DoubleDouble)1 - a - other.Shifted(other.Scale);
            var slope = Exp(-(y * y));
            var step = rest / (TwoOverRootPi * slope.Shifted(slope.Scale));
            y -= step / (y * step + 1);
        }
        return x < 0 ? -y : y;
    }

    public static DoubleDouble Atan(double x)
    {
        if (!(Math.Abs(x) > 1e-20)) return x;
        if (double.IsInfinity(x)) return x > 0 ? HalfPi : -HalfPi;
        // One step from the double next to it.
        var y = Math.Atan(x);
        var (sin, cos) = (Sin(y), Cos(y));
        var d = ((DoubleDouble)x * cos - sin) / (cos + (DoubleDouble)x * sin);
        return d + y;
    }

    public static DoubleDouble Atan2(double y, double x)
    {
        // Of x and y within 2^±250 their quotient's rest is a number.
        DoubleDouble Angle(double a, double b)
        {
            if (a == 0) return 0;
            if (b == 0) return HalfPi;
            var q = (DoubleDouble)a / b;
            return Atan(q.High) + q.Low / (1 + q * q);
        }
        var angle = Angle(Math.Abs(y), Math.Abs(x));
        if (x < 0) angle = HalfPi + HalfPi - angle;
        return y < 0 ? -angle : angle;
    }

    public static DoubleDouble Asin(double x)
    {
        if (!(Math.Abs(x) <= 1)) return double.NaN;
        if (Math.Abs(x) == 1) return x > 0 ? HalfPi : -HalfPi;
        if (Math.Abs(x) < 1e-20) return x;
        // From the nearer of the two sides: acos near 1 is twice the arcsine of √((1 − x)/2).
        if (Math.Abs(x) > 0.5)
        {
            var half = SmallAsin(Sqrt(((DoubleDouble)1 - Math.Abs(x)).Shifted(-1)));
            var y = HalfPi - half - half;
            return x > 0 ? y : -y;
        }
        return SmallAsin(x);
    }

    static DoubleDouble SmallAsin(DoubleDouble x)
    {
        if (Math.Abs(x.High) < 1e-20) return x;
        var y = Math.Asin(x.High);
        return (x - Sin(y)) / Cos(y) + y;
    }

    public static DoubleDouble Acos(double x)
    {
        if (!(Math.Abs(x) <= 1)) return double.NaN;
        if (x <= 0.5) return HalfPi - Asin(x);
        var half = SmallAsin(Sqrt(((DoubleDouble)1 - x).Shifted(-1)));
        return half + half;
    }

    public static DoubleDouble Sinh(double x)
    {
        var a = Math.Abs(x);
        if (!(a > 1e-200)) return x;
        DoubleDouble y;
        if (a > 40)
        {
            y = Exp(a);
            y = y with { Scale = y.Scale - 1 };
        }
        else
        {
            var e = Expm1(a);
            e = e.Shifted(e.Scale) with { Scale = 0 };
            y = (e + e / (e + 1)).Shifted(-1);
        }
        return x < 0 ? -y : y;
    }

    public static DoubleDouble Cosh(double x)
    {
        var e = Exp(Math.Abs(x));
        if (Math.Abs(x) > 40) return e with { Scale = e.Scale - 1 };
        e = e.Shifted(e.Scale) with { Scale = 0 };
        return (e + 1 / e).Shifted(-1);
    }

    public static DoubleDouble Asinh(double x)
    {
        var a = Math.Abs(x);
        if (!(a > 1e-100)) return x;
        var y = a > 1e100 ? Log(a) + Ln2 : Log1p(Times(a, a) / (Sqrt(Times(a, a) + 1) + 1) + a);
        return x < 0 ? -y : y;
    }

    public static DoubleDouble Acosh(double x)
    {
        if (!(x >= 1)) return double.NaN;
        if (x > 1e100) return Log(x) + Ln2;
        var t = (DoubleDouble)x - 1;
        return t.High == 0 ? 0 : Log1p(t + Sqrt(t * (t + 2)));
    }

    public static DoubleDouble Atanh(double x)
    {
        var a = Math.Abs(x);
        if (!(a > 1e-100)) return x;
        if (a >= 1) return a == 1 ? x * double.PositiveInfinity : double.NaN;
        var y = Log1p((DoubleDouble)(2 * a) / ((DoubleDouble)1 - a)).Shifted(-1);
        return x < 0 ? -y : y;
    }

    // B₂ to B₃₀.
    static readonly (double, double)[] bernoulli = [(1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730), (7, 6), (-3617, 510), (43867, 798),
        (-174611, 330), (854513, 138), (-236364091, 2730), (8553103, 6), (-23749461029, 870), (8615841276005, 14322)];
    static readonly DoubleDouble halfLog2Pi = new(0.9189385332046728, -3.8782941580672414e-17);

    /// <summary>Stirling's series from 40 on.</summary>
    public static DoubleDouble LogGamma(double x)
    {
        if (double.IsNaN(x)) return x;
        if (double.IsInfinity(x) || x <= 0 && x == Math.Floor(x)) return double.PositiveInfinity;
        if (x < 0)
        {
            var (sine, _) = SinCosPi(x);
            return Log(HalfPi + HalfPi) - Log(sine.High < 0 ? -sine : sine) - LogGamma((DoubleDouble)1 - x);
        }
        return LogGamma((DoubleDouble)x);
    }

    static DoubleDouble LogGamma(DoubleDouble x)
    {
        DoubleDouble product = 1;
        if (x.High < 1e-30) return -Log(x);
        // Near its zeros, Abramowitz and Stegun 6.1.33.
        foreach (var zero in new[] { 1, 2 })
            if (Math.Abs(x.High - zero) < 1e-8)
            {
                var t = x - zero;
                var y = t * (t * (0.8224670334241132 - t * 0.40068563438653143) - new DoubleDouble(0.5772156649015329, -4.942915152430645e-18));
                return t.High == 0 ? 0 : zero == 1 ? y : y + Log1p(t);
            }
        for (; x.High < 40; x += 1) product *= x;
        var (inverse, sum) = (1 / x, (DoubleDouble)0);
        for (var k = bernoulli.Length; k > 0; k--)
            sum = sum * inverse * inverse + (DoubleDouble)bernoulli[k - 1].Item1 / (bernoulli[k - 1].Item2 * (2 * k) * (2 * k - 1));
        return x.High > 1e300 ? Log(x).High * x.High - x.High : (x - 0.5) * Log(x) - x + halfLog2Pi + sum * inverse - Log(product);
    }

    public static DoubleDouble Digamma(double x)
    {
        if (double.IsNaN(x) || x == 0 || x < 0 && x == Math.Floor(x)) return x == 0 ? -1 / x : double.NaN;
        if (x < 0)
        {
            var (sine, cosine) = SinCosPi(x);
            return Digamma((DoubleDouble)1 - x) - (HalfPi + HalfPi) * cosine / sine;
        }
        return double.IsInfinity(x) ? x : x < 1e-290 ? -1 / x : Digamma((DoubleDouble)x);
    }

    static DoubleDouble Digamma(DoubleDouble x)
    {
        DoubleDouble before = 0;
        for (; x.High < 40; x += 1) before += 1 / x;
        if (x.High > 1e100) return Log(x);
        var (inverse, sum) = (1 / x, (DoubleDouble)0);
        for (var k = bernoulli.Length; k > 0; k--) sum = sum * inverse * inverse + (DoubleDouble)bernoulli[k - 1].Item1 / (bernoulli[k - 1].Item2 * (2 * k));
        return Log(x) - inverse.Shifted(-1) - sum * inverse * inverse - before;
    }

    /// <summary>sin πx and cos πx by Taylor's series about the nearest integer.</summary>
    static (DoubleDouble, DoubleDouble) SinCosPi(double x)
    {
        var nearest = Math.Round(x);
        var r = (HalfPi + HalfPi) * (x - nearest);
        var (z, sine, cosine) = (r * r, (DoubleDouble)0, (DoubleDouble)0);
        for (var n = 40; n > 0; n -= 2)
        {
            cosine = -(cosine + 1) * z / (n * (n - 1));
            sine = -(sine + 1) * z / (n * (n + 1));
        }
        var odd = Math.Abs(nearest % 2) == 1;
        var (s, c) = (r + r * sine, cosine + 1);
        return odd ? (-s, -c) : (s, c);
    }

    const int PiBits = 1400;

    /// <summary>π/2 · 2^PiBits, by Machin's formula.</summary>
    static readonly BigInteger BigHalfPi = ((4 * Arctangent(5) - Arctangent(239)) * 2) >> 64;

    static BigInteger Arctangent(int inverse)
    {
        var (term, sum) = ((BigInteger.One << PiBits + 64) / inverse, BigInteger.Zero);
        for (var n = 1; !term.IsZero; n += 2, term /= -inverse * inverse) sum += term / n;
        return sum;
    }

    /// <summary>The quadrant of x and what is left of it, by division of long integers.</summary>
    public static (int Quadrant, DoubleDouble R) Quarters(double x)
    {
        if (Math.Abs(x) < 0.78) return (0, x);
        var bits = BitConverter.DoubleToInt64Bits(Math.Abs(x));
        var exponent = (int)(bits >> 52) - 1075;
        // Fraction bits enough for the quotient's, plus 200.
        var fraction = Math.Max(exponent, 0) + 260;
        var halfPi = BigHalfPi >> PiBits - fraction;
        var number = (BigInteger)(bits & 0xFFFFFFFFFFFFF | 1L << 52) << exponent + fraction;
        var quotient = (number + (halfPi >> 1)) / halfPi;
        var rest = number - quotient * halfPi;
        // Its first 53 bits, then the next.
        var length = (int)BigInteger.Abs(rest).GetBitLength();
        var first = (double)(rest >> length - 53);
        var second = (double)(rest - ((BigInteger)first << length - 53) >> length - 106);
        var r = new DoubleDouble(Math.ScaleB(first, length - 53 - fraction), Math.ScaleB(second, length - 106 - fraction));
        var quadrant = (int)(quotient & 3);
        return x < 0 ? (-quadrant & 3, -r) : (quadrant, r);
    }

    public static DoubleDouble Sin(double x) => Circular(x, 0);
    public static DoubleDouble Cos(double x) => Circular(x, 1);
    public static DoubleDouble Tan(double x) => Math.Abs(x) < 1e-100 ? x : Sin(x) / Cos(x);

    static DoubleDouble Circular(double x, int quarters)
    {
        if (!double.IsFinite(x)) return double.NaN;
        var (quadrant, r) = Quarters(x);
        quadrant += quarters;
        if ((quadrant & 1) == 0 && Math.Abs(r.High) < 1e-100) return (quadrant & 2) == 0 ? r : -r;
        // Taylor: r^n/n! for even or odd n.
        var (z, sum) = (r * r, (DoubleDouble)0);
        var first = (quadrant & 1) == 0 ? 1 : 0;
        for (var n = 26 + first; n > first; n -= 2) sum = -(sum + 1) * z / (n * (n - 1));
        var y = first == 1 ? r + r * sum : sum + 1;
        return (quadrant & 2) == 0 ? y : -y;
    }
}
