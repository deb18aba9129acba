namespace StagedDiff.Tests;

/// <summary>Optimisers put together, masked, fed by halves.</summary>
public class OptimChainTests
{
    record Layer(Tensor W, Tensor B);

    static readonly Layer start = new(Tensor.From([1.0, -2]), Tensor.From([3.0]));
    static readonly Layer slope = new(Tensor.From([3.0, 0]), Tensor.From([-4.0]));

    static double[] After(Optimizer optimizer, params Layer[] gradients)
    {
        var (p, state) = (start, optimizer.Init(start));
        foreach (var g in gradients) (p, state) = optimizer.Update(g, state, p);
        return Flat(p);
    }

    static double[] Flat(Layer p) => [.. p.W.ToArray<double>(), .. p.B.ToArray<double>()];

    // The gradient's norm is 5.
    [Fact]
    public void Gradients_are_clipped()
    {
        Near.Equal([1 - 0.6, -2, 3 + 0.8], After(Optim.Chain(Optim.ClipByGlobalNorm(1), Optim.Sgd(1)), slope));
        Near.Equal([1 - 3, -2, 3 + 4], After(Optim.Chain(Optim.ClipByGlobalNorm(6), Optim.Sgd(1)), slope));
        Near.Equal([1 - 1, -2, 3 + 1], After(Optim.Chain(Optim.ClipByValue(1), Optim.Sgd(1)), slope));
        // √(9/2) and 4 are the root mean squares.
        Near.Equal([1 - 3 / Math.Sqrt(4.5), -2, 3 + 1], After(Optim.Chain(Optim.ClipByBlockRms(1), Optim.Sgd(1)), slope));
    }

    [Fact]
    public void A_chain_is_what_its_optimiser_is()
    {
        Assert.Equal(After(Optim.Adam(0.1), slope, slope), After(Optim.Chain(Optim.Adam(0.1)), slope, slope));
        Near.Equal(After(Optim.Adam(0.1), slope, slope), After(Optim.Chain(Optim.ScaleByAdam(), Optim.Scale(-0.1)), slope, slope));
        Near.Equal(After(Optim.NAdam(0.1), slope, slope), After(Optim.Chain(Optim.ScaleByAdam(nesterov: true), Optim.ScaleByLearningRate(0.1)), slope, slope));
        Near.Equal(After(Optim.Lamb(0.1), slope, slope), After(Optim.Chain(Optim.ScaleByAdam(eps: 1e-6), Optim.ScaleByTrustRatio(), Optim.ScaleByLearningRate(_ => 0.1)), slope, slope));
        Near.Equal(After(Optim.Sgd(0.1, 0.9, true), slope, slope), After(Optim.Chain(Optim.Trace(0.9, nesterov: true), Optim.Scale(-0.1)), slope, slope));
        var state = Optim.Chain(Optim.ClipByValue(1), Optim.Adam()).Init(start);
        Assert.Equal((2, 0, "Mu"), (state.Inner.Length, (int)state.Step, state.Inner[1].Slots[0].Name));
    }

    static bool IsWeight(string path) => path == ".W";

    [Fact]
    public void Masks_choose_by_path()
    {
        Near.Equal([1 - 3 - 0.5, -2 + 1, 3 + 4], After(Optim.Chain(Optim.AddDecayedWeights(0.5, IsWeight), Optim.Sgd(1)), slope));
        Near.Equal([1 - 1, -2, 3 + 4], After(Optim.Chain(Optim.Masked(Optim.ClipByValue(1), IsWeight), Optim.Sgd(1)), slope));
        Near.Equal([1, -2, 3 + 4], After(Optim.Freeze(Optim.Sgd(1), IsWeight), slope));
        Assert.Equal(Flat(start), After(Optim.SetToZero(), slope));
        Near.Equal([1 - 3, -2, 3 + 8], After(Optim.Partition(path => IsWeight(path) ? 0 : 1, Optim.Sgd(1), Optim.Sgd(2)), slope));
        Near.Equal([.. After(Optim.AdamW(0.1, weightDecay: 0.5), slope)[..2], After(Optim.Adam(0.1), slope)[2]], After(Optim.AdamW(0.1, weightDecay: 0.5, decays: IsWeight), slope));
        foreach (var o in new[] { Optim.Lion(0.1, weightDecay: 0.5, decays: _ => false), Optim.Lamb(0.1, weightDecay: 0.5, decays: _ => false), Optim.Lars(0.1, 0.5, decays: _ => false), Optim.Adadelta(weightDecay: 0.5, decays: _ => false) })
            Assert.NotEqual(Flat(start), After(o, slope));
        Near.Equal(After(Optim.Lion(0.1, weightDecay: 0), slope), After(Optim.Lion(0.1, weightDecay: 0.5, decays: _ => false), slope));
    }

    [Fact]
    public void What_a_mask_leaves_out_has_no_slots()
    {
        var state = Optim.Partition(path => IsWeight(path) ? 0 : 1, Optim.Adam(), Optim.Sgd(1)).Init(start);
        Assert.Equal([true, false], state.Inner[0]["Mu"].Select(x => x is not null));
        Assert.StartsWith("Partition: expected the number of one of 1 optimisers, got 1 for .B.",
            Assert.Throws<ArgumentException>(() => Optim.Partition(path => IsWeight(path) ? 0 : 1, Optim.Adam()).Init(start)).Message);
    }

    // Mean of 3 and 1; between, nothing moves.
    [Fact]
    public void Several_calls_make_one_step()
    {
        var other = new Layer(Tensor.From([1.0, 2]), Tensor.From([0.0]));
        Near.Equal(Flat(start), After(Optim.MultiSteps(Optim.Sgd(1), 2), slope));
        Near.Equal([1 - 2, -2 - 1, 3 + 2], After(Optim.MultiSteps(Optim.Sgd(1), 2), slope, other));
        var mean = new Layer(Tensor.From([2.0, 1]), Tensor.From([-2.0]));
        Near.Equal(After(Optim.Adam(0.1), mean, slope), After(Optim.MultiSteps(Optim.Adam(0.1), 2), slope, other, slope, slope), 1e-14);
        var (_, state) = Optim.MultiSteps(Optim.Adam(), 2).Update(slope, Optim.MultiSteps(Optim.Adam(), 2).Init(start), start);
        Assert.Equal((1, 0), ((int)state.Step, (int)state.Inner[0].Step));
        Assert.StartsWith("MultiSteps: expected at least one call for a step, got 0.", Assert.Throws<ArgumentOutOfRangeException>(() => Optim.MultiSteps(Optim.Adam(), 0)).Message);
    }

    [Fact]
    public void A_gradient_that_is_not_finite_is_skipped()
    {
        var optimizer = Optim.SkipNotFinite(Optim.Adam(0.1));
        foreach (double bad in new[] { double.NaN, double.PositiveInfinity })
        {
            var broken = slope with { B = Tensor.From([bad]) };
            Assert.Equal(After(Optim.Adam(0.1), slope, slope), After(optimizer, slope, broken, slope));
            var (_, state) = optimizer.Update(broken, optimizer.Init(start), start);
            Assert.Equal((1, 0), ((int)state.Step, (int)state.Inner[0].Step));
        }
    }

    [Fact]
    public void An_injected_rate_changes_without_a_new_trace()
    {
        var optimizer = Optim.Chain(Optim.Inject(new Dictionary<string, double> { ["rate"] = 1 }, h => Optim.Sgd(h["rate"])));
        int traces = 0;
        var step = Fn.Jit((Layer g, OptState s, Layer p) => { traces++; return optimizer.Update(g, s, p); });
        var state = optimizer.Init(start);
        Near.Equal([1 - 3, -2, 3 + 4], Flat(step(slope, state, start).Parameters));
        Near.Equal([1 - 1.5, -2, 3 + 2], Flat(step(slope, state.With("rate", 0.5), start).Parameters));
        Assert.Equal(1, traces);
        Assert.StartsWith("OptState: expected the name of a slot of numbers, got momentum.", Assert.Throws<ArgumentException>(() => state.With("momentum", 1)).Message);
    }

    // 0.1·3, 0.9·0.3 + 0.1·3 …; debiased it is 3 at once.
    [Fact]
    public void Averages_forget_slowly()
    {
        Near.Equal([1 + 3 + 3, -2, 3 - 4 - 4], After(Optim.Ema(0.9), slope, slope));
        Near.Equal([1 + 0.3 + 0.57, -2, 3 - 0.4 - 0.76], After(Optim.Ema(0.9, debias: false), slope, slope));
        Near.Equal([0.1 * 3 + 0.9 * 1, 0.9 * -2, 0.1 * -4 + 0.9 * 3], Flat(Optim.IncrementalUpdate(slope, start, 0.1)));
    }

    [Fact]
    public void Schedule_free_keeps_the_average()
    {
        var optimizer = Optim.ScheduleFreeSgd(0.5);
        var (p, state) = optimizer.Update(slope, optimizer.Init(start), start);
        // After one step x = z = start − 0.5·slope, and so is y.
        Near.Equal([-0.5, -2, 5], Flat(Optim.ScheduleFreeParameters(state, p)));
        Near.Equal([-0.5, -2, 5], Flat(p));
        (p, state) = optimizer.Update(slope, state, p);
        // z = −2; x = (−0.5 − 2)/2.
        Near.Equal([-1.25, -2, 6], Flat(Optim.ScheduleFreeParameters(state, p)));
        Assert.NotEqual(Flat(start), After(Optim.ScheduleFreeAdamW(0.1, warmupSteps: 3, weightDecay: 0.1), slope, slope));
    }

    // On x²·a/2 of two variables, a quadratic function: the whole step of memory 2 finds the minimum.
    [Fact]
    public void Lbfgs_minimises_Rosenbrocks_function_with_few_steps()
    {
        Tensor f(Tensor x) => 100 * Tensor.Pow(x[1] - x[0] * x[0], 2) + Tensor.Pow(1 - x[0], 2);
        var optimizer = Optim.Lbfgs(0.5);
        var (p, state) = (Tensor.From([0.5, 0.5]), optimizer.Init(Tensor.From([0.5, 0.5])));
        var step = Fn.Jit((Tensor p, OptState s) => optimizer.Update(Fn.Grad((Tensor x) => f(x))(p), s, p));
        for (int i = 0; i < 120; i++) (p, state) = step(p, state);
        Near.Equal([1, 1], p.ToArray<double>(), 1e-6);
        Assert.StartsWith("Lbfgs: expected to remember at least one change, got 0.", Assert.Throws<ArgumentOutOfRangeException>(() => Optim.Lbfgs(memory: 0)).Message);
    }

    // Newton–Schulz of these coefficients: singular values within 0.68 … 1.13 for any that are not tiny (Jordan et al.).
    [Fact]
    public void Muon_steps_along_a_nearly_orthogonal_matrix()
    {
        foreach (var shape in new Shape[] { [3, 5], [5, 3], [4, 4] })
        {
            var x = Optim.Orthogonal(Rng.Normal(Rng.Key(1), shape, DType.F64), 5, 1e-8);
            var gram = shape[0] > shape[1] ? x.T.MatMul(x) : x.MatMul(x.T);
            Assert.InRange((double)(gram * Tensor.Eye(gram.Shape[0], dtype: DType.F64)).Sum() / gram.Shape[0], 0.5, 1.3);
        }
    }

    [Fact]
    public void A_parameter_written_as_a_whole_number_is_refused()
    {
        Assert.StartsWith("Init: the parameter .Item2 is the whole number 1, which has no derivative. Write 1.0.",
            Assert.Throws<DTypeException>(() => Optim.Adam().Init<(Tensor, Tensor)>((0.5, 1))).Message);

        // Integers that are meant to be some stay as they are.
        Optim.Adam().Init((Tensor.Ones(2), Tensor.From(1)));
    }
}
