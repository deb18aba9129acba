namespace StagedDiff;

/// <summary>One line of a graph: <c>outputs = op inputs</c>. Variables, and literals among the inputs.</summary>
sealed class Node(Op op, Tensor[] inputs)
{
    public Op Op { get; } = op;
    public Tensor[] Inputs { get; } = inputs;
    public Tensor[] Outputs { get; set; } = [];

    /// <summary>Of the inputs.</summary>
    public TensorType[] Types => field ??= Array.ConvertAll(Inputs, t => t.Type);

    /// <summary>So that rules can match a node as <c>(op, [inputs])</c>.</summary>
    public void Deconstruct(out Op op, out Tensor[] inputs) => (op, inputs) = (Op, Inputs);
}

/// <summary>A variable of a staged function; its source is the node that computes it, null for inputs.</summary>
sealed class Variable(StagedTrace trace, Node? source) : Origin
{
    public StagedTrace Trace { get; } = trace;
    public Node? Source { get; } = source;
    public override Tensor? Value => null;
    public override string Describe => Trace.Describe;
}

/// <summary>A closed function: inputs, nodes in evaluation order, outputs. Everything it reads is an input or a literal.</summary>
public sealed class Graph
{
    internal Graph(Tensor[] inputs, Node[] nodes, Tensor[] outputs) => (Inputs, Nodes, Outputs) = (inputs, nodes, outputs);

    internal Tensor[] Inputs { get; }
    internal Node[] Nodes { get; }
    internal Tensor[] Outputs { get; }

    /// <summary>The number of nodes.</summary>
    public int Count => Nodes.Length;

    /// <summary>
    /// Traces <paramref name="f"/> once. What it reads from outside (tensors with data, variables of enclosing traces) comes back as
    /// captured, in the order of the graph's trailing inputs.
    /// </summary>
    internal static (Graph Graph, Tensor[] Captured) Trace(IEnumerable<TensorType> inputs, Func<Tensor[], Tensor[]> f, string name = "a function being staged")
    {
        using var trace = new StagedTrace(name);
        Tensor[] args = [.. inputs.Select(trace.Input)];
        Tensor[] results = [.. f(args).Select(t => trace.Resolve(t.Strong()))];
        return (trace.Finish(args, results), [.. trace.Captured]);
    }

    /// <summary>Traces a function that reads nothing from outside: what transforms of graphs produce.</summary>
    internal static Graph Of(IEnumerable<TensorType> inputs, Func<Tensor[], Tensor[]> f)
    {
        var (graph, captured) = Trace(inputs, f);
        return captured is [] ? graph : throw new InvalidOperationException("A transform of a closed graph captured a tensor.");
    }

    /// <summary>The one loop: walks the nodes in order, giving each variable a meaning in <typeparamref name="T"/>.</summary>
    internal T[] Interpret<T>(IReadOnlyList<T> inputs, Func<Tensor, T> literal, Func<Node, T[], T[]> apply)
    {
        var env = new Dictionary<Tensor, T>();
        T Read(Tensor t) => env.TryGetValue(t, out var v) ? v : literal(t);
        for (int i = 0; i < Inputs.Length; i++) env[Inputs[i]] = inputs[i];
        foreach (var node in Nodes)
        {
            var y = apply(node, Array.ConvertAll(node.Inputs, Read));
            for (int i = 0; i < y.Length; i++) env[node.Outputs[i]] = y[i];
        }
        return Array.ConvertAll(Outputs, Read);
    }

    /// <summary>Replays the graph in the current trace, or runs it node by node.</summary>
    internal Tensor[] Replay(params Tensor[] args) => Interpret(args, t => t, (node, x) => node.Op.Apply(x));

    /// <summary>Which outputs depend on the marked inputs, through float variables alone if asked.</summary>
    internal bool[] Reaches(IReadOnlyList<bool> marked) =>
        Interpret(marked, _ => false, (node, x) => [.. node.Outputs.Select(y => x.Any(m => m) && y.DType.IsFloat())]);

    /// <summary>The graph as text: stable, one line a node.</summary>
    public override string ToString() => Printer.Text(this);

    /// <summary>The graph as a Mermaid flow chart.</summary>
    public string ToMermaid() => Printer.Mermaid(this);

    /// <summary>The graph in Graphviz's DOT.</summary>
    public string ToDot() => Printer.Dot(this);
}
