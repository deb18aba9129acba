namespace StagedDiff;

/// <summary>
/// What an index of a tensor says about one axis: an integer, a range, a tensor of integers or of bools; or a new axis, or an ellipsis.
/// Written as <c>x[0, 1..3, ^1]</c>, <c>x[Slice.Ellipsis, mask]</c>.
/// </summary>
public readonly struct Slice
{
    internal enum Form : byte { Range, At, NewAxis, Ellipsis, Tensor }

    readonly Range range;
    readonly bool some;        // so that default is the whole axis
    readonly int step;

    Slice(Form kind, Range range = default, int step = 0, Tensor? tensor = null) =>
        (Kind, this.range, some, this.step, Tensor) = (kind, range, true, step, tensor);

    internal Form Kind { get; }
    internal Range Range => some ? range : Range.All;
    internal int Stride => step == 0 ? 1 : step;
    internal Tensor? Tensor { get; }

    /// <summary>The whole axis, as <c>..</c>.</summary>
    public static Slice All => default;

    /// <summary>A new axis of extent 1.</summary>
    public static Slice NewAxis => new(Form.NewAxis);

    /// <summary>As many whole axes as are not spoken of.</summary>
    public static Slice Ellipsis => new(Form.Ellipsis);

    /// <summary>Every step-th element of a range; a negative step walks it backwards from its last: <c>Slice.Step(.., -1)</c> reverses.</summary>
    /// <exception cref="ArgumentException">The step is 0.</exception>
    public static Slice Step(Range range, int step) => step != 0 ? new(Form.Range, range, step)
        : throw new ArgumentException("Slice: a step of 0 goes nowhere.");

    /// <summary>One element, and the axis goes. A negative number counts from the end.</summary>
    public static implicit operator Slice(int index) => new(Form.At, (index < 0 ? ^-index : index)..);
    /// <summary>One element, from the front or the end, and the axis goes.</summary>
    public static implicit operator Slice(Index index) => new(Form.At, index..);
    /// <summary>A range, cut off where it reaches over the end of the axis.</summary>
    public static implicit operator Slice(Range range) => new(Form.Range, range);
    /// <summary>Integers: those elements.</summary>
    public static implicit operator Slice(int[] indices) => new(Form.Tensor, tensor: indices);
    /// <summary>Integers: those elements. Bools: the elements where it is true.</summary>
    public static implicit operator Slice(Tensor index) => new(Form.Tensor, tensor: index);
}
