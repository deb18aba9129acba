using System.Globalization;
using System.Numerics;

namespace StagedDiff.Tests;

/// <summary>
/// What each op means for each element type that it takes, against scalars: integers in arithmetic without bounds, wrapped at the end; floats by
/// System.Math in double, exact or within a few units in the last place; data that moves by its index. Special values are among the operands.
/// </summary>
public sealed class ValueTests
{
    static readonly DType[] floats = [DType.F32, DType.F64], ints = [DType.I32, DType.I64, DType.U32, DType.U8];

    // ---------------------------------------------------------------- floats

    static readonly Dictionary<string, Func<double, double>> exactOne = new()
    {
        ["neg"] = x => -x,
        ["abs"] = Math.Abs,
        ["sign"] = x => x > 0 ? 1 : x < 0 ? -1 : x,
        ["sqrt"] = Math.Sqrt,
        ["floor"] = Math.Floor,
        ["ceiling"] = Math.Ceiling,
        ["round"] = x => Math.Round(x, MidpointRounding.ToEven),
        ["truncate"] = Math.Truncate,
        ["stop gradient"] = x => x,
    };

    static readonly Dictionary<string, Func<double, double, double>> exactTwo = new()
    {
        ["add"] = (a, b) => a + b,
        ["sub"] = (a, b) => a - b,
        ["mul"] = (a, b) => a * b,
        ["mulz"] = (a, b) => a == 0 ? a : a * b,
        ["div"] = (a, b) => a / b,
        ["rem"] = (a, b) => a % b,
        ["maximum"] = Math.Max,
        ["minimum"] = Math.Min,
    };

    // The references are good to a few units themselves.
    static readonly Dictionary<string, Func<double, double>> nearOne = new()
    {
        ["exp"] = Math.Exp,
        ["log"] = Math.Log,
        ["log1p"] = x => Math.Abs(x) < 1e-5 ? x - x * x / 2 + x * x * x / 3 : x > 1e300 ? Math.Log(x) : Math.Log(1 + x) * (x / (1 + x - 1)),
        ["expm1"] = x => Math.Abs(x) < 1e-5 ? x + x * x / 2 + x * x * x / 6 : Math.Abs(x) < 1 ? 2 * Math.Exp(x / 2) * Math.Sinh(x / 2) : Math.Exp(x) - 1,
        ["rsqrt"] = x => 1 / Math.Sqrt(x),
        ["sin"] = Math.Sin,
        ["cos"] = Math.Cos,
        ["tan"] = Math.Tan,
        ["tanh"] = Math.Tanh,
        ["logistic"] = x => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x)),
        ["erf"] = Erf,
        ["asin"] = Math.Asin,
        ["acos"] = Math.Acos,
        ["atan"] = Math.Atan,
        ["sinh"] = Math.Sinh,
        ["cosh"] = Math.Cosh,
        ["asinh"] = Math.Asinh,
        ["acosh"] = Math.Acosh,
        ["atanh"] = Math.Atanh,
    };

    /// <summary>The Taylor series, Abramowitz and Stegun 7.1.5, at the decimal next to x; within rounding of ±1 from 6 on.</summary>
    static double Erf(double x)
    {
        if (double.IsNaN(x) || Math.Abs(x) > 6) return double.IsNaN(x) ? x : Math.Sign(x);
        decimal term = (decimal)x, sum = term, square = term * term;
        for (int n = 1; n < 200; n++)
        {
            term *= -square / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * (x * x < 1e-20 ? x : (double)sum + (x - (double)(decimal)x) * Math.Exp(-x * x));
    }

    public static TheoryData<string> NamesOf(IEnumerable<string> names) => [.. names];
    public static TheoryData<string> ExactOne => NamesOf(exactOne.Keys);
    public static TheoryData<string> ExactTwo => NamesOf(exactTwo.Keys);
    public static TheoryData<string> NearOne => NamesOf(nearOne.Keys);

    static Tensor[] Operands(string name, DType type, int count) => [.. Enumerable.Range(0, 2).SelectMany(k =>
        k == 0 ? [SpecialLaws.Combinations([.. Enumerable.Repeat(type, count)])] : new[] { Cases.ByName[name].At(type, [.. Enumerable.Repeat<Shape>([500], count)]) })
        .Aggregate((a, b) => [.. a.Zip(b, (x, y) => Prim.Concatenate(0, x, y))])];

    static double At(Tensor t, int i) => Convert.ToDouble(t.Contiguous().Storage.Data.GetValue(i), CultureInfo.InvariantCulture);

    static Tensor Rounded(double[] x, DType type) => type == DType.F32 ? Tensor.Wrap(Array.ConvertAll(x, d => (float)d), x.Length) : Tensor.Wrap(x, x.Length);

    [Theory, MemberData(nameof(ExactOne))]
    public void A_function_of_one_float_is_exact(string name)
    {
        foreach (var type in floats)
        {
            var x = Operands(name, type, 1);
            Numbers.SameBits([Rounded([.. Enumerable.Range(0, (int)x[0].Size).Select(i => exactOne[name](At(x[0], i)))], type)], Cases.ByName[name].F(x), $"{name} of {type.Name()}");
        }
    }

    [Theory, MemberData(nameof(ExactTwo))]
    public void A_function_of_two_floats_is_exact(string name)
    {
        foreach (var type in floats)
        {
            // An operation on two F32 rounded from double is the one rounded once: 53 ≥ 2·24 + 2.
            var x = Operands(name, type, 2);
            Numbers.SameBits([Rounded([.. Enumerable.Range(0, (int)x[0].Size).Select(i => exactTwo[name](At(x[0], i), At(x[1], i)))], type)], Cases.ByName[name].F(x), $"{name} of {type.Name()}");
        }
    }

    [Theory, MemberData(nameof(NearOne))]
    public void A_function_of_one_float_is_near(string name)
    {
        foreach (var type in floats)
        {
            var x = Operands(name, type, 1);
            var y = Cases.ByName[name].F(x)[0];
            for (int i = 0; i < x[0].Size; i++) Close(nearOne[name](At(x[0], i)), At(y, i), type, $"{name}({At(x[0], i):R}) of {type.Name()}");
        }
    }

    [Fact]
    public void An_angle_is_near()
    {
        foreach (var type in floats)
        {
            var x = Operands("atan2", type, 2);
            var y = Cases.ByName["atan2"].F(x)[0];
            for (int i = 0; i < x[0].Size; i++) Close(Math.Atan2(At(x[0], i), At(x[1], i)), At(y, i), type, $"atan2({At(x[0], i):R}, {At(x[1], i):R}) of {type.Name()}");
        }
    }

    [Fact]
    public void A_power_is_near()
    {
        foreach (var type in floats)
        {
            var x = Operands("pow", type, 2);
            var y = Cases.ByName["pow"].F(x)[0];
            for (int i = 0; i < x[0].Size; i++) Close(Math.Pow(At(x[0], i), At(x[1], i)), At(y, i), type, $"pow({At(x[0], i):R}, {At(x[1], i):R}) of {type.Name()}");
        }
    }

    static void Close(double expected, double actual, DType type, string where)
    {
        double wanted = type == DType.F32 ? (float)expected : expected;
        double unit = type == DType.F32 ? Math.Max(MathF.BitIncrement(MathF.Abs((float)wanted)) - MathF.Abs((float)wanted), float.Epsilon) : Math.BitIncrement(Math.Abs(wanted)) - Math.Abs(wanted);
        Assert.True(wanted.Equals(actual) || wanted == actual || Math.Abs(wanted - actual) <= (type == DType.F32 ? 2 : 8) * unit, $"{where}: expected {wanted:R}, got {actual:R}");
    }

    // ---------------------------------------------------------------- integers and bools

    static readonly Dictionary<string, Func<BigInteger, DType, BigInteger>> integerOne = new()
    {
        ["neg"] = (x, _) => -x,
        ["abs"] = (x, _) => BigInteger.Abs(x),
        ["sign"] = (x, _) => x.Sign,
        ["not"] = (x, type) => type == DType.Bool ? 1 - x : -x - 1,
        ["stop gradient"] = (x, _) => x,
    };

    static readonly Dictionary<string, Func<BigInteger, BigInteger, DType, BigInteger>> integerTwo = new()
    {
        ["add"] = (a, b, _) => a + b,
        ["sub"] = (a, b, _) => a - b,
        ["mul"] = (a, b, _) => a * b,
        ["div"] = (a, b, _) => b == 0 ? 0 : a / b,
        ["rem"] = (a, b, _) => b == 0 ? a : a % b,
        ["pow of integers"] = (a, b, _) => b >= 0 ? BigInteger.ModPow(a, b, BigInteger.One << 64) : a == 1 ? 1 : a == -1 ? b % 2 == 0 ? 1 : -1 : 0,
        ["maximum"] = (a, b, _) => BigInteger.Max(a, b),
        ["minimum"] = (a, b, _) => BigInteger.Min(a, b),
        ["and"] = (a, b, _) => a & b,
        ["or"] = (a, b, _) => a | b,
        ["xor"] = (a, b, _) => a ^ b,
        ["shift left"] = (a, b, type) => b >= 0 && b < 8 * type.Size() ? a << (int)b : 0,
        ["shift right"] = (a, b, type) => b >= 0 && b < 8 * type.Size() ? a >> (int)b : a < 0 ? -1 : 0,
    };

    static BigInteger Whole(Tensor t, int i) => t.Contiguous().Storage.Data.GetValue(i) switch { bool b => b ? 1 : 0, byte b => b, int n => n, uint n => n, var n => (long)n! };

    static BigInteger Wrapped(BigInteger x, DType type)
    {
        var bits = type == DType.Bool ? 1 : 8 * type.Size();
        var low = x & ((BigInteger.One << bits) - 1);
        return type is DType.I32 or DType.I64 && low >= BigInteger.One << (bits - 1) ? low - (BigInteger.One << bits) : low;
    }

    static DType[] Whole(string name) => [.. Cases.ByName[name].Types.Where(t => !t.IsFloat())];

    public static TheoryData<string> IntegerOne => NamesOf(integerOne.Keys);
    public static TheoryData<string> IntegerTwo => NamesOf(integerTwo.Keys);

    [Theory, MemberData(nameof(IntegerOne))]
    public void A_function_of_one_integer_is_exact_and_wraps(string name)
    {
        foreach (var type in Whole(name))
        {
            var x = Operands(name, type, 1);
            var y = Cases.ByName[name].F(x)[0];
            for (int i = 0; i < x[0].Size; i++)
                Assert.True(Wrapped(integerOne[name](Whole(x[0], i), type), type) == Whole(y, i), $"{name} of {Whole(x[0], i)} in {type.Name()}: {Whole(y, i)}");
        }
    }

    [Theory, MemberData(nameof(IntegerTwo))]
    public void A_function_of_two_integers_is_exact_and_wraps(string name)
    {
        foreach (var type in Whole(name))
        {
            var x = Operands(name, type, 2);
            var y = Cases.ByName[name].F(x)[0];
            for (int i = 0; i < x[0].Size; i++)
                Assert.True(Wrapped(integerTwo[name](Whole(x[0], i), Whole(x[1], i), type), type) == Whole(y, i), $"{name} of {Whole(x[0], i)} and {Whole(x[1], i)} in {type.Name()}: {Whole(y, i)}");
        }
    }

    [Fact]
    public void Comparisons_are_those_of_numbers_and_false_is_less_than_true()
    {
        foreach (var type in DTypes.All)
        {
            var x = Operands("less", type, 2);
            void Is(string name, Func<double, double, bool> f) => Assert.Equal(Enumerable.Range(0, (int)x[0].Size).Select(i => f(Exact(x[0], i), Exact(x[1], i))), Cases.ByName[name].F(x)[0].ToArray<bool>());
            // No two of the special I64 are one double.
            double Exact(Tensor t, int i) => At(t, i);
            Is("less", (a, b) => a < b);
            Is("less equal", (a, b) => a <= b);
            Is("equal", (a, b) => a == b);
            Is("not equal", (a, b) => a != b);
        }
    }

    [Fact]
    public void A_cast_truncates_saturates_and_wraps()
    {
        foreach (var from in DTypes.All)
            foreach (var to in DTypes.All)
            {
                var x = Operands("neg", from == DType.Bool ? DType.I32 : from, 1)[0];
                if (from == DType.Bool) x = x > 0;
                var y = Prim.Cast(x, to);
                for (int i = 0; i < x.Size; i++)
                {
                    if (to.IsFloat())
                    {
                        double number = from.IsFloat() ? At(x, i) : (double)(long)Whole(x, i), single = from.IsFloat() ? (float)At(x, i) : (float)(long)Whole(x, i);
                        Assert.Equal(to == DType.F32 ? single : number, At(y, i));
                    }
                    else Assert.True(Cast(x, i, to) == Whole(y, i), $"{x[i]} as {to.Name()}: expected {Cast(x, i, to)}, got {Whole(y, i)}");
                }
            }
    }

    static BigInteger Cast(Tensor x, int i, DType to)
    {
        if (to == DType.Bool) return x.DType.IsFloat() ? (At(x, i) != 0 ? 1 : 0) : Whole(x, i) != 0 ? 1 : 0;
        if (!x.DType.IsFloat()) return Wrapped(Whole(x, i), to);
        int bits = 8 * to.Size();
        var (least, most) = to is DType.I32 or DType.I64 ? (-(BigInteger.One << (bits - 1)), (BigInteger.One << (bits - 1)) - 1) : (0, (BigInteger.One << bits) - 1);
        double n = At(x, i);
        return double.IsNaN(n) ? 0 : double.IsInfinity(n) ? n > 0 ? most : least : BigInteger.Clamp((BigInteger)n, least, most);
    }

    [Fact]
    public void Folds_of_integers_wrap()
    {
        foreach (var type in DTypes.All.Where(t => !t.IsFloat()))
        {
            var x = SpecialLaws.Combinations([type, type])[0];
            BigInteger[] n = [.. Enumerable.Range(0, (int)x.Size).Select(i => Whole(x, i))];
            void Is(BigInteger expected, Tensor y) => Assert.Equal(Wrapped(expected, type), Whole(y, 0));
            Is(n.Max(), Prim.Max(x, [0]));
            Is(n.Min(), Prim.Min(x, [0]));
            Assert.Equal(Array.IndexOf(n, n.Max()), Prim.ArgMax(x, 0).Item<int>());
            Assert.Equal(Array.IndexOf(n, n.Min()), Prim.ArgMin(x, 0).Item<int>());
            if (type is DType.Bool or DType.U8) continue;
            Is(n.Aggregate((a, b) => a + b), Prim.Sum(x, [0]));
            var odd = Prim.Or(x, Prim.Ones(x.Type));
            Is(Enumerable.Range(0, n.Length).Select(i => Whole(odd, i)).Aggregate((a, b) => a * b), Prim.Prod(odd, [0]));
            Is(n.Aggregate(BigInteger.Zero, (sum, a) => sum + a * a), Prim.Dot(Prim.Reshape(x, [1, n.Length]), Prim.Reshape(x, [n.Length, 1])));
        }
    }

    /// <summary>Source: the known answers of Random123 1.14, threefry2x32 with 20 rounds.</summary>
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0x6b200159u, 0x99ba4efeu)]
    [InlineData(uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue, 0x1cb996fcu, 0xbb002be7u)]
    [InlineData(0x13198a2eu, 0x03707344u, 0x243f6a88u, 0x85a308d3u, 0xc4923a9cu, 0x483df7a0u)]
    public void Threefry_gives_the_known_answers(uint k0, uint k1, uint c0, uint c1, uint y0, uint y1)
    {
        var (a, b) = Prim.Threefry(Tensor.From(k0), Tensor.From(k1), Tensor.From(c0), Tensor.From(c1));
        Assert.Equal((y0, y1), (a.AsSpan<uint>()[0], b.AsSpan<uint>()[0]));
    }

    // ---------------------------------------------------------------- data that moves: the element at [i, j] of the result, by its place in a 3 × 5 operand

    static readonly (string Name, Func<Tensor, Tensor> F, int Rows, int Columns, Func<int, int, int> Place)[] moves =
    [
        ("transpose",        x => Prim.Transpose(x),                                                                        5, 3,  (i, j) => j * 5 + i),
        ("slice",            x => Prim.Slice(x, [1, 2], [3, 5], [1, 1]),                                                    2, 3,  (i, j) => (i + 1) * 5 + j + 2),
        ("slice steps",      x => Prim.Slice(x, [0, 1], [3, 5], [2, 3]),                                                    2, 2,  (i, j) => 2 * i * 5 + 1 + 3 * j),
        ("reverse",          x => Prim.Reverse(x, [0, 1]),                                                                  3, 5,  (i, j) => 14 - (i * 5 + j)),
        ("reverse rows",     x => Prim.Reverse(x, [0]),                                                                     3, 5,  (i, j) => (2 - i) * 5 + j),
        ("reshape",          x => Prim.Reshape(x, [5, 3]),                                                                  5, 3,  (i, j) => i * 3 + j),
        ("of a transpose",   x => Prim.Reshape(Prim.Transpose(x), [3, 5]),                                                  3, 5,  (i, j) => (i * 5 + j) % 3 * 5 + (i * 5 + j) / 3),
        ("broadcast",        x => Prim.Broadcast(x[1], [4, 5], [0]),                                                        4, 5,  (i, j) => 5 + j),
        ("pad",              x => Prim.Pad(x, x[0, 0], [1, 2], [2, 0], [0, 0]),                                             6, 7,  (i, j) => i >= 1 && i < 4 && j >= 2 ? (i - 1) * 5 + j - 2 : 0),
        ("pad between",      x => Prim.Pad(x, x[0, 0], [0, 1], [0, 0], [1, 2]),                                             5, 14, (i, j) => i % 2 == 0 && j >= 1 && (j - 1) % 3 == 0 ? i / 2 * 5 + (j - 1) / 3 : 0),
        ("concatenate",      x => Prim.Concatenate(0, x, x[1..]),                                                           5, 5,  (i, j) => (i < 3 ? i : i - 2) * 5 + j),
        ("gather",           x => Prim.Gather(x, Tensor.From([4, 0, -1, 2]), 1),                                            3, 4,  (i, j) => i * 5 + new[] { 4, 0, 4, 2 }[j]),
        ("gather by rows",   x => new Gather(1, 1).Of(x, Tensor.From([4, 0, -1, 2, 1, 1], 3, 2)),                           3, 2,  (i, j) => i * 5 + new[,] { { 4, 0 }, { 4, 2 }, { 1, 1 } }[i, j]),
        ("gather by i64",    x => Prim.Gather(x, Tensor.From(new long[] { 2, 0, -2 }), 0),                                  3, 5,  (i, j) => new[] { 2, 0, 1 }[i] * 5 + j),
        ("select",           x => Prim.Select(Tensor.From(Enumerable.Range(0, 15).Select(k => k % 3 == 0).ToArray(), 3, 5), x, Prim.Reverse(x, [0, 1])), 3, 5, (i, j) => (i * 5 + j) % 3 == 0 ? i * 5 + j : 14 - (i * 5 + j)),
    ];

    public static TheoryData<string> Moves => NamesOf(moves.Select(m => m.Name));

    [Theory, MemberData(nameof(Moves))]
    public void Every_type_of_element_moves_to_its_place(string name)
    {
        var (_, f, rows, columns, place) = moves.Single(m => m.Name == name);
        foreach (var type in DTypes.All)
        {
            var x = Cases.ByName["select"].At(type, [[3, 5], [3, 5], [3, 5]])[1];
            var expected = Array.CreateInstance(type.Clr(), rows * columns);
            for (int k = 0; k < expected.Length; k++) expected.SetValue(x.Storage.Data.GetValue(place(k / columns, k % columns)), k);
            Tensor[] y = [Numbers.Shaped(expected, [rows, columns])];
            Numbers.SameBits(y, [f(x)], $"{name} of {type.Name()}");
            Numbers.SameBits(y, Law.Jitted(t => [f(t[0])], [x]), $"{name} of {type.Name()}, jitted");
        }
    }

    [Fact]
    public void Updates_are_added_in_order_of_the_indices()
    {
        // 1 + 2⁻²⁴ + 2⁻²⁴ is 1 in this order.
        float tiny = MathF.Pow(2, -24);
        var y = Prim.ScatterAdd(Tensor.From([0f, 0]), Tensor.From([1, 0, 1, -1]), Tensor.From([1f, 5, tiny, tiny]), 0);
        Assert.Equal([5, 1], y.ToArray<float>());
        foreach (var type in DTypes.All.Where(t => t != DType.Bool))
        {
            Tensor Of(params int[] n) => Tensor.From(n).Cast(type);
            Numbers.SameBits([Of(1, 2 + 3 + 4, 7)], [Prim.ScatterAdd(Of(1, 2, 0), Tensor.From([1, 2, 1]), Of(3, 7, 4), 0)], type.Name());
        }
    }

    [Fact]
    public void An_index_outside_is_clamped_when_read_and_dropped_when_written_and_raises()
    {
        var (x, i) = (Tensor.From([1f, 2, 3]), Tensor.From([5, -7]));
        Assert.Throws<IndexException>(() => Prim.Gather(x, i, 0));
        Assert.Throws<IndexException>(() => Law.Jitted(t => [Prim.Gather(t[0], t[1], 0)], [x, i]));
        var program = Program.Compile(Graph.Of([x.Type, i.Type], t => [Prim.Gather(t[0], t[1], 0), Prim.ScatterAdd(t[0], t[1], Prim.Ones(new(DType.F32, [2])), 0)]), new() { Unchecked = true });
        var y = program.Run([x, i]);
        Assert.Equal([3, 1], y[0].ToArray<float>());
        Assert.Equal([1, 2, 3], y[1].ToArray<float>());
    }

    [Fact]
    public void Indices_count_up_in_every_type()
    {
        foreach (var type in DTypes.All.Where(t => t != DType.Bool))
            Numbers.SameBits([Tensor.From([0, 0, 0, 1, 1, 1]).Cast(type)], [Prim.Reshape(Prim.Iota(new(type, [2, 3]), 0), [6])], type.Name());
    }
}
