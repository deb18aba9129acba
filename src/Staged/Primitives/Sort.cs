using System.Buffers;
using System.Numerics;

namespace StagedDiff;

/// <summary>
/// The order of the elements along an axis: the place of the least, of the next, … (of the greatest, descending), as I32. Stable: equals keep
/// their order; −0 equals 0, NaN comes last either way.
/// </summary>
sealed record ArgSort(int Axis, bool Descending) : KernelOp
{
    public override string Name => "argsort";
    public override string ToString() => $"argsort[{Axis}{(Descending ? ";descending" : "")}]";

    public override TensorType[] Infer(TensorType[] x) => Axis >= 0 && Axis < x[0].Shape.Rank ? [x[0] with { DType = DType.I32 }]
        : throw new ShapeException($"argsort: {x[0]} has no axis {Axis}.{Caller.Line()}");

    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted) => (Apply(x), _ => [null]);
    public override Dual[] Jvp(Dual[] x) => [new(Of(x[0].Primal), null)];
    public override Tensor[] Batch(Batched[] x, Extent size) => (this with { Axis = Axis + 1 }).Apply(x[0].Value);

    public override Kernel Plan(TensorType[] x, long[][] strides, TensorType[] y, bool sizesVary) =>
        ElementTypes.Dispatch(x[0].DType, new Rows(Descending, ElementTypes.Around(x[0].Shape, Axis)));

    sealed class Rows(bool descending, (long Outer, long N, long Inner) size) : IForElement<Kernel>
    {
        public Kernel For<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => new Routine<T>(descending, size);
    }

    sealed class Routine<T>(bool descending, (long Outer, long N, long Inner) size) : Kernel where T : unmanaged, INumber<T>
    {
        long Count => size.Outer * size.Inner;
        public override int Chunks { get; } = (int)Math.Clamp(size.Outer * size.N * size.Inner >> 10, 1, Math.Clamp(size.Outer * size.Inner, 1, 256));

        public override unsafe void Run(long* addresses, int start, int end)
        {
            T* x = (T*)addresses[0];
            int* y = (int*)addresses[1];
            int n = checked((int)size.N);
            var keys = ArrayPool<ulong>.Shared.Rent(n);
            var places = ArrayPool<int>.Shared.Rent(n);
            for (long row = Count * start / Chunks; row < Count * end / Chunks; row++)
            {
                var (outer, j) = Math.DivRem(row, size.Inner);
                long at = outer * size.N * size.Inner + j;
                for (int k = 0; k < n; k++) (keys[k], places[k]) = (Key(x[at + k * size.Inner]), k);
                Sorted(keys.AsSpan(0, n), places.AsSpan(0, n));
                for (int k = 0; k < n; k++) y[at + k * size.Inner] = places[k];
            }
            ArrayPool<ulong>.Shared.Return(keys);
            ArrayPool<int>.Shared.Return(places);
        }

        static void Sorted(Span<ulong> keys, Span<int> places)
        {
            keys.Sort(places);
            // That sort is not stable: equals are put in order after it.
            for (int first = 0, next; first < keys.Length; first = next)
            {
                for (next = first + 1; next < keys.Length && keys[next] == keys[first]; next++) { }
                if (next - first > 1) places[first..next].Sort();
            }
        }

        /// <summary>A number whose order among unsigned ones is that of x.</summary>
        ulong Key(T x)
        {
            if (T.IsNaN(x)) return ulong.MaxValue;
            ulong key = x switch
            {
                float f => Ordered(BitConverter.DoubleToInt64Bits(f + 0.0)),     // −0 + 0 = 0
                double d => Ordered(BitConverter.DoubleToInt64Bits(d + 0.0)),
                _ => (ulong)long.CreateTruncating(x) ^ 1UL << 63,
            };
            return descending ? ~key : key;
        }

        static ulong Ordered(long bits) => bits < 0 ? ~(ulong)bits : (ulong)bits | 1UL << 63;
    }
}

static partial class Prim
{
    public static Tensor ArgSort(Tensor x, int axis, bool descending) => new ArgSort(axis, descending).Of(x);

    /// <summary>
    /// Operands of one shape, their elements along an axis put in the order of the first <paramref name="keys"/> of them: by the first, equals by the
    /// second, and so on.
    /// </summary>
    public static Tensor[] Sort(Tensor[] x, int axis, bool descending, int keys = 1)
    {
        var order = ArgSort(x[keys - 1], axis, descending);
        for (int k = keys - 2; k >= 0; k--) order = TakeAlong(order, ArgSort(TakeAlong(x[k], order, axis), axis, descending), axis);
        return Array.ConvertAll(x, t => TakeAlong(t, order, axis));
    }

    /// <summary>y[…, j, …] = x[…, i[…, j, …], …]: NumPy's take_along_axis.</summary>
    public static Tensor TakeAlong(Tensor x, Tensor indices, int axis)
    {
        int last = x.Rank - 1;
        return ToAxis(new Gather(last, last).Of(ToLast(x, axis), ToLast(indices, axis)), axis);
    }

    /// <summary>x[…, i[…, j, …], …] + u[…, j, …]: the transpose.</summary>
    public static Tensor AddAlong(Tensor x, Tensor indices, Tensor updates, int axis)
    {
        int last = x.Rank - 1;
        return ToAxis(new ScatterAdd(last, last).Of(ToLast(x, axis), ToLast(indices, axis), ToLast(updates, axis)), axis);
    }

    static Tensor ToLast(Tensor x, int axis) => Permute(x, [.. Enumerable.Range(0, x.Rank).Where(a => a != axis), axis]);

    static Tensor ToAxis(Tensor x, int axis) =>
        Permute(x, [.. Enumerable.Range(0, axis), x.Rank - 1, .. Enumerable.Range(axis, x.Rank - 1 - axis)]);
}
