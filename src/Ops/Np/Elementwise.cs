namespace StagedDiff;

/// <summary>
/// NumPy's functions under its names. What a tensor has as a member (Sum, Reshape, Sort, …) is here too, for those who look for it here.
/// </summary>
public static partial class Np
{
    /// <summary>The magnitude, element by element; its derivative at 0 is 0.</summary>
    public static Tensor Abs(Tensor x) => Tensor.Abs(x);
    /// <summary>−1, 0 or 1 by the sign, element by element; NaN of NaN, −0 of −0. Its derivative is 0.</summary>
    public static Tensor Sign(Tensor x) => Prim.Sign(x.DType == DType.Bool ? x.Cast(DType.I32) : x.Strong());
    /// <summary>The square, element by element.</summary>
    public static Tensor Square(Tensor x) => x * x;
    /// <summary>The square root, element by element: NaN below 0.</summary>
    public static Tensor Sqrt(Tensor x) => Tensor.Sqrt(x);
    /// <summary>eˣ, element by element. Integers give F32.</summary>
    public static Tensor Exp(Tensor x) => Tensor.Exp(x);
    /// <summary>eˣ − 1, element by element: exact near 0 too.</summary>
    public static Tensor Expm1(Tensor x) => Tensor.Floating(x, Prim.Expm1);
    /// <summary>The natural logarithm, element by element: −∞ at 0, NaN below.</summary>
    public static Tensor Log(Tensor x) => Tensor.Log(x);
    /// <summary>The natural logarithm of 1 + x, element by element: exact near 0 too; −∞ at −1, NaN below.</summary>
    public static Tensor Log1p(Tensor x) => Tensor.Floating(x, Prim.Log1p);
    /// <summary>The sine of radians, element by element.</summary>
    public static Tensor Sin(Tensor x) => Tensor.Sin(x);
    /// <summary>The cosine of radians, element by element.</summary>
    public static Tensor Cos(Tensor x) => Tensor.Cos(x);
    /// <summary>The tangent of radians, element by element.</summary>
    public static Tensor Tan(Tensor x) => Tensor.Tan(x);
    /// <inheritdoc cref="Tensor.Asin(Tensor)"/>
    public static Tensor Asin(Tensor x) => Tensor.Asin(x);
    /// <inheritdoc cref="Tensor.Acos(Tensor)"/>
    public static Tensor Acos(Tensor x) => Tensor.Acos(x);
    /// <inheritdoc cref="Tensor.Atan(Tensor)"/>
    public static Tensor Atan(Tensor x) => Tensor.Atan(x);
    /// <inheritdoc cref="Tensor.Atan2(Tensor, Tensor)"/>
    public static Tensor Atan2(Tensor y, Tensor x) => Tensor.Atan2(y, x);
    /// <summary>The hyperbolic sine, element by element.</summary>
    public static Tensor Sinh(Tensor x) => Tensor.Sinh(x);
    /// <summary>The hyperbolic cosine, element by element.</summary>
    public static Tensor Cosh(Tensor x) => Tensor.Cosh(x);
    /// <summary>The hyperbolic tangent, element by element.</summary>
    public static Tensor Tanh(Tensor x) => Tensor.Tanh(x);
    /// <inheritdoc cref="Tensor.Asinh(Tensor)"/>
    public static Tensor Asinh(Tensor x) => Tensor.Asinh(x);
    /// <inheritdoc cref="Tensor.Acosh(Tensor)"/>
    public static Tensor Acosh(Tensor x) => Tensor.Acosh(x);
    /// <inheritdoc cref="Tensor.Atanh(Tensor)"/>
    public static Tensor Atanh(Tensor x) => Tensor.Atanh(x);
    /// <summary>The greatest integer not above, element by element, in the same element type.</summary>
    public static Tensor Floor(Tensor x) => Tensor.Floor(x);
    /// <summary>The least integer not below, element by element, in the same element type.</summary>
    public static Tensor Ceil(Tensor x) => Tensor.Ceiling(x);
    /// <summary>The nearest integer, element by element, in the same element type; a half goes to the even one.</summary>
    public static Tensor Round(Tensor x) => Tensor.Round(x);
    /// <summary>The integer toward zero, element by element, in the same element type.</summary>
    public static Tensor Trunc(Tensor x) => Tensor.Truncate(x);

    /// <summary>2ˣ, element by element.</summary>
    public static Tensor Exp2(Tensor x) => Tensor.Pow(2.0, x);
    /// <summary>The logarithm to base 2, element by element: −∞ at 0, NaN below.</summary>
    public static Tensor Log2(Tensor x) => Tensor.Log2(x);
    /// <summary>The logarithm to base 10, element by element: −∞ at 0, NaN below.</summary>
    public static Tensor Log10(Tensor x) => Tensor.Log10(x);
    /// <summary>log(eᵃ + eᵇ), element by element, without overflow. Two −∞ give −∞.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <remarks>Follows numpy.logaddexp.</remarks>
    public static Tensor LogAddExp(Tensor a, Tensor b)
    {
        var (x, y) = Reals("LogAddExp", a, b);
        // By choice and not by Maximum, so that the second derivative is right where they are equal.
        var first = x >= y | IsNaN(x);
        var (most, least) = (Where(first, x, y), Where(first, y, x));
        return most + Log1p(Exp(Where(IsInf(most) & Tensor.Equal(x, y), 0, least - most)));
    }

    /// <summary>1/x, element by element. Integers give F32.</summary>
    public static Tensor Reciprocal(Tensor x) => 1 / x;
    /// <summary>The cube root, element by element, negative below 0; its derivative at 0 is infinite.</summary>
    /// <remarks>A power of the magnitude, set right by one step of Newton's method, since 1/3 is no number of binary digits.</remarks>
    public static Tensor Cbrt(Tensor x)
    {
        x = Real(x);
        var root = Tensor.Pow(Abs(x), Tensor.Literal(x.DType, 1.0 / 3));
        var plain = root > 0 & IsFinite(root);
        var off = Where(plain, root - Abs(x) / Square(Where(plain, root, 1)), 0) / 3;
        return Sign(x) * (root - Fn.StopGradient(off));
    }

    /// <summary>√(x² + y²), element by element, without overflow: +∞ beside ±∞, even where the other is NaN. Its derivative at (0, 0) is 0.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <remarks>Follows numpy.hypot.</remarks>
    public static Tensor Hypot(Tensor x, Tensor y)
    {
        var (a, b) = Reals("Hypot", x, y);
        (a, b) = (Abs(a), Abs(b));
        var first = a >= b;
        var (most, least) = (Where(first, a, b), Where(first, b, a));
        var plain = most > 0 & IsFinite(most);
        var ratio = Where(plain, least, 0) / Where(plain, most, 1);
        return Where(IsInf(a) | IsInf(b), double.PositiveInfinity, most * Tensor.Sqrt(1 + ratio * ratio));
    }

    /// <summary>sin(πx)/(πx), element by element: 1 at 0, with all derivatives that follow from the definition.</summary>
    /// <remarks>Follows numpy.sinc. Near 0 by its series, where the quotient would lose its derivatives.</remarks>
    public static Tensor Sinc(Tensor x)
    {
        var t = Math.PI * Real(x);
        var near = Abs(t) < 0.2;
        var (far, square) = (Where(near, 1, t), Where(near, t * t, 0));
        Tensor series = 1.0;
        for (int k = 16; k >= 2; k -= 2) series = 1 - square / (k * (k + 1)) * series;
        return Where(near, series, Sin(far) / far);
    }

    /// <summary>x to the power y, element by element: see <see cref="Tensor.Pow(Tensor, Tensor)"/>.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Power(Tensor x, Tensor y) => Tensor.Pow(x, y);
    /// <summary>−x, element by element.</summary>
    public static Tensor Negative(Tensor x) => -x;
    /// <summary>Degrees as radians, element by element.</summary>
    public static Tensor Deg2Rad(Tensor x) => x * (Math.PI / 180);
    /// <summary>Radians as degrees, element by element.</summary>
    public static Tensor Rad2Deg(Tensor x) => x * (180 / Math.PI);
    /// <summary>0 below 0, 1 above, and <paramref name="atZero"/> at 0, element by element; NaN of NaN. Its derivative by x is 0.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Heaviside(Tensor x, Tensor atZero)
    {
        var (t, zero) = Reals("Heaviside", x, atZero);
        return Where(Tensor.Equal(t, 0), zero, Where(t > 0, 1, Where(t < 0, 0, Fn.StopGradient(t))));
    }

    /// <summary>The size of x with the sign of y, element by element; −0 has one.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor CopySign(Tensor x, Tensor y)
    {
        var (a, b) = Reals("CopySign", x, y);
        return Where(SignBit(b), -Abs(a), Abs(a));
    }

    /// <summary>What is left of x divided by y, with the sign of x, element by element; NaN of a float by 0.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <remarks>Follows numpy.fmod and the operator <c>%</c> of C#.</remarks>
    public static Tensor Fmod(Tensor x, Tensor y) => x % y;

    /// <summary>What is left of x divided by y, with the sign of y, element by element; NaN of a float by 0.</summary>
    /// <returns>x − ⌊x/y⌋·y, so its derivative by x is 1 and that by y is −⌊x/y⌋.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <remarks>Follows numpy.remainder, the operator % of Python. That of C# is <see cref="Fmod"/>.</remarks>
    public static Tensor Remainder(Tensor x, Tensor y)
    {
        var (a, b) = Tensor.Meet("Remainder", x, y);
        if (a.DType == DType.Bool) (a, b) = (a.Cast(DType.I32), b.Cast(DType.I32));
        var rest = Prim.Rem(a, b);
        return Where(Tensor.NotEqual(rest, 0) & ((rest < 0) ^ (b < 0)), rest + b, rest);
    }

    /// <summary><see cref="FloorDivide"/> and <see cref="Remainder"/>.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static (Tensor Quotient, Tensor Remainder) DivMod(Tensor x, Tensor y) => (FloorDivide(x, y), Remainder(x, y));

    /// <summary>x with other numbers for NaN, +∞ and −∞; null for the largest and the least finite number.</summary>
    /// <remarks>Follows numpy.nan_to_num. No derivative passes where a number is replaced.</remarks>
    public static Tensor NanToNum(Tensor x, double nan = 0, double? posInf = null, double? negInf = null)
    {
        if (!x.DType.IsFloat()) return x;
        double most = x.DType == DType.F32 ? float.MaxValue : double.MaxValue;
        var y = Where(IsNaN(x), nan, x);
        y = Where(Tensor.Equal(x, double.PositiveInfinity), posInf ?? most, y);
        return Where(Tensor.Equal(x, double.NegativeInfinity), negInf ?? -most, y);
    }

    /// <summary>The quotient rounded down, element by element, in the type in which the two meet.</summary>
    /// <returns>Of a float and 0, NaN. The derivative is 0.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <remarks>Follows numpy.floor_divide: by what <c>%</c> leaves, so that 1 by 0.1 is 9, because 0.1 in binary is more than a tenth.</remarks>
    public static Tensor FloorDivide(Tensor a, Tensor b)
    {
        var (x, y) = Tensor.Meet("FloorDivide", a, b);
        if (x.DType == DType.Bool) (x, y) = (x.Cast(DType.I32), y.Cast(DType.I32));
        var rest = Prim.Rem(x, y);
        var down = Tensor.NotEqual(rest, 0) & ((rest < 0) ^ (y < 0));
        var quotient = Prim.Div(x - rest, y);
        return (x.DType.IsFloat() ? Prim.Round(quotient) : quotient) - down.Cast(x.DType);
    }

    /// <summary>A float tensor: integers become F32.</summary>
    static Tensor Real(Tensor x) => x.DType.IsFloat() ? x.Strong() : x.To(DType.F32);

    /// <summary>Two tensors as floats of one type and shape.</summary>
    static (Tensor A, Tensor B) Reals(string name, Tensor a, Tensor b)
    {
        var (x, y) = Tensor.Meet(name, a, b);
        return (Real(x), Real(y));
    }
}
