namespace StagedDiff;

/// <summary>
/// A part of given extents whose first index is a tensor: x[b…,n…] and i[b…,r] → y[b…,m…], r the number of the axes n, with
/// <paramref name="Shared"/> axes b in both. What would reach outside is moved inside. Linear in x; transpose: <see cref="DynamicUpdate"/>.
/// </summary>
sealed record DynamicSlice(Shape Sizes, int Shared = 0) : MapOp
{
    public override string Name => "dynamic_slice";
    public override string ToString() => $"dynamic_slice[{string.Join(",", Sizes)}{(Shared > 0 ? $";shared={Shared}" : "")}]";
    public override bool NeedsBuffer(int operand) => true;
    public override bool IsCommon(int operand, int axis) => axis < Shared;
    public override Op WithSymbols(Func<Extent, Extent> symbol) => this with { Sizes = [.. Sizes.Select(symbol)] };

    public override TensorType[] Infer(TensorType[] x)
    {
        Dynamic.Check("DynamicSlice", x[0], x[1], Sizes, Shared);
        return [x[0] with { Shape = [.. x[0].Shape.Take(Shared), .. Sizes] }];
    }

    public override Value At(Affine[] i, Read[] x, TensorType[] types, TensorType y, Value? guard) =>
        x[0]([.. i[..Shared], .. Sizes.Select((m, a) => i[Shared + a] + Affine.Of(Dynamic.Start(x[1], i[..Shared], a, types[0].Shape[Shared + a], m, guard)))], guard);

    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var (type, start) = (x[0].Type, x[1]);
        return (Apply(x), ct => [wanted[0] ? new DynamicUpdate(Shared).Of(Prim.Zeros(type), ct[0]!, start) : null, null]);
    }

    public override Dual[] Jvp(Dual[] x) => [new(Of(x[0].Primal, x[1].Primal), x[0].Tangent is { } t ? Of(t, x[1].Primal) : null)];

    public override Tensor[] Batch(Batched[] x, Extent size) => (this with { Shared = Shared + 1 }).Apply(Prim.Lead(x[0], size), Prim.Lead(x[1], size));
}

/// <summary>
/// x with a part replaced by u[b…,m…] from the index i[b…,r] on, moved inside where it would reach outside. Linear in x and u.
/// </summary>
sealed record DynamicUpdate(int Shared = 0) : MapOp
{
    public override string Name => "dynamic_update";
    public override string ToString() => Shared > 0 ? $"dynamic_update[shared={Shared}]" : Name;
    public override bool NeedsBuffer(int operand) => operand > 0;
    public override bool IsCommon(int operand, int axis) => axis < Shared;

    public override TensorType[] Infer(TensorType[] x)
    {
        var (u, shape) = (x[1].Shape, x[0].Shape);
        if (u.Rank != shape.Rank || u.Slice(0, Shared) != shape.Slice(0, Shared) || x[0].DType != x[1].DType)
            throw new ShapeException($"DynamicUpdate: expected an update with the element type and rank of {x[0]}, got {x[1]}.{Caller.Line()}");
        Dynamic.Check("DynamicUpdate", x[0], x[2], u.Slice(Shared, u.Rank - Shared), Shared);
        return [x[0]];
    }

    public override Value At(Affine[] i, Read[] x, TensorType[] types, TensorType y, Value? guard)
    {
        Value? inside = null;
        Affine[] at = [.. i];
        for (int a = Shared; a < i.Length; a++)
        {
            var m = types[1].Shape[a];
            var start = Dynamic.Start(x[2], i[..Shared], a - Shared, types[0].Shape[a], m, guard);
            var k = Guards.Counter(i[a] - Affine.Of(start));
            inside = Guards.And(inside, k >= 0 & k < Guards.Counter(m));
            at[a] = Affine.Of(Values.Max(Values.Min(k, Guards.Counter(m) - 1), k.Like(0)));
        }
        if (inside is null) return x[1](i, guard);
        return Values.Select(inside, x[1](at, Guards.And(guard, inside)), x[0](i, guard));
    }

    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var (type, start, sizes) = (x[1].Type, x[2], x[1].Shape.Slice(Shared, x[1].Rank - Shared));
        return (Apply(x), ct =>
        [
            wanted[0] ? Of(ct[0]!, Prim.Zeros(type), start) : null,
            wanted[1] ? new DynamicSlice(sizes, Shared).Of(ct[0]!, start) : null,
            null,
        ]);
    }

    public override Dual[] Jvp(Dual[] x)
    {
        Tensor Tangent(Dual d) => d.Tangent ?? Prim.Zeros(d.Primal.Type);
        return [new(Of(x[0].Primal, x[1].Primal, x[2].Primal), Of(Tangent(x[0]), Tangent(x[1]), x[2].Primal))];
    }

    public override Tensor[] Batch(Batched[] x, Extent size) => new DynamicUpdate(Shared + 1).Apply(Array.ConvertAll(x, b => Prim.Lead(b, size)));
}

static class Dynamic
{
    public static void Check(string name, TensorType x, TensorType start, Shape sizes, int shared)
    {
        if (start.DType is not (DType.I32 or DType.I64))
            throw new DTypeException($"{name}: expected a start of i32 or i64, got {start}. Cast it first.{Caller.Line()}");
        // A kernel for any extents cannot tell.
        var count = start.Shape.Rank == shared + 1 ? start.Shape[shared] : (Extent)(-1);
        if (start.Shape.Rank != shared + 1 || start.Shape.Slice(0, shared) != x.Shape.Slice(0, shared) || sizes.Rank != x.Shape.Rank - shared
            || count.IsConstant && count.Value != sizes.Rank)
            throw new ShapeException($"{name}: expected a start and a size for each axis of {x}, got {start} and {sizes}.{Caller.Line()}");
        for (int a = 0; a < sizes.Rank; a++)
            if (sizes[a].IsConstant && x.Shape[shared + a].IsConstant && (sizes[a].Value < 0 || sizes[a].Value > x.Shape[shared + a].Value))
                throw new ShapeException($"{name}: a part of {sizes} does not fit into {x}.{Caller.Line()}");
    }

    /// <summary>The first index along an axis of n for a part of m: below 0 from the end, then in [0, n − m].</summary>
    public static Value Start(Read start, Affine[] shared, int axis, Extent n, Extent m, Value? guard)
    {
        var s = start([.. shared, Affine.Of(axis)], guard);
        var length = Values.Counter(s.Type, Affine.Of(n));
        s = Values.Select(s < 0, s + length, s);
        return Values.Max(Values.Min(s, length - Values.Counter(s.Type, Affine.Of(m))), s.Like(0));
    }
}

static partial class Prim
{
    public static Tensor DynamicSlice(Tensor x, Tensor start, Shape sizes) => new DynamicSlice(sizes).Of(x, start);
    public static Tensor DynamicUpdate(Tensor x, Tensor update, Tensor start) => new DynamicUpdate().Of(x, update, start);
}
