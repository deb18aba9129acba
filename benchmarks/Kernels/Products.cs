using System.Runtime.InteropServices;

namespace StagedDiff.Kernels;

/// <summary>
/// Matrix products as a compiled program runs them: planned once, operands as they lie, on cache lines as its temporaries do, checked against sums in double precision.
/// </summary>
static unsafe class Products
{
    /// <summary>A product of [batch, m, k] and [batch, k, n]; a transposed operand lies with its other axis contiguous.</summary>
    sealed record Shape(DType Type, int M, int K, int N, bool Left = false, bool Right = false, int Batch = 1)
    {
        public string Label => $"{Type.Name()} {(Batch > 1 ? $"{Batch}×({M}×{K}×{N})" : $"{M}×{K}×{N}")}{(Left ? ", A transposed" : "")}{(Right ? ", B transposed" : "")}";
        public double Flops => 2.0 * Batch * M * K * N;
    }

    static IEnumerable<Shape> All()
    {
        foreach (int n in new[] { 64, 128, 256, 512, 1024, 2048 }) yield return new(DType.F32, n, n, n);
        // hidden layers, heads, attention
        foreach (var (m, k, n) in new[] { (128, 784, 512), (128, 512, 10), (32, 784, 128), (512, 128, 384), (64, 4096, 4096), (64, 32, 64), (64, 64, 32), (256, 64, 256), (256, 256, 64) })
            yield return new(DType.F32, m, k, n);
        yield return new(DType.F32, 64, 32, 64, Batch: 64);
        yield return new(DType.F32, 64, 64, 32, Batch: 64);
        foreach (var (m, k, n) in new[] { (64, 64, 64), (256, 256, 256), (512, 512, 512), (784, 128, 512), (784, 32, 128), (512, 128, 10), (128, 512, 384) })
            yield return new(DType.F32, m, k, n, Left: true);
        foreach (var (m, k, n) in new[] { (64, 64, 64), (256, 256, 256), (512, 512, 512), (128, 512, 784), (512, 384, 128), (256, 64, 256), (128, 10, 512), (32, 10, 128) })
            yield return new(DType.F32, m, k, n, Right: true);
        foreach (int n in new[] { 128, 512, 2048 }) yield return new(DType.F32, 1, n, n);
        foreach (int n in new[] { 128, 512, 2048 }) yield return new(DType.F32, n, n, 1);
        foreach (int n in new[] { 64, 128, 256, 512, 1024 }) yield return new(DType.F64, n, n, n);
    }

    public static void Print(int threads, Func<double> clock, string[] only)
    {
        Console.WriteLine($"Peak of a core: {Peak.Flops / 1e9:F0} GFLOP/s in f32. {threads} thread{(threads == 1 ? "" : "s")}.\n\n| m × k × n | µs, median | GFLOP/s, median | best | best of peak |\n|---|---|---|---|---|");
        foreach (var s in All().Where(s => only.Any(s.Label.Contains)))
        {
            var (us, least) = s.Type == DType.F32 ? Time<float>(s, threads, clock) : Time<double>(s, threads, clock);
            double peak = Peak.Flops * Math.Min(threads, Environment.ProcessorCount) / (s.Type.Size() / 4);
            Console.WriteLine($"| {s.Label} | {us:F2} | {s.Flops / us / 1000:F1} | {s.Flops / least / 1000:F1} | {100 * s.Flops / least * 1e6 / peak:F0} % |");
        }
    }

    static (double Median, double Least) Time<T>(Shape s, int threads, Func<double> clock) where T : unmanaged, System.Numerics.IFloatingPoint<T>
    {
        long m = s.M, k = s.K, n = s.N;
        T* a = Drawn<T>(1, s.Batch * m * k), b = Drawn<T>(2, s.Batch * k * n), c = Memory<T>(s.Batch * m * n);
        long[] Strides(long rows, long columns, bool transposed)
        {
            long[] own = transposed ? [1, rows] : [columns, 1];
            return s.Batch > 1 ? [rows * columns, .. own] : own;
        }
        TensorType Type(long rows, long columns) => new(s.Type, s.Batch > 1 ? [s.Batch, rows, columns] : [rows, columns]);
        long[][] strides = [Strides(m, k, s.Left), Strides(k, n, s.Right)];
        var kernel = new Dot().Plan([Type(m, k), Type(k, n)], strides, [Type(m, n)], sizesVary: false);
        long* addresses = stackalloc long[] { (long)a, (long)b, (long)c };
        long table = (long)addresses;
        void Run()
        {
            if (threads > 1 && kernel.Chunks > 1) Team.Run(threads, kernel.Chunks, chunk => kernel.Run((long*)table, chunk, chunk + 1));
            else kernel.Run((long*)table, 0, kernel.Chunks);
        }
        Run();
        for (long i = 0; i < m * n; i += Math.Max(1, m * n / 97))
        {
            double exact = 0;
            for (long q = 0; q < k; q++) exact += double.CreateChecked(a[i / n * strides[0][^2] + q * strides[0][^1]]) * double.CreateChecked(b[q * strides[1][^2] + i % n * strides[1][^1]]);
            if (!(Math.Abs(exact - double.CreateChecked(c[i])) < 1e-4 * Math.Sqrt(k))) throw new InvalidOperationException($"{s.Label} is wrong at {i}: {c[i]}, not {exact}.");
        }
        for (double until = clock() + 10_000; clock() < until;) Run();
        double start = clock();
        Run();
        int count = (int)Math.Clamp(12_000 / Math.Max(clock() - start, 0.05), 1, 1_000_000);
        var times = new double[15];
        for (int r = 0; r < times.Length; r++)
        {
            start = clock();
            for (int i = 0; i < count; i++) Run();
            times[r] = (clock() - start) / count;
        }
        Array.Sort(times);
        foreach (var x in new[] { (nint)a, (nint)b, (nint)c }) NativeMemory.AlignedFree((void*)x);
        return (times[times.Length / 2], times[0]);
    }

    static T* Memory<T>(long count) where T : unmanaged => (T*)NativeMemory.AlignedAlloc((nuint)(count * sizeof(T)), 64);

    static T* Drawn<T>(int seed, long count) where T : unmanaged, System.Numerics.IFloatingPoint<T>
    {
        var random = new Random(seed);
        var x = Memory<T>(count);
        for (long i = 0; i < count; i++) x[i] = T.CreateChecked(2 * random.NextDouble() - 1);
        return x;
    }
}
