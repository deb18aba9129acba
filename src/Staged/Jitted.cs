using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace StagedDiff;

/// <summary>A function of arguments that were taken apart: reads them in order.</summary>
delegate R Body<R>(ref Reader x);

/// <summary>A jitted function: its traces, and which of them serves a call. Shared by all delegates made of one method and one closure.</summary>
sealed class Jitted
{
    // Weak in the closure: a function's traces live as long as the function.
    static readonly ConditionalWeakTable<object, ConcurrentDictionary<FunctionKey, Jitted>> known = [];

    [ThreadStatic] static List<(Jitted Function, Structure Arguments, TensorType[] Types)>? tracing;

    readonly object gate = new();
    readonly JitOptions options;
    readonly Type[] parameters;
    volatile JitTrace[] traces = [];
    JitTrace? last;
    Leaves? spare;

    Jitted(Delegate function, JitOptions options, Type[] parameters)
    {
        (Function, this.options, this.parameters) = (function, options, parameters);
        foreach (int i in options.Donate.Concat(options.Symbolic.Select(s => s.Argument)))
            if (i < 0 || i >= parameters.Length) throw new ArgumentOutOfRangeException(nameof(options), $"Jit: {Name} has no argument {i}: they are 0 to {parameters.Length - 1}.{Caller.Line()}");
    }

    public Delegate Function { get; }
    public string Name => Closure.Name(Function);

    public static Jitted Of(Delegate function, JitOptions? options, params Type[] parameters)
    {
        options ??= new();
        var (owner, key) = FunctionKey.Of(function, options);
        return known.GetValue(owner, _ => new()).GetOrAdd(key, _ => new(function, options, parameters));
    }

    /// <summary>Memory to take the arguments apart into: one call at a time has it, others get new.</summary>
    public Leaves Rent() => Interlocked.Exchange(ref spare, null) ?? new();

    public R Call<R>(Leaves x, Body<R> body, TreeType<R> results)
    {
        bool inside = Trace.Current is not null;
        int arguments = x.Count;
        var trace = last is { } e && e.Serves(x, inside) ? e : Find(x, inside) ?? Make(x, body, inside);
        last = trace;
        if (trace.Donated is { } donated && !inside) CheckDonated(x, donated, arguments);
        bool concrete = true;
        foreach (ref var t in x.Write)
        {
            if (t.IsWeak) t = t.Strong();
            concrete &= t.IsConcrete;
        }
        Tensor[] y;
        if (!inside)
        {
            if (!concrete) throw Trace.Foreign($"Jit: {Name}", Array.Find(x.Exact(), t => !t.IsConcrete)!);
            y = trace.Program.Run(x.Write, trace.Donated);
        }
        else y = concrete && !Trace.IsStaging ? trace.Program.Run(x.Write) : new Call(trace.Graph, Name).Apply([.. x.Tensors]);
        var result = trace.Results.Rebuild(y, results);
        x.Clear();
        Volatile.Write(ref spare, x);
        return result;
    }

    JitTrace? Find(Leaves x, bool inside)
    {
        foreach (var trace in traces)
            if (trace.Serves(x, inside)) return trace;
        return null;
    }

    JitTrace Make<R>(Leaves x, Body<R> body, bool inside)
    {
        // A thread that traces already waits for nobody, so that functions which call one another cannot lock each other out.
        if (tracing is { Count: > 0 }) return Traced(x, body, inside);
        lock (gate) return Find(x, inside) ?? Traced(x, body, inside);
    }

    JitTrace Traced<R>(Leaves x, Body<R> body, bool inside)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var arguments = x.ToStructure();
        bool symbolic = !inside && options.Symbolic is not [];
        var types = JitTrace.Types(x, symbolic ? options : new());
        tracing ??= [];
        foreach (var open in tracing)
            if (open.Function == this && open.Arguments.Matches(x) && open.Types.AsSpan().SequenceEqual(types)) throw new StagingException(
                $"Jit: {Name} calls itself with arguments of the same types, so tracing it would never end. Give it a static argument that ends it, such as a counter of type int; a recursion that ends by the value of a tensor runs without Jit.{Caller.Line()}");
        CheckTraces(x, inside);
        var roots = Closure.Roots(Function);
        Graph graph;
        Tensor[] captured;
        Structure results;
        tracing.Add((this, arguments, types));
        try { (graph, captured, results) = JitTrace.Of(Name, arguments, types, body); }
        finally { tracing.RemoveAt(tracing.Count - 1); }
        bool[]? donated = options.Donate is [] ? null : [.. types.Select((_, i) => options.Donate.Contains(x.ArgumentOf(i))), .. captured.Select(_ => false)];
        var trace = new JitTrace(options, arguments, types, symbolic, graph, captured, roots, results, donated);
        // What is bound to a variable of an enclosing trace serves this call alone. Another thread may have been faster.
        if (trace.IsLasting)
            lock (known)
            {
                if (Find(x, inside) is { } other) return other;
                traces = [.. traces, trace];
            }
        foreach (var t in captured) x.Append(t);
        return trace;
    }

    void CheckTraces(Leaves x, bool inside)
    {
        var all = traces;
        var places = all.Select(t => t.OnlyDifference(x, inside)).OfType<JitTrace.Place>().GroupBy(p => p.Key).FirstOrDefault(g => g.Count() >= options.MaxValues);
        if (places is not null && places.First().Said(Named(x)) is { } leaf) throw new RetraceException(
            $"Jit: {Name} was traced {places.Count()} times for values of {leaf.Path} alone: {string.Join(", ", places.Select(p => p.Seen(Named(x))))}, and now {leaf.Value}. " +
            $"Make it a Tensor, so that one trace serves all, or set JitOptions.MaxTraces.{Caller.Line()}");
        if (all.Length >= options.MaxTraces) throw new RetraceException(
            $"Jit: {Name} was traced {all.Length} times, the most that JitOptions.MaxTraces allows; the last arguments are {Types(x)}. " +
            $"Keep shapes alike, name the axes that vary in JitOptions.Symbolic, or raise it.{Caller.Line()}");
    }

    string Types(Leaves x)
    {
        var (trail, types) = (Named(x).Trail!, x.Tensors.ToArray());
        return string.Join(", ", types.Take(6).Select((t, i) => $"{trail.Tensors[i]}: {t.Type}")) + (types.Length > 6 ? ", …" : "");
    }

    void CheckDonated(Leaves x, bool[] donated, int arguments)
    {
        var tensors = x.Write;
        var seen = tensors.Length > 32 ? new HashSet<Tensor>(ReferenceEqualityComparer.Instance) : null;
        for (int i = 0; i < tensors.Length; i++)
        {
            var t = tensors[i];
            // A literal may be anybody's: what is given away is a copy.
            if (donated[i] && t.IsLiteral) tensors[i] = t.As(t.DType);
            if (seen is not null && seen.Add(t)) continue;
            for (int j = 0; j < i; j++)
                if (ReferenceEquals(tensors[j], t) && (donated[i] || donated[j])) throw Twice(x, arguments, j, i);
        }
    }

    StagingException Twice(Leaves x, int arguments, int i, int j)
    {
        x.Cut(arguments);
        var names = Named(x).Trail!.Tensors;
        string Said(int k) => k < names.Count ? names[k] : "a captured tensor";
        return new($"Jit: {Name} got one tensor as {Said(i)} and as {Said(j)}, and its memory is donated. Pass a copy, or leave it out of JitOptions.Donate.{Caller.Line()}");
    }

    /// <summary>The arguments again, with the path of each part.</summary>
    Leaves Named(Leaves x)
    {
        var names = Closure.Parameters(Function, parameters.Length);
        var reader = new Reader(x.Tensors.ToArray(), x.ToStructure());
        var named = new Leaves { Trail = new("") };
        for (int i = 0; i < parameters.Length; i++)
        {
            named.Trail.Enter(names[i]);
            TreeType.Of(parameters[i]).FlattenObject(TreeType.Of(parameters[i]).RebuildObject(ref reader), named);
            named.Trail.Leave();
        }
        return named;
    }
}
