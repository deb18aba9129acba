namespace StagedDiff.Tests;

public class RngTests
{
    static Tensor U32(params uint[] x) => Tensor.From(x);

    // Random123, kat_vectors: threefry2x32 20.
    [Theory]
    [InlineData(0, 0, 0, 0, 0x6b200159, 0x99ba4efe)]
    [InlineData(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7)]
    [InlineData(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 0xc4923a9c, 0x483df7a0)]
    public void Threefry_gives_Random123s_known_answers(uint k0, uint k1, uint c0, uint c1, uint a, uint b)
    {
        var (x, y) = Prim.Threefry(U32(k0), U32(k1), U32(c0), U32(c1));
        Assert.Equal((a, b), (x.ToArray<uint>()[0], y.ToArray<uint>()[0]));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1, 0, 1)]
    [InlineData((3L << 32) + 5, 3, 5)]
    [InlineData(-1, uint.MaxValue, uint.MaxValue)]
    public void A_key_holds_the_words_of_its_seed(long seed, uint hi, uint lo) => Assert.Equal([hi, lo], Rng.Key(seed).ToArray<uint>());

    // JAX ≥ 0.5, jax_threefry_partitionable.
    [Fact]
    public void Keys_split_as_in_JAX()
    {
        Assert.Equal([1797259609, 2579123966, 928981903, 3453687069], Rng.Split(Rng.Key(0)).ToArray<uint>());
        Assert.Equal([507451445, 1853169794, 1948878966, 4237131848], Rng.Split(Rng.Key(1)).ToArray<uint>());
        Assert.Equal(Rng.Split(Rng.Key(0)).ToArray<uint>(), Rng.Split(Rng.Key(0), 5)[..2].ToArray<uint>());
    }

    // jax.random.bits(jax.random.key(0), (8,)) and (key(10), (4,)), as published with JAX 0.10. A scalar's bits are the
    // exclusive or of Threefry's two words, 1797259609 ^ 2579123966: only so are they those that Uniform's 0.947667 is made of.
    [Fact]
    public void Bits_are_those_of_JAX()
    {
        Assert.Equal([4070199207], Rng.Bits(Rng.Key(0)).ToArray<uint>());
        Assert.Equal([4070199207, 4202968722, 1427181096, 2012915765, 2447653815, 710830403, 1332275837, 2961296638], Rng.Bits(Rng.Key(0), [8]).ToArray<uint>());
        Assert.Equal(Rng.Bits(Rng.Key(0), [8]).ToArray<uint>(), Rng.Bits(Rng.Key(0), [2, 1, 4]).ToArray<uint>());
        Assert.Equal([169096361, 1572511259, 2689743692], Rng.Bits(Rng.Key(10), [3]).ToArray<uint>());
    }

    // jax.random.uniform(key(0)), and of the second half of its split.
    [Fact]
    public void Uniform_numbers_are_those_of_JAX()
    {
        Assert.Equal(0.947667f, (float)Rng.Uniform(Rng.Key(0)), 5e-7f);
        Assert.Equal(0.00729382f, (float)Rng.Uniform(Rng.Split(Rng.Key(0))[1]), 5e-9f);
    }

    // The 64 bits of counter 0 under key 0 are 6b20015999ba4efe: 52 of them, over 2⁵².
    [Fact]
    public void Doubles_have_52_bits() =>
        Assert.Equal((0x6b20015999ba4efeul >> 12) / (double)(1L << 52), (double)Rng.Uniform(Rng.Key(0), dtype: DType.F64));

    [Fact]
    public void Uniform_numbers_stay_between_their_bounds()
    {
        foreach (var dtype in new[] { DType.F32, DType.F64 })
        {
            var x = Rng.Uniform(Rng.Key(3), [10_000], -3, 5, dtype);
            Assert.InRange((double)x.Min(), -3, -2.99);
            Assert.InRange((double)x.Max(), 4.99, 5);
            Assert.InRange((double)x.Mean(), 0.9, 1.1);
        }
    }

    // jax.random.normal(key(0)) and (key(42)).
    [Fact]
    public void Normal_numbers_are_those_of_JAX()
    {
        Assert.Equal(1.6226422f, (float)Rng.Normal(Rng.Key(0)), 3e-7f);
        Assert.Equal(-0.028304616f, (float)Rng.Normal(Rng.Key(42)), 2e-8f);
    }

    // Moments 0, 1, 0, 3 of the normal distribution; 68.27 % within one deviation; four standard errors are allowed.
    [Fact]
    public void Normal_numbers_have_the_moments_of_their_distribution()
    {
        foreach (var dtype in new[] { DType.F32, DType.F64 })
        {
            var x = Rng.Normal(Rng.Key(4), [200, 500], dtype);
            Assert.Equal(dtype, x.DType);
            double[] moments = [.. new[] { x, x * x, x * x * x, x * x * x * x }.Select(m => (double)m.Mean()), (double)(Tensor.Abs(x) < 1).Mean()];
            foreach (var (got, want, within) in moments.Zip([0, 1, 0, 3, 0.6827], [0.013, 0.018, 0.05, 0.125, 0.006])) Assert.InRange(got, want - within, want + within);
        }
    }

    // erf⁻¹ of 0.5, 0.99 and 1 − 10⁻⁹, by bisection of the C library's erf and erfc.
    [Fact]
    public void The_inverse_of_erf_is_exact_to_rounding()
    {
        var x = Tensor.From([0, 0.5, -0.5, 0.99, 1 - 1e-9, 1]);
        double[] expected = [0, 0.4769362762044699, -0.4769362762044699, 1.8213863677184494, 4.320005388105361, double.PositiveInfinity];
        Near.Equal(expected[..4], Rng.ErfInv(x).ToArray<double>()[..4], 1e-15);
        Near.Equal(expected[4..5], Rng.ErfInv(x).ToArray<double>()[4..5], 1e-9);    // 1 − x has lost half of its digits
        Near.Equal(expected[..4], Array.ConvertAll(Rng.ErfInv(x.Cast(DType.F32)).ToArray<float>(), y => (double)y)[..4], 1e-6);
        Assert.Equal(double.PositiveInfinity, Rng.ErfInv(x).ToArray<double>()[5]);
        Assert.Equal(double.NaN, (double)Rng.ErfInv(Tensor.From(1.5)));
    }

    [Fact]
    public void Folding_in_a_number_is_a_block_under_the_key() =>
        Assert.Equal(Rng.Split(Rng.Key(7), 6)[5].ToArray<uint>(), Rng.FoldIn(Rng.Key(7), 5).ToArray<uint>());

    [Fact]
    public void A_permutation_holds_each_number_once()
    {
        var x = Rng.Permutation(Rng.Key(5), 1000).ToArray<int>();
        Assert.Equal(Enumerable.Range(0, 1000), x.Order());
        Assert.NotEqual(x, Rng.Permutation(Rng.Key(6), 1000).ToArray<int>());
        Assert.InRange(x.Where((n, i) => n == i).Count(), 0, 6);    // one on average
        Assert.Empty(Rng.Permutation(Rng.Key(5), 0).ToArray<int>());
    }

    [Fact]
    public void Rows_are_permuted_together()
    {
        var order = Rng.Permutation(Rng.Key(5), 4).ToArray<int>();
        Assert.Equal(order.SelectMany(i => new[] { 2 * i, 2 * i + 1 }), Rng.Permutation(Rng.Key(5), Tensor.Arange(8).Reshape(4, 2)).ToArray<int>());
    }

    [Fact]
    public void A_jitted_draw_has_the_same_bits()
    {
        foreach (var f in new Func<Tensor, Tensor>[] { k => Rng.Split(k, 3), k => Rng.FoldIn(k, 9), k => Rng.Bits(k, [5]), k => Rng.Uniform(k, [5], -1, 1), k => Rng.Normal(k, [5]) })
            Assert.Equal(f(Rng.Key(2)).ToString(), Fn.Jit(f)(Rng.Key(2)).ToString());
    }

    [Fact]
    public void What_is_no_key_is_refused()
    {
        Assert.StartsWith("Bits: expected a key, u32[2], got u32[2,2]. Make one with Rng.Key(seed); of several, take one with an index.",
            Assert.Throws<ArgumentException>(() => Rng.Bits(Rng.Split(Rng.Key(0)))).Message);
        Assert.StartsWith("FoldIn: expected an integer scalar beside the key, got f32[].", Assert.Throws<ArgumentException>(() => Rng.FoldIn(Rng.Key(0), 0.5)).Message);
        Assert.StartsWith("Normal: expected F32 or F64, got I32.", Assert.Throws<DTypeException>(() => Rng.Normal(Rng.Key(0), [2], DType.I32)).Message);
    }

    [Fact]
    public void A_permutation_is_staged_and_mapped()
    {
        var keys = Rng.Split(Rng.Key(0), 3);
        var each = Enumerable.Range(0, 3).SelectMany(i => Rng.Permutation(keys[i], 9).ToArray<int>()).ToArray();
        Assert.Equal(each, Fn.Vmap((Tensor k) => Rng.Permutation(k, 9))(keys).ToArray<int>());
        Assert.Equal(each, Fn.Jit(Fn.Vmap((Tensor k) => Rng.Permutation(k, 9)))(keys).ToArray<int>());
        // jax.random.permutation: one round of bits for so few, in the order of which they stand.
        var bits = Rng.Bits(Rng.Split(Rng.Key(0))[1], [9]).ToArray<uint>();
        Assert.Equal(Enumerable.Range(0, 9).OrderBy(i => bits[i]), Rng.Permutation(Rng.Key(0), 9).ToArray<int>());
        Assert.StartsWith("Permutation: expected a number of elements, got -1.", Assert.Throws<ArgumentOutOfRangeException>(() => Rng.Permutation(keys[0], -1)).Message);
    }
}
