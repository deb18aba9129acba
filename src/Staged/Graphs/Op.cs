using System.Collections.Immutable;

namespace StagedDiff;

/// <summary>A value and its tangent; a null tangent is zero.</summary>
readonly record struct Dual(Tensor Primal, Tensor? Tangent);

/// <summary>A value and whether its axis 0 is the batch axis.</summary>
readonly record struct Batched(Tensor Value, bool Mapped);

/// <summary>Cotangents of the results → cotangents of the arguments. Null is zero, going in and coming out.</summary>
delegate Tensor?[] Pullback(Tensor?[] ct);

/// <summary>
/// The element of an operand at an index, as code. Lanes where the guard (a Bool value) is false are not read and hold zero.
/// </summary>
delegate Value Read(Affine[] index, Value? guard = null);

/// <summary>
/// A primitive operation, with everything the system knows of it, in one place. Attributes are record fields with value equality
/// (ImmutableArray through <see cref="Axes"/>), so equal ops compare equal. No op holds a delegate.
/// </summary>
abstract record Op
{
    /// <summary>The name in printed graphs and errors.</summary>
    public abstract string Name { get; }

    /// <summary>The types of the results. Throws where the arguments do not fit, in the user's words.</summary>
    public abstract TensorType[] Infer(TensorType[] x);

    /// <summary>Results, and the pullback for the arguments marked in <paramref name="wanted"/>; it may give others too.</summary>
    public abstract (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted);

    /// <summary>Results and their tangents. By default derived from the pullback, see <see cref="Derived"/>.</summary>
    public virtual Dual[] Jvp(Dual[] x) => Derived.Jvp(this, x);

    /// <summary>The op on a batch of <paramref name="size"/>: at least one argument is mapped; every result has the batch as axis 0.</summary>
    public abstract Tensor[] Batch(Batched[] x, Extent size);

    /// <summary>Effects are neither shared nor dropped, and happen in order.</summary>
    public virtual bool HasEffect => false;

    /// <summary>Whether results share axes with operands so that a concrete operand's view is the result: set by ops that only move data.</summary>
    public virtual Tensor? View(Tensor x) => null;

    /// <summary>Extents among the attributes replaced, for kernels that take them as arguments: <paramref name="symbol"/> gives each a name.</summary>
    public virtual Op WithSymbols(Func<Extent, Extent> symbol) => this;

    /// <summary>The operand whose elements are indices, and the limit that they must lie below, counted from either end: in [−limit, limit).</summary>
    public virtual (int Operand, Extent Limit)? Bounds(TensorType[] x) => null;

    /// <summary>Applies the op in the current trace, or at once.</summary>
    public Tensor[] Apply(params Tensor[] x) => Trace.Run(this, x);

    /// <summary>The same for ops with one result.</summary>
    public Tensor Of(params Tensor[] x) => Trace.Run(this, x)[0];
}

/// <summary>
/// An op whose result at an index is an expression of its operands at indices: fused into loops. That is: elementwise ops, ops that move data,
/// and ops with computed indices.
/// </summary>
abstract record MapOp : Op
{
    /// <summary>The element of the result at <paramref name="i"/>.</summary>
    public abstract Value At(Affine[] i, Read[] x, TensorType[] types, TensorType y, Value? guard);

    /// <summary>Whether it only moves data and so is computed wherever it is read, for nothing.</summary>
    public virtual bool IsFree => false;

    /// <summary>Whether an operand is read at the index of the result itself.</summary>
    public virtual bool IsElementwise => false;

    /// <summary>Whether an operand must lie in memory in row-major order (it is read at a linear or computed address).</summary>
    public virtual bool NeedsBuffer(int operand) => false;

    /// <summary>Whether an axis of an operand has the extent that this axis has in operand 0, so that a kernel takes it once.</summary>
    public virtual bool IsCommon(int operand, int axis) => false;
}

/// <summary>A reduction over one axis.</summary>
abstract record FoldOp : Op
{
    public abstract int Axis { get; }
    public abstract FoldKind Kind { get; }
}

/// <summary>
/// An op computed by a routine of its own. <see cref="Plan"/> is called once for given sizes, the routine often.
/// </summary>
abstract record KernelOp : Op
{
    /// <summary>Whether an operand may be any strided view; others come in row-major order.</summary>
    public virtual bool TakesStrides(int operand) => false;

    /// <summary>
    /// The routine for operands of these types and strides (in elements); results are in row-major order. Where <paramref name="sizesVary"/>
    /// other sizes will follow: code that depends on sizes should be of few kinds.
    /// </summary>
    public abstract Kernel Plan(TensorType[] x, long[][] strides, TensorType[] y, bool sizesVary);

    /// <summary>The same as an op that fuses into loops, where so little is computed that a routine costs more than what it does; the same bits.</summary>
    public virtual MapOp? Fused(TensorType[] x) => null;

    /// <summary>Operations on floats that it takes, to be shown; 0 where they are not what takes the time. Extents are constant.</summary>
    public virtual double Flops(TensorType[] x) => 0;
}

/// <summary>A routine for given sizes: safe to run on several threads, the same bits for any split in chunks.</summary>
abstract class Kernel
{
    /// <summary>In how many independent parts the work may be done.</summary>
    public virtual int Chunks => 1;

    /// <summary>Whether several threads at it gain more than it costs to hand them what another core has in its cache.</summary>
    public virtual bool IsShared => Chunks > 1;

    /// <summary>
    /// Equal parts along the leading axes of operands and results: the same number of chunks in a row each. A part touches that part of the
    /// result, and of every operand in row-major order.
    /// </summary>
    public virtual int Blocks => 1;

    /// <summary>Does parts <paramref name="start"/> to <paramref name="end"/>; addresses of the operands, then of the results.</summary>
    public abstract unsafe void Run(long* addresses, int start, int end);
}

/// <summary>A list of axes or other small numbers with value equality.</summary>
[System.Runtime.CompilerServices.CollectionBuilder(typeof(Axes), nameof(Create))]
readonly struct Axes(ImmutableArray<int> items) : IEquatable<Axes>, IEnumerable<int>
{
    readonly ImmutableArray<int> items = items;
    public static Axes Create(ReadOnlySpan<int> items) => new([.. items]);
    public int Count => items.Length;
    public int this[int i] => items[i];
    public bool Contains(int axis) => items.Contains(axis);
    public int IndexOf(int axis) => items.IndexOf(axis);

    /// <summary>Every axis moved one to the right, to make room for a leading batch axis.</summary>
    public Axes Shift() => [.. items.Select(a => a + 1)];

    public bool Equals(Axes o) => items.AsSpan().SequenceEqual(o.items.AsSpan());
    public override bool Equals(object? o) => o is Axes a && Equals(a);
    public override int GetHashCode() => items.Aggregate(31, HashCode.Combine);
    public override string ToString() => string.Join(",", items);
    public IEnumerator<int> GetEnumerator() => items.AsEnumerable().GetEnumerator();
    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}
