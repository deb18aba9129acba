using System.Numerics.Tensors;
using System.Text.RegularExpressions;

namespace StagedDiff.Tests;

/// <summary>Operators, methods and indices of tensors. Expected values are NumPy's, except where a comment says why not.</summary>
public class TensorTests
{
    static readonly Tensor x = Tensor.From(new[] { 1f, 2f, 3f }), m = Tensor.From(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } }), n = Tensor.Arange(4);
    static readonly Tensor cube = Tensor.Arange(24).Reshape(2, 3, 4);

    static void Shows(string expected, Tensor t) => Assert.Equal(expected, $"{t.Type} {t}".Replace("\n", ""));

    static void Measures(string shape, Tensor t) => Assert.Equal(shape, $"{t.Shape}");

    /// <summary>The whole message, with the line as n.</summary>
    static void Says<E>(string expected, Func<object> f) where E : Exception =>
        Assert.Equal(expected, Regex.Replace(Assert.Throws<E>(f).Message, @"\(TensorTests.cs:\d+\)", "(TensorTests.cs:n)"));

    static string Graph(Func<Tensor, Tensor> f, DType type, Shape shape) => StagedDiff.Graph.Of([new(type, shape)], t => [f(t[0])]).ToString();

    [Fact]
    public void The_largest_unsigned_number_is_read_as_it_is()
    {
        Assert.Equal(uint.MaxValue, Tensor.From(uint.MaxValue).Item<uint>());
        Assert.Equal(4294967295.0, Tensor.From(uint.MaxValue).Item<double>());
    }

    // Numbers written in the program

    [Fact]
    public void A_number_takes_the_type_of_the_tensor_it_meets()
    {
        Shows("f32[3] [0.1 0.2 0.3]", x * 0.1);
        Shows("f64[1] [0.1]", Tensor.From(1.0) * 0.1 + Tensor.Zeros([1], DType.F64));
        Shows("i64[1] [3]", Tensor.From(1L).Reshape(1) + 2);
        Shows("i32[4] [1 2 3 4]", 1 + n);
    }

    [Fact]
    public void A_number_with_a_point_makes_integers_and_bools_F32()
    {
        Shows("f32[4] [0. 2. 4. 6.]", n * 2.0);
        Shows("i32[3] [0 0 2]", (x > 2) * 2);
        Shows("f32[3] [0.  0.  0.5]", (x > 2) * 0.5);
    }

    [Fact]
    public void Numbers_that_meet_stay_exact_until_they_meet_a_tensor()
    {
        Tensor third = 1.0;
        third /= 3;
        Shows("f64[] 0.3333333333333333", third * Tensor.From(1.0));
        Shows("f64[] 1.4142135623730951", Tensor.Sqrt(2.0) * Tensor.From(1.0));
        Shows("f32[] 0.33333334", third);
        Shows("i32[] 7", Tensor.One * 3 + 4);
    }

    [Fact]
    public void A_number_makes_one_literal_and_no_cast() =>
        Assert.Equal("(a:f32[2]) =>\n  b:f32[2] = broadcast[0] 0.5\n  c:f32[2] = mul a b\n  return c", Graph(t => t * 0.5, DType.F32, [2]));

    // Operators

    [Fact]
    public void Division_of_integers_has_a_fraction() => Shows("f32[4] [0.  0.5 1.  1.5]", n / 2);

    // C#'s, where NumPy's takes the sign of the divisor.
    [Fact]
    public void The_remainder_has_the_sign_of_the_dividend() => Shows("i32[3] [-2  2  1]", Tensor.From(new[] { -5, 5, 7 }) % 3);

    [Fact]
    public void Bools_are_counted_in_arithmetic()
    {
        Shows("i32[3] [0 2 2]", (x > 1) + (x > 1));
        Shows("f32[3] [0. 2. 3.]", x * (x > 1));
        Shows("i32[] 2", (x > 1).Sum());
    }

    [Fact]
    public void Shapes_broadcast()
    {
        Shows("f32[2,3] [[2. 4. 6.] [5. 7. 9.]]", m + Tensor.From(new[] { 1f, 2f, 3f }));
        Shows("f32[2,3] [[1. 2. 3.] [0. 1. 2.]]", m - Tensor.From(new[] { 0f, 4f }).Unsqueeze(1));
        Shows("f32[0,3] []", Tensor.Zeros(0, 1) + x);
    }

    [Fact]
    public void Comparisons_and_logic()
    {
        Shows("bool[3] [False  True False]", x > 1 & x < 3);
        Shows("bool[3] [ True False  True]", !Tensor.Equal(x, 2));
        Shows("bool[3] [False  True  True]", 2 <= x);
        Shows("i32[4] [1 0 3 2]", n ^ 1);
        Shows("bool[1] [False]", Tensor.GreaterEqual(double.NaN, Tensor.Zeros(1)));
    }

    [Fact]
    public void A_scalar_bool_is_a_condition()
    {
        Tensor y = 20.0;
        while (Tensor.Abs(y) > 5) y = y / 2;
        Assert.Equal(5f, (float)y);
        Assert.True((x.Sum() > 1 && x.Sum() < 3) ? false : true);
    }

    [Fact]
    public void Powers()
    {
        Shows("i32[4] [ 0  1  8 27]", Tensor.Pow(n, 3));
        Shows("f32[3] [2. 4. 8.]", Tensor.Pow(2.0, x));
        Shows("f32[3] [1.         0.25       0.11111111]", Tensor.Pow(x, -2));
        Shows("f32[3] [-1.  8. 27.]", Tensor.Pow(Tensor.From(new[] { -1f, 2f, 3f }), 3.0));
    }

    [Fact]
    public void Sinh_keeps_its_digits_near_zero() => Shows("f32[1] [1.e-10]", Tensor.Sinh(Tensor.From([1e-10f])));

    // Shapes

    [Fact]
    public void Reshape_fills_in_an_extent()
    {
        Measures("[6]", m.Reshape(-1));
        Measures("[3,2]", m.Reshape([3, -1]));
        Measures("[1,6]", m.Reshape(new[] { 1, 6 }));
        Measures("[2,3,1]", m.Reshape(m.Shape[0], 3, 1));
    }

    [Fact]
    public void Reshape_keeps_a_symbolic_extent()
    {
        Shape images = [Extent.Symbol("batch"), 28, 28];
        const string flat = "(a:f32[batch,28,28]) =>\n  b:f32[batch,784] = reshape[batch,784] a\n  return b";
        Assert.Equal(flat, Graph(t => t.Reshape(-1, 784), DType.F32, images));
        Assert.Equal(flat, Graph(t => t.Reshape([t.Shape[0], 784]), DType.F32, images));
    }

    [Fact]
    public void Axes_are_moved_dropped_and_added()
    {
        Measures("[4,3,2]", cube.Transpose());
        Measures("[2,4,3]", cube.T);
        Measures("[3,2,4]", cube.Transpose(1, 0, -1));
        Measures("[2,1,3]", m.Unsqueeze(1));
        Measures("[2,3]", m.Unsqueeze(-1).Unsqueeze(0).Squeeze());
        Shows("f32[2,3] [[3. 2. 1.] [6. 5. 4.]]", m.Flip(1));
    }

    [Fact]
    public void Casts_truncate() => Shows("i32[2] [-1  1]", Tensor.From(new[] { -1.7, 1.7 }).Cast(DType.I32));

    // Reductions

    [Fact]
    public void Reductions_take_an_axis_several_or_all()
    {
        Shows("f32[] 21.0", m.Sum());
        Shows("f32[2] [ 6. 15.]", m.Sum(-1));
        Shows("f32[1,1] [[3.5]]", m.Mean([0, 1], keepDims: true));
        Shows("f32[2,1] [[3.] [6.]]", m.Max(1, true));
        Shows("f32[3] [ 4. 10. 18.]", m.Prod(0));
        Shows("f32[3] [2.25 2.25 2.25]", m.Var(0));
        Shows("f32[2] [1. 1.]", m.Std(1, ddof: 1));
        Shows("i32[2] [2 2]", m.ArgMax(1));
        Shows("i32[] 0", m.ArgMin());
    }

    [Fact]
    public void Reductions_of_nothing()
    {
        Shows("f32[3] [0. 0. 0.]", Tensor.Zeros(0, 3).Sum(0));
        Shows("f32[] 1.0", Tensor.Zeros(0).Prod());
        Shows("f32[] nan", Tensor.Zeros(0).Mean());
        Shows("bool[] True", Tensor.Zeros(0).All());
        Shows("f32[0] []", Tensor.Zeros(0, 3).Max(1));
    }

    [Fact]
    public void Reductions_of_small_types_are_I32()
    {
        Shows("i32[] 300", Tensor.From(new byte[] { 200, 100 }).Sum());
        Shows("u8[] 200", Tensor.From(new byte[] { 200, 100 }).Max());
        Shows("f32[] 1.5", n.Mean());
        Shows("bool[] True", (x > 1).Any());
        Shows("bool[] False", (x > 1).All());
    }

    // Products

    [Fact]
    public void Matrix_products_of_vectors_matrices_and_batches()
    {
        Shows("f32[2] [14. 32.]", m.MatMul(x));
        Shows("f32[] 14.0", x.MatMul(x));
        Shows("f32[2,2] [[14. 32.] [32. 77.]]", m.MatMul(m.T));
        Shows("i32[2,2] [[ 2  3] [ 6 11]]", n.Reshape(2, 2).MatMul(n.Reshape(2, 2)));
        Measures("[4,5,2,2]", Tensor.Ones(4, 1, 2, 3).MatMul(Tensor.Ones(5, 3, 2)));
        Measures("[4,2]", x.MatMul(Tensor.Ones(4, 3, 2)));
        Measures("[4,2,5,6]", Tensor.Ones(4, 2, 3).Dot(Tensor.Ones(5, 3, 6)));
    }

    // Indices

    [Fact]
    public void Integers_and_ranges()
    {
        Shows("f32[3] [4. 5. 6.]", m[-1]);
        Shows("f32[2] [5. 6.]", m[^1, 1..]);
        Shows("f32[2,1] [[3.] [6.]]", m[.., 2..9]);
        Shows("f32[0,3] []", m[5..9]);
        Shows("i32[2,3] [[ 3  7 11] [15 19 23]]", cube[Slice.Ellipsis, ^1]);
        Measures("[1,2,3]", m[Slice.NewAxis]);
    }

    [Fact]
    public void Steps()
    {
        Shows("f32[2,2] [[1. 3.] [4. 6.]]", m[.., Slice.Step(.., 2)]);
        Shows("f32[2,3] [[3. 2. 1.] [6. 5. 4.]]", m[.., Slice.Step(.., -1)]);
        Shows("i32[2] [3 1]", n[Slice.Step(1.., -2)]);
    }

    [Fact]
    public void Tensors_of_integers_gather()
    {
        Shows("f32[3] [3. 1. 3.]", x[new[] { 2, 0, -1 }]);
        Shows("f32[2,2] [[3. 1.] [6. 4.]]", m.Take(Tensor.From(new[] { 2, 0 }), 1));
        Shows("f32[2] [3. 4.]", m[new[] { 0, 1 }, new[] { 2, -3 }]);
        Shows("f32[2,2] [[3. 1.] [6. 4.]]", m[Tensor.From(new[] { 0, 1 }).Unsqueeze(1), new[] { 2, -3 }]);
        Shows("i32[2,3] [[ 3  8 10] [15 20 22]]", cube[.., new[] { 0, 2, 2 }, new[] { 3, 0, 2 }]);
    }

    // As in NumPy: what several indices pick stands in front when a range is between them.
    [Fact]
    public void Indices_apart_come_first()
    {
        Measures("[2,3]", cube[new[] { 0, 1 }, .., new[] { 0, 1 }]);
        Shows("i32[2,3] [[0 4 8] [1 5 9]]", cube[0, .., new[] { 0, 1 }]);
        Shows("i32[2,2] [[ 0  1] [12 13]]", cube[.., 0, new[] { 0, 1 }]);
    }

    [Fact]
    public void Masks()
    {
        Shows("f32[2] [2. 3.]", x[x > 1]);
        Shows("f32[4] [3. 4. 5. 6.]", m[m > 2]);
        Shows("f32[2,2] [[1. 3.] [4. 6.]]", m[.., Tensor.From(new[] { true, false, true })]);
    }

    [Fact]
    public void An_index_is_differentiated()
    {
        Shows("f32[2,3] [[0. 0. 0.] [0. 1. 1.]]", Fn.Grad((Tensor t) => t[1, 1..].Sum())(m));
        Shows("f32[3] [2. 0. 1.]", Fn.Grad((Tensor t) => t[new[] { 0, 2, 0 }].Sum())(x));
        Shows("f32[2,3] [[0. 0. 1.] [1. 0. 0.]]", Fn.Grad((Tensor t) => t[new[] { 0, 1 }, new[] { 2, 0 }].Sum())(m));
        Shows("f32[3] [0. 2. 2.]", Fn.Grad((Tensor t) => (2 * t[t > 1]).Sum())(x));
    }

    // Tensors from nothing

    [Fact]
    public void Ranges_and_constants()
    {
        Shows("i32[3] [2 4 6]", Tensor.Arange(2, 8, 2));
        Shows("i32[3] [5 3 1]", Tensor.Arange(5, 0, -2));
        Shows("f32[4] [0.   0.25 0.5  0.75]", Tensor.Arange(0, 1, 0.25));
        Shows("f32[4] [0.         0.33333334 0.6666667  1.        ]", Tensor.Linspace(0, 1, 4));
        Shows("f32[2,3] [[1. 0. 0.] [0. 1. 0.]]", Tensor.Eye(2, 3));
        Shows("i32[2] [7 7]", Tensor.Full([2], 7));
        Shows("f64[1] [1.]", Tensor.Ones([1], DType.F64));
        Shows("bool[3] [False False False]", Tensor.ZerosLike(x > 1));
    }

    [Fact]
    public void Constants_are_nodes_while_staging() =>
        Assert.Equal("(a:f32[2]) =>\n  b:f32[2] = broadcast[0] 3\n  c:f32[2] = add a b\n  return c", Graph(t => t + Tensor.Full([2], 3.0), DType.F32, [2]));

    [Fact]
    public void DotNet_tensors_come_and_go()
    {
        Tensor<float> there = m.ToSystemTensor<float>(), turned = m.T.ToSystemTensor<float>();
        Assert.Equal((6f, 6f), (there[1, 2], turned[2, 1]));
        Shows("f32[2,3] [[1. 2. 3.] [4. 5. 6.]]", Tensor.FromTensorSpan(there.AsReadOnlyTensorSpan()));
    }

    // Bad input

    [Fact]
    public void What_does_not_fit_says_why()
    {
        Says<ShapeException>("Add: shapes f32[2,3] and f32[4] do not broadcast: axis −1 is 3 and 4. (TensorTests.cs:n)", () => m + Tensor.Zeros(4));
        Says<ShapeException>("MatMul: expected [b…,m,k]·[b…,k,n], got f32[2,3] and f32[2,3]; did you mean x.MatMul(y.T)? (TensorTests.cs:n)", () => m.MatMul(m));
        Says<ShapeException>("MatMul: the leading axes of f32[4,2,3] and f32[5,3,2] do not broadcast. (TensorTests.cs:n)", () => Tensor.Ones(4, 2, 3).MatMul(Tensor.Ones(5, 3, 2)));
        Says<ShapeException>("Reshape: 6 elements of f32[2,3] do not fill [4,2]. (TensorTests.cs:n)", () => m.Reshape(4, 2));
        Says<ShapeException>("Sum: axis 2 is out of range for f32[2,3]; axes are −2 … 1. (TensorTests.cs:n)", () => m.Sum(2));
        Says<ShapeException>("Max: f32[0,3] has no elements along axis 0, and so no max. (TensorTests.cs:n)", () => Tensor.Zeros(0, 3).Max(0));
        Says<ShapeException>("BroadcastTo: f32[3] does not broadcast to [2,4]: axis −1 is 3 and 4. (TensorTests.cs:n)", () => x.BroadcastTo(2, 4));
        Says<ShapeException>("Squeeze: axis 1 of f32[2,3] is 3, not 1. (TensorTests.cs:n)", () => m.Squeeze(1));
        Says<ShapeException>("Transpose: an axis of f32[2,3] is named twice in [0,0]. (TensorTests.cs:n)", () => m.Transpose(0, 0));
    }

    [Fact]
    public void What_has_the_wrong_type_says_why()
    {
        Says<DTypeException>("And: expected bools or integers, got f32[3] and f32[3]. Compare first, as in x > 0. (TensorTests.cs:n)", () => x & x);
        Says<DTypeException>("Not: expected bools, got f32[3]. Compare first, as in x > 0. (TensorTests.cs:n)", () => !x);
        Says<DTypeException>("A condition must be one bool, got bool[3]. Compare first, as in x > 0, and join many with All or Any. (TensorTests.cs:n)", () => x > 1 ? 1 : 2);
        Says<DTypeException>("Add: the number 300 does not fit u8, the elements of u8[2]. Cast the tensor first. (TensorTests.cs:n)", () => Tensor.From(new byte[] { 1, 2 }) + 300);
        Says<DTypeException>("Index: expected indices that are integers, got f32[3]. Cast them first. (TensorTests.cs:n)", () => x[x]);
    }

    [Fact]
    public void What_is_out_of_range_says_so()
    {
        Says<IndexException>("Index: −4 is out of range for axis 0 of f32[3], which has 3 elements. (TensorTests.cs:n)", () => x[-4]);
        Says<IndexException>("Index: 3 is out of range for axis 1 of f32[2,3], which has 3 elements. (TensorTests.cs:n)", () => m[new[] { 0, 1 }, new[] { 0, 3 }]);
        Says<IndexException>("Index: 3 indices for f32[2,3], which has 2 axes. (TensorTests.cs:n)", () => m[0, 0, 0]);
        Says<IndexException>("Index: the mask bool[2] does not fit f32[3] at axis 0. (TensorTests.cs:n)", () => x[Tensor.From(new[] { true, false })]);
        Assert.Throws<IndexException>(() => x[new[] { 3 }]);
    }

    [Fact]
    public void What_has_no_value_yet_says_so()
    {
        Says<StagingException>("Index: how many elements the mask bool[3] picks is not known while tracing, and so no shape. "
            + "Use Np.Where(mask, x, 0), or do this outside of the function being traced. (TensorTests.cs:n)", () => Graph(t => t[t > 0], DType.F32, [3]));
        Assert.Throws<StagingException>(() => Graph(t => t.Sum() > 0 ? t : -t, DType.F32, [3]));
    }
}
