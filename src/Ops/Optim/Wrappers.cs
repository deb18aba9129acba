namespace StagedDiff;

// Optimisers made of optimisers. Their states lie in Inner.
public static partial class Optim
{
    /// <summary>Each of the optimisers changes what the one before made of the gradients: <c>Chain(ClipByGlobalNorm(1), Adam(1e-3))</c>.</summary>
    /// <param name="optimizers">In order; the last ones end with a rate, or steps would go uphill.</param>
    /// <remarks>Follows optax.chain.</remarks>
    public static Optimizer Chain(params Optimizer[] optimizers) => new(
        (p, names) => new(Optimizer.First, [], Array.ConvertAll(optimizers, o => o.Start(p, names))),
        (g, state, p, names) =>
        {
            Optimizer.Check(state, p, optimizers.Length);
            var inner = (OptState[])state.Inner.Clone();
            for (int i = 0; i < inner.Length; i++) (g, inner[i]) = optimizers[i].Step(g, inner[i], p, names);
            return (g, state with { Step = state.Step + 1, Inner = inner });
        });

    /// <summary>An optimiser for some parameters; the gradients of the others pass as they are.</summary>
    /// <param name="optimizer">What is done to those chosen; its slots are null elsewhere.</param>
    /// <param name="chosen">Whether the parameter of a path of <see cref="Tree.Paths"/> is: <c>path => path.StartsWith(".Hidden")</c>.</param>
    /// <remarks>Within a <see cref="Chain"/>: alone it would add the other gradients to their parameters. Follows optax.masked.</remarks>
    public static Optimizer Masked(Optimizer optimizer, Func<string, bool> chosen)
    {
        Tensor?[] Only(Tensor?[] x, Optimizer.Names names) => [.. x.Select((t, i) => t is not null && chosen(names[i]) ? t : null)];
        return new((p, names) => new(Optimizer.First, [], [optimizer.Start(Only(p, names), names)]), (g, state, p, names) =>
        {
            Optimizer.Check(state, p, 1);
            var (change, inner) = optimizer.Step(Only(g, names), state.Inner[0], Only(p, names), names);
            return ([.. change.Select((u, i) => u ?? g[i])], state with { Step = state.Step + 1, Inner = [inner] });
        });
    }

    /// <summary>Some parameters do not change.</summary>
    /// <param name="optimizer">For the others.</param>
    /// <param name="frozen">Whether the parameter of a path of <see cref="Tree.Paths"/> stays.</param>
    /// <remarks>Follows optax.transforms.freeze.</remarks>
    public static Optimizer Freeze(Optimizer optimizer, Func<string, bool> frozen) => Partition(path => frozen(path) ? 1 : 0, optimizer, SetToZero());

    /// <summary>Different optimisers for different parameters.</summary>
    /// <param name="part">Which of the optimisers, from 0, is for the parameter of a path of <see cref="Tree.Paths"/>.</param>
    /// <param name="optimizers">Each sees its own parameters alone; its slots are null elsewhere.</param>
    /// <exception cref="ArgumentException">(At Init, at Update) There is no optimiser of the number given for a path.</exception>
    /// <remarks>Follows optax.partition, before called multi_transform.</remarks>
    public static Optimizer Partition(Func<string, int> part, params Optimizer[] optimizers)
    {
        Tensor?[] Only(int k, Tensor?[] x, Optimizer.Names names) => [.. x.Select((t, i) => t is not null && Part(names[i]) == k ? t : null)];
        int Part(string path) => part(path) is var k && k >= 0 && k < optimizers.Length ? k
            : throw new ArgumentException($"Partition: expected the number of one of {optimizers.Length} optimisers, got {k}{(path == "" ? "" : $" for {path}")}.{Caller.Line()}");
        return new((p, names) => new(Optimizer.First, [], [.. optimizers.Select((o, k) => o.Start(Only(k, p, names), names))]), (g, state, p, names) =>
        {
            Optimizer.Check(state, p, optimizers.Length);
            var (inner, change) = ((OptState[])state.Inner.Clone(), new Tensor?[p.Length]);
            for (int k = 0; k < inner.Length; k++)
            {
                (var own, inner[k]) = optimizers[k].Step(Only(k, g, names), inner[k], Only(k, p, names), names);
                for (int i = 0; i < own.Length; i++) change[i] ??= own[i];
            }
            return (change, state with { Step = state.Step + 1, Inner = inner });
        });
    }

    /// <summary>A step along the mean gradient of every so many calls: between, parameters stay. A batch as large as memory does not hold.</summary>
    /// <param name="optimizer">What takes the step; it counts steps, not calls.</param>
    /// <param name="every">How many calls make a step.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no calls.</exception>
    /// <remarks>Follows optax.MultiSteps. Slot: Gradients, their mean so far.</remarks>
    public static Optimizer MultiSteps(Optimizer optimizer, int every)
    {
        if (every < 1) throw new ArgumentOutOfRangeException(nameof(every), $"MultiSteps: expected at least one call for a step, got {every}.{Caller.Line()}");
        return new((p, names) => new(Optimizer.First, [new("Gradients", Mapped(p, x => Tensor.ZerosLike(x)))], [optimizer.Start(p, names)]), (g, state, p, names) =>
        {
            Optimizer.Check(state, p, 1, "Gradients");
            var place = state.Step % every;
            var part = 1 / (place + 1).Cast(DType.F64);
            Tensor?[] mean = [.. state.Slots[0].Leaves.Select((m, i) => m is null ? null : m + (g[i]! - m) * part.Cast(m.DType))];
            var (change, inner) = optimizer.Step(mean, state.Inner[0], p, names);
            var now = Tensor.Equal(place, every - 1);
            return (Mapped(change, u => Np.Where(now, u, 0)), new(state.Step + 1,
                [state.Slots[0] with { Leaves = Mapped(mean, m => Np.Where(now, 0, m)) }], [Chosen(now, inner, state.Inner[0])]));
        });
    }

    /// <summary>No step, and no change of the inner state, where a gradient holds NaN or ±∞.</summary>
    /// <param name="optimizer">What takes the other steps; how many were skipped is Step − Inner[0].Step.</param>
    /// <remarks>Follows optax.apply_if_finite, without a limit: watch the number skipped.</remarks>
    public static Optimizer SkipNotFinite(Optimizer optimizer) => new((p, names) => new(Optimizer.First, [], [optimizer.Start(p, names)]), (g, state, p, names) =>
    {
        Optimizer.Check(state, p, 1);
        var bad = Total(g, x => (!Np.IsFinite(x)).Any().Cast(DType.F64)) > 0;
        var (change, inner) = optimizer.Step(g, state.Inner[0], p, names);
        return (Mapped(change, u => Np.Where(bad, 0, u)), state with { Step = state.Step + 1, Inner = [Chosen(bad, state.Inner[0], inner)] });
    });

    /// <summary>An optimiser whose rates lie in its state, where they can be changed from step to step without tracing again.</summary>
    /// <param name="values">Names, and numbers to begin with.</param>
    /// <param name="optimizer">The optimiser, of functions that give each name's number: <c>h => Adam(h["rate"])</c>.</param>
    /// <remarks>Follows optax.inject_hyperparams. A slot for each name holds one F64 scalar: <see cref="OptState.With"/> changes it.</remarks>
    public static Optimizer Inject(IReadOnlyDictionary<string, double> values, Func<IReadOnlyDictionary<string, Func<Tensor, Tensor>>, Optimizer> optimizer)
    {
        string[] slots = [.. values.Keys];
        Optimizer Made(Func<string, Tensor> value) => optimizer(slots.ToDictionary(s => s, s => (Func<Tensor, Tensor>)(_ => value(s))));
        return new((p, names) => new(Optimizer.First, [.. values.Select(v => new OptSlot(v.Key, Single(p, _ => Tensor.Full([], v.Value, DType.F64))))], [Made(s => values[s]).Start(p, names)]),
            (g, state, p, names) =>
            {
                Optimizer.Check(state, p, 1, slots);
                var (change, inner) = Made(s => state[s].OfType<Tensor>().FirstOrDefault() ?? values[s]).Step(g, state.Inner[0], p, names);
                return (change, state with { Step = state.Step + 1, Inner = [inner] });
            });
    }

    /// <summary>One tensor for all parameters, in the place of the first of them.</summary>
    static Tensor?[] Single(Tensor?[] p, Func<Tensor, Tensor> value)
    {
        var y = new Tensor?[p.Length];
        if (Array.FindIndex(p, x => x is not null) is >= 0 and var first) y[first] = value(p[first]!);
        return y;
    }

    /// <summary>One of two states of an optimiser, by a bool.</summary>
    static OptState Chosen(Tensor test, OptState a, OptState b)
    {
        var other = Tree.Leaves(b);
        return Tree.Rebuild(a, [.. Tree.Leaves(a).Select((x, i) => Np.Where(test, x, other[i]))]);
    }
}
