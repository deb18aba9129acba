namespace StagedDiff;

/// <summary>
/// A function whose inner values are computed again for its pullback rather than kept. Effects happen the first time only.
/// </summary>
sealed record Checkpoint(Graph Body, string Title) : Region(Body, Title)
{
    public override string Name => "checkpoint";

    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        bool[] active = [.. wanted.Select((w, i) => w && x[i].DType.IsFloat())];
        var again = Once("again", active, () => Again(active));
        var y = Apply(x);
        return (y, ct => Spread(active, new Call(again, $"{Title}.again").Apply([.. x, .. Filled(y, ct)])));
    }

    /// <summary>(x, cotangents) → cotangents of the marked operands, from x alone. What is computed here merges with nothing outside.</summary>
    Graph Again(bool[] active)
    {
        var pullback = Reverse.Vjp(Quiet(Body), active);
        int n = Body.Inputs.Length;
        return Graph.Of(pullback.Inputs.Select(t => t.Type), args =>
        {
            // Behind it the operands are other variables, which come with the cotangents.
            Tensor[] late = [.. args[..n].Select(t => args.Length == n ? t : new Late().Of(t, args[n]))];
            return pullback.Replay([.. late, .. args[n..]])[Body.Outputs.Length..];
        });
    }

    /// <summary>The graph without its effects.</summary>
    static Graph Quiet(Graph g)
    {
        static Tensor[] Silently(Node node, Tensor[] x) => node.Op switch
        {
            { HasEffect: true } when node.Outputs is [] => [],
            Region { HasEffect: true } r => Quiet(r.Body).Replay(x),
            _ => node.Op.Apply(x),
        };
        return Array.Exists(g.Nodes, n => n.Op.HasEffect) ? Graph.Of(g.Inputs.Select(t => t.Type), args => g.Interpret(args, t => t, Silently)) : g;
    }

    public override Dual[] Jvp(Dual[] x)
    {
        bool[] active = Array.ConvertAll(x, d => d.Tangent is not null), reached = Body.Reaches(active);
        var graph = Once("jvp", active, () => Forward.Jvp(Body, active, reached));
        var results = new Checkpoint(graph, $"{Title}.jvp").Apply([.. x.Select(d => d.Primal), .. x.Select(d => d.Tangent).OfType<Tensor>()]);
        var tangents = Spread(reached, results[Body.Outputs.Length..]);
        return [.. tangents.Select((t, i) => new Dual(results[i], t))];
    }

    public override Tensor[] Batch(Batched[] x, Extent size)
    {
        bool[] mapped = Array.ConvertAll(x, b => b.Mapped);
        return new Checkpoint(Once("vmap", mapped, () => Batching.Vmap(Body, size, mapped), size), $"{Title}.vmap").Apply(Array.ConvertAll(x, b => b.Value));
    }
}

/// <summary>
/// A copy of the first operand, made when the second is there: so that nothing computed from it is shared with, or done before, what comes earlier.
/// </summary>
sealed record Late() : KernelOp
{
    public override string Name => "late";
    public override string ToString() => Name;
    public override bool TakesStrides(int operand) => operand == 1;
    public override TensorType[] Infer(TensorType[] x) => [x[0]];
    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted) => (Apply(x), ct => [ct[0], null]);
    public override Dual[] Jvp(Dual[] x) => [new(Of(x[0].Primal, x[1].Primal), x[0].Tangent)];
    public override Tensor[] Batch(Batched[] x, Extent size) => Apply(Prim.Lead(x[0], size), x[1].Value);

    public override Kernel Plan(TensorType[] x, long[][] strides, TensorType[] y, bool sizesVary) => new Copy(x[0].Shape.Size * x[0].DType.Size());

    sealed class Copy(long bytes) : Kernel
    {
        public override unsafe void Run(long* addresses, int start, int end) => Buffer.MemoryCopy((void*)addresses[0], (void*)addresses[2], bytes, bytes);
    }
}
