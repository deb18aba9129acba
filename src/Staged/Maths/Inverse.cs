using static StagedDiff.Values;

namespace StagedDiff;

// In F64 alone: three or four roundings of F32 are too many for 2 ulp, so F32 goes through it.
static partial class Maths
{
    /// <summary>f in F64, rounded once.</summary>
    static Value Wide(Value x, Func<Value, Value> f) => Convert(f(Convert(x, DType.F64)), DType.F32);

    const double LowHalfPi = 6.123233995736766e-17;

    /// <summary>The angle in [−π/2, π/2] whose sine is x; NaN outside of [−1, 1]. F32 0.51 ulp, F64 1.1.</summary>
    public static Value Asin(Value x)
    {
        if (Single(x)) return Wide(x, Asin);
        var (small, root, rest) = HalfAngle(x);
        // π/2 − 2 asin √((1 − |x|)/2)
        var large = Math.PI / 2 - (2 * root - (LowHalfPi - 2 * rest));
        return WithSignOf(x, Select(Abs(x) < 0.5, Fma(Abs(x), small, Abs(x)), large));
    }

    /// <summary>The angle in [0, π] whose cosine is x; NaN outside of [−1, 1]. F32 0.51 ulp, F64 0.8.</summary>
    public static Value Acos(Value x)
    {
        if (Single(x)) return Wide(x, Acos);
        var (small, root, rest) = HalfAngle(x);
        var near = Math.PI / 2 - (x - (LowHalfPi - x * small));
        var twice = 2 * (root + rest);
        var far = Math.PI - (2 * root - (2 * LowHalfPi - 2 * rest));
        return Select(Abs(x) < 0.5, near, Select(x > 0, twice, far));
    }

    /// <summary>
    /// Where |x| is below 1/2, asin x / x − 1; elsewhere asin √z = root + rest with z = (1 − |x|)/2, which makes up for the root's rounding.
    /// </summary>
    static (Value Small, Value Root, Value Beyond) HalfAngle(Value x)
    {
        var a = Abs(x);
        var far = a >= 0.5;
        var z = Select(far, (1 - a) * 0.5, a * a);
        var p = z * Polynomial(z, 0.16666666666666669, 0.07499999999998433, 0.04464285714635543, 0.030381944138531247, 0.02237217294214989,
            0.017352392720869973, 0.013971212973552933, 0.011479177415184906, 0.01032281435018578, 0.005457506718640357, 0.017400879442694025,
            -0.014851887071247209, 0.02875785136742157);
        var root = Sqrt(z);
        var lost = Select(root > 0, Fma(-root, root, z) / (root + root), root);
        return (p, root, Fma(root, p, lost));
    }

    /// <summary>The angle in [−π/2, π/2] whose tangent is x. F32 0.51 ulp, F64 1.4.</summary>
    public static Value Atan(Value x)
    {
        if (Single(x)) return Wide(x, Atan);
        return WithSignOf(x, Angle(Abs(x), x.Like(1), null));
    }

    /// <summary>
    /// The angle in [−π, π] of the point (x, y) from the positive x axis; of two zeros that of their signs, as C99's. F32 0.51 ulp, F64 1.7.
    /// </summary>
    public static Value Atan2(Value y, Value x)
    {
        if (Single(x)) return Convert(Atan2(Convert(y, DType.F64), Convert(x, DType.F64)), DType.F32);
        var (a, b) = (Abs(y), Abs(x));
        // ∞ and ∞ are as 1 and 1, 0 and 0 as 0 and 1.
        var infinite = Equal(a, b) & Equal(a, a.Like(double.PositiveInfinity));
        var zero = Equal(a, b) & Equal(a, a.Like(0));
        var behind = NotEqual(SignBit(x), Like(SignBit(x), 0));
        return WithSignOf(y, Angle(Select(infinite, a.Like(1), a), Select(infinite | zero, a.Like(1), b), behind));
    }

    /// <summary>
    /// The angle whose tangent is a/b, both not negative: 0, π/4 or π/2 and the arctangent t(1 + p) of what is left, below tan π/8. Where
    /// <paramref name="behind"/>, π less that.
    /// </summary>
    static Value Angle(Value a, Value b, Value? behind)
    {
        var q = a / b;
        var (low, high) = (q < 0.41421356237309503, q > 2.414213562373095);
        var t = Select(low, q, Select(high, -1 / q, (q - 1) / (q + 1)));
        var z = t * t;
        var p = z * Polynomial(z, -0.3333333333333333, 0.19999999999999804, -0.14285714285659748, 0.11111111105147764, -0.09090908753118594,
            0.07692296363979952, -0.066664246872465, 0.05878926715756726, -0.052304374642516874, 0.045515165635903104, -0.0345685906686069,
            0.01628357235648259);
        Value Start(double front, double back) => behind is null ? q.Like(front) : Select(behind, q.Like(back), q.Like(front));
        var start = Select(low, Start(0, Math.PI), Select(high, q.Like(Math.PI / 2), Start(Math.PI / 4, 3 * Math.PI / 4)));
        var lost = Select(low, Start(0, 2 * LowHalfPi), Select(high, q.Like(LowHalfPi), Start(LowHalfPi / 2, 1.5 * LowHalfPi)));
        if (behind is not null) t = Select(behind, -t, t);
        return start + (t + Fma(t, p, lost));
    }
}
