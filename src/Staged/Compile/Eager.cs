using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace StagedDiff;

/// <summary>
/// One op at once: a one-nest program from a cache whose key holds op, element types, ranks and layout class. Extents, strides and rank-0
/// operands are arguments, so a new shape or a new number compiles nothing.
/// </summary>
static unsafe class Eager
{
    const int MostEntries = 4096;
    /// <summary>Elements worth a second thread: some 50 µs: between ops the others go to sleep.</summary>
    const long SharedSize = 1 << 18;
    /// <summary>The grain of a split of a loop over the lanes: a multiple of every vector width.</summary>
    const long Grain = 64;

    /// <summary>A kernel, and which argument each of its symbols takes.</summary>
    sealed record Entry(LoopKernel Kernel, int[] Sources);

    readonly record struct Key(Op Op, long Types, long Layout);

    static readonly ConcurrentDictionary<Key, Entry> entries = new();
    static readonly ConditionalWeakTable<Graph, Program> programs = [];
    static readonly ConcurrentDictionary<PlanKey, Kernel> plans = new();

    public static Tensor[] Run(Op op, Tensor[] x)
    {
        x = Array.ConvertAll(x, t => t.Strong());
        var types = Array.ConvertAll(x, t => t.Type);
        var y = op.Infer(types);
        if (op.Bounds(types) is { } bounds) Bounds.Check(op, x[bounds.Operand], bounds.Limit.Value);
        return op switch
        {
            Region region => programs.GetValue(region.Body, g => Program.Compile(g, new())).Run([.. x]),
            _ when x.Length == 1 && op.View(x[0]) is { } view => [view],
            MapOp { IsElementwise: true } or Composed => Elementwise(op, x, y),
            MapOp map => [Map(map, x, y[0])],
            FoldOp fold => [Fold(fold, x[0], y[0])],
            KernelOp kernel => Routine(kernel, x, types, y),
            _ => throw new InvalidOperationException($"{op.Name} has no code."),
        };
    }

    static Entry Cached(Key key, Func<Entry> make)
    {
        if (entries.TryGetValue(key, out var entry)) return entry;
        if (entries.Count > MostEntries) entries.Clear();
        using var values = new Values();
        return entries.GetOrAdd(key, make());
    }

    static long Pack(Tensor[] x) => x.Aggregate(1L, (key, t) => key << 3 | (long)t.DType);

    // ---------------------------------------------------------------- elementwise: strided operands, axes walked as one where they can be

    static Tensor[] Elementwise(Op op, Tensor[] x, TensorType[] types)
    {
        int n = x.Length, rank = 0;
        var type = types[0];
        var results = Array.ConvertAll(types, t => new Tensor(t, Storage.Allocate(t.DType, t.Shape.Size)));
        int full = type.Shape.Rank;
        // arguments: extents of the merged axes, then strides of each operand
        var arguments = stackalloc long[(full + 1) * (n + 1)];
        var extents = arguments;
        var strides = arguments + full + 1;
        bool plain = true;
        foreach (var t in x) plain &= t.Strides is null;
        if (plain)
        {
            (rank, extents[0]) = (1, type.Shape.Size);
            for (int o = 0; o < n; o++) strides[o * (full + 1)] = 1;
        }
        else
        {
            var own = new long[n][];
            for (int o = 0; o < n; o++) own[o] = StridesOf(x[o]);
            for (int a = 0; a < full; a++)
            {
                long extent = type.Shape[a].Value;
                if (extent == 1) continue;
                bool merge = rank > 0;
                for (int o = 0; merge && o < n; o++) merge = strides[o * (full + 1) + rank - 1] == own[o][a] * extent;
                if (merge) extents[rank - 1] *= extent;
                else extents[rank++] = extent;
                for (int o = 0; o < n; o++) strides[o * (full + 1) + rank - 1] = own[o][a];
            }
            if (rank == 0)
            {
                (rank, extents[0]) = (1, 1);
                for (int o = 0; o < n; o++) strides[o * (full + 1)] = 1;
            }
        }
        long layout = rank;
        for (int o = 0; o < n; o++) layout = layout << 2 | strides[o * (full + 1) + rank - 1] switch { 1 => 1L, 0 => 0L, _ => 2L };
        if (entries.TryGetValue(new(op, Pack(x), layout), out var entry) is false)
        {
            var inner = new long[n];
            for (int o = 0; o < n; o++) inner[o] = strides[o * (full + 1) + rank - 1];
            entry = Cached(new(op, Pack(x), layout), () => Build(op, x, Array.ConvertAll(types, t => t.DType), rank, inner));
        }
        // sources: axis k, or (operand, axis) as (1 + operand)·64 + axis
        var symbols = stackalloc long[entry.Sources.Length];
        for (int k = 0; k < entry.Sources.Length; k++)
            symbols[k] = entry.Sources[k] is var s && s < 64 ? extents[s] : strides[(s / 64 - 1) * (full + 1) + s % 64];
        Execute(entry.Kernel, x, results, symbols, entry.Sources.Length, extents[0], rank == 1);
        return results;
    }

    static long[] StridesOf(Tensor t) => t.Strides ?? Array.ConvertAll(t.Shape.RowMajor(), e => e.Value);

    static Entry Build(Op op, Tensor[] x, DType[] types, int rank, long[] inner)
    {
        var names = new Dictionary<string, int>();
        Extent Symbol(string name, int source)
        {
            names[name] = source;
            return Extent.Symbol(name);
        }
        Shape shape = [.. Enumerable.Range(0, rank).Select(a => Symbol($"d{a}", a))];
        Affine[] i = [.. Enumerable.Range(0, rank).Select(Affine.Loop)];
        Read Operand(int o) => (index, guard) => Values.Load(x[o].DType, o, index.Select((at, a) =>
            at * (a == rank - 1 && inner[o] is 0 or 1 ? inner[o] : Symbol($"s{o}_{a}", (1 + o) * 64 + a))).Aggregate((p, q) => p + q), guard);
        var values = op is Composed all ? all.At([.. x.Select((_, o) => Operand(o)(i))])
            : [((MapOp)op).At(i, [.. x.Select((_, o) => Operand(o))], Array.ConvertAll(x, t => new TensorType(t.DType, shape)), new(types[0], shape), null)];
        var nest = new Nest([.. shape], -1, [.. values.Select((v, k) => new Store(x.Length + k, Linear(i, shape.RowMajor()), v))], [.. x.Select(t => t.DType), .. types]);
        var kernel = LoopKernel.Of(nest);
        return new(kernel, Array.ConvertAll(kernel.Symbols, s => names[s]));
    }

    static Affine Linear(Affine[] i, Extent[] strides) => i.Zip(strides, (at, s) => at * s).Aggregate(Affine.Zero, (a, b) => a + b);

    static void Execute(LoopKernel kernel, Tensor[] x, Tensor[] results, long* symbols, int count, long extent, bool isLast)
    {
        if (results[0].Shape.Size == 0) return;
        int n = x.Length + results.Length;
        var table = stackalloc long[n + count];
        for (int k = 0; k < count; k++) table[n + k] = symbols[k];
        Pinned.Run(x, results, table, new Loop(kernel, x, extent, isLast ? Grain : 1, results[0].Shape.Size));
        GC.KeepAlive(x);
    }

    /// <summary>From the first elements of arrays to those of tensors in them.</summary>
    static void Shift(long* table, Tensor[] x)
    {
        for (int o = 0; o < x.Length; o++) table[o] += x[o].Offset * x[o].DType.Size();
    }

    readonly struct Loop(LoopKernel kernel, Tensor[] x, long extent, long grain, long size) : IPinned
    {
        public void Run(long* table)
        {
            Shift(table, x);
            if (Team.Default == 1 || !IsLarge()) kernel.Run(table, 0, extent);
            else Share(kernel, (long)table, extent, grain);
        }

        /// <summary>Whether a second thread gains more than it costs.</summary>
        bool IsLarge()
        {
            long most = size;
            foreach (var t in x) most = Math.Max(most, t.Shape.Size);
            return most >= SharedSize && extent > grain;
        }

        static void Share(LoopKernel kernel, long table, long extent, long grain) => Team.RunRange(Team.Default, extent, grain, (start, end) => kernel.Run((long*)table, start, end));
    }

    readonly struct Chunked(Kernel kernel, Tensor[] x, bool alone) : IPinned
    {
        public void Run(long* table)
        {
            Shift(table, x);
            if (alone || Team.Default == 1 || !kernel.IsShared) kernel.Run(table, 0, kernel.Chunks);
            else Share(kernel, (long)table);
        }

        static void Share(Kernel kernel, long table) => Team.Run(Team.Default, kernel.Chunks, chunk => kernel.Run((long*)table, chunk, chunk + 1));
    }

    // ---------------------------------------------------------------- ops that move data or compute indices: row-major operands

    static Tensor Map(MapOp op, Tensor[] x, TensorType type)
    {
        x = Array.ConvertAll(x, t => t.Contiguous());
        var arguments = new List<long>();
        var symbolic = op.WithSymbols(e =>
        {
            arguments.Add(e.Value);
            return Extent.Symbol($"a{arguments.Count - 1}");
        });
        int attributes = arguments.Count;
        foreach (var t in x) arguments.AddRange(t.Shape.Select(e => e.Value));
        var entry = Cached(new(symbolic, Pack(x), x.Aggregate(0L, (key, t) => key << 4 | (long)t.Rank)), () => BuildMap((MapOp)symbolic, x, attributes));
        var result = new Tensor(type, Storage.Allocate(type.DType, type.Shape.Size));
        var symbols = stackalloc long[entry.Sources.Length];
        for (int k = 0; k < entry.Sources.Length; k++) symbols[k] = arguments[entry.Sources[k]];
        Execute(entry.Kernel, x, [result], symbols, entry.Sources.Length, type.Shape.Rank == 0 ? 1 : type.Shape[0].Value, type.Shape.Rank == 1);
        return result;
    }

    static Entry BuildMap(MapOp op, Tensor[] x, int attributes)
    {
        var names = Enumerable.Range(0, attributes).ToDictionary(k => $"a{k}", k => k);
        int next = attributes;
        // Extents of operands are arguments, one for each axis; those that the op wants equal are one.
        var types = Array.ConvertAll(x, t => new TensorType(t.DType, t.Shape));
        for (int o = 0; o < x.Length; o++)
            types[o] = types[o] with
            {
                Shape = [.. types[o].Shape.Select((_, a) =>
                {
                    int source = next++;
                    if (o > 0 && op.IsCommon(o, a)) return types[0].Shape[a];
                    names[$"x{source}"] = source;
                    return Extent.Symbol($"x{source}");
                })],
            };
        var y = op.Infer(types)[0];
        Affine[] i = [.. Enumerable.Range(0, y.Shape.Rank).Select(Affine.Loop)];
        var value = op.At(i, [.. types.Select((t, o) => (Read)((index, guard) => Values.Load(t.DType, o, Linear(index, t.Shape.RowMajor()), guard)))], types, y, null);
        var nest = new Nest([.. y.Shape], -1, [new(x.Length, Linear(i, y.Shape.RowMajor()), value)], [.. x.Select(t => t.DType), y.DType]);
        var kernel = LoopKernel.Of(nest);
        return new(kernel, Array.ConvertAll(kernel.Symbols, s => names[s]));
    }

    // ---------------------------------------------------------------- reductions: [outer, n] or [outer, n, inner]

    static Tensor Fold(FoldOp op, Tensor x, TensorType type)
    {
        x = x.Contiguous();
        long outer = x.Shape.Slice(0, op.Axis).Size, n = x.Shape[op.Axis].Value, inner = x.Shape.Slice(op.Axis + 1, x.Rank - op.Axis - 1).Size;
        // Axes of one element behind it do not make an axis an outer one: fusion drops them. Where there is nothing before it, the axes behind it can be split.
        int form = inner == 1 ? 1 : outer == 1 ? 2 : 0;
        var entry = Cached(new(new FoldKey(op.Kind), (long)x.DType, form), () =>
        {
            Shape shape = [.. (form switch { 1 => ["d0", "d1"], 2 => ["d1", "d2"], _ => (string[])["d0", "d1", "d2"] }).Select(Extent.Symbol)];
            Affine[] i = [.. Enumerable.Range(0, shape.Rank).Select(Affine.Loop)];
            var folded = Values.Folded(op.Kind, Values.Load(x.DType, 0, Linear(i, shape.RowMajor())));
            var at = form switch { 1 => i[0], 2 => i[1], _ => i[0] * shape[2] + i[2] };
            var kernel = LoopKernel.Of(new Nest([.. shape], form == 2 ? 0 : 1, [new(1, at, folded)], [x.DType, type.DType]));
            return new(kernel, Array.ConvertAll(kernel.Symbols, s => s[1] - '0'));
        });
        var result = new Tensor(type, Storage.Allocate(type.DType, type.Shape.Size));
        var symbols = stackalloc long[3];
        for (int k = 0; k < entry.Sources.Length; k++) symbols[k] = entry.Sources[k] switch { 0 => outer, 1 => n, _ => inner };
        Execute(entry.Kernel, [x], [result], symbols, entry.Sources.Length, form == 2 ? inner : outer, form == 2);
        return result;
    }

    // The kernel depends on the kind of fold alone, not on the axis.
    sealed record FoldKey(FoldKind Kind) : Op
    {
        public override string Name => "fold";
        public override TensorType[] Infer(TensorType[] x) => throw new InvalidOperationException();
        public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted) => throw new InvalidOperationException();
        public override Tensor[] Batch(Batched[] x, Extent size) => throw new InvalidOperationException();
    }

    // ---------------------------------------------------------------- routines

    readonly struct PlanKey(Op op, TensorType[] x, long[][] strides) : IEquatable<PlanKey>
    {
        readonly Op op = op;
        readonly TensorType[] x = x;
        readonly long[][] strides = strides;
        public bool Equals(PlanKey o) => op.Equals(o.op) && x.AsSpan().SequenceEqual(o.x) && strides.Zip(o.strides).All(p => p.First.AsSpan().SequenceEqual(p.Second));
        public override bool Equals(object? o) => o is PlanKey k && Equals(k);
        public override int GetHashCode() => x.Aggregate(op.GetHashCode(), HashCode.Combine);
    }

    static Tensor[] Routine(KernelOp op, Tensor[] x, TensorType[] types, TensorType[] y)
    {
        for (int o = 0; o < x.Length; o++)
            if (!op.TakesStrides(o)) x[o] = x[o].Contiguous();
        var strides = Array.ConvertAll(x, StridesOf);
        var key = new PlanKey(op, types, strides);
        if (!plans.TryGetValue(key, out var routine))
        {
            if (plans.Count > MostEntries) plans.Clear();
            routine = plans.GetOrAdd(key, op.Plan(types, strides, y, sizesVary: true));
        }
        var results = Array.ConvertAll(y, t => new Tensor(t, Storage.Allocate(t.DType, t.Shape.Size)));
        var table = stackalloc long[x.Length + results.Length];
        Pinned.Run(x, results, table, new Chunked(routine, x, op.HasEffect));
        GC.KeepAlive(x);
        return results;
    }
}
