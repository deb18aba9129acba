using static StagedDiff.Values;

namespace StagedDiff;

// In F64; F32 goes through it. The fits are of 70-digit values at Chebyshev points.
static partial class Maths
{
    /// <summary>
    /// ln |Γ(x)|; +∞ at 0 and below at each integer. F32 0.51 ulp, F64 2.6 for x > 0; below 0, near each zero, as exact in absolute terms.
    /// </summary>
    public static Value LogGamma(Value x)
    {
        if (Single(x)) return Wide(x, LogGamma);
        var (a, negative) = (Abs(x), x < 0);
        var y = PositiveLogGamma(Select(negative, 1 - x, x));
        // Γ(x) Γ(1 − x) = π/sin πx
        var nearest = Round(a);
        var below = -Log(SinPiOverPi(Abs(a - nearest))) - y;
        return Select(negative, Select(Equal(a, nearest), x.Like(double.PositiveInfinity), below), y);
    }

    /// <summary>sin(πu)/π for u in [0, 1/2]: u itself where that is small.</summary>
    static Value SinPiOverPi(Value u)
    {
        var z = u * u;
        return Fma(u * z, Polynomial(z, -1.6449340668482264, 0.8117424252833519, -0.19075182412194128, 0.026147847813078808,
            -0.0023460809634923995, 0.00014842817816693618, -6.972960555564221e-06, 2.459180384815939e-07), u);
    }

    static Value PositiveLogGamma(Value x)
    {
        // ln Γ(2 + t) = t P(t) on [−3/4, 1/2]; from Γ(x + 1) = x Γ(x) on [0, 8.5] by one logarithm.
        var (left, one) = (x < 0.5, x < 1.25);
        var (z, product) = (x, x.Like(1));
        for (int k = 0; k < 6; k++)
        {
            var above = z > 2.5;
            var less = z - 1;
            (z, product) = (Select(above, less, z), Select(above, product * less, product));
        }
        var t = Select(left, x, Select(one, x - 1, z - 2));
        product = Select(left, Fma(x, x, x), Select(one, x, product));
        var near = t * Polynomial(t, 0.42278433509846713, 0.3224670334241132, -0.0673523010531981, 0.020580808427784397,
            -0.007385551028673811, 0.0028905103307528984, -0.00119275391170809, 0.0005096695243448249, -0.00022315475849535044,
            9.945752049004698e-05, -4.492623255243891e-05, 2.050712305129801e-05, -9.439572157511762e-06, 4.375514402098904e-06,
            -2.0383618772604693e-06, 9.522912389321117e-07, -4.542692598845455e-07, 2.1899571972244949e-07, -8.31826045048471e-08,
            4.19477290913728e-08, -5.476156719837713e-08, 1.231194067469184e-09, 1.9252738080907227e-08, 2.0872345523855934e-08);
        // Stirling's series: (x − 1/2)(ln x − 1) + ln √(2π/e) + P(1/x²)/x
        var far = x >= 8.5;
        var log = Log(Select(far, x, product));
        var inverse = 1 / x;
        var square = inverse * inverse;
        var tail = Fma(inverse, Polynomial(square, 0.08333333333333331, -0.00277777777768216, 0.0007936507127029833, -0.0005952129166201365,
            0.0008381814236811042, -0.0016796510732729059), 0.4189385332046727);
        return Select(far, Fma(x - 0.5, log - 1, tail), near + Select(one, -log, log));
    }

    /// <summary>
    /// Γ′(x)/Γ(x); ∓∞ at ±0, NaN below at each integer. F32 0.51 ulp, F64 3.0 for x > 0; below 0, near each zero, as exact in absolute terms.
    /// </summary>
    public static Value Digamma(Value x)
    {
        if (Single(x)) return Wide(x, Digamma);
        var negative = x < 0;
        var y = PositiveDigamma(Select(negative, 1 - x, x));
        return Select(negative, y - Math.PI * CotPi(x), y);
    }

    /// <summary>The cotangent of πx, for x below 0; NaN at integers.</summary>
    static Value CotPi(Value x)
    {
        var nearest = Round(x);
        var r = x - nearest;
        var u = Abs(r);
        var cotangent = SinPiOverPi(0.5 - u) / SinPiOverPi(u);
        return Select(Equal(x, nearest), x.Like(double.NaN), WithSignOf(r, cotangent));
    }

    static Value PositiveDigamma(Value x)
    {
        // (z − x₀) P(z − 3/2) on [1, 2], x₀ the zero; from ψ(x + 1) = ψ(x) + 1/x on [0, 6] by one division.
        var low = x < 1;
        var (z, above, below) = (Select(low, x + 1, x), Select(low, x.Like(-1), x.Like(0)), Select(low, x, x.Like(1)));
        for (int k = 0; k < 4; k++)
        {
            var more = z >= 2;
            var less = z - 1;
            above = Select(more, Fma(above, less, below), above);
            below = Select(more, below * less, below);
            z = Select(more, less, z);
        }
        var near = (z - 1.4616321449683622 - 9.549995429965697e-17) * Polynomial(z - 1.5, 0.951055876031833, -0.4236274212814605, 0.2405424842407742,
            -0.14840492305390884, 0.09498872445494122, -0.061922133273064534, 0.04076083381242074, -0.02697579675613825, 0.0179072524394512,
            -0.011908218001568644, 0.007926944646403797, -0.005279964873257405, 0.003519006401502276, -0.002345267632540769,
            0.0015566317474486838, -0.0010376374098418604, 0.0007233266279287554, -0.00048219905305667884, 0.0002272331660987376,
            -0.00015148586836773373, 0.00025968482126430747, -0.00017312261802727386);
        // ln x − 1/(2x) + P(1/x²)/x²
        var inverse = 1 / x;
        var square = inverse * inverse;
        var tail = Fma(square, Polynomial(square, -0.08333333333333294, 0.00833333333196673, -0.003968253174196778, 0.00416649213380119,
            -0.007557240349829397, 0.02005781319935496, -0.0527835788020277), inverse * -0.5);
        return Select(x >= 6, Log(x) + tail, near + above / below);
    }

    /// <summary>The n-th derivative of digamma, n ≥ 1: Euler and Maclaurin's sum of (−1)ⁿ⁺¹ n! Σ 1/(x + k)ⁿ⁺¹. F64 some 10 ulp.</summary>
    public static Value Polygamma(int n, Value x)
    {
        if (Single(x)) return Wide(x, t => Polygamma(n, t));
        const int Shift = 10;
        var negative = x < 0;
        var p = Select(negative, 1 - x, x);
        Value Power(Value u, int k) => k == 1 ? u : k % 2 == 0 ? Power(u * u, k / 2) : u * Power(u * u, k / 2);
        var sum = x.Like(0);
        for (int k = 0; k < Shift; k++) sum += Power(1 / (p + k), n + 1);
        // ∫ + f/2 + Σ B₂ⱼ/(2j)! · f⁽²ʲ⁻¹⁾
        var w = 1 / (p + Shift);
        var square = w * w;
        double factor = (n + 1) / 2.0;           // (n + 1)…(n + 2j − 1)/(2j)!
        var terms = new double[bernoulli.Length];
        for (int j = 1; j <= terms.Length; j++)
        {
            terms[j - 1] = bernoulli[j - 1] * factor;
            factor *= (double)(n + 2 * j) * (n + 2 * j + 1) / ((2 * j + 1) * (2 * j + 2));
        }
        var first = Fma(w * w, Polynomial(square, terms), Fma(w, 0.5, 1.0 / n));
        sum = Fma(Power(w, n), first, sum);
        double scale = n % 2 == 1 ? 1 : -1;
        for (int k = 2; k <= n; k++) scale *= k;
        var y = sum * scale;
        // (−1)ⁿ ψₙ(1 − x) − ψₙ(x) = π dⁿ/dxⁿ cot πx, a polynomial in the cotangent: d cot πx = −π (1 + cot² πx).
        double[] c = [0, 1];
        for (int k = 0; k < n; k++)
        {
            var next = new double[c.Length + 1];
            for (int i = 1; i < c.Length; i++)
            {
                next[i - 1] -= Math.PI * i * c[i];
                next[i + 1] -= Math.PI * i * c[i];
            }
            c = next;
        }
        var reflected = (n % 2 == 0 ? y : -y) - Math.PI * Polynomial(CotPi(x), c);
        return Select(negative, reflected, y);
    }

    // B₂, B₄, …
    static readonly double[] bernoulli = [1.0 / 6, -1.0 / 30, 1.0 / 42, -1.0 / 30, 5.0 / 66, -691.0 / 2730, 7.0 / 6, -3617.0 / 510, 43867.0 / 798];
}
