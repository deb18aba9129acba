namespace StagedDiff;

/// <summary>
/// An op that moves the elements of its one operand, so it is linear and costs nothing: it states which element of the operand each of
/// the result is, and how a cotangent goes back. On a concrete operand it is a view.
/// </summary>
abstract record MoveOp : MapOp
{
    public sealed override bool IsFree => true;

    /// <summary>The shape of the result; throws where the operand does not fit.</summary>
    protected abstract Shape Result(Shape x);

    /// <summary>The operand's index for the result's.</summary>
    protected abstract Affine[] Source(Affine[] i, Shape x);

    /// <summary>The cotangent of an operand of shape <paramref name="x"/>.</summary>
    protected abstract Tensor Transpose(Tensor ct, Shape x);

    /// <summary>The op on every x[b].</summary>
    protected abstract MoveOp Lead(Extent size);

    public sealed override TensorType[] Infer(TensorType[] x) => [new(x[0].DType, Result(x[0].Shape))];

    public sealed override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var shape = x[0].Shape;
        return (Apply(x), ct => [Transpose(ct[0]!, shape)]);
    }

    public sealed override Dual[] Jvp(Dual[] x) => [new(Of(x[0].Primal), x[0].Tangent is { } t ? Of(t) : null)];
    public sealed override Tensor[] Batch(Batched[] x, Extent size) => Lead(size).Apply(x[0].Value);
    public sealed override Value At(Affine[] i, Read[] x, TensorType[] types, TensorType y, Value? guard) => x[0](Source(i, types[0].Shape), guard);

    protected static long[] Strides(Tensor x) => x.Strides ?? Array.ConvertAll(x.Shape.RowMajor(), e => e.Value);
}

/// <summary>
/// Repeats a tensor along the axes <paramref name="New"/> of <paramref name="Target"/>; the others are its own. Transpose: the sum over them.
/// </summary>
sealed record Broadcast(Shape Target, Axes New) : MoveOp
{
    public override string Name => "broadcast";
    public override string ToString() => $"broadcast[{New}]";

    T[] Old<T>(IReadOnlyList<T> target) => New.Count == target.Count ? [] : [.. target.Where((_, a) => !New.Contains(a))];

    protected override Shape Result(Shape x) => x == [.. Old(Target)] ? Target
        : throw new ShapeException($"broadcast: {x} is not {Target} without its axes {New}.{Caller.Line()}");
    protected override Affine[] Source(Affine[] i, Shape x) => Old(i);
    protected override Tensor Transpose(Tensor ct, Shape x) => Prim.Sum(ct, New);
    protected override MoveOp Lead(Extent size) => new Broadcast(Target.Prepend(size), New.Shift());

    public override Tensor? View(Tensor x)
    {
        var own = new Queue<long>(Strides(x));
        return new(x, Target, x.Offset, [.. Target.Select((_, a) => New.Contains(a) ? 0 : own.Dequeue())]);
    }
}

/// <summary>Axis a of the result is axis <paramref name="Order"/>[a] of the operand. Transpose: the inverse order.</summary>
sealed record Permute(Axes Order) : MoveOp
{
    public override string Name => "permute";
    public override string ToString() => $"permute[{Order}]";

    public bool IsIdentity => Order.SequenceEqual(Enumerable.Range(0, Order.Count));
    Axes Inverse => [.. Enumerable.Range(0, Order.Count).Select(Order.IndexOf)];

    protected override Shape Result(Shape x) => x.Rank == Order.Count && Order.Order().SequenceEqual(Enumerable.Range(0, x.Rank))
        ? [.. Order.Select(a => x[a])]
        : throw new ShapeException($"permute: expected each axis of {x} once, got {Order}.{Caller.Line()}");
    protected override Affine[] Source(Affine[] i, Shape x) => [.. Inverse.Select(a => i[a])];
    protected override Tensor Transpose(Tensor ct, Shape x) => Prim.Permute(ct, Inverse);
    protected override MoveOp Lead(Extent size) => new Permute([0, .. Order.Shift()]);

    public override Tensor? View(Tensor x)
    {
        var strides = Strides(x);
        return new(x, Result(x.Shape), x.Offset, [.. Order.Select(a => strides[a])]);
    }
}

/// <summary>
/// Elements from <paramref name="Starts"/> to before <paramref name="Limits"/>, every <paramref name="Steps"/>th. Transpose: padding with zeros.
/// </summary>
sealed record SliceOp(Shape Starts, Shape Limits, Axes Steps) : MoveOp
{
    public override string Name => "slice";
    public override string ToString() => $"slice[{string.Join(",", Steps.Select((n, a) => $"{Starts[a]}:{Limits[a]}{(n == 1 ? "" : $":{n}")}"))}]";

    protected override Shape Result(Shape x)
    {
        if (x.Rank != Steps.Count || Steps.Where((_, a) => Outside(x, a)).Any())
            throw new ShapeException($"{this}: outside of {x}.{Caller.Line()}");
        return [.. Steps.Select((n, a) => Length(Limits[a] - Starts[a], n))];
    }

    bool Outside(Shape x, int a) => Steps[a] < 1 || Negative(Starts[a]) || Negative(Limits[a] - Starts[a]) || Negative(x[a] - Limits[a]);
    static bool Negative(Extent e) => e.IsConstant && e.Value < 0;

    static Extent Length(Extent n, int step) => step == 1 ? n : n.IsConstant ? (n.Value + step - 1) / step
        : throw new ShapeException(
            $"slice: a step of {step} over the symbolic extent {n} has no known length. Trace with a constant extent, or take every element.{Caller.Line()}");

    protected override Affine[] Source(Affine[] i, Shape x) => [.. i.Select((index, a) => index * Steps[a] + Affine.Of(Starts[a]))];

    protected override Tensor Transpose(Tensor ct, Shape x)
    {
        // The elements after the last one taken: without a step those after the limit, which may be symbolic.
        Extent After(int a) => Steps[a] == 1 ? x[a] - Limits[a] : x[a] - Starts[a] - (ct.Shape[a] == 0 ? 0 : (ct.Shape[a] - 1) * Steps[a] + 1);
        return Prim.Pad(ct, Prim.Zeros(new(ct.DType, [])), Starts, [.. Enumerable.Range(0, x.Rank).Select(After)], [.. Steps.Select(n => n - 1)]);
    }

    protected override MoveOp Lead(Extent size) => new SliceOp(Starts.Prepend(0), Limits.Prepend(size), [1, .. Steps]);

    public override Tensor? View(Tensor x)
    {
        var strides = Strides(x);
        var shape = Result(x.Shape);
        long first = shape.Contains(0) ? 0 : strides.Select((s, a) => s * Starts[a].Value).Sum();
        return new(x, shape, x.Offset + first, [.. strides.Select((s, a) => s * Steps[a])]);
    }
}

/// <summary>Turns <paramref name="Reversed"/> axes around. Its own transpose.</summary>
sealed record Flip(Axes Reversed) : MoveOp
{
    public override string Name => "reverse";
    public override string ToString() => $"reverse[{Reversed}]";

    protected override Shape Result(Shape x) => Reversed.All(a => a >= 0 && a < x.Rank) ? x
        : throw new ShapeException($"reverse: expected axes of {x}, got {Reversed}.{Caller.Line()}");
    protected override Affine[] Source(Affine[] i, Shape x) => [.. i.Select((index, a) => Reversed.Contains(a) ? Affine.Of(x[a] - 1) - index : index)];
    protected override Tensor Transpose(Tensor ct, Shape x) => Of(ct);
    protected override MoveOp Lead(Extent size) => new Flip(Reversed.Shift());

    public override Tensor? View(Tensor x)
    {
        var strides = Strides(x);
        long last = x.Size == 0 ? 0 : Reversed.Sum(a => (x.Shape[a].Value - 1) * strides[a]);
        return new(x, x.Shape, x.Offset + last, [.. strides.Select((s, a) => Reversed.Contains(a) ? -s : s)]);
    }
}

/// <summary>The same elements in row-major order as another shape. Transpose: back to the first.</summary>
sealed record Reshape(Shape From, Shape To) : MoveOp
{
    public override string Name => "reshape";
    public override string ToString() => $"reshape{To}";

    protected override Shape Result(Shape x) => x.Count == To.Count ? To
        : throw new ShapeException($"Reshape: {x} holds {x.Count} elements and {To} holds {To.Count}.{Caller.Line()}");
    protected override Tensor Transpose(Tensor ct, Shape x) => Prim.Reshape(ct, x);
    protected override MoveOp Lead(Extent size) => new Reshape(From.Prepend(size), To.Prepend(size));

    /// <summary>Runs of axes of the two shapes that hold the same elements; axes of extent 1 are in none.</summary>
    IEnumerable<(int[] From, int[] To)> Runs()
    {
        int[] x = [.. Enumerable.Range(0, From.Rank).Where(a => From[a] != 1)], y = [.. Enumerable.Range(0, To.Rank).Where(a => To[a] != 1)];
        int i = 0, j = 0;
        while (i < x.Length || j < y.Length)
        {
            var (firstX, firstY) = (i, j);
            Extent p = i < x.Length ? From[x[i++]] : 1, q = j < y.Length ? To[y[j++]] : 1;
            // The smaller side takes its next axis. Without elements the sides may never meet.
            while (p != q && (i < x.Length || j < y.Length))
                if (j < y.Length && (i == x.Length || Less(q, p))) q *= To[y[j++]];
                else p *= From[x[i++]];
            yield return (x[firstX..i], y[firstY..j]);
        }
    }

    static bool Less(Extent q, Extent p) => q.IsConstant && p.IsConstant ? q.Value < p.Value : p.DividedBy(q) is not null;

    /// <summary>Whether each axis of the operand is one axis of the result or several: then its index is affine in theirs.</summary>
    bool OnlySplits => Runs().All(r => r.From.Length <= 1);

    /// <summary>The index along the axes of the result in a run, as one.</summary>
    Affine Linear(IEnumerable<int> axes, Affine[] i) => axes.Aggregate(Affine.Zero, (sum, a) => sum * To[a] + i[a]);

    public override bool NeedsBuffer(int operand) => !OnlySplits;

    // Merged axes would need a division. A row-major operand is read at its linear address instead: all of it along the last axis.
    protected override Affine[] Source(Affine[] i, Shape x)
    {
        var source = Enumerable.Repeat(Affine.Zero, x.Rank).ToArray();
        if (OnlySplits) foreach (var (from, to) in Runs().Where(r => r.From.Length == 1)) source[from[0]] = Linear(to, i);
        else source[^1] = Linear(Enumerable.Range(0, To.Rank), i);
        return source;
    }

    public override Tensor? View(Tensor x) =>
        x.IsContiguous ? new(x, To, 0, null) : Viewed(x) is { } strides ? new(x, To, x.Offset, strides) : new(x.Contiguous(), To, 0, null);

    /// <summary>The strides of a strided operand's view, where merged axes lie behind each other; else null.</summary>
    long[]? Viewed(Tensor x)
    {
        if (x.Size == 0) return null;
        var (old, strides) = (Strides(x), new long[To.Rank]);
        foreach (var (from, to) in Runs())
        {
            for (int k = 1; k < from.Length; k++)
                if (old[from[k - 1]] != old[from[k]] * From[from[k]].Value) return null;
            long step = old[from[^1]];
            foreach (int a in Enumerable.Reverse(to))
            {
                strides[a] = step;
                step *= To[a].Value;
            }
        }
        return strides;
    }
}
