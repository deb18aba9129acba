namespace StagedDiff;

// Functions of two numbers: code, t·∂y/∂a, t·∂y/∂b.

sealed record Add() : Binary("add")
{
    protected override Value Code(Value a, Value b) => a + b;
    protected override Tensor? First(Tensor t, Tensor a, Tensor b, Tensor y) => t;
    protected override Tensor? Second(Tensor t, Tensor a, Tensor b, Tensor y) => t;
}

sealed record Sub() : Binary("sub")
{
    protected override Value Code(Value a, Value b) => a - b;
    protected override Tensor? First(Tensor t, Tensor a, Tensor b, Tensor y) => t;
    protected override Tensor? Second(Tensor t, Tensor a, Tensor b, Tensor y) => -t;
}

sealed record Mul() : Binary("mul")
{
    protected override Value Code(Value a, Value b) => a * b;
    protected override Tensor? First(Tensor t, Tensor a, Tensor b, Tensor y) => t * b;
    protected override Tensor? Second(Tensor t, Tensor a, Tensor b, Tensor y) => t * a;
}

/// <summary>
/// The product in which a zero on the left wins over ∞ and NaN on the right: bilinear, what derivatives multiply by an unbounded partial with.
/// </summary>
sealed record MulZ() : Binary("mulz")
{
    protected override DType ResultType(TensorType[] x) => Floats(x);
    // a where it is ±0, so that it is a·b to the bit for every finite b > 0
    protected override Value Code(Value a, Value b) => Values.Select(Values.Equal(a, a.Like(0)), a, a * b);
    protected override Tensor? First(Tensor t, Tensor a, Tensor b, Tensor y) => Prim.MulZ(t, b);
    protected override Tensor? Second(Tensor t, Tensor a, Tensor b, Tensor y) => Prim.MulZ(a, t);
}

/// <summary>a/b; of integers truncated towards zero, 0 where b is 0.</summary>
sealed record Div() : Binary("div")
{
    protected override Value Code(Value a, Value b) => a / b;
    protected override Tensor? First(Tensor t, Tensor a, Tensor b, Tensor y) => Prim.MulZ(t, 1 / b);
    // The reciprocal that the other partial takes too: of a row's divisor there is one a row, where a quotient would be one an element.
    protected override Tensor? Second(Tensor t, Tensor a, Tensor b, Tensor y) => Prim.MulZ(t, -y * (1 / b));
}

/// <summary>What is left of a after division by b, with the sign of a; of integers a where b is 0.</summary>
sealed record Rem() : Binary("rem")
{
    protected override Value Code(Value a, Value b) => a.Type.IsFloat() ? Maths.Rem(a, b) : Values.Apply(Fun.Rem, a, b);
    protected override Tensor? First(Tensor t, Tensor a, Tensor b, Tensor y) => t;
    // a − b·trunc(a/b)
    protected override Tensor? Second(Tensor t, Tensor a, Tensor b, Tensor y) => Prim.MulZ(t, -Prim.Truncate(a / b));
}

/// <summary>aᵇ; of integers by squaring, and what is left of 1/a⁻ᵇ where b is negative.</summary>
sealed record Pow() : Binary("pow")
{
    protected override Value Code(Value a, Value b) => a.Type.IsFloat() ? Maths.Pow(a, b) : Squaring(a, b);
    // b·aᵇ⁻¹, and 0 for b = 0, whatever a
    protected override Tensor? First(Tensor t, Tensor a, Tensor b, Tensor y) => Prim.MulZ(t, Prim.MulZ(b, Prim.Pow(a, b - 1)));
    // aᵇ·log a for a > 0; 0 elsewhere: there it is no function of a real b, or the limit
    protected override Tensor? Second(Tensor t, Tensor a, Tensor b, Tensor y) =>
        Prim.MulZ(t, Prim.MulZ(Prim.Log(Prim.Select(Prim.Greater(a, Prim.Zeros(a.Type)), a, Prim.Ones(a.Type))), y));

    static Value Squaring(Value a, Value b)
    {
        Value Odd(Value n) => Values.NotEqual(n & n.Like(1), n.Like(0));
        var (one, y, square) = (a.Like(1), a.Like(1), a);
        for (int bit = 0; bit < 8 * a.Type.Size(); bit++, square *= square) y = Values.Select(Odd(b >> bit), y * square, y);
        if (a.Type is DType.U8 or DType.U32) return y;
        var inverse = Values.Select(Values.Equal(a, one) | Values.Equal(a, -one), Values.Select(Odd(b), a, one), a.Like(0));
        return Values.Select(b < 0, inverse, y);
    }
}

/// <summary>The angle of the point (b, a).</summary>
sealed record Atan2() : Binary("atan2")
{
    protected override DType ResultType(TensorType[] x) => Floats(x);
    protected override Value Code(Value a, Value b) => Maths.Atan2(a, b);
    protected override Tensor? First(Tensor t, Tensor a, Tensor b, Tensor y) => Prim.MulZ(t, b / (a * a + b * b));
    protected override Tensor? Second(Tensor t, Tensor a, Tensor b, Tensor y) => Prim.MulZ(t, -a / (a * a + b * b));
}

/// <summary>The larger; NaN where either is. A tie gives each half of the derivative.</summary>
sealed record Maximum() : Binary("max")
{
    protected override Value Code(Value a, Value b) => Values.Max(a, b);
    protected override Tensor? First(Tensor t, Tensor a, Tensor b, Tensor y) => Taken.Where(Prim.Greater(a, b), t, a, b);
    protected override Tensor? Second(Tensor t, Tensor a, Tensor b, Tensor y) => Taken.Where(Prim.Less(a, b), t, a, b);
}

/// <summary>The smaller; NaN where either is. A tie gives each half of the derivative.</summary>
sealed record Minimum() : Binary("min")
{
    protected override Value Code(Value a, Value b) => Values.Min(a, b);
    protected override Tensor? First(Tensor t, Tensor a, Tensor b, Tensor y) => Taken.Where(Prim.Less(a, b), t, a, b);
    protected override Tensor? Second(Tensor t, Tensor a, Tensor b, Tensor y) => Taken.Where(Prim.Greater(a, b), t, a, b);
}

static class Taken
{
    /// <summary>t where an operand was taken, half of it at a tie, else 0.</summary>
    public static Tensor Where(Tensor taken, Tensor t, Tensor a, Tensor b) =>
        Prim.Select(taken, t, Prim.Select(Prim.Equal(a, b), 0.5 * t, Prim.Zeros(t.Type)));
}
