using static StagedDiff.Values;

namespace StagedDiff;

// All five write e^x = 2^n (1 + q) with x = n ln 2 + r, |r| ≤ ln 2 / 2 and q = e^r − 1, and differ in how the parts are put together:
// so that one rounding, not three, lies between q and the result.
static partial class Maths
{
    /// <summary>
    /// n, r with x = n ln 2 + r (or, with <paramref name="sign"/> −1, x = r − n ln 2). Rounded holds n + <paramref name="bias"/> in its low bits.
    /// </summary>
    static (Value Rounded, Value N, Value R) Reduce(Value x, int bias = 0, int sign = 1)
    {
        var rounder = Rounder(x) + bias;
        var rounded = Fma(x, sign * Log2E, rounder);
        var n = rounded - rounder;
        var r = Fma(n, -sign * Ln2, x);
        return (rounded, n, Fma(n, -sign * Low(x, Ln2, 2.3190468138462996e-17), r));
    }

    /// <summary>e^r − 1 for |r| ≤ ln 2 / 2, to within half an ulp of e^r.</summary>
    static Value SmallExpm1(Value r) => Fma(r * r, Single(r)
        ? Polynomial(r, 0.49999997f, 0.16666542f, 0.041667502f, 0.008366753f, 0.0013864926f)
        : Polynomial(r, 0.5000000000000006, 0.16666666666666588, 0.04166666666657256, 0.008333333333389927, 0.001388888893291724,
            0.0001984126971956621, 2.4801503640797577e-05, 2.755740555397128e-06, 2.762669505947364e-07, 2.5054932655912843e-08), r);

    /// <summary>e^x. F32 1.05 ulp, F64 1.1.</summary>
    public static Value Exp(Value x)
    {
        // Beyond these the result is 0 or ∞ all the same.
        x = Clamp(x, Pick(x, -104, -746), Pick(x, 89, 710));
        var (_, n, r) = Reduce(x);
        return Scale(SmallExpm1(r) + 1, n);
    }

    /// <summary>e^x − 1. F32 1.60 ulp, F64 2.1.</summary>
    public static Value Expm1(Value x)
    {
        var y = Clamp(x, Pick(x, -20, -40), Pick(x, 89, 710));
        var (rounded, _, r) = Reduce(y, Bias(x) - 1);
        // Half of it, since 2^n may be too large where e^x is not.
        var half = PowerOfTwo(rounded);
        y = Fma(half, SmallExpm1(r), half - 0.5);
        // x itself where halving could lose a bit, and for −0.
        return Select(Abs(x) < Pick(x, 1e-30, 1e-290), x, y + y);
    }

    /// <summary>The hyperbolic tangent. F32 1.97 ulp, F64 2.1.</summary>
    public static Value Tanh(Value x)
    {
        // (1 − e)/(1 + e) with e = e^(−2|x|) = 2^n (1 + q) ≤ 1: 1 ± 2^n and 2^n q are exact, and where both sums round they round alike.
        var (rounded, _, r) = Reduce(AtLeast(Abs(x) * -2, Pick(x, -20, -40)), Bias(x));
        var power = PowerOfTwo(rounded);
        var rest = power * SmallExpm1(r);
        return WithSignOf(x, (1 - power - rest) / (power + 1 + rest));
    }

    /// <summary>1/(1 + e^−x). F32 1.75 ulp, F64 1.7.</summary>
    public static Value Logistic(Value x)
    {
        // 2^n/(2^n + e^−r): the numerator is exact.
        x = Clamp(x, Pick(x, -104, -746), Pick(x, 30, 40));
        var (_, n, r) = Reduce(-x, sign: -1);
        var power = Scale(x.Like(1), n);
        var sum = power + 1;
        // What the sum lost of 2^n: one bit, where it is small.
        var lost = power - (sum - 1);
        return power / (sum + (SmallExpm1(r) + lost));
    }
}
