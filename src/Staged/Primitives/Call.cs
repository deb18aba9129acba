using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace StagedDiff;

/// <summary>A closed graph applied as one op: the compiler sees the graph in its place.</summary>
abstract record Region(Graph Body, string Title) : Op
{
    // The graphs derived from a body live as long as it does: transforms of a function called again and again are made once.
    static readonly ConditionalWeakTable<Graph, ConcurrentDictionary<(string, Extent), object>> derived = [];

    protected T Once<T>(string transform, bool[] marked, Func<T> make, Extent size = default) where T : class =>
        (T)derived.GetOrCreateValue(Body).GetOrAdd((transform + string.Concat(marked.Select(m => m ? '1' : '0')), size), _ => make());

    public sealed override string ToString() => $"{Name}[{Title}]";
    public sealed override bool HasEffect => Array.Exists(Body.Nodes, n => n.Op.HasEffect);

    public sealed override TensorType[] Infer(TensorType[] x) => x.SequenceEqual(Body.Inputs.Select(t => t.Type)) ? Array.ConvertAll(Body.Outputs, t => t.Type)
        : throw new InvalidOperationException($"{this} got {string.Join(", ", x)}, its graph takes {string.Join(", ", Body.Inputs.Select(t => t.Type))}.");

    /// <summary>Cotangents of the float results, zeros where there is none.</summary>
    protected static Tensor[] Filled(Tensor[] y, Tensor?[] ct) =>
        [.. y.Zip(ct).Where(p => p.First.DType.IsFloat()).Select(p => p.Second ?? Prim.Zeros(p.First.Type))];

    /// <summary>Tangents of the float operands, zeros where there is none.</summary>
    protected static Tensor[] Filled(IEnumerable<Dual> x) => [.. x.Where(d => d.Primal.DType.IsFloat()).Select(d => d.Tangent ?? Prim.Zeros(d.Primal.Type))];

    /// <summary>One after another where the mark is set, else null.</summary>
    protected static Tensor?[] Spread(IEnumerable<bool> marks, IEnumerable<Tensor> values)
    {
        var queue = new Queue<Tensor>(values);
        return [.. marks.Select(m => m ? queue.Dequeue() : null)];
    }
}

/// <summary>A staged function applied as one op: compiled as a program of its own where nothing else contains it.</summary>
sealed record Call(Graph Body, string Title) : Region(Body, Title)
{
    public override string Name => "call";

    /// <summary>
    /// The pullback cut in two: all that does not depend on cotangents runs forward. It hands on what the second half reads beyond the
    /// arguments and results, which are there anyway.
    /// </summary>
    sealed record Halves(Graph Forward, Graph Backward, Tensor[] Residuals);

    Halves Cut(bool[] wanted)
    {
        int n = Body.Inputs.Length, results = Body.Outputs.Length;
        var whole = Reverse.Vjp(Body, wanted);
        var (known, open, residuals) = Split.By(whole, [.. whole.Inputs.Select((_, i) => i >= n)], [.. whole.Outputs.Select((_, i) => i >= results)]);
        var y = known.Outputs[..results];
        return new(new(known.Inputs, known.Nodes, [.. y, .. residuals.Except([.. known.Inputs, .. y])]), open, residuals);
    }

    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        bool[] active = [.. wanted.Select((w, i) => w && x[i].DType.IsFloat())];
        var (forward, backward, residuals) = Once("vjp", active, () => Cut(active));
        var results = new Call(forward, $"{Title}.forward").Apply(x);
        Tensor[] y = results[..Body.Outputs.Length];
        Tensor[] saved = Array.ConvertAll(residuals, r => Array.IndexOf(forward.Inputs, r) is >= 0 and var i ? x[i]
            : results[Array.IndexOf(forward.Outputs, r)]);

        return (y, ct => Spread(active, new Call(backward, $"{Title}.backward").Apply([.. saved, .. Filled(y, ct)])));
    }

    public override Dual[] Jvp(Dual[] x)
    {
        bool[] active = Array.ConvertAll(x, d => d.Tangent is not null), reached = Body.Reaches(active);
        var graph = Once("jvp", active, () => Forward.Jvp(Body, active, reached));
        var results = new Call(graph, $"{Title}.jvp").Apply([.. x.Select(d => d.Primal), .. x.Where(d => d.Tangent is not null).Select(d => d.Tangent!)]);
        var tangents = new Queue<Tensor>(results[Body.Outputs.Length..]);
        return [.. reached.Select((r, i) => new Dual(results[i], r ? tangents.Dequeue() : null))];
    }

    public override Tensor[] Batch(Batched[] x, Extent size)
    {
        bool[] mapped = Array.ConvertAll(x, b => b.Mapped);
        return new Call(Once("vmap", mapped, () => Batching.Vmap(Body, size, mapped), size), $"{Title}.vmap").Apply(Array.ConvertAll(x, b => b.Value));
    }
}
