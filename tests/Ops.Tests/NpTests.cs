namespace StagedDiff.Tests;

// Values of NumPy.
public class NpTests
{
    [Fact]
    public void Where_broadcasts_and_literals_give_way()
    {
        var x = Tensor.From([-1.0, 0, 2]);
        Assert.Equal([0.0, 0, 2], Np.Where(x > 0, x, 0).ToArray<double>());
        Assert.Equal([1, 2, 1, 2], Np.Where(Tensor.From(new[,] { { 1 }, { 3 } }) > 0, Tensor.From([1, 2]), 5).ToArray<int>());
        Assert.Equal([1f, 0.5f], Np.Where(Tensor.From([1, 0]), 1, 0.5).ToArray<float>());
        Assert.Equal(DType.I32, Np.Where(x > 0, 1, 0).DType);
    }

    [Fact]
    public void Where_keeps_the_branch_not_taken_out_of_the_gradient() =>
        Assert.Equal([0.0, 0.5], Fn.Grad((Tensor x) => Np.Where(x > 0, Tensor.Log(x), 0).Sum())(Tensor.From([0.0, 2])).ToArray<double>());

    [Fact]
    public void Where_refuses_shapes_that_do_not_meet() =>
        Assert.StartsWith("Where: shapes bool[2] and f32[3] and i32[] do not broadcast: axis −1 is 2 and 3.",
            Assert.Throws<ShapeException>(() => Np.Where(Tensor.Zeros(2) > 0, Tensor.Zeros(3), 0)).Message);

    // Lectures: sign as a loss has no gradient.
    [Fact]
    public void Sign_is_flat()
    {
        var x = Tensor.From([-3.0, 0, 2, double.NaN]);
        Assert.Equal([-1.0, 0, 1, double.NaN], Np.Sign(x).ToArray<double>());
        Assert.Equal([0.0, 0, 0, 0], Fn.Grad((Tensor t) => Np.Sign(t).Sum())(x).ToArray<double>());
    }

    [Fact]
    public void Functions_near_zero_keep_their_digits()
    {
        Near.Equal([1e-10], Np.Log1p(Tensor.From([1e-10])).ToArray<double>(), 1e-19);
        Near.Equal([1e-10], Np.Expm1(Tensor.From([1e-10])).ToArray<double>(), 1e-19);
    }

    [Fact]
    public void Clip_takes_one_bound_or_two()
    {
        var x = Tensor.From([-1f, 0.5f, 2, float.NaN]);
        Assert.Equal([0f, 0.5f, 1, float.NaN], Np.Clip(x, 0, 1).ToArray<float>());
        Assert.Equal([-1f, 0.5f, 1, float.NaN], Np.Clip(x, max: 1).ToArray<float>());
        Assert.Equal([0f, 0.5f, 2, float.NaN], Np.Clip(x, 0).ToArray<float>());
    }

    [Fact]
    public void Floor_divide_rounds_down()
    {
        Assert.Equal([3, -4, -4, 3, 0, -1], Np.FloorDivide(new[] { 7, -7, 7, -7, 1, -1 }, new[] { 2, 2, -2, -2, 3, 3 }).ToArray<int>());
        Assert.Equal([9.0, -4, 3], Np.FloorDivide(new[] { 1.0, -7, 6 }, new[] { 0.1, 2, 2 }).ToArray<double>());
        Assert.Equal([3u], Np.FloorDivide(Tensor.From([7u]), 2).ToArray<uint>());
    }

    [Fact]
    public void Finite_and_nan_are_told_apart()
    {
        var x = Tensor.From([1f, float.PositiveInfinity, float.NegativeInfinity, float.NaN]);
        Assert.Equal([true, false, false, false], Np.IsFinite(x).ToArray<bool>());
        Assert.Equal([false, false, false, true], Np.IsNaN(x).ToArray<bool>());
        Assert.Equal([true], Np.IsFinite(Tensor.From([1])).ToArray<bool>());
    }

    [Fact]
    public void Tensors_join_along_an_axis_old_or_new()
    {
        Tensor a = Tensor.From([1, 2]), b = Tensor.From([3.5]);
        Assert.Equal([1f, 2, 3.5f], Np.Concatenate([a, b.Cast(DType.F32)]).ToArray<float>());
        Assert.Equal([1.0, 2, 3.5], Np.Concatenate([a, b], -1).ToArray<double>());
        Assert.Equal(Shape.Of(2, 3), Np.Stack([a, a, a], -1).Shape);
        Assert.Equal([1, 2, 1, 2], Np.Stack([a, a]).ToArray<int>());
        Assert.Equal([0.1, 3.5], Np.Stack([0.1, b[0]]).ToArray<double>());
    }

    [Fact]
    public void What_does_not_join_is_refused()
    {
        string Refusal(Action f) => Assert.Throws<ShapeException>(f).Message;
        Assert.StartsWith("Concatenate: expected at least one tensor, got none.", Refusal(() => Np.Concatenate([])));
        Assert.StartsWith("Concatenate: expected shapes that differ along axis 0 only, got f32[1,2] and f32[1,3].", Refusal(() => Np.Concatenate([Tensor.Zeros(1, 2), Tensor.Zeros(1, 3)])));
        Assert.StartsWith("Concatenate: axis 1 is out of range for f32[2]", Refusal(() => Np.Concatenate([Tensor.Zeros(2)], 1)));
        Assert.StartsWith("Stack: expected tensors of one shape, got f32[2] and f32[3].", Refusal(() => Np.Stack([Tensor.Zeros(2), Tensor.Zeros(3)])));
    }

    // Abramowitz and Stegun, and Python's math module.
    [Fact]
    public void Functions_of_one_number_have_their_known_values()
    {
        Tensor half = Tensor.From(0.5), one = Tensor.From(1.0);
        Near.Equal(
            [1.0471975511965976, 0.5235987755982989, 0.4636476090008061, 2.356194490192345, 1.3169578969248166, 0.48121182505960347, 0.5493061443340549, 1.1752011936438014, 1.5430806348152437],
            [(double)Np.Acos(half), (double)Np.Asin(half), (double)Np.Atan(half), (double)Np.Atan2(one, -1.0), (double)Np.Acosh(Tensor.From(2.0)), (double)Np.Asinh(half), (double)Np.Atanh(half), (double)Np.Sinh(one), (double)Np.Cosh(one)]);
        Near.Equal(
            [0.5204998778130465, 0.4795001221869535, 0.4769362762044699, 3.1780538303479458, -0.5772156649015329, 1.6449340668482264],
            [(double)Np.Erf(half), (double)Np.Erfc(half), (double)Np.ErfInv(half), (double)Np.LogGamma(Tensor.From(5.0)), (double)Np.Digamma(one), (double)Np.Polygamma(1, one)]);
        Assert.Equal([-1, -1, 2, -2], [(double)Np.Ceil(Tensor.From(-1.5)), (double)Np.Trunc(Tensor.From(-1.5)), (double)Np.Round(Tensor.From(2.5)), (double)Np.Floor(Tensor.From(-1.5))]);
        Assert.Equal([true, false, false], Np.IsInf(Tensor.From([double.NegativeInfinity, 1, double.NaN])).ToArray<bool>());
    }

    [Fact]
    public void Bits_of_integers_are_those_of_CSharp()
    {
        Tensor six = Tensor.From(6), three = Tensor.From(3);
        Assert.Equal([6 & 3, 6 | 3, 6 ^ 3, ~6, 6 << 3, -8 >> 1],
            [(int)Np.BitwiseAnd(six, three), (int)Np.BitwiseOr(six, three), (int)Np.BitwiseXor(six, three), (int)Np.Invert(six), (int)Np.LeftShift(six, three), (int)Np.RightShift(Tensor.From(-8), 1)]);
    }
}
