using System.Linq.Expressions;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

/// <summary>Vectors of 4-byte lanes; 8-byte elements take two registers.</summary>
sealed class VectorLanes(Type vector, Type register, int bits) : Lanes
{
    static readonly Type math = typeof(LaneMath), gather = typeof(LaneGather);
    readonly bool hasMasks = bits == 512 ? Avx512F.IsSupported : Avx.IsSupported;

    public override int Count => bits / 32;
    public override bool MasksAreFree => bits == 512;
    protected override bool Scales => bits == 512 && Avx512F.IsSupported;
    public override int Parts(DType type) => type.Size() == 8 ? 2 : 1;

    static Type Element(DType type) => type switch { DType.Bool or DType.U8 => typeof(int), _ => type.Clr() };
    /// <summary>The type of numbers that masked and gathering instructions take in the place of an element of as many bytes.</summary>
    static Type Real(DType type) => type.Size() == 8 ? typeof(double) : typeof(float);
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

    E All => V("Create", E.Constant(-1));
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
        Fun.Scale => Scales ? Call(typeof(Avx512F), "Scale", x) : Scaled(t, x[0], x[1]),
        Fun.PiQuadrant or Fun.PiHigh or Fun.PiLow or Fun.RemLarge => Call(typeof(Lanes).Assembly.GetType("StagedDiff.Reduction")!, fun.ToString(), x),
        _ => throw new InvalidOperationException($"No code for {fun}."),
    };

    /// <summary>x·2ⁿ without an instruction for it: by 2 to half of n, and by the rest. Added to 1.5·2^fraction a number has its integer in the low bits.</summary>
    E Scaled(DType t, E x, E n)
    {
        var (rounder, bias, fraction) = t == DType.F32 ? (12582912.0, 127, 23) : (6755399441055744.0, 1023, 52);
        E Number(double d) => Literal(t, BitConverter.DoubleToInt64Bits(d))[0];
        E Bits(E r) => As(r, t == DType.F32 ? typeof(int) : typeof(long));
        E Power(E biased) => As(Call(biased.Type, "op_LeftShift", biased, E.Constant(fraction)), Element(t));
        var (whole, half) = (E.Variable(x.Type), E.Variable(x.Type));
        return E.Block([whole, half],
            E.Assign(whole, Operator(ExpressionType.Add, n, Number(rounder + 2 * bias))),
            E.Assign(half, V("FusedMultiplyAdd", n, Number(0.5), Number(rounder + bias))),
            Operator(ExpressionType.Multiply, Operator(ExpressionType.Multiply, x, Power(Bits(half))), Power(Operator(ExpressionType.Subtract, Bits(whole), Bits(half)))));
    }

    /// <summary>A shift by a literal; the count is no register. By the operators, which the JIT knows: <c>Vector128.ShiftLeft</c> it inlines.</summary>
    public E[] Shift(Fun fun, DType t, E[] x, int n)
    {
        string name = fun == Fun.ShiftLeft ? "op_LeftShift" : t is DType.U32 or DType.U8 ? "op_UnsignedRightShift" : "op_RightShift";
        E[] y = Array.ConvertAll(x, r => Call(r.Type, name, r, E.Constant(n)));
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
        return [.. Masks(mask, type).Select((m, k) => hasMasks
            ? As(Call(math, "MaskLoad", Step(address, k), As(m, Real(type))), Element(type))
            : Call(gather, "Strided", Step(address, k), E.Constant((long)type.Size()), m))];
    }

    E Step(E address, int part) => part == 0 ? address : E.Add(address, E.Constant((long)bits / 8));

    public override E? Steps(DType type, long step)
    {
        if (!Avx2.IsSupported || IsBytes(type) || Math.Abs(step) > 1 << 24) return null;
        var (holder, ints) = bits > 128 && type.Size() == 4 ? (typeof(Vector256), typeof(Vector256<int>)) : (typeof(Vector128), typeof(Vector128<int>));
        return Operator(ExpressionType.Multiply, E.Property(null, ints, "Indices"), Call(holder, "Create", E.Constant((int)step)));
    }

    public override E[] LoadStrided(DType type, E address, E step, E? steps, E? mask)
    {
        if (IsBytes(type))
        {
            var bytes = Call(gather, "StridedBytes", address, step, mask ?? All);
            return [type == DType.Bool ? Operator(ExpressionType.Negate, bytes) : bytes];
        }
        E At(int lane) => lane == 0 ? address : E.Add(address, E.Multiply(step, E.Constant((long)lane)));
        int each = bits / 8 / type.Size();
        if (steps is null) return [.. Masks(mask ?? All, type).Select((m, k) => Call(gather, "Strided", At(k * each), step, m))];
        var masks = mask is null ? null : Masks(mask, type);
        return [.. Enumerable.Range(0, Parts(type)).Select(k => Gather(type, half => (At(k * each + half * each / 2), steps), masks?[k]))];
    }

    public override E[] Pick(DType type, E address, E index, E? mask)
    {
        if (IsBytes(type))
        {
            var bytes = Call(gather, "PickBytes", address, index, mask ?? All);
            return [type == DType.Bool ? Operator(ExpressionType.Negate, bytes) : bytes];
        }
        if (!Avx2.IsSupported) return [.. Enumerable.Range(0, Parts(type)).Select(k => Call(gather, "Pick", Element(type), address, index, mask ?? All, E.Constant(k)))];
        var masks = mask is null ? null : Masks(mask, type);
        return [.. Enumerable.Range(0, Parts(type)).Select(k =>
        {
            // The lanes of the index for this part: half of them for elements of 8 bytes.
            var part = Parts(type) == 1 ? index : bits > 128 ? Half(index, k) : k == 0 ? index : V("Shuffle", index, V("Create", E.Constant(2), E.Constant(3), E.Constant(2), E.Constant(3)));
            return Gather(type, half => (address, bits == 512 ? Half(part, half) : part), masks?[k]);
        })];
    }

    /// <summary>One register; one of 512 bits from two halves, for which there is an instruction.</summary>
    E Gather(DType type, Func<int, (E Address, E Index)> from, E? mask)
    {
        var m = mask is null ? null : As(mask, Real(type));
        E One(int half, E? m) => Call(gather, $"{Real(type).Name}{Math.Min(bits, 256)}", m is null ? [from(half).Address, from(half).Index] : [from(half).Address, from(half).Index, m]);
        var x = bits < 512 ? One(0, m) : Call(vector, "WithUpper", Call(typeof(Vector256), "ToVector512Unsafe", One(0, m is null ? null : Half(m, 0))), One(1, m is null ? null : Half(m, 1)));
        return As(x, Element(type));
    }

    static E Half(E x, int half) => Call(x.Type.GetGenericTypeDefinition() == typeof(Vector512<>) ? typeof(Vector512) : typeof(Vector256), half == 0 ? "GetLower" : "GetUpper", x);

    public override E Store(DType type, E[] x, E address, E? mask)
    {
        if (IsBytes(type))
        {
            var bytes = type == DType.Bool ? Operator(ExpressionType.Negate, x[0]) : x[0];
            return mask is null ? Call(math, "StoreBytes", bytes, address) : Call(math, "MaskStoreBytes", bytes, address, mask);
        }
        if (mask is null) return E.Block(x.Select((r, k) => Call(math, "Store", r, Step(address, k))));
        var masks = Masks(mask, type);
        return E.Block(x.Select((r, k) => hasMasks ? Call(math, "MaskStore", As(r, Real(type)), Step(address, k), As(masks[k], Real(type)))
            : Call(gather, "Scatter", r, Step(address, k), masks[k])));
    }

    public override E StoreFirst(DType type, E[] x, E address)
    {
        var one = V("ToScalar", x[0]);
        return IsBytes(type) ? Call(math, "WriteByte", type == DType.Bool ? Operator(ExpressionType.Negate, one) : one, address) : Call(math, "Write", one, address);
    }

    public override E Indices() => E.Property(null, Register(DType.I32), "Indices");
    public override E Mask(E n) => V("LessThan", Indices(), V("Create", E.Convert(n, typeof(int))));

    // Halves onto halves, the same tree at every width.
    public override E FoldLanes(FoldKind kind, DType type, E register)
    {
        if (type.IsFloat() && kind is FoldKind.Max or FoldKind.Min) return FoldOrdered(kind, type, register);
        var (locals, code) = (new List<ParameterExpression>(), new List<E>());
        E Let(E e)
        {
            locals.Add(E.Variable(e.Type));
            code.Add(E.Assign(locals[^1], e));
            return locals[^1];
        }
        var x = Let(register);
        foreach (var half in new[] { Bits256, Bits128 })
            if (half.Count < Count) x = Let(half.Combine(kind, type, Half(x, 0), Half(x, 1)));
        E Shuffled(Type element, params E[] from) => ((VectorLanes)Bits128).As(Call(typeof(Vector128), "Shuffle", ((VectorLanes)Bits128).As(x, element), Call(typeof(Vector128), "Create", from)), Element(type));
        x = Let(Bits128.Combine(kind, type, x, Shuffled(typeof(long), E.Constant(1L), E.Constant(0L))));
        if (type.Size() < 8) x = Let(Bits128.Combine(kind, type, x, Shuffled(typeof(int), E.Constant(1), E.Constant(0), E.Constant(3), E.Constant(2))));
        code.Add(Call(typeof(Vector128), "ToScalar", x));
        return E.Block(locals, code);
    }

    /// <summary>
    /// The greatest or least float by way of integers that are ordered alike: −0 below +0, each NaN beyond all. One cycle a step, where the
    /// maximum of floats takes a dozen; which of several NaNs comes out is not specified.
    /// </summary>
    E FoldOrdered(FoldKind kind, DType type, E register)
    {
        var (integer, most) = type == DType.F32 ? (DType.I32, (long)int.MaxValue) : (DType.I64, long.MaxValue);
        var scalar = integer.Clr();
        var (x, key, best) = (E.Variable(register.Type), E.Variable(Register(integer)), E.Variable(scalar));
        // Negative numbers have their order turned round; where the sign is not set nothing changes. It is its own inverse.
        var bits = As(x, scalar);
        var turned = Operator(ExpressionType.ExclusiveOr, bits, Operator(ExpressionType.And, Shift(Fun.ShiftRight, integer, [bits], 8 * type.Size() - 1)[0], Literal(integer, most)[0]));
        var isNumber = As(V("Equals", x, x), scalar);
        E back = E.ExclusiveOr(best, E.And(E.RightShift(best, E.Constant(8 * type.Size() - 1)), type == DType.F32 ? E.Constant((int)most) : E.Constant(most)));
        return E.Block([x, key, best],
            E.Assign(x, register),
            E.Assign(key, V("ConditionalSelect", isNumber, turned, Literal(integer, kind == FoldKind.Max ? most : ~most)[0])),
            E.Assign(best, FoldLanes(kind, integer, key)),
            Call(typeof(BitConverter), type == DType.F32 ? "Int32BitsToSingle" : "Int64BitsToDouble", back));
    }
}
