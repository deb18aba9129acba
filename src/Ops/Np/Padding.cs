namespace StagedDiff;

/// <summary>What <see cref="Np.Pad(Tensor, int, PadMode, Tensor)"/> puts around a tensor.</summary>
public enum PadMode
{
    /// <summary>One number.</summary>
    Constant,
    /// <summary>The nearest element: abc → aabcc.</summary>
    Edge,
    /// <summary>Mirrored at the outermost element: abc → babcb.</summary>
    Reflect,
    /// <summary>Mirrored at the outer edge: abc → aabcc, abcba for two.</summary>
    Symmetric,
    /// <summary>From the other end: abc → cabca.</summary>
    Wrap,
}

// More elements around a tensor.
public static partial class Np
{
    /// <summary>As many elements before and after along every axis.</summary>
    /// <inheritdoc cref="Pad(Tensor, ValueTuple{int, int}[], PadMode, Tensor)"/>
    public static Tensor Pad(Tensor x, int width, PadMode mode = PadMode.Constant, Tensor? value = null) =>
        Pad(x, [.. Enumerable.Repeat((width, width), x.Rank)], mode, value);

    /// <summary>A tensor with elements before and after its own along each axis.</summary>
    /// <param name="x">Any tensor.</param>
    /// <param name="widths">How many before and after, for each axis.</param>
    /// <param name="mode">Which: a number, or elements of its own, repeated as often as needed.</param>
    /// <param name="value">The number of <see cref="PadMode.Constant"/>: 0 if not given.</param>
    /// <exception cref="ShapeException">There is not one pair for each axis, a number is negative, or there is no element to repeat.</exception>
    /// <remarks>Follows numpy.pad.</remarks>
    public static Tensor Pad(Tensor x, (int Before, int After)[] widths, PadMode mode = PadMode.Constant, Tensor? value = null)
    {
        if (widths.Length != x.Rank || widths.Any(w => w.Before < 0 || w.After < 0))
            throw new ShapeException($"Pad: expected {x.Rank} pairs of numbers of 0 or more for {x.Type}, got [{string.Join(",", widths)}].{Caller.Line()}");
        if (mode == PadMode.Constant)
            return Prim.Pad(x.Strong(), (value ?? 0).To(x.DType).Strong(), [.. widths.Select(w => w.Before)], [.. widths.Select(w => w.After)], [.. widths.Select(_ => 0)]);
        for (int a = 0; a < widths.Length; a++)
            if (widths[a] is not (0, 0)) x = Around(x, a, widths[a].Before, widths[a].After, mode);
        return x;
    }

    static Tensor Around(Tensor x, int axis, int before, int after, PadMode mode)
    {
        int n = checked((int)Known("Pad", x, axis));
        if (n == 0) throw new ShapeException($"Pad: axis {axis} of {x.Type} has no elements to repeat.{Caller.Line()}");
        // The parts of the result, each a run of elements up or down, joined: no index is computed when the program runs.
        var parts = new List<Tensor>();
        int[] places = [.. Enumerable.Range(-before, before + n + after).Select(i => Source(i, n, mode))];
        for (int first = 0, next; first < places.Length; first = next)
        {
            int step = first + 1 < places.Length ? places[first + 1] - places[first] : 1;
            if (Math.Abs(step) > 1) step = 1;
            for (next = first + 1; next < places.Length && places[next] - places[next - 1] == step; next++) { }
            int low = Math.Min(places[first], places[next - 1]), high = Math.Max(places[first], places[next - 1]) + 1;
            var part = Prim.Slice(x.Strong(), axis, low, high);
            parts.Add(step == 0 ? Repeat(part, next - first, axis) : step < 0 ? part.Flip(axis) : part);
        }
        return Prim.Concatenate(axis, [.. parts]);
    }

    /// <summary>Which of n elements stands at a place that may lie outside.</summary>
    static int Source(int i, int n, PadMode mode)
    {
        int Modulo(int k, int m) => (k % m + m) % m;
        switch (mode)
        {
            case PadMode.Edge: return Math.Clamp(i, 0, n - 1);
            case PadMode.Wrap: return Modulo(i, n);
            case PadMode.Symmetric: return Modulo(i, 2 * n) is var k && k < n ? k : 2 * n - 1 - k;
            case PadMode.Reflect when n > 1: return Modulo(i, 2 * n - 2) is var j && j < n ? j : 2 * n - 2 - j;
            case PadMode.Reflect: return 0;
            default: throw new ArgumentOutOfRangeException(nameof(mode), mode, $"Pad: no mode.{Caller.Line()}");
        }
    }
}
