using System.Numerics;

namespace StagedDiff;

/// <summary>
/// In which order many tensors are multiplied two at a time. Each pair (i &lt; j) is taken out of the list of what is left, and its product put at the end.
/// </summary>
/// <param name="Pairs">The pairs, one less than tensors.</param>
/// <param name="Flops">Multiplications and additions in all.</param>
sealed record ContractionOrder((int I, int J)[] Pairs, double Flops)
{
    /// <summary>The most tensors for which every order is looked at: 3ⁿ ways to part a set of n in two.</summary>
    const int Most = 8;

    public static ContractionOrder Of(int[][] labels, int[] result, Func<int, double> extent)
    {
        var sets = new Sets(labels, result, extent);
        return labels.Length <= Most ? Best(sets) : Greedy(sets);
    }

    /// <summary>What is left of the product of a set of the tensors, as bits.</summary>
    sealed class Sets(int[][] labels, int[] result, Func<int, double> extent)
    {
        public int Count => labels.Length;

        IEnumerable<int> Of(uint set) => Enumerable.Range(0, Count).Where(k => (set >> k & 1) == 1).SelectMany(k => labels[k]).Distinct();

        /// <summary>The labels that the rest, or the result, wants.</summary>
        public HashSet<int> Left(uint set)
        {
            var wanted = Enumerable.Range(0, Count).Where(k => (set >> k & 1) == 0).SelectMany(k => labels[k]).Concat(result).ToHashSet();
            return [.. Of(set).Where(wanted.Contains)];
        }

        public double Size(IEnumerable<int> set) => set.Aggregate(1.0, (n, l) => n * extent(l));

        /// <summary>A multiplication for each element of both, and an addition where some are summed.</summary>
        public double Flops(HashSet<int> a, HashSet<int> b, HashSet<int> product)
        {
            var both = a.Union(b).ToHashSet();
            return Size(both) * (both.Count > product.Count ? 2 : 1);
        }
    }

    /// <summary>The best way to make each set of two smaller ones.</summary>
    static ContractionOrder Best(Sets sets)
    {
        int n = sets.Count;
        uint all = (1u << n) - 1;
        var left = new HashSet<int>[all + 1];
        var cost = new double[all + 1];
        var half = new uint[all + 1];
        for (uint set = 1; set <= all; set++)
        {
            left[set] = sets.Left(set);
            if (BitOperations.IsPow2(set)) continue;
            cost[set] = double.PositiveInfinity;
            for (uint part = (set - 1) & set; part > set - part; part = (part - 1) & set)
            {
                uint rest = set - part;
                double sum = cost[part] + cost[rest];
                if (sum >= cost[set]) continue;
                sum += sets.Flops(left[part], left[rest], left[set]);
                if (sum < cost[set]) (cost[set], half[set]) = (sum, part);
            }
            // Extents so large that all costs are infinite: any order.
            if (half[set] == 0) half[set] = 1u << (31 - BitOperations.LeadingZeroCount(set));
        }
        var pairs = new List<(int, int)>();
        var list = Enumerable.Range(0, n).Select(k => 1u << k).ToList();
        void Make(uint set)
        {
            if (BitOperations.IsPow2(set)) return;
            uint part = half[set], rest = set - part;
            Make(part);
            Make(rest);
            Take(list, pairs, list.IndexOf(part), list.IndexOf(rest), set);
        }
        Make(all);
        return new([.. pairs], cost[all]);
    }

    /// <summary>Always the pair whose product is least beside what it replaces, of equals the cheapest.</summary>
    static ContractionOrder Greedy(Sets sets)
    {
        if (sets.Count > 32) throw new ArgumentException($"Einsum: at most 32 operands, got {sets.Count}. Multiply some of them first.{Caller.Line()}");
        var list = Enumerable.Range(0, sets.Count).Select(k => 1u << k).ToList();
        var pairs = new List<(int, int)>();
        double flops = 0;
        while (list.Count > 1)
        {
            var (_, cost, first, second) = (
                from i in Enumerable.Range(0, list.Count)
                from j in Enumerable.Range(i + 1, list.Count - i - 1)
                let a = sets.Left(list[i])
                let b = sets.Left(list[j])
                let product = sets.Left(list[i] | list[j])
                select (Growth: sets.Size(product) - sets.Size(a) - sets.Size(b), Cost: sets.Flops(a, b, product), i, j)).Min();
            flops += cost;
            Take(list, pairs, first, second, list[first] | list[second]);
        }
        return new([.. pairs], flops);
    }

    static void Take(List<uint> list, List<(int, int)> pairs, int a, int b, uint product)
    {
        var (i, j) = (Math.Min(a, b), Math.Max(a, b));
        pairs.Add((i, j));
        list.RemoveAt(j);
        list.RemoveAt(i);
        list.Add(product);
    }
}
