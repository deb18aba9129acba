namespace StagedDiff;

/// <summary>Forward mode: the function runs on pairs of a value and its tangent, each op at once one level out.</summary>
sealed class Forward() : Trace("a forward derivative being taken")
{
    sealed class Pair(Forward trace, Tensor value, Tensor tangent) : Lifted(trace)
    {
        public override Tensor Value { get; } = value;
        public Tensor Tangent { get; } = tangent;
    }

    Tensor Lift(Dual d) => d.Tangent is { } t ? new(d.Primal.Type, new Pair(this, d.Primal, t)) : d.Primal;
    Dual Lower(Tensor t) => t.Origin is Pair p && p.Trace == this ? new(p.Value, p.Tangent) : new(t, null);

    protected override Tensor[] Apply(Op op, Tensor[] x)
    {
        foreach (var t in x) CheckMine(op.Name, t);
        Dual[] duals = Array.ConvertAll(x, Lower);
        if (Array.TrueForAll(duals, d => d.Tangent is null)) return RunOutside(op, x);
        return Array.ConvertAll(Outside(() => op.Jvp(duals)), d => Lift(d.Primal.DType.IsFloat() ? d : new(d.Primal, null)));
    }

    /// <summary>f and its derivative along dx; a null tangent is zero.</summary>
    public static Dual[] Jvp(Func<Tensor[], Tensor[]> f, Dual[] x)
    {
        using var trace = new Forward();
        var y = f(Array.ConvertAll(x, d => trace.Lift(d.Primal.DType.IsFloat() ? new(d.Primal.Strong(), d.Tangent) : new(d.Primal.Strong(), null))));
        foreach (var t in y) trace.CheckMine("Jvp", t);
        return Array.ConvertAll(y, t => trace.Lower(t.Strong()));
    }

    /// <summary>(x, tangents of the marked inputs) → (y, tangents of the marked outputs; zeros where there is none).</summary>
    public static Graph Jvp(Graph f, bool[] active, bool[] activeOut) =>
        Graph.Of([.. f.Inputs.Select(t => t.Type), .. f.Inputs.Where((_, i) => active[i]).Select(t => t.Type)], args =>
        {
            var tangents = new Queue<Tensor>(args[f.Inputs.Length..]);
            var y = Jvp(f.Replay, [.. f.Inputs.Select((_, i) => new Dual(args[i], active[i] ? tangents.Dequeue() : null))]);
            return [.. y.Select(d => d.Primal), .. y.Where((_, i) => activeOut[i]).Select(d => d.Tangent ?? Prim.Zeros(d.Primal.Type))];
        });
}

/// <summary>Forward mode from the pullback: it is linear in its cotangent, so its own pullback is the pushforward.</summary>
static class Derived
{
    public static Dual[] Jvp(Op op, Dual[] x)
    {
        Tensor[] values = Array.ConvertAll(x, d => d.Primal);
        bool[] active = Array.ConvertAll(x, d => d.Tangent is not null);
        var (y, pull) = op.Vjp(values, active);
        int[] floats = [.. Enumerable.Range(0, y.Length).Where(i => y[i].DType.IsFloat())];
        int[] wanted = [.. Enumerable.Range(0, x.Length).Where(i => active[i])];
        var reached = new bool[x.Length];
        var (_, push) = Reverse.Vjp(ct =>
        {
            var outs = new Tensor?[y.Length];
            for (int k = 0; k < floats.Length; k++) outs[floats[k]] = ct[k];
            var ins = pull(outs);
            foreach (int i in wanted) reached[i] = ins[i] is not null;
            return [.. wanted.Where(i => reached[i]).Select(i => ins[i]!)];
        }, [.. floats.Select(i => Prim.Zeros(y[i].Type))]);
        var tangents = push([.. wanted.Where(i => reached[i]).Select(i => x[i].Tangent)]);
        return [.. y.Select((t, i) => new Dual(t, Array.IndexOf(floats, i) is >= 0 and var k ? tangents[k] : null))];
    }
}
