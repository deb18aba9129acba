using System.Numerics;
using System.Numerics.Tensors;

namespace StagedDiff;

/// <summary>What an index outside of its axis does: it means the nearest element, or none (read as 0, not written).</summary>
enum Outside : byte { Clamp, Drop }

/// <summary>
/// Elements along an axis by computed indices: x[b…,p…,n,q…] and i[b…,j…] → y[b…,p…,j…,q…] = x[b…,p…,i[b…,j…],q…], with
/// <paramref name="Shared"/> axes b in both. Indices below 0 count from the end. Linear in x; transpose: <see cref="ScatterAdd"/>.
/// </summary>
sealed record Gather(int Axis, int Shared = 0, Outside Outside = Outside.Clamp) : MapOp
{
    public override string Name => "gather";
    public override string ToString() => $"gather[{Axis}{Indexing.Text(Shared, Outside == Outside.Drop ? Outside : null)}]";
    public override bool NeedsBuffer(int operand) => operand == 0;
    public override bool IsCommon(int operand, int axis) => axis < Shared;
    public override (int Operand, Extent Limit)? Bounds(TensorType[] x) => (1, x[0].Shape[Axis]);

    public override TensorType[] Infer(TensorType[] x)
    {
        Indexing.Check("Take", x[0], x[1], Axis, Shared);
        return [x[0] with { Shape = Indexing.Taken(x[0].Shape, x[1].Shape, Axis, Shared) }];
    }

    public override Value At(Affine[] i, Read[] x, TensorType[] types, TensorType y, Value? guard)
    {
        int after = Axis + types[1].Shape.Rank - Shared;
        var index = x[1]([.. i[..Shared], .. i[Axis..after]], guard);
        var n = Values.Counter(index.Type, Affine.Of(types[0].Shape[Axis]));
        index = Values.Select(index < 0, index + n, index);
        // A read that is guarded away holds zero.
        if (Outside == Outside.Drop) guard = Guards.And(guard, index >= 0 & index < n);
        index = Values.Max(Values.Min(index, n - 1), index.Like(0));
        return x[0]([.. i[..Axis], Affine.Of(index), .. i[after..]], guard);
    }

    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var (type, indices) = (x[0].Type, x[1]);
        return (Apply(x), ct => [wanted[0] ? new ScatterAdd(Axis, Shared, Outside).Of(Prim.Zeros(type), indices, ct[0]!) : null, null]);
    }

    public override Dual[] Jvp(Dual[] x) => [new(Of(x[0].Primal, x[1].Primal), x[0].Tangent is { } t ? Of(t, x[1].Primal) : null)];

    public override Tensor[] Batch(Batched[] x, Extent size)
    {
        if (!x[1].Mapped && Shared == 0) return (this with { Axis = Axis + 1 }).Apply(x[0].Value, x[1].Value);
        if (x[0].Mapped || Shared > 0) return (this with { Axis = Axis + 1, Shared = Shared + 1 }).Apply(Prim.Lead(x[0], size), Prim.Lead(x[1], size));
        // One x for all: the batch is one more axis of the indices.
        var y = Of(x[0].Value, x[1].Value);
        return [Prim.Permute(y, [Axis, .. Enumerable.Range(0, y.Rank).Where(a => a != Axis)])];
    }
}

/// <summary>
/// x + updates at indices, in the order of the indices: y[b…,p…,i[b…,j…],q…] += u[b…,p…,j…,q…]. Linear in x and u;
/// transpose: <see cref="Gather"/>.
/// </summary>
sealed record ScatterAdd(int Axis, int Shared = 0, Outside Outside = Outside.Drop) : KernelOp
{
    public override string Name => "scatter_add";
    public override string ToString() => $"scatter_add[{Axis}{Indexing.Text(Shared, Outside == Outside.Clamp ? Outside : null)}]";
    public override (int Operand, Extent Limit)? Bounds(TensorType[] x) => (1, x[0].Shape[Axis]);

    public override TensorType[] Infer(TensorType[] x)
    {
        Indexing.Check("ScatterAdd", x[0], x[1], Axis, Shared);
        var updates = x[0] with { Shape = Indexing.Taken(x[0].Shape, x[1].Shape, Axis, Shared) };
        if (x[2] != updates) throw new ShapeException($"ScatterAdd: expected updates of {updates} for {x[0]} at {x[1]}, got {x[2]}.{Caller.Line()}");
        if (x[0].DType == DType.Bool) throw new DTypeException($"ScatterAdd: expected numbers, got {x[0]}. Cast first.{Caller.Line()}");
        return [x[0]];
    }

    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var indices = x[1];
        return (Apply(x), ct => [ct[0], null, wanted[2] ? new Gather(Axis, Shared, Outside).Of(ct[0]!, indices) : null]);
    }

    public override Dual[] Jvp(Dual[] x)
    {
        Tensor dx = x[0].Tangent ?? Prim.Zeros(x[0].Primal.Type), i = x[1].Primal, du = x[2].Tangent ?? Prim.Zeros(x[2].Primal.Type);
        return [new(Of(x[0].Primal, i, x[2].Primal), x[2].Tangent is null ? dx : Of(dx, i, du))];
    }

    public override Tensor[] Batch(Batched[] x, Extent size)
    {
        // Indices common to all: the batch is one more axis before.
        bool common = !x[1].Mapped && Shared == 0;
        var op = this with { Axis = Axis + 1, Shared = common ? 0 : Shared + 1 };
        return op.Apply(Prim.Lead(x[0], size), common ? x[1].Value : Prim.Lead(x[1], size), Prim.Lead(x[2], size));
    }

    public override Kernel Plan(TensorType[] x, long[][] strides, TensorType[] y, bool sizesVary)
    {
        var (shape, i) = (x[0].Shape, x[1].Shape);
        long Size(Shape s, int from, int to) => s.Slice(from, to - from).Size;
        Scatter.Sizes sizes = new(Size(shape, 0, Shared), Size(shape, Shared, Axis), shape[Axis].Value, Size(i, Shared, i.Rank),
            Size(shape, Axis + 1, shape.Rank));
        return (x[0].DType, x[1].DType) switch
        {
            (DType.F32, DType.I32) => new Scatter<float, int>(sizes, Outside),
            (DType.F32, _) => new Scatter<float, long>(sizes, Outside),
            (DType.F64, DType.I32) => new Scatter<double, int>(sizes, Outside),
            (DType.F64, _) => new Scatter<double, long>(sizes, Outside),
            (DType.I32, DType.I32) => new Scatter<int, int>(sizes, Outside),
            (DType.I32, _) => new Scatter<int, long>(sizes, Outside),
            (DType.U32, DType.I32) => new Scatter<uint, int>(sizes, Outside),
            (DType.U32, _) => new Scatter<uint, long>(sizes, Outside),
            (DType.I64, DType.I32) => new Scatter<long, int>(sizes, Outside),
            (DType.I64, _) => new Scatter<long, long>(sizes, Outside),
            (_, DType.I32) => new Scatter<byte, int>(sizes, Outside),
            _ => new Scatter<byte, long>(sizes, Outside),
        };
    }
}

static class Indexing
{
    /// <summary>What is not as usual.</summary>
    public static string Text(int shared, Outside? outside) =>
        (shared > 0 ? $";shared={shared}" : "") + (outside is { } o ? $";{o.ToString().ToLowerInvariant()}" : "");

    public static Shape Taken(Shape x, Shape indices, int axis, int shared) => [.. x.Take(axis), .. indices.Skip(shared), .. x.Skip(axis + 1)];

    public static void Check(string name, TensorType x, TensorType indices, int axis, int shared)
    {
        if (indices.DType is not (DType.I32 or DType.I64))
            throw new DTypeException($"{name}: expected indices of i32 or i64, got {indices}. Cast them first.{Caller.Line()}");
        if (axis < shared || axis >= x.Shape.Rank || indices.Shape.Rank < shared || x.Shape.Slice(0, shared) != indices.Shape.Slice(0, shared))
            throw new ShapeException($"{name}: axis {axis} of {x} cannot be indexed by {indices}.{Caller.Line()}");
        if (x.Shape[axis] == 0 && !indices.Shape.Contains(0))
            throw new ShapeException($"{name}: axis {axis} of {x} has no elements, so no index fits.{Caller.Line()}");
    }
}

static class Scatter
{
    /// <summary>x is [batch, before, n, after], the indices are [batch, count], the updates [batch, before, count, after].</summary>
    public readonly record struct Sizes(long Batch, long Before, long N, long Count, long After);
}

/// <summary>
/// The routine of <see cref="ScatterAdd"/>. A chunk owns a range of destinations and looks at every index, so each destination adds in the
/// order of the indices, whatever the threads.
/// </summary>
sealed class Scatter<T, I>(Scatter.Sizes size, Outside outside) : Kernel where T : unmanaged, INumber<T> where I : unmanaged, IBinaryInteger<I>
{
    const long Worthwhile = 1 << 14;     // elements a chunk
    readonly int parts = (int)Math.Clamp((size.N + size.Count) * size.After / Worthwhile, 1, Math.Clamp(size.N, 1, 16));

    public override int Chunks => checked((int)(size.Batch * size.Before) * parts);

    public override unsafe void Run(long* addresses, int start, int end)
    {
        T* x = (T*)addresses[0], updates = (T*)addresses[2], y = (T*)addresses[3];
        I* indices = (I*)addresses[1];
        int row = checked((int)size.After);
        for (int chunk = start; chunk < end; chunk++)
        {
            var (outer, part) = Math.DivRem(chunk, parts);
            long first = size.N * part / parts, last = size.N * (part + 1) / parts, at = outer * size.N * row;
            int owned = checked((int)((last - first) * row));
            if (x != y) new ReadOnlySpan<T>(x + at + first * row, owned).CopyTo(new(y + at + first * row, owned));
            I* own = indices + outer / size.Before * size.Count;
            for (long j = 0; j < size.Count; j++)
            {
                long k = long.CreateTruncating(own[j]);
                if (k < 0) k += size.N;
                if (outside == Outside.Clamp) k = Math.Clamp(k, 0, size.N - 1);
                if (k < first || k >= last) continue;
                T* to = y + at + k * row, from = updates + (outer * size.Count + j) * row;
                if (row == 1) *to += *from;
                else TensorPrimitives.Add(new ReadOnlySpan<T>(to, row), new ReadOnlySpan<T>(from, row), new Span<T>(to, row));
            }
        }
    }
}
