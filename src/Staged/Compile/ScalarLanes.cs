using System.Linq.Expressions;
using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

/// <summary>One element at a time, for machines without a JIT; the same operations, the same bits. Bool is bool here, U8 an int.</summary>
sealed class ScalarLanes : Lanes
{
    static readonly Type math = typeof(LaneMath);

    public override int Count => 1;
    public override int Parts(DType type) => 1;
    public override Type Register(DType type) => type switch { DType.U8 => typeof(int), _ => type.Clr() };
    public override E[] Literal(DType type, long bits) => [type == DType.Bool ? E.Constant(bits != 0) : Constant(type, bits)];
    public override E[] Splat(DType type, E scalar) => [scalar];
    public override E First(DType type, E[] x) => x[0];

    public override E[] Apply(Fun fun, DType result, DType[] types, E[][] x)
    {
        if (fun == Fun.Convert) return Convert(x[0], types[0], result);
        E[] a = Array.ConvertAll(x, r => r[0]);
        var y = One(fun, types[^1], result, a);
        return [result == DType.U8 && fun is Fun.Add or Fun.Sub or Fun.Mul or Fun.Neg or Fun.Not or Fun.ShiftLeft ? E.And(y, E.Constant(255)) : y];
    }

    E One(Fun fun, DType t, DType result, E[] x)
    {
        var f = t == DType.F32 ? typeof(MathF) : typeof(Math);
        E Ordered(Func<E, E, BinaryExpression> compare) =>
            t == DType.Bool ? compare(E.Condition(x[0], E.Constant(1), E.Constant(0)), E.Condition(x[1], E.Constant(1), E.Constant(0))) : compare(x[0], x[1]);
        return fun switch
        {
            Fun.Neg => t == DType.U32 ? E.Subtract(E.Constant(0u), x[0]) : E.Negate(x[0]),
            Fun.Abs => t is DType.U32 or DType.U8 or DType.Bool ? x[0] : t.IsFloat() ? Call(typeof(Math), "Abs", x[0]) : E.Condition(E.LessThan(x[0], E.Default(x[0].Type)), E.Negate(x[0]), x[0]),
            Fun.Sqrt => Call(f, "Sqrt", x[0]),
            Fun.Floor or Fun.Ceiling or Fun.Truncate or Fun.Round => t.IsFloat() ? Call(f, fun.ToString(), x[0]) : x[0],
            Fun.Not => t == DType.Bool ? E.Not(x[0]) : E.OnesComplement(x[0]),
            Fun.Add => E.Add(x[0], x[1]),
            Fun.Sub => E.Subtract(x[0], x[1]),
            Fun.Mul => E.Multiply(x[0], x[1]),
            Fun.Div => t.IsFloat() ? E.Divide(x[0], x[1]) : Call(math, "Divide", x),
            Fun.Rem => Call(math, "Remainder", x),
            Fun.Max => t == DType.Bool ? E.Or(x[0], x[1]) : Call(typeof(Math), "Max", x),
            Fun.Min => t == DType.Bool ? E.And(x[0], x[1]) : Call(typeof(Math), "Min", x),
            Fun.And => E.And(x[0], x[1]),
            Fun.Or => E.Or(x[0], x[1]),
            Fun.Xor => E.ExclusiveOr(x[0], x[1]),
            Fun.Less => Ordered(E.LessThan),
            Fun.LessEqual => Ordered(E.LessThanOrEqual),
            Fun.Equal => E.Equal(x[0], x[1]),
            Fun.NotEqual => E.NotEqual(x[0], x[1]),
            Fun.Fma => Call(f, "FusedMultiplyAdd", x),
            Fun.Scale => Call(math, "Scale", x),
            Fun.Select => E.Condition(x[0], x[1], x[2]),
            Fun.Bitcast => (t, result) switch
            {
                (DType.F32, DType.I32) => Call(typeof(BitConverter), "SingleToInt32Bits", x),
                (DType.F32, DType.U32) => Call(typeof(BitConverter), "SingleToUInt32Bits", x),
                (DType.I32, DType.F32) => Call(typeof(BitConverter), "Int32BitsToSingle", x),
                (DType.U32, DType.F32) => Call(typeof(BitConverter), "UInt32BitsToSingle", x),
                (DType.F64, DType.I64) => Call(typeof(BitConverter), "DoubleToInt64Bits", x),
                (DType.I64, DType.F64) => Call(typeof(BitConverter), "Int64BitsToDouble", x),
                _ => E.Convert(x[0], Register(result)),
            },
            Fun.PiQuadrant or Fun.PiHigh or Fun.PiLow or Fun.RemLarge => Call(typeof(Lanes).Assembly.GetType("StagedDiff.Reduction")!, fun.ToString(), x),
            _ => throw new InvalidOperationException($"No code for {fun}."),
        };
    }

    public static E[] Shift(Fun fun, E[] x, int n) => [fun == Fun.ShiftLeft ? E.LeftShift(x[0], E.Constant(n)) : E.RightShift(x[0], E.Constant(n))];

    public override E[] Convert(E[] x, DType from, DType to)
    {
        var v = x[0];
        if (from == to) return x;
        if (to == DType.Bool) return [E.NotEqual(v, E.Default(v.Type))];
        if (from == DType.Bool) return Convert([E.Condition(v, E.Constant(1), E.Constant(0))], DType.I32, to);
        if (from == DType.U8) return Convert(x, DType.I32, to);
        if (to == DType.U8)
            return from.IsFloat() ? [Call(typeof(Math), "Clamp", Convert(x, from, DType.I32)[0], E.Constant(0), E.Constant(255))]
                : [E.And(Convert(x, from, DType.I32)[0], E.Constant(255))];
        return [from.IsFloat() && !to.IsFloat() ? Call(typeof(ScalarLanes), "Saturate" + to, E.Convert(v, typeof(double))) : E.Convert(v, Register(to))];
    }

    internal static int SaturateI32(double x) => double.IsNaN(x) ? 0 : x <= int.MinValue ? int.MinValue : x >= int.MaxValue ? int.MaxValue : (int)x;
    internal static uint SaturateU32(double x) => double.IsNaN(x) || x <= 0 ? 0 : x >= uint.MaxValue ? uint.MaxValue : (uint)x;
    internal static long SaturateI64(double x) => double.IsNaN(x) ? 0 : x <= long.MinValue ? long.MinValue : x >= long.MaxValue ? long.MaxValue : (long)x;

    E Read(DType type, E address) => type == DType.U8 ? Call(math, "ReadByte", address) : Call(math, "Read", type.Clr(), address);
    public override E[] LoadSplat(DType type, E address, E? mask) => [mask is null ? Read(type, address) : E.Condition(mask, Read(type, address), E.Default(Register(type)))];
    public override E[] Load(DType type, E address, E? mask) => LoadSplat(type, address, mask);
    public override E[] LoadStrided(DType type, E address, E step, E? steps, E? mask) => LoadSplat(type, address, mask);
    public override E[] Pick(DType type, E address, E index, E? mask) =>
        LoadSplat(type, E.Add(address, E.Multiply(E.Convert(index, typeof(long)), E.Constant((long)type.Size()))), mask);
    public override E Store(DType type, E[] x, E address, E? mask)
    {
        var write = StoreFirst(type, x, address);
        return mask is null ? write : E.IfThen(mask, write);
    }
    public override E StoreFirst(DType type, E[] x, E address) =>
        type switch { DType.U8 => Call(math, "WriteByte", x[0], address), DType.Bool => Call(math, "WriteBool", x[0], address), _ => Call(math, "Write", x[0], address) };
    public override E Indices() => E.Constant(0);
    public override E Mask(E n) => E.GreaterThan(n, E.Constant(0L));
    public override E FoldLanes(FoldKind kind, DType type, E r) => r;
}
