namespace StagedDiff.Tests;

// Values of NumPy 2.4.
public class NpArrayTests
{
    static readonly Tensor three = Tensor.From([1.0, 2, 3]);
    static readonly Tensor square = Tensor.From(new[,] { { 1, 2 }, { 3, 4 } });

    static double[] D(Tensor x) => x.Cast(DType.F64).ToArray<double>();
    static int[] I(Tensor x) => x.ToArray<int>();
    static string Text(params Tensor[] x) => string.Join(" | ", x.Select(t => string.Join(' ', D(t))));
    static string Refusal(Action f) => Assert.ThrowsAny<Exception>(f).Message;

    [Fact]
    public void Elementwise_functions_at_their_corners()
    {
        const double inf = double.PositiveInfinity, nan = double.NaN;
        Assert.Equal([0, 0.5, 1, nan], D(Np.Heaviside(Tensor.From([-1, 0, 2, nan]), 0.5)));
        Assert.Equal([-1.0, 2], D(Np.CopySign(Tensor.From([1.0, 2]), Tensor.From([-0.0, 3]))));
        Assert.Equal([-1.0, 1, -1], D(Np.Fmod(Tensor.From([-7.0, 7, -7]), Tensor.From([3.0, -3, -3]))));
        Assert.Equal([2.0, -2, -1], D(Np.Remainder(Tensor.From([-7.0, 7, -7]), Tensor.From([3.0, -3, -3]))));
        Assert.Equal([2, -2, -1], I(Np.Remainder(Tensor.From([-7, 7, -7]), Tensor.From([3, -3, -3]))));
        Near.Equal([-3, 1, 1, 0], D(Np.Cbrt(Tensor.From([-27.0, 8e300, 1e-300, 0])) / Tensor.From([1, 2e100, 1e-100, 1])), 3e-16);
        Assert.Equal([5, inf, Math.Sqrt(2) * 1e200, 0], D(Np.Hypot(Tensor.From([3, inf, 1e200, 0]), Tensor.From([4, nan, 1e200, 0]))));
        Assert.Equal([-inf, inf, 800], D(Np.LogAddExp(Tensor.From([-inf, inf, 0]), Tensor.From([-inf, inf, 800]))));
        Near.Equal([1, 0.6366197723675814, 0], D(Np.Sinc(Tensor.From([0, 0.5, 1]))), 1e-16);
        Assert.Equal([0, double.MaxValue, -double.MaxValue, 1], D(Np.NanToNum(Tensor.From([nan, inf, -inf, 1]))));
        Assert.Equal([true, false, true], Np.SignBit(Tensor.From([-0.0, 0, -1])).ToArray<bool>());
        Assert.Equal([true, false, true], Np.IsClose(Tensor.From([1, 1e8, inf]), Tensor.From([1 + 1e-6, 1.00001e8 + 10000, inf])).ToArray<bool>());
        Assert.True((bool)Np.ArrayEqual(three, Tensor.From([1, 2, 3])) && !(bool)Np.ArrayEqual(three, square) && !(bool)Np.ArrayEqual(nan, nan));
        Assert.Equal([10, 50, 7], I(Np.Select([Tensor.From([1, 5, 9]) < 4, Tensor.From([1, 5, 9]) < 8], [Tensor.From([10, 20, 30]), Tensor.From([40, 50, 60])], 7)));
    }

    // d/dx sinc = 0 at 0, d²/dx² = −π²/3
    // NumPy 2.2.
    [Fact]
    public void Operators_as_functions_and_their_kin()
    {
        Tensor a = Tensor.From([6, 7]), b = Tensor.From([3, -2]);
        Assert.Equal([9, 5, 3, 9, 18, -14], new[] { Np.Add(a, b), Np.Subtract(a, b), Np.Multiply(a, b) }.SelectMany(t => t.ToArray<int>()));
        Assert.Equal([2, -3.5f], Np.Divide(a, b).ToArray<float>());
        Assert.Equal([1, 2, double.NaN], Np.Fmax(Tensor.From([1, double.NaN, double.NaN]), Tensor.From([double.NaN, 2, double.NaN])).ToArray<double>());
        Assert.Equal([1, -2, double.NaN], Np.Fmin(Tensor.From([1.0, 3, double.NaN]), Tensor.From([double.NaN, -2, double.NaN])).ToArray<double>());
        Near.Equal([3.321928094887362, 2001, 1], Np.LogAddExp2(Tensor.From([1.0, 2000, double.NegativeInfinity]), Tensor.From([3.0, 2000, 1])).ToArray<double>());
        Assert.Equal([0.5, 1.5, 2.7, -1.2, 1234.5], Np.Round(Tensor.From([0.5, 1.5, 2.675, -1.25, 1234.5]), 1).ToArray<double>());
        Assert.Equal([20, 20, -40, 150], Np.Round(Tensor.From([15, 25, -35, 149]), -1).ToArray<int>());
        Assert.Equal([20.0, 20, -40, 150], Np.Round(Tensor.From([15.0, 25, -35, 149]), -1).ToArray<double>());
        Assert.Equal([1.5f, 2.0f], Np.Round(Tensor.From([1.5f, 2.0f]), 7).ToArray<float>());
        Assert.Equal([1, 0], Np.NanArgMax(Tensor.From([double.NaN, 4, 2, double.NaN], 2, 2), 0).ToArray<int>());
        Assert.Equal(2, (int)Np.NanArgMin(Tensor.From([double.NaN, 2, 1, 1])));
        Assert.Equal(5, (float)Np.Norm(new[] { 3f, 4 }));
    }

    [Fact]
    public void Tensors_of_one_number_are_made_by_NumPys_names()
    {
        Assert.Equal("f32[2,3] f64[2] f32[3] i32[2] i32[3] u8[2] bool[2] f32[2]", string.Join(' ', new[]
        {
            Np.Zeros(2, 3), Np.Zeros([2], DType.F64), Np.Ones(3), Np.Ones([2], DType.I32), Np.Arange(3), Np.ZerosLike(Tensor.Zeros([2], DType.U8)), Np.OnesLike(Np.Zeros(2), DType.Bool), Np.FullLike(Np.Zeros(2), 7),
        }.Select(t => t.Type)));
        Assert.Equal([0, 0, 1, 1, 5, 5, 7, 7], new[] { Np.Zeros(2), Np.Ones(2), Np.Full([2], 5f), Np.FullLike(Np.Zeros(2), 7) }.SelectMany(t => t.ToArray<float>()));
        Assert.Equal([2, 5, 8], Np.Arange(2, 9, 3).ToArray<int>());
        Assert.Equal([0, 0.5f], Np.Arange(0, 1, 0.5).ToArray<float>());
    }

    [Fact]
    public void Derivatives_at_corners_are_those_of_the_limit()
    {
        Near.Equal([0, -Math.PI * Math.PI / 3], [(double)Fn.Grad(Np.Sinc)(0.0), (double)Fn.Grad(Fn.Grad(Np.Sinc))(Tensor.From(0.0))]);
        static Tensor twice(Tensor x) => Np.LogAddExp(x, 2 * x);
        Near.Equal([1.5, 0.25], [(double)Fn.Grad(twice)(Tensor.From(0.0)), (double)Fn.Grad(Fn.Grad(twice))(Tensor.From(0.0))]);
        Assert.Equal([0.0, 0], D(Fn.Grad((Tensor x) => Np.Hypot(x[0], x[1]))(Tensor.From([0.0, 0]))));
    }

    [Fact]
    public void Padding_repeats_as_often_as_it_must()
    {
        Assert.Equal([3, 3, 2, 1, 1, 2, 3, 3, 2, 1], D(Np.Pad(three, [(4, 3)], PadMode.Symmetric)));
        Assert.Equal([2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3], D(Np.Pad(three, [(5, 4)], PadMode.Reflect)));
        Assert.Equal([3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2], D(Np.Pad(three, [(4, 5)], PadMode.Wrap)));
        Assert.Equal([1, 1, 1, 2, 3, 3], D(Np.Pad(three, [(2, 1)], PadMode.Edge)));
        Assert.Equal([7, 7, 7, 7], D(Np.Pad(Tensor.From([7.0]), [(1, 2)], PadMode.Reflect)));
        Assert.Equal([0, 0, 0, 0, 1, 2, 0, 3, 4], D(Np.Pad(square, [(1, 0), (1, 0)])));
        Assert.StartsWith("Pad: expected 1 pairs of numbers of 0 or more for f64[3], got [(1, 1),(2, 2)].", Refusal(() => Np.Pad(three, [(1, 1), (2, 2)])));
        Assert.StartsWith("Pad: axis 0 of f32[0] has no elements to repeat.", Refusal(() => Np.Pad(Tensor.Zeros(0), 1, PadMode.Edge)));
    }

    [Fact]
    public void Places_among_sorted_numbers()
    {
        Tensor s = Tensor.From([1.0, 2, 2, 3, double.NaN]), v = Tensor.From([0.0, 1, 2, 2.5, 3, double.NaN]);
        Assert.Equal([0, 0, 1, 3, 3, 4], I(Np.Searchsorted(s, v)));
        Assert.Equal([0, 1, 3, 3, 4, 5], I(Np.Searchsorted(s, v, right: true)));
        Tensor x = Tensor.From([0.2, 6.4, 3, 1.6, 1, 10, 11]), b = Tensor.From([0.0, 1, 2.5, 4, 10]);
        Assert.Equal([1, 4, 3, 2, 2, 5, 5], I(Np.Digitize(x, b)));
        Assert.Equal([1, 4, 3, 2, 1, 4, 5], I(Np.Digitize(x, b, right: true)));
        Assert.Equal([4, 1, 2, 3, 3, 0, 0], I(Np.Digitize(x, b.Flip(), descending: true)));
        Assert.Equal([4, 1, 2, 3, 4, 1, 0], I(Np.Digitize(x, b.Flip(), right: true, descending: true)));
    }

    [Fact]
    public void Histograms_count_the_last_bound()
    {
        Tensor x = Tensor.From([1.0, 2, 1, 4, 5]), b = Tensor.From([1.0, 2, 3, 5]);
        Assert.Equal([2, 1, 2], I(Np.Histogram(x, b)));
        Assert.Equal([0.4, 0.2, 0.2], D(Np.Histogram(x, b, density: true)));
        Assert.Equal([2.5, 1, 2], D(Np.Histogram(x, b, Tensor.From([0.5, 1, 2, 1, 1]))));
        var (counts, bounds) = Np.Histogram(x, 4);
        Assert.Equal("2 1 0 2 | 1 2 3 4 5", Text(counts, bounds));
        (counts, bounds) = Np.Histogram(Tensor.From([2.0, 2]), 2);
        Assert.Equal("0 2 | 1.5 2 2.5", Text(counts, bounds));
        Assert.Equal([1.0, 1, 0, 2], D(Np.Bincount(Tensor.From([0, 1, 1, 3, -1, 4]), 4, Tensor.From([1, 0.5, 0.5, 2, 9, 9]))));
    }

    [Fact]
    public void Interpolation_runs_straight_and_jumps()
    {
        Assert.Equal([2, 2, 3, 4, 3, 0, 0], D(Np.Interp(Tensor.From([-1, 0, 0.5, 1, 1.5, 3, 4]), Tensor.From([0.0, 1, 3]), Tensor.From([2.0, 4, 0]))));
        Assert.Equal([-9.0, 9], D(Np.Interp(Tensor.From([-1.0, 4]), Tensor.From([0.0, 1, 3]), Tensor.From([2.0, 4, 0]), -9, 9)));
        Assert.Equal([0.5, 5, 5.5], D(Np.Interp(Tensor.From([0.5, 1, 1.5]), Tensor.From([0.0, 1, 1, 2]), Tensor.From([0.0, 1, 5, 6]))));
        Assert.Equal([4.0], D(Np.Interp(Tensor.From([7.0]), Tensor.From([1.0]), Tensor.From([4.0]))));
        Assert.Equal([0.0, 2, -2, 0], D(Fn.Grad((Tensor x) => Np.Interp(x, Tensor.From([0.0, 1, 3]), Tensor.From([2.0, 4, 0])).Sum())(Tensor.From([-1, 0.5, 2, 4]))));
    }

    [Theory]
    [InlineData(5, 3, "2 5 8 11 8", "5 8 11", "4 7 10 13 4", "7 10 13")]
    [InlineData(5, 4, "2 5 7 9 5", "7 9", "0 1 3 5 13", "3 5")]
    [InlineData(3, 5, "2 5 3 7 3", "5 3 7", "5 9 1 7 2", "9 1 7")]
    [InlineData(4, 6, "2 5 7 7 12 7", "7 7 12", "8 13 13 3 10 3", "13 13 3")]
    [InlineData(2, 5, "1 2 2 3 1", "2 2 3 1", "5 0 4 1 2", "5 0 4 1")]
    public void Parts_of_convolutions(int n, int m, string same, string valid, string sameCorrelation, string validCorrelation)
    {
        Tensor a = Tensor.Arange(1, n + 1), v = Tensor.From([1, 0, 2, -1, 3, 1])[..m];
        string Text(Tensor x) => string.Join(' ', I(x));
        Assert.Equal((same, valid), (Text(Np.Convolve(a, v, ConvolveMode.Same)), Text(Np.Convolve(a, v, ConvolveMode.Valid))));
        Assert.Equal((sameCorrelation, validCorrelation), (Text(Np.Correlate(a, v, ConvolveMode.Same)), Text(Np.Correlate(a, v))));
        if (n == 5 && m == 3) Assert.Equal("2 4 7 10 13 4 5", Text(Np.Correlate(a, v, ConvolveMode.Full)));
    }

    [Fact]
    public void Quantiles_by_every_method()
    {
        var x = Tensor.From([8.0, 1, 4, 2]);
        Near.Equal([1, 1.9, 3, 8], D(Np.Quantile(x, Tensor.From([0, 0.3, 0.5, 1]))));
        var q = Tensor.From([0.3, 0.5, 0.9]);
        Assert.Equal([1, 2, 4], D(Np.Quantile(x, q, method: QuantileMethod.Lower)));
        Assert.Equal([2, 4, 8], D(Np.Quantile(x, q, method: QuantileMethod.Higher)));
        Assert.Equal([2, 4, 8], D(Np.Quantile(x, q, method: QuantileMethod.Nearest)));
        Assert.Equal([1.5, 3, 6], D(Np.Quantile(x, q, method: QuantileMethod.Midpoint)));
        Assert.Equal([3.0], D(Np.Percentile(x, 50, keepDims: true)));
        Assert.Equal([double.NaN, 1.5], D(Np.Median(Tensor.From([1, double.NaN, 1, 2], [2, 2], DType.F64), 1)));
        Assert.Equal([double.NaN], D(Np.Quantile(x, Tensor.From([1.1]))));
    }

    [Fact]
    public void Different_elements_and_their_places()
    {
        var x = Tensor.From([3, 1, 2, 3, double.NaN, 1, double.NaN]);
        Assert.Equal([1, 2, 3, double.NaN], D(Np.Unique(x)));
        var (values, first, inverse, counts) = Np.UniqueAll(x);
        Assert.Equal("1 2 0 4 | 2 0 1 2 3 0 3 | 2 1 2 2", Text(first, inverse, counts));
        Assert.Equal(0, Np.Unique(Tensor.Zeros(0)).Size);
        Assert.Equal([1.0, 0, 0, 1, 0, 0, 0], D(Fn.Grad((Tensor t) => Np.Unique(t)[^1])(Tensor.From([3.0, 1, 2, 3.5, 1, 0, 1])) + Tensor.From([1.0, 0, 0, 0, 0, 0, 0])));
        Assert.StartsWith("Unique: the shape of the result depends on the elements of f64[7], which are not known while tracing.", Refusal(() => Fn.Jit<Tensor, Tensor>(Np.Unique)(x)));
        Assert.Equal("0 1 | 1 0", Text(Np.Nonzero(Tensor.From(new[,] { { 0, 5 }, { 6, 0 } }))));
        Assert.Equal([0, 1, 1, 0], I(Np.ArgWhere(Tensor.From(new[,] { { 0, 5 }, { 6, 0 } }))));
        Assert.Equal([2.0, 3], D(Np.Extract(three > 1, three)));
    }

    [Fact]
    public void Grids_rows_and_matrices()
    {
        Assert.Equal([1.0, 10, 100], D(Np.Logspace(0, 2, 3)));
        Near.Equal([1.0, 10, 100, 1000], D(Np.Geomspace(1, 1000, 4, DType.F64)), 1e-13);
        Near.Equal([-1.0, -2, -4, -8], D(Np.Geomspace(-1, -8, 4, DType.F64)));
        Assert.Equal([0.0, 0.5, 1], D(Np.Linspace(0, 1, 3)));
        Assert.Equal([1.0, 1.5], D(Np.Arange(1, 2, 0.5)));
        Assert.Equal("1 2 1 2 1 2 | 3 3 4 4 5 5", Text(Np.Meshgrid([Tensor.From([1, 2]), Tensor.From([3, 4, 5])])));
        Assert.Equal("1 1 1 2 2 2 | 3 4 5 3 4 5", Text(Np.Meshgrid([Tensor.From([1, 2]), Tensor.From([3, 4, 5])], ij: true)));
        Assert.Equal([1, 1, 1, 4, 2, 1, 9, 3, 1], D(Np.Vander(three, 3)));
        Assert.Equal([1, 1, 1, 1, 2, 4, 1, 3, 9], D(Np.Vander(three, 3, increasing: true)));
        Assert.Equal([1, 1, 0, 1, 1, 1], D(Np.Tri(2, 3, 1)));
        Assert.Equal([0, 1, 0, 0], D(Np.Eye(2, k: 1)));
        Assert.Equal([1, 0, 0, 1], D(Np.Identity(2)));
        Assert.Equal([0, 0, 1, 1, 0, 1, 0, 1], I(Np.Indices(2, 2)));
        Assert.Equal([1, 10, 2, 20], I(Np.Kron(Tensor.From([1, 2]), Tensor.From(new[,] { { 1, 10 } }))));
        Assert.Equal(5, (int)Np.Trace(square));
        Assert.Equal([-3, 6, -3], I(Np.Cross(Tensor.From([1, 2, 3]), Tensor.From([4, 5, 6]))));
        Assert.Equal(-3, (int)Np.Cross(Tensor.From([1, 2]), Tensor.From([4, 5])));
        Assert.Equal(76, (int)Np.PolyVal(Tensor.From([3, 0, 1]), 5));
    }

    [Fact]
    public void Turned_rolled_and_cut()
    {
        Assert.Equal("2 4 1 3 | 3 1 4 2 | 4 3 2 1", Text(Np.Rot90(square), Np.Rot90(square, 3), Np.Rot90(square, -2)));
        Assert.Equal("4 1 2 3 | 3 4 1 2 | 2 1 4 3", Text(Np.Roll(square, 1), Np.Roll(square, -3, 0), Np.Roll(square, 5, 1)));
        Assert.Equal("0 | 1 2 | 3 4 | ", Text(Np.Split(Tensor.Arange(5), [1, 3, 9])));
        Assert.Equal("0 1 2 |  | 1 2 3 4", Text(Np.Split(Tensor.Arange(5), [3, 1])));
        Assert.Equal([1, 1, 3], I(Np.Repeat(Tensor.From([1, 2, 3]), [2, 0, 1])));
        Assert.Equal([1, 2, 1, 2, 1, 2, 1, 2], I(Np.Tile(Tensor.From(new[,] { { 1, 2 } }), 2, 2)));
        Assert.Equal("i32[2,2,3]", Np.MoveAxis(Tensor.Zeros([2, 3, 2], DType.I32), 1, 2).Type.ToString());
        Assert.Equal("i32[4,2,3]", Np.MoveAxis(Tensor.Zeros([2, 3, 4], DType.I32), [2, 0], [0, 1]).Type.ToString());
        Assert.StartsWith("Split: axis 0 of i32[5] does not make 2 equal parts.", Refusal(() => Np.Split(Tensor.Arange(5), 2)));
        Assert.StartsWith("Roll: axis 2 is out of range for i32[2,2]", Refusal(() => Np.Roll(square, 1, 2)));
    }

    [Fact]
    public void Elements_are_put_between()
    {
        var x = Tensor.Arange(6).Reshape(2, 3);
        Assert.Equal([0, 9, 1, 2, 3, 9, 4, 5], Np.Insert(x, 1, 9, 1).ToArray<int>());
        Assert.Equal([0, 1, 2, 3, 4, 5, 7, 8, 9], Np.Insert(x, 2, Tensor.From([7, 8, 9])).ToArray<int>());
        Assert.Equal([0, 1, 7, 7, 2, 3, 4, 7, 7, 5], Np.Insert(x, -1, Tensor.From([7, 7, 7, 7], 2, 2), -1).ToArray<int>());
        Assert.Equal([1, 2, 3, 4], Np.Append(Tensor.From([1, 2], 1, 2), Tensor.From([3, 4], 1, 2), 0).ToArray<int>());
        Assert.Equal(Shape.Of(3), Np.Append(Tensor.From([1, 2], 1, 2), 3).Shape);
        Assert.Equal([0, 1, 0, 0, 0, 2, 0, 0, 0], Np.DiagFlat(Tensor.From([1, 2], 1, 2), 1).ToArray<int>());
        Assert.StartsWith("Insert: 3 is out of range for axis 0 of i32[2,3], which has 2 elements.", Assert.Throws<IndexException>(() => Np.Insert(x, 3, 0)).Message);
    }

    // numpy.polyfit, NumPy 2.2; the second far from 0, where powers differ by 10⁷.
    [Fact]
    public void Polynomials_are_fitted()
    {
        Near.Equal([-0.14285714285714296, 1.3714285714285717, 1.1142857142857137], Np.PolyFit(Tensor.Arange(0.0, 5, 1, DType.F64), Tensor.From([1.0, 3, 2, 5, 4]), 2).ToArray<double>());
        Near.Equal([1.1000000000000003, 1.0000000000000002, 1.1000000000000003, 0.5000000000000006], Np.PolyFit(Tensor.Arange(0.0, 4, 1, DType.F64), Tensor.From([1.0, 2, 3, 0, 2, 1, 5, 5], 4, 2), 1).ToArray<double>());
        var years = Tensor.Arange(2000.0, 2006, 1, DType.F64);
        var y = Tensor.From([1.0, 3, 2, 5, 4, 7]);
        Near.Equal(Np.PolyVal(Np.PolyFit(years - 2000, y, 2), years - 2000).ToArray<double>(), Np.PolyVal(Np.PolyFit(years, y, 2), years).ToArray<double>(), 1e-6);
        Assert.StartsWith("PolyFit: expected points [n] and values [n] or [n,k], got f32[3] and f32[2].", Assert.Throws<ShapeException>(() => Np.PolyFit(Np.Zeros(3), Np.Zeros(2), 1)).Message);
    }

    [Fact]
    public void Sets_and_parts()
    {
        Tensor a = Tensor.From([3, 1, 2, 3]), b = Tensor.From([2, 5, 3]);
        Assert.Equal("1 2 3 5 | 2 3 | 1", Text(Np.Union1D(a, b), Np.Intersect1D(a, b), Np.SetDiff1D(a, b)));
        Assert.Equal([true, false, true, true], Np.IsIn(a, b).ToArray<bool>());
        Assert.Equal("0 1 | 2 | 3", Text(Np.ArraySplit(Tensor.Arange(4), 3)));
        Assert.Equal("1 3 | 3 5 2", Text(Np.Delete(a, [0, -2]), Np.Delete(b[Tensor.From([2, 1, 0])], [])));
        Assert.StartsWith("Delete: 4 is out of range for axis 0 of i32[4], which has 4 elements.", Refusal(() => Np.Delete(a, [4])));
        Assert.Equal("2 3 4 4.5 5", Text(Np.Gradient(Tensor.From([1.0, 3, 7, 11, 16]))));
        Assert.Equal("0 1 1 | 0 0 1", Text(Np.TrilIndices(2).Rows, Np.TrilIndices(2).Columns));
        Assert.Equal("0 | 1", Text(Np.TriuIndices(2, 1).Rows, Np.TriuIndices(2, 1).Columns));
        var x = Tensor.From([1, double.NaN, 3, 2, double.NaN, double.NaN], [2, 3], DType.F64);
        Assert.Equal("2 2 | 2", Text(Np.NanMedian(x, 1), Np.NanMedian(x)));
        Assert.Equal("1.5 2", Text(Np.NanQuantile(x, 0.25, 1)));
        Assert.Equal("NaN", Text(Np.NanMedian(Tensor.From([double.NaN]))));
    }

    [Fact]
    public void Sums_and_their_kin_without_nan()
    {
        const double nan = double.NaN;
        var x = Tensor.From([1, nan, 3, 5]);
        Assert.Equal([9, 15, 3, 5, 1], D(Np.Stack([Np.NanSum(x), Np.NanProd(x), Np.NanMean(x), Np.NanMax(x), Np.NanMin(x)])));
        Assert.Equal((4.0, 2.0), ((double)Np.NanVar(x, ddof: 1), (double)Np.NanStd(x, ddof: 1)));
        Assert.Equal([1, 1, 4, 9], D(Np.NanCumSum(x)));
        Assert.Equal([1, nan], D(Np.NanMean(Tensor.From([1, nan, nan, nan], [2, 2], DType.F64), 1)));
        Assert.Equal([nan, nan], [(double)Np.NanMax(Tensor.From([nan])), (double)Np.NanVar(Tensor.From([1, nan]), ddof: 1)]);
        Assert.Equal([1.0 / 3, 0, 1.0 / 3, 1.0 / 3], D(Fn.Grad((Tensor t) => Np.NanMean(t))(x)));
        Assert.Equal([2.5, 3.5], D(Np.Average(Tensor.From(new[,] { { 1.0, 2 }, { 3, 4 } }), Tensor.From([1.0, 3]), 0)));
        Near.Equal([7.0 / 3, -0.5, -0.5, 1], D(Np.Cov(Tensor.From(new[,] { { 1.0, 2, 4 }, { 3, 1, 2 } }))));
        Near.Equal([1, -0.3273268353539886, -0.3273268353539886, 1], D(Np.CorrCoef(Tensor.From(new[,] { { 1.0, 2, 4 }, { 3, 1, 2 } }))));
        Assert.Equal((7.5, 2, 2), ((double)Np.Trapezoid(Tensor.From([1.0, 2, 4]), Tensor.From([0.0, 1, 3])), (int)Np.Diff(Tensor.From([1, 4, 9]), 2), (int)Np.CountNonzero(Tensor.From([0, 3, 4]))));
        Assert.Equal([true, false], Np.Diff(Tensor.From([true, false, false])).ToArray<bool>());
    }
}
