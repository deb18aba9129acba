namespace StagedDiff.Tests;

/// <summary>Elementwise functions of Np against System.Math, closed forms and tables.</summary>
public sealed class ElementwiseTests
{
    static readonly double[] all = [-2.5, -0.5, 0, 0.3, 0.5, 1, 1.5, 7], unit = [-0.9, -0.3, 0, 0.5, 1], above = [1, 1.5, 20];

    static readonly (Func<Tensor, Tensor> F, Func<double, double> Expected, double[] At)[] rows =
    [
        (x => Np.Tan(x), Math.Tan, all), (x => Np.Asin(x), Math.Asin, unit), (x => Np.Acos(x), Math.Acos, unit), (x => Np.Atan(x), Math.Atan, all),
        (x => Np.Sinh(x), Math.Sinh, all), (x => Np.Cosh(x), Math.Cosh, all), (x => Np.Asinh(x), Math.Asinh, all), (x => Np.Acosh(x), Math.Acosh, above),
        (x => Np.Atanh(x), Math.Atanh, unit), (x => Np.Atan2(x, 2), y => Math.Atan2(y, 2), all),
        (x => Np.Floor(x), Math.Floor, all), (x => Np.Ceil(x), Math.Ceiling, all), (x => Np.Round(x), x => Math.Round(x, MidpointRounding.ToEven), all), (x => Np.Trunc(x), Math.Truncate, all),
        (x => Np.Erfc(x) + Np.Erf(x), _ => 1, all), (x => Np.Erf(Np.ErfInv(x)), x => x, unit),
        (x => Np.LogGamma(x + 1) - Np.LogGamma(x), Math.Log, above), (x => Np.Digamma(x + 1) - Np.Digamma(x), x => 1 / x, above),
        (x => Np.Polygamma(0, x) - Np.Digamma(x), _ => 0, above), (x => Np.Polygamma(1, x) - Np.Polygamma(1, x + 1), x => 1 / (x * x), above),
    ];

    [Fact]
    public void Functions_have_their_values()
    {
        foreach (var (f, expected, at) in rows)
        {
            double[] y = f(Tensor.From(at)).ToArray<double>();
            for (int i = 0; i < at.Length; i++)
            {
                double wanted = expected(at[i]);
                Assert.True(y[i].Equals(wanted) || Math.Abs(y[i] - wanted) <= 1e-14 * (1 + Math.Abs(wanted)), $"at {at[i]}: expected {wanted}, got {y[i]}");
            }
        }
        Assert.Throws<ArgumentException>(() => Np.Polygamma(-1, 1));
    }

    [Fact]
    public void Infinities_are_told() => Assert.Equal([true, true, false, false], Np.IsInf(Tensor.From([1 / 0.0, -1 / 0.0, 0 / 0.0, 1])).ToArray<bool>());

    [Fact]
    public void Bits_are_moved_and_combined()
    {
        Tensor a = Tensor.From([12, -1, 5]), b = Tensor.From([10, 3, 1]);
        Assert.Equal([8, 3, 1], Np.BitwiseAnd(a, b).ToArray<int>());
        Assert.Equal([14, -1, 5], Np.BitwiseOr(a, b).ToArray<int>());
        Assert.Equal([6, -4, 4], Np.BitwiseXor(a, b).ToArray<int>());
        Assert.Equal([-13, 0, -6], Np.Invert(a).ToArray<int>());
        Assert.Equal([12288, -8, 10], Np.LeftShift(a, b).ToArray<int>());
        Assert.Equal([0, -1, 2], Np.RightShift(a, b).ToArray<int>());
        Assert.Throws<DTypeException>(() => Np.LeftShift(Tensor.From(1f), 1));
    }

    [Fact]
    public void Tensors_are_sorted_together() => Assert.Equal([1, 2, 3, 30, 10, 20],
        Np.SortTogether([Tensor.From([2, 3, 1]), Tensor.From([10, 20, 30])]).SelectMany(t => t.ToArray<int>()));
}
