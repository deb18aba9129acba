using System.Runtime.InteropServices;

namespace StagedDiff.Tests;

/// <summary>A product has the bits of the scalar loop, whatever the layout, the extents and the chunks.</summary>
public sealed unsafe class ProductTests
{
    [Theory]
    [InlineData(1, 40, 200), InlineData(2, 40, 200), InlineData(3, 130, 20)]
    public void A_single_product_is_one_fused_chain_per_element(int seed, int most, int cases) =>
        Compare(DType.F32, seed, most, cases, r => r.NextSingle() * 2 - 1, MathF.FusedMultiplyAdd);

    [Fact]
    public void A_double_product_is_one_fused_chain_per_element() =>
        Compare(DType.F64, 4, 40, 200, r => r.NextDouble() * 2 - 1, Math.FusedMultiplyAdd);

    [Fact]
    public void Special_values_pass_through()
    {
        float[] special = [0f, -0f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, float.Epsilon, float.MaxValue, 1f];
        Compare(DType.F32, 5, 20, 100, r => special[r.Next(special.Length)], MathF.FusedMultiplyAdd);
    }

    [Fact]
    public void An_integer_product_wraps()
    {
        Compare(DType.I32, 6, 40, 100, r => r.Next(int.MinValue, int.MaxValue), (a, b, c) => unchecked(a * b + c));
        Compare(DType.U32, 7, 40, 100, r => (uint)r.NextInt64(uint.MaxValue), (a, b, c) => unchecked(a * b + c));
        Compare(DType.I64, 8, 40, 100, r => r.NextInt64(long.MinValue, long.MaxValue), (a, b, c) => unchecked(a * b + c));
    }

    [Theory]
    [InlineData(3, 70, 1500), InlineData(70, 1100, 40), InlineData(1, 300, 1100), InlineData(300, 1, 1100), InlineData(1600, 3, 1100)]
    public void Chains_go_on_from_panel_to_panel(int m, int n, int k)
    {
        for (int layouts = 0; layouts < 4; layouts++)
            Compare(DType.F32, new Random(9), m, n, k, layouts & 1, layouts >> 1, r => r.NextSingle() - 0.5f, MathF.FusedMultiplyAdd);
    }

    [Theory]
    [InlineData(1, 5000, 37), InlineData(1, 20, 50), InlineData(1, 33, 7), InlineData(1, 144, 64), InlineData(1, 9, 24), InlineData(1, 2500, 1200)]
    public void Products_with_a_vector_read_the_matrix_along_its_rows_or_its_columns(int one, int n, int k)
    {
        for (int layouts = 0; layouts < 4; layouts++)
        {
            Compare(DType.F32, new Random(9), one, n, k, layouts & 1, layouts >> 1, r => r.NextSingle() - 0.5f, MathF.FusedMultiplyAdd);
            Compare(DType.F32, new Random(9), n, one, k, layouts & 1, layouts >> 1, r => r.NextSingle() - 0.5f, MathF.FusedMultiplyAdd);
            Compare(DType.F64, new Random(9), one, n, k, layouts & 1, layouts >> 1, r => r.NextDouble() - 0.5, Math.FusedMultiplyAdd);
            Compare(DType.F64, new Random(9), n, one, k, layouts & 1, layouts >> 1, r => r.NextDouble() - 0.5, Math.FusedMultiplyAdd);
        }
    }

    [Fact]
    public void Vectors_meet_matrices_anywhere_in_a_cache_line()
    {
        for (int seed = 0; seed < 8; seed++)
            foreach (var (m, n, k) in new[] { (1, 320, 20), (1, 272, 9), (1, 512, 33), (6, 1, 272), (5, 1, 320), (9, 1, 1024) })
            {
                Compare(DType.F32, new Random(seed), m, n, k, 0, 0, r => r.NextSingle() - 0.5f, MathF.FusedMultiplyAdd);
                Compare(DType.F64, new Random(seed), m, n, k, 0, 0, r => r.NextDouble() - 0.5, Math.FusedMultiplyAdd);
            }
    }

    [Theory]
    [InlineData(32, 2, 24), InlineData(100, 10, 64), InlineData(47, 5, 70), InlineData(257, 3, 33), InlineData(700, 10, 40), InlineData(130, 20, 40), InlineData(1029, 12, 65), InlineData(40, 7, 1100)]
    public void Few_columns_are_computed_turned(int m, int n, int k)
    {
        foreach (int left in new[] { 1, 3 })
            for (int right = 0; right < Layouts; right++)
            {
                Compare(DType.F32, new Random(9), m, n, k, left, right, r => r.NextSingle() - 0.5f, MathF.FusedMultiplyAdd, false);
                Compare(DType.F64, new Random(9), m, n, k, left, right, r => r.NextDouble() - 0.5, Math.FusedMultiplyAdd, false);
                Compare(DType.I32, new Random(9), m, n, k, left, right, r => r.Next(), (a, b, c) => unchecked(a * b + c), false);
            }
    }

    [Fact]
    public void Low_results_read_the_right_operand_once()
    {
        for (int m = 2; m < 17; m++)
            Compare(DType.F32, new Random(m), m, 150, 30, m % 2, 0, r => r.NextSingle() - 0.5f, MathF.FusedMultiplyAdd, false);
    }

    [Fact]
    public void No_terms_give_zeros()
    {
        foreach (var (m, n) in new[] { (3, 5), (40, 1), (1, 40), (1, 1) })
            for (int layout = 0; layout < 2; layout++) Compare(DType.F32, new Random(1), m, n, 0, layout, layout, r => 1f, MathF.FusedMultiplyAdd);
    }

    [Fact]
    public void An_empty_result_has_no_chunks() => Assert.Equal(0, Product.Plan(DType.F32, 0, 5, 3, new(3, 1), new(5, 1), 5).Chunks);

    static void Compare<T>(DType type, int seed, int most, int cases, Func<Random, T> value, Func<T, T, T, T> step) where T : unmanaged, System.Numerics.IAdditionOperators<T, T, T>
    {
        var random = new Random(seed);
        int Extent() => random.Next(5) == 0 ? 1 : random.Next(1, most + 1);
        for (int i = 0; i < cases; i++)
            Compare(type, random, Extent(), Extent(), Extent(), random.Next(Layouts), random.Next(Layouts), value, step);
    }

    static void Compare<T>(DType type, Random random, int m, int n, int k, int layoutA, int layoutB, Func<Random, T> value, Func<T, T, T, T> step, bool? sizesVary = null)
        where T : unmanaged, System.Numerics.IAdditionOperators<T, T, T>
    {
        var (a, dataA, firstA) = Laid(random, m, k, layoutA, value);
        var (b, dataB, firstB) = Laid(random, k, n, layoutB, value);
        var c = new T[m * n];
        Random.Shared.NextBytes(MemoryMarshal.AsBytes(c.AsSpan()));
        var plan = Product.Plan(type, m, n, k, a, b, n, sizesVary ?? random.Next(2) == 0);
        // Anywhere in a cache line.
        T* pa = Moved(dataA, random.Next(16)), pb = Moved(dataB, random.Next(16));
        fixed (T* pc = c)
            for (int chunk = plan.Chunks - 1; chunk >= 0; chunk--)
                plan.Run((long)(pa + firstA), (long)(pb + firstB), (long)pc, chunk, chunk + 1);
        NativeMemory.AlignedFree((void*)((long)pa & -64));
        NativeMemory.AlignedFree((void*)((long)pb & -64));
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
            {
                var sums = new T[n == 1 && type.IsFloat() ? 64 : 1];
                for (int q = 0; q < k; q++)
                    sums[q % sums.Length] = step(dataA[firstA + i * a.RowStride + q * a.ColumnStride], dataB[firstB + q * b.RowStride + j * b.ColumnStride], sums[q % sums.Length]);
                for (int half = sums.Length / 2; half > 0; half /= 2)
                    for (int v = 0; v < half; v++) sums[v] += sums[v + half];
                var sum = sums[0];
                Assert.True(Bits(sum) == Bits(c[i * n + j]), $"{type} [{m},{k}]·[{k},{n}], layouts {layoutA}, {layoutB}, at [{i},{j}]: {sum}, got {c[i * n + j]}");
            }
    }

    const int Layouts = 8;

    /// <summary>A matrix in exactly the memory it needs: rows or columns contiguous or apart, repeated, backwards.</summary>
    static (Matrix, T[], long First) Laid<T>(Random random, int rows, int columns, int layout, Func<Random, T> value)
    {
        Matrix strides = layout switch
        {
            0 => new(columns, 1),
            1 => new(1, rows),
            2 => new(columns + 3, 1),
            3 => new(1, rows + 2),
            4 => new(0, 1),
            5 => new(1, 0),
            6 => new(-columns, -1),
            _ => new(3, 3 * rows + 1),
        };
        long lastRow = (rows - 1) * strides.RowStride, lastColumn = (columns - 1) * strides.ColumnStride;
        long first = rows * columns == 0 ? 0 : -Math.Min(0, lastRow) - Math.Min(0, lastColumn);
        long length = rows * columns == 0 ? 1 : first + Math.Max(0, lastRow) + Math.Max(0, lastColumn) + 1;
        return (strides, [.. Enumerable.Range(0, (int)length).Select(_ => value(random))], first);
    }

    static T* Moved<T>(T[] data, int offset) where T : unmanaged
    {
        offset %= 64 / sizeof(T);
        var at = (T*)NativeMemory.AlignedAlloc((nuint)(data.Length * sizeof(T) + 64), 64) + offset;
        data.CopyTo(new Span<T>(at, data.Length));
        return at;
    }

    static long Bits<T>(T x) => x switch
    {
        float f => float.IsNaN(f) ? -1L : BitConverter.SingleToUInt32Bits(f),
        double d => double.IsNaN(d) ? -1L : BitConverter.DoubleToInt64Bits(d),
        _ => Convert.ToInt64(x),
    };
}
