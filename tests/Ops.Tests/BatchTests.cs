namespace StagedDiff.Tests;

public class BatchTests
{
    static readonly Tensor x = Tensor.Arange(20).Reshape(10, 2), y = Tensor.Arange(10).Cast(DType.U8);

    static int[] Labels(int seed = 0, int epoch = 0, int size = 3) => [.. Data.Batches(x, y, size, seed, epoch).SelectMany(b => b.Y.Cast(DType.I32).ToArray<int>())];

    [Fact]
    public void A_pass_has_each_row_once_beside_its_own()
    {
        Assert.Equal(Enumerable.Range(0, 10), Labels().Order());
        foreach (var (rows, labels) in Data.Batches(x, y, 3))
            Assert.Equal(rows[.., 0].ToArray<int>(), (2 * labels.Cast(DType.I32)).ToArray<int>());
    }

    [Fact]
    public void Seed_and_epoch_give_the_order()
    {
        Assert.Equal(Labels(1, 2), Labels(1, 2));
        Assert.Equal(Labels(1, 2), Labels(1, 2, 10));
        Assert.NotEqual(Labels(1, 2), Labels(1, 3));
        Assert.NotEqual(Labels(1, 2), Labels(2, 2));
        Assert.NotEqual(Enumerable.Range(0, 10), Labels());
    }

    [Fact]
    public void The_last_batch_is_what_is_left_or_dropped()
    {
        Assert.Equal([4, 4, 2], Data.Batches(x, y, 4).Select(b => (int)b.X.Shape[0]));
        Assert.Equal([4, 4], Data.Batches(x, y, 4, dropLast: true).Select(b => (int)b.Y.Shape[0]));
        Assert.Empty(Data.Batches(Tensor.Zeros(0, 2), Tensor.Zeros(0), 4));
    }

    [Fact]
    public void Without_shuffling_rows_keep_their_order() =>
        Assert.Equal(Enumerable.Range(0, 20), Data.Batches(x, y, 3, shuffle: false).SelectMany(b => b.X.ToArray<int>()));

    [Theory]
    [InlineData(DType.Bool)]
    [InlineData(DType.U8)]
    [InlineData(DType.I32)]
    [InlineData(DType.U32)]
    [InlineData(DType.I64)]
    [InlineData(DType.F32)]
    [InlineData(DType.F64)]
    public void Rows_of_any_type_and_rank_are_copied(DType type)
    {
        var data = Tensor.Arange(24).Cast(type).Reshape(4, 3, 2);
        var (rows, _) = Data.Batches(data.T, data, 3, shuffle: false).Last();
        Assert.Equal(data.T[3..].ToString(), rows.ToString());
        Assert.Equal(type, rows.DType);
    }

    [Fact]
    public void Rows_that_do_not_belong_together_are_refused_at_once()
    {
        Assert.StartsWith("Batches: expected as many rows in both, [n,…] and [n,…], got i32[10,2] and f32[9].",
            Assert.Throws<ShapeException>(() => { Data.Batches(x, Tensor.Zeros(9), 3); }).Message);
        Assert.StartsWith("Batches: expected at least one row a batch, got 0.", Assert.Throws<ArgumentOutOfRangeException>(() => { Data.Batches(x, y, 0); }).Message);
    }
}
