namespace StagedDiff;

/// <summary>
/// x with <paramref name="Lo"/> elements before, <paramref name="Hi"/> after and <paramref name="Interior"/> between its own along each
/// axis, all equal to the second operand, of rank 0. Linear in both.
/// </summary>
sealed record Pad(Shape Lo, Shape Hi, Axes Interior) : MapOp
{
    public override string Name => "pad";
    public override string ToString() => $"pad[{string.Join(",", Interior.Select((n, a) => $"{Lo[a]}:{Hi[a]}{(n == 0 ? "" : $":{n}")}"))}]";

    public override TensorType[] Infer(TensorType[] x)
    {
        var shape = x[0].Shape;
        if (shape.Rank != Interior.Count || x[1].Shape.Rank != 0 || x[1].DType != x[0].DType || Interior.Any(n => n < 0)
            || Lo.Concat(Hi).Any(e => e.IsConstant && e.Value < 0))
            throw new ShapeException($"{this}: expected a tensor, a number of its type and no negative amounts, got {x[0]} and {x[1]}.{Caller.Line()}");
        return [new(x[0].DType, [.. shape.Select((n, a) => Lo[a] + Hi[a] + (n == 0 ? n : n + (n - 1) * Interior[a]))])];
    }

    public override Value At(Affine[] i, Read[] x, TensorType[] types, TensorType y, Value? guard)
    {
        Value? inside = null;
        var source = new Affine[i.Length];
        for (int a = 0; a < i.Length; a++)
        {
            source[a] = i[a] - Affine.Of(Lo[a]);
            var (k, n) = (Guards.Counter(source[a]), Guards.Counter(types[0].Shape[a]));
            if (Lo[a] != 0) inside = Guards.And(inside, k >= 0);
            if (Interior[a] > 0)
            {
                var q = Values.Apply(Fun.Div, k, k.Like(Interior[a] + 1));
                inside = Guards.And(inside, Values.Equal(q * (Interior[a] + 1), k) & q < n);
                source[a] = Affine.Of(Values.Max(Values.Min(q, n - 1), k.Like(0)));
            }
            else if (Hi[a] != 0) inside = Guards.And(inside, k < n);
        }
        var own = x[0](source, inside is null ? guard : Guards.And(guard, inside));
        return inside is null ? own : Values.Select(inside, own, x[1]([], guard));
    }

    public override Op WithSymbols(Func<Extent, Extent> symbol)
    {
        // No padding stays so: then nothing is compared.
        Extent Name(Extent e) => e == 0 ? e : symbol(e);
        return this with { Lo = [.. Lo.Select(Name)], Hi = [.. Hi.Select(Name)] };
    }

    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var shape = x[0].Shape;
        return (Apply(x), ct => [wanted[0] ? Taken(ct[0]!, shape) : null, wanted[1] ? Sum(Prim.Select(Inside(shape), Prim.Zeros(ct[0]!.Type), ct[0]!)) : null]);
    }

    /// <summary>The elements that came from x.</summary>
    Tensor Taken(Tensor ct, Shape x) => Prim.Slice(ct, Lo,
        [.. x.Select((n, a) => Lo[a] + (n == 0 ? n : n + (n - 1) * Interior[a]))], [.. Interior.Select(n => n + 1)]);

    Tensor Inside(Shape x) => Of(Prim.Full(x, Tensor.Literal(DType.Bool, 1)), Tensor.Literal(DType.Bool, 0));

    static Tensor Sum(Tensor x) => Prim.Sum(x, [.. Enumerable.Range(0, x.Rank)]);

    public override Dual[] Jvp(Dual[] x) =>
        [new(Of(x[0].Primal, x[1].Primal), Of(x[0].Tangent ?? Prim.Zeros(x[0].Primal.Type), x[1].Tangent ?? Prim.Zeros(x[1].Primal.Type)))];

    public override Tensor[] Batch(Batched[] x, Extent size)
    {
        var lead = new Pad(Lo.Prepend(0), Hi.Prepend(0), [0, .. Interior]);
        var all = Prim.Lead(x[0], size);
        if (!x[1].Mapped) return lead.Apply(all, x[1].Value);
        // Each has its own number around it.
        var padded = lead.Of(all, Prim.Zeros(new(all.DType, [])));
        var around = Prim.Broadcast(x[1].Value, padded.Shape, [.. Enumerable.Range(1, padded.Rank - 1)]);
        return [Prim.Select(Prim.Lead(Inside(all.Shape.Drop(0)), size), padded, around)];
    }
}

/// <summary>The operands one after another along an axis. Transpose: slices.</summary>
sealed record Concatenate(int Axis) : MapOp
{
    public override string Name => "concatenate";
    public override string ToString() => $"concatenate[{Axis}]";
    public override bool IsCommon(int operand, int axis) => axis != Axis;

    public override TensorType[] Infer(TensorType[] x)
    {
        var first = x[0];
        if (Axis < 0 || Axis >= first.Shape.Rank || x.Any(t => t.Shape.Rank != first.Shape.Rank || t.Shape.Drop(Axis) != first.Shape.Drop(Axis)))
            throw new ShapeException($"Concatenate: expected shapes that differ along axis {Axis} only, got {string.Join(" and ", x)}.{Caller.Line()}");
        if (x.Any(t => t.DType != first.DType))
            throw new DTypeException($"Concatenate: expected operands of one element type, got {string.Join(" and ", x)}. Cast first.{Caller.Line()}");
        return [first with { Shape = first.Shape.With(Axis, Starts(x.Select(t => t.Shape))[^1]) }];
    }

    /// <summary>Where each operand starts, and where the last ends.</summary>
    Extent[] Starts(IEnumerable<Shape> x)
    {
        List<Extent> starts = [0];
        foreach (var s in x) starts.Add(starts[^1] + s[Axis]);
        return [.. starts];
    }

    public override Value At(Affine[] i, Read[] x, TensorType[] types, TensorType y, Value? guard)
    {
        var starts = Starts(types.Select(t => t.Shape));
        var k = Guards.Counter(i[Axis]);
        Value? result = null;
        for (int n = x.Length - 1; n >= 0; n--)
        {
            Value? before = n < x.Length - 1 ? k < Guards.Counter(starts[n + 1]) : null, after = n > 0 ? k >= Guards.Counter(starts[n]) : null;
            Affine[] at = [.. i];
            at[Axis] -= Affine.Of(starts[n]);
            var own = x[n](at, Guards.And(Guards.And(guard, after), before));
            result = result is null ? own : Values.Select(before!, own, result);
        }
        return result!;
    }

    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var starts = Starts(x.Select(t => t.Shape));
        return (Apply(x), ct => [.. wanted.Select((w, n) => w ? Prim.Slice(ct[0]!, Axis, starts[n], starts[n + 1]) : null)]);
    }

    public override Dual[] Jvp(Dual[] x) =>
        [new(Of(Array.ConvertAll(x, d => d.Primal)), Of(Array.ConvertAll(x, d => d.Tangent ?? Prim.Zeros(d.Primal.Type))))];

    public override Tensor[] Batch(Batched[] x, Extent size) => new Concatenate(Axis + 1).Apply(Array.ConvertAll(x, b => Prim.Lead(b, size)));
}

/// <summary>0, 1, 2, … along an axis.</summary>
sealed record Iota(TensorType Type, int Axis) : MapOp
{
    public override string Name => "iota";
    public override string ToString() => $"iota[{Axis}]";
    public override bool IsFree => true;

    public override TensorType[] Infer(TensorType[] x) => Type.DType != DType.Bool && Axis >= 0 && Axis < Type.Shape.Rank ? [Type]
        : throw new ShapeException($"iota: expected numbers and one of their axes, got {Type} and axis {Axis}.{Caller.Line()}");

    public override Value At(Affine[] i, Read[] x, TensorType[] types, TensorType y, Value? guard) => Values.Counter(Type.DType, i[Axis]);

    public override Op WithSymbols(Func<Extent, Extent> symbol) => this with { Type = Type with { Shape = [.. Type.Shape.Select(symbol)] } };

    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted) => (Apply(), _ => []);
    public override Tensor[] Batch(Batched[] x, Extent size) => throw new InvalidOperationException("iota has no operand to be mapped.");
}

/// <summary>Comparisons of indices.</summary>
static class Guards
{
    public static Value Counter(Affine at) => Values.Counter(DType.I64, at);
    public static Value Counter(Extent n) => Values.Counter(DType.I64, Affine.Of(n));
    public static Value? And(Value? a, Value? b) => a is null ? b : b is null ? a : a & b;
}
