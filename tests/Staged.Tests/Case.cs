using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace StagedDiff.Tests;

/// <summary>What an operand holds: numbers between two bounds (integers ten times as far), of the element type under test or of one given.</summary>
sealed record Operands(double Low, double High, DType? Type = null, bool Whole = false);

/// <summary>A function and operands that it takes: what the laws are tried on.</summary>
/// <param name="Name">Unique.</param>
/// <param name="F">Over the primitives or the members of tensors.</param>
/// <param name="X">The operands.</param>
/// <param name="Shapes">Variants by '|', operands by ' ', extents by 'x', rank 0 as '-'. One shape alone is that of all operands.</param>
/// <param name="Types">Element types under test.</param>
/// <param name="Open">Shapes with an extent n that may be left open; "" where none may.</param>
/// <param name="Large">Shapes with work for several threads.</param>
sealed record Case(string Name, Func<Tensor[], Tensor[]> F, Operands[] X, string Shapes, DType[] Types, string Open = "", string Large = "")
{
    public override string ToString() => Name;

    /// <summary>The shapes of the operands in each variant; n where an extent is open.</summary>
    public Shape[][] Variants(string shapes, Extent n = default) =>
        [.. shapes.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(v => v.Split(' ') is [var all] ? [.. X.Select(_ => Parsed(all, n))]
            : v.Split(' ').Select(s => Parsed(s, n)).ToArray())];

    static Shape Parsed(string s, Extent n) => s == "-" ? [] : [.. s.Split('x').Select(e => e == "n" ? n : (Extent)int.Parse(e, CultureInfo.InvariantCulture))];

    /// <summary>Operands for each variant whose operands have at most so many elements.</summary>
    public IEnumerable<Tensor[]> At(DType type, long most = long.MaxValue) =>
        Variants(Shapes).Where(v => v.All(s => s.Size <= most)).Select(v => At(type, v));

    /// <summary>Operands of these shapes: the same numbers each time.</summary>
    public Tensor[] At(DType type, Shape[] shapes)
    {
        var random = new Random(Name.Aggregate(17, (h, c) => h * 31 + c));
        return [.. X.Select((x, i) => Filled(x, x.Type ?? type, shapes[i], random))];
    }

    static Tensor Filled(Operands x, DType type, Shape shape, Random random)
    {
        var data = Array.CreateInstance(type.Clr(), shape.Size);
        for (long i = 0; i < data.Length; i++) data.SetValue(Number(x, type, random), i);
        return Numbers.Shaped(data, shape);
    }

    static object Number(Operands x, DType type, Random random)
    {
        double u = x.Low + (x.High - x.Low) * random.NextDouble();
        if (type.IsFloat()) return type == DType.F32 ? (float)u : (object)u;
        if (type == DType.Bool) return random.Next(2) == 1;
        double n = Math.Floor(x.Whole ? u : 10 * u);
        return type switch
        {
            DType.I32 => (int)n,
            DType.I64 => (long)n,
            DType.U32 => x.High > 1e9 ? (uint)random.NextInt64(1L << 32) : (uint)Math.Abs(n),
            _ => (object)(byte)Math.Abs(n),
        };
    }

    /// <summary>Whether it has a derivative: float results of float operands.</summary>
    public bool IsDifferentiable { get; } = Types.Contains(DType.F64) && X.Any(x => (x.Type ?? DType.F64).IsFloat());
}

/// <summary>Tensors as numbers, for the tests.</summary>
static class Numbers
{
    public static Tensor Shaped(Array data, Shape shape) => Prim.Reshape(Tensor.Wrap(data, data.Length), shape);

    /// <summary>The elements in row-major order, as bits: all NaNs are equal.</summary>
    public static long[] Bits(Tensor t)
    {
        t = t.Strong();
        var (data, bits) = (t.Contiguous().Storage.Data, new long[t.Size]);
        for (int i = 0; i < bits.Length; i++)
            bits[i] = data switch
            {
                float[] d => float.IsNaN(d[i]) ? -1 : BitConverter.SingleToUInt32Bits(d[i]),
                double[] d => double.IsNaN(d[i]) ? -1 : BitConverter.DoubleToInt64Bits(d[i]),
                long[] d => d[i],
                int[] d => d[i],
                uint[] d => d[i],
                byte[] d => d[i],
                _ => ((bool[])data)[i] ? 1 : 0,
            };
        return bits;
    }

    /// <summary>A short name of all bits of some tensors.</summary>
    public static string Hash(params IEnumerable<Tensor> x) =>
        Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(x.SelectMany(Bits).ToArray().AsSpan())))[..16];

    public static double[] Of(Tensor t) => [.. Enumerable.Range(0, (int)t.Size).Select(i => Convert.ToDouble(t.Contiguous().Storage.Data.GetValue(i), CultureInfo.InvariantCulture))];

    public static void SameBits(Tensor[] expected, Tensor[] actual, string where)
    {
        Assert.True(expected.Length == actual.Length, $"{where}: {expected.Length} and {actual.Length} results");
        for (int k = 0; k < expected.Length; k++)
        {
            Assert.True(expected[k].Type == actual[k].Type, $"{where}: {expected[k].Type} and {actual[k].Type}");
            long[] a = Bits(expected[k]), b = Bits(actual[k]);
            int at = a.AsSpan().CommonPrefixLength(b);
            if (at < a.Length) Assert.Fail($"{where}: result {k} ({expected[k].Type}) at {at}: expected {Said(expected[k], at)}, got {Said(actual[k], at)}");
        }
    }

    static object? Said(Tensor t, int i) => t.Contiguous().Storage.Data.GetValue(i);

    public static void Near(Tensor[] expected, Tensor[] actual, double tolerance, string where)
    {
        Assert.True(expected.Length == actual.Length, $"{where}: {expected.Length} and {actual.Length} results");
        for (int k = 0; k < expected.Length; k++)
        {
            Assert.True(expected[k].Shape == actual[k].Shape, $"{where}: {expected[k].Type} and {actual[k].Type}");
            double[] a = Of(expected[k]), b = Of(actual[k]);
            for (int i = 0; i < a.Length; i++) Near(a[i], b[i], tolerance, $"{where}: result {k} at {i}");
        }
    }

    public static void Near(double expected, double actual, double tolerance, string where) => Assert.True(
        expected.Equals(actual) || Math.Abs(expected - actual) <= tolerance * (1 + Math.Max(Math.Abs(expected), Math.Abs(actual))), $"{where}: expected {expected:R}, got {actual:R}");

    /// <summary>The same elements apart in memory: columns first, backwards along axis 0, every other place.</summary>
    public static Tensor Apart(Tensor t)
    {
        int rank = t.Rank;
        var strides = new long[rank];
        long step = 2;
        for (int a = 0; a < rank; step *= Math.Max(1, t.Shape[a].Value), a++) strides[a] = step;
        long offset = 1;
        if (rank > 0 && t.Size > 0) (offset, strides[0]) = (1 + strides[0] * (t.Shape[0].Value - 1), -strides[0]);
        var (from, to) = (t.Contiguous().Storage.Data, Array.CreateInstance(t.DType.Clr(), step + 1));
        for (long i = 0; i < t.Size; i++)
        {
            long at = offset, rest = i;
            for (int a = rank - 1; a >= 0; a--)
            {
                (rest, long index) = Math.DivRem(rest, t.Shape[a].Value);
                at += index * strides[a];
            }
            to.SetValue(from.GetValue(i), at);
        }
        return new(Tensor.Wrap(to, to.Length), t.Shape, offset, strides);
    }
}
