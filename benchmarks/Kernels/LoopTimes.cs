using System.Diagnostics;
using System.Runtime.InteropServices;

namespace StagedDiff.Kernels;

/// <summary>Compiled loops on memory of their own: no results are allocated, nothing is dispatched.</summary>
static unsafe class LoopTimes
{
    const double Second = 1e6, Each = 0.4 * Second;

    public static void Print(string[] only)
    {
        Console.WriteLine("| loop | median µs | best | GB/s | form |\n|---|---|---|---|---|");
        foreach (var (name, f, x, inPlace) in All().Where(r => only.Any(r.Name.Contains))) Row(name, f, x, inPlace);
    }

    static Tensor Draw(params int[] shape)
    {
        var random = new Random(shape.Sum());
        return Tensor.From([.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => random.NextSingle() * 2 - 1)], shape);
    }

    static IEnumerable<(string Name, Func<Tensor[], Tensor[]> F, Tensor[] X, bool InPlace)> All()
    {
        foreach (int[] shape in new[] { new[] { 512, 65 }, [512, 128], [4096, 10] })
            yield return ($"softmax {shape[0]}×{shape[1]}", t => [Nn.Softmax(t[0])], [Draw(shape)], false);
        foreach (int n in new[] { 128, 4096 })
            yield return ($"softmax cross-entropy {n}×10 with gradient", t =>
            {
                var (rows, pull) = Fn.Vjp((Tensor x) => Losses.SoftmaxCrossEntropy(x, t[1]), t[0]);
                return [rows, pull(Tensor.Ones(n))];
            }, [Draw(n, 10), Draw(n, 10)], false);
        static Tensor Normed(Tensor x, Tensor gain, Tensor shift)
        {
            var d = x - x.Mean(1, keepDims: true);
            return d / Tensor.Sqrt((d * d).Mean(1, keepDims: true) + 1e-5f) * gain + shift;
        }
        yield return ("layer norm 512×128", t => [Normed(t[0], t[1], t[2])], [Draw(512, 128), Draw(128), Draw(128)], false);
        yield return ("layer norm 512×128, gradient", t =>
        {
            var (_, pull) = Fn.Vjp(((Tensor X, Tensor Gain, Tensor Shift) p) => Normed(p.X, p.Gain, p.Shift), (t[0], t[1], t[2]));
            var (dx, gain, shift) = pull(t[3]);
            return [dx, gain, shift];
        }, [Draw(512, 128), Draw(128), Draw(128), Draw(512, 128)], false);
        yield return ("Adam 670k in place", t =>
        {
            var (p, m, v, g) = (t[0], t[1], t[2], t[3]);
            m = m * 0.9f + g * 0.1f;
            v = v * 0.999f + g * g * 0.001f;
            return [p - 1e-3f * m / (Tensor.Sqrt(v) + 1e-8f), m, v];
        }, [Draw(670_000), Draw(670_000), Tensor.Abs(Draw(670_000)), Draw(670_000)], true);
        yield return ("copy 1024×1024", t => [t[0] + 0f], [Draw(1024, 1024)], false);
        yield return ("x.T + b 1024×1024", t => [t[0].T + t[1]], [Draw(1024, 1024), Draw(1024)], false);
        yield return ("sum of axis 0, 1024×1024", t => [t[0].Sum(0)], [Draw(1024, 1024)], false);
        yield return ("sum of axis 1, 1024×1024", t => [t[0].Sum(1)], [Draw(1024, 1024)], false);
        foreach (int n in new[] { 7, 15, 100, 1003 })
            yield return ($"a·x + b, {n}", t => [t[0] * 1.5f + 0.5f], [Draw(n)], false);
    }

    static void Row(string name, Func<Tensor[], Tensor[]> f, Tensor[] x, bool inPlace)
    {
        var program = Fn.Stage(f, x, new() { Threads = 1 }).Compile().Program;
        var buffers = program.Buffers;
        var memory = Array.ConvertAll(buffers, t => (nint)NativeMemory.AlignedAlloc((nuint)(t.Shape.Size * t.DType.Size() + 64), 64));
        for (int k = 0; k < x.Length; k++) x[k].AsSpan<float>().CopyTo(new((void*)memory[k], (int)x[k].Size));
        var table = stackalloc long[buffers.Length];
        for (int k = 0; k < buffers.Length; k++) table[k] = memory[inPlace && k >= program.FirstResult ? k - program.FirstResult : k];

        long address = (long)table;
        void Run(int times)
        {
            for (int i = 0; i < times; i++) program.Execute((long*)address);
        }
        Run(100);
        double Time(int times)
        {
            long start = Stopwatch.GetTimestamp();
            Run(times);
            return (Stopwatch.GetTimestamp() - start) * Second / Stopwatch.Frequency / times;
        }
        int batch = (int)Math.Clamp(50 / Time(10), 1, 10_000);
        var times = new List<double>();
        for (double all = 0; all < Each; all += times[^1] * batch) times.Add(Time(batch));
        times.Sort();
        var (median, best) = (times[times.Count / 2], times[0]);
        Console.WriteLine($"| {name} | {median:F3} | {best:F3} | {program.Total.Bytes / median / 1e3:F1} | {string.Join("; ", program.Loops)} |");
        foreach (nint m in memory) NativeMemory.AlignedFree((void*)m);
    }
}
