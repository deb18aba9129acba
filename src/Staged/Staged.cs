namespace StagedDiff;

/// <summary>A function that was traced for given arguments: made by <c>Fn.Stage</c>, to be looked at.</summary>
public sealed class Staged
{
    readonly string name;
    readonly JitOptions options;
    readonly (string Path, int Argument)[] leaves;
    readonly Lazy<Graph> gradient;
    readonly Tensor[] example;
    Program? program;

    Staged(string name, JitOptions options, (string, int)[] leaves, Graph graph, Tensor[] example)
    {
        (this.name, this.options, this.leaves, Graph, this.example) = (name, options, leaves, graph, example);
        gradient = new(Differentiate);
    }

    internal static Staged Of<R>(Delegate f, Leaves x, Body<R> body, JitOptions? options)
    {
        options ??= new();
        var name = Closure.Name(f);
        Closure.Roots(f);       // initialises static fields that f reads
        var (graph, captured, _) = JitTrace.Of(name, x.ToStructure(), JitTrace.Types(x, options), body);
        return new(name, options, [.. x.Trail!.Tensors.Select((path, i) => (path, x.ArgumentOf(i)))], graph, [.. x.Tensors, .. captured]);
    }

    /// <summary>The function as a graph. Its first inputs are the tensors of the arguments, the others those that the function captured.</summary>
    public Graph Graph { get; }

    /// <summary>The value and the gradient by the float tensors of the first argument, as a graph.</summary>
    /// <exception cref="ShapeException">The result is no scalar.</exception>
    public Graph GradGraph => gradient.Value;

    Graph Differentiate()
    {
        if (Graph.Outputs is not [var y] || y.Rank > 0 || !y.DType.IsFloat()) throw new ShapeException(
            $"GradGraph: the function must return a float scalar, got {string.Join(", ", Graph.Outputs.Select(t => t.Type))}. Take Mean or Sum first.{Caller.Line()}");
        int[] wanted = [.. Enumerable.Range(0, leaves.Length).Where(i => leaves[i].Argument == 0 && Graph.Inputs[i].DType.IsFloat())];
        return Graph.Of(Graph.Inputs.Select(t => t.Type), args =>
        {
            var (y, pull) = Reverse.Vjp(x =>
            {
                Tensor[] all = [.. args];
                for (int k = 0; k < wanted.Length; k++) all[wanted[k]] = x[k];
                return Graph.Replay(all);
            }, [.. wanted.Select(i => args[i])]);
            var grads = pull([Tensor.Literal(y[0].DType, 1.0)]);
            return [y[0], .. wanted.Select((i, k) => grads[k] ?? Prim.Zeros(args[i].Type))];
        });
    }

    internal Program Program => program ??= Program.Compile(Graph, options);

    /// <summary>Compiles now what would be compiled when first asked for.</summary>
    /// <returns>This.</returns>
    public Staged Compile()
    {
        _ = Program;
        return this;
    }

    /// <summary>
    /// What the function became: its inputs, and the kernels with what was fused in each, in the order of its loops, operations on floats and
    /// bytes touched (each counted once), and what lies in memory between them. The same text on every machine.
    /// </summary>
    public string Explain() => Inputs() + Program.Explain();

    /// <summary>
    /// <see cref="Explain"/> with times: runs the function on the example for a quarter of a second, and says of each kernel its median time, its
    /// share of all, operations and bytes a second, and how much that is of what the processor's multiply-adds could do.
    /// </summary>
    /// <returns>Text for people: it differs from run to run.</returns>
    /// <exception cref="StagingException">The example is no concrete tensors: the function was staged inside of a traced one.</exception>
    /// <remarks>Effects happen at each call. What a kernel reads may lie in a cache, as calls follow each other.</remarks>
    public string Profile()
    {
        if (!Array.TrueForAll(example, t => t.IsConcrete))
            throw new StagingException($"Profile: {name} was staged for tensors without values. Stage it outside of traced functions.{Caller.Line()}");
        return Inputs() + StagedDiff.Profile.Of(Program, () => Program.Run([.. example]));
    }

    string Inputs() => $"{name}\n" + string.Concat(Graph.Inputs.Select((t, i) => $"  {InputName(i)}: {t.Type}\n"));

    string InputName(int i) => i < leaves.Length ? leaves[i].Path : "captured";

    /// <summary>
    /// The function as a circuit in SVG, for the example's values: above each wire what flows through it, in green; below, in red, the derivative of
    /// the result by it, where the result is a float scalar. Tensors of more than three elements show their type and the size of their derivative.
    /// </summary>
    public string ToSvg()
    {
        var (values, slopes) = Flow();
        return Drawing.Svg(Graph, InputName, t => (
            values.TryGetValue(t, out var y) ? Short(y) : t.Type.ToString(),
            slopes.TryGetValue(t, out var d) ? d.Size > 3 ? $"|∂| {Number((double)Tensor.Sqrt((d * d).Sum()))}" : Short(d) : null));
    }

    static string Short(Tensor x) => x.Size > 3 ? x.Type.ToString()
        : x.Rank == 0 ? Number(x.DType.IsFloat() ? (double)x : (long)x.Cast(DType.I64))
        : $"[{string.Join(" ", x.Cast(DType.F64).ToArray<double>().Select(Number))}]";

    static string Number(double x) => x.ToString("G4", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The value of each variable at the example, and the derivative by it: by a zero added to it.</summary>
    (Dictionary<Tensor, Tensor> Values, Dictionary<Tensor, Tensor> Slopes) Flow()
    {
        Dictionary<Tensor, Tensor> values = [], slopes = [];
        if (!Array.TrueForAll(example, t => t.IsConcrete)) return (values, slopes);
        Tensor[] variables = [.. Graph.Inputs, .. Graph.Nodes.SelectMany(n => n.Outputs)];
        Graph.Interpret<Tensor>(example, t => t, (node, x) =>
        {
            var y = node.Op.Apply(x);
            for (int i = 0; i < y.Length; i++) values[node.Outputs[i]] = y[i];
            return y;
        });
        for (int i = 0; i < example.Length; i++) values[Graph.Inputs[i]] = example[i];
        if (Graph.Outputs is not [{ Rank: 0 } result] || !result.DType.IsFloat() || result.IsLiteral) return (values, slopes);
        var floats = Array.FindAll(variables, t => t.DType.IsFloat());
        var (_, pull) = Reverse.Vjp(zeros =>
        {
            var added = floats.Zip(zeros).ToDictionary(p => p.First, p => p.Second);
            Tensor Live(Tensor variable, Tensor value) => added.TryGetValue(variable, out var zero) ? value + zero : value;
            return Graph.Interpret<Tensor>([.. Graph.Inputs.Select((t, i) => Live(t, example[i]))], t => t,
                (node, x) => [.. node.Op.Apply(x).Select((y, i) => Live(node.Outputs[i], y))]);
        }, [.. floats.Select(t => Prim.Zeros(values[t].Type))]);
        var d = pull([Tensor.Literal(result.DType, 1.0)]);
        for (int i = 0; i < floats.Length; i++) slopes[floats[i]] = d[i] ?? Prim.Zeros(values[floats[i]].Type);
        return (values, slopes);
    }

    /// <summary>The text of the graph.</summary>
    public override string ToString() => Graph.ToString();
}
