namespace StagedDiff;

// Comparisons, bits and choice.

abstract record Comparison(string Title, Fun Fun) : Binary(Title)
{
    protected sealed override DType ResultType(TensorType[] x)
    {
        _ = Any(x);
        return DType.Bool;
    }

    protected sealed override Value Code(Value a, Value b) => Values.Apply(Fun, a, b);
}

sealed record Less() : Comparison("less", Fun.Less);
sealed record LessEqual() : Comparison("less_equal", Fun.LessEqual);
sealed record Equal() : Comparison("equal", Fun.Equal);
sealed record NotEqual() : Comparison("not_equal", Fun.NotEqual);

/// <summary>Logical for bools, every bit for integers.</summary>
abstract record Bitwise(string Title, Fun Fun) : Binary(Title)
{
    protected sealed override DType ResultType(TensorType[] x) => Bits(x);
    protected sealed override Value Code(Value a, Value b) => Values.Apply(Fun, a, b);
}

sealed record And() : Bitwise("and", Fun.And);
sealed record Or() : Bitwise("or", Fun.Or);
sealed record Xor() : Bitwise("xor", Fun.Xor);

/// <summary>By any number of bits: from the width of the type on (or by less than none) every bit is gone.</summary>
abstract record Shift(string Title, Fun Fun) : Binary(Title)
{
    protected sealed override DType ResultType(TensorType[] x) => Integers(x);

    Value By(Value x, int n) => Fun == Fun.ShiftLeft ? x << n : x >> n;

    // The machine shifts by literals only: so by each power of two that the amount holds.
    protected sealed override Value Code(Value a, Value b)
    {
        int bits = 8 * a.Type.Size();
        var gone = Fun == Fun.ShiftRight && (a.Type is DType.I32 or DType.I64) ? a >> (bits - 1) : a.Like(0);
        if (b is Literal n) return n.Bits >= 0 && n.Bits < bits ? By(a, (int)n.Bits) : gone;
        var y = a;
        for (int power = 1; power < bits; power *= 2) y = Values.Select(Values.Equal(b & b.Like(power), b.Like(0)), y, By(y, power));
        return Values.Select(b >= 0 & b < bits, y, gone);
    }
}

sealed record ShiftLeft() : Shift("shift_left", Fun.ShiftLeft);
/// <summary>Keeps the sign of signed integers.</summary>
sealed record ShiftRight() : Shift("shift_right", Fun.ShiftRight);

/// <summary>a where c, else b.</summary>
sealed record Select() : Elementwise("select")
{
    protected override DType ResultType(TensorType[] x) => x[0].DType == DType.Bool ? Any(x[1..])
        : throw new DTypeException($"select: expected a condition of bools, got {x[0]}. Compare first.{Caller.Line()}");

    protected override Value Code(Value[] x) => Values.Select(x[0], x[1], x[2]);

    protected override Tensor? Times(Tensor t, int i, Tensor[] x, Tensor y) =>
        i == 1 ? Prim.Select(x[0], t, Prim.Zeros(t.Type)) : Prim.Select(x[0], Prim.Zeros(t.Type), t);
}
