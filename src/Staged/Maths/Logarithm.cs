using static StagedDiff.Values;

namespace StagedDiff;

static partial class Maths
{
    // x = 2^n m: where m starts. Fits the polynomial in m − 1 (F32) or the series in (m − 1)/(m + 1) (F64).
    static long FirstMantissa(Value x) => BitsOf(x, Pick(x, 2.0 / 3, 0.7071067811865476));

    /// <summary>ln x. F32 0.96 ulp, F64 0.9.</summary>
    public static Value Log(Value x)
    {
        var (n, f) = Split(x);
        return Logarithm(x, LogOnePlus(n, f));
    }

    /// <summary>ln(1 + x). F32 1.61 ulp, F64 1.4.</summary>
    public static Value Log1p(Value x)
    {
        // 1 + x only chooses n; m − 1 = (1 + x)/2^n − 1 comes from x, with one rounding. A quarter of it first: 2^−n may be too small.
        var u = x + 1;
        var shifted = Bits(u) - Like(Bits(u), FirstMantissa(x));
        var four = FromBits(Like(shifted, (long)(Bias(x) + 2) << Fraction(x)) - (shifted & Like(shifted, -1L << Fraction(x))));
        var f = Fma(x * 0.25, four, Fma(four, 0.25, -1));
        return Select(Abs(x) < Pick(x, 1e-30, 1e-290), x, Logarithm(u, LogOnePlus(Exponent(shifted), f)));
    }

    /// <summary>y, or the logarithm's special results where <paramref name="of"/> is 0, ∞, less than 0 or NaN.</summary>
    static Value Logarithm(Value of, Value y) => Select(of > 0, Select(of < double.PositiveInfinity, y, of),
        Select(Equal(of, of.Like(0)), of.Like(double.NegativeInfinity), of.Like(double.NaN)));

    /// <summary>n and f with x = 2^n (1 + f), f about 0; for positive finite x.</summary>
    static (Value N, Value F) Split(Value x)
    {
        var denormal = x < Pick(x, 1.17549435e-38, 2.2250738585072014e-308);
        var bits = Bits(Select(denormal, x * Math.ScaleB(1, Fraction(x)), x));
        var first = FirstMantissa(x);
        return Split(bits, Select(denormal, Like(bits, first + ((long)Fraction(x) << Fraction(x))), Like(bits, first)), x);
    }

    /// <summary>The same from the bits of a normal number; n counts from the exponent of <paramref name="first"/>.</summary>
    static (Value N, Value F) Split(Value bits, Value first, Value x)
    {
        var shifted = bits - first;
        var mantissa = (shifted & Like(bits, ~(-1L << Fraction(x)))) + Like(bits, FirstMantissa(x));
        return (Exponent(shifted), FromBits(mantissa) - 1);
    }

    /// <summary>The exponent field as a number. Not by Convert for F64, which few machines have.</summary>
    static Value Exponent(Value bits)
    {
        if (bits.Type == DType.I32) return Convert(bits >> 23, DType.F32);
        var rounded = FromBits((bits >> 52) + Like(bits, BitConverter.DoubleToInt64Bits(6755399441055744)));
        return rounded - Rounder(rounded);
    }

    /// <summary>n ln 2 + ln(1 + f).</summary>
    static Value LogOnePlus(Value n, Value f) => Single(f) ? LogOnePlus32(n, f) : LogOnePlus64(n, f);

    static Value LogOnePlus32(Value n, Value f) => Fma(n, Ln2, Fma(f * f,
        Polynomial(f, -0.5f, 0.33333215f, -0.24999797f, 0.2001045f, -0.16680509f, 0.14005183f, -0.12183892f, 0.139877f, -0.12893544f), f));

    // The arrangement of fdlibm's e_log.c: ln(1+f) = f − (f²/2 − s(f²/2 + R)), s = f/(2+f), 2 atanh s = 2s + sR(s²).
    static Value LogOnePlus64(Value n, Value f)
    {
        var s = f / (f + 2);
        var z = s * s;
        var R = z * Polynomial(z, 0.6666666666666735, 0.39999999999409014, 0.285714287438273, 0.22222198408420954, 0.18183573717731058,
            0.15313790228318302, 0.14798745286809759);
        var half = f * f * 0.5;
        return Fma(n, Ln2, f - (half - Fma(s, half + R, n * 2.3190468138462996e-17)));
    }
}
