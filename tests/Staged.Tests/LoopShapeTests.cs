namespace StagedDiff.Tests;

/// <summary>The forms a loop takes by its extents: tiles of a transposed operand, rows in registers, columns, small products, small loops in a row.</summary>
public class LoopShapeTests
{
    static Tensor Draw(int seed, DType type, params int[] shape)
    {
        var random = new Random(seed);
        return Tensor.From([.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => random.NextDouble() * 6 - 3)], shape).Cast(type);
    }

    static double[] Doubles(Tensor x) => x.Cast(DType.F64).ToArray<double>();

    // Eager loops have extents that are open, and jitted ones with known extents take other forms: the bits are the same.
    static void SameJitted(Func<Tensor[], Tensor[]> f, Tensor[] x, string where)
    {
        var y = f(x);
        for (int threads = 1; threads <= 2; threads++) Numbers.SameBits(y, Fn.Jit<Tensor[], Tensor[]>(x => f(x), new() { Threads = threads })(x), $"{where}, {threads} threads");
    }

    public static TheoryData<int, int> Planes()
    {
        var all = new TheoryData<int, int>();
        foreach (int m in new[] { 1, 3, 8, 15, 16, 17, 33, 64, 65, 130 })
            foreach (int n in new[] { 2, 8, 16, 31, 64, 67, 200 }) all.Add(m, n);
        all.Add(700, 900);
        return all;
    }

    [Theory, MemberData(nameof(Planes))]
    public void A_transposed_operand_is_read_in_tiles(int m, int n)
    {
        foreach (var type in new[] { DType.F32, DType.F64, DType.I32, DType.I64 })
        {
            var (x, y) = (Draw(1, type, m, n), Draw(2, type, n, m));
            double[] a = Doubles(x), b = Doubles(y);
            var sum = Fn.Jit((Tensor x, Tensor y) => x.T + y * 2, new() { MaxTraces = 1000 })(x, y);
            var expected = Tensor.From([.. Enumerable.Range(0, n * m).Select(k => a[k % m * n + k / m] + 2 * b[k])], [n, m]);
            if (!type.IsFloat()) Assert.Equal(Doubles(expected), Doubles(sum));
            else Assert.All(Doubles(expected).Zip(Doubles(sum)), p => Assert.Equal(p.First, p.Second, 1e-5));
            Assert.Equal(Enumerable.Range(0, n * m).Select(k => a[k % m * n + k / m]), Doubles(x.T));
            SameJitted(t => [t[0].T + t[1], t[0].T * t[1] - t[0].T], [x, y], $"{type} [{m},{n}]");
        }
    }

    [Fact]
    public void Planes_of_a_higher_rank_are_transposed_each()
    {
        var x = Draw(3, DType.F32, 3, 40, 5, 33);
        double[] a = Doubles(x);
        foreach (int[] axes in new[] { new[] { 0, 3, 2, 1 }, [1, 0, 3, 2], [3, 2, 1, 0], [2, 3, 1, 0], [0, 2, 3, 1] })
        {
            int[] from = x.Shape.ToArray(), shape = [.. axes.Select(k => from[k])];
            var expected = new double[a.Length];
            for (int k = 0; k < a.Length; k++)
            {
                var index = new int[4];
                for (int rest = k, i = 3; i >= 0; i--) (rest, index[axes[i]]) = Math.DivRem(rest, shape[i]);
                expected[k] = a[((index[0] * from[1] + index[1]) * from[2] + index[2]) * from[3] + index[3]];
            }
            Assert.Equal(expected, Doubles(x.Transpose(axes)));
            Assert.Equal(expected.Select(v => (double)((float)v * 2)), Doubles(Fn.Jit((Tensor x) => x.Transpose(axes) * 2)(x)));
        }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(7), InlineData(16), InlineData(17), InlineData(32), InlineData(33), InlineData(64), InlineData(65), InlineData(100), InlineData(127), InlineData(128), InlineData(129), InlineData(160), InlineData(256), InlineData(300)]
    public void A_row_in_registers_has_the_bits_of_loops(int n)
    {
        foreach (var type in new[] { DType.F32, DType.F64 })
            SameJitted(t =>
            {
                var x = t[0];
                var e = Tensor.Exp(x - x.Max(1, keepDims: true));
                var s = e / e.Sum(1, keepDims: true);
                var d = x - x.Mean(1, keepDims: true);
                return [s, d / Tensor.Sqrt((d * d).Mean(1, keepDims: true) + 1e-5), s.Sum(1), x.Prod(1), x.Min(1), (x > 0).Cast(DType.I32).Sum(1), x > s, s.Max(1) * 2,
                    Tensor.Ones([37, n]).Sum(1), (x * 0 + x.Max(1, keepDims: true)).Sum(1), Prim.Broadcast(x.Max(1), [37, n], [1]).Sum(1), Prim.Broadcast(x.Max(1), [37, n], [1]).Prod(1)];
            }, [Draw(4, type, 37, n)], $"{type} rows of {n}");
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(5), InlineData(64), InlineData(131), InlineData(1030)]
    public void Several_rows_at_once_have_the_bits_of_one(int rows)
    {
        foreach (var type in new[] { DType.F32, DType.F64 })
            foreach (int n in new[] { 2, 10, 16, 33, 65, 128 })
            {
                Tensor[] x = [Draw(9, type, rows, n), Draw(10, type, rows, n), Draw(11, type, n)];
                string where = $"{type} {rows} rows of {n}";
                SameJitted(t => [Nn.Softmax(t[0])], x, where + ", softmax");
                SameJitted(t => [Losses.SoftmaxCrossEntropy(t[0], t[1]), Fn.Grad((Tensor y) => Losses.SoftmaxCrossEntropy(y, t[1]).Sum())(t[0])], x, where + ", its loss and gradient");
                SameJitted(t => { var d = t[0] - t[0].Mean(1, keepDims: true); return [d / Tensor.Sqrt((d * d).Mean(1, keepDims: true) + 1e-5) * t[2], t[0].Max(1)]; }, x, where + ", norm");
            }
    }

    [Fact]
    public void Rows_that_are_updated_in_place_run_several_at_once()
    {
        Func<Tensor, Tensor> f = x => { var e = Tensor.Exp(x - x.Max(1, keepDims: true)); return x + e / e.Sum(1, keepDims: true) + x.Min(1, keepDims: true); };
        for (int n = 1; n < 40; n += 7)
        {
            var x = Draw(12, DType.F32, 203, n);
            var y = f(x);
            Numbers.SameBits([y], [Fn.Jit(f, new() { Donate = [0], MaxTraces = 100 })(x + 0)], $"{n} in place");
        }
    }

    [Theory, InlineData(1), InlineData(3), InlineData(8), InlineData(16), InlineData(33), InlineData(200), InlineData(9000)]
    public void The_greatest_and_least_of_a_row_are_those_of_IEEE(int n)
    {
        // maximum and minimum: −0 is below +0, and NaN of either sign is the result wherever it stands.
        double[] special = [0, -0.0, double.NaN, -double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e-310, -1e-310, 2, -3];
        var random = new Random(n);
        double[][] rows = [.. Enumerable.Range(0, 60).Select(r => Enumerable.Range(0, n).Select(_ => r % 3 == 0 ? special[random.Next(2)] : r % 3 == 1 ? special[random.Next(4, 10)] : random.Next(n) == 0 ? special[random.Next(10)] : random.NextDouble() - 0.5).ToArray())];
        foreach (var type in new[] { DType.F32, DType.F64 })
        {
            var x = Tensor.From([.. rows.SelectMany(r => r)], [60, n]).Cast(type);
            double[][] a = [.. Doubles(x).Chunk(n)];
            Func<Tensor, Tensor[]> f = x => [x.Max(1), x.Min(1), Prim.Reshape(x, [60 * n]).Max(0)];
            foreach (var y in new[] { f(x), Fn.Jit(f, new() { MaxTraces = 100 })(x) })
            {
                Numbers.SameBits([Tensor.From([.. a.Select(r => r.Aggregate(double.Max))]).Cast(type), Tensor.From([.. a.Select(r => r.Aggregate(double.Min))]).Cast(type), Tensor.From(a.SelectMany(r => r).Aggregate(double.Max)).Cast(type)], y, $"{type} {n}");
            }
        }
    }

    [Theory, InlineData(16), InlineData(32), InlineData(48), InlineData(64), InlineData(100), InlineData(256), InlineData(1000)]
    public void A_row_of_one_number_sums_to_its_length(int n)
    {
        Assert.All(Doubles(Fn.Jit((Tensor x) => Prim.Broadcast(x, [5, n], [1]).Sum(1), new() { MaxTraces = 1000 })(Tensor.Full([5], 3f))), v => Assert.Equal(3 * n, v));
        Assert.Equal(5 * n, Fn.Jit(Fn.Grad((Tensor x) => Prim.Broadcast(x, [5, n], [0, 1]).Sum()), new() { MaxTraces = 1000 })(2f).Item<float>());
        Assert.All(Doubles(Fn.Jit(Fn.Grad((Tensor x) => Prim.Broadcast(x, [5, n], [1]).Sum()), new() { MaxTraces = 1000 })(Tensor.Full([5], 3f))), v => Assert.Equal(n, v));
    }

    [Theory, InlineData(3), InlineData(16), InlineData(100), InlineData(256), InlineData(300), InlineData(1000)]
    public void Columns_are_summed_row_by_row(int n)
    {
        foreach (var type in new[] { DType.F32, DType.F64 })
            SameJitted(t => [t[0].Sum(0), (t[0] * t[0]).Mean(0), t[0].Max(0)], [Draw(5, type, 2100, n)], $"{type} columns of {n}");
    }

    [Theory, InlineData(1), InlineData(3), InlineData(4), InlineData(7), InlineData(8), InlineData(15), InlineData(16), InlineData(17), InlineData(33), InlineData(70)]
    public void Elements_that_lie_apart_are_gathered(int n)
    {
        foreach (var type in new[] { DType.F32, DType.F64, DType.I32, DType.I64, DType.U32, DType.U8, DType.Bool })
        {
            // Columns, every third of a row from either end, and places that are computed: in small nests in a row, and each in one of its own.
            var (x, at) = (Draw(8, DType.F64, n, 3 * n + 5), Tensor.From([.. Enumerable.Range(0, n).Select(i => i * 7 % (3 * n + 5))], [n]));
            x = type == DType.Bool ? x > 0 : (Tensor.Abs(x) * 20).Cast(type);
            double[] a = Doubles(x);
            int width = 3 * n + 5;
            Tensor[] Apart(Tensor x, Tensor at) => [x[.., 2], x[0, Slice.Step(.., 3)], x.T[3], x[n - 1].Flip(0), Np.Where(Tensor.Equal(x[.., 1], x[.., 4]), x[.., 0], x[.., width - 1]), x[0, at], x[0][at], x[.., at]];
            var y = Fn.Jit((Tensor x, Tensor at) => Apart(x, at), new() { MaxTraces = 1000 })(x, at);
            Assert.Equal(Enumerable.Range(0, n).Select(i => a[i * width + 2]), Doubles(y[0]));
            Assert.Equal(Enumerable.Range(0, width).Select(j => a[(n - 1) * width + width - 1 - j]), Doubles(y[3]));
            Assert.Equal(Enumerable.Range(0, n).Select(i => a[i * 7 % width]), Doubles(y[6]));
            SameJitted(t => Apart(t[0], at), [x], $"{type} {n} apart");
            for (int k = 0; k < y.Length; k++) SameJitted(t => [Apart(t[0], at)[k]], [x], $"{type} {n} apart, {k}");
        }
    }

    public static TheoryData<int, int, int> Products()
    {
        var all = new TheoryData<int, int, int>();
        foreach (int m in new[] { 1, 2, 8, 20 })
            foreach (int k in new[] { 1, 2, 5, 16, 17 })
                foreach (int n in new[] { 1, 3, 8, 16, 25 }) all.Add(m, k, n);
        return all;
    }

    [Theory, MemberData(nameof(Products))]
    public void A_small_product_fuses_with_the_bits_of_a_large_one(int m, int k, int n)
    {
        foreach (var type in new[] { DType.F32, DType.F64, DType.I32 })
        {
            var (a, b) = (Draw(6, type, m, k), Draw(7, type, k, n));
            SameJitted(t => [t[0].MatMul(t[1]), t[1].T.MatMul(t[0].T) * 2 + 1, (t[0] - t[0]).MatMul(-Tensor.Abs(t[1]))], [a, b], $"{type} {m}×{k}×{n}");
        }
    }

    [Fact]
    public void What_the_memory_held_does_not_show_in_a_small_product()
    {
        // NaN and infinity go through the chain as through the tiles; −0 becomes +0 at its start.
        var (a, b) = (Tensor.From([-0f, float.NaN, float.PositiveInfinity, 1f], [4, 1]), Tensor.From([1f, -0f, 0f], [1, 3]));
        SameJitted(t => [t[0].MatMul(t[1])], [a, b], "special values");
    }

    [Fact]
    public void A_step_of_a_small_net_is_one_delegate()
    {
        var (w1, b1, w2, x) = (Draw(1, DType.F32, 2, 16), Draw(2, DType.F32, 16), Draw(3, DType.F32, 16, 1), Draw(4, DType.F32, 8, 2));
        Func<(Tensor, Tensor, Tensor), Tensor, (Tensor, (Tensor, Tensor, Tensor))> step = (p, x) =>
        {
            var (value, g) = Fn.ValueAndGrad<(Tensor W1, Tensor B1, Tensor W2), Tensor>((p, x) => (Tensor.Tanh(x.MatMul(p.W1) + p.B1).MatMul(p.W2) * 0.5f).Mean())(p, x);
            return (value, Tree.Map2((p, g) => p - 0.1 * g, p, g));
        };
        var program = Fn.Stage(step, (w1, b1, w2), x).Compile().Program;
        Assert.Equal(1, program.Runs);
        Assert.DoesNotContain("routine", program.Explain().Replace("0 routines", ""));
        SameJitted(t => { var (v, (p, q, r)) = step((t[0], t[1], t[2]), t[3]); return [v, p, q, r]; }, [w1, b1, w2, x], "a step");
    }

    [Fact]
    public void The_step_of_the_workload_tiny_is_one_delegate()
    {
        var (here, made) = (Environment.CurrentManagedThreadId, new List<Program>());
        Program.Made = p => { if (Environment.CurrentManagedThreadId == here) made.Add(p); };
        try { StagedDiff.Workloads.Workload.All.Single(w => w.Name == "tiny").Start(new(null), new())(); }
        finally { Program.Made = null; }
        Assert.Equal(1, made.MaxBy(p => p.Steps)!.Runs);
    }

    [Fact]
    public void What_spreads_little_data_is_not_stored()
    {
        // One-hot labels are compared where they are read, in both nests.
        var (x, y) = (Draw(1, DType.F32, 128, 10), Tensor.From([.. Enumerable.Range(0, 128).Select(i => i % 10)], [128]));
        Func<Tensor, Tensor, (Tensor, Tensor)> f = (x, y) =>
        {
            var hot = Tensor.Equal(Tensor.Arange(10), y.Reshape(128, 1)).Cast(DType.F32);
            var total = (x * hot).Sum();
            return (total, x * hot * total);
        };
        Assert.DoesNotContain("bool", Fn.Stage(f, x, y).Explain());
        SameJitted(t => { var (a, b) = f(t[0], t[1]); return [a, b]; }, [x, y], "one-hot");
    }

    [Fact]
    public void Steps_on_a_large_batch_take_turns()
    {
        var (q, k, v) = (Draw(1, DType.F32, 4, 9, 100, 16), Draw(2, DType.F32, 4, 9, 100, 16), Draw(3, DType.F32, 4, 9, 100, 16));
        Func<Tensor[], Tensor[]> attention = t =>
        {
            var scores = (t[0] * 0.25f).MatMul(t[1].Transpose(0, 1, 3, 2));
            var e = Tensor.Exp(scores - scores.Max(3, keepDims: true));
            return [(e / e.Sum(3, keepDims: true)).MatMul(t[2])];
        };
        Assert.Equal(1, Fn.Stage(attention, [q, k, v]).Compile().Program.Runs);
        SameJitted(attention, [q, k, v], "attention");
        SameJitted(t => Fn.Grad<Tensor[]>(t => (attention(t)[0] * t[2]).Sum())(t), [q, k, v], "its gradient");
        // A sum over the batch, or a look at another part of it, ends a band.
        SameJitted(t => { var y = Tensor.Exp(t[0].MatMul(t[1].Transpose(0, 1, 3, 2)) * 0.01f); return [y.Sum(0).MatMul(t[2][0]), y[1].MatMul(t[2])]; }, [q, k, v], "no band");
    }
}
