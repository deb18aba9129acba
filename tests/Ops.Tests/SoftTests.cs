namespace StagedDiff.Tests;

public class SoftTests
{
    static readonly Random random = new(11);

    static Tensor Numbers(int n) => Tensor.From([.. Enumerable.Range(0, n).Select(_ => 4 * random.NextDouble() - 2)]);
    static double[] D(Tensor x) => x.ToArray<double>();

    // The README of fast-soft-sort by the paper's authors.
    [Fact]
    public void The_authors_examples()
    {
        Tensor x = Tensor.From(new[,] { { 5.0, 1, 2 }, { 2, 1, 5 } });
        Near.Equal([5 / 3.0, 8 / 3.0, 11 / 3.0, 5 / 3.0, 8 / 3.0, 11 / 3.0], D(Nn.SoftSort(x)));
        Near.Equal([1, 2, 5, 1, 2, 5], D(Nn.SoftSort(x, 0.1)));
        Near.Equal([3, 1.25, 1.75, 1.75, 1.25, 3], D(Nn.SoftRank(x, 2)));
        Near.Equal([3, 1, 2, 2, 1, 3], D(Nn.SoftRank(x)));
    }

    static IEnumerable<double[]> Permutations(double[] x) => x.Length == 0 ? [[]]
        : x.SelectMany((first, i) => Permutations([.. x.Where((_, k) => k != i)]).Select(rest => (double[])[first, .. rest]));

    static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    /// <summary>Whether y is where a concave objective of this gradient is greatest among the means of the permutations of w: no permutation lies uphill, and y is such a mean.</summary>
    static void Greatest(double[] gradient, double[] y, double[] w)
    {
        Assert.All(Permutations(w), p => Assert.True(Dot(gradient, [.. p.Zip(y, (a, b) => a - b)]) <= 1e-9));
        // Rado: sums of the greatest k do not exceed those of w, and all of them agree.
        double[] ys = [.. y.OrderDescending()], ws = [.. w.OrderDescending()];
        for (int k = 1; k <= w.Length; k++) Assert.True(ys.Take(k).Sum() <= ws.Take(k).Sum() + 1e-9);
        Near.Equal([w.Sum()], [y.Sum()], 1e-9);
    }

    [Fact]
    public void Ranks_and_sorted_numbers_are_projections_onto_permutations()
    {
        double[] ranks = [1, 2, 3, 4, 5];
        for (int round = 0; round < 30; round++)
        {
            var x = Numbers(5);
            double strength = Math.Exp(4 * random.NextDouble() - 3);
            double[] z = D(x / strength), y = D(Nn.SoftRank(x, strength));
            Greatest([.. z.Zip(y, (a, b) => a - b)], y, ranks);
            y = D(Nn.SoftRank(x, strength, SoftRegularization.Entropic));
            Greatest([.. z.Zip(y, (a, b) => a - Math.Log(b))], y, ranks);
            y = D(Nn.SoftSort(x, strength));
            Greatest([.. ranks.Zip(y, (a, b) => a / strength - b)], y, D(x));
            // Entropy acts on exponentials, of the numbers in descending order.
            y = D(Nn.SoftSort(x, strength, SoftRegularization.Entropic, descending: true));
            Greatest([.. ranks.Zip(y, (a, b) => (6 - a) / strength - b)], [.. y.Select(Math.Exp)], [.. D(x).Select(Math.Exp)]);
        }
    }

    [Fact]
    public void Towards_no_strength_they_are_hard_and_towards_much_all_alike()
    {
        var x = Tensor.From([0.3, -1, 2, 0.9]);
        foreach (var how in Enum.GetValues<SoftRegularization>())
        {
            Near.Equal([2, 1, 4, 3], D(Nn.SoftRank(x, 1e-3, how)), 1e-9);
            Near.Equal([3, 4, 1, 2], D(Nn.SoftRank(x, 1e-3, how, descending: true)), 1e-9);
            Near.Equal([-1, 0.3, 0.9, 2], D(Nn.SoftSort(x, 1e-3, how)), 1e-9);
            Near.Equal([2.5, 2.5, 2.5, 2.5], D(Nn.SoftRank(x, 1e6, how)), 1e-4);
        }
        Near.Equal([0.55, 0.55, 0.55, 0.55], D(Nn.SoftSort(x, 1e6)), 1e-4);
        Assert.Equal([1.0, 0, 0, 0], D(Fn.Grad((Tensor t) => Nn.SoftSort(t, 1e-3)[1])(x)));
    }

    // The derivative of a block's mean: the identity less the mean, by the strength.
    [Fact]
    public void The_derivative_is_a_mean_over_those_that_share()
    {
        var x = Tensor.From([0.0, 0.1, 7]);
        Near.Equal([0.5, -0.5, 0, -0.5, 0.5, 0, 0, 0, 0], D(Fn.JacRev(t => Nn.SoftRank(t))(x)));
        foreach (var how in Enum.GetValues<SoftRegularization>())
        {
            Fn.CheckGrads((Tensor t) => Nn.SoftRank(t, 0.4, how), Numbers(7));
            Fn.CheckGrads((Tensor t) => Nn.SoftSort(t, 0.4, how), Numbers(7));
        }
    }

    [Fact]
    public void A_strength_must_be_positive() =>
        Assert.StartsWith("SoftRank: expected a strength above 0, got 0.", Assert.Throws<ArgumentException>(() => Nn.SoftRank(Tensor.Zeros(3), 0)).Message);
}
