namespace StagedDiff.Tests;

/// <summary>Pooling against windows written out by hand.</summary>
public sealed class PoolTests
{
    static readonly Tensor x = Tensor.From([1f, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 1, 3, 4, 1);

    [Fact]
    public void Windows_are_as_far_apart_as_they_are_long()
    {
        Assert.Equal([6, 8], Nn.MaxPool(x, [1, 2, 2, 1]).ToArray<float>());
        Assert.Equal([14, 22], Nn.SumPool(x, [1, 2, 2, 1]).ToArray<float>());
        Assert.Equal([3.5f, 5.5f], Nn.MeanPool(x, [1, 2, 2, 1]).ToArray<float>());
    }

    [Fact]
    public void Added_places_never_win_and_count_as_zeros()
    {
        Assert.Equal([-1f, -1, -2], Nn.MaxPool(Tensor.From([-1f, -2]), [2], [1], [(1, 1)]).ToArray<float>());
        Assert.Equal([-0.5f, -1.5f, -1], Nn.MeanPool(Tensor.From([-1f, -2]), [2], [1], [(1, 1)]).ToArray<float>());
    }

    [Fact]
    public void A_pool_has_derivatives() => Fn.CheckGrads((Tensor x) => Nn.MaxPool(x, [2, 2], [1, 1]) * Nn.MeanPool(x, [2, 2], [1, 1]),
        Tensor.From([0.3, -1.2, 0.8, 2.1, -0.4, 0.1], 2, 3));

    [Fact]
    public void What_does_not_fit_is_said() =>
        Assert.StartsWith("MaxPool: expected a window, strides and padding for each axis of f32[1,3,4,1], got 2, 2 and 4.", Assert.Throws<ShapeException>(() => Nn.MaxPool(x, [2, 2])).Message);
}
