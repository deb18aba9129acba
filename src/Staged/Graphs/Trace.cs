namespace StagedDiff;

/// <summary>
/// What the functions running on this thread are being traced for, innermost first. An op goes to the innermost trace; a trace that none
/// of the operands belong to hands it outwards; outside of all it is computed at once.
/// </summary>
abstract class Trace : IDisposable
{
    [ThreadStatic] static Trace? current;
    readonly int thread = Environment.CurrentManagedThreadId;

    protected Trace(string describe)
    {
        (Outer, Describe) = (current, describe);
        current = this;
    }

    public static Trace? Current => current;
    public Trace? Outer { get; private set; }
    public bool IsOpen { get; private set; } = true;

    /// <summary>The traced function, for errors: "a function being staged", "a gradient being taken".</summary>
    public string Describe { get; }

    public void Dispose()
    {
        IsOpen = false;
        (current, Outer) = (Outer, null);       // variables that outlive their trace must not keep those around it
    }

    /// <summary>Whether any trace on this thread is building a graph: then nothing has a value.</summary>
    public static bool IsStaging
    {
        get
        {
            for (var t = current; t is not null; t = t.Outer)
                if (t is StagedTrace) return true;
            return false;
        }
    }

    public static Tensor[] Run(Op op, Tensor[] x)
    {
        if (current is not { } trace)
        {
            foreach (var t in x)
                if (!t.IsConcrete) throw Foreign(op.Name, t);
            return Eager.Run(op, x);
        }
        return trace.Apply(op, x);
    }

    /// <summary>An op on data, computed at once whatever is being traced: what a program holds as data stays data.</summary>
    public static Tensor Now(Op op, Tensor x) => Eager.Run(op, [x])[0];

    protected abstract Tensor[] Apply(Op op, Tensor[] x);

    /// <summary>Does something one level out.</summary>
    protected T Outside<T>(Func<T> f)
    {
        current = Outer;
        try { return f(); }
        finally { current = this; }
    }

    protected Tensor[] RunOutside(Op op, Tensor[] x)
    {
        current = Outer;
        try { return Run(op, x); }
        finally { current = this; }
    }

    /// <summary>Does something as if nothing was traced.</summary>
    public static void OutsideOfAll(Action f)
    {
        var inner = current;
        current = null;
        try { f(); }
        finally { current = inner; }
    }

    static Trace? Of(Tensor t) => t.Origin switch { Variable v => v.Trace, Lifted l => l.Trace, _ => null };

    /// <summary>Checks that a tensor is concrete or a variable of a trace that is open around this one.</summary>
    protected void CheckMine(string op, Tensor t)
    {
        if (Of(t) is not { } owner) return;
        for (Trace? outer = this; outer is not null; outer = outer.Outer)
            if (outer == owner) return;
        throw Foreign(op, t);
    }

    internal static StagingException Foreign(string op, Tensor t)
    {
        var owner = Of(t)!;
        return new(owner.IsOpen && owner.thread != Environment.CurrentManagedThreadId
            ? $"{op}: a variable ({t.Type}) of {owner.Describe} was used on another thread. A traced function runs on one thread: no Task or Parallel.For inside it; use Vmap.{Caller.Line()}"
            : owner.IsOpen
                ? $"{op}: a variable ({t.Type}) of {owner.Describe} was used outside of it, while that function still runs. Return it from the function instead.{Caller.Line()}"
                : $"{op}: a variable ({t.Type}) of {owner.Describe} was used after that function had returned. Return it from the function instead of keeping it in a field. (A static field that is first used while tracing is set there: use it once before.){Caller.Line()}");
    }
}

/// <summary>A variable of a transform that runs its function at once: a value one level out, and what the transform keeps with it.</summary>
abstract class Lifted(Trace trace) : Origin
{
    public Trace Trace { get; } = trace;
    public override string Describe => Trace.Describe;
}

/// <summary>Builds a graph. Equal nodes are shared, exact rules applied, unused nodes dropped at the end.</summary>
sealed class StagedTrace(string name) : Trace(name)
{
    readonly List<Node> nodes = [];
    readonly Dictionary<Key, Node> seen = [];
    readonly Dictionary<Tensor, Tensor> captures = [];
    readonly Dictionary<(DType, long), Tensor> literals = [];

    /// <summary>An op with its operands, compared by identity of the variables.</summary>
    readonly struct Key(Op op, Tensor[] x) : IEquatable<Key>
    {
        readonly Op op = op;
        readonly Tensor[] x = x;
        public bool Equals(Key o) => x.AsSpan().SequenceEqual(o.x) && op.Equals(o.op);
        public override bool Equals(object? o) => o is Key k && Equals(k);
        public override int GetHashCode() => x.Aggregate(op.GetHashCode(), (h, t) => HashCode.Combine(h, System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(t)));
    }

    public IEnumerable<Tensor> Captured => captures.Keys;

    public Tensor Input(TensorType type) => new(type, new Variable(this, null));

    /// <summary>A tensor as an operand of this graph: outside ones become inputs, equal literals one object.</summary>
    public Tensor Resolve(Tensor t)
    {
        if (t.Origin is Variable v && v.Trace == this) return t;
        if (t.IsLiteral)
        {
            t = t.Strong();
            return literals.TryGetValue((t.DType, t.LiteralBits), out var same) ? same : literals[(t.DType, t.LiteralBits)] = t;
        }
        CheckMine("Capture", t);
        return captures.TryGetValue(t, out var input) ? input : captures[t] = Input(t.Type);
    }

    protected override Tensor[] Apply(Op op, Tensor[] x)
    {
        foreach (var t in x) CheckMine(op.Name, t);
        var inputs = new Tensor[x.Length];
        for (int k = 0; k < x.Length; k++) inputs[k] = Resolve(x[k]);
        if (Rules.Simplify(op, inputs) is { } simpler) return [Resolve(simpler)];
        // Rank-0 arithmetic on literals folds, by the kernels that would run it.
        if (op is MapOp { IsElementwise: true } && inputs.Length > 0 && inputs.All(t => t.IsLiteral)) return [Resolve(Folded(op, inputs))];
        var key = new Key(op, inputs);
        if (!op.HasEffect && seen.TryGetValue(key, out var twin)) return twin.Outputs;
        var node = new Node(op, inputs);
        var types = op.Infer(node.Types);
        node.Outputs = new Tensor[types.Length];
        for (int k = 0; k < types.Length; k++) node.Outputs[k] = new(types[k], new Variable(this, node));
        nodes.Add(node);
        if (!op.HasEffect) seen[key] = node;
        return node.Outputs;
    }

    static Tensor Folded(Op op, Tensor[] x) => Eager.Run(op, x)[0].ToLiteral();

    public Graph Finish(Tensor[] inputs, Tensor[] outputs)
    {
        var live = new HashSet<Tensor>(outputs);
        var kept = new Stack<Node>();
        for (int k = nodes.Count - 1; k >= 0; k--)
            if (nodes[k].Op.HasEffect || live.Overlaps(nodes[k].Outputs))
            {
                kept.Push(nodes[k]);
                live.UnionWith(nodes[k].Inputs);
            }
        // What was captured but is not read after all is no input.
        foreach (var (outside, input) in captures.ToArray())
            if (!live.Contains(input)) captures.Remove(outside);
        var graph = new Graph([.. inputs, .. captures.Values], [.. kept], outputs);
        Check.Debug(graph);
        return graph;
    }
}
