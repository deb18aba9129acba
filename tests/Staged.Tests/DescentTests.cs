namespace StagedDiff.Tests;

/// <summary>Folds down the leading axes in the nest that folds rows: the bits of eager loops, at every width, on any number of threads.</summary>
[Collection("Threads")]
public class DescentTests
{
    static Tensor Draw(int seed, DType type, params int[] shape)
    {
        var random = new Random(seed);
        return Tensor.From([.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => random.NextDouble() * 6 - 3)], shape).Cast(type);
    }

    static Tensor Normed(Tensor x, Tensor gain, Tensor shift)
    {
        var d = x - x.Mean(x.Rank - 1, keepDims: true);
        return d / Tensor.Sqrt((d * d).Mean(x.Rank - 1, keepDims: true) + 1e-5) * gain + shift;
    }

    static Tensor[] NormGradient(Tensor[] t)
    {
        var (y, pull) = Fn.Vjp(((Tensor X, Tensor Gain, Tensor Shift) p) => Normed(p.X, p.Gain, p.Shift), (t[0], t[1], t[2]));
        var (x, gain, shift) = pull(t[3]);
        return [y, x, gain, shift];
    }

    static int Nests(Func<Tensor[], Tensor[]> f, Tensor[] x, out int down, int threads = 1)
    {
        string text = Fn.Stage(f, x, new() { Threads = threads }).Explain();
        down = text.Split('\n').Count(l => l.Contains(" and down axis "));
        return text.Split('\n').Count(l => l.Contains(" loop over ["));
    }

    /// <summary>As eager, at every width and with one to three threads.</summary>
    static void Same(Func<Tensor[], Tensor[]> f, Tensor[] x, string where, int nests = 1)
    {
        Assert.Equal(nests, Nests(f, x, out int down));
        Assert.True(down > 0, $"Nothing goes down: {where}");
        var y = f(x);
        var before = Lanes.Best;
        foreach (var lanes in new[] { Lanes.Scalar, Lanes.Bits128, Lanes.Bits256, Lanes.Bits512 })
        {
            if (lanes.Count > before.Count) continue;
            Lanes.Best = lanes;
            try
            {
                for (int threads = 1; threads <= 3; threads++) Numbers.SameBits(y, Fn.Jit<Tensor[], Tensor[]>(x => f(x), new() { Threads = threads })(x), $"{where}, {lanes.Count} lanes, {threads} threads");
            }
            finally { Lanes.Best = before; }
        }
    }

    public static TheoryData<int, int> Matrices => new() { { 512, 128 }, { 70, 65 }, { 300, 33 }, { 129, 32 }, { 1024, 4 }, { 1025, 4 }, { 2100, 17 }, { 5000, 10 }, { 8, 700 }, { 4, 2000 }, { 33, 250 } };

    [Theory, MemberData(nameof(Matrices))]
    public void The_gradient_of_a_layer_norm_is_one_nest(int m, int n)
    {
        foreach (var type in new[] { DType.F32, DType.F64 })
            Same(NormGradient, [Draw(1, type, m, n), Draw(2, type, n), Draw(3, type, n), Draw(4, type, m, n)], $"{type} [{m},{n}]");
    }

    [Theory, InlineData(8, 64, 20), InlineData(5, 300, 9), InlineData(3, 5, 512)]
    public void Leading_axes_that_are_folded_as_one_go_down_together(int b, int m, int n) =>
        Same(NormGradient, [Draw(1, DType.F32, b, m, n), Draw(2, DType.F32, n), Draw(3, DType.F32, n), Draw(4, DType.F32, b, m, n)], $"[{b},{m},{n}]");

    [Theory, InlineData(4, 300, 9), InlineData(3, 1100, 5)]
    public void Leading_axes_stay_apart_where_an_operand_lacks_one(int b, int m, int n) => Same(t =>
    {
        var x = t[0] + t[1];
        var y = x / x.Sum(2, keepDims: true);
        return [y, (y * t[0]).Sum([0, 1]), y.Sum([0, 1])];
    }, [Draw(1, DType.F32, b, m, n), Draw(2, DType.F32, m, n)], $"[{b},{m},{n}]");

    [Fact]
    public void An_outer_axis_alone_goes_down() => Same(t => [t[0] - t[0].Max(2, keepDims: true), (t[0] * t[0].Sum(2, keepDims: true)).Sum(0)], [Draw(1, DType.F32, 6, 40, 33)], "axis 0 of three");

    [Fact]
    public void Threads_share_blocks_of_rows()
    {
        int jobs = Team.Jobs;
        Tensor[] x = [Draw(1, DType.F32, 9000, 130), Draw(2, DType.F32, 130), Draw(3, DType.F32, 130), Draw(4, DType.F32, 9000, 130)];
        Same(NormGradient, x, "many rows");
        Assert.Equal(1, Nests(NormGradient, x, out _, 2));
        Assert.True(Team.Jobs > jobs);
    }

    [Fact]
    public void Numbers_of_another_size_go_another_way() => Same(t => [t[0] - t[0].Max(2, keepDims: true), t[0].Cast(DType.F64).Sum(0), t[0].Sum(0), t[0].Max(0)],
        [Draw(1, DType.F32, 6, 40, 33)], "two sizes", nests: 2);

    [Fact]
    public void An_open_extent_of_a_table_is_no_memory_of_sums()
    {
        static Tensor[] Taken(Tensor table, Tensor index, int axis)
        {
            var e = Np.Take(table, index, axis);
            return [e - e.Mean(1, keepDims: true), e.Sum(0)];
        }
        var (rows, columns) = (Draw(1, DType.F32, 70, 128), Draw(2, DType.F32, 128, 70));
        var index = Tensor.From([.. Enumerable.Range(0, 512).Select(k => k * 37 % 140 - 70)]);
        foreach (int threads in new[] { 1, 2 })
        {
            JitOptions Open(int axis) => new() { Threads = threads, Symbolic = [(0, axis, "V")] };
            Numbers.SameBits(Taken(rows, index, 0), Fn.Jit<Tensor, Tensor, Tensor[]>((t, i) => Taken(t, i, 0), Open(0))(rows, index), $"rows, {threads} threads");
            Numbers.SameBits(Taken(columns, index, 1), Fn.Jit<Tensor, Tensor, Tensor[]>((t, i) => Taken(t, i, 1), Open(1))(columns, index), $"columns, {threads} threads");
            var long1 = Np.Take(index, Tensor.Arange(0, 300_000) % 512, 0);
            Numbers.SameBits([Np.Take(rows[.., 0], long1, 0).Sum()], [Fn.Jit((Tensor t, Tensor i) => Np.Take(t, i, 0).Sum(), Open(0))(rows[.., 0], long1)], $"a long sum, {threads} threads");
        }
    }

    [Fact]
    public void Blocks_of_blocks_stay_with_sums_alone()
    {
        static Tensor[] Both(Tensor[] t) => [t[0] - t[0].Sum(1, keepDims: true), t[0].Sum(0)];
        Tensor[] x = [Draw(1, DType.F32, 1_100_000, 3)];
        Assert.Equal(2, Nests(Both, x, out _));
        Numbers.SameBits(Both(x), Fn.Jit<Tensor[], Tensor[]>(t => Both(t))(x), "a million rows");
    }

    [Fact]
    public void Every_kind_of_fold_goes_down()
    {
        foreach (var type in new[] { DType.F32, DType.F64, DType.I32, DType.I64, DType.U32 })
            Same(t =>
            {
                var x = t[0] - t[0].Min(1, keepDims: true);
                return [x, x.Sum(0), x.Max(0), x.Min(0), (x * 2 + 1).Prod(0), t[0].Sum(0), Prim.Broadcast(t[0].Max(1), t[0].Shape, [1]).Sum(0)];
            }, [Draw(1, type, 1030, 21)], $"{type}");
    }

    [Fact]
    public void Special_numbers_keep_their_bits()
    {
        float[] special = [0f, -0f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, float.MaxValue, -1];
        var x = Tensor.From([.. Enumerable.Range(0, 600 * 9).Select(k => special[k * 31 % 7 * (k % 3) % 8])], 600, 9);
        Same(t => [t[0] + t[0].Sum(1, keepDims: true), t[0].Sum(0), t[0].Max(0), t[0].Min(0), t[0].Prod(0), (-t[0]).Sum(0)], [x], "special numbers");
    }

    [Fact]
    public void Who_reads_a_fold_ends_its_wait()
    {
        var x = Draw(1, DType.F32, 64, 80);
        // By an elementwise op, a row op, a routine, indices: nothing is lost, whatever the order.
        Tensor[] All(Tensor[] t)
        {
            var sum = t[0].Sum(0);
            var rows = t[0] - t[0].Mean(1, keepDims: true);
            var centred = rows - sum / 64;
            var product = Np.Dot(rows, rows.Sum(0));
            var index = (sum * 0 + 3).Cast(DType.I32);
            return [rows, centred, product, Np.Take(t[0], index, 0), sum, centred.Max(1), (rows * rows).Sum(0) + sum];
        }
        var y = All([x]);
        foreach (int threads in new[] { 1, 2 }) Numbers.SameBits(y, Fn.Jit<Tensor[], Tensor[]>(t => All(t), new() { Threads = threads })([x]), "readers");
    }

    [Fact]
    public void A_donated_step_with_a_norm_has_the_bits_of_eager()
    {
        (Tensor X, Tensor Gain) Step((Tensor X, Tensor Gain) p)
        {
            var (x, gain) = Fn.Grad(((Tensor X, Tensor Gain) p) => Tensor.Sin(Normed(p.X, p.Gain, p.Gain)).Sum())(p);
            return (p.X - 0.1f * x, p.Gain - 0.1f * gain);
        }
        var start = (Draw(1, DType.F32, 200, 60), Draw(2, DType.F32, 60));
        var jitted = Fn.Jit<(Tensor X, Tensor Gain), (Tensor X, Tensor Gain)>(Step, new() { Donate = [0] });
        var (eager, donated) = (start, (start.Item1 + 0, start.Item2 + 0));
        for (int i = 0; i < 5; i++)
        {
            eager = Step(eager);
            donated = jitted(donated);
        }
        Numbers.SameBits([eager.Item1, eager.Item2], [donated.Item1, donated.Item2], "five steps");
    }

    [Fact]
    public void Small_nests_stay_apart_and_so_do_those_whose_rows_threads_share()
    {
        static Tensor[] Both(Tensor[] t) => [t[0] - t[0].Sum(1, keepDims: true), t[0].Sum(0)];
        static Tensor[] Leading(Tensor[] t) => [t[0] - t[0].Sum(2, keepDims: true) + t[1], t[0].Sum([0, 1])];
        Assert.Equal(2, Nests(Both, [Draw(1, DType.F32, 16, 16)], out _));
        Assert.Equal(2, Nests(Both, [Draw(1, DType.F32, 2, 10_000)], out _));
        Assert.Equal(1, Nests(Both, [Draw(1, DType.F32, 100, 100)], out _, 2));
        Assert.Equal(1, Nests(Both, [Draw(1, DType.F32, 1000, 1100)], out _));
        Assert.Equal(2, Nests(Both, [Draw(1, DType.F32, 1000, 1100)], out _, 2));
        Assert.Equal(1, Nests(Both, [Draw(1, DType.F32, 4096, 300)], out _, 2));
        Assert.Equal(2, Nests(Leading, [Draw(1, DType.F32, 8, 1024, 150), Draw(2, DType.F32, 1024, 150)], out _, 2));
        Assert.Equal(2, Nests(Leading, [Draw(1, DType.F32, 64, 256, 2), Draw(2, DType.F32, 256, 2)], out _, 2));
        Assert.Equal(2, Nests(t => [t[0] - t[0].Max(2, keepDims: true), t[0].Sum(0)], [Draw(1, DType.F32, 64, 4096, 2)], out _));
    }
}
