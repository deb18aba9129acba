using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace StagedDiff;

/// <summary>What one call of a program knows: the values of the symbols.</summary>
sealed class Binding(string[] names, long[] values)
{
    public static readonly Binding None = new([], []);
    public long[] Values => values;
    public long Value(Extent e) => e.IsConstant ? e.Value : e.Evaluate(s => values[Array.IndexOf(names, s)]);
    public long Bytes(TensorType t) => t.Shape.Aggregate((long)t.DType.Size(), (n, e) => n * Value(e));
    public Shape Value(Shape s) => names.Length == 0 ? s : [.. s.Select(e => (Extent)Value(e))];
}

/// <summary>One thing a compiled program does, over the buffers of its table.</summary>
abstract unsafe class ProgramStep(int[] buffers)
{
    /// <summary>The buffers it touches, in the order of its own arguments.</summary>
    public int[] Buffers => buffers;

    /// <summary>Does it. What it returns is raised when the call ends.</summary>
    public abstract IndexException? Run(long* table, Binding call);

    /// <summary>A line for <c>Explain()</c>; null for what is not worth one.</summary>
    public abstract string? Explain(Func<int, TensorType> type);

    /// <summary>Its loops and vectors, for <c>Explain()</c>.</summary>
    public virtual string? Loops => null;

    /// <summary>What one run takes; null where an extent is open.</summary>
    public abstract Cost? Cost(Func<int, TensorType> type);

    /// <summary>How many equal parts it consists of, by its outermost axis; 0 where it is done as a whole.</summary>
    public virtual long Parts => 0;

    /// <summary>Whether each of the parts touches of a buffer of so many elements the part of the same number alone.</summary>
    public virtual bool IsCut(int buffer, long size) => false;

    /// <summary>Whether it writes to a buffer.</summary>
    public virtual bool Writes(int buffer) => false;

    /// <summary>Does one of n parts.</summary>
    public virtual void RunPart(long* table, int part, int n) => throw new InvalidOperationException("Done as a whole.");
}

/// <summary>A loop nest. Its kernel's arguments are its buffers, then its symbols.</summary>
sealed unsafe class NestStep : ProgramStep
{
    /// <summary>Work worth a second thread, in loop values: in less, fetching what another core wrote costs more. Tests take less.</summary>
    internal static long SmallWork { get; set; } = 1 << 20;
    /// <summary>The grain of a split, a multiple of every vector width.</summary>
    const int Grain = 64;

    /// <summary>So many steps alike get one kernel.</summary>
    const int Alike = 4;

    readonly Group group;
    readonly string[] names;
    readonly int threads;
    readonly Extent range;
    readonly long grain;
    readonly int blocks;        // that threads share; 0 where they share the outermost loop
    readonly long aside;        // bytes for what is folded in blocks

    int[] varying = [];
    long[] numbers = [];        // of the literals that vary
    (LoopKernel Kernel, int[] Symbols)? compiled;
    LoopKernel? rest;

    public NestStep(Group group, Nest nest, int[] buffers, string[] names, int threads) : base(buffers)
    {
        (this.group, Nest, this.names, this.threads, Text) = (group, nest, names, threads, new(nest));
        int outer = nest.Extents.Length == 0 || nest.Pass == 0 && nest.Extents.Length == 1 ? -1 : nest.Pass == 0 ? 1 : 0;
        range = outer < 0 ? 1 : nest.Extents[outer];
        grain = nest.Extents.Length == 1 ? Grain : 1;
        // A constant amount of small work is never shared: then nobody asks at run time.
        if (IsFixed && Work < SmallWork) this.threads = 1;
        if (nest.Lead > 0)
        {
            var descent = new Descent(nest);
            (range, aside) = (descent.Blocks, descent.Blocks * descent.Bytes);
            if (!descent.IsShared) this.threads = 1;
            if (this.threads > 1) blocks = descent.Blocks;
        }
        else if (this.threads > 1 && new Schedule(nest, Lanes.Best) is { Blocks: > 0 } shared) (blocks, aside) = (shared.Blocks, 8L * shared.Blocks * shared.Passes[0].Folds.Length);
    }

    bool IsFixed => Nest.Extents.All(e => e.IsConstant);

    /// <summary>Whether a call costs about as much as what it does.</summary>
    public bool IsSmall => IsFixed && Work < 1 << 14 && Nest.Lead == 0;

    /// <summary>Values in its body.</summary>
    public int Weight => group.Weight;

    public Nest Nest { get; }
    public NestText Text { get; }

    /// <summary>Distinct values that are computed, literals and loads apart.</summary>
    public int Values => Nest.Stores.Select(s => s.Value).SelectMany(Simplify.All).Distinct().Count(v => v is Apply or Folded);

    long Work => Nest.Extents.Aggregate((long)group.Weight, (w, e) => w * (e.IsConstant ? e.Value : 1));

    /// <summary>The code, made when first asked for, and which of the program's symbols it takes.</summary>
    public (LoopKernel Kernel, int[] Symbols) Compiled
    {
        get
        {
            if (compiled is { } known) return known;
            var kernel = LoopKernel.Of(Nest, Text, blocks > 0 ? Piece.Blocks : Piece.Whole, varying);
            if (blocks > 0) rest = LoopKernel.Of(Nest, Text, Piece.Rest, varying);
            var made = (kernel, Array.ConvertAll(kernel.Symbols, s => Array.IndexOf(names, s)));
            compiled = made;
            return made;
        }
    }

    /// <summary>
    /// Steps that are alike but for numbers in them get one kernel, which reads from its table those that are not the same in all: a graph that repeats
    /// a pattern costs no more to compile than the pattern.
    /// </summary>
    public static void Share(IEnumerable<NestStep> steps)
    {
        foreach (var alike in steps.GroupBy(n => n.Text.Shape))
        {
            NestStep[] all = [.. alike];
            if (all.Length < Alike) continue;
            int[] varying = [.. Enumerable.Range(0, all[0].Text.Literals.Count).Where(k => all.Any(n => n.Text.Literals[k].Bits != all[0].Text.Literals[k].Bits))];
            foreach (var n in all) (n.varying, n.numbers, n.IsShared) = (varying, Array.ConvertAll(varying, k => n.Text.Literals[k].Image), true);
        }
    }

    /// <summary>Whether several steps of the program have its kernel.</summary>
    public bool IsShared { get; private set; }

    /// <summary>How many arguments there are: buffers, symbols, a place for totals put aside, numbers.</summary>
    int Arguments => Buffers.Length + names.Length + 1 + numbers.Length;

    void Fill(long* arguments, long* table, int[] symbols, Binding call)
    {
        for (int k = 0; k < Buffers.Length; k++) arguments[k] = table[Buffers[k]];
        for (int k = 0; k < symbols.Length; k++) arguments[Buffers.Length + k] = call.Values[symbols[k]];
        for (int k = 0; k < numbers.Length; k++) arguments[Buffers.Length + symbols.Length + 1 + k] = numbers[k];
    }

    [SkipLocalsInit]
    public override IndexException? Run(long* table, Binding call)
    {
        var (kernel, symbols) = Compiled;
        var arguments = stackalloc long[Arguments];
        Fill(arguments, table, symbols, call);
        long end = call.Value(range);
        if (aside > 0) Aside(arguments, end);
        else if (threads == 1) kernel.Run(arguments, 0, end);
        else Share(kernel, arguments, end);
        return null;
    }

    public override long Parts => IsFixed && Nest is not { Pass: 0 } and not { Lead: > 0 } && Nest.Extents.Length > 0 ? Nest.Extents[0].Value : 0;

    public override bool Writes(int buffer) => Nest.Stores.Any(s => Buffers[s.Buffer] == buffer);

    // Along the outermost loop, in steps no shorter than what the loops inside walk over, from one end to the other.
    public override bool IsCut(int buffer, long size)
    {
        bool Holds(Affine at) => at.Computed.IsEmpty && at.Constant == 0 && at.Factor(0).Value * Parts == size && at.Factor(0).Value > at.Loops.Where(t => t.Variable != 0).Sum(t => Math.Abs(t.Factor.Value) * (Nest.Extents[t.Variable].Value - 1))
            && at.Loops.All(t => t.Factor.Value >= 0);
        var loads = Nest.Stores.SelectMany(s => s.At.Computed.Select(t => t.Value).Append(s.Value)).SelectMany(Simplify.All).OfType<Load>().Where(l => Buffers[l.Buffer] == buffer);
        Affine[] all = [.. loads.Select(l => l.At), .. Nest.Stores.Where(s => Buffers[s.Buffer] == buffer).Select(s => s.At)];
        return all.All(Holds);
    }

    [SkipLocalsInit]
    public override void RunPart(long* table, int part, int n)
    {
        if (Parts < 1) throw new InvalidOperationException("Done as a whole.");
        var arguments = stackalloc long[Arguments];
        Fill(arguments, table, [], Binding.None);
        long size = Parts / n;
        Compiled.Kernel.Run(arguments, part * size, (part + 1) * size);
    }

    /// <summary>With memory behind the last argument in which the totals of blocks are put aside. The blocks on all threads, then the rest; or all in one.</summary>
    void Aside(long* arguments, long end)
    {
        var memory = NativeMemory.AlignedAlloc((nuint)aside, 64);
        try
        {
            var (kernel, symbols) = Compiled;
            arguments[Buffers.Length + symbols.Length] = (long)memory;
            if (blocks > 0) Blocks(kernel, (long)arguments);
            else kernel.Run(arguments, 0, end);
        }
        finally { NativeMemory.AlignedFree(memory); }
    }

    void Blocks(LoopKernel kernel, long arguments)
    {
        Team.RunRange(threads, blocks, 1, (from, to) => kernel.Run((long*)arguments, from, to));
        rest!.Run((long*)arguments, 0, 0);
    }

    void Share(LoopKernel kernel, long* arguments, long end)
    {
        long address = (long)arguments;
        if (Work < SmallWork || end < 2 * grain) kernel.Run(arguments, 0, end);
        else Team.RunRange(threads, end, grain, (from, to) => kernel.Run((long*)address, from, to));
    }

    public override string Explain(Func<int, TensorType> type) => new StringBuilder($"loop over [{string.Join(",", group.Space)}]")
        .Append(group.Pass >= 0 ? $", folding axis {group.Pass}" : "").Append(group.Lead > 0 ? $" and down axis {string.Join(", ", Enumerable.Range(0, group.Lead))}" : "").Append(": ").AppendJoin(", ", group.Nodes.Select(m => m.Op))
        .Append(" → ").AppendJoin(", ", Nest.Stores.Select(s => type(Buffers[s.Buffer]))).ToString();

    public override string Loops => new Schedule(Nest, Lanes.Best).ToString();

    public override Cost? Cost(Func<int, TensorType> type) => StagedDiff.Cost.Of(Nest, Array.ConvertAll(Buffers, b => type(b)));
}

/// <summary>Small nests in a row as one kernel over the program's whole table: a call for all, and no addresses to hand on.</summary>
sealed unsafe class Suite(NestStep[] nests) : ProgramStep([])
{
    /// <summary>Values in all bodies: twice as many would fall off the JIT's optimiser.</summary>
    const int WeightCap = 480;

    public NestStep[] Nests => nests;

    readonly LoopKernel kernel = LoopKernel.Of(Array.ConvertAll(nests, n => (n.Text, n.Nest, n.Buffers)));

    /// <summary>The steps, with small nests in a row as one.</summary>
    public static List<ProgramStep> Gather(IEnumerable<ProgramStep> steps)
    {
        var (all, open, weight) = (new List<ProgramStep>(), new List<NestStep>(), 0);
        void Close()
        {
            if (open.Count > 1) all.Add(new Suite([.. open]));
            else all.AddRange(open);
            open.Clear();
            weight = 0;
        }
        foreach (var step in steps)
        {
            if (step is not NestStep { IsSmall: true, IsShared: false } n)
            {
                Close();
                all.Add(step);
                continue;
            }
            if (weight + n.Weight > WeightCap) Close();
            open.Add(n);
            weight += n.Weight;
        }
        Close();
        return all;
    }

    public override IndexException? Run(long* table, Binding call)
    {
        kernel.Run(table);
        return null;
    }

    public override Cost? Cost(Func<int, TensorType> type) => null;
    public override string? Explain(Func<int, TensorType> type) => null;
}

/// <summary>A routine of an op's own, planned for the sizes of the last call.</summary>
sealed unsafe class RoutineStep(KernelOp op, TensorType[] x, TensorType[] y, Operand[] operands, int[] buffers, int threads) : ProgramStep(buffers)
{
    Plan? plan;

    /// <summary>A kernel for the values of the symbols, and where its operands begin in their buffers, in bytes.</summary>
    sealed record Plan(long[] Symbols, Kernel Kernel, long[] Offsets);

    Plan For(Binding call)
    {
        if (plan is { } p && (ReferenceEquals(p.Symbols, call.Values) || p.Symbols.AsSpan().SequenceEqual(call.Values))) return p;
        TensorType Known(TensorType t) => t with { Shape = call.Value(t.Shape) };
        return plan = new(call.Values,
            op.Plan(Array.ConvertAll(x, Known), Array.ConvertAll(operands, o => Array.ConvertAll(o.Strides, call.Value)), Array.ConvertAll(y, Known), sizesVary: call.Values.Length > 0),
            [.. operands.Select(o => call.Value(o.Offset) * o.Buffer.DType.Size()), .. y.Select(_ => 0L)]);
    }

    [SkipLocalsInit]
    public override IndexException? Run(long* table, Binding call)
    {
        var (_, kernel, offsets) = For(call);
        var arguments = stackalloc long[Buffers.Length];
        for (int k = 0; k < Buffers.Length; k++) arguments[k] = table[Buffers[k]] + offsets[k];
        if (threads > 1 && kernel.IsShared && !op.HasEffect) Share(kernel, (long)arguments);
        else kernel.Run(arguments, 0, kernel.Chunks);
        return null;
    }

    public override long Parts => x.Concat(y).All(t => t.Shape.IsConstant) && !op.HasEffect ? For(Binding.None).Kernel.Blocks : 0;

    public override bool Writes(int buffer) => Array.IndexOf(Buffers, buffer, operands.Length) >= 0;

    public override bool IsCut(int buffer, long size) => Enumerable.Range(0, Buffers.Length).Where(k => Buffers[k] == buffer)
        .All(k => k >= operands.Length || operands[k].Offset == 0 && operands[k].Strides.AsSpan().SequenceEqual(x[k].Shape.RowMajor()));

    [SkipLocalsInit]
    public override void RunPart(long* table, int part, int n)
    {
        var (_, kernel, offsets) = For(Binding.None);
        var arguments = stackalloc long[Buffers.Length];
        for (int k = 0; k < Buffers.Length; k++) arguments[k] = table[Buffers[k]] + offsets[k];
        int size = kernel.Chunks / n;
        kernel.Run(arguments, part * size, (part + 1) * size);
    }

    void Share(Kernel kernel, long arguments) => Team.Run(threads, kernel.Chunks, chunk => kernel.Run((long*)arguments, chunk, chunk + 1));

    public override string Explain(Func<int, TensorType> type) => new StringBuilder($"{op} ").AppendJoin(" ", operands.Select(o => o.Buffer.Type))
        .Append(y.Length > 0 ? " → " : "").AppendJoin(", ", y.Select(t => t.ToString())).ToString();

    public override Cost? Cost(Func<int, TensorType> type) => StagedDiff.Cost.Of(op, x, y);
}

/// <summary>A check that indices lie in range.</summary>
sealed unsafe class CheckStep(Op op, int buffer, TensorType type, Extent limit) : ProgramStep([buffer])
{
    public override IndexException? Run(long* table, Binding call) =>
        Bounds.FirstBad(type.DType, table[buffer], call.Value(type.Shape).Size, call.Value(limit)) is { } index ? Bounds.Out(op, index, call.Value(limit)) : null;

    public override string? Explain(Func<int, TensorType> type) => null;
    public override Cost? Cost(Func<int, TensorType> type) => null;
}
