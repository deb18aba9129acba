namespace StagedDiff;

/// <summary>Batched matrix product: [b…,m,k]·[b…,k,n] → [b…,m,n]. Bilinear.</summary>
sealed record Dot : KernelOp
{
    public override string Name => "dot";
    public override string ToString() => Name;
    public override bool TakesStrides(int operand) => true;

    public override TensorType[] Infer(TensorType[] x)
    {
        var (a, b) = (x[0].Shape, x[1].Shape);
        if (x[0].DType != x[1].DType || x[0].DType is DType.Bool or DType.U8)
            throw new DTypeException($"MatMul: expected two tensors of one element type of 32 or 64 bits, got {x[0]} and {x[1]}. Cast first.{Caller.Line()}");
        if (a.Rank < 2 || a.Rank != b.Rank || a.Slice(0, a.Rank - 2) != b.Slice(0, b.Rank - 2) || a[^1] != b[^2])
            throw new ShapeException($"MatMul: expected [b…,m,k]·[b…,k,n], got {x[0]} and {x[1]}.{Caller.Line()}");
        return [x[0] with { Shape = a.With(a.Rank - 1, b[^1]) }];
    }

    // d(a·b) = da·b + a·db
    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted) =>
        (Apply(x), ct => [wanted[0] ? Of(ct[0]!, Prim.Transpose(x[1])) : null, wanted[1] ? Of(Prim.Transpose(x[0]), ct[0]!) : null]);

    public override Dual[] Jvp(Dual[] x)
    {
        var (a, b) = (x[0], x[1]);
        Tensor? left = a.Tangent is { } da ? Of(da, b.Primal) : null, right = b.Tangent is { } db ? Of(a.Primal, db) : null;
        return [new(Of(a.Primal, b.Primal), left is null ? right : right is null ? left : left + right)];
    }

    public override Tensor[] Batch(Batched[] x, Extent size)
    {
        var (a, b) = (x[0].Value, x[1].Value);
        if (x[1].Mapped || b.Rank > 2) return Apply(Prim.Lead(x[0], size), Prim.Lead(x[1], size));
        // One matrix on the right of all: the rows of all on its left.
        var all = Of(Prim.Reshape(a, [size * a.Shape[1], a.Shape[2]]), b);
        return [Prim.Reshape(all, [size, a.Shape[1], b.Shape[1]])];
    }

    public override MapOp? Fused(TensorType[] x) => Chain.Suits(x[0].Shape, x[1].Shape[^1]) ? new Chain() : null;

    public override Kernel Plan(TensorType[] x, long[][] strides, TensorType[] y, bool sizesVary)
    {
        int rank = x[0].Shape.Rank, batch = rank - 2;
        var (sa, sb) = (strides[0], strides[1]);
        var extents = Array.ConvertAll(x[0].Shape.ToArray(), n => (long)n);
        long m = extents[^2], k = extents[^1], n = x[1].Shape[^1].Value;
        // The same matrix on the right of rows that lie behind each other: one product.
        for (; batch > 0 && sb[batch - 1] == 0 && sa[batch - 1] == m * sa[^2]; batch--) m *= extents[batch - 1];
        var product = Product.Plan(x[0].DType, m, n, k, new(sa[^2], sa[^1]), new(sb[^2], sb[^1]), n, sizesVary);
        return new Products(product, extents[..batch], sa, sb, m * n, x[0].DType.Size());
    }

    public override double Flops(TensorType[] x) => x[0].DType.IsFloat() ? 2.0 * x[0].Shape.Size * x[1].Shape[^1].Value : 0;

    /// <summary>A small matrix product written out at each element, so that it fuses with what is around it: the same chain as that of the tiles.</summary>
    sealed record Chain : MapOp
    {
        /// <summary>Multiply-adds in one element, and in all, up to which a call of the tiles costs more than the work.</summary>
        const int Longest = 16, Most = 4096;

        public override string Name => "dot";
        public override string ToString() => Name;

        /// <summary>Whether it is small; with one term it is no more than an elementwise product, of any size.</summary>
        public static bool Suits(Shape a, Extent n) => a[^1] == 1 || a[^1] is { IsConstant: true, Value: > 0 and <= Longest } && a.IsConstant && n.IsConstant && a.Size * n.Value <= Most;

        public override TensorType[] Infer(TensorType[] x) => new Dot().Infer(x);

        public override Value At(Affine[] i, Read[] x, TensorType[] types, TensorType y, Value? guard)
        {
            var zero = Values.Literal(y.DType, 0);
            (Value, Value)[] terms = [.. Enumerable.Range(0, (int)types[0].Shape[^1].Value).Select(k =>
                (x[0]([.. i[..^1], Affine.Of(k)], guard), x[1]([.. i[..^2], Affine.Of(k), i[^1]], guard)))];
            return !y.DType.IsFloat() ? terms.Aggregate(zero, (sum, t) => t.Item1 * t.Item2 + sum)
                : y.Shape[^1] == 1 ? Folded(Array.ConvertAll(terms, t => Values.Fma(t.Item1, t.Item2, zero))) + zero
                : terms.Aggregate(zero, (sum, t) => Values.Fma(t.Item1, t.Item2, sum));
        }

        /// <summary>Of one column each term has an accumulator of its own. The others hold +0, which shows where all of these are −0.</summary>
        static Value Folded(Value[] lanes)
        {
            for (int half = ProductDot.Lanes / 2; half > 0; half /= 2)
                for (int k = 0; k + half < lanes.Length; k++) lanes[k] += lanes[k + half];
            return lanes[0];
        }

        public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted) => throw new InvalidOperationException("A product is written out in programs alone.");
        public override Tensor[] Batch(Batched[] x, Extent size) => throw new InvalidOperationException("A product is written out in programs alone.");
    }

    /// <summary>A product for each index of the batch axes.</summary>
    sealed class Products(Product product, long[] batch, long[] a, long[] b, long c, int size) : Kernel
    {
        public override int Blocks { get; } = checked((int)batch.Aggregate(1L, (x, y) => x * y));
        public override int Chunks => Blocks * product.Chunks;
        public override bool IsShared => Chunks > 1 && Blocks * product.Work >= Product.SharedWork;

        public override unsafe void Run(long* addresses, int start, int end)
        {
            if (batch.Length == 0)
            {
                product.Run(addresses[0], addresses[1], addresses[2], start, end);
                return;
            }
            for (int done = start; done < end;)
            {
                var (index, first) = Math.DivRem(done, product.Chunks);
                int last = Math.Min(product.Chunks, first + end - done);
                long atA = 0, atB = 0, rest = index;
                for (int axis = batch.Length - 1; axis >= 0; axis--)
                {
                    (rest, long i) = Math.DivRem(rest, batch[axis]);
                    atA += i * a[axis];
                    atB += i * b[axis];
                }
                product.Run(addresses[0] + atA * size, addresses[1] + atB * size, addresses[2] + index * c * size, first, last);
                done += last - first;
            }
        }
    }
}

static partial class Prim
{
    /// <summary>[b…,m,k]·[b…,k,n] → [b…,m,n].</summary>
    public static Tensor Dot(Tensor a, Tensor b) => new Dot().Of(a, b);

    /// <summary>The last two axes exchanged.</summary>
    public static Tensor Transpose(Tensor x) => Permute(x, [.. Enumerable.Range(0, x.Rank - 2), x.Rank - 1, x.Rank - 2]);

    /// <summary>
    /// The sum of products over pairs of contracted axes, for each index of the pairs of batch axes: batch axes first, then the others of a,
    /// then the others of b. Follows jax.lax.dot_general.
    /// </summary>
    public static Tensor DotGeneral(Tensor a, Tensor b, Axes contractA, Axes contractB, Axes batchA, Axes batchB)
    {
        int[] freeA = Free(a, contractA, batchA), freeB = Free(b, contractB, batchB);
        Shape Extents(Tensor x, IEnumerable<int> axes) => [.. axes.Select(i => x.Shape[i])];
        var (batch, m, n) = (Extents(a, batchA), Extents(a, freeA), Extents(b, freeB));
        Shape kA = Extents(a, contractA), kB = Extents(b, contractB);
        if (kA != kB || batch != Extents(b, batchB))
            throw new ShapeException($"DotGeneral: expected equal extents along the axes paired, got {a.Type} and {b.Type}.{Caller.Line()}");
        a = Permute(a, [.. batchA, .. freeA, .. contractA]);
        b = Permute(b, [.. batchB, .. contractB, .. freeB]);
        // Nothing but pairs: a sum of products, in the order of sums.
        if (freeA is [] && freeB is []) return Sum(Mul(a, b), [.. Enumerable.Range(batch.Rank, kA.Rank)]);
        var y = Dot(Reshape(a, [.. batch, m.Count, kA.Count]), Reshape(b, [.. batch, kA.Count, n.Count]));
        return Reshape(y, [.. batch, .. m, .. n]);
    }

    static int[] Free(Tensor x, Axes contract, Axes batch) => [.. Enumerable.Range(0, x.Rank).Where(a => !contract.Contains(a) && !batch.Contains(a))];
}
