using System.Globalization;

namespace StagedDiff;

/// <summary>One trace of a jitted function: for which arguments and which state of its closure it holds, and what it compiled to.</summary>
sealed class JitTrace
{
    readonly JitOptions options;
    readonly Structure arguments;
    readonly TensorType[] types;
    readonly bool symbolic;
    readonly Tensor?[] bound;          // captured tensors that no field leads to; null where one does
    readonly Root[] roots;
    Program? program;

    public JitTrace(JitOptions options, Structure arguments, TensorType[] types, bool symbolic, Graph graph, Tensor[] captured, List<Root> roots, Structure results, bool[]? donated)
    {
        (this.options, this.arguments, this.types, this.symbolic) = (options, arguments, types, symbolic);
        (Graph, Results, Donated) = (graph, results, donated);
        bound = [.. captured];
        this.roots = [.. roots.Where(r => r.IsInput)];
        foreach (var root in this.roots) root.Bind(captured, bound);
    }

    public Graph Graph { get; }
    public Structure Results { get; }
    public bool[]? Donated { get; }

    /// <summary>Whether other calls may use it: what it captured is concrete, or found again.</summary>
    public bool IsLasting => Array.TrueForAll(bound, t => t is null || t.IsConcrete);

    public Program Program
    {
        get
        {
            if (program is { } p) return p;
            lock (Graph) return program ??= Program.Compile(Graph, options);
        }
    }

    /// <summary>The types that a function is traced for: symbols stand for the axes that the options leave open.</summary>
    public static TensorType[] Types(Leaves x, JitOptions options) =>
        [.. x.Tensors.ToArray().Select((t, i) => options.Symbolic is [] ? t.Type : Opened(t.Type, x.ArgumentOf(i), options))];

    static TensorType Opened(TensorType type, int argument, JitOptions options)
    {
        var shape = type.Shape;
        foreach (var (a, axis, name) in options.Symbolic)
            if (a == argument && axis >= -shape.Rank && axis < shape.Rank) shape = shape.With((axis + shape.Rank) % shape.Rank, Extent.Symbol(name));
        return new(type.DType, shape);
    }

    /// <summary>Traces a function: its graph, what it captured, and how to put its result together.</summary>
    public static (Graph Graph, Tensor[] Captured, Structure Results) Of<R>(string name, Structure arguments, TensorType[] types, Body<R> body)
    {
        Structure? results = null;
        var (graph, captured) = Graph.Trace(types, x =>
        {
            var reader = new Reader(x, arguments);
            var y = new Leaves { Functions = arguments.Statics };
            y.Add(body(ref reader));
            if (y.Count == 0) throw new TreeException($"Jit: there is no tensor among the results of {name}: it returns {TreeRule.Name(typeof(R))}.{Caller.Line()}");
            results = y.ToStructure();
            return y.Tensors.ToArray();
        }, $"the jitted function {name}");
        return (graph, captured, results!);
    }

    /// <summary>Whether this trace is one for these arguments; if so the captured tensors now follow them.</summary>
    public bool Serves(Leaves x, bool inside)
    {
        if (x.Count != types.Length || symbolic && inside || !arguments.Matches(x) || !Fit(x.Tensors)) return false;
        if (bound.Length + roots.Length == 0) return true;
        int n = x.Count;
        foreach (var t in bound) x.Append(t);
        foreach (var root in roots)
            if (!root.Holds(x.Write[n..]))
            {
                x.Cut(n);
                return false;
            }
        return true;
    }

    bool Fit(ReadOnlySpan<Tensor> x)
    {
        for (int i = 0; i < x.Length; i++)
            if (x[i].DType != types[i].DType || !(symbolic ? Like(x[i].Shape, types[i].Shape) : x[i].Shape == types[i].Shape)) return false;
        if (symbolic) CheckSymbols(x);
        return true;
    }

    static bool Like(Shape x, Shape open)
    {
        if (x.Rank != open.Rank) return false;
        for (int a = 0; a < x.Rank; a++)
            if (open[a].IsConstant && open[a] != x[a]) return false;
        return true;
    }

    void CheckSymbols(ReadOnlySpan<Tensor> x)
    {
        for (int i = 0; i < x.Length; i++)
            for (int a = 0; a < x[i].Rank; a++)
                if (!types[i].Shape[a].IsConstant)
                    for (int j = 0; j <= i; j++)
                        for (int b = 0; b < x[j].Rank; b++)
                            if (types[j].Shape[b] == types[i].Shape[a] && x[j].Shape[b] != x[i].Shape[a]) throw new ShapeException(
                                $"Jit: the symbolic axis {types[i].Shape[a]} is {x[j].Shape[b]} in one tensor and {x[i].Shape[a]} in another: {x[j].Type} and {x[i].Type}.{Caller.Line()}");
    }

    /// <summary>A static part, of the arguments or of the closure, in which a trace differs from a call.</summary>
    public sealed record Place(string Kind, int Index, JitTrace Trace, Root? Root)
    {
        public (string, int, string?) Key => (Kind, Index, Root?.Path);

        /// <summary>Its path and its value now; null when it is no value but a length or the like.</summary>
        public (string Path, string Value)? Said(Leaves x) => Kind switch
        {
            "mark" => x.Trail!.Marks[Index] is (var path, { } type) ? (path, Number(type, x.Marks[Index])) : null,
            "static" => (x.Trail!.Statics[Index], Text(x.Statics[Index])),
            _ => ($"the captured variable {Root!.Path}", Text(Root.Now)),
        };

        /// <summary>Its value in the trace.</summary>
        public string Seen(Leaves x) => Kind switch
        {
            "mark" => Number(x.Trail!.Marks[Index].Number!, Trace.arguments.Marks[Index]),
            "static" => Text(Trace.arguments.Statics[Index]),
            _ => Text(Root!.Seen),
        };

        static string Text(object? value) => value switch
        {
            null => "null",
            string s => $"\"{s}\"",
            Type t => TreeRule.Name(t),
            IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "",
        };

        static string Number(Type type, long bits) => Text(
            type == typeof(double) ? BitConverter.Int64BitsToDouble(bits)
            : type == typeof(float) ? BitConverter.Int32BitsToSingle((int)bits)
            : type == typeof(bool) ? bits != 0
            : type == typeof(char) ? (char)bits
            : type.IsEnum ? Enum.ToObject(type, bits)
            : bits);
    }

    /// <summary>The one static part in which a call differs from this trace, when there is exactly one and all else agrees.</summary>
    public Place? OnlyDifference(Leaves x, bool inside)
    {
        if (x.Count != types.Length || symbolic && inside || x.Marks.Length != arguments.Marks.Length || x.Statics.Length != arguments.Statics.Length || !Fit(x.Tensors)) return null;
        var places = new List<Place>();
        for (int i = 0; i < x.Marks.Length; i++)
            if (x.Marks[i] != arguments.Marks[i]) places.Add(new("mark", i, this, null));
        for (int i = 0; i < x.Statics.Length; i++)
            if (!Structure.Same(x.Statics[i], arguments.Statics[i])) places.Add(new("static", i, this, null));
        var operands = new Tensor[bound.Length];
        foreach (var root in roots)
            if (!root.Holds(operands)) places.Add(new("root", 0, this, root));
        return places is [{ Root: null or { IsStatic: true } } place] ? place : null;
    }
}
