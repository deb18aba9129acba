namespace StagedDiff;

/// <summary>A compiled graph: a flat list of kernels over buffers planned once.</summary>
sealed unsafe class Program
{
    readonly Graph graph;
    readonly JitOptions options;
    readonly int threads;
    readonly ProgramStep[] steps;
    readonly Tensor[] constants;                // literals that routines read
    readonly Tensor[] buffers;                  // what each buffer stands for: inputs, results, temporaries
    readonly int results, temporaries;          // where those begin
    readonly int[] outputs;                     // buffer of each output of the graph; ~k for output k where that is a literal
    readonly Memory.Life[] lives;               // of temporaries; bytes filled in per call where symbolic
    readonly int[][] reusable;                  // for each result: inputs whose memory it may take over
    readonly string[] symbols;
    readonly Frames frames;
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
        foreach (var g in order.OfType<Group>()) wanted.UnionWith(g.Reads);
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
        outputs = [.. graph.Outputs.Select((t, k) => t.IsLiteral ? ~k : index[t])];

        steps = [.. order.Select(s => Build(s, fusion, wanted, index))];
        frames = new(temporaries);
        var touches = Touches();
        lives = Array.ConvertAll(touches[temporaries..], t => new Memory.Life(t.First, t.Last, 0));
        reusable = Reusable(touches);
        Made?.Invoke(this);
    }

    /// <summary>Calls replaced by their bodies, so that fusion sees through them.</summary>
    static Graph Inline(Graph g) => !g.Nodes.Any(n => n.Op is Region) ? g : Graph.Of(g.Inputs.Select(t => t.Type), args => Replay(g, args));

    static Tensor[] Replay(Graph g, Tensor[] args) => g.Interpret(args, t => t, (node, x) => node.Op is Region r ? Replay(r.Body, x) : node.Op.Apply(x));

    ProgramStep Build(Step step, Fusion fusion, HashSet<Tensor> wanted, Dictionary<Tensor, int> index)
    {
        switch (step)
        {
            case Group g:
                using (new Values())
                {
                    var (nest, tensors) = fusion.Lower(g, g.Nodes.Select(n => n.Outputs[0]).Where(wanted.Contains));
                    var kernel = LoopKernel.Of(nest);
                    return new NestStep(g, nest, kernel, Array.ConvertAll(tensors, t => index[t]), Array.ConvertAll(kernel.Symbols, s => Array.IndexOf(symbols, s)), threads);
                }
            case Routine r:
                return new RoutineStep((KernelOp)r.Node.Op, Array.ConvertAll(r.Node.Inputs, t => t.Type), Array.ConvertAll(r.Node.Outputs, t => t.Type), r.Operands,
                    [.. r.Operands.Select(o => index[o.Buffer]), .. r.Node.Outputs.Select(t => index[t])], threads);
            case BoundsStep b:
                return new CheckStep(b.Op, index[b.Indices], b.Indices.Type, b.Limit);
            default: throw new InvalidOperationException();
        }
    }

    /// <summary>The first and last step that touch each buffer; −1 where none does.</summary>
    (int First, int Last)[] Touches()
    {
        var touches = new (int First, int Last)[buffers.Length];
        Array.Fill(touches, (-1, -1));
        for (int s = 0; s < steps.Length; s++)
            foreach (int b in steps[s].Buffers) touches[b] = (touches[b].First < 0 ? s : touches[b].First, s);
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

    /// <summary>Told of every program made: for benchmarks that explain what they ran.</summary>
    internal static Action<Program>? Made { get; set; }

    /// <summary>Told before each step, and at the end, by number: for benchmarks that take times.</summary>
    internal Action<int>? Watch { get; set; }

    /// <summary>
    /// Runs on concrete operands, one for each input of the graph. Operands marked in <paramref name="donated"/> may be overwritten and are
    /// gone afterwards. Safe on any number of threads at once.
    /// </summary>
    public Tensor[] Run(ReadOnlySpan<Tensor> given, bool[]? donated = null)
    {
        var x = new Tensor[results];
        for (int k = 0; k < given.Length; k++) x[k] = given[k].Strong().Contiguous();
        constants.CopyTo(x, given.Length);
        var call = symbols.Length == 0 ? Binding.None : Bind(x);
        var frame = frames.Rent();
        Tensor[] y;
        try
        {
            for (int k = 0; k < x.Length; k++) frame.Arrays[k] = x[k].Storage.Data;
            y = Results(x, donated, call, frame);
            var table = stackalloc long[buffers.Length];
            Place(frame, call, table);
            Pinned.Run(frame.Arrays, table, (this, call), static (table, s) => s.Item1.Execute(table, s.call));
        }
        finally
        {
            // Also where an index was out of range: by then the memory may be overwritten.
            for (int i = 0; donated is not null && i < donated.Length; i++)
                if (donated[i] && !frame.Taken[i]) x[i] = new(x[i].Type, x[i].Give());
            frames.Return(frame);
            // Memory that nobody holds may become another's: not before now.
            GC.KeepAlive(x);
        }
        if (options.CheckNaN) NoNaN(y);
        return Array.ConvertAll(outputs, b => b < 0 ? graph.Outputs[~b] : b < results ? x[b] : y[b - results]);
    }

    /// <summary>Tensors for the results, in donated memory where that may be.</summary>
    Tensor[] Results(Tensor[] x, bool[]? donated, Binding call, Frame frame)
    {
        var y = new Tensor[temporaries - results];
        for (int k = 0; k < y.Length; k++)
        {
            var type = buffers[results + k].Type;
            if (symbols.Length > 0) type = type with { Shape = call.Value(type.Shape) };
            var storage = Reused(k, x, donated, frame.Taken) ?? Storage.Allocate(type.DType, type.Shape.Size);
            frame.Arrays[results + k] = storage.Data;
            y[k] = new(type, storage);
        }
        return y;
    }

    Storage? Reused(int result, Tensor[] x, bool[]? donated, bool[] taken)
    {
        if (donated is null) return null;
        foreach (int i in reusable[result])
            if (donated[i] && !taken[i] && !x[i].Storage.Shared)
            {
                taken[i] = true;
                return x[i].Give();
            }
        return null;
    }

    Binding Bind(Tensor[] x)
    {
        var values = new long[symbols.Length];
        Array.Fill(values, -1);
        for (int k = 0; k < graph.Inputs.Length; k++)
            for (int a = 0; a < x[k].Rank; a++)
            {
                int s = Array.IndexOf(symbols, graph.Inputs[k].Shape[a].ToString());
                if (s >= 0) values[s] = x[k].Shape[a].Value;
            }
        var call = new Binding(symbols, values);
        for (int k = 0; k < graph.Inputs.Length; k++)
            for (int a = 0; a < x[k].Rank; a++)
                if (call.Value(graph.Inputs[k].Shape[a]) != x[k].Shape[a].Value)
                    throw new ShapeException($"A program traced for {graph.Inputs[k].Type} was called with {x[k].Type}: equal symbols need equal extents.{Caller.Line()}");
        return call;
    }

    /// <summary>The addresses of the temporaries.</summary>
    void Place(Frame frame, Binding call, long* table)
    {
        if (lives.Length == 0) return;
        var (offsets, bytes) = Layout(call);
        long start = frame.Arena(bytes);
        for (int k = 0; k < offsets.Length; k++) table[temporaries + k] = start + offsets[k];
    }

    (long[] Offsets, long Bytes) Layout(Binding call)
    {
        if (layout is { } l && l.Item1.AsSpan().SequenceEqual(call.Values)) return (l.Item2, l.Item3);
        var (offsets, bytes) = Memory.Plan([.. lives.Select((life, k) =>
            life with { Bytes = buffers[temporaries + k].Shape.Aggregate((long)buffers[temporaries + k].DType.Size(), (n, e) => n * call.Value(e)) })]);
        layout = new(call.Values, offsets, bytes);
        return (offsets, bytes);
    }

    void Execute(long* table, Binding call)
    {
        IndexException? bad = null;
        for (int k = 0; k < steps.Length; k++)
        {
            Watch?.Invoke(k);
            var found = steps[k].Run(table, call);
            bad ??= found;
        }
        Watch?.Invoke(steps.Length);
        if (bad is not null) throw bad;
    }

    void NoNaN(Tensor[] y)
    {
        for (int k = 0; k < y.Length; k++)
            if (y[k].DType == DType.F32 ? y[k].AsSpan<float>().Contains(float.NaN) : y[k].DType == DType.F64 && y[k].AsSpan<double>().Contains(double.NaN))
                throw new CheckException($"CheckNaN: a result ({y[k].Type}, computed by {(buffers[results + k].Origin as Variable)?.Source?.Op.Name}) holds NaN.{Caller.Line()}");
    }

    // ---------------------------------------------------------------- explaining

    /// <summary>Values in the bodies of all loops: what is computed, each place where it is counted.</summary>
    internal int Values => steps.OfType<NestStep>().Sum(n => n.Values);

    /// <summary>Bytes that a call needs beside its operands, where no extent is open: temporaries, and results that take over no donated memory.</summary>
    internal long Peak => Layout(Binding.None).Bytes + Enumerable.Range(results, temporaries - results).Sum(b => buffers[b].Shape.Size * buffers[b].DType.Size());

    /// <summary>Kernels with what was fused in each, buffers, copies: as text.</summary>
    public string Explain()
    {
        var text = new System.Text.StringBuilder();
        int loops = steps.Count(s => s is NestStep), routines = steps.Count(s => s is RoutineStep);
        text.Append($"{graph.Count} node{(graph.Count == 1 ? "" : "s")} in {loops} loop nest{(loops == 1 ? "" : "s")} and {routines} routine{(routines == 1 ? "" : "s")}");
        if (symbols.Length == 0)
        {
            text.Append($", {Layout(Binding.None).Bytes} bytes of temporaries, {Peak} bytes at the peak");
        }
        text.Append('\n');
        int number = 0;
        foreach (var step in steps)
            if (step.Explain(b => buffers[b].Type) is { } line) text.Append($"  {++number}. {line}\n");
        return text.ToString().TrimEnd('\n');
    }
}
