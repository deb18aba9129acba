namespace StagedDiff;

// One of several, element by element.
public static partial class Np
{
    /// <summary><paramref name="a"/> where the condition is true, <paramref name="b"/> where not, element by element.</summary>
    /// <param name="condition">Bools; of numbers, whether they are not 0.</param>
    /// <param name="a">What is taken where true. The three broadcast; a and b meet in one element type, in which a literal gives way.</param>
    /// <param name="b">What is taken where false.</param>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <remarks>
    /// No derivative passes through the side not taken, even where its own is infinite: <c>Where(x > 0, Log(x), 0)</c> has derivative 0 at 0. Through a
    /// sum or product of several elements an infinite one does; there, replace the argument too: <c>Log(Where(x > 0, x, 1))</c>.
    /// </remarks>
    public static Tensor Where(Tensor condition, Tensor a, Tensor b)
    {
        var test = condition.DType == DType.Bool ? condition : Tensor.NotEqual(condition, 0);
        var (type, shape) = (Tensor.Common("Where", a, b), Tensor.Broadcast("Where", test, a, b));
        return Prim.Select(test.Expand(shape), a.To(type).Expand(shape), b.To(type).Expand(shape));
    }

    /// <summary>x, but no less than <paramref name="min"/> and no greater than <paramref name="max"/>; null leaves that side open.</summary>
    /// <returns>Of the shape in which the three meet. <paramref name="max"/> where min is greater; NaN where x is. The derivative is split evenly at a bound.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <remarks>Follows numpy.clip.</remarks>
    public static Tensor Clip(Tensor x, Tensor? min = null, Tensor? max = null)
    {
        var y = min is null ? x : Tensor.Maximum(x, min);
        return max is null ? y : Tensor.Minimum(y, max);
    }

    /// <summary>The first of <paramref name="choices"/> whose condition is true, element by element; <paramref name="otherwise"/> where none is.</summary>
    /// <param name="conditions">Bools; of numbers, whether they are not 0.</param>
    /// <param name="choices">As many. All broadcast, and meet in one element type.</param>
    /// <param name="otherwise">What is taken where all are false.</param>
    /// <exception cref="ArgumentException">There are not as many choices as conditions, or none.</exception>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <remarks>Follows numpy.select.</remarks>
    public static Tensor Select(IReadOnlyList<Tensor> conditions, IReadOnlyList<Tensor> choices, Tensor? otherwise = null)
    {
        if (conditions.Count != choices.Count || choices.Count == 0)
            throw new ArgumentException($"Select: expected as many choices as conditions and at least one, got {choices.Count} and {conditions.Count}.{Caller.Line()}");
        return Enumerable.Range(0, choices.Count).Reverse().Aggregate(otherwise ?? 0, (rest, k) => Where(conditions[k], choices[k], rest));
    }
}
