namespace StagedDiff;

/// <summary>What keeps soft ranks and soft sorted numbers away from the corners of the polytope that they are in.</summary>
public enum SoftRegularization
{
    /// <summary>Half the sum of squares: piecewise linear results, hard ones at a strength above 0.</summary>
    Quadratic,
    /// <summary>Entropy: smoother.</summary>
    Entropic,
}

// Ranks and sorted numbers with derivatives (Blondel, Teboul, Berthet, Djolonga: Fast Differentiable Sorting and Ranking, 2020).
public static partial class Nn
{
    /// <summary>Ranks along an axis with a derivative: from 1 for the least to n for the greatest, numbers near each other sharing theirs.</summary>
    /// <param name="x">Numbers; integers become F32.</param>
    /// <param name="strength">How soft: towards 0 the ranks become whole, far above they all become (n + 1)/2.</param>
    /// <param name="regularization">How.</param>
    /// <param name="axis">Which axis; negative ones count from the end.</param>
    /// <param name="descending">Rank 1 for the greatest.</param>
    /// <returns>Of the shape of x; they sum up to n·(n + 1)/2. The derivative is exact: a mean over the numbers that share.</returns>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    /// <exception cref="ArgumentException">The strength is not above 0.</exception>
    /// <remarks>
    /// Blondel et al. (2020), equation 6, by isotonic regression in n·log n steps: x/strength projected onto the permutations of 1, …, n, or with entropy the point of these that has
    /// the greatest product with x/strength less Σ r·(log r − 1). Signs as in their library fast-soft-sort.
    /// </remarks>
    public static Tensor SoftRank(Tensor x, double strength = 1, SoftRegularization regularization = SoftRegularization.Quadratic, int axis = -1, bool descending = false)
    {
        var (rows, ranks, a) = Rows("SoftRank", x, strength, axis);
        var z = (descending ? -rows : rows) / strength;
        var order = z.ArgSort(-1, descending: true);
        bool entropic = regularization == SoftRegularization.Entropic;
        var sorted = z.TakeAlong(order, -1);
        var y = sorted - Isotonic(sorted, entropic ? Np.Log(ranks) : ranks, entropic);
        // Back to where they came from.
        y = y.TakeAlong(order.ArgSort(), -1);
        return Np.MoveAxis(entropic ? Np.Exp(y) : y, -1, a);
    }

    /// <summary>The numbers along an axis in ascending order, softly: each a mean of those near it in rank.</summary>
    /// <param name="x">Numbers; integers become F32.</param>
    /// <param name="strength">How soft: towards 0 they become the sorted numbers, far above they all become their mean.</param>
    /// <param name="regularization">How; entropy acts on the exponentials of x.</param>
    /// <param name="axis">Which axis; negative ones count from the end.</param>
    /// <param name="descending">From the greatest down.</param>
    /// <returns>Of the shape of x; with <see cref="SoftRegularization.Quadratic"/> of the same sum. The derivative is exact.</returns>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    /// <exception cref="ArgumentException">The strength is not above 0.</exception>
    /// <remarks>Blondel et al. (2020), equation 5: (n, …, 1)/strength projected onto the permutations of x.</remarks>
    public static Tensor SoftSort(Tensor x, double strength = 1, SoftRegularization regularization = SoftRegularization.Quadratic, int axis = -1, bool descending = false)
    {
        var (rows, ranks, a) = Rows("SoftSort", x, strength, axis);
        var sign = descending ? 1.0 : -1.0;
        var z = ranks / strength;
        var y = z - Isotonic(z, (sign * rows).Sort(-1, descending: true), regularization == SoftRegularization.Entropic);
        return Np.MoveAxis(sign * y, -1, a);
    }

    /// <summary>Rows along the last axis, n, …, 1 in each, and the axis.</summary>
    static (Tensor X, Tensor Ranks, int Axis) Rows(string name, Tensor x, double strength, int axis)
    {
        if (!(strength > 0)) throw new ArgumentException($"{name}: expected a strength above 0, got {strength}.{Caller.Line()}");
        int a = x.AxisOf(name, axis);
        var rows = Np.MoveAxis(x.DType.IsFloat() ? x.Strong() : x.To(DType.F32), a, -1);
        var ranks = Tensor.Number(rows.Shape[^1], rows.DType) - Tensor.Arange(rows.Shape[^1]).To(rows.DType);
        return (rows, ranks.Expand(rows.Shape), a);
    }

    /// <summary>The v₁ ≥ … ≥ vₙ nearest to s − w in each row, s and w descending: the blocks that share a value are found, and the values computed from them.</summary>
    static Tensor Isotonic(Tensor s, Tensor w, bool entropic)
    {
        int last = s.Rank - 1;
        var blocks = Prim.IsotonicBlocks(Fn.StopGradient(s), Fn.StopGradient(w), entropic);
        Tensor Sums(Tensor t) => Prim.AddAlong(Prim.Zeros(t.Type), blocks, t, last);
        Tensor Spread(Tensor t) => t.TakeAlong(blocks, last);
        var count = Sums(Prim.Ones(s.Type));
        if (!entropic) return Spread(Sums(s - w)) / Spread(count);
        // The first of a block is its greatest: where the blocks before it end.
        var first = Spread(count.CumSum(last) - count).Cast(DType.I32);
        Tensor LogSums(Tensor t)
        {
            var most = Fn.StopGradient(t.TakeAlong(first, last));
            return most + Np.Log(Spread(Sums(Np.Exp(t - most))));
        }
        return LogSums(s) - LogSums(w);
    }
}
