namespace StagedDiff;

// Functions of tensors under the names that F#'s own exp, sqrt, abs, **, List.sum, … look for.
public sealed partial class Tensor
{
    /// <summary>The number 0, for F#'s <c>List.sum</c>: a literal, which takes the type and shape of what it meets.</summary>
    public static Tensor Zero { get; } = Weak(0L);
    /// <summary>The number 1: a literal, which takes the type and shape of what it meets.</summary>
    public static Tensor One { get; } = Weak(1L);
    /// <summary>x / n, for F#'s <c>List.average</c>.</summary>
    public static Tensor DivideByInt(Tensor x, int n) => x / n;

    /// <summary>eˣ, element by element. Integers give F32.</summary>
    public static Tensor Exp(Tensor x) => Floating(x, Prim.Exp);
    /// <summary>The natural logarithm, element by element: −∞ at 0, NaN below.</summary>
    public static Tensor Log(Tensor x) => Floating(x, Prim.Log);
    /// <summary>The logarithm of base 2, element by element.</summary>
    public static Tensor Log2(Tensor x) => Floating(x, t => Prim.Log(t) / 0.6931471805599453);
    /// <summary>The logarithm of base 10, element by element.</summary>
    public static Tensor Log10(Tensor x) => Floating(x, t => Prim.Log(t) / 2.302585092994046);
    /// <summary>The square root, element by element: NaN below 0.</summary>
    public static Tensor Sqrt(Tensor x) => Floating(x, Prim.Sqrt);
    /// <summary>The sine of radians, element by element.</summary>
    public static Tensor Sin(Tensor x) => Floating(x, Prim.Sin);
    /// <summary>The cosine of radians, element by element.</summary>
    public static Tensor Cos(Tensor x) => Floating(x, Prim.Cos);
    /// <summary>The tangent of radians, element by element.</summary>
    public static Tensor Tan(Tensor x) => Floating(x, Prim.Tan);
    /// <summary>The angle in [−π/2, π/2] whose sine is x, element by element: NaN outside of [−1, 1], infinite derivative at ±1.</summary>
    public static Tensor Asin(Tensor x) => Floating(x, Prim.Asin);
    /// <summary>The angle in [0, π] whose cosine is x, element by element: NaN outside of [−1, 1], infinite derivative at ±1.</summary>
    public static Tensor Acos(Tensor x) => Floating(x, Prim.Acos);
    /// <summary>The angle in [−π/2, π/2] whose tangent is x, element by element.</summary>
    public static Tensor Atan(Tensor x) => Floating(x, Prim.Atan);
    /// <summary>
    /// The angle in [−π, π] of the point (x, y) from the positive x axis, element by element. Zeros count with their signs, so that
    /// (−1, −0) gives −π; its derivative at (0, 0) is NaN. Integers give F32.
    /// </summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Atan2(Tensor y, Tensor x) => Fractional("Atan2", y, x, Prim.Atan2);
    /// <summary>The hyperbolic sine, element by element.</summary>
    public static Tensor Sinh(Tensor x) => Floating(x, Prim.Sinh);
    /// <summary>The hyperbolic cosine, element by element.</summary>
    public static Tensor Cosh(Tensor x) => Floating(x, Prim.Cosh);
    /// <summary>The hyperbolic tangent, element by element.</summary>
    public static Tensor Tanh(Tensor x) => Floating(x, Prim.Tanh);
    /// <summary>The inverse of the hyperbolic sine, element by element.</summary>
    public static Tensor Asinh(Tensor x) => Floating(x, Prim.Asinh);
    /// <summary>The inverse of the hyperbolic cosine, element by element: NaN below 1, infinite derivative at 1.</summary>
    public static Tensor Acosh(Tensor x) => Floating(x, Prim.Acosh);
    /// <summary>The inverse of the hyperbolic tangent, element by element: ±∞ at ±1, NaN beyond.</summary>
    public static Tensor Atanh(Tensor x) => Floating(x, Prim.Atanh);

    /// <summary>The magnitude, element by element; its derivative at 0 is 0.</summary>
    public static Tensor Abs(Tensor x) => x.DType is DType.Bool or DType.U8 or DType.U32 ? x : Same(x, Prim.Abs);
    /// <summary>The greatest integer not above, element by element, in the same element type.</summary>
    public static Tensor Floor(Tensor x) => x.DType.IsFloat() ? Floating(x, Prim.Floor) : x;
    /// <summary>The least integer not below, element by element, in the same element type.</summary>
    public static Tensor Ceiling(Tensor x) => x.DType.IsFloat() ? Floating(x, Prim.Ceiling) : x;
    /// <summary>The nearest integer, element by element, in the same element type; a half goes to the even one.</summary>
    public static Tensor Round(Tensor x) => x.DType.IsFloat() ? Floating(x, Prim.Round) : x;
    /// <summary>The integer toward zero, element by element, in the same element type.</summary>
    public static Tensor Truncate(Tensor x) => x.DType.IsFloat() ? Floating(x, Prim.Truncate) : x;

    /// <summary>
    /// a to the power b, element by element. Integers give F32, except to a literal positive integer.
    /// Literal powers 1 to 4 are products.
    /// </summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Pow(Tensor a, Tensor b) => Factors(a, b) is >= 1 and var n ? Times(Counted(a), n) : Fractional("Pow", a, b, Prim.Pow);
    /// <inheritdoc cref="Pow(Tensor, Tensor)"/>
    public static Tensor Pow(Tensor a, double b) => Pow(a, Weak(b));
    /// <inheritdoc cref="Pow(Tensor, Tensor)"/>
    public static Tensor Pow(Tensor a, int b) => Pow(a, Weak((long)b));
    /// <inheritdoc cref="Pow(Tensor, Tensor)"/>
    public static Tensor Pow(double a, Tensor b) => Pow(Beside(b, a), b);

    /// <summary>How many factors aᵇ has as a product, if b is a number written in the program and they are few; else 0.</summary>
    static int Factors(Tensor a, Tensor b)
    {
        if (a.IsWeak || !b.IsWeak || b.DType.IsFloat() && !a.DType.IsFloat()) return 0;
        double n = b.LiteralNumber, most = a.DType.IsFloat() ? 4 : int.MaxValue;
        return n >= 1 && n <= most && n == Math.Floor(n) ? (int)n : 0;
    }

    /// <summary>xⁿ by squaring.</summary>
    static Tensor Times(Tensor x, int n) => n == 1 ? x : n % 2 == 1 ? Times(x, n - 1) * x : Squared(Times(x, n / 2));

    static Tensor Squared(Tensor x) => x * x;

    /// <summary>The greater of two, element by element; NaN where either is. At a tie the derivative is split evenly.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Maximum(Tensor a, Tensor b) => a.DType == DType.Bool && b.DType == DType.Bool ? a | b : Both("Maximum", a, b, Prim.Max);
    /// <summary>The less of two, element by element; NaN where either is. At a tie the derivative is split evenly.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Minimum(Tensor a, Tensor b) => a.DType == DType.Bool && b.DType == DType.Bool ? a & b : Both("Minimum", a, b, Prim.Min);

    /// <summary>Whether a is less than b, element by element; false beside NaN.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Less(Tensor a, Tensor b) => Arithmetic("Less", a, b, Prim.Less);
    /// <inheritdoc cref="Less(Tensor, Tensor)"/>
    public static Tensor Less(Tensor a, double b) => Less(a, Beside(a, b));
    /// <inheritdoc cref="Less(Tensor, Tensor)"/>
    public static Tensor Less(Tensor a, float b) => Less(a, Beside(a, b));
    /// <inheritdoc cref="Less(Tensor, Tensor)"/>
    public static Tensor Less(Tensor a, int b) => Less(a, Beside(a, b));
    /// <inheritdoc cref="Less(Tensor, Tensor)"/>
    public static Tensor Less(double a, Tensor b) => Less(Beside(b, a), b);
    /// <inheritdoc cref="Less(Tensor, Tensor)"/>
    public static Tensor Less(float a, Tensor b) => Less(Beside(b, a), b);
    /// <inheritdoc cref="Less(Tensor, Tensor)"/>
    public static Tensor Less(int a, Tensor b) => Less(Beside(b, a), b);

    /// <summary>Whether a is at most b, element by element; false beside NaN.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor LessEqual(Tensor a, Tensor b) => Arithmetic("LessEqual", a, b, Prim.LessEqual);
    /// <inheritdoc cref="LessEqual(Tensor, Tensor)"/>
    public static Tensor LessEqual(Tensor a, double b) => LessEqual(a, Beside(a, b));
    /// <inheritdoc cref="LessEqual(Tensor, Tensor)"/>
    public static Tensor LessEqual(Tensor a, float b) => LessEqual(a, Beside(a, b));
    /// <inheritdoc cref="LessEqual(Tensor, Tensor)"/>
    public static Tensor LessEqual(Tensor a, int b) => LessEqual(a, Beside(a, b));
    /// <inheritdoc cref="LessEqual(Tensor, Tensor)"/>
    public static Tensor LessEqual(double a, Tensor b) => LessEqual(Beside(b, a), b);
    /// <inheritdoc cref="LessEqual(Tensor, Tensor)"/>
    public static Tensor LessEqual(float a, Tensor b) => LessEqual(Beside(b, a), b);
    /// <inheritdoc cref="LessEqual(Tensor, Tensor)"/>
    public static Tensor LessEqual(int a, Tensor b) => LessEqual(Beside(b, a), b);

    /// <summary>Whether a is greater than b, element by element; false beside NaN.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Greater(Tensor a, Tensor b) => Arithmetic("Greater", a, b, (x, y) => Prim.Less(y, x));
    /// <inheritdoc cref="Greater(Tensor, Tensor)"/>
    public static Tensor Greater(Tensor a, double b) => Greater(a, Beside(a, b));
    /// <inheritdoc cref="Greater(Tensor, Tensor)"/>
    public static Tensor Greater(Tensor a, float b) => Greater(a, Beside(a, b));
    /// <inheritdoc cref="Greater(Tensor, Tensor)"/>
    public static Tensor Greater(Tensor a, int b) => Greater(a, Beside(a, b));
    /// <inheritdoc cref="Greater(Tensor, Tensor)"/>
    public static Tensor Greater(double a, Tensor b) => Greater(Beside(b, a), b);
    /// <inheritdoc cref="Greater(Tensor, Tensor)"/>
    public static Tensor Greater(float a, Tensor b) => Greater(Beside(b, a), b);
    /// <inheritdoc cref="Greater(Tensor, Tensor)"/>
    public static Tensor Greater(int a, Tensor b) => Greater(Beside(b, a), b);

    /// <summary>Whether a is at least b, element by element; false beside NaN.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor GreaterEqual(Tensor a, Tensor b) => Arithmetic("GreaterEqual", a, b, (x, y) => Prim.LessEqual(y, x));
    /// <inheritdoc cref="GreaterEqual(Tensor, Tensor)"/>
    public static Tensor GreaterEqual(Tensor a, double b) => GreaterEqual(a, Beside(a, b));
    /// <inheritdoc cref="GreaterEqual(Tensor, Tensor)"/>
    public static Tensor GreaterEqual(Tensor a, float b) => GreaterEqual(a, Beside(a, b));
    /// <inheritdoc cref="GreaterEqual(Tensor, Tensor)"/>
    public static Tensor GreaterEqual(Tensor a, int b) => GreaterEqual(a, Beside(a, b));
    /// <inheritdoc cref="GreaterEqual(Tensor, Tensor)"/>
    public static Tensor GreaterEqual(double a, Tensor b) => GreaterEqual(Beside(b, a), b);
    /// <inheritdoc cref="GreaterEqual(Tensor, Tensor)"/>
    public static Tensor GreaterEqual(float a, Tensor b) => GreaterEqual(Beside(b, a), b);
    /// <inheritdoc cref="GreaterEqual(Tensor, Tensor)"/>
    public static Tensor GreaterEqual(int a, Tensor b) => GreaterEqual(Beside(b, a), b);

    /// <summary>Whether a equals b, element by element; false beside NaN. (<c>==</c> compares references.)</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Equal(Tensor a, Tensor b) => Both("Equal", a, b, Prim.Equal);
    /// <inheritdoc cref="Equal(Tensor, Tensor)"/>
    public static Tensor Equal(Tensor a, double b) => Equal(a, Beside(a, b));
    /// <inheritdoc cref="Equal(Tensor, Tensor)"/>
    public static Tensor Equal(Tensor a, float b) => Equal(a, Beside(a, b));
    /// <inheritdoc cref="Equal(Tensor, Tensor)"/>
    public static Tensor Equal(Tensor a, int b) => Equal(a, Beside(a, b));
    /// <inheritdoc cref="Equal(Tensor, Tensor)"/>
    public static Tensor Equal(double a, Tensor b) => Equal(Beside(b, a), b);
    /// <inheritdoc cref="Equal(Tensor, Tensor)"/>
    public static Tensor Equal(float a, Tensor b) => Equal(Beside(b, a), b);
    /// <inheritdoc cref="Equal(Tensor, Tensor)"/>
    public static Tensor Equal(int a, Tensor b) => Equal(Beside(b, a), b);

    /// <summary>Whether a differs from b, element by element; true beside NaN.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor NotEqual(Tensor a, Tensor b) => Both("NotEqual", a, b, Prim.NotEqual);
    /// <inheritdoc cref="NotEqual(Tensor, Tensor)"/>
    public static Tensor NotEqual(Tensor a, double b) => NotEqual(a, Beside(a, b));
    /// <inheritdoc cref="NotEqual(Tensor, Tensor)"/>
    public static Tensor NotEqual(Tensor a, float b) => NotEqual(a, Beside(a, b));
    /// <inheritdoc cref="NotEqual(Tensor, Tensor)"/>
    public static Tensor NotEqual(Tensor a, int b) => NotEqual(a, Beside(a, b));
    /// <inheritdoc cref="NotEqual(Tensor, Tensor)"/>
    public static Tensor NotEqual(double a, Tensor b) => NotEqual(Beside(b, a), b);
    /// <inheritdoc cref="NotEqual(Tensor, Tensor)"/>
    public static Tensor NotEqual(float a, Tensor b) => NotEqual(Beside(b, a), b);
    /// <inheritdoc cref="NotEqual(Tensor, Tensor)"/>
    public static Tensor NotEqual(int a, Tensor b) => NotEqual(Beside(b, a), b);
}
