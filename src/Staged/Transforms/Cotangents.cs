namespace StagedDiff;

/// <summary>
/// The sums of cotangents on their way back, by variable. On data outside of all traces the large ones give their memory back when they have been
/// used: the next then lies in a cache, and not in memory that the collector has yet to find free.
/// </summary>
/// <remarks>
/// A sum is owned where its memory was made by the pullback that gave it (no op holds code of a user, so nobody else has seen it) and no other cotangent
/// looks at it. One that passes through (a reshape, a broadcast) hands it on.
/// </remarks>
sealed class Cotangents(int count)
{
    readonly Tensor?[] sums = new Tensor?[count];
    readonly bool[] owned = new bool[count];
    readonly bool onData = Trace.Current is null;

    public Tensor? this[int id] => sums[id];

    public void Add(int id, Tensor? t, bool own = false)
    {
        if (id < 0 || t is null) return;
        if (sums[id] is not { } old)
        {
            (sums[id], owned[id]) = (t, own);
            return;
        }
        long before = Recycled.Handed;
        var sum = sums[id] = old + t;
        if (owned[id]) old.Storage.Return();
        if (own) t.Storage.Return();
        owned[id] = onData && sum.Storage.IsSince(before);
    }

    /// <summary>Takes the sums of a node's results through its pullback, to its operands.</summary>
    public void Pull(int first, int n, int[] operands, Pullback pull)
    {
        var outs = sums[first..(first + n)];
        if (Array.TrueForAll(outs, t => t is null)) return;
        long before = Recycled.Handed;
        var ins = pull(outs);
        Array.Clear(sums, first, n);
        for (int i = 0; i < operands.Length; i++) Add(operands[i], ins[i], onData && ins[i] is not null && IsOwn(i, ins, outs, first, before));
        for (int k = 0; k < n; k++)
            if (owned[first + k] && !Array.Exists(ins, t => t?.Storage == outs[k]!.Storage)) outs[k]!.Storage.Return();
    }

    /// <summary>Whether a pullback's result is alone in memory that the pullback made, or that of an owned sum, which it takes over.</summary>
    bool IsOwn(int i, Tensor?[] ins, Tensor?[] outs, int first, long before)
    {
        var memory = ins[i]!.Storage;
        bool own = memory.IsSince(before);
        for (int k = 0; !own && k < outs.Length; k++) own = owned[first + k] && outs[k]!.Storage == memory;
        for (int k = 0; own && k < ins.Length; k++) own = k == i || ins[k]?.Storage != memory;
        return own;
    }
}
