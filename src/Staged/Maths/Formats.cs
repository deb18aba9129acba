using static StagedDiff.Values;

namespace StagedDiff;

/// <summary>
/// Elementary functions of F32 and F64 values as fixed sequences of machine operations, so that a number never depends on vector width,
/// on fusion or on any library's mathematics. Each function says its largest error: in F32 among all 2^32 arguments (powers: 4·10^7 pairs),
/// in F64 among 2·10^6 of all exponents.
/// </summary>
/// <remarks>Polynomials are minimax fits (Sollya's fpminimax, coefficients rounded to the format) where no other source is named.</remarks>
static partial class Maths
{
    const double Ln2 = 0.6931471805599453, Log2E = 1.4426950408889634;

    static bool Single(Value x) => x.Type == DType.F32;

    /// <summary>A constant that differs between the formats.</summary>
    static double Pick(Value x, double f32, double f64) => Single(x) ? f32 : f64;

    /// <summary>The rest of <paramref name="number"/> once rounded to the format; of a double only what <paramref name="below"/> says.</summary>
    static double Low(Value x, double number, double below) => Single(x) ? number - (float)number : below;

    static int Fraction(Value x) => Single(x) ? 23 : 52;
    static int Bias(Value x) => Single(x) ? 127 : 1023;

    /// <summary>Added to a moderate number it rounds that to an integer and leaves the integer in the low bits: 1.5·2^23, 1.5·2^52.</summary>
    static double Rounder(Value x) => Pick(x, 12582912, 6755399441055744);

    static Value Bits(Value x) => Bitcast(x, Single(x) ? DType.I32 : DType.I64);
    static Value FromBits(Value bits) => Bitcast(bits, bits.Type == DType.I32 ? DType.F32 : DType.F64);
    static long BitsOf(Value x, double number) =>
        Single(x) ? BitConverter.SingleToInt32Bits((float)number) : BitConverter.DoubleToInt64Bits(number);
    static Value Like(Value x, long number) => Literal(x.Type, number);

    /// <summary>2 to the integer that sits, biased, in the low bits of <paramref name="rounded"/>.</summary>
    static Value PowerOfTwo(Value rounded) => FromBits(Bits(rounded) << Fraction(rounded));

    static Value SignBit(Value x) => Bits(x) & Like(Bits(x), BitsOf(x, -0.0));
    static Value WithSignOf(Value x, Value positive) => FromBits(Bits(positive) | SignBit(x));

    /// <summary>c₀ + c₁x + c₂x² + …: Horner's scheme over pairs of terms, in x²: half the latency for one more multiplication.</summary>
    static Value Polynomial(Value x, params ReadOnlySpan<double> c)
    {
        Value Pair(ReadOnlySpan<double> c) => c.Length == 1 ? x.Like(c[0]) : Fma(x, c[1], c[0]);
        var i = (c.Length - 1) / 2 * 2;
        var sum = Pair(c[i..]);
        while ((i -= 2) >= 0) sum = Fma(sum, x * x, Pair(c[i..(i + 2)]));
        return sum;
    }

    static Value AtLeast(Value x, double low) => Max(x, x.Like(low));
    static Value AtMost(Value x, double high) => Min(x, x.Like(high));
    static Value Clamp(Value x, double low, double high) => AtMost(AtLeast(x, low), high);

    /// <summary>1/√x, at most 1.5 ulp.</summary>
    public static Value Rsqrt(Value x) => 1 / Sqrt(x);
}
