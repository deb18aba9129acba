using System.Runtime.CompilerServices;

namespace StagedDiff;

/// <summary>A compiled graph: a flat list of kernels over buffers planned once.</summary>
sealed unsafe class Program
{
    readonly Graph graph;
    readonly JitOptions options;
    readonly int threads;
    readonly ProgramStep[] steps;
    readonly List<Band.Range> bands;
    readonly ProgramStep[] runs;                // what a call does: the steps, small nests in a row as one, and bands
    readonly Tensor[] constants;                // literals that routines read
    readonly Tensor[] buffers;                  // what each buffer stands for: inputs, results, temporaries
    readonly int results, temporaries;          // where those begin
    readonly int[] outputs;                     // buffer of each output of the graph; ~k for output k where that is a literal
    readonly Memory.Life[] lives;               // of temporaries; bytes filled in per call where symbolic
    readonly bool[] shared;                     // whether a temporary lies in the arena of a call: else a band has memory for it
    readonly int[][] reusable;                  // for each result: inputs whose memory it may take over
    readonly string[] symbols;
    readonly TensorType[] types;                // of the results
    readonly long[] sizes;                      // in elements, where no extent is open
    readonly bool inOrder;                      // whether the outputs are the results, each once
    readonly bool[] returned;                   // operands that are outputs themselves
    readonly Storage[] gone;                    // what donated operands are left with
    readonly Frames frames = new();
    /// <summary>Bytes of temporaries that lie on the stack.</summary>
    const int SmallArena = 4096;

    Tuple<long[], long[], long>? layout;        // symbols' values, offsets of temporaries, arena size

    /// <summary>Compiles a closed graph. Extents may be symbols; they get their values from the operands of each call.</summary>
    public static Program Compile(Graph graph, JitOptions options) => new(graph, options);

    Program(Graph source, JitOptions options)
    {
        (graph, this.options) = (Prepared(source), options);
        threads = options.Threads > 0 ? options.Threads : Team.Default;
        symbols = [.. graph.Inputs.SelectMany(t => t.Shape).SelectMany(e => e.Symbols).Distinct().Order(StringComparer.Ordinal)];
        var (fusion, order) = Fusion.Of(graph, !options.Unchecked, threads);

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
        NestStep.Share(steps.OfType<NestStep>());
        bands = symbols.Length > 0 ? [] : Band.Find(steps, b => buffers[b].Type, b => b >= temporaries);
        var exact = Touches();
        var touches = Banded(exact);
        lives = Array.ConvertAll(touches[temporaries..], t => new Memory.Life(t.First, t.Last, 0));
        // Temporaries by the band that alone touches them; −1 for the others.
        int[] home = [.. Enumerable.Range(temporaries, lives.Length).Select(b => bands.FindIndex(r => r.First <= exact[b].First && exact[b].Last <= r.Last))];
        shared = Array.ConvertAll(home, h => h < 0);
        runs = [.. Suite.Gather(Banded(Enumerable.Range(0, lives.Length).Where(k => home[k] >= 0).ToLookup(k => home[k], k =>
            (temporaries + k, new Memory.Life(exact[temporaries + k].First, exact[temporaries + k].Last, Binding.None.Bytes(buffers[temporaries + k].Type))))))];
        Compile([.. Alone]);
        types = Array.ConvertAll(buffers[results..temporaries], t => t.Type);
        sizes = symbols.Length > 0 ? [] : Array.ConvertAll(types, t => t.Shape.Size);
        returned = [.. graph.Inputs.Select((_, k) => outputs.Contains(k))];
        gone = Array.ConvertAll(graph.Inputs, t => Storage.Donated(t.Type));
        inOrder = outputs.AsSpan().SequenceEqual(Enumerable.Range(results, types.Length).ToArray());
        reusable = Reusable(touches);
        Made?.Invoke(this);
    }

    /// <summary>The code of nests, on several threads where there is much of it.</summary>
    void Compile(NestStep[] nests)
    {
        if (threads > 1 && nests.Length >= 4) Parallel.ForEach(nests, new() { MaxDegreeOfParallelism = threads }, static n => _ = n.Compiled);
        else
            foreach (var n in nests) _ = n.Compiled;
    }

    /// <summary>Calls replaced by their bodies, so that fusion sees through them, and small routines by ops that fuse.</summary>
    static Graph Prepared(Graph g) => !g.Nodes.Any(n => n.Op is Region || Fused(n.Op, n.Inputs) is not null) ? g : Graph.Of(g.Inputs.Select(t => t.Type), args => Replay(g, args));

    static Tensor[] Replay(Graph g, Tensor[] args) => g.Interpret(args, t => t, (node, x) => node.Op is Region r ? Replay(r.Body, x) : (Fused(node.Op, x) ?? node.Op).Apply(x));

    static MapOp? Fused(Op op, Tensor[] x) => op is KernelOp k ? k.Fused(Array.ConvertAll(x, t => t.Type)) : null;

    ProgramStep Build(Step step, Fusion fusion, HashSet<Tensor> wanted, Dictionary<Tensor, int> index)
    {
        switch (step)
        {
            case Group g:
                using (new Values())
                {
                    var (nest, tensors) = fusion.Lower(g, g.Nodes.Select(n => n.Outputs[0]).Where(wanted.Contains));
                    return new NestStep(g, nest, Array.ConvertAll(tensors, t => index[t]), symbols, threads);
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

    /// <summary>The same with bands as what they are: what a band touches lives through all of it, for its steps take turns.</summary>
    (int First, int Last)[] Banded((int First, int Last)[] touches)
    {
        var all = touches[..];
        foreach (var (first, last, _) in bands)
            foreach (int b in steps[first..(last + 1)].SelectMany(s => s.Buffers).Distinct()) all[b] = (Math.Min(all[b].First, first), Math.Max(all[b].Last, last));
        return all;
    }

    /// <summary>The steps with those of a band as one.</summary>
    IEnumerable<ProgramStep> Banded(ILookup<int, (int, Memory.Life)> own)
    {
        for (int s = 0; s < steps.Length; s++)
        {
            int k = bands.FindIndex(b => b.First == s);
            yield return k < 0 ? steps[s] : new Band(bands[k], steps, [.. own[k]], buffers.Length, threads);
            if (k >= 0) s = bands[k].Last;
        }
    }

    /// <summary>
    /// In place: nothing later reads the input, and the nest that writes the result reads the input at the written index alone: in one pass, or
    /// once for all points of the pass axis, when all passes are over.
    /// </summary>
    int[][] Reusable((int First, int Last)[] touches)
    {
        var bySize = Enumerable.Range(0, graph.Inputs.Length).Where(i => !outputs.Contains(i)).ToLookup(i => graph.Inputs[i].Type);
        return [.. Enumerable.Range(results, temporaries - results).Select(b =>
        {
            var (first, at) = touches[b];
            if (at < 0 || first != at || steps[at] is not NestStep n) return [];
            if (n.Nest.Pass >= 0 && n.Nest.Stores.Single(s => n.Buffers[s.Buffer] == b).At.Factor(n.Nest.Pass) != 0) return [];
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

    /// <summary>Told before each step (of a band: of each part, all on one thread), and at the end, by number: for benchmarks that take times.</summary>
    internal Action<int>? Watch { get; set; }

    /// <summary>
    /// Runs on concrete operands, one for each input of the graph; they are overwritten by what is really read. Operands marked in
    /// <paramref name="donated"/> may have their memory taken over, and are gone afterwards. Safe on any number of threads at once.
    /// </summary>
    [SkipLocalsInit]
    public Tensor[] Run(Span<Tensor> given, bool[]? donated = null)
    {
        foreach (ref var t in given)
            if (t.IsWeak || !t.IsContiguous) t = t.Strong().Contiguous();
        var x = constants.Length == 0 ? given : [.. given, .. constants];
        var call = symbols.Length == 0 ? Binding.None : Bind(x);
        Span<bool> taken = x.Length <= 256 ? stackalloc bool[256] : new bool[x.Length];
        if (donated is not null) taken[..x.Length].Clear();
        var (offsets, bytes) = lives.Length == 0 ? ([], 0) : Layout(call);
        var frame = bytes > SmallArena ? frames.Rent() : null;
        byte* small = stackalloc byte[SmallArena + 64];
        Tensor[] y;
        try
        {
            y = Results(x, donated, call, taken);
            var table = stackalloc long[buffers.Length];
            long arena = frame is null ? (long)small + 63 & ~63L : frame.Arena(bytes);
            for (int k = 0; k < offsets.Length; k++) table[temporaries + k] = arena + offsets[k];
            Pinned.Run(x, y, table, new Execution(this, call));
        }
        finally
        {
            // Also where an index was out of range: by then the memory may be overwritten.
            for (int i = 0; donated is not null && i < donated.Length; i++)
                if (donated[i])
                {
                    var memory = x[i].Give(gone[i]);
                    if (returned[i]) x[i] = new(x[i].Type, memory);
                }
            if (frame is not null) frames.Return(frame);
        }
        if (options.CheckNaN) NoNaN(y);
        return inOrder ? y : Outputs(x, y);
    }

    Tensor[] Outputs(Span<Tensor> x, Tensor[] y)
    {
        var all = new Tensor[outputs.Length];
        for (int k = 0; k < all.Length; k++) all[k] = outputs[k] is >= 0 and var b ? b < results ? x[b] : y[b - results] : graph.Outputs[~outputs[k]];
        return all;
    }

    readonly struct Execution(Program program, Binding call) : IPinned
    {
        public void Run(long* table) => program.Execute(table, call);
    }

    /// <summary>Tensors for the results, in donated memory where that may be.</summary>
    Tensor[] Results(Span<Tensor> x, bool[]? donated, Binding call, Span<bool> taken)
    {
        var y = new Tensor[types.Length];
        for (int k = 0; k < y.Length; k++)
        {
            var type = types[k];
            if (symbols.Length > 0) type = type with { Shape = call.Value(type.Shape) };
            var storage = (donated is null ? null : Reused(k, x, donated, taken)) ?? Storage.Allocate(type.DType, symbols.Length > 0 ? type.Shape.Size : sizes[k]);
            y[k] = new(type, storage);
        }
        return y;
    }

    Storage? Reused(int result, Span<Tensor> x, bool[] donated, Span<bool> taken)
    {
        foreach (int i in reusable[result])
            if (donated[i] && !taken[i] && !x[i].Storage.Shared)
            {
                taken[i] = true;
                return x[i].Storage;
            }
        return null;
    }

    Binding Bind(Span<Tensor> x)
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

    (long[] Offsets, long Bytes) Layout(Binding call)
    {
        if (layout is { } l && l.Item1.AsSpan().SequenceEqual(call.Values)) return (l.Item2, l.Item3);
        var (offsets, bytes) = Memory.Plan([.. lives.Select((life, k) =>
            life with { Bytes = shared[k] ? call.Bytes(buffers[temporaries + k].Type) : 0 })]);
        layout = new(call.Values, offsets, bytes);
        return (offsets, bytes);
    }

    /// <summary>A call on memory that lies elsewhere: for benchmarks of loops alone.</summary>
    internal void Execute(long* table) => Execute(table, Binding.None);

    void Execute(long* table, Binding call)
    {
        IndexException? bad = null;
        if (Watch is not null) bad = Watched(table, call, Watch);
        else
            foreach (var run in runs)
            {
                var found = run.Run(table, call);
                bad ??= found;
            }
        if (bad is not null) throw bad;
    }

    /// <summary>Each step by itself, but for those of a band, which has memory for one part alone.</summary>
    IndexException? Watched(long* table, Binding call, Action<int> watch)
    {
        IndexException? bad = null;
        for (int k = 0; k < steps.Length; k++)
        {
            if (runs.OfType<Band>().FirstOrDefault(b => b.First == k) is { } band)
            {
                band.RunWatched(table, watch);
                k = band.Last;
                continue;
            }
            watch(k);
            var found = steps[k].Run(table, call);
            bad ??= found;
        }
        watch(steps.Length);
        return bad;
    }

    void NoNaN(Tensor[] y)
    {
        for (int k = 0; k < y.Length; k++)
            if (y[k].DType == DType.F32 ? y[k].AsSpan<float>().Contains(float.NaN) : y[k].DType == DType.F64 && y[k].AsSpan<double>().Contains(double.NaN))
                throw new CheckException($"CheckNaN: a result ({y[k].Type}, computed by {(buffers[results + k].Origin as Variable)?.Source?.Op.Name}) holds NaN.{Caller.Line()}");
    }

    // ---------------------------------------------------------------- explaining

    /// <summary>Delegates that a call runs.</summary>
    internal int Runs => runs.Length;

    /// <summary>Values in the bodies of all loops: what is computed, each place where it is counted.</summary>
    internal int Values => steps.OfType<NestStep>().Sum(n => n.Values);

    long Temporaries => Layout(Binding.None).Bytes + runs.OfType<Band>().Sum(b => b.Bytes);

    /// <summary>Bytes that a call needs beside its operands, where no extent is open: temporaries, and results that take over no donated memory.</summary>
    internal long Peak => Temporaries + Enumerable.Range(results, temporaries - results).Sum(b => buffers[b].Shape.Size * buffers[b].DType.Size());

    /// <summary>Kernels with what was fused in each, what they take, buffers, copies: as text.</summary>
    /// <param name="note">What else there is to say of a step, by its number.</param>
    public string Explain(Func<int, Cost?, string>? note = null)
    {
        var text = new System.Text.StringBuilder();
        int nests = steps.Count(s => s is NestStep), routines = steps.Count(s => s is RoutineStep);
        text.Append($"{graph.Count} node{(graph.Count == 1 ? "" : "s")} in {nests} loop nest{(nests == 1 ? "" : "s")} and {routines} routine{(routines == 1 ? "" : "s")}");
        if (runs.Length < steps.Length) text.Append($", in {runs.Length} run{(runs.Length == 1 ? "" : "s")}");
        if (symbols.Length == 0)
        {
            text.Append($", {Temporaries} bytes of temporaries, {Peak} bytes at the peak");
        }
        text.Append('\n');
        int number = 0;
        for (int k = 0; k < steps.Length; k++)
        {
            if (steps[k].Explain(b => buffers[b].Type) is not { } line) continue;
            var cost = steps[k].Cost(b => buffers[b].Type);
            if (bands.FirstOrDefault(b => b.First == k) is { Parts: > 0 } band)
                text.Append($"  {number + 1} to {number + band.Last - band.First + 1} take turns, {band.Parts} parts:\n");
            text.Append($"  {++number}. {line}{(cost is { } c ? $" ({c})" : "")}\n{(steps[k].Loops is { } loops ? $"     {loops}\n" : "")}{note?.Invoke(k, cost)}");
        }
        return text.ToString().TrimEnd('\n');
    }

    /// <summary>What stands in the table of a call: operands, literals that routines read, then results and temporaries.</summary>
    internal TensorType[] Buffers => Array.ConvertAll(buffers, t => t.Type);
    internal int FirstResult => results;

    /// <summary>What all steps take, where no extent is open, and their loops.</summary>
    internal Cost Total => steps.Select(s => s.Cost(b => buffers[b].Type) ?? default).Aggregate((a, b) => new(a.Flops + b.Flops, a.Bytes + b.Bytes));
    internal IEnumerable<string> Loops => steps.Select(s => s.Loops).OfType<string>();

    /// <summary>How many steps there are, and the threads they may use.</summary>
    internal int Steps => steps.Length;

    /// <summary>Loop nests that are compiled by themselves, and kernels of theirs.</summary>
    internal (int Nests, int Kernels) Alike => (Alone.Count(), Alone.Select(n => n.Compiled.Kernel).Distinct().Count());
    IEnumerable<NestStep> Alone => steps.OfType<NestStep>().Except(runs.OfType<Suite>().SelectMany(s => s.Nests));

    internal int Threads => threads;
}
