using static StagedDiff.Values;

namespace StagedDiff;

static partial class Maths
{
    /// <summary>The hyperbolic sine. F32 0.51 ulp, F64 1.5.</summary>
    public static Value Sinh(Value x)
    {
        if (Single(x)) return Wide(x, Sinh);
        var a = Abs(x);
        var half = HalfExp(a);
        var z = a * a;
        var small = Fma(a * z, Polynomial(z, 0.16666666666666666, 0.008333333333333299, 0.00019841269841324198, 2.7557319191381816e-06,
            2.5052117695907823e-08, 1.6057679623801638e-10, 7.746178593018827e-13), a);
        return WithSignOf(x, Select(a < 1, small, half - 0.25 / half));
    }

    /// <summary>The hyperbolic cosine. F32 0.51 ulp, F64 1.3.</summary>
    public static Value Cosh(Value x)
    {
        if (Single(x)) return Wide(x, Cosh);
        var half = HalfExp(Abs(x));
        return half + 0.25 / half;
    }

    /// <summary>e^x / 2, which is finite a little longer than e^x.</summary>
    static Value HalfExp(Value x)
    {
        var (_, n, r) = Reduce(Clamp(x, -746, 712));
        return Scale(SmallExpm1(r) + 1, n - 1);
    }

    // From here on ln x is ln(x + 1) to the last bit.
    const double Huge = 1L << 60;

    /// <summary>The inverse of the hyperbolic sine. F32 0.51 ulp, F64 1.5.</summary>
    public static Value Asinh(Value x)
    {
        if (Single(x)) return Wide(x, Asinh);
        var a = Abs(x);
        // ln(a + √(a² + 1)) = ln(1 + a + a²/(1 + √(a² + 1)))
        var z = a * a;
        return WithSignOf(x, Select(a < 1e-290, a, Shifted(a, a + z / (Sqrt(z + 1) + 1))));
    }

    /// <summary>The inverse of the hyperbolic cosine on x ≥ 1; NaN below. F32 0.51 ulp, F64 1.9.</summary>
    public static Value Acosh(Value x)
    {
        if (Single(x)) return Wide(x, Acosh);
        // ln(x + √(x² − 1)) = ln(1 + t + √(2t + t²)) with t = x − 1
        var t = x - 1;
        return Select(x >= 1, Shifted(x, t + Sqrt(Fma(t, t, t + t))), x.Like(double.NaN));
    }

    /// <summary>ln(1 + u), or ln 2x where x is huge.</summary>
    static Value Shifted(Value x, Value u)
    {
        var huge = x > Huge;
        return Log1p(Select(huge, x, u)) + Select(huge, x.Like(Ln2), x.Like(0));
    }

    /// <summary>The inverse of the hyperbolic tangent: ±∞ at ±1, NaN beyond. F32 0.51 ulp, F64 2.0.</summary>
    public static Value Atanh(Value x)
    {
        if (Single(x)) return Wide(x, Atanh);
        // ln((1 + a)/(1 − a))/2
        var a = Abs(x);
        return WithSignOf(x, Select(a < 1e-290, a, 0.5 * Log1p((a + a) / (1 - a))));
    }
}
