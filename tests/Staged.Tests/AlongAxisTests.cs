namespace StagedDiff.Tests;

/// <summary>Cumulative ops, sorting, updates at indices, dynamic parts and windows against loops and closed forms.</summary>
public sealed class AlongAxisTests
{
    const double Inf = double.PositiveInfinity, NaN = double.NaN;

    static double[] D(Tensor t) => t.Cast(DType.F64).ToArray<double>();

    [Fact]
    public void Cumulative_ops_go_from_either_end_along_any_axis()
    {
        var x = Tensor.From([1.0, 2, 3, 4, 5, 6], 2, 3);
        Assert.Equal([1, 3, 6, 4, 9, 15], D(x.CumSum(1)));
        Assert.Equal([6, 5, 3, 15, 11, 6], D(x.CumSum(-1, reverse: true)));
        Assert.Equal([1, 2, 3, 5, 7, 9], D(x.CumSum(0)));
        Assert.Equal([1, 2, 6, 24, 120, 720], D(x.CumProd()));
        Assert.Equal([6, 6, 6, 6, 6, 6], D(x.CumMax(reverse: true)));
        Assert.Equal([1, 2, 3, 1, 2, 3], D(x.CumMin(0)));
        Assert.Equal([1, 2, 2, 3], Tensor.From([true, true, false, true]).CumSum().ToArray<int>());
    }

    [Fact]
    public void The_largest_so_far_is_NaN_from_the_first_on() =>
        Assert.Equal([1, 3, NaN, NaN], D(Tensor.From([1, 3, NaN, 7]).CumMax()));

    [Fact]
    public void A_product_with_a_zero_has_its_derivative()
    {
        // a + ab + abc at (2, 0, 3): 1 + b + bc, a + ac, ab.
        var g = Fn.Grad((Tensor x) => x.CumProd().Sum());
        Assert.Equal([1, 8, 0], D(g(Tensor.From([2.0, 0, 3]))));
        Assert.Equal([1, 0, 0], D(g(Tensor.From([0.0, 0, 3]))));
    }

    [Fact]
    public void Of_equal_extremes_so_far_the_first_has_the_derivative()
    {
        Assert.Equal([1, 3, 0, 0], D(Fn.Grad((Tensor x) => x.CumMax().Sum())(Tensor.From([1.0, 2, 2, 0]))));
        Assert.Equal([0, 0, 3, 1], D(Fn.Grad((Tensor x) => x.CumMax(reverse: true).Sum())(Tensor.From([0.0, 2, 2, 1]))));
    }

    [Fact]
    public void A_cumulative_logsumexp_neither_overflows_nor_underflows()
    {
        double two = Math.Log(2), three = Math.Log(3);
        Numbers.Near([Tensor.From([1000, 1000 + two, 1000 + three, 2000.0])], [Tensor.From([1000.0, 1000, 1000, 2000]).CumLogSumExp()], 1e-15, "");
        Assert.Equal([-Inf, -Inf, 0], D(Tensor.From([-Inf, -Inf, 0.0]).CumLogSumExp()));
        Assert.Equal([Inf, Inf], D(Tensor.From([Inf, 1.0]).CumLogSumExp()));
        // By its elements the softmax of those so far.
        Numbers.Near([Tensor.From([0.25, 0.25, 0.5])], [Fn.Grad((Tensor x) => x.CumLogSumExp()[2])(Tensor.From([0, 0, two]))], 1e-15, "");
        Assert.Equal([0, 0, 1], D(Fn.Grad((Tensor x) => x.CumLogSumExp()[2])(Tensor.From([-Inf, -Inf, 0.0]))));
    }

    [Fact]
    public void A_sort_is_stable_with_zeros_equal_and_NaN_last_either_way()
    {
        var x = Tensor.From([2, NaN, -0.0, 1, 0, -Inf, 1, Inf, NaN]);
        Assert.Equal([5, 2, 4, 3, 6, 0, 7, 1, 8], x.ArgSort().ToArray<int>());
        Assert.Equal([7, 0, 3, 6, 2, 4, 5, 1, 8], x.ArgSort(descending: true).ToArray<int>());
        Numbers.SameBits([Tensor.From([-Inf, -0.0, 0, 1, 1, 2, Inf, NaN, NaN])], [x.Sort()], "");
        foreach (var type in DTypes.All)
        {
            // LINQ's order is stable.
            var ties = Cases.ByName["argsort"].At(type == DType.Bool ? DType.Bool : DType.U8, [[500]])[0].Cast(type);
            double[] n = D(ties);
            Assert.Equal(Enumerable.Range(0, 500).OrderBy(i => n[i]), ties.ArgSort().ToArray<int>());
            Assert.Equal(Enumerable.Range(0, 500).OrderByDescending(i => n[i]), ties.ArgSort(descending: true).ToArray<int>());
        }
        Assert.Equal([long.MinValue, -1, 0, long.MaxValue], Tensor.From(new long[] { 0, long.MaxValue, long.MinValue, -1 }).Sort().ToArray<long>());
        Assert.Equal([0u, 1, uint.MaxValue], Tensor.From(new uint[] { uint.MaxValue, 0, 1 }).Sort().ToArray<uint>());
    }

    [Fact]
    public void Tensors_are_sorted_together_by_several_keys()
    {
        Tensor a = Tensor.From([2, 1, 2, 1]), b = Tensor.From([4, 3, 2, 1]), c = Tensor.From([10, 20, 30, 40]);
        Assert.Equal([1, 1, 2, 2, 3, 1, 4, 2, 20, 40, 10, 30], Np.SortTogether([a, b, c]).SelectMany(t => t.ToArray<int>()));
        Assert.Equal([1, 1, 2, 2, 1, 3, 2, 4, 40, 20, 30, 10], Np.SortTogether([a, b, c], keys: 2).SelectMany(t => t.ToArray<int>()));
        Assert.Throws<ShapeException>(() => Np.SortTogether([a, b[..2]]));
        Assert.Throws<ArgumentException>(() => Np.SortTogether([a, b], keys: 3));
    }

    [Fact]
    public void The_top_k_come_with_their_places_and_take_the_derivative()
    {
        var x = Tensor.From([3.0, 9, 9, 1, 7, 2], 2, 3);
        var (y, i) = x.TopK(2);
        Assert.Equal([9, 9, 7, 2], D(y));
        Assert.Equal([1, 2, 1, 2], i.ToArray<int>());
        Assert.Equal([0, 1, 1, 0, 1, 1], D(Fn.Grad((Tensor x) => x.TopK(2).Values.Sum())(x)));
        Assert.StartsWith("TopK: axis −1 of f64[2,3] has no 4 elements.", Assert.Throws<ShapeException>(() => x.TopK(4)).Message);
    }

    [Fact]
    public void Elements_are_taken_along_an_axis()
    {
        var x = Tensor.From([1.0, 2, 3, 4, 5, 6], 2, 3);
        Assert.Equal([3, 1, 5, 6], D(x.TakeAlong(Tensor.From([2, 0, 1, -1], 2, 2), 1)));
        Assert.Equal([4, 2, 6], D(x.TakeAlong(Tensor.From([1, 0, 1], 1, 3), 0)));
        Assert.Throws<IndexException>(() => x.TakeAlong(Tensor.From([2, 0, 0], 1, 3), 0));
        Assert.StartsWith("TakeAlong: expected indices of the shape of f64[2,3] but for axis 1, got i32[3].", Assert.Throws<ShapeException>(() => x.TakeAlong(Tensor.From([0, 1, 2]), 1)).Message);
    }

    // ---------------------------------------------------------------- updates

    [Fact]
    public void Parts_are_replaced_in_a_copy()
    {
        var x = Tensor.From([1.0, 2, 3, 4, 5, 6], 2, 3);
        Assert.Equal([1, 2, 0, 4, 5, 0], D(x.At(Slice.Ellipsis, 2).Set(0)));
        Assert.Equal([1, 2, 3, 14, 25, 36], D(x.At(1).Add(Tensor.From([10.0, 20, 30]))));
        Assert.Equal([1, 20, 3, 4, 50, 6], D(x.At(.., 1..2).Multiply(10)));
        Assert.Equal([3, 3, 3, 4, 5, 6], D(x.At(0).Max(3)));
        Assert.Equal([1, 2, 2, 4, 2, 6], D(x.At(Tensor.From([0, 1]), Tensor.From([2, 1])).Min(2)));
        Assert.Equal([1, 2, 3, -1, -1, -1], D(x.At(x > 3).Set(-1)));
        Assert.Equal([1, 2, 3, 4, 5, 6], D(x));
    }

    [Fact]
    public void An_element_chosen_twice_is_changed_twice_and_the_last_stays()
    {
        var i = Tensor.From([1, 0, 1]);
        Assert.Equal([5, 6, 0], D(Tensor.Zeros([3], DType.F64).At(i).Set(Tensor.From([4.0, 5, 6]))));
        Assert.Equal([5, 10, 0], D(Tensor.Zeros([3], DType.F64).At(i).Add(Tensor.From([4.0, 5, 6]))));
        Assert.Equal([5, 24, 1], D(Tensor.Ones([3], DType.F64).At(i).Multiply(Tensor.From([4.0, 5, 6]))));
        Assert.Equal([0, 1, 1], D(Fn.Grad((Tensor u) => Tensor.Zeros([3], DType.F64).At(i).Set(u).Sum())(Tensor.From([4.0, 5, 6]))));
    }

    [Fact]
    public void Products_at_an_index_have_their_derivative_at_zeros_too()
    {
        // x·a·b·c by each.
        var g = Fn.Grad((Tensor u) => Tensor.Full([1], 2.0, DType.F64).At(Tensor.From([0, 0, 0])).Multiply(u).Sum());
        Assert.Equal([40, 24, 30], D(g(Tensor.From([3.0, 5, 4]))));
        Assert.Equal([0, 24, 0], D(g(Tensor.From([3.0, 0, 4]))));
        Assert.Equal([0, 0, 0], D(g(Tensor.From([0.0, 0, 4]))));
    }

    [Fact]
    public void Ties_at_an_index_share_the_derivative()
    {
        var (gx, gu) = Fn.Grad(((Tensor X, Tensor U) p) => p.X.At(Tensor.From([0, 0])).Max(p.U).Sum())((Tensor.From([3.0, 1]), Tensor.From([3.0, 3])));
        Numbers.Near([Tensor.From([1.0 / 3, 1]), Tensor.From([1.0 / 3, 1.0 / 3])], [gx, gu], 1e-15, "");
    }

    [Fact]
    public void Nothing_is_written_outside_and_the_call_raises()
    {
        var (x, i) = (Tensor.From([1f, 2, 3]), Tensor.From([5, 1, -7]));
        foreach (var write in new Func<Tensor, Tensor, Tensor>[] { (x, i) => x.At(i).Set(9), (x, i) => x.At(i).Multiply(9), (x, i) => x.At(i).Max(9), (x, i) => x.At(i).Add(7) })
        {
            Assert.Throws<IndexException>(() => write(x, i));
            Assert.Throws<IndexException>(() => Fn.Jit(write)(x, i));
            float[] y = Fn.Jit(write, new() { Unchecked = true })(x, i).ToArray<float>();
            Assert.Equal((1, 3), (y[0], y[2]));
            Assert.NotEqual(2, y[1]);
        }
    }

    // ---------------------------------------------------------------- dynamic parts

    [Fact]
    public void A_dynamic_part_is_moved_inside()
    {
        var x = Tensor.From([0.0, 1, 2, 3, 4]);
        double[] At(int i) => D(x.DynamicSlice(Tensor.From([i]), [2]));
        Assert.Equal([1, 2], At(1));
        Assert.Equal([3, 4], At(9));
        Assert.Equal([3, 4], At(-2));
        Assert.Equal([3, 4], At(-1));
        Assert.Equal([0, 1], At(-99));
        Assert.Equal([0, 7, 8, 3, 4], D(x.DynamicUpdate(Tensor.From([7.0, 8]), Tensor.From([1]))));
        Assert.Equal([0, 1, 2, 7, 8], D(x.DynamicUpdate(Tensor.From([7.0, 8]), Tensor.From([4]))));
        Assert.Equal([0, 1, 1, 0, 0], D(Fn.Grad((Tensor x) => x.DynamicSlice(Tensor.From([1]), [2]).Sum())(x)));
        Assert.Equal([1, 0, 0, 1, 1], D(Fn.Grad((Tensor x) => x.DynamicUpdate(Tensor.Zeros([2], DType.F64), Tensor.From([1])).Sum())(x)));
        Assert.Throws<ShapeException>(() => x.DynamicSlice(Tensor.From([1]), [6]));
        Assert.Throws<ShapeException>(() => x.DynamicSlice(Tensor.From([1, 1]), [2]));
    }

    // ---------------------------------------------------------------- windows

    [Theory]
    [InlineData(2, 3, 1, 1), InlineData(2, 2, 2, 2), InlineData(3, 1, 2, 3), InlineData(1, 1, 1, 1), InlineData(6, 12, 1, 1), InlineData(5, 14, 2, 1)]
    public void A_window_is_a_loop(int rows, int columns, int down, int across)
    {
        var x = Cases.ByName["softmax"].At(DType.F64, [[7, 15]])[0];
        double[] all = D(x);
        int m = (7 - rows) / down + 1, n = (15 - columns) / across + 1;
        double[] Loop(Func<double, double, double> f) => [.. from i in Enumerable.Range(0, m) from j in Enumerable.Range(0, n)
            select (from r in Enumerable.Range(0, rows) from c in Enumerable.Range(0, columns) select all[(i * down + r) * 15 + j * across + c]).Aggregate(f)];
        foreach (var (kind, f) in new (FoldKind, Func<double, double, double>)[] { (FoldKind.Sum, (a, b) => a + b), (FoldKind.Max, Math.Max), (FoldKind.Min, Math.Min) })
        {
            var y = Prim.Window(kind, x, [rows, columns], [down, across]);
            Assert.Equal([m, n], y.Shape.ToArray());
            Numbers.Near([Numbers.Shaped(Loop(f), [m, n])], [y], 1e-14, $"{kind}");
        }
    }

    [Fact]
    public void Equals_in_a_window_share_the_derivative() => Assert.Equal([0, 1.5, 0.5],
        D(Fn.Grad((Tensor x) => Prim.Window(FoldKind.Max, x, [2], [1]).Sum())(Tensor.From([1.0, 2, 2]))));

    // ---------------------------------------------------------------- forward mode

    public static TheoryData<string> Moving => [.. Cases.All.Select(c => c.Name).Where(n => Cases.ByName[n].IsDifferentiable
        && new[] { "gather", "slice", "sort", "top", "cum", "concat", "index", "recurrence", "range" }.Any(n.Contains))];

    [Theory, MemberData(nameof(Moving))]
    public void Forward_mode_contains_no_scatter(string name)
    {
        var c = Cases.ByName[name];
        var x = c.At(DType.F64).Last();
        var f = Graph.Trace(x.Select(t => t.Type), c.F).Graph;
        var graph = Forward.Jvp(f, [.. f.Inputs.Select(t => t.DType.IsFloat())], [.. f.Outputs.Select(t => t.DType.IsFloat())]);
        Assert.DoesNotContain("scatter", graph.ToString());
    }
}
