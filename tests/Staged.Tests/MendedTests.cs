namespace StagedDiff.Tests;

/// <summary>The smallest programs that once went wrong.</summary>
public sealed class MendedTests
{
    [Fact]
    public void Tensors_are_concatenated_at_once_whatever_was_concatenated_before()
    {
        Tensor Ones(int rows) => Tensor.Ones(rows, 2);
        foreach (int rows in new[] { 2, 5, 1 })
            Assert.Equal(2 * (2 + rows), Prim.Concatenate(0, Ones(2), Ones(rows)).Sum().Item<float>());
    }

    [Fact]
    public void Each_row_is_indexed_by_its_own_indices_at_once() =>
        Assert.Equal([2f, 3], new Gather(1, 1).Of(Tensor.From(new float[,] { { 1, 2 }, { 3, 4 } }), Tensor.From([1, 0], 2, 1)).ToArray<float>());

    [Fact]
    public void Two_passes_over_an_outer_axis_are_one_kernel()
    {
        var x = Tensor.From(new float[,] { { 1, 2 }, { 4, 1 } });
        Assert.Equal([0, 1, 3, 0], Law.Jitted(t => [t[0] - t[0].Min(0, true)], [x])[0].ToArray<float>());
        Assert.Equal([1, 1], Law.Jitted(t => [Prim.Sum(Prim.Cast(t[0] <= t[0].Min(0, true), DType.F32), [0])], [x])[0].ToArray<float>());
    }

    [Fact]
    public void A_column_is_summed_jitted_as_at_once()
    {
        var x = Tensor.From(Enumerable.Range(0, 100).Select(i => 1 / (1f + i)).ToArray(), 100, 1);
        Numbers.SameBits([x.Sum(0)], Law.Jitted(t => [t[0].Sum(0)], [x]), "a column");
    }

    [Fact]
    public void A_donated_tensor_that_is_returned_as_it_came_can_be_used()
    {
        var step = Fn.Jit(((Tensor W, Tensor Count) p) => (p.W + 1, p.Count), new() { Donate = [0] });
        Assert.Equal([3f, 7], step(step((Tensor.From(1f), Tensor.From(7)))) is var (w, n) ? [(float)w, (float)n] : []);
    }

    [Fact]
    public void A_dot_over_no_terms_is_zero()
    {
        var y = Tensor.Ones(4, 0).Dot(Tensor.Ones(5, 0, 6));
        Assert.Equal((Shape.Of(4, 5, 6), 0f), (y.Shape, y.Sum().Item<float>()));
    }

    [Fact]
    public void What_was_donated_is_gone_after_an_error_too()
    {
        var x = Tensor.Ones(3) * 2;
        var f = Fn.Jit((Tensor x, Tensor i) => (x * 3, x[i]), new() { Donate = [0] });
        Assert.Throws<IndexException>(() => f(x, Tensor.From([7])));
        Assert.Throws<StagingException>(() => x.ToArray<float>());
    }

    static class Constants
    {
        public static readonly Tensor Ramp = Tensor.Linspace(0, 1, 3);
        public static readonly Tensor Square = Ramp * Ramp;
    }

    static class Others
    {
        public static readonly Tensor Ramp = Tensor.Linspace(0, 1, 3);
    }

    [Fact]
    public void A_static_field_that_is_first_read_while_tracing_is_computed_outside()
    {
        var f = Fn.Jit((Tensor x) => x * Constants.Square);
        Assert.Equal([0, 0.5f, 2], f(2.0).ToArray<float>());
        Assert.True(Constants.Square.IsConcrete);
        Fn.Stage((Tensor x) => x * Others.Ramp, Tensor.One);
        Assert.True(Others.Ramp.IsConcrete);
    }
}
