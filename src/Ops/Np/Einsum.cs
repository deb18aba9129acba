namespace StagedDiff;

// Sums of products in Einstein's notation.
public static partial class Np
{
    /// <summary>
    /// The sum of products that a formula of axes states: <c>Einsum("ij,jk->ik", a, b)</c> is the matrix product. A letter names an axis; what has the same letter runs
    /// together, and a letter that is not in the result is summed over.
    /// </summary>
    /// <param name="formula">
    /// The axes of each operand, separated by commas, and after <c>-></c> those of the result. Without an arrow the result has the letters that stand once, in
    /// alphabetical order (capitals first). <c>...</c> stands for all axes that have no letter: they broadcast, and come first in a result without an arrow. A letter
    /// twice in one operand takes its diagonal: <c>"ii"</c> is the trace, <c>"ii->i"</c> the diagonal. Spaces do not count.
    /// </param>
    /// <param name="x">As many operands as the formula has; they meet in one element type. Bools and U8 are summed as I32.</param>
    /// <returns>A tensor of the axes after the arrow.</returns>
    /// <exception cref="ArgumentException">The formula is none, or is not about so many operands.</exception>
    /// <exception cref="ShapeException">An operand has not the axes that the formula names, or one letter is of two extents.</exception>
    /// <remarks>
    /// Follows numpy.einsum. Operands are multiplied two at a time, as matrix products where an axis is summed: in the order of the fewest operations for up to eight of
    /// them, beyond that by the next pair that shrinks most. Axes of one operand alone are summed before.
    /// </remarks>
    public static Tensor Einsum(string formula, params Tensor[] x) => Formula.Parse(formula, x).Result();

    /// <summary>The same with numbers in place of letters: the axes of each operand, and of the result. There is no ellipsis.</summary>
    /// <exception cref="ShapeException">An operand has not as many axes as labels, or one label is of two extents, or the result repeats one or has one of its own.</exception>
    public static Tensor Einsum((Tensor Operand, int[] Axes)[] x, int[] result)
    {
        if (x.Length == 0) throw new ArgumentException($"Einsum: expected at least one operand, got none.{Caller.Line()}");
        return new Contraction("Einsum", [.. x.Select(t => t.Operand)], [.. x.Select(t => t.Axes)], result).Result();
    }

    /// <summary>Letters as labels. Axes of an ellipsis have labels below 0, counted from the last: those come first in order.</summary>
    static class Formula
    {
        public static Contraction Parse(string formula, Tensor[] x)
        {
            ArgumentException Wrong(string why) => new($"Einsum: \"{formula}\" {why}.{Caller.Line()}");
            var sides = formula.Replace(" ", "").Split("->");
            var inputs = sides[0].Split(',');
            if (sides.Length > 2) throw Wrong("has more than one arrow");
            if (inputs.Length != x.Length) throw Wrong($"is about {inputs.Length} operands, got {x.Length}");
            foreach (var term in sides.SelectMany(s => s.Split(',')))
                if (term.Replace("...", "", StringComparison.Ordinal) is var letters && (!letters.All(char.IsAsciiLetter) || term.Length - letters.Length > 3))
                    throw Wrong("holds something that is no letter, comma, arrow or one ellipsis an operand");

            var labels = new int[x.Length][];
            var operands = (Tensor[])x.Clone();
            int[] spare = [.. inputs.Select((term, k) => term.Contains("...") ? x[k].Rank - (term.Length - 3) : 0)];
            int most = spare.Max();
            for (int k = 0; k < x.Length; k++)
            {
                int own = inputs[k].Contains("...") ? Math.Max(0, spare[k]) : 0;
                labels[k] = Labels(inputs[k], own);
                if (labels[k].Length != x[k].Rank)
                    throw new ShapeException($"Einsum: \"{formula}\" names {labels[k].Length} axes of operand {k}, which is {x[k].Type}.{Caller.Line()}");
            }
            Broadcast(operands, labels);

            int[] result;
            if (sides.Length == 2)
            {
                if (most > 0 && !sides[1].Contains("...")) throw Wrong("leaves the axes of an ellipsis out of its result; write them there, or give them letters");
                result = Labels(sides[1], most);
                if (result.Distinct().Count() != result.Length) throw Wrong("repeats a letter in its result");
                if (result.Where(l => l > 0).Except(labels.SelectMany(l => l)).Select(l => (char)l).FirstOrDefault() is not '\0' and var unknown)
                    throw Wrong($"has '{unknown}' in its result alone");
            }
            else result = [.. Labels("...", most), .. inputs.SelectMany(t => t.Replace("...", "")).GroupBy(c => c).Where(g => g.Count() == 1).Select(g => (int)g.Key).Order()];
            return new("Einsum", operands, labels, result, l => l > 0 ? $"'{(char)l}'" : $"axis −{-l} of the ellipsis");
        }

        static int[] Labels(string term, int spare)
        {
            int at = term.IndexOf("...", StringComparison.Ordinal);
            if (at < 0) return [.. term.Select(c => (int)c)];
            return [.. term[..at].Select(c => (int)c), .. Enumerable.Range(-spare, spare), .. term[(at + 3)..].Select(c => (int)c)];
        }

        /// <summary>Axes of extent 1 under an ellipsis are left out where others are longer.</summary>
        static void Broadcast(Tensor[] x, int[][] labels)
        {
            var longer = labels.SelectMany((own, k) => own.Where((l, a) => l < 0 && x[k].Shape[a] != 1)).ToHashSet();
            for (int k = 0; k < x.Length; k++)
            {
                var own = labels[k];
                bool Stays(int axis) => own[axis] > 0 || x[k].Shape[axis] != 1 || !longer.Contains(own[axis]);
                int[] stay = [.. Enumerable.Range(0, own.Length).Where(Stays)];
                if (stay.Length == own.Length) continue;
                (x[k], labels[k]) = (x[k].Reshape([.. stay.Select(a => x[k].Shape[a])]), [.. stay.Select(a => own[a])]);
            }
        }
    }
}
