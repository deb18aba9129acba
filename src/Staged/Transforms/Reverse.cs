namespace StagedDiff;

/// <summary>
/// Reverse mode. The function runs on lifted tensors: an op with an active operand is applied through its pullback at once, one level out,
/// so every forward op and every effect happens once, whether the level outside computes or builds a graph.
/// </summary>
sealed class Reverse() : Trace("a gradient being taken")
{
    readonly List<(int[] In, TensorType[] Out, int First, Pullback Pull)> tape = [];
    int count;

    sealed class Active(Reverse trace, Tensor value, int id) : Lifted(trace)
    {
        public override Tensor Value { get; } = value;
        public int Id { get; } = id;
    }

    Tensor Lift(Tensor value) => new(value.Type, new Active(this, value, count++));
    int Id(Tensor t) => t.Origin is Active a && a.Trace == this ? a.Id : -1;
    Tensor Lower(Tensor t) => t.Origin is Active a && a.Trace == this ? a.Value : t;

    protected override Tensor[] Apply(Op op, Tensor[] x)
    {
        foreach (var t in x) CheckMine(op.Name, t);
        int[] ids = Array.ConvertAll(x, Id);
        if (Array.TrueForAll(ids, i => i < 0)) return RunOutside(op, x);
        Tensor[] values = Array.ConvertAll(x, Lower);
        var (y, pull) = Outside(() => op.Vjp(values, Array.ConvertAll(ids, i => i >= 0)));
        int first = count;
        Tensor[] lifted = Array.ConvertAll(y, Lift);
        tape.Add((ids, Array.ConvertAll(y, t => t.Type), first, pull));
        // Only float results have cotangents; the others leave as they are.
        return Array.ConvertAll(lifted, t => t.DType.IsFloat() ? t : Lower(t));
    }

    /// <summary>f(x) and its pullback: cotangents of the results → cotangents of x, null where zero.</summary>
    public static (Tensor[] Y, Pullback Pull) Vjp(Func<Tensor[], Tensor[]> f, Tensor[] x)
    {
        Tensor[] y;
        int[] results;
        using var trace = new Reverse();
        // Only float leaves have cotangents.
        Tensor[] args = Array.ConvertAll(x, t => t.DType.IsFloat() ? trace.Lift(t.Strong()) : t.Strong());
        int[] ids = Array.ConvertAll(args, trace.Id);
        Tensor[] lifted = f(args);
        foreach (var t in lifted) trace.CheckMine("Grad", t);
        (y, results) = (Array.ConvertAll(lifted, t => trace.Lower(t.Strong())), Array.ConvertAll(lifted, trace.Id));
        return (y, ct => trace.Pull(results, ids, ct));
    }

    Tensor?[] Pull(int[] results, int[] wanted, Tensor?[] ct)
    {
        var sums = new Cotangents(count);
        for (int i = 0; i < results.Length; i++) sums.Add(results[i], ct[i]);
        for (int k = tape.Count - 1; k >= 0; k--)
        {
            var (ids, types, first, pull) = tape[k];
            sums.Pull(first, types.Length, ids, pull);
        }
        return Array.ConvertAll(wanted, id => id < 0 ? null : sums[id]);
    }

    /// <summary>(x, cotangents of the float outputs) → (y, cotangents of the marked inputs; zeros where there is none).</summary>
    public static Graph Vjp(Graph f, bool[] wanted) => Graph.Of([.. f.Inputs.Select(t => t.Type), .. f.Outputs.Where(t => t.DType.IsFloat()).Select(t => t.Type)], args =>
    {
        int n = f.Inputs.Length;
        int[] active = [.. Enumerable.Range(0, n).Where(i => wanted[i])];
        var (y, pull) = Vjp(x =>
        {
            var all = args[..n];
            for (int k = 0; k < active.Length; k++) all[active[k]] = x[k];
            return f.Replay(all);
        }, [.. active.Select(i => args[i])]);
        var cts = new Queue<Tensor>(args[n..]);
        var back = pull([.. f.Outputs.Select(t => t.DType.IsFloat() ? cts.Dequeue() : null)]);
        return [.. y, .. active.Select((i, k) => back[k] ?? Prim.Zeros(args[i].Type))];
    });
}
