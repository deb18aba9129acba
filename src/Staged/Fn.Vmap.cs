namespace StagedDiff;

public static partial class Fn
{
    /// <summary>A function of one example as a function of a batch of them.</summary>
    /// <param name="f">A function of one example, which does not know of the batch.</param>
    /// <param name="inAxis">Which axis of each tensor of the argument counts the examples; negative from the end.</param>
    /// <param name="outAxis">Where that axis shall be in each tensor of the result; negative from the end.</param>
    /// <returns>The function of the batch. Static parts of the result are copied.</returns>
    /// <exception cref="ShapeException">A tensor has no such axis, extents differ, or no argument is mapped.</exception>
    /// <remarks>Not a loop: every op runs once, on the batch. Follows jax.vmap.</remarks>
    public static Func<A, R> Vmap<A, R>(Func<A, R> f, int? inAxis = 0, int outAxis = 0) => a =>
    {
        var map = new Mapping();
        map.Add(a, inAxis);
        return map.Run((ref Reader x) => f(x.Read<A>()), outAxis);
    };

    /// <summary>The same for two arguments. An argument whose axis is null is given whole to every example.</summary>
    /// <inheritdoc cref="Vmap{A, R}(Func{A, R}, int?, int)"/>
    public static Func<A, B, R> Vmap<A, B, R>(Func<A, B, R> f, int? inAxis1 = 0, int? inAxis2 = 0, int outAxis = 0) => (a, b) =>
    {
        var map = new Mapping();
        map.Add(a, inAxis1);
        map.Add(b, inAxis2);
        return map.Run((ref Reader x) => f(x.Read<A>(), x.Read<B>()), outAxis);
    };

    /// <summary>The same for three arguments.</summary>
    /// <inheritdoc cref="Vmap{A, B, R}(Func{A, B, R}, int?, int?, int)"/>
    public static Func<A, B, C, R> Vmap<A, B, C, R>(Func<A, B, C, R> f, int? inAxis1 = 0, int? inAxis2 = 0, int? inAxis3 = 0, int outAxis = 0) => (a, b, c) =>
    {
        var map = new Mapping();
        map.Add(a, inAxis1);
        map.Add(b, inAxis2);
        map.Add(c, inAxis3);
        return map.Run((ref Reader x) => f(x.Read<A>(), x.Read<B>(), x.Read<C>()), outAxis);
    };

    /// <summary>The same for four arguments.</summary>
    /// <inheritdoc cref="Vmap{A, B, R}(Func{A, B, R}, int?, int?, int)"/>
    public static Func<A, B, C, D, R> Vmap<A, B, C, D, R>(
        Func<A, B, C, D, R> f, int? inAxis1 = 0, int? inAxis2 = 0, int? inAxis3 = 0, int? inAxis4 = 0, int outAxis = 0) => (a, b, c, d) =>
    {
        var map = new Mapping();
        map.Add(a, inAxis1);
        map.Add(b, inAxis2);
        map.Add(c, inAxis3);
        map.Add(d, inAxis4);
        return map.Run((ref Reader x) => f(x.Read<A>(), x.Read<B>(), x.Read<C>(), x.Read<D>()), outAxis);
    };

    /// <summary>The arguments of one call of a mapped function.</summary>
    sealed class Mapping
    {
        readonly Leaves leaves = new() { Trail = new("") };
        readonly List<int?> axes = [];
        int arguments;

        public void Add<A>(A argument, int? axis)
        {
            leaves.Trail!.Enter($"argument {++arguments}");
            leaves.Add(argument);
            leaves.Trail.Leave();
            while (axes.Count < leaves.Count) axes.Add(axis);
        }

        public R Run<R>(Body<R> f, int outAxis)
        {
            var x = leaves.Tensors.ToArray();
            var structure = leaves.ToStructure();
            Structure? result = null;
            var y = Batching.Vmap(x =>
            {
                var reader = new Reader(x, structure);
                (var y, result) = Leaves.Of(f(ref reader));
                return y;
            }, [.. x.Select(Front)], Size(x));
            return result!.Rebuild<R>([.. y.Select(t => Moved(t, 0, Axis(outAxis, t.Rank) ?? throw new ShapeException(
                $"Vmap: the results have no axis {outAxis}: one is {t.Type} with the batch in front.{Caller.Line()}")))]);
        }

        Extent Size(Tensor[] x)
        {
            int first = axes.FindIndex(a => a is not null);
            if (first < 0) throw new ShapeException($"Vmap: no tensor is mapped. Give an argument with tensors an axis.{Caller.Line()}");
            var size = x[first].Shape[AxisOf(x[first], first)];
            for (int i = first + 1; i < x.Length; i++)
                if (axes[i] is { } axis && x[i].Shape[AxisOf(x[i], i)] is var other && other != size) throw new ShapeException(
                    $"Vmap: expected one extent along all mapped axes, got {size} in {Said(x, first)} and {other} in {Said(x, i)}.{Caller.Line()}");
            return size;
        }

        string Said(Tensor[] x, int i) => $"{leaves.Trail!.Tensors[i]} ({x[i].Type}, axis {axes[i]})";

        int AxisOf(Tensor t, int i) => Axis(axes[i]!.Value, t.Rank) ?? throw new ShapeException(
            $"Vmap: {leaves.Trail!.Tensors[i]} has no axis {axes[i]}: it is {t.Type}. Pass null for the axis of an argument that every example gets whole.{Caller.Line()}");

        Batched Front(Tensor t, int i) => axes[i] is null ? new(t, false) : new(Moved(t, AxisOf(t, i), 0), true);
    }

    /// <summary>An axis counted from the front; null when there is none such.</summary>
    static int? Axis(int axis, int rank) => axis >= -rank && axis < rank ? (axis + rank) % rank : null;

    static Tensor Moved(Tensor t, int from, int to)
    {
        if (from == to) return t;
        List<int> order = [.. Enumerable.Range(0, t.Rank)];
        order.RemoveAt(from);
        order.Insert(to, from);
        return Prim.Permute(t, [.. order]);
    }
}
