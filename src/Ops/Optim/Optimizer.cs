namespace StagedDiff;

/// <summary>
/// A way to improve parameters by their gradients: two pure functions. Capture it in a jitted step, and pass parameters and state through.
/// </summary>
/// <remarks>
/// Inside it makes a change of each parameter out of its gradient, and <see cref="Update"/> adds it. So those that change gradients alone (a clip, a
/// decay, a mask) are optimisers too, to be put together by <see cref="Optim.Chain"/>.
/// </remarks>
public sealed class Optimizer
{
    // All arrays are parallel to the tree's leaves. What is not trained, or not seen by this optimiser because of a mask, is null.
    internal delegate OptState Starter(Tensor?[] parameters, Names names);
    internal delegate (Tensor?[] Change, OptState State) Stepper(Tensor?[] gradients, OptState state, Tensor?[] parameters, Names names);

    /// <summary>The change of one parameter, from it, its gradient and the tensors of its slots, which it replaces; and whether its path is chosen.</summary>
    internal delegate Tensor Rule(Tensor parameter, Tensor gradient, Span<Tensor> slots, bool chosen);

    /// <summary>A slot, and what it holds at first; null leaves it out for that parameter.</summary>
    internal readonly record struct Slot(string Name, Func<Tensor, Tensor?> First)
    {
        public static implicit operator Slot(string name) => new(name, x => Tensor.ZerosLike(x));
    }

    /// <summary>The paths of all leaves, found when asked for.</summary>
    internal sealed class Names(Func<string[]> find)
    {
        string[]? found;
        public string this[int leaf] => (found ??= find())[leaf];
    }

    internal Starter Start { get; }
    internal Stepper Step { get; }

    /// <summary>Like <see cref="Step"/>, but with the parameters after it in place of their changes.</summary>
    Stepper Next { get; }

    internal Optimizer(Starter start, Stepper step, Stepper? next = null) => (Start, Step, Next) = (start, step, next ?? ((g, state, p, names) =>
    {
        var (change, after) = step(g, state, p, names);
        return ([.. p.Select((x, i) => change[i] is { } u ? x! + u : x)], after);
    }));

    /// <summary>A rule that does the same to each element, whatever the shape: on large data outside of traces one loop.</summary>
    internal static Rule Elementwise(Rule rule) => new ElementRule(rule).Change;

    /// <summary>Such a rule, for the change and for the parameter with it: each seen through once, and used for all tensors.</summary>
    sealed class ElementRule(Rule rule)
    {
        readonly Together?[] forms = new Together?[4];

        public Tensor Change(Tensor p, Tensor g, Span<Tensor> slots, bool chosen) => Run(p, g, slots, chosen, false);
        public Tensor Next(Tensor p, Tensor g, Span<Tensor> slots, bool chosen) => Run(p, g, slots, chosen, true);

        Tensor Run(Tensor p, Tensor g, Span<Tensor> slots, bool chosen, bool added)
        {
            var form = forms[(chosen ? 1 : 0) + (added ? 2 : 0)] ??= new(x =>
            {
                var own = x[2..];
                var change = rule(x[0], x[1], own, chosen);
                return [added ? x[0] + change : change, .. own];
            });
            var y = form.Of([p, g, .. slots]);
            y.AsSpan(1).CopyTo(slots);
            return y[0];
        }
    }

    /// <summary>One that treats each tensor by itself.</summary>
    /// <param name="rule">From how many updates were made before, what this one does to each tensor.</param>
    /// <param name="chosen">Which paths the rule treats as chosen; null for all.</param>
    /// <param name="slots">What is kept for each tensor.</param>
    internal static Optimizer Each(Func<Tensor, Rule> rule, Func<string, bool>? chosen, params Slot[] slots)
    {
        return new((p, _) => new(First, Array.ConvertAll(slots, s => new OptSlot(s.Name, Array.ConvertAll(p, x => x is null ? null : s.First(x)))), []),
            (g, state, p, names) => Run(g, state, p, names, r => r), (g, state, p, names) => Run(g, state, p, names, Added));

        (Tensor?[], OptState) Run(Tensor?[] g, OptState state, Tensor?[] p, Names names, Func<Rule, Rule> of)
        {
            Check(state, p, 0, Array.ConvertAll(slots, s => s.Name));
            var next = Array.ConvertAll(state.Slots, s => s with { Leaves = (Tensor?[])s.Leaves.Clone() });
            var each = of(rule(state.Step));
            var own = new Tensor[slots.Length];
            var change = new Tensor?[p.Length];
            for (int i = 0; i < p.Length; i++)
            {
                if (p[i] is not { } x) continue;
                for (int s = 0; s < own.Length; s++) own[s] = next[s].Leaves[i]!;
                change[i] = each(x, g[i]!, own, chosen?.Invoke(names[i]) ?? true);
                for (int s = 0; s < own.Length; s++) next[s].Leaves[i] = own[s];
            }
            return (change, state with { Step = state.Step + 1, Slots = next });
        }
    }

    /// <summary>From a rule for the change one for the parameter with it.</summary>
    static Rule Added(Rule change) => change.Target is ElementRule each ? each.Next : (p, g, slots, chosen) => p + change(p, g, slots, chosen);

    /// <summary>One that changes gradients and remembers nothing but the count.</summary>
    internal static Optimizer Plain(Func<Tensor?[], Tensor?[]> change) => new((_, _) => new(First, [], []), (g, state, p, _) =>
    {
        Check(state, p, 0);
        return (change(g), state with { Step = state.Step + 1 });
    });

    internal static Tensor First => Tensor.Zeros([], DType.I32);

    internal static void Check(OptState state, Tensor?[] p, int inner, params string[] slots)
    {
        if (!state.Slots.Select(s => s.Name).SequenceEqual(slots) || state.Slots.Any(s => s.Leaves.Length != p.Length) || state.Inner.Length != inner)
            throw new TreeException($"Update: the state is not of this optimiser and of parameters of {p.Length} tensors. Make it with Init(parameters).{Caller.Line()}");
    }

    /// <summary>The state before the first update.</summary>
    /// <exception cref="TreeException">The parameters are no tree.</exception>
    /// <exception cref="DTypeException">A parameter was written as a whole number, 1 for 1.0: an integer, which would never change.</exception>
    public OptState Init<P>(P parameters)
    {
        var p = Tree.Leaves(parameters);
        var names = new Names(() => Tree.Paths(parameters));
        if (Array.FindIndex(p, x => x.IsWeak && !x.DType.IsFloat()) is >= 0 and var i)
            throw new DTypeException($"Init: the parameter{(names[i] is [_, ..] path ? $" {path}" : "")} is the whole number {p[i]}, which has no derivative. Write {p[i]}.0.{Caller.Line()}");
        return Start(Floats(p), names);
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
        var names = new Names(() => Tree.Paths(parameters));
        var own = new Tensor?[p.Length];
        for (int i = 0; i < p.Length; i++)
        {
            if (!p[i].DType.IsFloat()) continue;
            if (g[i].Shape != p[i].Shape)
                throw new ShapeException($"Update: expected a gradient like its parameter, {p[i].Type}, got {g[i].Type}{(names[i] is [_, ..] path ? $" at {path}" : "")}.{Caller.Line()}");
            own[i] = g[i].Cast(p[i].DType);
        }
        var (floats, next) = Next(own, state, Floats(p), names);
        return (Tree.Rebuild(parameters, [.. p.Select((x, i) => floats[i] ?? x)]), next);
    }

    static Tensor?[] Floats(Tensor[] leaves) => Array.ConvertAll(leaves, x => x.DType.IsFloat() ? x.Strong() : null);
}
