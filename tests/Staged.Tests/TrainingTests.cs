using System.Runtime.Intrinsics;
using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>
/// Training has the same bits eager and jitted, on any number of threads, at any width of vectors: a hash of all losses, parameters and
/// moments. With STAGEDDIFF_EXHAUSTIVE=1 over all combinations, a thousand steps each.
/// </summary>
[Collection("Threads")]
public class TrainingTests
{
    record Layer(Tensor W, Tensor B);

    static Tensor Draw(int seed, params int[] shape) => Rng.Normal(Rng.Key(seed), Shape.Of(shape));
    static Layer[] Start => [new(Draw(1, 16, 96) * 0.2, Tensor.Zeros(96)), new(Draw(2, 96, 10) * 0.1, Tensor.Zeros(10))];
    static readonly Tensor x = Draw(3, 512, 16), y = Draw(4, 512, 10).ArgMax(1);
    static readonly Optimizer adam = Optim.Adam(0.01);

    static Tensor Loss(Layer[] m, Tensor x, Tensor y) =>
        Losses.SoftmaxCrossEntropy(Tensor.Tanh(x.MatMul(m[0].W) + m[0].B).MatMul(m[1].W) + m[1].B, y).Mean();

    static (Tensor, Layer[], OptState) Step(Layer[] m, OptState s)
    {
        var (loss, gradient) = ValueAndGrad<Layer[], Tensor, Tensor>(Loss)(m, x, y);
        var (next, state) = adam.Update(gradient, s, m);
        return (loss, next, state);
    }

    /// <summary>The widest vectors that this process uses.</summary>
    static int Bits => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    static string Trained(int steps, Func<Layer[], OptState, (Tensor, Layer[], OptState)> step)
    {
        var (m, s, losses) = (Start, adam.Init(Start), new List<Tensor>());
        for (int i = 0; i < steps; i++)
        {
            (var loss, m, s) = step(m, s);
            losses.Add(loss);
        }
        Assert.True(losses[^1].Item<float>() < losses[0].Item<float>() / 2);
        return Numbers.Hash([.. losses, .. Tree.Leaves((m, s))]);
    }

    /// <summary>A line for each way to train: "eager", or a number of threads to run jitted on.</summary>
    public static IEnumerable<string> Hashes(int steps, string[] ways) => ways.Select(way =>
    {
        if (way == "eager") return $"{Bits} bits, eager: {Trained(steps, Step)}";
        int threads = int.Parse(way), jobs = Team.Jobs;     // of the closure: so that each has a program of its own
        var hash = Trained(steps, Jit((Layer[] m, OptState s) => threads > 0 ? Step(m, s) : default, new() { Threads = threads, Donate = [0, 1] }));
        Assert.Equal(threads > 1, Team.Jobs >= jobs + steps);
        return $"{Bits} bits, {threads} threads: {hash}";
    });

    static void SameHash(IEnumerable<string> lines, int count)
    {
        var all = lines.ToArray();
        Assert.Equal(count, all.Length);
        Assert.True(all.Select(l => l.Split(": ")[1]).Distinct().Count() == 1, string.Join("\n", all));
    }

    static readonly string[] all = ["eager", "1", "2", "3", "8"];

    [Fact]
    public void A_thousand_steps_have_one_hash() => SameHash([.. Hashes(1000, all), .. Child.Lines("train 1000 eager 2", true, "DOTNET_EnableAVX512=0")], 7);

    [Fact]
    public void So_have_steps_without_AVX2() => SameHash([.. Hashes(100, ["2"]), .. Child.Lines("train 100 eager 3", true, "DOTNET_EnableAVX2=0")], 3);

    [Fact]
    public void All_ways_to_train_have_one_hash()
    {
        if (Environment.GetEnvironmentVariable("STAGEDDIFF_EXHAUSTIVE") != "1") return;
        string[] settings = ["DOTNET_EnableAVX512=1", "DOTNET_EnableAVX512=0", "DOTNET_EnableAVX2=0"];
        string[] lines = [.. settings.SelectMany(s => Child.Lines($"train 1000 {string.Join(' ', all)}", true, s))];
        SameHash(lines, 15);
        Assert.Equal(Vector512.IsHardwareAccelerated ? 3 : 2, lines.Select(l => l.Split(' ')[0]).Distinct().Count());
    }
}
