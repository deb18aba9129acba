
namespace StagedDiff.Tests;

/// <summary>The same bits at every width of vector, and one element at a time.</summary>
public class WidthTests
{
    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var shape in new[] { "5", "64", "1000", "20000", "128,10", "3,100", "7,1,33", "2,9000", "2500,3", "0,4" })
            foreach (var type in new[] { "F32", "F64" })
                cases.Add(type, shape);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_width_gives_the_same_bits(string dtype, string extents)
    {
        var type = Enum.Parse<DType>(dtype);
        int[] shape = [.. extents.Split(',').Select(int.Parse)];
        var (x, y) = (Draw(1, type, shape), Draw(2, type, shape));
        var all = new[] { Lanes.Scalar, Lanes.Bits128, Lanes.Bits256, Lanes.Bits512 }.Select(lanes => Run(lanes, x, y)).ToArray();
        for (int w = 1; w < all.Length; w++)
            for (int k = 0; k < all[0].Length; k++)
                Assert.Equal(all[0][k], all[w][k]);
    }

    static Tensor Draw(int seed, DType type, int[] shape)
    {
        var random = new Random(seed);
        return Tensor.From([.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => random.NextDouble() * 6 - 3)], shape).Cast(type);
    }

    // Maps, folds along and across, rows of a softmax, gradients, moves of data, comparisons, integers.
    static Tensor[] Body(Tensor x, Tensor y)
    {
        int last = x.Rank - 1;
        var e = Tensor.Exp(x - Fn.StopGradient(x.Max(last, keepDims: true)));
        var softmax = e / e.Sum(last, keepDims: true);
        var gradient = Fn.Grad<Tensor>(v => (Tensor.Tanh(v) * Tensor.Sin(y) + Tensor.Log(1 + v * v)).Sum())(x);
        return [x * y + Tensor.Exp(y), x.Sum(), x.Sum(0), y.Sum(last), y.Mean(), softmax, gradient, (softmax * softmax).Sum(0), x.ArgMax(last), x.Cast(DType.I32) * 3 % 5,
            (x > y) & (y > 0), (x * x).Transpose() + 1];
    }

    [Fact]
    public void Explain_names_loops_and_vectors()
    {
        string Loops(Lanes lanes, Func<Tensor, Tensor> f, params int[] shape)
        {
            var before = Lanes.Best;
            Lanes.Best = lanes;
            try { return string.Join("; ", Fn.Stage(f, Tensor.Zeros(shape)).Explain().Split('\n').Where(l => l.StartsWith("     ")).Select(l => l.Trim())); }
            finally { Lanes.Best = before; }
        }
        Tensor Softmax(Tensor x) => Nn.Softmax(x);
        Assert.Equal("for 1500 by 4 × 512 bits", Loops(Lanes.Bits512, x => x + 1, 30, 50));
        Assert.Equal("for 30, 50 by 4 × 512 bits", Loops(Lanes.Bits512, x => x + x[0], 30, 50));
        Assert.Equal("for 8 by 1 × 256 bits", Loops(Lanes.Bits512, x => x + 1, 8));
        Assert.Equal("for 100, 90 in tiles by 4 × 512 bits", Loops(Lanes.Bits512, x => x.T + 1, 90, 100));
        Assert.Equal("for 300 by 16 × 512 bits: 1 pass over 2100", Loops(Lanes.Bits512, x => x.Sum(0), 2100, 300));
        Assert.Equal("for 128, 4 at once: 10 in registers by 1 × 512 bits", Loops(Lanes.Bits512, Softmax, 128, 10));
        Assert.Equal("for 128, 4 at once: 10 in registers by 2 × 256 bits", Loops(Lanes.Bits256, Softmax, 128, 10));
        Assert.Equal("for 512, 2 at once: 128 in registers by 2 × 512 bits", Loops(Lanes.Bits512, Softmax, 512, 128));
        Assert.Equal("for 64: 3 passes over 5000 by 4, 4, 4 × 512 bits", Loops(Lanes.Bits512, Softmax, 64, 5000));
        Assert.Equal("for 64: 3 passes over 5000 by 8, 2, 4 × 256 bits, sums in memory", Loops(Lanes.Bits256, Softmax, 64, 5000));
        Assert.Equal("1 pass over 100000 by 64 × 1 element", Loops(Lanes.Scalar, x => x.Sum(), 100_000));
        Assert.Equal("one element", Loops(Lanes.Bits512, x => x + 1));
    }

    static byte[][] Run(Lanes lanes, Tensor x, Tensor y)
    {
        var before = Lanes.Best;
        Lanes.Best = lanes;
        try
        {
            if (x.Shape[^1] == 0 || x.Size == 0) return [.. Staged([x, y], a => [a[0] * a[1], a[0].Sum(0), a[0].Sum()])];
            return Staged([x, y], a => Body(a[0], a[1]));
        }
        finally { Lanes.Best = before; }
    }

    static byte[][] Staged(Tensor[] x, Func<Tensor[], Tensor[]> f)
    {
        var (graph, captured) = Graph.Trace(x.Select(t => t.Type), f);
        return Array.ConvertAll(Program.Compile(graph, new()).Run([.. x, .. captured]), t => Bytes(t));
    }

    static byte[] Bytes(Tensor t)
    {
        var bytes = new byte[t.Size * t.DType.Size()];
        Buffer.BlockCopy(t.Storage.Data, 0, bytes, 0, bytes.Length);
        return bytes;
    }
}
