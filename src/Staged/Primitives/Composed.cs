using System.Collections.Concurrent;
using System.Text;

namespace StagedDiff;

/// <summary>
/// A function made of elementwise ops as one op: on data one loop, not one for each operation in it. The same
/// operations on each element, so the same bits. Numbers that the function reads from outside are operands, so a new one compiles nothing.
/// </summary>
/// <param name="Text">All that the function does: equal texts are equal code.</param>
sealed record Composed(string Text) : Op
{
    static readonly ConcurrentDictionary<string, Graph> bodies = new();

    /// <summary>Functions kept, at most: one that is another each time, by a number written into it, goes op by op.</summary>
    const int Most = 1024;

    public override string Name => "composed";
    public override string ToString() => Name;

    /// <summary>The op of a graph of elementwise ops; null where too many are kept.</summary>
    public static Composed? Of(Graph graph)
    {
        var text = TextOf(graph);
        if (bodies.Count >= Most && !bodies.ContainsKey(text)) return null;
        bodies.TryAdd(text, graph);
        return new(text);
    }

    static string TextOf(Graph graph)
    {
        var names = new Dictionary<Tensor, int>();
        foreach (var t in graph.Inputs) names[t] = names.Count;
        string Name(Tensor t) => t.IsLiteral ? $"{t.DType} {t.LiteralBits}" : $"%{names[t]}";
        var text = new StringBuilder().AppendJoin(',', graph.Inputs.Select(t => t.DType));
        foreach (var node in graph.Nodes)
        {
            text.Append('\n').Append(node.Op).Append('(').AppendJoin(", ", node.Inputs.Select(Name)).Append(')');
            foreach (var y in node.Outputs) names[y] = names.Count;
        }
        return text.Append('\n').AppendJoin(", ", graph.Outputs.Select(Name)).ToString();
    }

    /// <summary>A graph of elementwise ops on the values at one element.</summary>
    public static Value[] Elements(Graph body, Value[] x) => body.Interpret(x,
        t => t.DType.IsFloat() ? Values.Literal(t.DType, t.LiteralNumber) : Values.Literal(t.DType, t.LiteralBits), (node, v) => [((Elementwise)node.Op).Element(v)]);

    public Value[] At(Value[] x) => Elements(bodies[Text], x);

    public override TensorType[] Infer(TensorType[] x) => Array.ConvertAll(bodies[Text].Outputs, t => new TensorType(t.DType, x[0].Shape));

    static InvalidOperationException Alone => new("Composed ops run outside of all traces alone.");
    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted) => throw Alone;
    public override Tensor[] Batch(Batched[] x, Extent size) => throw Alone;
}

/// <summary>A function that does the same to each element, of tensors of one shape: on data outside of all traces one loop, else its ops.</summary>
/// <remarks>
/// It is asked with scalars in place of the tensors, once for operands of the same types: no rank, shape or reduction may be part of what it does,
/// and nothing that changes.
/// </remarks>
sealed class Together(Func<Tensor[], Tensor[]> f)
{
    /// <summary>Elements from which a loop less is worth the trace; and once there is one, from which it is worth a look.</summary>
    const int Least = 4096, LeastTraced = 64;

    /// <summary>Ops in one loop, at most.</summary>
    const int MostOps = 64;

    readonly List<(DType[] Types, Composed? Op, Tensor[] Numbers)> traced = [];

    public Tensor[] Of(params Tensor[] x)
    {
        if (Trace.Current is not null || !Array.TrueForAll(x, t => t.IsConcrete && t.Shape == x[0].Shape) || x[0].Size < LeastTraced) return f(x);
        var types = Array.ConvertAll(x, t => t.DType);
        int k = traced.FindIndex(t => t.Types.AsSpan().SequenceEqual(types));
        if (k < 0)
        {
            if (x[0].Size < Least) return f(x);
            k = traced.Count;
            traced.Add(Traced(types));
        }
        return traced[k] is (_, { } op, var numbers) ? op.Apply([.. x, .. numbers.Select(t => Prim.Broadcast(t, x[0].Shape, [.. Enumerable.Range(0, x[0].Rank)]))]) : f(x);
    }

    /// <summary>The function as an op and the numbers that it reads from outside; no op where it is not made of elementwise ones.</summary>
    (DType[], Composed?, Tensor[]) Traced(DType[] types)
    {
        // Of rank 0 there is nothing to broadcast: what is left are operations on elements.
        var (graph, outside) = Graph.Trace(types.Select(t => new TensorType(t, [])), f, "an elementwise function");
        bool fits = graph.Count <= MostOps && Array.TrueForAll(graph.Nodes, n => n.Op is Elementwise) && Array.TrueForAll(outside, t => t.IsConcrete && t.Rank == 0)
            && Array.TrueForAll(graph.Outputs, t => t.Origin is Variable { Source: not null });
        return (types, fits ? Composed.Of(graph) : null, outside);
    }
}
