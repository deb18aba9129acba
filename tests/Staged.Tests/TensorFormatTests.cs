namespace StagedDiff.Tests;

/// <summary>Text of tensors: what numpy.array2string (2.x) gives for the same arrays.</summary>
public class TensorFormatTests
{
    static void Prints(string expected, Tensor t) => Assert.Equal(expected, t.ToString());

    [Fact]
    public void Floats_are_aligned_at_the_point()
    {
        Prints("[1. 2. 3.]", new float[] { 1, 2, 3 });
        Prints("[[1.5  2.  ]\n [3.   4.25]]", new[,] { { 1.5f, 2 }, { 3, 4.25f } });
        Prints("[  0.33333333   0.66666667 100.        ]", new[] { 1 / 3.0, 2 / 3.0, 100 });
        Prints("[0.33333334 0.1       ]", new[] { 1 / 3f, 0.1f });
        Prints("[  -1.    0. 1000.]", new[] { -1.0, 0, 1000 });
        Prints("[0.3 1.5]", new[] { 0.1 + 0.2, 1.5 });
    }

    [Fact]
    public void Large_small_or_uneven_floats_have_exponents()
    {
        Prints("[1.e-05 1.e+00]", new[] { 1e-5, 1 });
        Prints("[1.5e-05 1.0e+00]", new[] { 1.5e-5, 1 });
        Prints("[ 1.e+100 -1.e-005]", new[] { 1e100, -1e-5 });
        Prints("[1.0e-03 1.5e+00]", new[] { 0.001, 1.5 });
        Prints("[1.e+08 1.e+08]", new[] { 1e8f, 1e8f });
    }

    [Fact]
    public void Special_floats()
    {
        Prints("[ nan  inf -1.5]", new[] { double.NaN, double.PositiveInfinity, -1.5 });
        Prints("[ nan -inf]", new[] { double.NaN, double.NegativeInfinity });
        Prints("[-0.  0.]", new[] { -0.0, 0 });
    }

    [Fact]
    public void Integers_and_bools_are_aligned_right()
    {
        Prints("[-10   5 100]", new[] { -10, 5, 100 });
        Prints("[ True False]", Tensor.From(new[] { true, false }));
        Prints("[4294967295]", Tensor.From(new[] { uint.MaxValue }));
    }

    [Fact]
    public void A_number_of_rank_0_is_written_as_Python_does()
    {
        Prints("2.0", Tensor.From(2f));
        Prints("0.1", Tensor.From(0.1f));
        Prints("0.30000000000000004", Tensor.From(0.1 + 0.2));
        Prints("1e-05", Tensor.From(1e-5));
        Prints("1e+16", Tensor.From(1e16));
        Prints("-0.0", Tensor.From(-0.0));
        Prints("nan", Tensor.From(double.NaN));
        Prints("3", Tensor.From(3));
        Prints("True", Tensor.From(true));
        Prints("2.5", 2.5);
        Prints("7", 7);
    }

    [Fact]
    public void Matrices_in_matrices()
    {
        Prints("[]", Tensor.Zeros(0, 3));
        Prints("[[[0. 1.]\n  [2. 3.]]\n\n [[4. 5.]\n  [6. 7.]]]", Tensor.From(new float[] { 0, 1, 2, 3, 4, 5, 6, 7 }, 2, 2, 2));
        Prints("[[0. 2.]\n [1. 3.]]", Tensor.From(new float[] { 0, 1, 2, 3 }, 2, 2).T);
    }

    [Fact]
    public void Long_lines_are_broken() => Prints(
        "[ 0.    0.37  0.74  1.11  1.48  1.85  2.22  2.59  2.96  3.33  3.7   4.07\n  4.44  4.81  5.18  5.55  5.92  6.29  6.66  7.03  7.4   7.77  8.14  8.51\n  8.88  9.25  9.62  9.99 10.36 10.73]",
        Enumerable.Range(0, 30).Select(i => i * 0.37).ToArray());

    [Fact]
    public void More_than_a_thousand_elements_are_summarised()
    {
        Prints("[   0    1    2 ... 1997 1998 1999]", Enumerable.Range(0, 2000).ToArray());
        Prints("[[0 0 0 ... 0 0 0]\n [0 0 0 ... 0 0 0]\n [0 0 0 ... 0 0 0]\n ...\n [0 0 0 ... 0 0 0]\n [0 0 0 ... 0 0 0]\n [0 0 0 ... 0 0 0]]",
            Tensor.Zeros([40, 30], DType.I32));
    }

    [Fact]
    public void A_symbolic_tensor_shows_its_type_and_a_live_one_its_value()
    {
        var seen = new List<string>();
        Graph.Of([new(DType.F32, [3])], x => { seen.Add($"{x[0]}"); return x; });
        Fn.Grad((Tensor x) => { seen.Add($"{x}"); return x.Sum(); })(new float[] { 1, 2 });
        Assert.Equal(["f32[3] (symbolic)", "[1. 2.]"], seen);
    }

    [Fact]
    public void Formats_of_numbers()
    {
        var invariant = System.Globalization.CultureInfo.InvariantCulture;
        Assert.Equal("0.3333", string.Create(invariant, $"{Tensor.From(1 / 3f):F4}"));
        Assert.Equal("   2.0", string.Create(invariant, $"{Tensor.From(2f),6:F1}"));
        Assert.Equal("[[ 1.50  2.00]\n [-3.00 14.25]]", Tensor.From(new[,] { { 1.5, 2 }, { -3, 14.25 } }).ToString("F2", invariant));
        Assert.Equal("[001 020]", Tensor.From([1, 20]).ToString("000", invariant));
        Assert.Equal("[1.5 2. ]", string.Create(invariant, $"{Tensor.From([1.5f, 2])}"));
        Assert.Equal("[ True False]", Tensor.From([true, false]).ToString("F2", invariant));
        Assert.Equal("1,5", Tensor.From(1.5).ToString("F1", new System.Globalization.NumberFormatInfo { NumberDecimalSeparator = "," }));
    }
}
