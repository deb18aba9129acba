using System.Linq.Expressions;
using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

/// <summary>Vectors of 4-byte lanes; 8-byte elements take two registers.</summary>
sealed class VectorLanes(Type vector, Type register, int bits) : Lanes
{
    static readonly Type math = typeof(LaneMath);

    public override int Count => bits / 32;
    public override bool MasksAreFree => bits == 512;
    public override int Parts(DType type) => type.Size() == 8 ? 2 : 1;

    static Type Element(DType type) => type switch { DType.Bool or DType.U8 => typeof(int), _ => type.Clr() };
    readonly Type[] registers = [.. Enum.GetValues<DType>().Select(t => register.MakeGenericType(Element(t)))];
    public override Type Register(DType type) => registers[(int)type];

    E V(string name, params E[] x) => Call(vector, name, x);
    E As(E x, Type element) => x.Type.GetGenericArguments()[0] == element ? x : V("As" + element switch
    {
        _ when element == typeof(float) => "Single",
        _ when element == typeof(double) => "Double",
        _ when element == typeof(int) => "Int32",
        _ when element == typeof(uint) => "UInt32",
        _ when element == typeof(long) => "Int64",
        _ => "UInt64",
    }, x);

    static bool IsBytes(DType t) => t.Size() == 1;

    public override E[] Literal(DType type, long bits) => Splat(type, Constant(type, bits));
    public override E[] Splat(DType type, E scalar) => [.. Enumerable.Repeat(V("Create", scalar), Parts(type))];
    public override E First(DType type, E[] x) => V("ToScalar", x[0]);

    /// <summary>A Bool register as masks for the parts of another type.</summary>
    E[] Masks(E mask, DType type) => type.Size() == 8
        ? [As(V("WidenLower", mask), Element(type)), As(V("WidenUpper", mask), Element(type))]
        : [As(mask, Element(type))];

    public override E[] Apply(Fun fun, DType result, DType[] types, E[][] x)
    {
        var t = types[^1];      // of the operands; Select has its condition first
        if (fun == Fun.Convert) return Convert(x[0], types[0], result);
        if (fun == Fun.Bitcast) return Array.ConvertAll(x[0], r => As(r, Element(result)));
        if (fun == Fun.Select)
        {
            var masks = Masks(x[0][0], result);
            return [.. masks.Select((m, k) => V("ConditionalSelect", m, x[1][k], x[2][k]))];
        }
        if (fun is Fun.Less or Fun.LessEqual or Fun.Equal or Fun.NotEqual)
        {
            E[] parts = [.. x[0].Select((_, k) => fun switch
            {
                // a Bool is −1 where true, so that order is turned round
                Fun.Less => t == DType.Bool ? V("LessThan", x[1][k], x[0][k]) : V("LessThan", x[0][k], x[1][k]),
                Fun.LessEqual => t == DType.Bool ? V("LessThanOrEqual", x[1][k], x[0][k]) : V("LessThanOrEqual", x[0][k], x[1][k]),
                Fun.Equal => V("Equals", x[0][k], x[1][k]),
                _ => Operator(ExpressionType.OnesComplement, V("Equals", x[0][k], x[1][k])),
            })];
            return [parts is [var a, var b] ? V("Narrow", As(a, typeof(long)), As(b, typeof(long))) : As(parts[0], typeof(int))];
        }
        E[] y = [.. x[0].Select((_, k) => One(fun, t, [.. x.Select(r => r[k])]))];
        return result == DType.U8 && fun is Fun.Add or Fun.Sub or Fun.Mul or Fun.Neg or Fun.Not or Fun.ShiftLeft
            ? [Operator(ExpressionType.And, y[0], V("Create", E.Constant(255)))] : y;
    }

    E One(Fun fun, DType t, E[] x) => fun switch
    {
        Fun.Neg => Operator(ExpressionType.Negate, x[0]),
        Fun.Abs => t is DType.U32 or DType.U8 or DType.Bool ? x[0] : V("Abs", x[0]),
        Fun.Sqrt => V("Sqrt", x[0]),
        Fun.Floor or Fun.Ceiling or Fun.Truncate or Fun.Round => t.IsFloat() ? V(fun.ToString(), x[0]) : x[0],
        Fun.Not => Operator(ExpressionType.OnesComplement, x[0]),
        Fun.Add => Operator(ExpressionType.Add, x[0], x[1]),
        Fun.Sub => Operator(ExpressionType.Subtract, x[0], x[1]),
        Fun.Mul => Operator(ExpressionType.Multiply, x[0], x[1]),
        Fun.Div => t.IsFloat() ? Operator(ExpressionType.Divide, x[0], x[1]) : Call(math, "DivideLanes", x),
        Fun.Rem => Call(math, "RemainderLanes", x),
        Fun.Max => t == DType.Bool ? Operator(ExpressionType.Or, x[0], x[1]) : V("Max", x),
        Fun.Min => t == DType.Bool ? Operator(ExpressionType.And, x[0], x[1]) : V("Min", x),
        Fun.And => Operator(ExpressionType.And, x[0], x[1]),
        Fun.Or => Operator(ExpressionType.Or, x[0], x[1]),
        Fun.Xor => Operator(ExpressionType.ExclusiveOr, x[0], x[1]),
        Fun.Fma => V("FusedMultiplyAdd", x),
        Fun.PiQuadrant or Fun.PiHigh or Fun.PiLow or Fun.RemLarge => Call(typeof(Lanes).Assembly.GetType("StagedDiff.Reduction")!, fun.ToString(), x),
        _ => throw new InvalidOperationException($"No code for {fun}."),
    };

    /// <summary>A shift by a literal; the count is no register.</summary>
    public E[] Shift(Fun fun, DType t, E[] x, int n)
    {
        E[] y = Array.ConvertAll(x, r => V(fun == Fun.ShiftLeft ? "ShiftLeft" : t is DType.U32 or DType.U8 ? "ShiftRightLogical" : "ShiftRightArithmetic", r, E.Constant(n)));
        return t == DType.U8 && fun == Fun.ShiftLeft ? [Operator(ExpressionType.And, y[0], V("Create", E.Constant(255)))] : y;
    }

    public override E[] Convert(E[] x, DType from, DType to)
    {
        if (from == to) return x;
        if (to == DType.Bool) return Apply(Fun.NotEqual, DType.Bool, [from, from], [x, Literal(from, 0)]);
        if (from == DType.Bool) return Convert([Operator(ExpressionType.And, x[0], V("Create", E.Constant(1)))], DType.I32, to);
        if (from == DType.U8) return Convert(x, DType.I32, to);
        if (to == DType.U8)
        {
            if (!from.IsFloat()) return [Operator(ExpressionType.And, Convert(x, from, DType.I32)[0], V("Create", E.Constant(255)))];
            var n = Convert(x, from, DType.I32)[0];
            return [V("Min", V("Max", n, V("Create", E.Constant(0))), V("Create", E.Constant(255)))];
        }
        E[] Widen(E r) => [V("WidenLower", r), V("WidenUpper", r)];
        switch (from, to)
        {
            case (DType.F32, DType.I32): return [V("ConvertToInt32", x[0])];
            case (DType.F32, DType.U32): return [V("ConvertToUInt32", x[0])];
            case (DType.I32 or DType.U32, DType.F32): return [V("ConvertToSingle", x[0])];
            case (DType.I32, DType.U32): return [As(x[0], typeof(uint))];
            case (DType.U32, DType.I32): return [As(x[0], typeof(int))];
            case (DType.F32, DType.F64): return Widen(x[0]);
            case (DType.F64, DType.F32): return [V("Narrow", x)];
            case (DType.I32, DType.I64): return Widen(x[0]);
            case (DType.U32, DType.I64): return Array.ConvertAll(Widen(x[0]), r => As(r, typeof(long)));
            case (DType.I64, DType.I32): return [V("Narrow", x)];
            case (DType.I64, DType.U32): return [As(V("Narrow", x), typeof(uint))];
            case (DType.I64, DType.F64): return Array.ConvertAll(x, r => V("ConvertToDouble", r));
            case (DType.F64, DType.I64): return Array.ConvertAll(x, r => V("ConvertToInt64", r));
            case (DType.I64, DType.F32): return [Call(math, "ToSingle", x)];
            case (DType.F32, DType.I64): return Convert(Widen(x[0]), DType.F64, DType.I64);
            case (DType.I32 or DType.U32, DType.F64): return Convert(Convert(x, from, DType.I64), DType.I64, DType.F64);
            default:    // F64 to I32 or U32: saturate
                var (least, most) = to == DType.I32 ? ((long)int.MinValue, (long)int.MaxValue) : (0L, (long)uint.MaxValue);
                var wide = Array.ConvertAll(Convert(x, from, DType.I64), r => V("Min", V("Max", r, V("Create", E.Constant(least))), V("Create", E.Constant(most))));
                return Convert(wide, DType.I64, to);
        }
    }

    public override E[] LoadSplat(DType type, E address, E? mask)
    {
        var element = Element(type);
        E one = type switch
        {
            DType.Bool => Call(math, "ReadMask", address),
            DType.U8 => Call(math, "ReadByte", address),
            _ => Call(math, "Read", element, address),
        };
        if (mask is not null) one = E.Condition(E.NotEqual(V("ToScalar", mask), E.Constant(0)), one, E.Default(element));
        return Splat(type, one);
    }

    public override E[] Load(DType type, E address, E? mask)
    {
        if (IsBytes(type))
        {
            var bytes = mask is null ? Call(math, $"Bytes{bits}", address) : Call(math, "MaskLoadBytes", address, mask);
            return [type == DType.Bool ? Operator(ExpressionType.Negate, bytes) : bytes];
        }
        if (mask is null) return [.. Enumerable.Range(0, Parts(type)).Select(k => Call(math, $"Load{bits}", Element(type), Step(address, k)))];
        return [.. Masks(mask, type).Select((m, k) => Call(math, "MaskLoad", Step(address, k), m))];
    }

    E Step(E address, int part) => part == 0 ? address : E.Add(address, E.Constant((long)bits / 8));

    public override E[] LoadStrided(DType type, E address, E step, E? mask)
    {
        if (IsBytes(type))
        {
            var bytes = Call(math, "GatherBytes", address, step, mask ?? V("Create", E.Constant(-1)));
            return [type == DType.Bool ? Operator(ExpressionType.Negate, bytes) : bytes];
        }
        E At(int k) => k == 0 ? address : E.Add(address, E.Multiply(step, E.Constant((long)Count / 2)));
        return mask is null
            ? [.. Enumerable.Range(0, Parts(type)).Select(k => Call(math, $"Strided{bits}", Element(type), At(k), step))]
            : [.. Masks(mask, type).Select((m, k) => Call(math, "Gather", At(k), step, m))];
    }

    public override E[] Pick(DType type, E address, E index, E? mask)
    {
        mask ??= V("Create", E.Constant(-1));
        if (!IsBytes(type)) return [.. Enumerable.Range(0, Parts(type)).Select(k => Call(math, "Pick", Element(type), address, index, mask, E.Constant(k)))];
        var bytes = Call(math, "PickBytes", address, index, mask);
        return [type == DType.Bool ? Operator(ExpressionType.Negate, bytes) : bytes];
    }

    public override E Store(DType type, E[] x, E address, E? mask)
    {
        if (IsBytes(type))
        {
            var bytes = type == DType.Bool ? Operator(ExpressionType.Negate, x[0]) : x[0];
            return mask is null ? Call(math, "StoreBytes", bytes, address) : Call(math, "MaskStoreBytes", bytes, address, mask);
        }
        if (mask is null) return E.Block(x.Select((r, k) => Call(math, "Store", r, Step(address, k))));
        var masks = Masks(mask, type);
        return E.Block(x.Select((r, k) => Call(math, "MaskStore", r, Step(address, k), masks[k])));
    }

    public override E StoreFirst(DType type, E[] x, E address)
    {
        var one = V("ToScalar", x[0]);
        return IsBytes(type) ? Call(math, "WriteByte", type == DType.Bool ? Operator(ExpressionType.Negate, one) : one, address) : Call(math, "Write", one, address);
    }

    public override E Indices() => E.Property(null, Register(DType.I32), "Indices");
    public override E Mask(E n) => V("LessThan", Indices(), V("Create", E.Convert(n, typeof(int))));

    public override E FoldLanes(FoldKind kind, DType type, E r) => Call(math, "Fold" + (type == DType.Bool ? kind == FoldKind.Max ? FoldKind.Min : FoldKind.Max : kind), r);
}
