using System.Collections.Immutable;

namespace StagedDiff;

/// <summary>One machine operation on numbers. What it does for each element type is in the emitter, and nowhere else.</summary>
enum Fun : byte
{
    // one operand
    Neg, Abs, Sqrt, Floor, Ceiling, Truncate, Round, Not, Convert, Bitcast,
    // two
    Add, Sub, Mul, Div, Rem, Max, Min, And, Or, Xor, ShiftLeft, ShiftRight, Less, LessEqual, Equal, NotEqual,
    /// <summary>x·2ⁿ rounded once, for an x about 1 and a whole n so that neither 2 to half of n is out of range.</summary>
    Scale,
    // three
    Fma, Select,
    // one float operand, lane by lane, only where it is too large for the short way (Maths/Reduction.cs)
    PiQuadrant, PiHigh, PiLow,
    // two, likewise: their remainder where the quotient is large, else the first
    RemLarge,
}

/// <summary>How a reduction combines.</summary>
enum FoldKind : byte { Sum, Prod, Max, Min }

/// <summary>
/// The number at one point of a loop nest: a node of a hash-consed DAG that knows nothing of vectors or loops' order.
/// Made only inside a <see cref="Values"/> scope, so that equal values are one object.
/// </summary>
abstract class Value(DType type)
{
    public DType Type { get; } = type;

    /// <summary>A number within its scope, in order of making: operands come before.</summary>
    public int Id { get; internal set; }

    public virtual IEnumerable<Value> Operands => [];
    public abstract bool Same(Value o);
    public abstract int Hash { get; }

    // The operators, so that mathematics over values reads as mathematics.
    public static Value operator +(Value a, Value b) => Values.Apply(Fun.Add, a, b);
    public static Value operator -(Value a, Value b) => Values.Apply(Fun.Sub, a, b);
    public static Value operator *(Value a, Value b) => Values.Apply(Fun.Mul, a, b);
    public static Value operator /(Value a, Value b) => Values.Apply(Fun.Div, a, b);
    public static Value operator -(Value a) => Values.Apply(Fun.Neg, a);
    public static Value operator &(Value a, Value b) => Values.Apply(Fun.And, a, b);
    public static Value operator |(Value a, Value b) => Values.Apply(Fun.Or, a, b);
    public static Value operator ^(Value a, Value b) => Values.Apply(Fun.Xor, a, b);
    public static Value operator ~(Value a) => Values.Apply(Fun.Not, a);
    public static Value operator <<(Value a, int n) => Values.Apply(Fun.ShiftLeft, a, Values.Literal(DType.I32, n));
    /// <summary>Arithmetic for signed integers, logical for unsigned.</summary>
    public static Value operator >>(Value a, int n) => Values.Apply(Fun.ShiftRight, a, Values.Literal(DType.I32, n));
    public static Value operator <(Value a, Value b) => Values.Apply(Fun.Less, a, b);
    public static Value operator >(Value a, Value b) => Values.Apply(Fun.Less, b, a);
    public static Value operator <=(Value a, Value b) => Values.Apply(Fun.LessEqual, a, b);
    public static Value operator >=(Value a, Value b) => Values.Apply(Fun.LessEqual, b, a);
    // A number beside a value takes the value's type.
    public static Value operator +(Value a, double b) => a + a.Like(b);
    public static Value operator -(Value a, double b) => a - a.Like(b);
    public static Value operator -(double a, Value b) => b.Like(a) - b;
    public static Value operator *(Value a, double b) => a * a.Like(b);
    public static Value operator *(double a, Value b) => b.Like(a) * b;
    public static Value operator /(double a, Value b) => b.Like(a) / b;
    public static Value operator <(Value a, double b) => a < a.Like(b);
    public static Value operator >(Value a, double b) => a > a.Like(b);
    public static Value operator <=(Value a, double b) => a <= a.Like(b);
    public static Value operator >=(Value a, double b) => a >= a.Like(b);

    /// <summary>A literal of this value's type.</summary>
    public Value Like(double number) => Values.Literal(Type, number);
}

/// <summary>A literal. <paramref name="bits"/>: of the double for floats (an F32's is exact in it), else the integer.</summary>
sealed class Literal(DType type, long bits) : Value(type)
{
    public long Bits { get; } = bits;
    public double Number => Type.IsFloat() ? BitConverter.Int64BitsToDouble(Bits) : Bits;
    /// <summary>The bits as they lie in memory, from the lowest.</summary>
    public long Image => Type == DType.F32 ? BitConverter.SingleToUInt32Bits((float)Number) : Bits;
    public override bool Same(Value o) => o is Literal l && l.Type == Type && l.Bits == Bits;
    public override int Hash => HashCode.Combine(1, Type, Bits);
}

/// <summary>
/// The element of a buffer at an address in elements. With a guard (Bool), lanes where it is false read nothing and hold zero.
/// </summary>
sealed class Load(DType type, int buffer, Affine at, Value? guard) : Value(type)
{
    public int Buffer { get; } = buffer;
    public Affine At { get; } = at;
    public Value? Guard { get; } = guard;
    public override IEnumerable<Value> Operands => Guard is null ? At.Computed.Select(t => t.Value) : [.. At.Computed.Select(t => t.Value), Guard];
    public override bool Same(Value o) => o is Load l && l.Buffer == Buffer && l.At.Equals(At) && ReferenceEquals(l.Guard, Guard);
    public override int Hash => HashCode.Combine(2, Buffer, At, Guard?.Id);
}

/// <summary>An index as a number, wrapped to its type.</summary>
sealed class Counter(DType type, Affine at) : Value(type)
{
    public Affine At { get; } = at;
    public override IEnumerable<Value> Operands => At.Computed.Select(t => t.Value);
    public override bool Same(Value o) => o is Counter c && c.Type == Type && c.At.Equals(At);
    public override int Hash => HashCode.Combine(3, Type, At);
}

/// <summary>A machine operation on values.</summary>
sealed class Apply(DType type, Fun fun, ImmutableArray<Value> x) : Value(type)
{
    public Fun Fun { get; } = fun;
    public ImmutableArray<Value> X { get; } = x;
    public override IEnumerable<Value> Operands => X;
    public override bool Same(Value o) => o is Apply a && a.Fun == Fun && a.Type == Type && a.X.AsSpan().SequenceEqual(X.AsSpan());
    public override int Hash => X.Aggregate(HashCode.Combine(4, Fun, Type), (h, x) => HashCode.Combine(h, x.Id));
}

/// <summary>The reduction of a value over the nest's pass axis, in the canonical order.</summary>
sealed class Folded(FoldKind kind, Value term) : Value(term.Type)
{
    public FoldKind Kind { get; } = kind;
    public Value Term { get; } = term;
    public override IEnumerable<Value> Operands => [Term];
    public override bool Same(Value o) => o is Folded f && f.Kind == Kind && ReferenceEquals(f.Term, Term);
    public override int Hash => HashCode.Combine(5, Kind, Term.Id);
}

/// <summary>The scope in which values are made and shared.</summary>
sealed class Values : IDisposable
{
    sealed class Structure : IEqualityComparer<Value>
    {
        public bool Equals(Value? a, Value? b) => a!.Same(b!);
        public int GetHashCode(Value v) => v.Hash;
    }

    [ThreadStatic] static Values? current;
    readonly Values? outer;
    readonly Dictionary<Value, Value> table = new(new Structure());

    public Values() => (outer, current) = (current, this);
    public void Dispose() => current = outer;

    public int Count => table.Count;

    static Value Make(Value v)
    {
        var scope = current ?? throw new InvalidOperationException("Values are made inside a Values scope.");
        if (scope.table.TryGetValue(v, out var same)) return same;
        v.Id = scope.table.Count;
        return scope.table[v] = v;
    }

    /// <summary>A number of a type: rounded to F32, wrapped to integers, non-zero is true.</summary>
    public static Value Literal(DType type, double number) => Make(new Literal(type, type switch
    {
        DType.F32 => BitConverter.DoubleToInt64Bits((float)number),
        DType.F64 => BitConverter.DoubleToInt64Bits(number),
        DType.Bool => number != 0 ? 1 : 0,
        DType.I32 => (int)(long)number,
        DType.U32 => (uint)(long)number,
        DType.U8 => (byte)(long)number,
        _ => (long)number,
    }));

    /// <summary>An integer literal, exact for all 64 bits; for floats the number it names.</summary>
    public static Value Literal(DType type, long number) => type.IsFloat() ? Literal(type, (double)number) : Make(new Literal(type, type switch
    {
        DType.Bool => number != 0 ? 1 : 0,
        DType.I32 => (int)number,
        DType.U32 => (uint)number,
        DType.U8 => (byte)number,
        _ => number,
    }));

    public static Value Literal(DType type, int number) => Literal(type, (long)number);

    public static Value Load(DType type, int buffer, Affine at, Value? guard = null) => Make(new Load(type, buffer, at, guard));
    public static Value Counter(DType type, Affine at) => at.IsConstant && at.Constant.IsConstant ? Literal(type, at.Constant.Value) : Make(new Counter(type, at));
    public static Value Folded(FoldKind kind, Value term) => Make(new Folded(kind, term));

    /// <summary>Arithmetic keeps the type of its first operand, comparisons give Bool, Select takes that of its branches.</summary>
    public static Value Apply(Fun fun, params ReadOnlySpan<Value> x) => Make(new Apply(fun switch
    {
        Fun.Less or Fun.LessEqual or Fun.Equal or Fun.NotEqual => DType.Bool,
        Fun.Select => x[1].Type,
        _ => x[0].Type,
    }, fun, [.. x]));

    public static Value Scale(Value x, Value n) => Apply(Fun.Scale, x, n);
    public static Value Fma(Value a, Value b, Value c) => Apply(Fun.Fma, a, b, c);
    public static Value Fma(Value a, Value b, double c) => Apply(Fun.Fma, a, b, a.Like(c));
    public static Value Fma(Value a, double b, double c) => Apply(Fun.Fma, a, a.Like(b), a.Like(c));
    public static Value Fma(Value a, double b, Value c) => Apply(Fun.Fma, a, a.Like(b), c);
    public static Value Select(Value condition, Value yes, Value no) => Apply(Fun.Select, condition, yes, no);
    public static Value Equal(Value a, Value b) => Apply(Fun.Equal, a, b);
    public static Value NotEqual(Value a, Value b) => Apply(Fun.NotEqual, a, b);
    public static Value Max(Value a, Value b) => Apply(Fun.Max, a, b);
    public static Value Min(Value a, Value b) => Apply(Fun.Min, a, b);
    public static Value Abs(Value a) => Apply(Fun.Abs, a);
    public static Value Sqrt(Value a) => Apply(Fun.Sqrt, a);
    public static Value Floor(Value a) => Apply(Fun.Floor, a);
    public static Value Truncate(Value a) => Apply(Fun.Truncate, a);
    /// <summary>To the nearest integer, ties to even.</summary>
    public static Value Round(Value a) => Apply(Fun.Round, a);

    /// <summary>
    /// The number as another type: floats to integers truncate, saturate and turn NaN into 0; integers wrap; to Bool: is it not zero.
    /// </summary>
    public static Value Convert(Value a, DType type) => a.Type == type ? a : Make(new Apply(type, Fun.Convert, [a]));

    /// <summary>The same bits as another type of the same size (F32, I32, U32 or F64, I64).</summary>
    public static Value Bitcast(Value a, DType type) => a.Type == type ? a : Make(new Apply(type, Fun.Bitcast, [a]));

    /// <summary>This DAG with every leaf mapped: made anew in the current scope.</summary>
    public static Value Rewrite(Value v, Dictionary<Value, Value> done, Func<Affine, Affine> address)
    {
        if (done.TryGetValue(v, out var known)) return known;
        Value Go(Value x) => Rewrite(x, done, address);
        Affine At(Affine a) => address(a.Rewrite(Affine.Loop, Go));
        return done[v] = v switch
        {
            Load l => Load(l.Type, l.Buffer, At(l.At), l.Guard is null ? null : Go(l.Guard)),
            Counter c => Counter(c.Type, At(c.At)),
            Apply a => Make(new Apply(a.Type, a.Fun, [.. a.X.Select(Go)])),
            Folded f => Folded(f.Kind, Go(f.Term)),
            _ => v,
        };
    }
}
