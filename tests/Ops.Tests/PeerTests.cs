using System.Text.Json;
using StagedDiff.Workloads;

namespace StagedDiff.Tests;

/// <summary>
/// The first numbers of the workloads are PyTorch's: 2.14.1, float32, on the inputs in peers/, kept in
/// benchmarks/Workloads/expected.json. The steps are those that benchmarks/Workloads times.
/// </summary>
public class PeerTests
{
    static readonly JsonElement expected = JsonDocument.Parse(File.ReadAllText(Repository.At("benchmarks", "Workloads", "expected.json"))).RootElement;

    static IEnumerable<double> Flat(JsonElement e) => e.ValueKind == JsonValueKind.Array ? e.EnumerateArray().SelectMany(Flat) : [e.GetDouble()];

    static double[] First(Workload workload, JitOptions? options, int steps)
    {
        var step = workload.Start(new(Repository.At("tests", "Ops.Tests", "peers")), options);
        return [.. Enumerable.Range(0, steps).SelectMany(_ => workload.Watch(step()))];
    }

    [Theory]
    [InlineData("tiny", 3), InlineData("mlp_small", 3), InlineData("hvp", 1)]
    public void First_steps_agree_with_PyTorch_and_have_the_same_bits_jitted(string name, int steps)
    {
        var workload = Workload.All.Single(w => w.Name == name);
        double[] eager = First(workload, null, steps), theirs = [.. Flat(expected.GetProperty(name))];
        Assert.Equal(theirs.Length, eager.Length);
        Assert.All(eager.Zip(theirs), p => Assert.InRange(p.First / p.Second, 1 - 1e-5, 1 + 1e-5));
        foreach (int threads in new[] { 1, 2, 3 }) Assert.Equal(eager, First(workload, new() { Threads = threads }, steps));
    }
}
