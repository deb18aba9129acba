namespace StagedDiff;

/// <summary>
/// A function with a pullback of its own. <paramref name="Ahead"/>: operands → results, saved values; <paramref name="Back"/>: saved values,
/// cotangents of the float results → cotangents of the float ones among the first <paramref name="Arguments"/> operands. The other operands are data.
/// </summary>
sealed record CustomVjp(Graph Body, Graph Ahead, Graph Back, int Arguments, string Title) : Region(Body, Title)
{
    public override string Name => "custom_vjp";

    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var results = new Call(Ahead, $"{Title}.forward").Apply(x);
        Tensor[] y = results[..Body.Outputs.Length], saved = results[y.Length..];
        return (y, ct => Spread(x.Select((t, i) => i < Arguments && t.DType.IsFloat()), new Call(Back, $"{Title}.backward").Apply([.. saved, .. Filled(y, ct)])));
    }

    public override Dual[] Jvp(Dual[] x)
    {
        int saved = Ahead.Outputs.Length - Body.Outputs.Length;
        if (Linear.Fault(Back, [.. Back.Inputs.Select((_, i) => i >= saved)], Back.Outputs.Select(_ => true)) is { } fault) throw new StagingException(
            $"CustomVjp: forward mode needs a backward function that is linear in its cotangent, and {Title} has {fault}. Use CustomJvp.{Caller.Line()}");
        return Derived.Jvp(this, x);
    }

    public override Tensor[] Batch(Batched[] x, Extent size)
    {
        // Every operand is mapped, so that its cotangent is summed where it was not.
        Graph Mapped(string name, Graph g) => Once(name, [], () => Batching.Vmap(g, size, [.. g.Inputs.Select(_ => true)]), size);
        return new CustomVjp(Mapped("vmap", Body), Mapped("vmap ahead", Ahead), Mapped("vmap back", Back), Arguments, $"{Title}.vmap")
            .Apply(Array.ConvertAll(x, b => Prim.Lead(b, size)));
    }
}

/// <summary>
/// A function with a forward derivative of its own. <paramref name="Rule"/>: operands, tangents of the float ones among the first
/// <paramref name="Arguments"/> → results, their tangents where float; linear in the tangents. The other operands are data.
/// </summary>
sealed record CustomJvp(Graph Body, Graph Rule, int Arguments, string Title) : Region(Body, Title)
{
    public override string Name => "custom_jvp";

    public override Dual[] Jvp(Dual[] x)
    {
        int n = Body.Outputs.Length;
        var results = new Call(Rule, $"{Title}.jvp").Apply([.. x.Select(d => d.Primal), .. Filled(x.Take(Arguments))]);
        var tangents = Spread(Body.Outputs.Select(t => t.DType.IsFloat()), results[n..]);
        return [.. tangents.Select((t, i) => new Dual(results[i], t))];
    }

    // The transpose of the rule.
    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        int n = Body.Outputs.Length;
        int[] floats = [.. Enumerable.Range(0, Arguments).Where(i => x[i].DType.IsFloat())];
        var (results, pull) = Reverse.Vjp(dx => new Call(Rule, $"{Title}.jvp").Apply([.. x, .. dx]), [.. floats.Select(i => Prim.Zeros(x[i].Type))]);
        Tensor[] y = results[..n];
        Tensor?[] Pull(Tensor?[] ct)
        {
            var back = pull([.. y.Select(_ => (Tensor?)null), .. y.Zip(ct).Where(p => p.First.DType.IsFloat()).Select(p => p.Second)]);
            var all = new Tensor?[x.Length];
            for (int k = 0; k < floats.Length; k++) all[floats[k]] = back[k];
            return all;
        }
        return (y, Pull);
    }

    public override Tensor[] Batch(Batched[] x, Extent size)
    {
        Graph Mapped(string name, Graph g) => Once(name, [], () => Batching.Vmap(g, size, [.. g.Inputs.Select(_ => true)]), size);
        return new CustomJvp(Mapped("vmap", Body), Mapped("vmap rule", Rule), Arguments, $"{Title}.vmap").Apply(Array.ConvertAll(x, b => Prim.Lead(b, size)));
    }
}
