namespace StagedDiff;

/// <summary>What an optimiser remembers from step to step. A tree: it passes through Jit, and can be saved, as parameters can.</summary>
/// <param name="Step">How many updates were made: an I32 scalar, a tensor so that a jitted step is traced once.</param>
/// <param name="Slots">Running averages and the like, each with one tensor for each of the parameters.</param>
/// <param name="Inner">The states of optimisers inside of this one.</param>
public sealed record OptState(Tensor Step, OptSlot[] Slots, OptState[] Inner)
{
    /// <summary>The tensors of a slot, parallel to <see cref="Tree.Leaves"/> of the parameters.</summary>
    /// <exception cref="ArgumentException">There is no slot of this name.</exception>
    public Tensor?[] this[string slot] => Array.Find(Slots, s => s.Name == slot)?.Leaves
        ?? throw new ArgumentException($"OptState: expected the name of a slot, {(Slots is [] ? "of which there are none" : string.Join(", ", Slots.Select(s => s.Name)))}, got {slot}.{Caller.Line()}");

    /// <summary>This state with one number for a slot of numbers: what <see cref="Optim.Inject"/> keeps.</summary>
    /// <param name="slot">Its name, in this state or in one inside of it.</param>
    /// <param name="value">A scalar, converted to the slot's element type.</param>
    /// <exception cref="ArgumentException">There is no slot of this name, or it holds tensors that are no scalars.</exception>
    public OptState With(string slot, Tensor value)
    {
        return Set(this) ?? throw new ArgumentException($"OptState: expected the name of a slot of numbers, got {slot}.{Caller.Line()}");

        OptState? Set(OptState state)
        {
            if (Array.FindIndex(state.Slots, s => s.Name == slot && s.Leaves.All(x => x is null or { Rank: 0 })) is >= 0 and var at)
                return state with { Slots = [.. state.Slots.Select((s, i) => i != at ? s : s with { Leaves = Array.ConvertAll(s.Leaves, x => x is null ? null : value.Cast(x.DType)) })] };
            for (int i = 0; i < state.Inner.Length; i++)
                if (Set(state.Inner[i]) is { } next) return state with { Inner = [.. state.Inner.Select((s, k) => k == i ? next : s)] };
            return null;
        }
    }
}

/// <summary>One tensor for each tensor of the parameters, under a name.</summary>
/// <param name="Name">What they are: <c>Trace</c>, <c>Mu</c>, <c>Nu</c>.</param>
/// <param name="Leaves">
/// Parallel to <see cref="Tree.Leaves"/> of the parameters; null where those are integers or bools, which are not trained, or left out by a mask. What is
/// one number for all parameters stands at the first.
/// </param>
public sealed record OptSlot(string Name, Tensor?[] Leaves);
