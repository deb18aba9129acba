using System.Reflection;
using System.Text.RegularExpressions;
using StagedDiff.Workloads;

namespace StagedDiff.Tests;

/// <summary>
/// The JIT compiles every kernel fully optimised, by its own summary. It gives up in two ways: on methods that are very large it does not
/// optimise at all, and of more than 1,024 locals it tracks (keeps in registers) only the first, and inlines no more beyond a share of that.
/// The summary shows the first. The second shows in the code: it is other code where the limit is raised.
/// </summary>
public class KernelTests
{
    /// <summary>The JIT's lines on a child's work: of all methods, and of our kernels alone, from their level of optimisation on, in order, each once (two threads may compile the same).</summary>
    static (string[] All, string[] Kernels) Summary(string task, params string[] environment)
    {
        var file = Path.GetTempFileName();
        try
        {
            // Without tiers no thread compiles beside the program and writes to the file as it ends. Our kernels have no tiers.
            Child.Lines(task, true, ["DOTNET_TieredCompilation=0", $"DOTNET_JitStdOutFile={file}", "DOTNET_JitDisasmSummary=1", .. environment]);
            var all = File.ReadAllLines(file);
            return (all, [.. (from line in all let m = Regex.Match(line, @"\(dynamicClass\):(?:staged|tile)_.* (\[.*\])$") where m.Success orderby m.Groups[1].Value select m.Groups[1].Value).Distinct()]);
        }
        finally { File.Delete(file); }
    }

    [Theory, InlineData("DOTNET_EnableAVX512=1"), InlineData("DOTNET_EnableAVX512=0")]
    public void Every_kernel_is_fully_optimised_and_has_no_more_locals_than_the_JIT_tracks(string vectors)
    {
        var (all, kernels) = Summary("kernels", vectors);
        Assert.True(kernels.Length > 500);
        Assert.All(kernels, k => Assert.StartsWith("[FullOpts, ", k));
        // A method stands in the summary where its inlining failed. Some names are inlined for some operands and called for others.
        var inlined = new[] { typeof(LaneMath), typeof(LaneGather) }.SelectMany(t => t.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .ToLookup(m => m.Name, m => m.MethodImplementationFlags.HasFlag(MethodImplAttributes.AggressiveInlining)).Where(g => g.All(i => i)).Select(g => g.Key).ToHashSet();
        Assert.Contains("Load512", inlined);
        Assert.DoesNotContain(all, line => Regex.Match(line, @" StagedDiff\.Lane(?:Math|Gather):(\w+)") is { Success: true } m && inlined.Contains(m.Groups[1].Value));
        // The limit is a hexadecimal number.
        Assert.Equal(kernels, Summary("kernels", vectors, "DOTNET_JitMaxLocalsToTrack=10000").Kernels);
    }

    [Fact]
    public void Kernels_beyond_the_limit_of_locals_are_other_code() =>
        Assert.NotEqual(Summary("kernels tiny").Kernels, Summary("kernels tiny", "DOTNET_JitMaxLocalsToTrack=20").Kernels);

    static Tensor Draw(int seed, int n) => Rng.Uniform(Rng.Key(seed), [n]);

    static Tensor Deep(Tensor x, int ops)
    {
        for (int i = 0; i < ops; i++) x = i % 10 == 9 ? Tensor.Exp(-x) : i % 2 == 0 ? x * (1 + i * 1e-6) : x + i * 1e-6;
        return x;
    }

    /// <summary>Runs every op, the steps of the workloads, and graphs too large for one kernel; or one workload alone. Names what is done.</summary>
    public static IEnumerable<string> Run(string? only = null)
    {
        foreach (var w in Workload.All.Where(w => only is null || w.Name == only))
        {
            foreach (var options in new[] { null, new JitOptions { Threads = 1 } })
            {
                var step = w.Start(new(null), options);
                step();
                step();
            }
            yield return w.Name;
        }
        if (only is not null) yield break;
        foreach (string line in InterpretedTests.Bits()) yield return line;
        foreach (var type in new[] { DType.F32, DType.F64 })
        {
            Fn.Jit((Tensor x) => Deep(x, 10_000))(Draw(1, 1000).Cast(type));
            yield return "deep";
            Tensor[] wide = [.. Enumerable.Range(0, 300).Select(i => Draw(i, 1000).Cast(type))];
            Fn.Jit((Tensor[] x) => x.Select((t, i) => t * x[(i + 1) % x.Length] + i).ToArray())(wide);
            Fn.Jit((Tensor[] x) => x.Aggregate((a, b) => a * 0.5 + b))(wide);
            yield return "wide";
            Fn.Jit((Tensor[] x) => Fn.Grad((Tensor[] x) => x.Select(t => (Nn.Gelu(t) * Tensor.Sin(t)).Sum()).Aggregate((a, b) => a + b))(x))(wide[..50]);
            Fn.Jit((Tensor x) => Fn.Grad<Tensor>(x => Deep(x, 300).Sum())(x))(wide[0]);
            yield return "gradients";
            foreach (int n in new[] { 3, 10, 16, 33, 65, 100, 128, 256 })
            {
                Tensor Loss(Tensor x) => (Losses.SoftmaxCrossEntropy(x, Nn.Softmax(x)) + x.Max(1)).Sum();
                var x = Draw(n, 500 * n).Reshape(500, n).Cast(type);
                Fn.Jit((Tensor x) => (Nn.Softmax(x), Fn.ValueAndGrad<Tensor>(Loss)(x)), new() { MaxTraces = 100 })(x);
                Fn.Jit((Tensor x) => Nn.LogSoftmax(x) * x.Min(1, keepDims: true), new() { MaxTraces = 100 })(x);
                Fn.Jit((Tensor x) => Fn.Grad(((Tensor X, Tensor Gain) p) => (Nn.Standardize(p.X) * p.Gain).Sum())((x, x[0])), new() { MaxTraces = 100 })(x);
            }
            yield return "rows";
        }
    }
}
