using System.Numerics;

namespace StagedDiff.Tests;

/// <summary>
/// Folds and products against scalar loops written from docs/numerics.md: the same bits at every size, at once and jitted, alone and fused.
/// </summary>
public sealed class CanonicalTests
{
    const int Lanes = 64, Block = 8192, Rows = 1024;

    static readonly int[] sizes = [.. Enumerable.Range(1, 200), 255, 256, 257, 1000, 8191, 8192, 8193, 8256, 16384, 20000];
    static readonly int[] heights = [1, 2, 3, 7, 64, 200, 1023, 1024, 1025, 2048, 3000];

    // ---------------------------------------------------------------- the reference

    /// <summary>Element k of a block of 8192 goes to lane k mod 64; lanes fold in halves; blocks are added in ascending order.</summary>
    static T Folded<T>(T[] x, T identity, Func<T, T, T> f)
    {
        T total = identity;
        for (int start = 0; start < x.Length; start += Block)
        {
            T[] lane = [.. Enumerable.Repeat(identity, Lanes)];
            for (int k = 0; k < Block && start + k < x.Length; k++) lane[k % Lanes] = f(lane[k % Lanes], x[start + k]);
            for (int half = Lanes / 2; half >= 1; half /= 2)
                for (int k = 0; k < half; k++) lane[k] = f(lane[k], lane[k + half]);
            total = f(total, lane[0]);
        }
        return total;
    }

    /// <summary>Row by row within blocks of 1024 rows; blocks are added in ascending order.</summary>
    static T[] FoldedRows<T>(T[] x, int rows, int columns, T identity, Func<T, T, T> f)
    {
        T[] total = [.. Enumerable.Repeat(identity, columns)];
        for (int start = 0; start < rows; start += Rows)
        {
            T[] part = [.. Enumerable.Repeat(identity, columns)];
            for (int r = start; r < rows && r < start + Rows; r++)
                for (int c = 0; c < columns; c++) part[c] = f(part[c], x[r * columns + c]);
            for (int c = 0; c < columns; c++) total[c] = f(total[c], part[c]);
        }
        return total;
    }

    // ---------------------------------------------------------------- comparing

    static T[] Data<T>(int n, double low, double high) where T : INumber<T>
    {
        var random = new Random(n);
        return [.. Enumerable.Range(0, n).Select(_ => T.CreateChecked(low + (high - low) * random.NextDouble()))];
    }

    static void Same<T>(T[] expected, Func<Tensor[], Tensor[]> f, Tensor[] x, string where) where T : struct
    {
        Tensor[] y = [Numbers.Shaped(expected, f(x)[0].Shape)];
        Numbers.SameBits(y, f(x), $"{where} at once");
        Numbers.SameBits(y, Law.Jitted(f, x), $"{where} jitted");
    }

    static void Fold<T>(Func<Tensor, Axes, Tensor> prim, T identity, Func<T, T, T> f, double low, double high) where T : struct, INumber<T>
    {
        foreach (int n in sizes)
        {
            T[] x = Data<T>(n, low, high);
            Same([Folded(x, identity, f)], t => [prim(t[0], [0])], [Tensor.From(x)], $"{n} elements");
        }
        foreach (var (rows, n) in new[] { (3, 5), (2, 65), (5, 200), (2, 8193) })
        {
            T[] x = Data<T>(rows * n, low, high);
            Same([.. Enumerable.Range(0, rows).Select(r => Folded(x[(r * n)..((r + 1) * n)], identity, f))], t => [prim(t[0], [1])], [Tensor.From(x, rows, n)], $"{rows} rows of {n}");
        }
        foreach (int rows in heights)
            foreach (int columns in new[] { 1, 3, 17, 65 })
            {
                T[] x = Data<T>(rows * columns, low, high);
                // One column is elements behind each other.
                Same(columns == 1 ? [Folded(x, identity, f)] : FoldedRows(x, rows, columns, identity, f), t => [prim(t[0], [0])], [Tensor.From(x, rows, columns)], $"{rows} rows by {columns}");
            }
    }

    // ---------------------------------------------------------------- the laws

    [Fact] public void A_sum_of_singles_goes_by_lanes_and_blocks() => Fold<float>(Prim.Sum, 0, (a, b) => a + b, -1, 1);
    [Fact] public void A_sum_of_doubles_goes_by_lanes_and_blocks() => Fold<double>(Prim.Sum, 0, (a, b) => a + b, -1, 1);
    [Fact] public void A_product_of_singles_goes_by_lanes_and_blocks() => Fold<float>(Prim.Prod, 1, (a, b) => a * b, 0.9, 1.1);
    [Fact] public void A_product_of_doubles_goes_by_lanes_and_blocks() => Fold<double>(Prim.Prod, 1, (a, b) => a * b, 0.9, 1.1);
    [Fact] public void A_maximum_of_singles_is_the_largest() => Fold<float>(Prim.Max, float.NegativeInfinity, MathF.Max, -1, 1);
    [Fact] public void A_minimum_of_doubles_is_the_smallest() => Fold<double>(Prim.Min, double.PositiveInfinity, Math.Min, -1, 1);
    [Fact] public void A_sum_of_integers_wraps() => Fold<int>(Prim.Sum, 0, (a, b) => unchecked(a + b), int.MinValue, int.MaxValue);

    [Theory]
    [InlineData(DType.F32), InlineData(DType.F64)]
    public void A_sum_has_the_same_bits_fused_with_what_it_sums(DType type)
    {
        foreach (int n in new[] { 1, 7, 63, 64, 65, 200, 1000, 8193, 20000 })
        {
            var x = Prim.Cast(Tensor.From(Data<double>(n, -2, 2)), type);
            foreach (Func<Tensor, Tensor> f in new Func<Tensor, Tensor>[] { Prim.Exp, Prim.Erf, t => Prim.Tanh(Prim.Sin(t) * Prim.Exp(t)) + Prim.Logistic(t) })
                Numbers.SameBits([Prim.Sum(f(x), [0])], Law.Jitted(t => [Prim.Sum(f(t[0]), [0])], [x]), $"{n} of {type.Name()}");
        }
    }

    [Fact]
    public void Not_a_number_wins_every_maximum_wherever_it_is()
    {
        foreach (int n in new[] { 1, 7, 65, 200 })
            for (int at = 0; at < n; at += 3)
            {
                float[] x = Data<float>(n, -1, 1);
                x[at] = float.NaN;
                Same([float.NaN], t => [Prim.Max(t[0], [0])], [Tensor.From(x)], $"max, NaN at {at} of {n}");
                Same([float.NaN], t => [Prim.Min(t[0], [0])], [Tensor.From(x)], $"min, NaN at {at} of {n}");
            }
    }

    [Fact]
    public void Nothing_sums_to_zero_and_multiplies_to_one()
    {
        Same([0f, 0], t => [Prim.Sum(t[0], [1])], [Tensor.Zeros(2, 0)], "sum");
        Same([1f, 1], t => [Prim.Prod(t[0], [0])], [Tensor.Zeros(0, 2)], "prod");
    }

    /// <summary>One chain for each element; of one column 64, term p in chain p mod 64, which fold in halves.</summary>
    static T[] Chains<T>(T[] a, T[] b, int m, int k, int n) where T : IFloatingPointIeee754<T>
    {
        var c = new T[m * n];
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
            {
                var sums = new T[n == 1 ? 64 : 1];
                for (int p = 0; p < k; p++) sums[p % sums.Length] = T.FusedMultiplyAdd(a[i * k + p], b[p * n + j], sums[p % sums.Length]);
                for (int half = sums.Length / 2; half > 0; half /= 2)
                    for (int v = 0; v < half; v++) sums[v] += sums[v + half];
                c[i * n + j] = sums[0];
            }
        return c;
    }

    static void Product<T>() where T : struct, IFloatingPointIeee754<T>
    {
        foreach (var (m, k, n) in new[] { (1, 1, 1), (2, 3, 4), (5, 7, 3), (1, 65, 1), (1, 300, 9), (9, 300, 1), (40, 9, 1), (3, 16, 1), (200, 150, 1), (33, 65, 17), (64, 64, 64), (7, 2000, 5), (100, 37, 130) })
        {
            T[] a = Data<T>(m * k, -1, 1), b = Data<T>(k * n, -1, 1);
            Same(Chains(a, b, m, k, n), t => [Prim.Dot(t[0], t[1])], [Tensor.From(a, m, k), Tensor.From(b, k, n)], $"[{m},{k}]·[{k},{n}]");
        }
    }

    [Fact] public void A_product_of_singles_has_its_chains() => Product<float>();
    [Fact] public void A_product_of_doubles_has_its_chains() => Product<double>();
}
