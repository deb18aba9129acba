namespace StagedDiff;

// Functions of one number. Each states its code and t·∂y/∂x. Where that partial is infinite at a finite x (or overflows), MulZ keeps it
// away from a t of zero, so that a branch not taken by Select stays out of the gradient.

sealed record Neg() : Unary("neg")
{
    protected override DType ResultType(TensorType[] x) => Numbers(x);
    protected override Value Code(Value x) => -x;
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => -t;
}

sealed record Abs() : Unary("abs")
{
    protected override DType ResultType(TensorType[] x) => Numbers(x);
    protected override Value Code(Value x) => x.Type is DType.U8 or DType.U32 ? x : Values.Abs(x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => t * Prim.Sign(x);
}

/// <summary>−1, 1, or x itself where it is ±0 or NaN.</summary>
sealed record Sign() : Unary("sign")
{
    protected override DType ResultType(TensorType[] x) => Numbers(x);
    protected override Value Code(Value x) => Values.Select(x > 0, x.Like(1), Values.Select(x < 0, x.Like(-1), x));
}

sealed record Exp() : Unary("exp")
{
    protected override Value Code(Value x) => Maths.Exp(x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => Prim.MulZ(t, y);
}

sealed record Log() : Unary("log")
{
    protected override Value Code(Value x) => Maths.Log(x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => Prim.MulZ(t, 1 / x);
}

sealed record Log1p() : Unary("log1p")
{
    protected override Value Code(Value x) => Maths.Log1p(x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => Prim.MulZ(t, 1 / (1 + x));
}

sealed record Expm1() : Unary("expm1")
{
    protected override Value Code(Value x) => Maths.Expm1(x);
    // not y + 1, which has lost exp x where x is very negative
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => Prim.MulZ(t, Prim.Exp(x));
}

sealed record Sqrt() : Unary("sqrt")
{
    protected override Value Code(Value x) => Values.Sqrt(x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => Prim.MulZ(t, 0.5 / y);
}

/// <summary>1/√x.</summary>
sealed record Rsqrt() : Unary("rsqrt")
{
    protected override Value Code(Value x) => Maths.Rsqrt(x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => Prim.MulZ(t, -0.5 * y / x);
}

sealed record Sin() : Unary("sin")
{
    protected override Value Code(Value x) => Maths.Sin(x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => t * Prim.Cos(x);
}

sealed record Cos() : Unary("cos")
{
    protected override Value Code(Value x) => Maths.Cos(x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => -(t * Prim.Sin(x));
}

sealed record Tan() : Unary("tan")
{
    protected override Value Code(Value x) => Maths.Tan(x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => t * (1 + y * y);
}

sealed record Tanh() : Unary("tanh")
{
    protected override Value Code(Value x) => Maths.Tanh(x);
    // not 1 − y², which cancels near ±1, where 1 ∓ y is exact
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => t * ((1 + y) * (1 - y));
}

/// <summary>1/(1 + e⁻ˣ).</summary>
sealed record Logistic() : Unary("logistic")
{
    protected override Value Code(Value x) => Maths.Logistic(x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => t * (y * (1 - y));
}

sealed record Erf() : Unary("erf")
{
    protected override Value Code(Value x) => Maths.Erf(x);
    // 2/√π · exp(−x²)
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => t * (1.1283791670955126 * Prim.Exp(-(x * x)));
}

/// <summary>1 − erf x.</summary>
sealed record Erfc() : Unary("erfc")
{
    protected override Value Code(Value x) => Maths.Erfc(x);
    // −2/√π · exp(−x²)
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => -(t * (1.1283791670955126 * Prim.Exp(-(x * x))));
}

sealed record ErfInv() : Unary("erf_inv")
{
    protected override Value Code(Value x) => Maths.ErfInv(x);
    // √π/2 · exp(y²)
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => Prim.MulZ(t, 0.886226925452758 * Prim.Exp(y * y));
}

sealed record Asin() : Unary("asin")
{
    protected override Value Code(Value x) => Maths.Asin(x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => Prim.MulZ(t, Prim.Rsqrt((1 - x) * (1 + x)));
}

sealed record Acos() : Unary("acos")
{
    protected override Value Code(Value x) => Maths.Acos(x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => Prim.MulZ(t, -Prim.Rsqrt((1 - x) * (1 + x)));
}

sealed record Atan() : Unary("atan")
{
    protected override Value Code(Value x) => Maths.Atan(x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => t / (1 + x * x);
}

sealed record Sinh() : Unary("sinh")
{
    protected override Value Code(Value x) => Maths.Sinh(x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => Prim.MulZ(t, Prim.Cosh(x));
}

sealed record Cosh() : Unary("cosh")
{
    protected override Value Code(Value x) => Maths.Cosh(x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => Prim.MulZ(t, Prim.Sinh(x));
}

sealed record Asinh() : Unary("asinh")
{
    protected override Value Code(Value x) => Maths.Asinh(x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => t * Prim.Rsqrt(1 + x * x);
}

sealed record Acosh() : Unary("acosh")
{
    protected override Value Code(Value x) => Maths.Acosh(x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => Prim.MulZ(t, Prim.Rsqrt((x - 1) * (x + 1)));
}

sealed record Atanh() : Unary("atanh")
{
    protected override Value Code(Value x) => Maths.Atanh(x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => Prim.MulZ(t, 1 / ((1 - x) * (1 + x)));
}

/// <summary>ln |Γ(x)|.</summary>
sealed record LogGamma() : Unary("lgamma")
{
    protected override Value Code(Value x) => Maths.LogGamma(x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => Prim.MulZ(t, Prim.Digamma(x));
}

/// <summary>The derivative of <see cref="LogGamma"/>.</summary>
sealed record Digamma() : Unary("digamma")
{
    protected override Value Code(Value x) => Maths.Digamma(x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => Prim.MulZ(t, Prim.Polygamma(1, x));
}

/// <summary>The derivative of <see cref="Digamma"/> of an order from 1 on.</summary>
sealed record Polygamma(int Order) : Unary("polygamma")
{
    protected override string Attributes => $"{Order}";
    protected override Value Code(Value x) => Maths.Polygamma(Order, x);
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => Prim.MulZ(t, Prim.Polygamma(Order + 1, x));
}

abstract record Rounding(string Title, Fun Fun) : Unary(Title)
{
    protected sealed override Value Code(Value x) => Values.Apply(Fun, x);
}

sealed record Floor() : Rounding("floor", Fun.Floor);
sealed record Ceiling() : Rounding("ceiling", Fun.Ceiling);
sealed record Truncate() : Rounding("truncate", Fun.Truncate);
/// <summary>To the nearest integer, ties to even.</summary>
sealed record Round() : Rounding("round", Fun.Round);

/// <summary>Logical for bools, every bit for integers.</summary>
sealed record Not() : Unary("not")
{
    protected override DType ResultType(TensorType[] x) => Bits(x);
    protected override Value Code(Value x) => ~x;
}

/// <summary>The same number as another element type.</summary>
sealed record Cast(DType To) : Unary("cast")
{
    protected override string Attributes => To.Name();
    protected override DType ResultType(TensorType[] x) => To;
    protected override Value Code(Value x) => Values.Convert(x, To);
    // a tangent goes from x's type to y's, a cotangent from y's to x's
    protected override Tensor? Times(Tensor t, Tensor x, Tensor y) => To.IsFloat() ? Prim.Cast(t, t.DType == To ? x.DType : To) : null;
}

/// <summary>x itself, as a constant to derivatives.</summary>
sealed record StopGradient() : Unary("stop_gradient")
{
    public override bool IsFree => true;
    public override Tensor? View(Tensor x) => x;
    protected override DType ResultType(TensorType[] x) => x[0].DType;
    protected override Value Code(Value x) => x;
}
