using System.Text;

namespace StagedDiff;

/// <summary>A function that was traced for given arguments: made by <c>Fn.Stage</c>, to be looked at.</summary>
public sealed class Staged
{
    readonly string name;
    readonly JitOptions options;
    readonly (string Path, int Argument)[] leaves;
    readonly Lazy<Graph> gradient;
    Program? program;

    Staged(string name, JitOptions options, (string, int)[] leaves, Graph graph)
    {
        (this.name, this.options, this.leaves, Graph) = (name, options, leaves, graph);
        gradient = new(Differentiate);
    }

    internal static Staged Of<R>(Delegate f, Leaves x, Body<R> body, JitOptions? options)
    {
        options ??= new();
        var name = Closure.Name(f);
        Closure.Roots(f);       // initialises static fields that f reads
        var (graph, _, _) = JitTrace.Of(name, x.ToStructure(), JitTrace.Types(x, options), body);
        return new(name, options, [.. x.Trail!.Tensors.Select((path, i) => (path, x.ArgumentOf(i)))], graph);
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

    /// <summary>What the function became: its inputs, and the kernels with what was fused in each, buffers and copies.</summary>
    public string Explain()
    {
        var text = new StringBuilder($"{name}\n");
        for (int i = 0; i < Graph.Inputs.Length; i++)
            text.Append($"  {(i < leaves.Length ? leaves[i].Path : "captured")}: {Graph.Inputs[i].Type}\n");
        return text.Append(Program.Explain()).ToString();
    }

    /// <summary>The text of the graph.</summary>
    public override string ToString() => Graph.ToString();
}
