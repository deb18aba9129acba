using System.Collections;
using System.Runtime.CompilerServices;

namespace StagedDiff;

/// <summary>The extents of a tensor, outermost axis first. Equal when every extent is equal.</summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public readonly struct Shape : IEquatable<Shape>, IReadOnlyList<Extent>
{
    readonly Extent[]? extents;
    Extent[] Extents => extents ?? [];

    Shape(Extent[] extents) => this.extents = extents;

    /// <summary>The shape with these extents.</summary>
    public static Shape Create(ReadOnlySpan<Extent> extents) => new(extents.ToArray());

    /// <summary>The shape with these extents.</summary>
    public static Shape Of(params int[] extents) => new(Array.ConvertAll(extents, n => (Extent)n));

    /// <summary>The shape with these extents.</summary>
    public static implicit operator Shape(int[] extents) => Of(extents);

    /// <summary>The number of axes.</summary>
    public int Rank => Extents.Length;
    int IReadOnlyCollection<Extent>.Count => Rank;

    /// <summary>The extent of an axis, counted from the front.</summary>
    public Extent this[int axis] => Extents[axis];

    /// <summary>The extent of an axis, from the front or the back.</summary>
    public Extent this[Index axis] => Extents[axis];

    /// <summary>Whether every extent is a number.</summary>
    public bool IsConstant => Extents.All(e => e.IsConstant);

    /// <summary>The number of elements.</summary>
    /// <exception cref="StagingException">An extent is symbolic.</exception>
    public long Size
    {
        get
        {
            long n = 1;
            foreach (var e in Extents) n = checked(n * e.Value);
            return n;
        }
    }

    /// <summary>The number of elements, symbolic if need be.</summary>
    internal Extent Count => Extents.Aggregate((Extent)1, (n, e) => n * e);

    internal Shape Prepend(Extent n) => new([n, .. Extents]);
    internal Shape Insert(int axis, Extent n) => new([.. Extents[..axis], n, .. Extents[axis..]]);
    internal Shape Drop(int axis) => new([.. Extents[..axis], .. Extents[(axis + 1)..]]);
    internal Shape With(int axis, Extent n) => new([.. Extents[..axis], n, .. Extents[(axis + 1)..]]);
    internal Shape Slice(int start, int length) => new(Extents[start..(start + length)]);

    /// <summary>Elements to step over for one step along each axis, in row-major order.</summary>
    internal Extent[] RowMajor()
    {
        var strides = new Extent[Rank];
        Extent step = 1;
        for (int a = Rank - 1; a >= 0; a--)
        {
            strides[a] = step;
            step *= Extents[a];
        }
        return strides;
    }

    /// <summary>The extents as numbers.</summary>
    /// <exception cref="StagingException">An extent is symbolic.</exception>
    public int[] ToArray() => Array.ConvertAll(Extents, e => (int)e);

    /// <inheritdoc/>
    public bool Equals(Shape other) => ReferenceEquals(extents, other.extents) || Extents.AsSpan().SequenceEqual(other.Extents);
    /// <inheritdoc/>
    public override bool Equals(object? o) => o is Shape s && Equals(s);
    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = Rank;
        foreach (var e in Extents) hash = HashCode.Combine(hash, e);
        return hash;
    }
    /// <summary><c>[128,10]</c></summary>
    public override string ToString() => $"[{string.Join(",", Extents)}]";
    /// <inheritdoc/>
    public IEnumerator<Extent> GetEnumerator() => Extents.AsEnumerable().GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    /// <summary>Whether every extent is equal.</summary>
    public static bool operator ==(Shape a, Shape b) => a.Equals(b);
    /// <summary>Whether an extent differs.</summary>
    public static bool operator !=(Shape a, Shape b) => !a.Equals(b);
}

/// <summary>What a variable of a graph is known to be: <c>f32[128,10]</c>.</summary>
public readonly record struct TensorType(DType DType, Shape Shape)
{
    /// <summary><c>f32[128,10]</c></summary>
    public override string ToString() => DType.Name() + Shape;
}
