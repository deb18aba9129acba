namespace StagedDiff.Tests;

public class OptimTests
{
    record Model(Tensor W, Tensor Count, Tensor[] Rest, string Name);

    /// <summary>What p is after each of three steps from 1 along gradients 2, −1 and 0.5.</summary>
    static double[] Path(Optimizer optimizer)
    {
        var p = Tensor.From(1.0);
        var state = optimizer.Init(p);
        var path = new List<double>();
        foreach (double g in new[] { 2, -1, 0.5 })
        {
            (p, state) = optimizer.Update(Tensor.From(g), state, p);
            path.Add((double)p);
        }
        Assert.Equal(3, (int)state.Step);
        return [.. path];
    }

    // 1 − 0.1·2 = 0.8; + 0.1 = 0.9; − 0.05 = 0.85.
    [Fact]
    public void Gradient_descent_steps_along_the_gradient() => Near.Equal([0.8, 0.9, 0.85], Path(Optim.Sgd(0.1)));

    // t = 2; −1 + 0.9·2 = 0.8; 0.5 + 0.9·0.8 = 1.22.
    [Fact]
    public void Momentum_keeps_a_trace() => Near.Equal([0.8, 0.72, 0.598], Path(Optim.Sgd(0.1, momentum: 0.9)));

    // g + 0.9·t = 3.8; −1 + 0.72 = −0.28; 0.5 + 1.098 = 1.598.
    [Fact]
    public void Nesterov_looks_ahead() => Near.Equal([0.62, 0.648, 0.4882], Path(Optim.Sgd(0.1, 0.9, nesterov: true)));

    // m = 0.2, 0.08, 0.122; v = 0.004, 0.004996, 0.005241004; m̂ = m/(1 − 0.9ᵗ), v̂ = v/(1 − 0.999ᵗ).
    static readonly double[] adam =
    [
        .. new[] { (0.2, 0.004), (0.08, 0.004996), (0.122, 0.005241004) }
            .Select((s, i) => s.Item1 / (1 - Math.Pow(0.9, i + 1)) / (Math.Sqrt(s.Item2 / (1 - Math.Pow(0.999, i + 1))) + 1e-8)),
    ];

    [Fact]
    public void Adam_corrects_the_bias_of_its_start()
    {
        Near.Equal([1 - 0.1 / (1 + 5e-9)], Path(Optim.Adam(0.1))[..1], 1e-14);
        Near.Equal([1 - 0.1 * adam[0], 1 - 0.1 * (adam[0] + adam[1]), 1 - 0.1 * adam.Sum()], Path(Optim.Adam(0.1)));
    }

    // p ← p − 0.1·(step + 0.01·p).
    [Fact]
    public void AdamW_shrinks_parameters_beside()
    {
        double p = 1;
        Near.Equal([.. adam.Select(step => p -= 0.1 * (step + 0.01 * p))], Path(Optim.AdamW(0.1, weightDecay: 0.01)));
    }

    [Fact]
    public void A_schedule_sees_how_many_updates_were_made()
    {
        Near.Equal([0.8, 0.85, 0.85 - 0.1 / 3 * 0.5], Path(Optim.Sgd(step => 0.1 / (step + 1.0))), 1e-7);    // integers divide to F32
        Near.Equal([1 - 0.1 * adam[0], 1 - 0.1 * adam[0], 1 - 0.1 * adam[0]], Path(Optim.Adam(step => Np.Where(step < 1, 0.1, 0))), 1e-7);
    }

    [Fact]
    public void A_rate_that_is_no_scalar_is_refused() =>
        Assert.StartsWith("Update: the learning rate must be a scalar, got f32[2].", Assert.Throws<ShapeException>(() => Path(Optim.Sgd(_ => Tensor.Zeros(2)))).Message);

    public static TheoryData<string> Names => [.. all.Keys];

    static readonly Dictionary<string, Optimizer> all = new()
    {
        ["sgd"] = Optim.Sgd(0.1), ["momentum"] = Optim.Sgd(0.1, 0.9), ["nesterov"] = Optim.Sgd(0.1, 0.9, true),
        ["adam"] = Optim.Adam(), ["adamw"] = Optim.AdamW(weightDecay: 0.1), ["schedule"] = Optim.Adam(step => 0.1 * Tensor.Pow(0.5, step.Cast(DType.F32))),
        ["nadam"] = Optim.NAdam(0.1), ["radam"] = Optim.RAdam(0.1, b2: 0.6), ["adamax"] = Optim.Adamax(0.1), ["lamb"] = Optim.Lamb(0.1, weightDecay: 0.1),
        ["rmsprop"] = Optim.RmsProp(0.1), ["rmsprop centered"] = Optim.RmsProp(0.1, centered: true, momentum: 0.9), ["adagrad"] = Optim.Adagrad(0.1),
        ["adadelta"] = Optim.Adadelta(), ["lion"] = Optim.Lion(0.1), ["lars"] = Optim.Lars(0.1), ["muon"] = Optim.Muon(0.1), ["lbfgs"] = Optim.Lbfgs(0.1, 3),
        ["schedule-free"] = Optim.ScheduleFreeAdamW(0.1, warmupSteps: 2), ["clip"] = Optim.Chain(Optim.ClipByGlobalNorm(0.1), Optim.AddDecayedWeights(0.1, path => path == ".W"), Optim.Adam(Schedules.WarmupCosine(0.01, 0.1, 2, 4))),
        ["multi"] = Optim.MultiSteps(Optim.Adam(0.1), 2), ["finite"] = Optim.SkipNotFinite(Optim.Sgd(0.1)), ["frozen"] = Optim.Freeze(Optim.Adam(0.1), path => path == ".Rest[0]"),
        ["injected"] = Optim.Inject(new Dictionary<string, double> { ["rate"] = 0.1 }, h => Optim.Adam(h["rate"])),
    };

    static Model Start => new(Nn.GlorotUniform(Rng.Key(1), 5, 3), Tensor.From(7), [Tensor.Ones(3), Tensor.Zeros([2], DType.F64), Tensor.From([true])], "m");

    static Tensor Loss(Model m, Tensor x) => (Nn.Tanh(x.MatMul(m.W) + m.Rest[0]).Sum() + m.Rest[1].Sum().Cast(DType.F32)) / m.Count;

    [Theory, MemberData(nameof(Names))]
    public void Element_types_stay_and_what_is_not_float_stays_as_it_is(string name)
    {
        var (m, s) = all[name].Update(Fn.Grad<Model, Tensor>(Loss)(Start, Tensor.Ones(4, 5)), all[name].Init(Start), Start);
        Assert.Equal([DType.F32, DType.I32, DType.F32, DType.F64, DType.Bool], Tree.Leaves(m).Select(t => t.DType));
        Assert.Equal((7, true, "m"), ((int)m.Count, (bool)m.Rest[2], m.Name));
        foreach (var slot in s.Slots.Where(slot => slot.Leaves.Count(t => t is not null) == 3))
            Assert.Equal([DType.F32, null, DType.F32, DType.F64, null], slot.Leaves.Select(t => t?.DType));
        if (name != "multi") Assert.NotEqual(Start.W.ToString(), m.W.ToString());
    }

    [Theory, MemberData(nameof(Names))]
    public void A_jitted_step_has_the_bits_of_an_eager_one(string name)
    {
        var optimizer = all[name];
        (Tensor, Model, OptState) Step(Model m, OptState s, Tensor x)
        {
            var (loss, grads) = Fn.ValueAndGrad<Model, Tensor>(Loss)(m, x);
            var (next, state) = optimizer.Update(grads, s, m);
            return (loss, next, state);
        }
        uint[] Bits(Func<Model, OptState, Tensor, (Tensor, Model, OptState)> step)
        {
            var (m, s) = (Start, optimizer.Init(Start));
            for (int i = 0; i < 5; i++) (_, m, s) = step(m, s, Rng.Normal(Rng.Key(i), [4, 5]));
            return [.. Tree.Leaves((m, s)).SelectMany(t => t.Cast(DType.F64).ToArray<double>()).Select(d => BitConverter.DoubleToUInt64Bits(d)).SelectMany(b => new[] { (uint)(b >> 32), (uint)b })];
        }
        Assert.Equal(Bits(Step), Bits(Fn.Jit<Model, OptState, Tensor, (Tensor, Model, OptState)>(Step)));
        Assert.Equal(Bits(Step), Bits(Fn.Jit<Model, OptState, Tensor, (Tensor, Model, OptState)>(Step, new() { Donate = [0, 1] })));
    }

    [Fact]
    public void Slots_have_names()
    {
        var state = Optim.Adam().Init(Start);
        Assert.Equal(["Mu", "Nu"], state.Slots.Select(s => s.Name));
        Assert.Equal(Shape.Of(5, 3), state["Nu"][0]!.Shape);
        Assert.StartsWith("OptState: expected the name of a slot, Mu, Nu, got mu.", Assert.Throws<ArgumentException>(() => state["mu"]).Message);
    }

    [Fact]
    public void What_does_not_belong_together_is_refused()
    {
        var adam = Optim.Adam();
        Tensor[] p = [Tensor.Zeros(2)];
        Assert.StartsWith("Update: expected gradients built like the parameters, with 1 tensors, got 2.", Assert.Throws<TreeException>(() => adam.Update([p[0], p[0]], adam.Init(p), p)).Message);
        Assert.StartsWith("Update: expected a gradient like its parameter, f32[2], got f32[3] at [0].", Assert.Throws<ShapeException>(() => adam.Update([Tensor.Zeros(3)], adam.Init(p), p)).Message);
        Assert.StartsWith("Update: the state is not of this optimiser and of parameters of 1 tensors. Make it with Init(parameters).",
            Assert.Throws<TreeException>(() => adam.Update(p, Optim.Sgd(0.1).Init(p), p)).Message);
    }

    public static TheoryData<string> Optimizers => ["sgd", "momentum", "adam", "adamw"];

    [Theory, MemberData(nameof(Optimizers))]
    public void Large_parameters_get_the_bits_of_small_ones(string name)
    {
        Optimizer optimizer = name switch { "sgd" => Optim.Sgd(0.1), "momentum" => Optim.Sgd(0.1, 0.9), "adam" => Optim.Adam(0.1), _ => Optim.AdamW(0.1) };
        var all = Tensor.Arange(8192).Cast(DType.F32) / 8192 - 0.3;
        Tensor Trained(Tensor p)
        {
            var state = optimizer.Init(p);
            for (int i = 0; i < 5; i++) (p, state) = optimizer.Update(p * p * p, state, p);
            return p;
        }
        // Above some size an update is one loop for each result.
        var whole = Trained(all).ToArray<float>();
        for (int i = 0; i < 8192; i += 2048) Assert.Equal(Trained(all[i..(i + 2048)].Reshape(2048)).ToArray<float>(), whole[i..(i + 2048)]);
    }
}
