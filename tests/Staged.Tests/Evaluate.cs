namespace StagedDiff.Tests;

/// <summary>
/// What every machine operation means, one scalar at a time: the reference that compiled code is compared with, bit by bit.
/// A number is held in 64 bits: those of the double for F64, of the float for F32, else the integer, wrapped to its type and extended by its sign.
/// </summary>
static class Evaluate
{
    public static long Bits(float x) => BitConverter.SingleToInt32Bits(x);
    public static long Bits(double x) => BitConverter.DoubleToInt64Bits(x);
    public static float Single(long bits) => BitConverter.Int32BitsToSingle((int)bits);
    public static double Double(long bits) => BitConverter.Int64BitsToDouble(bits);

    /// <summary>The bits of a number of any type, rounded to it.</summary>
    public static long Bits(DType type, double number) => type switch { DType.F32 => Bits((float)number), DType.F64 => Bits(number), _ => (long)number };

    /// <summary>A number of any type as a double.</summary>
    public static double Number(DType type, long bits) => type switch { DType.F32 => Single(bits), DType.F64 => Double(bits), _ => bits };

    /// <summary>A value at one point of its loops, from the elements of the buffers it loads from.</summary>
    public static long Run(Value v, IReadOnlyDictionary<int, long[]> buffers, params long[] loops) =>
        Compile(v, (load, at) => buffers[load.Buffer][at], i => loops[i])();

    /// <summary>
    /// A value as a function that computes every node of its DAG once, anew at each call. <paramref name="load"/> answers what is at an address,
    /// <paramref name="loop"/> how far a loop is. Not for two threads at once.
    /// </summary>
    public static Func<long> Compile(Value root, Func<Load, long, long> load, Func<int, long> loop)
    {
        var order = new List<Value>();
        var place = new Dictionary<Value, int>();
        void Visit(Value v)
        {
            if (place.ContainsKey(v)) return;
            foreach (var x in v.Operands) Visit(x);
            place[v] = order.Count;
            order.Add(v);
        }
        Visit(root);

        var results = new long[order.Count];
        long At(Affine a) => a.Constant.Value + a.Loops.Sum(t => t.Factor.Value * loop(t.Variable))
            + a.Computed.Sum(t => t.Factor.Value * results[place[t.Value]]);
        Func<long> Step(Value v)
        {
            switch (v)
            {
                case Literal l:
                    var bits = l.Type == DType.F32 ? Bits((float)l.Number) : l.Bits;
                    return () => bits;
                case Load { Guard: null } l: return () => load(l, At(l.At));
                case Load l: return () => results[place[l.Guard]] != 0 ? load(l, At(l.At)) : 0;
                case Counter c: return () => Convert(c.Type, DType.I64, At(c.At));
                case Apply a:
                    var (fun, type, of) = (a.Fun, a.Type, a.X[0].Type);
                    var x = place[a.X[0]];
                    if (a.X.Length == 1) return () => Run(fun, type, of, results[x]);
                    var y = place[a.X[1]];
                    if (a.X.Length == 2) return () => Run(fun, of, results[x], results[y]);
                    var z = place[a.X[2]];
                    return () => Run(fun, type, results[x], results[y], results[z]);
                default: throw new NotSupportedException($"{v.GetType().Name} has no value at one point.");
            }
        }

        var steps = order.Select(Step).ToArray();
        return () =>
        {
            for (var i = 0; i < steps.Length; i++) results[i] = steps[i]();
            return results[^1];
        };
    }

    /// <summary>An operation of one operand of type <paramref name="of"/> with a result of type <paramref name="type"/>.</summary>
    public static long Run(Fun fun, DType type, DType of, long x) => fun switch
    {
        Fun.Convert => Convert(type, of, x),
        Fun.Bitcast => type == DType.U32 ? (uint)x : of == DType.U32 ? (int)x : x,
        Fun.Not => type == DType.Bool ? x ^ 1 : Wrap(type, ~x),
        _ when type == DType.F32 => Bits(fun switch
        {
            Fun.Neg => -Single(x),
            Fun.Abs => MathF.Abs(Single(x)),
            Fun.Sqrt => MathF.Sqrt(Single(x)),
            Fun.Floor => MathF.Floor(Single(x)),
            Fun.Ceiling => MathF.Ceiling(Single(x)),
            Fun.Truncate => MathF.Truncate(Single(x)),
            Fun.Round => MathF.Round(Single(x), MidpointRounding.ToEven),
            Fun.PiQuadrant => Reduction.PiQuadrant(Single(x)),
            Fun.PiHigh => Reduction.PiHigh(Single(x)),
            Fun.PiLow => Reduction.PiLow(Single(x)),
            _ => throw Unknown(fun, type),
        }),
        _ when type == DType.F64 => Bits(fun switch
        {
            Fun.Neg => -Double(x),
            Fun.Abs => Math.Abs(Double(x)),
            Fun.Sqrt => Math.Sqrt(Double(x)),
            Fun.Floor => Math.Floor(Double(x)),
            Fun.Ceiling => Math.Ceiling(Double(x)),
            Fun.Truncate => Math.Truncate(Double(x)),
            Fun.Round => Math.Round(Double(x), MidpointRounding.ToEven),
            Fun.PiQuadrant => Reduction.PiQuadrant(Double(x)),
            Fun.PiHigh => Reduction.PiHigh(Double(x)),
            Fun.PiLow => Reduction.PiLow(Double(x)),
            _ => throw Unknown(fun, type),
        }),
        Fun.Neg => Wrap(type, -x),
        Fun.Abs => Wrap(type, x < 0 ? -x : x), // the smallest stays itself
        Fun.Floor or Fun.Ceiling or Fun.Truncate or Fun.Round => x,
        _ => throw Unknown(fun, type),
    };

    /// <summary>An operation of two operands of one type; comparisons give a Bool. A shift's second operand is an I32.</summary>
    public static long Run(Fun fun, DType type, long x, long y) => type switch
    {
        DType.F32 => Run(fun, Single(x), Single(y)),
        DType.F64 => Run(fun, Double(x), Double(y)),
        _ => fun switch
        {
            Fun.Less => x < y ? 1 : 0,
            Fun.LessEqual => x <= y ? 1 : 0,
            Fun.Equal => x == y ? 1 : 0,
            Fun.NotEqual => x != y ? 1 : 0,
            _ => Wrap(type, fun switch
            {
                Fun.Add => x + y,
                Fun.Sub => x - y,
                Fun.Mul => x * y,
                // By 0: 0 and x, so that x = (x / y) y + x % y.
                Fun.Div => y == 0 ? 0 : y == -1 ? -x : x / y,
                Fun.Rem => y == 0 ? x : y == -1 ? 0 : x % y,
                Fun.Max => Math.Max(x, y),
                Fun.Min => Math.Min(x, y),
                Fun.And => x & y,
                Fun.Or => x | y,
                Fun.Xor => x ^ y,
                Fun.ShiftLeft => x << (int)y,
                Fun.ShiftRight => x >> (int)y, // unsigned numbers are held non-negative
                _ => throw Unknown(fun, type),
            }),
        },
    };

    static long Run(Fun fun, float x, float y) => fun switch
    {
        Fun.Less => x < y ? 1 : 0,
        Fun.LessEqual => x <= y ? 1 : 0,
        Fun.Equal => x == y ? 1 : 0,
        Fun.NotEqual => x != y ? 1 : 0,
        _ => Bits(fun switch
        {
            Fun.Add => x + y,
            Fun.Sub => x - y,
            Fun.Mul => x * y,
            Fun.Div => x / y,
            Fun.Rem => x % y,
            Fun.Max => MathF.Max(x, y),
            Fun.Min => MathF.Min(x, y),
            Fun.RemLarge => Reduction.RemLarge(x, y),
            Fun.Scale => float.IsNaN(y) ? y : (float)Math.ScaleB(x, (int)y),
            _ => throw Unknown(fun, DType.F32),
        }),
    };

    static long Run(Fun fun, double x, double y) => fun switch
    {
        Fun.Less => x < y ? 1 : 0,
        Fun.LessEqual => x <= y ? 1 : 0,
        Fun.Equal => x == y ? 1 : 0,
        Fun.NotEqual => x != y ? 1 : 0,
        _ => Bits(fun switch
        {
            Fun.Add => x + y,
            Fun.Sub => x - y,
            Fun.Mul => x * y,
            Fun.Div => x / y,
            Fun.Rem => x % y,
            Fun.Max => Math.Max(x, y),
            Fun.Min => Math.Min(x, y),
            Fun.RemLarge => Reduction.RemLarge(x, y),
            Fun.Scale => double.IsNaN(y) ? y : Math.ScaleB(x, (int)y),
            _ => throw Unknown(fun, DType.F64),
        }),
    };

    /// <summary>An operation of three operands.</summary>
    public static long Run(Fun fun, DType type, long x, long y, long z) => (fun, type) switch
    {
        (Fun.Select, _) => x != 0 ? y : z,
        (Fun.Fma, DType.F32) => Bits(MathF.FusedMultiplyAdd(Single(x), Single(y), Single(z))),
        (Fun.Fma, DType.F64) => Bits(Math.FusedMultiplyAdd(Double(x), Double(y), Double(z))),
        (Fun.Fma, _) => Wrap(type, x * y + z),
        _ => throw Unknown(fun, type),
    };

    /// <summary>Floats to integers truncate, saturate and turn NaN into 0; integers wrap; to Bool: is it not zero.</summary>
    static long Convert(DType type, DType of, long x)
    {
        if (type == of) return x;
        if (of.IsFloat())
        {
            // C# leaves the conversion of what does not fit open, so it is written out. Every float is exact as a double.
            var number = Number(of, x);
            return type switch
            {
                DType.F32 => Bits((float)number),
                DType.F64 => Bits(number),
                DType.Bool => number != 0 ? 1 : 0, // NaN is not zero
                _ when double.IsNaN(number) => 0,
                DType.I64 => number >= 9223372036854775808.0 ? long.MaxValue : number < -9223372036854775808.0 ? long.MinValue : (long)number,
                DType.I32 => (long)Math.Clamp(number, int.MinValue, int.MaxValue),
                DType.U32 => (long)Math.Clamp(number, 0, uint.MaxValue),
                _ => (long)Math.Clamp(number, 0, byte.MaxValue),
            };
        }
        return type switch { DType.F32 => Bits((float)x), DType.F64 => Bits((double)x), _ => Wrap(type, x) };
    }

    static long Wrap(DType type, long x) => type switch
    {
        DType.Bool => x != 0 ? 1 : 0,
        DType.U8 => (byte)x,
        DType.I32 => (int)x,
        DType.U32 => (uint)x,
        _ => x,
    };

    static NotSupportedException Unknown(Fun fun, DType type) => new($"{fun} of {type.Name()}");
}
