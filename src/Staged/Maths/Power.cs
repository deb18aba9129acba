using static StagedDiff.Values;

namespace StagedDiff;

static partial class Maths
{
    /// <summary>
    /// x to the power y, with the special cases of IEEE 754 and C99: pow(x, ±0) = pow(1, y) = 1 even for NaN.
    /// F32 0.51 ulp, F64 1.4.
    /// </summary>
    public static Value Pow(Value x, Value y)
    {
        var magnitude = Single(x) ? Pow32(Abs(x), y) : Pow64(Abs(x), y);
        var half = y * 0.5;
        var whole = Equal(Floor(y), y);
        var odd = whole & NotEqual(Floor(half), half);
        var zero = Like(Bits(x), 0);
        var signed = FromBits(Bits(magnitude) ^ Select(odd, SignBit(x), zero));
        // A finite negative x to a fraction.
        var real = (x >= 0) | whole | Equal(x, x.Like(double.NegativeInfinity));
        var one = Equal(x, x.Like(1)) | Equal(y, y.Like(0));
        return Select(one, x.Like(1), Select(real, signed, x.Like(double.NaN)));
    }

    // In F64, where a plain y ln x is exact enough and no step of an F32 power can overflow.
    static Value Pow32(Value x, Value y)
    {
        var wide = Convert(x, DType.F64);
        var (n, f) = Split(Bits(wide), Like(Bits(wide), FirstMantissa(wide)), wide); // all normal in F64
        var s = f / (f + 2);
        var z = s * s;
        var log = Fma(n, Ln2, s * Polynomial(z, 2, 0.6666666667586776, 0.3999999559472326, 0.28572112459962, 0.2217603417321819,
            0.19586598243205647));
        log = Logarithm(wide, log);
        // 1 to ±∞ must be 0·y = 0.
        var product = Clamp(Clamp(Convert(y, DType.F64), -1e40, 1e40) * log, -200, 200);
        var (rounded, _, r) = Reduce(product, Bias(wide));
        var power = PowerOfTwo(rounded);
        var q = Fma(r * r, Polynomial(r, 0.5000000045225477, 0.16666666363244795, 0.041666356007255864, 0.00833339028085381,
            0.0013941041904962197, 0.00019845910155290547), r);
        return Convert(Fma(power, q, power), DType.F32);
    }

    // y ln x may be 745, and its absolute error is the result's relative one: so ln x in two parts, good to about 64 bits.
    static Value Pow64(Value x, Value y)
    {
        var (n, f) = Split(x);

        // s = f/(2 + f) = (m − 1)/(m + 1)
        var d = f + 2;
        var lowD = f - (d - 2);
        var reciprocal = 1 / d;
        var s = f * reciprocal;
        var lowS = Fma(-s, lowD, Fma(-s, d, f)) * reciprocal;

        // ln m = 2s + s (2/3 s² + s⁴ (…))
        var z = s * s;
        var lowZ = Fma(s, s, -z) + (s + s) * lowS;
        var tail = z * Polynomial(z, 0.4, 0.28571428571426327, 0.22222222222767224, 0.18181818156252624, 0.15384609782481665,
            0.13334148217348382, 0.1172104354858747, 0.11589598750710851);
        var (c, lowC) = FastSum(x.Like(2.0 / 3), tail);
        lowC += 3.700743415417188e-17;
        var (u, lowU) = Product(z, c, lowZ, lowC);
        var (v, lowV) = Product(u, s, lowU, lowS);
        var (w, lowW) = FastSum(s + s, v);
        lowW = lowW + (lowV + (lowS + lowS));
        // n ln 2 is 0 or the larger.
        var a = n * Ln2;
        var lowA = Fma(n, 2.3190468138462996e-17, Fma(n, Ln2, -a));
        var (log, lowLog) = FastSum(a, w);
        lowLog = lowLog + (lowA + lowW);

        var special = Select(x > 0, x, Select(Equal(x, x.Like(0)), x.Like(double.NegativeInfinity), x));
        var ordinary = (x > 0) & (x < double.PositiveInfinity);
        log = Select(ordinary, log, special);
        y = Clamp(y, -1e40, 1e40);
        var product = y * log;
        var lowProduct = Fma(y, lowLog, Fma(y, log, -product));
        // Outside, the result is 0 or ∞ whatever the low part, which may be NaN or large.
        lowProduct = Select(ordinary & (Abs(product) < 800), lowProduct, x.Like(0));
        var (_, m, r) = Reduce(Clamp(product, -746, 710));
        return Scale(SmallExpm1(r + lowProduct) + 1, m);
    }

    /// <summary>a + b and what rounding took from it, for |a| ≥ |b|.</summary>
    static (Value, Value) FastSum(Value a, Value b)
    {
        var sum = a + b;
        return (sum, b - (sum - a));
    }

    /// <summary>(a + lowA)(b + lowB) and what rounding took from it.</summary>
    static (Value, Value) Product(Value a, Value b, Value lowA, Value lowB)
    {
        var product = a * b;
        return (product, Fma(a, lowB, Fma(lowA, b, Fma(a, b, -product))));
    }
}
