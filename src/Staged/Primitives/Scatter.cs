using System.Numerics;
using System.Numerics.Tensors;

namespace StagedDiff;

/// <summary>
/// x with updates written at indices in the order of the indices: y[b…,p…,i[b…,j…],q…] ∘= u[b…,p…,j…,q…], as <see cref="ScatterAdd"/> with
/// another way to combine. An index outside writes nothing.
/// </summary>
abstract record ScatterWith(string Title, int Axis, int Shared) : KernelOp
{
    protected enum How : byte { Set, Mul, Max, Min }

    protected abstract How Combine { get; }

    public sealed override string Name => Title;
    public sealed override string ToString() => $"{Title}[{Axis}{Indexing.Text(Shared, null)}]";
    public sealed override (int Operand, Extent Limit)? Bounds(TensorType[] x) => (1, x[0].Shape[Axis]);

    public sealed override TensorType[] Infer(TensorType[] x)
    {
        Indexing.Check(Title, x[0], x[1], Axis, Shared);
        var updates = x[0] with { Shape = Indexing.Taken(x[0].Shape, x[1].Shape, Axis, Shared) };
        if (x[2] != updates) throw new ShapeException($"{Title}: expected updates of {updates} for {x[0]} at {x[1]}, got {x[2]}.{Caller.Line()}");
        if (x[0].DType == DType.Bool && Combine != How.Set) throw new DTypeException($"{Title}: expected numbers, got {x[0]}. Cast first.{Caller.Line()}");
        return [x[0]];
    }

    /// <summary>Elements at the indices; 0 at those outside.</summary>
    protected Tensor Taken(Tensor x, Tensor i) => new Gather(Axis, Shared, Outside.Drop).Of(x, i);

    /// <summary>The sums of updates at the indices.</summary>
    protected Tensor Added(Tensor to, Tensor i, Tensor u) => new ScatterAdd(Axis, Shared).Of(to, i, u);

    public sealed override Tensor[] Batch(Batched[] x, Extent size)
    {
        bool common = !x[1].Mapped && Shared == 0;
        return (this with { Axis = Axis + 1, Shared = common ? 0 : Shared + 1 })
            .Apply(Prim.Lead(x[0], size), common ? x[1].Value : Prim.Lead(x[1], size), Prim.Lead(x[2], size));
    }

    public sealed override Kernel Plan(TensorType[] x, long[][] strides, TensorType[] y, bool sizesVary)
    {
        var (shape, i) = (x[0].Shape, x[1].Shape);
        long Size(Shape s, int from, int to) => s.Slice(from, to - from).Size;
        Scatter.Sizes sizes = new(Size(shape, 0, Shared), Size(shape, Shared, Axis), shape[Axis].Value, Size(i, Shared, i.Rank),
            Size(shape, Axis + 1, shape.Rank));
        return ElementTypes.Dispatch(x[0].DType, new Writer(Combine, sizes, x[1].DType == DType.I64));
    }

    sealed class Writer(How how, Scatter.Sizes size, bool wide) : IForElement<Kernel>
    {
        public Kernel For<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => new Routine<T>(how, size, wide);
    }

    /// <summary>A chunk owns a range of destinations in a block before the axis, and looks at every index.</summary>
    sealed class Routine<T>(How how, Scatter.Sizes size, bool wide) : Kernel where T : unmanaged, INumber<T>
    {
        const long Worthwhile = 1 << 14;     // elements a chunk
        readonly int parts = (int)Math.Clamp((size.N + size.Count) * size.After / Worthwhile, 1, Math.Clamp(size.N, 1, 16));

        public override int Chunks => checked((int)(size.Batch * size.Before) * parts);

        public override unsafe void Run(long* addresses, int start, int end)
        {
            T* x = (T*)addresses[0], updates = (T*)addresses[2], y = (T*)addresses[3];
            int row = checked((int)size.After);
            for (int chunk = start; chunk < end; chunk++)
            {
                var (outer, part) = Math.DivRem(chunk, parts);
                long first = size.N * part / parts, last = size.N * (part + 1) / parts, block = outer * size.N * row;
                long bytes = (last - first) * row * sizeof(T);
                if (x != y) Buffer.MemoryCopy(x + block + first * row, y + block + first * row, bytes, bytes);
                long indices = outer / size.Before * size.Count;
                for (long j = 0; j < size.Count; j++)
                {
                    long k = wide ? ((long*)addresses[1])[indices + j] : ((int*)addresses[1])[indices + j];
                    if (k < 0) k += size.N;
                    if (k < first || k >= last) continue;
                    Span<T> to = new(y + block + k * row, row);
                    ReadOnlySpan<T> from = new(updates + (outer * size.Count + j) * row, row);
                    switch (how)
                    {
                        case How.Set: from.CopyTo(to); break;
                        case How.Mul: TensorPrimitives.Multiply(to, from, to); break;
                        case How.Max: TensorPrimitives.Max(to, from, to); break;
                        default: TensorPrimitives.Min(to, from, to); break;
                    }
                }
            }
        }
    }
}

/// <summary>The last update at an index stays. Linear in x and u.</summary>
sealed record ScatterSet(int Axis, int Shared = 0) : ScatterWith("scatter_set", Axis, Shared)
{
    protected override How Combine => How.Set;

    /// <summary>Which updates stay.</summary>
    Tensor Last(Tensor x, Tensor i, Tensor u)
    {
        // Each writes its number, and looks whether it is there.
        var number = Prim.Reshape(Prim.Iota(new(DType.I32, [u.Shape.Count]), 0), u.Shape) + 1;
        return Prim.Equal(Taken(Of(Prim.Zeros(new(DType.I32, x.Shape)), i, number), i), number);
    }

    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var (type, i) = (x[2].Type, x[1]);
        Tensor Updates(Tensor ct) => Prim.Select(Last(x[0], i, x[2]), Taken(ct, i), Prim.Zeros(type));
        return (Apply(x), ct => [wanted[0] ? Of(ct[0]!, i, Prim.Zeros(type)) : null, null, wanted[2] ? Updates(ct[0]!) : null]);
    }

    public override Dual[] Jvp(Dual[] x)
    {
        Tensor Tangent(Dual d) => d.Tangent ?? Prim.Zeros(d.Primal.Type);
        return [new(Of(x[0].Primal, x[1].Primal, x[2].Primal), Of(Tangent(x[0]), x[1].Primal, Tangent(x[2])))];
    }
}

/// <summary>The product of x and the updates at its index.</summary>
sealed record ScatterMul(int Axis, int Shared = 0) : ScatterWith("scatter_mul", Axis, Shared)
{
    protected override How Combine => How.Mul;

    /// <summary>For each place the product of its updates; for each update that of x and the others there.</summary>
    (Tensor All, Tensor Others) Factors(Tensor x, Tensor i, Tensor u)
    {
        // Without zeros by division; one zero alone has the product of the rest; with two nothing is left.
        Tensor zero = Prim.Equal(u, Prim.Zeros(u.Type)), filled = Prim.Select(zero, Prim.Ones(u.Type), u);
        var zeros = Taken(Added(Prim.Zeros(x.Type), i, Prim.Cast(zero, u.DType)), i);
        var rest = Taken(Of(x, i, filled), i) / filled;
        var left = Prim.Or(Prim.Equal(zeros, Prim.Zeros(u.Type)), Prim.And(zero, Prim.Equal(zeros, Prim.Ones(u.Type))));
        return (Of(Prim.Ones(x.Type), i, u), Prim.Select(left, rest, Prim.Zeros(u.Type)));
    }

    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        Tensor?[] Pull(Tensor?[] ct)
        {
            var (all, others) = Factors(x[0], x[1], x[2]);
            return [wanted[0] ? ct[0]! * all : null, null, wanted[2] ? Taken(ct[0]!, x[1]) * others : null];
        }
        return (Apply(x), Pull);
    }

    public override Dual[] Jvp(Dual[] x)
    {
        var (p, i, u) = (x[0].Primal, x[1].Primal, x[2].Primal);
        var (all, others) = Factors(p, i, u);
        var dx = x[0].Tangent is { } t ? t * all : Prim.Zeros(p.Type);
        return [new(Of(p, i, u), x[2].Tangent is { } du ? Added(dx, i, du * others) : dx)];
    }
}

/// <summary>The largest or smallest of x and the updates at its index; NaN where one is. Ties share the derivative evenly.</summary>
abstract record ScatterExtreme(string Title, int Axis, int Shared) : ScatterWith(Title, Axis, Shared)
{
    (Tensor Old, Tensor New, Tensor Count) Ties(Tensor x, Tensor i, Tensor u, Tensor y)
    {
        Tensor old = Prim.Equal(x, y), made = Prim.Equal(u, Taken(y, i));
        return (old, made, Prim.Max(Added(Prim.Cast(old, y.DType), i, Prim.Cast(made, y.DType)), Prim.Ones(y.Type)));
    }

    public sealed override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var y = Of(x);
        Tensor?[] Pull(Tensor?[] ct)
        {
            var (old, made, count) = Ties(x[0], x[1], x[2], y);
            var share = ct[0]! / count;
            return [Prim.Select(old, share, Prim.Zeros(y.Type)), null, Prim.Select(made, Taken(share, x[1]), Prim.Zeros(x[2].Type))];
        }
        return ([y], Pull);
    }

    public sealed override Dual[] Jvp(Dual[] x)
    {
        var (p, i, u) = (x[0].Primal, x[1].Primal, x[2].Primal);
        var y = Of(p, i, u);
        var (old, made, count) = Ties(p, i, u, y);
        var dy = x[0].Tangent is { } dx ? Prim.Select(old, dx, Prim.Zeros(y.Type)) : Prim.Zeros(y.Type);
        if (x[2].Tangent is { } du) dy = Added(dy, i, Prim.Select(made, du, Prim.Zeros(u.Type)));
        return [new(y, dy / count)];
    }
}

sealed record ScatterMax(int Axis, int Shared = 0) : ScatterExtreme("scatter_max", Axis, Shared)
{
    protected override How Combine => How.Max;
}

sealed record ScatterMin(int Axis, int Shared = 0) : ScatterExtreme("scatter_min", Axis, Shared)
{
    protected override How Combine => How.Min;
}
