namespace StagedDiff.Tests;

public class EinsumTests
{
    static readonly Random random = new(3);

    static Tensor Numbers(params int[] shape) => Tensor.From([.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => random.NextDouble() - 0.5)], Shape.Of(shape), DType.F64);

    static string Refusal(string formula, params Tensor[] x) => Assert.ThrowsAny<Exception>(() => Np.Einsum(formula, x)).Message;

    /// <summary>The definition: a sum over all indices, one after another.</summary>
    static double[] ByLoops(string inputs, string output, Tensor[] x)
    {
        string[] terms = inputs.Split(',');
        char[] letters = [.. output, .. inputs.Where(char.IsLetter).Except(output).Distinct()];
        int Extent(char c) => Enumerable.Range(0, x.Length).First(k => terms[k].Contains(c)) is var k ? (int)x[k].Shape[terms[k].IndexOf(c)] : 0;
        var extent = letters.ToDictionary(c => c, Extent);
        double[][] data = [.. x.Select(t => t.ToArray<double>())];
        var y = new double[output.Aggregate(1, (n, c) => n * extent[c])];
        var at = new Dictionary<char, int>();
        int Place(string term) => term.Aggregate(0, (sum, c) => sum * extent[c] + at[c]);
        void Walk(int k)
        {
            if (k == letters.Length) y[Place(output)] += terms.Select((t, i) => data[i][Place(t)]).Aggregate((a, b) => a * b);
            else for (at[letters[k]] = 0; at[letters[k]] < extent[letters[k]]; at[letters[k]]++) Walk(k + 1);
        }
        Walk(0);
        return y;
    }

    [Fact]
    public void Any_formula_is_its_sum_over_all_indices()
    {
        for (int round = 0; round < 300; round++)
        {
            int operands = random.Next(1, 6);
            var extent = "abcdef".ToDictionary(c => c, _ => random.Next(1, 4));
            string[] terms = [.. Enumerable.Range(0, operands).Select(_ => string.Concat(Enumerable.Range(0, random.Next(0, 4)).Select(_ => "abcdef"[random.Next(6)])))];
            string output = string.Concat(terms.SelectMany(t => t).Distinct().OrderBy(_ => random.Next()).Take(random.Next(0, 5))), inputs = string.Join(',', terms);
            Tensor[] x = [.. terms.Select(t => Numbers([.. t.Select(c => extent[c])]))];
            var y = Np.Einsum($"{inputs}->{output}", x);
            Near.Equal(ByLoops(inputs, output, x), y.ToArray<double>(), 1e-13);
            Assert.Equal(output.Select(c => extent[c]), y.Shape.ToArray());
        }
    }

    /// <summary>Every order there is.</summary>
    static double Cheapest(List<HashSet<char>> left, string output, Func<IEnumerable<char>, double> size)
    {
        if (left.Count == 1) return 0;
        double best = double.PositiveInfinity;
        for (int i = 0; i < left.Count; i++)
            for (int j = i + 1; j < left.Count; j++)
            {
                List<HashSet<char>> rest = [.. left.Where((_, k) => k != i && k != j)];
                var wanted = rest.SelectMany(t => t).Concat(output).ToHashSet();
                HashSet<char> both = [.. left[i], .. left[j]], product = [.. both.Where(wanted.Contains)];
                best = Math.Min(best, size(both) * (both.Count > product.Count ? 2 : 1) + Cheapest([.. rest, product], output, size));
            }
        return best;
    }

    [Fact]
    public void The_order_is_the_cheapest_there_is()
    {
        for (int round = 0; round < 60; round++)
        {
            var extent = "abcdefg".ToDictionary(c => c, _ => random.Next(2, 9));
            double Size(IEnumerable<char> set) => set.Aggregate(1.0, (n, c) => n * extent[c]);
            string[] terms = [.. Enumerable.Range(0, random.Next(2, 6)).Select(_ => string.Concat("abcdefg".Where(_ => random.Next(3) == 0)))];
            string output = string.Concat(terms.SelectMany(t => t).Distinct().Where(_ => random.Next(3) == 0));
            var order = ContractionOrder.Of([.. terms.Select(t => t.Select(c => (int)c).ToArray())], [.. output.Select(c => (int)c)], l => extent[(char)l]);
            List<HashSet<char>> leaves = [.. terms.Select((t, k) => t.Where(terms.Where((_, i) => i != k).SelectMany(u => u).Concat(output).Contains).ToHashSet())];
            Assert.Equal(Cheapest(leaves, output, Size), order.Flops);
            Assert.Equal(terms.Length - 1, order.Pairs.Length);
        }
    }

    // Bellman's chain: (A·(B·C))·D for 10×30, 30×5, 5×60, 60×2 costs less from the right.
    [Fact]
    public void A_chain_of_many_is_multiplied_in_a_good_order()
    {
        Tensor[] chain = [.. Enumerable.Range(0, 11).Select(_ => Numbers(3, 3))];
        string formula = string.Join(',', Enumerable.Range(0, 11).Select(k => $"{(char)('a' + k)}{(char)('a' + k + 1)}")) + "->al";
        Near.Equal(chain.Aggregate((a, b) => a.MatMul(b)).ToArray<double>(), Np.Einsum(formula, chain).ToArray<double>(), 1e-14);
        var best = ContractionOrder.Of([[1, 2], [2, 3], [3, 4], [4, 5]], [1, 5], l => new[] { 0, 10, 30, 5, 60, 2 }[l]);
        Assert.Equal(2 * (5 * 60 * 2 + 30 * 5 * 2 + 10 * 30 * 2), best.Flops);
    }

    [Fact]
    public void A_product_is_one_product()
    {
        var graph = Fn.Stage((Tensor a, Tensor b) => Np.Einsum("bihd,bjhd->bhij", a, b), Tensor.Zeros(2, 3, 4, 5), Tensor.Zeros(2, 6, 4, 5)).Graph.ToString();
        Assert.Equal(1, graph.Split("dot").Length - 1);
        Assert.DoesNotContain("reshape", graph);
        Assert.DoesNotContain("dot", Fn.Stage((Tensor a, Tensor b) => Np.Einsum("ij,ij->ij", a, b), Tensor.Zeros(2, 3), Tensor.Zeros(2, 3)).Graph.ToString());
    }

    [Fact]
    public void Without_an_arrow_letters_that_stand_once_are_left_in_order()
    {
        Tensor a = Numbers(2, 3), b = Numbers(3, 4);
        Assert.Equal(a.T.ToArray<double>(), Np.Einsum("ba", a).ToArray<double>());
        Near.Equal(a.MatMul(b).T.ToArray<double>(), Np.Einsum("ij, jB", a, b).ToArray<double>());
        Near.Equal(a.MatMul(b).ToArray<double>(), Np.Einsum([(a, [7, 1]), (b, [1, 9])], [7, 9]).ToArray<double>());
        Assert.Equal(6, (int)Np.Einsum("i->", Tensor.From([1, 2, 3])));
        Assert.Equal(2, (int)Np.Einsum("i,i", Tensor.From([true, true, false]), Tensor.From([true, true, true])));
        Assert.Equal([1f, 4], Np.Einsum("i,i->i", Tensor.From([1, 2]), Tensor.From([1f, 2])).ToArray<float>());
    }

    [Fact]
    public void What_is_wrong_is_said()
    {
        Tensor a = Tensor.Zeros(2, 3), b = Tensor.Zeros(4, 5);
        Assert.StartsWith("Einsum: \"ij,jk\" is about 2 operands, got 1.", Refusal("ij,jk", a));
        Assert.StartsWith("Einsum: 'j' is 3 and 4 in f32[2,3] and f32[4,5].", Refusal("ij,jk", a, b));
        Assert.StartsWith("Einsum: \"ijk\" names 3 axes of operand 0, which is f32[2,3].", Refusal("ijk", a));
        Assert.StartsWith("Einsum: \"ij->ik\" has 'k' in its result alone.", Refusal("ij->ik", a));
        Assert.StartsWith("Einsum: \"ij->ii\" repeats a letter in its result.", Refusal("ij->ii", a));
        Assert.StartsWith("Einsum: \"i->j->k\" has more than one arrow.", Refusal("i->j->k", a));
        Assert.StartsWith("Einsum: \"i1\" holds something that is no letter, comma, arrow or one ellipsis an operand.", Refusal("i1", a));
        Assert.StartsWith("Einsum: \"...i->i\" leaves the axes of an ellipsis out of its result", Refusal("...i->i", a));
        Assert.StartsWith("Einsum: axis −1 of the ellipsis is 2 and 4 in f32[2,3] and f32[4,5].", Refusal("...i,...j", a, b));
    }
}
