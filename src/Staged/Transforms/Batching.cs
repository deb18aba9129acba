namespace StagedDiff;

/// <summary>Batching: the function runs on tensors that lack an axis which the values one level out have as their axis 0.</summary>
sealed class Batching(Extent size) : Trace("a function mapped by Vmap")
{
    sealed class Mapped(Batching trace, Tensor all) : Lifted(trace)
    {
        public Tensor All { get; } = all;
        public override Tensor? Value => null;     // one of many: nothing to look at
    }

    Tensor Lift(Tensor all) => new(new(all.DType, all.Shape.Drop(0)), new Mapped(this, all));
    Batched Lower(Tensor t) => t.Origin is Mapped m && m.Trace == this ? new(m.All, true) : new(t, false);

    protected override Tensor[] Apply(Op op, Tensor[] x)
    {
        foreach (var t in x) CheckMine(op.Name, t);
        Batched[] batch = Array.ConvertAll(x, Lower);
        if (Array.TrueForAll(batch, b => !b.Mapped)) return RunOutside(op, x);
        return Array.ConvertAll(Outside(() => op.Batch(batch, size)), Lift);
    }

    /// <summary>f over axis 0 of the marked arguments. Every result has the batch as axis 0.</summary>
    public static Tensor[] Vmap(Func<Tensor[], Tensor[]> f, Batched[] x, Extent size)
    {
        using var trace = new Batching(size);
        var y = f(Array.ConvertAll(x, b => b.Mapped ? trace.Lift(b.Value) : b.Value.Strong()));
        foreach (var t in y) trace.CheckMine("Vmap", t);
        return trace.Outside(() => Array.ConvertAll(y, t => Prim.Lead(trace.Lower(t.Strong()), size)));
    }

    /// <summary>f on a batch: marked inputs carry it as axis 0, and so does every output.</summary>
    public static Graph Vmap(Graph f, Extent size, bool[] mapped) =>
        Graph.Of(f.Inputs.Select((t, i) => mapped[i] ? new TensorType(t.DType, t.Shape.Prepend(size)) : t.Type),
            args => Vmap(f.Replay, [.. args.Select((t, i) => new Batched(t, mapped[i]))], size));
}
