namespace StagedDiff.Tests;

/// <summary>Paths of optimisers against PyTorch, or against their papers' formulas written out there.</summary>
public class OptimGoldenTests
{
    /// <summary>The first case holds what all share: where they start, and the gradients of each step; the others where they went.</summary>
    sealed record Walk(string Name, Golden.Packed[] Start, Golden.Packed[][] Gradients, Golden.Packed[][] Path);

    static readonly Walk[] cases = Golden.Read<Walk>("optimisers");

    static Tensor Warm(Tensor count) => 0.05 * Tensor.Minimum((count + 1).Cast(DType.F64), 4);
    static Tensor WarmFrom1(Tensor count) => 0.05 * Tensor.Minimum(count.Cast(DType.F64), 4);

    static readonly Dictionary<string, Optimizer> optimisers = new()
    {
        ["sgd"] = Optim.Sgd(0.1), ["momentum"] = Optim.Sgd(0.1, 0.9), ["nesterov"] = Optim.Sgd(0.1, 0.9, true),
        ["sgd with l2"] = Optim.Chain(Optim.AddDecayedWeights(0.05), Optim.Trace(0.9), Optim.ScaleByLearningRate(0.1)),
        ["adam"] = Optim.Adam(0.1), ["adamw"] = Optim.AdamW(0.1, weightDecay: 0.05),
        ["rmsprop"] = Optim.RmsProp(0.1, eps: 1e-3, epsInSqrt: false), ["rmsprop of optax"] = Optim.RmsProp(0.1),
        ["rmsprop with momentum"] = Optim.RmsProp(0.1, eps: 1e-3, epsInSqrt: false, momentum: 0.5),
        ["rmsprop centered"] = Optim.RmsProp(0.1, eps: 1e-3, epsInSqrt: false, centered: true),
        ["adagrad"] = Optim.Adagrad(0.1, eps: 0), ["adadelta"] = Optim.Adadelta(0.5, weightDecay: 0.05), ["adamax"] = Optim.Adamax(0.1),
        ["radam"] = Optim.RAdam(0.1, eps: 0), ["nadam"] = Optim.NAdam(0.1), ["lamb"] = Optim.Lamb(0.1, weightDecay: 0.05),
        ["lars"] = Optim.Lars(10, weightDecay: 0.05), ["lion"] = Optim.Lion(0.1, weightDecay: 0.05), ["muon"] = Optim.Muon(0.1),
        ["lbfgs"] = Optim.Lbfgs(0.1, memory: 3),
        ["schedule-free sgd"] = Optim.ScheduleFree(Optim.Sgd(Warm), WarmFrom1),
        ["schedule-free adamw"] = Optim.ScheduleFree(Optim.AdamW(Warm, b1: 0, weightDecay: 0.05), WarmFrom1),
    };

    public static TheoryData<string> Names => [.. cases.Skip(1).Select(c => c.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Paths_are_those_of_PyTorch_or_of_the_paper(string name)
    {
        var p = Array.ConvertAll(cases[0].Start, x => x.Tensor);
        var state = optimisers[name].Init(p);
        foreach (var (gradients, expected) in cases[0].Gradients.Zip(cases.Single(c => c.Name == name).Path))
        {
            (p, state) = optimisers[name].Update(Array.ConvertAll(gradients, x => x.Tensor), state, p);
            for (int i = 0; i < p.Length; i++) Near.Equal(expected[i].Data, p[i].ToArray<double>(), 1e-11);
        }
    }

    [Fact]
    public void Every_path_is_walked() => Assert.Equal(optimisers.Keys.Order(), cases.Skip(1).Select(c => c.Name).Order());
}
