using static StagedDiff.Values;

namespace StagedDiff;

static partial class Maths
{
    /// <summary>The sine of radians; NaN for ±∞. F32 1.56 ulp, F64 1.5.</summary>
    public static Value Sin(Value x) => Select(Equal(x, x.Like(0)), x, Circular(x, 0)); // −0 → −0

    /// <summary>The cosine of radians; NaN for ±∞. F32 1.56 ulp, F64 1.5.</summary>
    public static Value Cos(Value x) => Circular(x, 1); // sin(x + π/2)

    /// <summary>The tangent of radians; NaN for ±∞. F32 0.51 ulp, F64 3.1.</summary>
    public static Value Tan(Value x)
    {
        // Three roundings, of r, sine and cosine, are too many for F32.
        if (Single(x)) return Convert(Tan(Convert(x, DType.F64)), DType.F32);
        var (quadrant, r) = Quadrants(x, 0);
        var (odd, sin, cos) = (IsOdd(quadrant), SmallSin(r), SmallCos(r));
        return Select(Equal(x, x.Like(0)), x, Select(odd, -cos, sin) / Select(odd, sin, cos));
    }

    static Value Circular(Value x, int quarters)
    {
        var (quadrant, r) = Quadrants(x, quarters);
        var y = Select(IsOdd(quadrant), SmallCos(r), SmallSin(r));
        // In quadrants 2 and 3 the sign changes.
        var sign = (quadrant & Like(quadrant, 2)) << (Single(x) ? 30 : 62);
        return FromBits(Bits(y) ^ sign);
    }

    static Value IsOdd(Value quadrant) => NotEqual(quadrant & Like(quadrant, 1), Like(quadrant, 0));

    /// <summary>
    /// x = k π/2 + r with |r| ≤ π/4 and k + <paramref name="quarters"/> in the low bits of the first result. Three terms of π/2, each with
    /// a fused product, do for moderate x; large ones (none, mostly) were brought below π/4 by the Pi functions.
    /// </summary>
    static (Value Quadrant, Value R) Quadrants(Value x, int quarters)
    {
        var high = Apply(Fun.PiHigh, x);
        var rounder = Rounder(x) + quarters;
        var rounded = Fma(high, 2 / Math.PI, rounder);
        var k = rounded - rounder;
        var r = Fma(k, -Pick(x, 1.5707964f, Math.PI / 2), high); // exact
        r = Fma(k, -Pick(x, -4.371139e-08f, 6.123233995736766e-17), r);
        r = Fma(k, -Pick(x, -1.7151245e-15f, -1.4973849048591698e-33), r);
        return (Bits(rounded + Apply(Fun.PiQuadrant, x)), r);
    }

    // On [−π/4, π/4].
    static Value SmallSin(Value r)
    {
        var z = r * r;
        return Fma(r * z, Single(r)
            ? Polynomial(z, -0.16666654f, 0.008332114f, -0.00019509414f)
            : Polynomial(z, -0.16666666666666627, 0.008333333333321218, -0.00019841269828885702, 2.755731337921405e-06, -2.5050709856284867e-08,
                1.58940241676846e-10), r);
    }

    static Value SmallCos(Value r)
    {
        var z = r * r;
        return Fma(z, Single(r)
            ? Polynomial(z, -0.5, 0.041666646f, -0.0013887304f, 2.4431198e-05f)
            : Polynomial(z, -0.5, 0.04166666666666659, -0.0013888888888872165, 2.4801587288272438e-05, -2.755731400647163e-07,
                2.0875676694939593e-09, -1.1357255827248902e-11), r.Like(1));
    }
}
