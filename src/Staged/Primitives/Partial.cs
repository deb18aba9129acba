using System.Collections.Concurrent;

namespace StagedDiff;

/// <summary>
/// t·∂y/∂xᵢ of an elementwise op as one op on t, x… and y: outside of all traces a pullback is one loop, not one for each operation that it is
/// written in. The same operations on each element, so the same bits.
/// </summary>
sealed record Partial(Elementwise Inner, int Argument, int Operands) : Elementwise("partial")
{
    /// <summary>Elements from which a loop less is worth looking for the one.</summary>
    const int Least = 1024;

    /// <summary>The op on numbers of an element type; null where it is no composition of elementwise ops, or zero.</summary>
    static readonly ConcurrentDictionary<(Partial, DType), Graph?> bodies = new();

    protected override string Attributes => $"{Inner},{Argument}";

    /// <summary>The product on data outside of all traces; null where that is not the case, or nothing is won.</summary>
    public static Tensor? Now(Elementwise op, int argument, Tensor t, Tensor[] x, Tensor y)
    {
        if (Trace.Current is not null || !t.IsConcrete || t.Size < Least || !y.IsConcrete || !Array.TrueForAll(x, v => v.IsConcrete && v.DType == y.DType)) return null;
        var partial = new Partial(op, argument, x.Length);
        return partial.Body(y.DType) is { Count: > 1 } ? partial.Of([t, .. x, y]) : null;
    }

    Graph? Body(DType type) => bodies.TryGetValue((this, type), out var known) ? known : bodies[(this, type)] = Traced(type);

    Graph? Traced(DType type)
    {
        bool zero = false;
        // Of rank 0 there is nothing to broadcast: what is left are operations on elements.
        var graph = Graph.Of(Enumerable.Repeat(new TensorType(type, []), Operands + 2), a =>
        {
            var z = Inner.Product(a[0], Argument, a[1..^1], a[^1]);
            zero = z is null;
            return [z ?? a[0]];
        });
        return zero || !Array.TrueForAll(graph.Nodes, n => n.Op is Elementwise) ? null : graph;
    }

    protected override DType ResultType(TensorType[] x) => x[0].DType;

    protected override Value Code(Value[] x) => Composed.Elements(Body(x[0].Type)!, x)[0];
    protected override Tensor? Times(Tensor t, int i, Tensor[] x, Tensor y) => throw new InvalidOperationException("A partial is taken outside of all traces alone.");
}
