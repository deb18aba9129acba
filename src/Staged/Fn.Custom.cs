namespace StagedDiff;

public static partial class Fn
{
    /// <summary>A function whose pullback is the one given.</summary>
    /// <param name="f">The function.</param>
    /// <param name="forward">Its value, and what the pullback needs.</param>
    /// <param name="backward">What was saved, and the cotangent of the result → the cotangent of the argument: a tree like it. What is null counts as zero.</param>
    /// <returns>A function with the value of f, for all transforms. It has a forward mode if <paramref name="backward"/> is linear in the cotangent.</returns>
    /// <exception cref="StagingException">One of the three uses a tensor that is being traced outside; or forward mode is asked for, and backward is not linear.</exception>
    /// <exception cref="ShapeException">What backward or forward returns is not like the argument or the result.</exception>
    /// <remarks>
    /// Follows jax.custom_vjp. Under a transform the three are traced: they may not look at values. Tensors from outside that hold data are constants
    /// to them; a parameter must be an argument. A mapped function is called with every argument mapped.
    /// </remarks>
    public static Func<A, R> CustomVjp<A, R, S>(Func<A, R> f, Func<A, (R Value, S Saved)> forward, Func<S, R, A> backward) => x =>
    {
        if (Trace.Current is null) return f(x);
        var (leaves, tree) = Leaves.Of(x);
        Structure? result = null, kept = null, given = null;
        var body = Rule.Of("CustomVjp", "the function", leaves.Select(t => t.Type), args =>
        {
            (var y, result) = Leaves.Of(f(tree.Rebuild<A>(args)));
            return y;
        });
        int n = body.Outputs.Length;
        var ahead = Rule.Of("CustomVjp", "forward", leaves.Select(t => t.Type), args =>
        {
            var (y, saved) = forward(tree.Rebuild<A>(args));
            (var values, given) = Leaves.Of(y);
            (var residuals, kept) = Leaves.Of(saved);
            Like("CustomVjp: forward must return a value like the function's", values, body.Outputs);
            return [.. values, .. residuals];
        });
        var saved = ahead.Outputs[n..];
        var back = Rule.Of("CustomVjp", "backward", [.. saved, .. body.Outputs.Where(t => t.DType.IsFloat())], args =>
        {
            var cts = new Queue<Tensor>(args[saved.Length..]);
            var ct = result!.Rebuild<R>([.. body.Outputs.Select(t => t.DType.IsFloat() ? cts.Dequeue() : Prim.Zeros(t))]);
            var dx = Directions("CustomVjp", "cotangent", "argument", backward(kept!.Rebuild<S>(args[..saved.Length]), ct), leaves);
            return [.. leaves.Select((t, i) => (t, i)).Where(p => p.t.DType.IsFloat()).Select(p => dx[p.i] ?? Prim.Zeros(p.t.Type))];
        });
        Tensor[] operands = [.. leaves, .. body.Captured, .. ahead.Captured, .. back.Captured];
        int arguments = leaves.Length;
        int b = arguments + body.Captured.Length, c = b + ahead.Captured.Length;
        TensorType[] types = [.. operands.Select(t => t.Type)];
        var op = new CustomVjp(
            Graph.Of(types, a => body.Graph.Replay(a[..b])),
            Graph.Of(types, a => [.. ahead.Graph.Replay([.. a[..arguments], .. a[b..c]]), .. a[c..]]),
            Graph.Of([.. saved, .. types[c..], .. back.Inputs[saved.Length..^back.Captured.Length]], a =>
            {
                int rest = saved.Length + back.Captured.Length;
                return back.Graph.Replay([.. a[..saved.Length], .. a[rest..], .. a[saved.Length..rest]]);
            }), arguments, f.Method.Name);
        return result!.Rebuild<R>(op.Apply(operands));
    };

    /// <summary>A function whose forward derivative is the one given; reverse mode is its transpose.</summary>
    /// <param name="f">The function.</param>
    /// <param name="rule">The argument and its tangent → the value and its tangent, which must be linear in that of the argument.</param>
    /// <returns>A function with the value of f, for all transforms.</returns>
    /// <exception cref="StagingException">One of the two uses a tensor that is being traced outside, or the rule is not linear in the tangent.</exception>
    /// <exception cref="ShapeException">What the rule returns is not like the result.</exception>
    /// <remarks>Follows jax.custom_jvp; under a transform as <see cref="CustomVjp{A, R, S}"/>. Tangents of integer and bool tensors are zeros of their type.</remarks>
    public static Func<A, R> CustomJvp<A, R>(Func<A, R> f, Func<A, A, (R Value, R Tangent)> rule) => x =>
    {
        if (Trace.Current is null) return f(x);
        var (leaves, tree) = Leaves.Of(x);
        Structure? result = null;
        var body = Rule.Of("CustomJvp", "the function", leaves.Select(t => t.Type), args =>
        {
            (var y, result) = Leaves.Of(f(tree.Rebuild<A>(args)));
            return y;
        });
        int n = leaves.Length;
        bool[] floats = [.. leaves.Select(t => t.DType.IsFloat())];
        var push = Rule.Of("CustomJvp", "the rule", [.. leaves.Select(t => t.Type), .. leaves.Where((_, i) => floats[i]).Select(t => t.Type)], args =>
        {
            var tangents = new Queue<Tensor>(args[n..]);
            var (y, dy) = rule(tree.Rebuild<A>(args[..n]), tree.Rebuild<A>([.. leaves.Select((t, i) => floats[i] ? tangents.Dequeue() : Prim.Zeros(t.Type))]));
            var values = Leaves.Of(y).Tensors;
            Like("CustomJvp: the rule must return a value like the function's", values, body.Outputs);
            var d = Directions("CustomJvp", "tangent", "result", dy, values);
            return [.. values, .. values.Select((t, i) => (t, i)).Where(p => p.t.DType.IsFloat()).Select(p => d[p.i] ?? Prim.Zeros(p.t.Type))];
        });
        int results = body.Outputs.Length, tangents = floats.Count(t => t);
        if (Linear.Fault(push.Graph, [.. push.Inputs.Select((_, i) => i >= n && i < n + tangents)], push.Outputs.Select((_, i) => i >= results)) is { } fault)
            throw new StagingException($"CustomJvp: the rule must be linear in the tangent, and it has {fault}.{Caller.Line()}");
        Tensor[] operands = [.. leaves, .. body.Captured, .. push.Captured];
        int b = n + body.Captured.Length;
        TensorType[] types = [.. operands.Select(t => t.Type)];
        int all = operands.Length;
        var op = new CustomJvp(
            Graph.Of(types, a => body.Graph.Replay(a[..b])),
            Graph.Of([.. types, .. push.Inputs[n..(n + tangents)]], a => push.Graph.Replay([.. a[..n], .. a[all..], .. a[b..all]])),
            n, f.Method.Name);
        return result!.Rebuild<R>(op.Apply(operands));
    };

    /// <summary>The same function, whose inner values are not kept for its pullback but computed again: time for memory.</summary>
    /// <returns>A function for all transforms, with the bits of f. Effects happen once. Forward mode keeps nothing anyway.</returns>
    /// <exception cref="StagingException">Under a transform f looks at a value.</exception>
    /// <remarks>Follows jax.checkpoint, which saves nothing. Under a transform f is traced. Of a whole loss it saves nothing: use it for each of many layers.</remarks>
    public static Func<A, R> Checkpoint<A, R>(Func<A, R> f) => x =>
    {
        if (Trace.Current is null) return f(x);
        var (leaves, tree) = Leaves.Of(x);
        Structure? result = null;
        var (graph, captured) = Graph.Trace(leaves.Select(t => t.Type), args =>
        {
            (var y, result) = Leaves.Of(f(tree.Rebuild<A>(args)));
            return y;
        }, "a function in Checkpoint");
        return result!.Rebuild<R>(new Checkpoint(graph, f.Method.Name).Apply([.. leaves, .. captured]));
    };

    /// <summary>The same for a function of two arguments.</summary>
    /// <inheritdoc cref="Checkpoint{A, R}(Func{A, R})"/>
    public static Func<A, B, R> Checkpoint<A, B, R>(Func<A, B, R> f) => (a, b) => Checkpoint(((A, B) x) => f(x.Item1, x.Item2))((a, b));

    /// <summary>The same for a function of three arguments.</summary>
    /// <inheritdoc cref="Checkpoint{A, R}(Func{A, R})"/>
    public static Func<A, B, C, R> Checkpoint<A, B, C, R>(Func<A, B, C, R> f) => (a, b, c) => Checkpoint(((A, B, C) x) => f(x.Item1, x.Item2, x.Item3))((a, b, c));

    /// <summary>The same for a function of four arguments.</summary>
    /// <inheritdoc cref="Checkpoint{A, R}(Func{A, R})"/>
    public static Func<A, B, C, D, R> Checkpoint<A, B, C, D, R>(Func<A, B, C, D, R> f) =>
        (a, b, c, d) => Checkpoint(((A, B, C, D) x) => f(x.Item1, x.Item2, x.Item3, x.Item4))((a, b, c, d));

    static void Like(string what, Tensor[] values, TensorType[] expected)
    {
        var types = values.Select(t => t.Strong().Type).ToArray();
        if (!types.SequenceEqual(expected))
            throw new ShapeException($"{what}, {string.Join(", ", expected)}, got {string.Join(", ", types)}.{Caller.Line()}");
    }

    /// <summary>A part of a custom derivative as a closed graph, and the data it uses from outside.</summary>
    sealed record Rule(Graph Graph, Tensor[] Captured)
    {
        public TensorType[] Inputs => Array.ConvertAll(Graph.Inputs, t => t.Type);
        public TensorType[] Outputs => Array.ConvertAll(Graph.Outputs, t => t.Type);

        public static Rule Of(string name, string part, IEnumerable<TensorType> types, Func<Tensor[], Tensor[]> f)
        {
            var (graph, captured) = Graph.Trace(types, f, $"{part} in {name}");
            if (Array.Find(captured, t => !t.IsConcrete) is { } foreign) throw new StagingException(
                $"{name}: {part} uses a variable ({foreign.Type}) of {((Origin)foreign.Origin!).Describe} from outside. Pass it as an argument.{Caller.Line()}");
            return new(graph, captured);
        }
    }
}
