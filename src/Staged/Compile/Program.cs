using System.Runtime.CompilerServices;

namespace StagedDiff;

/// <summary>A compiled graph: a flat list of kernels over buffers planned once.</summary>
sealed unsafe class Program
{
    /// <summary>A kernel with its buffers, in the order of its table; then its symbols.</summary>
    sealed record NestStep(LoopKernel Kernel, int[] Buffers, int[] Symbols, Extent Range, long Work, Nest Nest, Group Group);

    /// <summary>A routine, planned for the sizes of the last call.</summary>
    sealed class RoutineStep(KernelOp op, TensorType[] x, TensorType[] y, Operand[] operands, int[] buffers)
    {
        Tuple<long[], Kernel>? planned;

        public KernelOp Op => op;
        public int[] Buffers => buffers;
        public Operand[] Operands => operands;
        public TensorType[] Results => y;

        public Kernel Plan(Call call)
        {
            if (planned is { } p && p.Item1.AsSpan().SequenceEqual(call.Symbols)) return p.Item2;
            Shape Concrete(Shape s) => [.. s.Select(e => (Extent)call.Value(e))];
            var kernel = op.Plan([.. x.Select(t => t with { Shape = Concrete(t.Shape) })], [.. operands.Select(o => o.Strides.Select(call.Value).ToArray())],
                [.. y.Select(t => t with { Shape = Concrete(t.Shape) })], sizesVary: call.Symbols.Length > 0);
            planned = new(call.Symbols, kernel);
            return kernel;
        }
    }

    sealed record Check(Op Op, int Buffer, TensorType Type, Extent Limit);

    /// <summary>What one call knows: the values of the symbols.</summary>
    internal sealed class Call(string[] names, long[] symbols)
    {
        public long[] Symbols => symbols;
        public long Value(Extent e) => e.IsConstant ? e.Value : e.Evaluate(s => symbols[Array.IndexOf(names, s)]);
    }

    readonly Graph graph;
    readonly JitOptions options;
    readonly int threads;
    readonly object[] steps;
    readonly Tensor[] constants;                // literals that routines read
    readonly Tensor[] buffers;                  // what each buffer stands for: inputs, results, temporaries
    readonly int results, temporaries;          // where those begin
    readonly int[] outputs;                     // buffer of each output of the graph; −1 for a literal
    readonly Memory.Life[] lives;               // of temporaries; bytes filled in per call where symbolic
    readonly int[][] reusable;                  // for each result: inputs whose memory it may take over
    readonly string[] symbols;
    readonly int mostArguments;
    readonly Arenas arenas = new();
    Tuple<long[], long[], long>? layout;        // symbols' values, offsets of temporaries, arena size

    static readonly int DefaultThreads = int.TryParse(Environment.GetEnvironmentVariable("STAGEDDIFF_THREADS"), out int n) && n > 0 ? n : Environment.ProcessorCount;

    /// <summary>Compiles a closed graph. Extents may be symbols; they get their values from the operands of each call.</summary>
    public static Program Compile(Graph graph, JitOptions options) => new(graph, options);

    Program(Graph source, JitOptions options)
    {
        (graph, this.options) = (Inline(source), options);
        threads = options.Threads > 0 ? options.Threads : DefaultThreads;
        symbols = [.. graph.Inputs.SelectMany(t => t.Shape).SelectMany(e => e.Symbols).Distinct().Order(StringComparer.Ordinal)];
        var (fusion, order) = Fusion.Of(graph, !options.Unchecked);

        // what must be in memory: results, and what one step computes and another reads
        var wanted = new HashSet<Tensor>(graph.Outputs.Where(t => !t.IsLiteral));
        var reads = new Dictionary<Step, HashSet<Tensor>>();
        var lowered = new Dictionary<Group, Tensor[]>();
        foreach (var g in order.OfType<Group>())
        {
            using var values = new Values();
            lowered[g] = fusion.Lower(g, g.Full.Concat(g.Rows)).Buffers;
            wanted.UnionWith(lowered[g].Where(t => !g.Full.Contains(t) && !g.Rows.Contains(t)));
        }
        foreach (var s in order)
            if (s is Routine r) wanted.UnionWith(r.Operands.Select(o => o.Buffer).Where(t => !t.IsLiteral));
            else if (s is BoundsStep b) wanted.Add(b.Indices);

        constants = [.. order.OfType<Routine>().SelectMany(r => r.Operands).Select(o => o.Buffer).Where(t => t.IsLiteral).Distinct()];
        Tensor[] all = [.. order.SelectMany(s => s switch { Group g => g.Nodes.Select(n => n.Outputs[0]).Where(wanted.Contains), Routine r => r.Node.Outputs, _ => [] })];
        Tensor[] made = [.. graph.Outputs.Where(t => !t.IsLiteral).Distinct().Where(t => !graph.Inputs.Contains(t))];
        buffers = [.. graph.Inputs, .. constants, .. made, .. all.Except(made)];
        results = graph.Inputs.Length + constants.Length;
        temporaries = results + made.Length;
        var index = new Dictionary<Tensor, int>();
        for (int k = 0; k < buffers.Length; k++) index.TryAdd(buffers[k], k);
        outputs = Array.ConvertAll(graph.Outputs, t => t.IsLiteral ? -1 : index[t]);

        steps = [.. order.Select(s => Build(s, fusion, wanted, index))];
        mostArguments = steps.Select(s => s is NestStep n ? n.Buffers.Length + n.Symbols.Length : s is RoutineStep r ? r.Buffers.Length : 0).DefaultIfEmpty(0).Max();
        var touches = Touches();
        lives = Array.ConvertAll(touches[temporaries..], t => new Memory.Life(t.First, t.Last, 0));
        reusable = Reusable(touches);
    }

    /// <summary>Calls replaced by their bodies, so that fusion sees through them.</summary>
    static Graph Inline(Graph g) => !g.Nodes.Any(n => n.Op is Region) ? g : Graph.Of(g.Inputs.Select(t => t.Type), args => Replay(g, args));

    static Tensor[] Replay(Graph g, Tensor[] args) => g.Interpret(args, t => t, (node, x) => node.Op is Region r ? Replay(r.Body, x) : node.Op.Apply(x));

    object Build(Step step, Fusion fusion, HashSet<Tensor> wanted, Dictionary<Tensor, int> index)
    {
        switch (step)
        {
            case Group g:
                using (new Values())
                {
                    var (nest, tensors) = fusion.Lower(g, g.Nodes.Select(n => n.Outputs[0]).Where(wanted.Contains));
                    var kernel = LoopKernel.Of(nest);
                    int outer = nest.Extents.Length == 0 || nest.Pass == 0 && nest.Extents.Length == 1 ? -1 : nest.Pass == 0 ? 1 : 0;
                    return new NestStep(kernel, Array.ConvertAll(tensors, t => index[t]), Array.ConvertAll(kernel.Symbols, s => Array.IndexOf(symbols, s)),
                        outer < 0 ? 1 : nest.Extents[outer], g.Weight, nest, g);
                }
            case Routine r:
                return new RoutineStep((KernelOp)r.Node.Op, Array.ConvertAll(r.Node.Inputs, t => t.Type), Array.ConvertAll(r.Node.Outputs, t => t.Type), r.Operands,
                    [.. r.Operands.Select(o => index[o.Buffer]), .. r.Node.Outputs.Select(t => index[t])]);
            case BoundsStep b:
                return new Check(b.Op, index[b.Indices], b.Indices.Type, b.Limit);
            default: throw new InvalidOperationException();
        }
    }

    static IEnumerable<int> Touched(object step) => step switch { NestStep n => n.Buffers, RoutineStep r => r.Buffers, Check c => [c.Buffer], _ => [] };

    /// <summary>The first and last step that touch each buffer; −1 where none does.</summary>
    (int First, int Last)[] Touches()
    {
        var touches = new (int First, int Last)[buffers.Length];
        Array.Fill(touches, (-1, -1));
        for (int s = 0; s < steps.Length; s++)
            foreach (int b in Touched(steps[s])) touches[b] = (touches[b].First < 0 ? s : touches[b].First, s);
        return touches;
    }

    /// <summary>
    /// In place: nothing later reads the input, and the nest that writes the result reads the input at the written index alone, in one pass.
    /// </summary>
    int[][] Reusable((int First, int Last)[] touches)
    {
        var bySize = Enumerable.Range(0, graph.Inputs.Length).Where(i => !outputs.Contains(i)).ToLookup(i => graph.Inputs[i].Type);
        return [.. Enumerable.Range(results, temporaries - results).Select(b =>
        {
            var (first, at) = touches[b];
            if (at < 0 || first != at || steps[at] is not NestStep { Nest.Pass: < 0 } n) return [];
            return bySize[buffers[b].Type].Where(i => touches[i].Last < at || touches[i].Last == at && ReadsOnlyWhereWritten(n, i, b)).ToArray();
        })];
    }

    static bool ReadsOnlyWhereWritten(NestStep n, int input, int result)
    {
        int from = Array.IndexOf(n.Buffers, input), to = Array.IndexOf(n.Buffers, result);
        var at = n.Nest.Stores.Single(s => s.Buffer == to).At;
        var seen = new HashSet<Value>();
        bool Ok(Value v) => !seen.Add(v) || (v is not Load l || l.Buffer != from || l.At.Equals(at)) && v.Operands.All(Ok);
        return n.Nest.Stores.All(s => Ok(s.Value));
    }

    // ---------------------------------------------------------------- running

    /// <summary>
    /// Runs on concrete operands, one for each input of the graph. Operands marked in <paramref name="donated"/> may be overwritten and are
    /// gone afterwards. Safe on any number of threads at once.
    /// </summary>
    public Tensor[] Run(Tensor[] x, bool[]? donated = null)
    {
        x = [.. x.Select(t => t.Strong().Contiguous()), .. constants];
        var call = Bind(x);
        var (offsets, bytes) = Layout(call);
        var arrays = new Array[temporaries];
        for (int k = 0; k < results; k++) arrays[k] = x[k].Storage.Data;
        var y = new Tensor[temporaries - results];
        var taken = donated is null ? null : new bool[results];
        for (int k = 0; k < y.Length; k++)
        {
            var (type, shape) = (buffers[results + k].DType, Concrete(buffers[results + k].Shape, call));
            int reuse = donated is null ? -1 : Array.Find([.. reusable[k], -1], i => i < 0 || donated[i] && !taken![i] && !x[i].Storage.Shared);
            Storage storage;
            if (reuse >= 0)
            {
                taken![reuse] = true;
                storage = new(arrays[reuse]);
            }
            else storage = Storage.Allocate(type, shape.Size);
            arrays[results + k] = storage.Data;
            y[k] = new(new(type, shape), storage);
        }
        byte[]? arena = bytes > 0 ? arenas.Rent(bytes) : null;
        try
        {
            var table = stackalloc long[buffers.Length];
            if (arena is not null)
            {
                long start = ((long)Unsafe.AsPointer(ref arena[0]) + 63) & ~63L;
                for (int k = 0; k < offsets.Length; k++) table[temporaries + k] = start + offsets[k];
            }
            Pinned.Run(arrays, table, (this, call), static (table, s) => s.Item1.Execute(table, s.call));
        }
        finally
        {
            if (arena is not null) arenas.Return(arena);
            // Also where an index was out of range: by then the memory may be overwritten.
            for (int i = 0; donated is not null && i < donated.Length; i++)
                if (donated[i]) x[i] = x[i].Give();
        }
        if (options.CheckNaN) NoNaN(y);
        return Array.ConvertAll(outputs, (b) => b < 0 ? null! : b < results ? x[b] : y[b - results]) is var all && Array.IndexOf(outputs, -1) < 0
            ? all : [.. all.Select((t, k) => t ?? graph.Outputs[k])];
    }

    Shape Concrete(Shape s, Call call) => symbols.Length == 0 ? s : [.. s.Select(e => (Extent)call.Value(e))];

    Call Bind(Tensor[] x)
    {
        if (symbols.Length == 0) return none;
        var values = new long[symbols.Length];
        Array.Fill(values, -1);
        for (int k = 0; k < graph.Inputs.Length; k++)
            for (int a = 0; a < x[k].Rank; a++)
            {
                int s = Array.IndexOf(symbols, graph.Inputs[k].Shape[a].ToString());
                if (s >= 0) values[s] = x[k].Shape[a].Value;
            }
        var call = new Call(symbols, values);
        for (int k = 0; k < graph.Inputs.Length; k++)
            for (int a = 0; a < x[k].Rank; a++)
                if (call.Value(graph.Inputs[k].Shape[a]) != x[k].Shape[a].Value)
                    throw new ShapeException($"A program traced for {graph.Inputs[k].Type} was called with {x[k].Type}: equal symbols need equal extents.{Caller.Line()}");
        return call;
    }
    static readonly Call none = new([], []);

    (long[] Offsets, long Bytes) Layout(Call call)
    {
        if (layout is { } l && l.Item1.AsSpan().SequenceEqual(call.Symbols)) return (l.Item2, l.Item3);
        var (offsets, bytes) = Memory.Plan([.. lives.Select((life, k) =>
            life with { Bytes = buffers[temporaries + k].Shape.Aggregate((long)buffers[temporaries + k].DType.Size(), (n, e) => n * call.Value(e)) })]);
        layout = new(call.Symbols, offsets, bytes);
        return (offsets, bytes);
    }

    void Execute(long* table, Call call)
    {
        var arguments = stackalloc long[mostArguments];
        IndexException? bad = null;
        foreach (var step in steps)
            switch (step)
            {
                case NestStep n:
                    for (int k = 0; k < n.Buffers.Length; k++) arguments[k] = table[n.Buffers[k]];
                    for (int k = 0; k < n.Symbols.Length; k++) arguments[n.Buffers.Length + k] = call.Symbols[n.Symbols[k]];
                    Share(n, arguments, call.Value(n.Range));
                    break;
                case RoutineStep r:
                    for (int k = 0; k < r.Buffers.Length; k++)
                        arguments[k] = table[r.Buffers[k]] + (k < r.Operands.Length ? call.Value(r.Operands[k].Offset) * r.Operands[k].Buffer.DType.Size() : 0);
                    var kernel = r.Plan(call);
                    if (threads > 1 && kernel.Chunks > 1 && !r.Op.HasEffect)
                    {
                        var (address, routine) = ((long)arguments, kernel);
                        Team.Run(threads, kernel.Chunks, chunk => routine.Run((long*)address, chunk, chunk + 1));
                    }
                    else kernel.Run(arguments, 0, kernel.Chunks);
                    break;
                case Check c:
                    long count = c.Type.Shape.Aggregate(1L, (n, e) => n * call.Value(e));
                    if (bad is null && Bounds.FirstBad(c.Type.DType, table[c.Buffer], count, call.Value(c.Limit)) is { } index) bad = Bounds.Out(c.Op, index, call.Value(c.Limit));
                    break;
            }
        if (bad is not null) throw bad;
    }

    /// <summary>Work worth a second thread, in loop values; and the grain of a split, a multiple of every vector width.</summary>
    const long SmallWork = 1 << 18;
    const int Grain = 64;

    void Share(NestStep n, long* arguments, long range)
    {
        long work = n.Nest.Extents.Aggregate(n.Work, (w, e) => w * (e.IsConstant ? e.Value : 1));
        long grain = n.Nest.Extents.Length == 1 ? Grain : 1, chunks = Math.Min(4L * threads, range / grain);
        if (threads == 1 || work < SmallWork || chunks < 2) { n.Kernel.Run(arguments, 0, range); return; }
        long size = ((range + chunks - 1) / chunks + grain - 1) / grain * grain;
        var (address, kernel) = ((long)arguments, n.Kernel);
        Team.Run(threads, (int)((range + size - 1) / size), chunk => kernel.Run((long*)address, chunk * size, Math.Min(range, (chunk + 1) * size)));
    }

    void NoNaN(Tensor[] y)
    {
        for (int k = 0; k < y.Length; k++)
            if (y[k].DType == DType.F32 ? y[k].AsSpan<float>().Contains(float.NaN) : y[k].DType == DType.F64 && y[k].AsSpan<double>().Contains(double.NaN))
                throw new CheckException($"CheckNaN: a result ({y[k].Type}, computed by {(buffers[results + k].Origin as Variable)?.Source?.Op.Name}) holds NaN.{Caller.Line()}");
    }

    // ---------------------------------------------------------------- explaining

    /// <summary>Kernels with what was fused in each, buffers, copies: as text.</summary>
    public string Explain()
    {
        var text = new System.Text.StringBuilder();
        int loops = steps.Count(s => s is NestStep), routines = steps.Count(s => s is RoutineStep);
        text.Append($"{graph.Count} node{(graph.Count == 1 ? "" : "s")} in {loops} loop nest{(loops == 1 ? "" : "s")} and {routines} routine{(routines == 1 ? "" : "s")}");
        if (symbols.Length == 0)
        {
            long arena = Layout(none).Bytes;
            text.Append($", {arena} bytes of temporaries");
        }
        text.Append('\n');
        int number = 0;
        foreach (var step in steps)
            switch (step)
            {
                case NestStep n:
                    text.Append($"  {++number}. loop over [{string.Join(",", n.Group.Space)}]");
                    if (n.Group.Pass >= 0) text.Append($", folding axis {n.Group.Pass}");
                    text.Append(": ").AppendJoin(", ", n.Group.Nodes.Select(m => m.Op));
                    text.Append(" → ").AppendJoin(", ", n.Nest.Stores.Select(s => buffers[n.Buffers[s.Buffer]].Type)).Append('\n');
                    break;
                case RoutineStep r:
                    text.Append($"  {++number}. {r.Op} ").AppendJoin(" ", r.Operands.Select(o => o.Buffer.Type));
                    if (r.Results.Length > 0) text.Append(" → ").AppendJoin(", ", r.Results.Select(t => t.ToString()));
                    text.Append('\n');
                    break;
            }
        return text.ToString().TrimEnd('\n');
    }
}
