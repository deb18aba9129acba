using System.Collections.Immutable;
using System.Linq.Expressions;
using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

/// <summary>
/// Loop nests to code: (address of a table, start, end) → nothing. The table holds the buffers' addresses, then the symbols' values;
/// start and end bound the outermost loop.
/// </summary>
/// <remarks>
/// Values are placed at the loop level where everything they read is known. Lanes lie along the last axis: across independent elements, or,
/// where that is the pass axis, across the elements of one fold. Sums keep the canonical order whatever the width (docs/numerics.md).
/// </remarks>
sealed partial class Emit
{
    /// <summary>Virtual lanes of a fold along the last axis, and elements in one block of it.</summary>
    const int FoldLanes = 64, FoldBlock = 8192;
    /// <summary>Rows in one block of a fold over an outer axis.</summary>
    const int RowBlock = 1024;
    /// <summary>Values in one loop body, over all vectors in flight: beyond it the JIT runs out of registers and patience.</summary>
    const int BodyCap = 160;
    /// <summary>Vectors of a row that stands in registers, and values in all of them.</summary>
    const int MostRowVectors = 16, RowCap = 240;
    /// <summary>Values of a heavy body up to which two vectors are in flight: they hide latency, and spill what fills the registers.</summary>
    const int MostPaired = 240;

    readonly Nest nest;
    readonly Lanes lanes;
    readonly int[] order;               // parallel axes, outermost first
    readonly int vector;                // the axis lanes lie along; −1 for a single point
    static readonly ParameterExpression table = E.Parameter(typeof(long), "table"), start = E.Parameter(typeof(long), "start"), end = E.Parameter(typeof(long), "end");
    readonly int[]? slots;              // of the buffers in the table; null where they are the table. Where given, the whole nest is run
    readonly ParameterExpression[] loops;
    readonly Dictionary<Value, int> levels = [];
    readonly Dictionary<Value, int> stages = [];
    readonly HashSet<Value> nested;
    readonly Scope root;

    /// <summary>The symbols whose values follow the addresses in the table.</summary>
    public string[] Symbols { get; }

    /// <summary>A block of code under construction: one loop level.</summary>
    sealed class Scope(Scope? parent, int level, Wide wide, bool inline = false)
    {
        public Scope? Parent => parent;
        public int Level => level;
        public Wide Wide => wide;
        public E? Index { get; init; }          // of lane 0 along the vector axis, in scopes that run over it
        public E[]? Mask { get; init; }         // lanes that exist; null for all
        // An inline scope writes into its parent's block: what is computed in it, and outside of it, stands in order of making.
        readonly List<ParameterExpression> locals = inline ? parent!.locals : [];
        readonly List<E> code = inline ? parent!.code : [];
        public Dictionary<Value, E[]> Values { get; } = [];
        public Dictionary<(int, Affine), E> Addresses { get; } = [];

        public void Do(E e) => code.Add(e);
        public ParameterExpression Declare(Type type)
        {
            var local = E.Variable(type);
            locals.Add(local);
            return local;
        }
        public void Declare(ParameterExpression local)
        {
            if (!locals.Contains(local)) locals.Add(local);
        }
        public E Let(E e)
        {
            if (e is ParameterExpression or ConstantExpression) return e;
            var local = Declare(e.Type);
            code.Add(E.Assign(local, e));
            return local;
        }
        public E[] Let(E[] x) => Array.ConvertAll(x, Let);
        public E Close() => E.Block(locals, code.Count == 0 ? [E.Empty()] : code);
    }

    Emit(Nest nest, Lanes lanes, int[]? slots = null)
    {
        (this.nest, this.slots) = (nest, slots);
        this.lanes = lanes = lanes.For(nest.Extents is [.., var last] ? last : 1);
        order = [.. Enumerable.Range(0, nest.Extents.Length).Where(a => a != nest.Pass)];
        vector = nest.Extents.Length - 1;
        loops = [.. nest.Extents.Select((_, a) => E.Variable(typeof(long), $"i{a}"))];
        Symbols = [.. AllExtents().SelectMany(e => e.Symbols).Distinct().Order(StringComparer.Ordinal)];
        nested = Nested();
        FindTiles();
        root = new(null, 0, new(lanes, 1));
    }

    /// <summary>Results of arithmetic that are read once, by an operation that reads each operand once: of one register, of the type of its result.</summary>
    HashSet<Value> Nested()
    {
        var (once, often) = (new HashSet<Value>(), new HashSet<Value>());
        var seen = new HashSet<Value>();
        void Visit(Value v)
        {
            if (!seen.Add(v)) return;
            foreach (var x in v.Operands)
            {
                bool fits = x is Apply && v is Apply { Fun: not (Fun.Convert or Fun.Bitcast or Fun.Select) } && x.Type == v.Type && v.Type is DType.F32 or DType.I32 or DType.U32;
                if (!fits || !once.Add(x)) often.Add(x);
                Visit(x);
            }
        }
        foreach (var s in nest.Stores)
        {
            foreach (var v in s.At.Computed.Select(t => t.Value).Append(s.Value))
            {
                often.Add(v);
                Visit(v);
            }
        }
        once.ExceptWith(often);
        return once;
    }

    public static (Action<long, long, long> Code, string[] Symbols) Compile(Nest nest, Lanes lanes, string name)
    {
        var emit = new Emit(nest, lanes);
        return (E.Lambda<Action<long, long, long>>(emit.Code(), name, [table, start, end]).Compile(), emit.Symbols);
    }

    /// <summary>Several nests of known extents, one after the other. The table holds all their buffers: each nest's are at its slots.</summary>
    public static Action<long, long, long> Compile(IEnumerable<(Nest Nest, int[] Slots)> nests, Lanes lanes, string name) =>
        E.Lambda<Action<long, long, long>>(E.Block(nests.Select(n => new Emit(n.Nest, lanes, n.Slots).Code())), name, [table, start, end]).Compile();

    E Code()
    {
        Loops(0, root);
        return root.Close();
    }

    // ---------------------------------------------------------------- levels and stages

    /// <summary>1 + the place of an axis in the order of loops; the pass axis is innermost.</summary>
    int LevelOf(int axis) => axis == nest.Pass ? order.Length + 1 : Array.IndexOf(order, axis) + 1;

    int LevelOf(Affine a) => Math.Max(a.Loops.Select(t => LevelOf(t.Variable)).DefaultIfEmpty(0).Max(), a.Computed.Select(t => LevelOf(t.Value)).DefaultIfEmpty(0).Max());

    int LevelOf(Value v) => levels.TryGetValue(v, out int known) ? known : levels[v] = v switch
    {
        Folded => order.Length,
        Load l => Math.Max(LevelOf(l.At), l.Guard is null ? 0 : LevelOf(l.Guard)),
        Counter c => LevelOf(c.At),
        Apply a => Deepest(a.X),
        _ => 0,
    };

    int Deepest(ImmutableArray<Value> x)
    {
        int level = 0;
        foreach (var v in x) level = Math.Max(level, LevelOf(v));
        return level;
    }

    int VectorLevel => vector < 0 ? int.MaxValue : LevelOf(vector);

    /// <summary>Whether a value differs between lanes.</summary>
    bool Varies(Value v) => v is not Literal && LevelOf(v) >= VectorLevel;

    /// <summary>How many passes come before the one that can compute this value.</summary>
    int StageOf(Value v) => stages.TryGetValue(v, out int known) ? known
        : stages[v] = v is Folded f ? StageOf(f.Term) + 1 : v.Operands.Select(StageOf).DefaultIfEmpty(0).Max();

    List<Extent> AllExtents()
    {
        List<Extent> all = [.. nest.Extents];
        var seen = new HashSet<Value>();
        void In(Affine a)
        {
            all.Add(a.Constant);
            all.AddRange(a.Loops.Select(t => t.Factor));
            all.AddRange(a.Computed.Select(t => t.Factor));
            foreach (var (v, _) in a.Computed) Of(v);
        }
        void Of(Value v)
        {
            if (!seen.Add(v)) return;
            if (v is Load l) In(l.At);
            if (v is Counter c) In(c.At);
            foreach (var x in v.Operands) Of(x);
        }
        foreach (var s in nest.Stores)
        {
            In(s.At);
            Of(s.Value);
        }
        return all;
    }

    /// <summary>Distinct values at or below a level that some values need.</summary>
    int Weight(IEnumerable<Value> roots, int level)
    {
        var seen = new HashSet<Value>();
        void Visit(Value v)
        {
            if (v is Literal || v is Folded && nest.Pass == vector || LevelOf(v) < level || !seen.Add(v)) return;
            foreach (var x in v.Operands) Visit(x);
        }
        foreach (var v in roots) Visit(v);
        return seen.Count;
    }

    // ---------------------------------------------------------------- loops

    void Loops(int k, Scope scope)
    {
        if (k == order.Length) { Row(scope); return; }
        int axis = order[k];
        var extent = nest.Extents[axis];
        if (axis == vector)
        {
            Lanewise(scope, extent, IsShared(k) ? (start, end) : null, Unroll(nest.Stores.Select(s => s.Value), k + 1, extent), inner => Loops(k + 1, inner), k + 1);
            return;
        }
        var (from, to) = IsShared(k) ? (start, end) : ((E)E.Constant(0L), Number(extent));
        if (axis == tiled)
        {
            Tiles(k, scope, from, to);
            return;
        }
        var body = new Scope(scope, k + 1, new(lanes, 1));
        Loops(k + 1, body);
        scope.Declare(loops[axis]);
        scope.Do(For(loops[axis], from, to, 1, body.Close()));
    }

    /// <summary>Whether a call runs a part of this loop.</summary>
    bool IsShared(int k) => k == 0 && slots is null;

    /// <summary>Vectors in flight for a loop body: enough to hide latency, few enough for the registers, no more than the axis has.</summary>
    int Unroll(IEnumerable<Value> values, int level, Extent extent)
    {
        int weight = Weight(values, level), most = weight <= 24 ? 4 : weight <= 60 ? 2 : 1;
        // Down a matrix: as much of each row at a time as there are registers for, or most of a line and of a page goes by unread.
        if (nest.Pass >= 0 && nest.Pass != vector && weight <= 6) most = lanes.MasksAreFree && nest.Buffers.All(t => t.Size() < 8) ? 16 : 8;
        return extent.IsConstant ? (int)Math.Clamp((extent.Value + lanes.Count - 1) / lanes.Count, 1, most) : most;
    }

    /// <summary>A loop over the vector axis: full vectors, then what is left under a mask. A short axis of known extent needs no loop.</summary>
    void Lanewise(Scope scope, Extent extent, (E From, E To)? range, int unroll, Action<Scope> body, int level)
    {
        var wide = new Wide(lanes, unroll);
        if (tiled < 0 && extent.IsConstant && extent.Value <= wide.Count && extent.Value > 0)
        {
            var mask = extent.Value == wide.Count ? null : scope.Let(wide.Mask(E.Constant(extent.Value)));
            var once = new Scope(scope, level, wide) { Index = E.Constant(0L), Mask = mask };
            body(once);
            scope.Do(once.Close());
            return;
        }
        var i = scope.Declare(typeof(long));
        var (from, to) = range ?? (E.Constant(0L), Number(extent));
        if (unroll == 1 && lanes.MasksAreFree && !(extent.IsConstant && extent.Value % wide.Count == 0))
        {
            Masked(scope, i, from, to, body, level);
            return;
        }
        scope.Do(E.Assign(i, from));
        Full(wide);
        if ((range is null || tiled >= 0) && extent.IsConstant && extent.Value % wide.Count == 0) return;
        if (unroll > 4) Full(new(lanes, 4));
        Masked(scope, i, i, to, body, level);

        void Full(Wide wide)
        {
            var full = new Scope(scope, level, wide) { Index = i };
            body(full);
            scope.Do(While(E.LessThanOrEqual(E.Add(i, E.Constant((long)wide.Count)), to), E.Block(full.Close(), E.AddAssign(i, E.Constant((long)wide.Count)))));
        }
    }

    /// <summary>A loop in single vectors under a mask: what is left of a wide loop, or all of a heavy one, whose body is then emitted once.</summary>
    void Masked(Scope scope, ParameterExpression i, E from, E to, Action<Scope> body, int level)
    {
        var one = new Wide(lanes, 1);
        var mask = E.Variable(lanes.Register(DType.Bool));
        var rest = new Scope(scope, level, one) { Index = i, Mask = [mask] };
        body(rest);
        scope.Do(E.Assign(i, from));
        scope.Do(While(E.LessThan(i, to), E.Block([mask], E.Assign(mask, one.Mask(E.Subtract(to, i))[0]), rest.Close(), E.AddAssign(i, E.Constant((long)one.Count)))));
    }

    static E While(E test, E body)
    {
        var done = E.Label();
        return E.Loop(E.IfThenElse(test, body, E.Break(done)), done);
    }

    static E For(ParameterExpression i, E from, E to, long step, E body) =>
        E.Block(E.Assign(i, from), While(E.LessThan(i, to), E.Block(body, E.AddAssign(i, E.Constant(step)))));

    /// <summary>All that happens at one point of the parallel axes: passes over the pass axis, and the stores.</summary>
    void Row(Scope scope)
    {
        int inner = order.Length + 1;
        if (nest.Pass < 0)
        {
            // All is read before anything is written: a result may lie where an operand lay.
            foreach (var s in nest.Stores) Get(s.Value, scope);
            foreach (var s in nest.Stores) Write(s, scope);
            return;
        }
        Folded[] folds = [.. AllFolds().OrderBy(StageOf)];
        bool Inside(Store s) => LevelOf(s.At) >= inner || LevelOf(s.Value) >= inner;
        int last = Math.Max(folds.Select(f => StageOf(f) - 1).DefaultIfEmpty(0).Max(), nest.Stores.Where(Inside).Select(s => StageOf(s.Value)).DefaultIfEmpty(0).Max());
        var row = RowInRegisters(scope, [.. folds.Select(f => f.Term), .. nest.Stores.Select(s => s.Value)]);
        for (int stage = 0; stage <= last; stage++)
        {
            Folded[] now = [.. folds.Where(f => StageOf(f) == stage + 1)];
            Store[] stores = [.. nest.Stores.Where(s => Inside(s) && StageOf(s.Value) == stage)];
            if (now.Length + stores.Length == 0) continue;
            if (row is not null) PassAtOnce(scope, row, now, stores);
            else if (nest.Pass == vector) PassAcross(scope, now, stores);
            else PassDown(scope, now, stores);
        }
        Store[] after = [.. nest.Stores.Where(s => !Inside(s))];
        foreach (var s in after) Get(s.Value, scope);
        foreach (var s in after) Write(s, scope);
    }

    IEnumerable<Folded> AllFolds()
    {
        var seen = new HashSet<Value>();
        IEnumerable<Folded> In(Value v) => !seen.Add(v) ? [] : [.. v.Operands.SelectMany(In), .. v is Folded f ? [f] : Array.Empty<Folded>()];
        return nest.Stores.SelectMany(s => In(s.Value)).ToArray();
    }

    /// <summary>
    /// Scopes for the parts of a row that stands in registers as a whole, so that what one pass computes the next has; null where the row is too
    /// long. Two vectors each, or one: more at once would spill, and the processor overlaps the parts itself.
    /// </summary>
    Scope[]? RowInRegisters(Scope scope, IEnumerable<Value> values)
    {
        int level = order.Length + 1;
        if (nest.Pass != vector || nest.Extents[vector] is not { IsConstant: true, Value: > 0 } extent) return null;
        int vectors = (int)Math.Min(int.MaxValue, (extent.Value + lanes.Count - 1) / lanes.Count);
        int registers = nest.Buffers.Any(t => t.Size() == 8) ? 2 * vectors : vectors, weight = Weight(values, level);
        // In single vectors what is read once is nested in its reader, which about halves the locals.
        int together = registers * weight <= RowCap ? 2 : 1;
        if (registers > MostRowVectors || registers * weight > RowCap * 2 / together) return null;
        return [.. Enumerable.Range(0, (vectors + together - 1) / together).Select(part =>
        {
            var wide = new Wide(lanes, Math.Min(together, vectors - together * part));
            long start = (long)together * part * lanes.Count;
            var mask = start + wide.Count <= extent.Value ? null : Array.ConvertAll(wide.Mask(E.Constant(extent.Value - start)), root.Let);
            return new Scope(scope, level, wide, inline: true) { Index = E.Constant(start), Mask = mask };
        })];
    }

    void PassAtOnce(Scope scope, Scope[] row, Folded[] folds, Store[] stores)
    {
        var terms = folds.ToDictionary(f => f, _ => new List<E>());
        foreach (var part in row)
        {
            foreach (var s in stores) Write(s, part);
            foreach (var f in folds) terms[f].AddRange(Present(part, f));
        }
        foreach (var (f, term) in terms)
        {
            var acc = new E[Math.Min(term.Count, FoldLanes / lanes.Count * lanes.Parts(f.Type))];
            for (int k = 0; k < term.Count; k++)
                acc[k % acc.Length] = lanes.Combine(f.Kind, f.Type, acc[k % acc.Length] ?? lanes.Literal(f.Type, Lanes.Identity(f.Kind, f.Type))[0], term[k]);
            scope.Values[f] = [.. Enumerable.Repeat(scope.Let(lanes.Splat(f.Type, Tree(scope, f, acc))[0]), lanes.Parts(f.Type))];
        }
    }

    /// <summary>The pass axis is an outer one: lanes are independent elements, rows are added one by one in blocks.</summary>
    void PassDown(Scope scope, Folded[] folds, Store[] stores)
    {
        var extent = nest.Extents[nest.Pass];
        bool blocks = folds.Any(f => Ordered(f)) && !(extent.IsConstant && extent.Value <= RowBlock);
        var i = loops[nest.Pass];
        scope.Declare(i);
        var sums = folds.ToDictionary(f => f, f => Identity(scope, f));
        var body = new Scope(scope, order.Length + 1, scope.Wide) { Index = scope.Index, Mask = scope.Mask };
        foreach (var s in stores) Write(s, body);
        if (!blocks)
        {
            foreach (var f in folds) Accumulate(body, sums[f], f, Get(f.Term, body));
            scope.Do(For(i, E.Constant(0L), Number(extent), 1, body.Close()));
        }
        else
        {
            var (block, stop) = (scope.Declare(typeof(long)), scope.Declare(typeof(long)));
            var outer = new Scope(scope, order.Length, scope.Wide);
            var parts = folds.ToDictionary(f => f, f => Identity(outer, f));
            foreach (var f in folds) Accumulate(body, parts[f], f, Get(f.Term, body));
            outer.Do(E.Assign(stop, Least(E.Add(block, E.Constant((long)RowBlock)), Number(extent))));
            outer.Do(For(i, block, stop, 1, body.Close()));
            foreach (var f in folds) Accumulate(outer, sums[f], f, parts[f]);
            scope.Do(For(block, E.Constant(0L), Number(extent), RowBlock, outer.Close()));
        }
        foreach (var f in folds) scope.Values[f] = sums[f];
    }

    /// <summary>Whether the order of a fold shows in its result.</summary>
    static bool Ordered(Folded f) => f.Type.IsFloat() && f.Kind is FoldKind.Sum or FoldKind.Prod;

    E[] Identity(Scope scope, Folded f)
    {
        E[] acc = [.. Enumerable.Range(0, lanes.Parts(f.Type) * scope.Wide.Unroll).Select(_ => scope.Declare(lanes.Register(f.Type)))];
        var zero = lanes.Literal(f.Type, Lanes.Identity(f.Kind, f.Type))[0];
        foreach (var a in acc) scope.Do(E.Assign(a, zero));
        return acc;
    }

    static void Accumulate(Scope scope, E[] acc, Folded f, E[] term)
    {
        var sum = scope.Wide.Combine(f.Kind, f.Type, acc, scope.Wide.Repeat(term, term.Length == acc.Length ? scope.Wide.Unroll : 1));
        for (int k = 0; k < acc.Length; k++) scope.Do(E.Assign(acc[k], sum[k]));
    }

    static E Least(E a, E b) => E.Condition(E.LessThan(a, b), a, b);

    /// <summary>The pass axis is the last: lanes are elements of one fold, element k in virtual lane k mod 64 of its block.</summary>
    void PassAcross(Scope scope, Folded[] folds, Store[] stores)
    {
        var extent = nest.Extents[nest.Pass];
        int level = order.Length + 1, weight = Weight([.. folds.Select(f => f.Term), .. stores.Select(s => s.Value)], level);
        if (folds is [])
        {
            Lanewise(scope, extent, null, Unroll(stores.Select(s => s.Value), level, extent), inner => { foreach (var s in stores) Write(s, inner); }, level);
            return;
        }
        int groups = FoldLanes / lanes.Count;
        bool blocks = folds.Any(Ordered) && !(extent.IsConstant && extent.Value <= FoldBlock);
        var totals = folds.ToDictionary(f => f, f =>
        {
            var total = scope.Declare(lanes.Register(f.Type));
            scope.Do(E.Assign(total, lanes.Literal(f.Type, Lanes.Identity(f.Kind, f.Type))[0]));
            return total;
        });
        var (from, to) = (scope.Declare(typeof(long)), scope.Declare(typeof(long)));
        var block = new Scope(scope, order.Length, new(lanes, 1));
        block.Do(E.Assign(to, blocks ? Least(E.Add(from, E.Constant((long)FoldBlock)), Number(extent)) : Number(extent)));
        if (groups * weight <= BodyCap) FoldInRegisters(block, scope, folds, stores, from, to, totals);
        else FoldInMemory(block, scope, folds, stores, from, to, totals, lanes.Count > 1 && weight <= MostPaired ? 2 : 1);
        if (blocks) scope.Do(For(from, E.Constant(0L), Number(extent), FoldBlock, block.Close()));
        else
        {
            scope.Do(E.Assign(from, E.Constant(0L)));
            scope.Do(block.Close());
        }
        foreach (var f in folds) scope.Values[f] = [.. Enumerable.Repeat((E)totals[f], lanes.Parts(f.Type))];
    }

    /// <summary>A fold's term with the identity in lanes that do not exist.</summary>
    E[] Present(Scope scope, Folded f)
    {
        var term = Get(f.Term, scope);
        return scope.Mask is null ? term : Select(scope, f.Type, scope.Mask, term, scope.Wide.Literal(f.Type, Lanes.Identity(f.Kind, f.Type)));
    }

    E[] Select(Scope scope, DType type, E[] mask, E[] yes, E[] no)
    {
        int parts = lanes.Parts(type);
        return [.. mask.SelectMany((m, u) => lanes.Apply(Fun.Select, type, [DType.Bool, type, type], [[m], yes[(u * parts)..((u + 1) * parts)], no[(u * parts)..((u + 1) * parts)]]))];
    }

    void Total(Scope block, Dictionary<Folded, ParameterExpression> totals, Folded f, E[] acc)
    {
        var partial = lanes.Splat(f.Type, Tree(block, f, acc))[0];
        block.Do(E.Assign(totals[f], lanes.Combine(f.Kind, f.Type, totals[f], partial)));
    }

    /// <summary>The virtual lanes folded, halves onto halves. Registers that are missing hold the identity.</summary>
    E Tree(Scope scope, Folded f, E[] acc)
    {
        int full = FoldLanes / lanes.Count * lanes.Parts(f.Type);
        var part = new E?[full];
        acc.CopyTo(part, 0);
        for (int half = full / 2; half >= 1; half /= 2)
            for (int k = 0; k < half; k++)
                part[k] = part[k] is { } a && part[k + half] is { } b ? scope.Let(lanes.Combine(f.Kind, f.Type, a, b)) : part[k] ?? part[k + half];
        return lanes.FoldLanes(f.Kind, f.Type, part[0]!);
    }

    void FoldInRegisters(Scope block, Scope scope, Folded[] folds, Store[] stores, E from, ParameterExpression to, Dictionary<Folded, ParameterExpression> totals)
    {
        int level = order.Length + 1;
        var wide = new Wide(lanes, FoldLanes / lanes.Count);
        var i = block.Declare(typeof(long));
        var acc = folds.ToDictionary(f => f, f =>
        {
            E[] all = [.. Enumerable.Range(0, lanes.Parts(f.Type) * wide.Unroll).Select(_ => block.Declare(lanes.Register(f.Type)))];
            foreach (var a in all) block.Do(E.Assign(a, lanes.Literal(f.Type, Lanes.Identity(f.Kind, f.Type))[0]));
            return all;
        });
        void Body(Scope s)
        {
            foreach (var store in stores) Write(store, s);
            foreach (var f in folds) Accumulate(s, acc[f], f, Present(s, f));
        }
        var full = new Scope(scope, level, wide) { Index = i };
        Body(full);
        block.Do(E.Assign(i, from));
        block.Do(While(E.LessThanOrEqual(E.Add(i, E.Constant((long)wide.Count)), to), E.Block(full.Close(), E.AddAssign(i, E.Constant((long)wide.Count)))));
        var extent = nest.Extents[nest.Pass];
        if (!(extent.IsConstant && extent.Value % wide.Count == 0))
        {
            var masks = wide.Mask(E.Subtract(to, i)).Select(m => (Local: E.Variable(m.Type), Value: m)).ToArray();
            var rest = new Scope(scope, level, wide) { Index = i, Mask = [.. masks.Select(m => m.Local)] };
            Body(rest);
            block.Do(E.IfThen(E.LessThan(i, to), E.Block(masks.Select(m => m.Local), [.. masks.Select(m => E.Assign(m.Local, m.Value)), rest.Close()])));
        }
        foreach (var f in folds) Total(block, totals, f, acc[f]);
    }

    /// <summary>A heavy body: the virtual lanes stand in memory, so that few vectors are in flight.</summary>
    void FoldInMemory(Scope block, Scope scope, Folded[] folds, Store[] stores, E from, ParameterExpression to, Dictionary<Folded, ParameterExpression> totals, int unroll)
    {
        int level = order.Length + 1;
        var wide = new Wide(lanes, unroll);
        var i = block.Declare(typeof(long));
        var memory = block.Let(E.Call(typeof(LaneMath), nameof(LaneMath.Scratch), null, E.Constant(folds.Length * FoldLanes * 8)));
        E Place(int f, E lane) => E.Add(memory, E.Add(E.Constant((long)f * FoldLanes * 8), E.Multiply(lane, E.Constant((long)Bytes(folds[f].Type)))));
        for (int f = 0; f < folds.Length; f++)
            for (int k = 0; k < FoldLanes; k += lanes.Count)
                block.Do(Keep(folds[f].Type, new(lanes, 1), lanes.Literal(folds[f].Type, Lanes.Identity(folds[f].Kind, folds[f].Type)), Place(f, E.Constant((long)k))));
        void Body(Scope s)
        {
            foreach (var store in stores) Write(store, s);
            foreach (var f in folds) Get(f.Term, s);
            var lane = s.Let(E.And(i, E.Constant(FoldLanes - 1L)));
            for (int f = 0; f < folds.Length; f++)
            {
                var place = s.Let(Place(f, lane));
                s.Do(Keep(folds[f].Type, s.Wide, s.Wide.Combine(folds[f].Kind, folds[f].Type, Kept(folds[f].Type, s.Wide, place), Present(s, folds[f])), place));
            }
        }
        var full = new Scope(scope, level, wide) { Index = i };
        Body(full);
        block.Do(E.Assign(i, from));
        block.Do(While(E.LessThanOrEqual(E.Add(i, E.Constant((long)wide.Count)), to), E.Block(full.Close(), E.AddAssign(i, E.Constant((long)wide.Count)))));
        if (wide.Count > 1 && !(nest.Extents[nest.Pass] is { IsConstant: true } extent && extent.Value % wide.Count == 0))
        {
            var one = new Wide(lanes, 1);
            var mask = E.Variable(lanes.Register(DType.Bool));
            var rest = new Scope(scope, level, one) { Index = i, Mask = [mask] };
            Body(rest);
            block.Do(While(E.LessThan(i, to), E.Block([mask], E.Assign(mask, one.Mask(E.Subtract(to, i))[0]), rest.Close(), E.AddAssign(i, E.Constant((long)one.Count)))));
        }
        for (int f = 0; f < folds.Length; f++)
            Total(block, totals, folds[f], block.Let(Kept(folds[f].Type, new(lanes, FoldLanes / lanes.Count), Place(f, E.Constant(0L)))));
    }

    // Accumulators in memory lie as their registers do: Bool and U8 as ints.
    static int Bytes(DType type) => Math.Max(4, type.Size());
    static E Keep(DType type, Wide wide, E[] x, E place) => type == DType.Bool ? wide.Store(DType.I32, wide.Convert(x, DType.Bool, DType.I32), place, null)
        : wide.Store(type == DType.U8 ? DType.I32 : type, x, place, null);
    static E[] Kept(DType type, Wide wide, E place) => type == DType.Bool ? wide.Convert(wide.Load(DType.I32, place, null), DType.I32, DType.Bool)
        : wide.Load(type == DType.U8 ? DType.I32 : type, place, null);

    // ---------------------------------------------------------------- values

    /// <summary>A number known when the kernel starts.</summary>
    E Number(Extent e)
    {
        if (e.IsConstant) return E.Constant(e.Value);
        var key = (-1, Affine.Of(e));
        return root.Addresses.TryGetValue(key, out var known) ? known : root.Addresses[key] = root.Let(e.Terms.Select(t => t.Symbols.Aggregate((E)E.Constant(t.Factor),
            (product, s) => E.Multiply(product, SymbolValue(s)))).Aggregate(E.Add));
    }

    E SymbolValue(string symbol)
    {
        var key = (-2 - Array.IndexOf(Symbols, symbol), Affine.Zero);
        return root.Addresses.TryGetValue(key, out var known) ? known : root.Addresses[key] = root.Let(Slot(nest.Buffers.Length + Array.IndexOf(Symbols, symbol)));
    }

    E Slot(int k) => E.Call(typeof(LaneMath), nameof(LaneMath.Address), null, table, E.Constant(slots?[k] ?? k));

    static Scope Home(Scope scope, int level)
    {
        while (scope.Level > level) scope = scope.Parent!;
        return scope;
    }

    /// <summary>The registers of a value, computed in the scope where it belongs, as many as <paramref name="scope"/> has vectors in flight.</summary>
    E[] Get(Value v, Scope scope)
    {
        if (v is Literal l) return scope.Wide.Literal(l.Type, l.Bits);
        var home = Home(scope, LevelOf(v));
        if (!home.Values.TryGetValue(v, out var x))
        {
            x = Compute(v, home);
            // What one operation alone reads stands inside of it: a local less for the JIT.
            if (home == scope && scope.Wide.Unroll == 1 && nested.Contains(v)) return x;
            home.Values[v] = x = home.Let(x);
        }
        return scope.Wide.Repeat(x, x.Length / lanes.Parts(v.Type) == scope.Wide.Unroll ? scope.Wide.Unroll : 1);
    }

    E[] Compute(Value v, Scope scope) => v switch
    {
        Load l => Read(l, scope),
        Counter c => Count(c, scope),
        Apply { Fun: Fun.ShiftLeft or Fun.ShiftRight } a => scope.Wide.Apply(a, [Get(a.X[0], scope)]),
        Apply a => scope.Wide.Apply(a, [.. a.X.Select(x => Get(x, scope))]),
        _ => throw new InvalidOperationException("A fold was read before its pass."),
    };

    bool InVector(Scope scope) => scope.Level >= VectorLevel;

    E[] Read(Load l, Scope scope)
    {
        if (tiles.TryGetValue(l, out var tile)) return scope.Wide.Load(l.Type, Plus(tile, scope.Index!, l.Type.Size()), scope.Mask);
        bool varies = InVector(scope);
        var mask = varies ? scope.Mask : null;
        if (l.Guard is { } guard)
        {
            var g = Get(guard, scope);
            mask = mask is null ? g : [.. mask.Select((m, u) => scope.Let(E.And(m, g[u])))];
        }
        var lanewise = l.At.Computed.Where(t => Varies(t.Value)).ToArray();
        var address = Address(l.Buffer, l.At, l.Type.Size(), scope);
        if (!varies) return lanes.LoadSplat(l.Type, address, mask?[0]);
        var factor = vector < 0 ? (Extent)0 : l.At.Factor(vector);
        if (lanewise.Length > 0)
        {
            var index = Offsets(scope, DType.I32, factor, 0);
            foreach (var (value, f) in lanewise)
            {
                var term = scope.Wide.Convert(Get(value, scope), value.Type, DType.I32);
                var scaled = f == 1 ? term : Arithmetic(scope, Fun.Mul, DType.I32, term, scope.Wide.Splat(DType.I32, E.Convert(Number(f), typeof(int))));
                index = index is null ? scaled : Arithmetic(scope, Fun.Add, DType.I32, index, scaled);
            }
            return scope.Wide.Pick(l.Type, address, scope.Let(index!), mask);
        }
        if (factor == 1) return scope.Wide.Load(l.Type, Plus(address, scope.Index!, l.Type.Size()), mask);
        if (factor == 0 && l.Guard is null) return scope.Wide.Repeat(lanes.LoadSplat(l.Type, address, null), 1);
        var step = scope.Let(E.Multiply(Number(factor), E.Constant((long)l.Type.Size())));
        return scope.Wide.LoadStrided(l.Type, scope.Let(E.Add(address, E.Multiply(Around(scope).Index!, step))), step, mask);
    }

    E[] Arithmetic(Scope scope, Fun fun, DType type, E[] a, E[] b) =>
        [.. Enumerable.Range(0, scope.Wide.Unroll).SelectMany(u => lanes.Apply(fun, type, [type, type], [Part(a, u, scope), Part(b, u, scope)]))];

    static E[] Part(E[] x, int u, Scope scope) => x[(u * x.Length / scope.Wide.Unroll)..((u + 1) * x.Length / scope.Wide.Unroll)];

    static Scope Around(Scope scope)
    {
        while (scope.Index is null) scope = scope.Parent!;
        return scope;
    }

    static E Plus(E address, E index, int size) => index is ConstantExpression { Value: 0L } ? address : E.Add(address, E.Multiply(index, E.Constant((long)size)));

    /// <summary>(index + lane)·factor + extra in every lane; null when that is nothing.</summary>
    E[]? Offsets(Scope scope, DType type, Extent factor, Extent extra)
    {
        if (factor == 0) return extra == 0 ? null : scope.Wide.Splat(type, E.Convert(Number(extra), lanes.First(type, lanes.Literal(type, 0)).Type));
        var scalar = lanes.First(type, lanes.Literal(type, 0)).Type;
        E step = E.Convert(Number(factor), scalar), first = E.Convert(E.Add(E.Multiply(Around(scope).Index!, Number(factor)), Number(extra)), scalar);
        var lane = scope.Wide.Convert(scope.Wide.Indices(), DType.I32, type);
        return Arithmetic(scope, Fun.Add, type, Arithmetic(scope, Fun.Mul, type, lane, scope.Wide.Splat(type, step)), scope.Wide.Splat(type, first));
    }

    E[] Count(Counter c, Scope scope)
    {
        // exact in 64 bits where the type is that wide, else wrapped to 32
        var type = c.Type is DType.I64 or DType.F64 ? DType.I64 : DType.I32;
        var scalar = type == DType.I64 ? typeof(long) : typeof(int);
        E rest = Number(c.At.Constant);
        foreach (var (axis, f) in c.At.Loops.Where(t => t.Variable != vector)) rest = E.Add(rest, E.Multiply(loops[axis], Number(f)));
        var x = scope.Wide.Splat(type, E.Convert(rest, scalar));
        if (vector >= 0 && c.At.Factor(vector) != 0) x = Arithmetic(scope, Fun.Add, type, x, Offsets(scope, type, c.At.Factor(vector), 0)!);
        foreach (var (value, f) in c.At.Computed)
            x = Arithmetic(scope, Fun.Add, type, x, Arithmetic(scope, Fun.Mul, type, scope.Wide.Convert(Get(value, scope), value.Type, type), scope.Wide.Splat(type, E.Convert(Number(f), scalar))));
        return scope.Wide.Convert(x, type, c.Type);
    }

    /// <summary>The address but for the vector axis: each loop adds its share where it is known.</summary>
    E Address(int buffer, Affine at, int size, Scope scope)
    {
        var fixedTerms = at.Computed.Where(t => !Varies(t.Value)).ToArray();
        E address = root.Addresses.TryGetValue((buffer, Affine.Zero), out var b) ? b : root.Addresses[(buffer, Affine.Zero)] = root.Let(Slot(buffer));
        var sum = Affine.Zero;
        Scope At(int level) => Home(scope, level);
        E Share(Scope home, Affine upTo, Func<E> bytes)
        {
            sum = upTo;
            return home.Addresses.TryGetValue((buffer, sum), out var known) ? known : home.Addresses[(buffer, sum)] = home.Let(E.Add(address, bytes()));
        }
        E Bytes(E n) => E.Multiply(n, E.Constant((long)size));
        if (at.Constant != 0) address = Share(root, Affine.Of(at.Constant), () => Bytes(Number(at.Constant)));
        int level = 0;
        foreach (var (axis, factor) in at.Loops.Where(t => t.Variable != vector).OrderBy(t => LevelOf(t.Variable)))
        {
            level = Math.Max(level, LevelOf(axis));
            address = Share(At(level), sum + Affine.Loop(axis) * factor, () => E.Multiply(loops[axis], Bytes(Number(factor))));
        }
        foreach (var (value, factor) in fixedTerms)
        {
            level = Math.Max(level, LevelOf(value));
            var home = At(level);
            address = Share(home, sum + Affine.Of(value) * factor, () => E.Multiply(E.Convert(lanes.First(value.Type, Get(value, home)), typeof(long)), Bytes(Number(factor))));
        }
        return address;
    }

    void Write(Store s, Scope scope)
    {
        var type = nest.Buffers[s.Buffer];
        int level = Math.Max(LevelOf(s.At), LevelOf(s.Value));
        var address = Address(s.Buffer, s.At, type.Size(), scope);
        var x = Get(s.Value, scope);
        if (vector >= 0 && s.At.Factor(vector) == 1) scope.Do(scope.Wide.Store(type, x, Plus(address, Around(scope).Index!, type.Size()), scope.Mask));
        else if (level < VectorLevel || s.At.Factor(Math.Max(vector, 0)) == 0) scope.Do(lanes.StoreFirst(type, x, address));
        else throw new InvalidOperationException("A store must walk the last axis in single steps.");
    }
}
