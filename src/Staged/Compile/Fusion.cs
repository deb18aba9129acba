namespace StagedDiff;

/// <summary>
/// Decides which nodes share a loop nest. A node joins the nest of what it reads if both run over one space and it reads there only what the
/// nest has at hand: the same element, or a value of the row. Ops that only move data join whoever reads them.
/// </summary>
sealed partial class Fusion
{
    /// <summary>Loop values in one nest: more would fall off the JIT's optimiser.</summary>
    const int WeightCap = 240;

    /// <summary>Values that cost less than a load from a cache that is not the first.</summary>
    const int CheapCap = 5;

    readonly Graph graph;
    readonly HashSet<Tensor> inputs, forced = [], cheap = [];
    readonly Dictionary<Tensor, Step> producers = [];
    readonly List<Step> steps = [];
    readonly Dictionary<Tensor, Group> readers = [];        // the last one of each
    readonly Dictionary<Shape, Group> recent = [];          // by space

    readonly int threads;

    Fusion(Graph graph, int threads) => (this.graph, this.threads, inputs) = (graph, threads, [.. graph.Inputs]);

    public static (Fusion Fusion, List<Step> Steps) Of(Graph graph, bool bounds, int threads)
    {
        var fusion = new Fusion(graph, threads);
        fusion.Spread();
        fusion.Force();
        fusion.Assign(bounds);
        return (fusion, fusion.Order());
    }

    /// <summary>The node that computes a tensor here: an input may be a variable of another graph, and computed there.</summary>
    Node? Source(Tensor t) => inputs.Contains(t) ? null : (t.Origin as Variable)?.Source;

    /// <summary>Whether a tensor is computed wherever it is read.</summary>
    bool IsFree(Tensor t) => MayBeFree(t) && !forced.Contains(t);

    bool MayBeFree(Tensor t) => Source(t) is { Op: MapOp { IsFree: true } } || cheap.Contains(t);

    /// <summary>
    /// What spreads little data over much with a few operations (one-hot labels, a mask, differences of all pairs) is computed wherever it is read:
    /// to write and read it would take longer.
    /// </summary>
    void Spread()
    {
        foreach (var node in graph.Nodes)
            // An operand in memory is as large as the result: nothing spreads.
            if (node.Op is Elementwise && IsFromLittle(node) && node.Outputs[0].Shape.IsConstant && Spreads(node)) cheap.Add(node.Outputs[0]);
    }

    bool Spreads(Node node)
    {
        using var values = new Values();
        bool small = true;
        long size = node.Outputs[0].Shape.Size;
        var value = Compute(node, Identity(node.Outputs[0].Shape), null, (t, i, guard) =>
        {
            small &= t.Shape.IsConstant && 4 * t.Size <= size;
            return Values.Load(t.DType, 0, Linear(i, t.Shape), guard);
        });
        var all = Simplify.All(value);
        return small && all.Count(v => v is not Literal) <= CheapCap && !all.Any(v => v is Apply { Fun: Fun.Div or Fun.Rem or Fun.Sqrt });
    }

    bool IsFromLittle(Node node)
    {
        foreach (var t in node.Inputs)
            if (!t.IsLiteral && !MayBeFree(t)) return false;
        return true;
    }

    /// <summary>What must lie in memory though it only moves data.</summary>
    void Force()
    {
        void Must(Tensor t) { if (MayBeFree(t)) forced.Add(t); }
        foreach (var t in graph.Outputs) Must(t);
        foreach (var node in graph.Nodes)
        {
            if (node.Op is MapOp map)
                for (int k = 0; k < node.Inputs.Length; k++)
                    if (map.NeedsBuffer(k)) Must(node.Inputs[k]);
            if (node.Op.Bounds(node.Types) is { } b) Must(node.Inputs[b.Operand]);
        }
        foreach (var node in graph.Nodes.Where(n => n.Op is KernelOp))
            for (int k = 0; k < node.Inputs.Length; k++)
                if (node.Inputs[k].IsLiteral || !((KernelOp)node.Op).TakesStrides(k) || View(node.Inputs[k]) is null) Must(node.Inputs[k]);
    }

    /// <summary>
    /// The element of a tensor at an index: free ops are followed to what they read, and <paramref name="leaf"/> gives the value there.
    /// </summary>
    public Value At(Tensor t, Affine[] i, Value? guard, Func<Tensor, Affine[], Value?, Value> leaf)
    {
        if (t.IsLiteral) return t.DType.IsFloat() ? Values.Literal(t.DType, t.LiteralNumber) : Values.Literal(t.DType, t.LiteralBits);
        return IsFree(t) ? Compute(Source(t)!, i, guard, leaf) : leaf(t, i, guard);
    }

    public Value Compute(Node node, Affine[] i, Value? guard, Func<Tensor, Affine[], Value?, Value> leaf) => ((MapOp)node.Op).At(i,
        Array.ConvertAll<Tensor, Read>(node.Inputs, x => (index, g) => At(x, index, g, leaf)), node.Types, node.Outputs[0].Type, guard);

    /// <summary>The axes of a shape that run more than once, and <paramref name="kept"/> in any case.</summary>
    static int[] Running(Shape shape, int kept = -1)
    {
        int count = 0;
        for (int a = 0; a < shape.Rank; a++)
            if (a == kept || shape[a] != 1) count++;
        var axes = new int[count];
        for (int a = shape.Rank - 1; a >= 0; a--)
            if (a == kept || shape[a] != 1) axes[--count] = a;
        return axes;
    }

    static Extent[] Extents(Shape shape, int[] axes) => Array.ConvertAll(axes, a => shape[a]);

    /// <summary>An index whose running axes are the given loops.</summary>
    static Affine[] Index(Shape shape, int[] running, int[] loops)
    {
        var index = new Affine[shape.Rank];
        Array.Fill(index, Affine.Zero);
        for (int k = 0; k < running.Length; k++) index[running[k]] = Affine.Loop(loops[k]);
        return index;
    }

    static Affine[] Identity(Shape shape, int kept = -1) => Index(shape, Running(shape, kept), Running(shape, kept));
    public static Affine Linear(Affine[] i, Shape shape) => i.Zip(shape.RowMajor(), (at, s) => at * s).Aggregate(Affine.Zero, (a, b) => a + b);

    /// <summary>A tensor as a strided view of something in memory; null when it is not.</summary>
    Operand? View(Tensor t)
    {
        if (t.IsLiteral) return null;
        using var values = new Values();
        var order = new List<Tensor>();
        var value = At(t, Identity(t.Shape), null, (source, i, guard) =>
        {
            order.Add(source);
            return Values.Load(source.DType, order.Count - 1, Linear(i, source.Shape), guard);
        });
        return value is Load { Guard: null } l && l.At.Computed.IsEmpty
            ? new(order[l.Buffer], l.At.Constant, [.. Enumerable.Range(0, t.Rank).Select(l.At.Factor)]) : null;
    }

    void Assign(bool bounds)
    {
        Step? effect = null;
        foreach (var node in graph.Nodes)
        {
            if (bounds && node.Op.Bounds(node.Types) is { } b && !node.Inputs[b.Operand].IsLiteral)
            {
                Settle([node.Inputs[b.Operand]]);
                Depend(Add(new BoundsStep(steps.Count, node.Op, node.Inputs[b.Operand], b.Limit)), [node.Inputs[b.Operand]]);
            }
            if (node.Op is KernelOp op)
            {
                var routine = Routed(node, op);
                if (!op.HasEffect) continue;
                if (effect is not null) routine.After.Add(effect);
                effect = routine;
            }
            else if (node.Op is FoldOp || !IsFree(node.Outputs[0])) Join(node);
        }
        Settle([.. waiting.Keys]);
    }

    Routine Routed(Node node, KernelOp op)
    {
        // Folds that wait do so no longer: what they read would have to stay in memory.
        Settle([.. waiting.Keys]);
        Operand[] operands = [.. node.Inputs.Select((t, k) => op.TakesStrides(k) && View(t) is { } v ? v : new(t, 0, t.Shape.RowMajor()))];
        var routine = Add(new Routine(steps.Count, node, operands));
        Depend(routine, operands.Select(o => o.Buffer));
        foreach (var t in node.Outputs) producers[t] = routine;
        return routine;
    }

    T Add<T>(T step) where T : Step
    {
        steps.Add(step);
        return step;
    }

    void Depend(Step step, IEnumerable<Tensor> sources)
    {
        foreach (var t in sources)
            if (producers.TryGetValue(t, out var p) && p != step) step.After.Add(p);
    }

    void Join(Node node)
    {
        var (uses, weight) = Uses(node);
        if (waiting.Count > 0) Settle(uses.Select(u => u.Source));
        if (Descending(node) is null) JoinNest(node, uses, weight);
        else waiting.Add(node.Outputs[0], node);
    }

    void JoinNest(Node node)
    {
        var (uses, weight) = Uses(node);
        JoinNest(node, uses, weight);
    }

    void JoinNest(Node node, Use[] uses, int weight)
    {
        if (last is null || !last.IsOf(node)) last = new(node);
        var place = last;
        foreach (var g in Candidates(uses, place.Shape))
        {
            if (g.Weight + weight > WeightCap || Level(place, uses, g) is not { } full) continue;
            if (ComesBefore(g, uses)) continue;
            Enter(g, node, place, full, uses, weight);
            return;
        }
        var own = Add(new Group(steps.Count, place.Space));
        recent[place.Shape] = own;
        Enter(own, node, place, true, uses, weight);
    }

    /// <summary>The groups that a node may join: those that compute what it reads, latest first, then the last one over its space.</summary>
    List<Group> Candidates(Use[] uses, Shape space)
    {
        var groups = new List<Group>();
        foreach (var u in uses)
            if (producers.GetValueOrDefault(u.Source) is Group g && !groups.Contains(g)) groups.Add(g);
        if (groups.Count > 1) groups.Sort((a, b) => b.Number - a.Number);
        if (recent.TryGetValue(space, out var last)) groups.Add(last);
        return groups;
    }

    /// <summary>Where a node runs: the axes of its own shape (of a fold: of what it folds) that run more than once, and the loops over them.</summary>
    sealed class Place
    {
        public Place(Node node)
        {
            Fold = node.Op as FoldOp;
            var shape = Fold is null ? node.Outputs[0].Shape : node.Inputs[0].Shape;
            (whole, Axes) = (shape, Running(shape, Fold?.Axis ?? -1));
            Space = Extents(shape, Axes);
            Shape = [.. Space];
        }

        readonly Shape whole;

        /// <summary>Whether it is the place of another node, too.</summary>
        public bool IsOf(Node node) => Fold is null && node.Op is not FoldOp && node.Outputs[0].Shape == whole;

        public FoldOp? Fold { get; }
        public int[] Axes { get; }
        public Extent[] Space { get; }
        public Shape Shape { get; }
    }

    Place? last;

    void Enter(Group g, Node node, Place place, bool full, Use[] uses, int weight)
    {
        if (place.Fold is { } fold)
        {
            g.Pass = Array.IndexOf(place.Axes, fold.Axis);
            g.Rows.Add(node.Outputs[0]);
        }
        else (full ? g.Full : g.Rows).Add(node.Outputs[0]);
        Enter(g, node, uses, weight);
    }

    void Enter(Group g, Node node, Use[] uses, int weight)
    {
        g.Nodes.Add(node);
        g.Weight += weight;
        foreach (var u in uses)
        {
            if (producers.TryGetValue(u.Source, out var p) && p != g) g.After.Add(p);
            readers[u.Source] = g;
            if (!g.Holds(u.Source)) g.Reads.Add(u.Source);
        }
        producers[node.Outputs[0]] = g;
    }

    /// <summary>Whether a node may join a group: true at every element, false once a row; null when it may not.</summary>
    static bool? Level(Place place, Use[] uses, Group g)
    {
        int[] mine = place.Axes;
        if (place.Space.AsSpan().SequenceEqual(g.Space))
        {
            int[] loops = g.Loops(true);
            foreach (var u in uses)
                if (g.Holds(u.Source) && !IsHere(u, g, mine, loops)) return null;
            if (place.Fold is null || g.Pass < 0) return true;
            return g.Pass == Array.IndexOf(mine, place.Fold.Axis) ? true : null;
        }
        if (place.Fold is not null || g.Pass < 0) return null;
        int[] rows = g.Loops(false);
        return place.Space.AsSpan().SequenceEqual(Array.ConvertAll(rows, a => g.Space[a])) && uses.Any(u => g.Rows.Contains(u.Source))
            && uses.All(u => !g.Full.Contains(u.Source) && (!g.Holds(u.Source) || IsHere(u, g, mine, rows))) ? false : null;
    }

    /// <summary>
    /// Whether a source in a group is read at the very element that the reader stands at, whose axis mine[k] is the group's loop loops[k].
    /// </summary>
    static bool IsHere(Use u, Group g, int[] mine, int[] loops)
    {
        if (u.Guarded || g.Down.ContainsKey(u.Source)) return false;
        int[] theirs = g.Loops(g.Full.Contains(u.Source)), running = Running(u.Source.Shape);
        if (running.Length != theirs.Length) return false;
        for (int k = 0; k < running.Length; k++)
        {
            int m = Array.IndexOf(loops, theirs[k]);
            if (m < 0 || !u.Index[running[k]].IsLoop(mine[m])) return false;
        }
        return true;
    }

    /// <summary>Whether a group comes before what makes a source of a node, which then cannot join it.</summary>
    bool ComesBefore(Group g, Use[] uses)
    {
        foreach (var u in uses)
            if (producers.TryGetValue(u.Source, out var p) && p != g && Reaches(p, g)) return true;
        return false;
    }

    /// <summary>Whether one step comes after another.</summary>
    static bool Reaches(Step step, Step target)
    {
        var seen = new HashSet<Step>();
        var open = new Stack<Step>([step]);
        while (open.TryPop(out var s))
        {
            if (s == target) return true;
            if (seen.Add(s)) foreach (var before in s.After) open.Push(before);
        }
        return false;
    }

    /// <summary>The steps with all that each depends on before it, else in order of making.</summary>
    List<Step> Order()
    {
        var waiting = steps.ToDictionary(s => s, s => s.After.Count);
        var then = steps.SelectMany(s => s.After.Select(before => (before, s))).ToLookup(p => p.before, p => p.s);
        var ready = new PriorityQueue<Step, int>(steps.Where(s => s.After.Count == 0).Select(s => (s, s.Number)));
        var ordered = new List<Step>();
        while (ready.TryDequeue(out var step, out _))
        {
            ordered.Add(step);
            foreach (var next in then[step])
                if (--waiting[next] == 0) ready.Enqueue(next, next.Number);
        }
        return ordered.Count == steps.Count ? ordered : throw new InvalidOperationException("Fusion made a cycle.");
    }

    /// <summary>
    /// The loop nest of a group, writing <paramref name="wanted"/>, and the tensors its buffers stand for. In a <see cref="Values"/> scope.
    /// </summary>
    public (Nest Nest, Tensor[] Buffers) Lower(Group g, IEnumerable<Tensor> wanted)
    {
        var buffers = new List<Tensor>();
        int Buffer(Tensor t)
        {
            int k = buffers.IndexOf(t);
            if (k < 0) buffers.Add(t);
            return k < 0 ? buffers.Count - 1 : k;
        }
        Affine[] Place(Tensor t) => Index(t.Shape, Running(t.Shape), g.Down.ContainsKey(t) ? g.Loops(true)[g.Lead..] : g.Loops(g.Full.Contains(t)));
        Dictionary<Tensor, Value> known = [], downs = [];
        Value Leaf(Tensor t, Affine[] i, Value? guard) => known.TryGetValue(t, out var v) ? v : Values.Load(t.DType, Buffer(t), Linear(i, t.Shape), guard);
        foreach (var node in g.Nodes)
        {
            var y = node.Outputs[0];
            if (g.Down.TryGetValue(y, out var term)) downs[y] = At(term, Index(term.Shape, Running(term.Shape), g.Loops(true)), null, Leaf);
            else known[y] = node.Op is FoldOp fold
                ? Values.Folded(fold.Kind, At(node.Inputs[0], Index(node.Inputs[0].Shape, Running(node.Inputs[0].Shape, fold.Axis), g.Loops(true)), null, Leaf))
                : Compute(node, Place(y), null, Leaf);
        }
        Store[] stores = [.. wanted.Select(t => downs.TryGetValue(t, out var v) ? new Store(Buffer(t), Linear(Place(t), t.Shape), v, ((FoldOp)Source(t)!.Op).Kind)
            : new(Buffer(t), Linear(Place(t), t.Shape), known[t]))];
        return (Simplify.Axes(new([.. g.Space], g.Pass, [.. stores], [.. buffers.Select(t => t.DType)], g.Lead)), [.. buffers]);
    }
}
