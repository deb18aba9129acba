using System.Collections.Concurrent;
using System.Text;

namespace StagedDiff;

/// <summary>
/// One result of a function made of elementwise ops, as one op: on data a loop for each result, not for each operation in it. The same
/// operations on each element, so the same bits. Numbers that the function reads from outside are operands, so a new one compiles nothing.
/// </summary>
/// <param name="Text">All that the function does: equal texts are equal code.</param>
/// <param name="Result">Which of its results.</param>
sealed record Composed(string Text, int Result) : Elementwise("composed")
{
    /// <summary>Elements from which a loop less is worth the trace.</summary>
    const int Least = 4096;

    /// <summary>Functions kept, at most: one that is another each time, by a number written into it, goes op by op.</summary>
    const int Most = 1024;

    static readonly ConcurrentDictionary<string, Graph> bodies = new();

    protected override string Attributes => $"{Result}";

    /// <summary>The function on data of one shape, outside of all traces; null where that is not so, or it is not made of elementwise ops.</summary>
    public static Tensor[]? Now(Func<Tensor[], Tensor[]> f, Tensor[] x)
    {
        if (Trace.Current is not null || !Array.TrueForAll(x, t => t.IsConcrete && t.Shape == x[0].Shape) || x[0].Size < Least) return null;
        // Of rank 0 there is nothing to broadcast: what is left are operations on elements.
        var (graph, outside) = Graph.Trace(x.Select(t => new TensorType(t.DType, [])), f, "an elementwise function");
        if (!Array.TrueForAll(graph.Nodes, n => n.Op is Elementwise) || !Array.TrueForAll(outside, t => t.IsConcrete && t.Rank == 0)) return null;
        if (!Array.TrueForAll(graph.Outputs, t => t.Origin is Variable { Source: not null })) return null;
        var text = TextOf(graph);
        if (bodies.Count >= Most && !bodies.ContainsKey(text)) return null;
        bodies.TryAdd(text, graph);
        Tensor[] operands = [.. x, .. outside.Select(t => Prim.Broadcast(t, x[0].Shape, [.. Enumerable.Range(0, x[0].Rank)]))];
        return [.. graph.Outputs.Select((_, k) => new Composed(text, k).Of(operands))];
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

    protected override DType ResultType(TensorType[] x) => bodies[Text].Outputs[Result].DType;
    protected override Value Code(Value[] x) => Elements(bodies[Text], x)[Result];
    protected override Tensor? Times(Tensor t, int i, Tensor[] x, Tensor y) => throw new InvalidOperationException("Composed ops run outside of all traces alone.");
}

static partial class Prim
{
    /// <summary>f(x), for tensors of one shape and an f that does the same to each element: on large data outside of traces a loop for each result.</summary>
    /// <remarks>f is asked with scalars in place of the tensors: no rank, shape or reduction may be part of what it does.</remarks>
    public static Tensor[] Together(Func<Tensor[], Tensor[]> f, params Tensor[] x) => Composed.Now(f, x) ?? f(x);
}
