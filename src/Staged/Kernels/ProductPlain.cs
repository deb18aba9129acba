namespace StagedDiff;

/// <summary>The product as plain loops, where there is no JIT or no fused multiply-add: the same chains, so the same bits. Strides in bytes.</summary>
static unsafe class ProductPlain
{
    public static void Run(DType type, in Strided a, in Strided b, in Strided c, long k)
    {
        if (type == DType.F32) Run<float, SingleStep>(a, b, c, k);
        else if (type == DType.F64) Run<double, DoubleStep>(a, b, c, k);
        else if (type == DType.I64) Run<long, LongStep>(a, b, c, k);
        else Run<int, IntStep>(a, b, c, k);
    }

    /// <summary>A matrix at an address. C gives the extents; those of A and B follow.</summary>
    public readonly record struct Strided(long At, long RowStride, long ColumnStride, long Rows = 0, long Columns = 0);

    // The inner loop runs where B is closest to contiguous; either way an element's chain is in order of k.
    static void Run<T, TStep>(in Strided a, in Strided b, in Strided c, long k) where T : unmanaged where TStep : IStep<T>
    {
        for (long i = 0; i < c.Rows; i++)
        {
            long ai = a.At + i * a.RowStride, ci = c.At + i * c.RowStride;
            for (long j = 0; j < c.Columns; j++) *(T*)(ci + j * c.ColumnStride) = default;
            if (Math.Abs(b.ColumnStride) <= Math.Abs(b.RowStride))
                for (long q = 0; q < k; q++)
                {
                    T x = *(T*)(ai + q * a.ColumnStride);
                    long bq = b.At + q * b.RowStride;
                    for (long j = 0; j < c.Columns; j++)
                    {
                        ref T sum = ref *(T*)(ci + j * c.ColumnStride);
                        sum = TStep.MultiplyAdd(x, *(T*)(bq + j * b.ColumnStride), sum);
                    }
                }
            else
                for (long j = 0; j < c.Columns; j++)
                {
                    T sum = default;
                    long bj = b.At + j * b.ColumnStride;
                    for (long q = 0; q < k; q++) sum = TStep.MultiplyAdd(*(T*)(ai + q * a.ColumnStride), *(T*)(bj + q * b.RowStride), sum);
                    *(T*)(ci + j * c.ColumnStride) = sum;
                }
        }
    }

    interface IStep<T>
    {
        static abstract T MultiplyAdd(T a, T b, T c);
    }

    struct SingleStep : IStep<float> { public static float MultiplyAdd(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c); }
    struct DoubleStep : IStep<double> { public static double MultiplyAdd(double a, double b, double c) => Math.FusedMultiplyAdd(a, b, c); }
    struct IntStep : IStep<int> { public static int MultiplyAdd(int a, int b, int c) => unchecked(a * b + c); }
    struct LongStep : IStep<long> { public static long MultiplyAdd(long a, long b, long c) => unchecked(a * b + c); }
}
