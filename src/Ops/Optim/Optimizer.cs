namespace StagedDiff;

/// <summary>
/// A way to improve parameters by their gradients: two pure functions. Capture it in a jitted step, and pass parameters and state through.
/// </summary>
public sealed class Optimizer
{
    /// <summary>The new parameter and the new tensors of its slots, from the parameter, its gradient and the old ones.</summary>
    internal delegate Tensor Rule(Tensor parameter, Tensor gradient, Span<Tensor> slots);

    readonly string[] names;
    readonly Func<Tensor, Rule> rule;

    /// <param name="rule">From how many updates were made before, what this one does to each tensor.</param>
    /// <param name="names">The names of the slots, which start with zeros.</param>
    internal Optimizer(Func<Tensor, Rule> rule, params string[] names) => (this.rule, this.names) = (rule, names);

    /// <summary>The state before the first update.</summary>
    /// <exception cref="TreeException">The parameters are no tree.</exception>
    public OptState Init<P>(P parameters)
    {
        var p = Tree.Leaves(parameters);
        return new(Tensor.Zeros([], DType.I32), Array.ConvertAll(names, n => new OptSlot(n, Array.ConvertAll(p, x => x.DType.IsFloat() ? Tensor.ZerosLike(x) : null))), []);
    }

    /// <summary>One step: the parameters after it, and the state.</summary>
    /// <param name="grads">A tree like the parameters, as Grad makes it.</param>
    /// <param name="state">Of <see cref="Init"/> or of the last update.</param>
    /// <param name="parameters">Float tensors keep their element type; integers, bools and static parts come back as they are.</param>
    /// <exception cref="TreeException">The gradients, or the state, are not built like the parameters.</exception>
    /// <exception cref="ShapeException">A gradient has another shape than its parameter.</exception>
    public (P Parameters, OptState State) Update<P>(P grads, OptState state, P parameters)
    {
        Tensor[] p = Tree.Leaves(parameters), g = Tree.Leaves(grads);
        if (g.Length != p.Length) throw new TreeException($"Update: expected gradients built like the parameters, with {p.Length} tensors, got {g.Length}.{Caller.Line()}");
        if (!state.Slots.Select(s => s.Name).SequenceEqual(names) || state.Slots.Any(s => s.Leaves.Length != p.Length))
            throw new TreeException($"Update: the state is not of this optimiser and of parameters of {p.Length} tensors. Make it with Init(parameters).{Caller.Line()}");

        var next = (Tensor[])p.Clone();
        var slots = Array.ConvertAll(state.Slots, s => s with { Leaves = (Tensor?[])s.Leaves.Clone() });
        var each = rule(state.Step);
        Tensor[] Each(Tensor[] x)
        {
            var own = x[2..];
            return [each(x[0], x[1], own), .. own];
        }
        for (int i = 0; i < p.Length; i++)
        {
            if (!p[i].DType.IsFloat()) continue;
            if (g[i].Shape != p[i].Shape)
                throw new ShapeException($"Update: expected a gradient like its parameter, {p[i].Type}, got {g[i].Type}{At(parameters, i)}.{Caller.Line()}");
            var y = Prim.Together(Each, [p[i].Strong(), g[i].Cast(p[i].DType), .. slots.Select(s => s.Leaves[i]!)]);
            next[i] = y[0];
            for (int s = 0; s < slots.Length; s++) slots[s].Leaves[i] = y[s + 1];
        }
        return (Tree.Rebuild(parameters, next), state with { Step = state.Step + 1, Slots = slots });
    }

    static string At<P>(P tree, int leaf) => Tree.Paths(tree)[leaf] is [_, ..] path ? $" at {path}" : "";
}
