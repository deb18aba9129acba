using static StagedDiff.Fn;

namespace StagedDiff.Workloads;

sealed record Layer(Tensor W, Tensor B);
sealed record Mlp(Layer[] Layers);
sealed record Batch(Tensor X, Tensor Y);

/// <summary>One step of a workload: what it returns is checked, and keeps it from being optimised away.</summary>
delegate Tensor[] StepFunction();

/// <summary>A workload, and how to begin it jitted or eager.</summary>
/// <param name="Name">As in --only and expected.json.</param>
/// <param name="Start">A fresh run: its steps follow each other.</param>
/// <param name="Watch">The numbers of a step's results that are compared with others'.</param>
sealed record Workload(string Name, Func<Inputs, JitOptions?, StepFunction> Start, Func<Tensor[], double[]> Watch)
{
    public static readonly Workload[] All =
    [
        new("tiny", (d, o) => Train(Net(d, "tiny", 2, 16, 1), new(d.Floats("tiny.x", 1, 8, 2), Binary(d.Floats("tiny.y", 1, 8, 1))),
            (m, b) => Losses.BinaryCrossEntropyWithLogits(Forward(m, b.X, Tensor.Tanh), b.Y).Mean(), Optim.Sgd(0.01), o), Loss),
        new("mlp_small", (d, o) => Train(Net(d, "mlp_small", 784, 128, 10), new(d.Floats("mlp_small.x", 1, 32, 784), d.Labels("mlp_small.y", 10, 32)),
            CrossEntropy, Optim.Sgd(0.01), o), Loss),
        new("mlp_adam", (d, o) => Train(Net(d, "mlp_adam", 784, 512, 512, 10), new(d.Floats("mlp_adam.x", 1, 128, 784), d.Labels("mlp_adam.y", 10, 128)),
            CrossEntropy, Optim.Adam(1e-3), o), Loss),
        new("chain", Chain, y => [y[0].Item<float>(), .. y[1].AsSpan<float>()[..2].ToArray()]),
        new("attn", Attention, y => y[0].AsSpan<float>()[..2].ToArray() is [var a, var b] ? [a, b] : []),
        new("hvp", HessianVector, y => [.. y[0].AsSpan<float>()[..2].ToArray(), y[^1].Item<float>()]),
    ];

    static double[] Loss(Tensor[] y) => [y[0].Item<float>()];

    static Tensor Binary(Tensor y) => (y > 0).Cast(DType.F32);

    static Mlp Net(Inputs d, string name, params int[] sizes) => new([.. sizes.Zip(sizes[1..], (i, o) => (i, o)).Select((s, k) =>
        new Layer(d.Floats($"{name}.W{k + 1}", 1 / Math.Sqrt(s.i), s.i, s.o), d.Floats($"{name}.b{k + 1}", 0.01, s.o)))]);

    static Tensor Forward(Mlp m, Tensor x, Func<Tensor, Tensor> activation)
    {
        foreach (var l in m.Layers[..^1]) x = activation(x.MatMul(l.W) + l.B);
        return x.MatMul(m.Layers[^1].W) + m.Layers[^1].B;
    }

    static Tensor CrossEntropy(Mlp m, Batch b) => Losses.SoftmaxCrossEntropy(Forward(m, b.X, Nn.Relu), b.Y).Mean();

    static StepFunction Train(Mlp model, Batch batch, Func<Mlp, Batch, Tensor> loss, Optimizer optimizer, JitOptions? options)
    {
        Func<Mlp, OptState, Batch, (Tensor, Mlp, OptState)> step = (m, s, b) =>
        {
            var (value, gradient) = ValueAndGrad(loss)(m, b);
            var (next, state) = optimizer.Update(gradient, s, m);
            return (value, next, state);
        };
        if (options is not null) step = Jit(step, options with { Donate = [0, 1] });
        var optimum = optimizer.Init(model);
        return () =>
        {
            (var value, model, optimum) = step(model, optimum, batch);
            return [value];
        };
    }

    static StepFunction Chain(Inputs d, JitOptions? options)
    {
        var x = d.Floats("chain.x", 1, 1_000_000);
        static Tensor Value(Tensor x) => (Tensor.Tanh(x * 1.3 + 0.2) * Nn.Sigmoid(x) - Tensor.Exp(-(x * x)) / (1 + x * x)).Sum();
        Func<Tensor, (Tensor, Tensor)> step = x => ValueAndGrad<Tensor>(Value)(x);
        if (options is not null) step = Jit(step, options);
        return () =>
        {
            var (value, gradient) = step(x);
            return [value, gradient];
        };
    }

    static StepFunction Attention(Inputs d, JitOptions? options)
    {
        Tensor Heads(string name) => d.Floats($"attn.{name}", 1, 8, 8, 256, 64);
        var (q, k, v) = (Heads("q"), Heads("k"), Heads("v"));
        Func<Tensor, Tensor, Tensor, Tensor> step = (q, k, v) => Nn.Attention(q, k, v);
        if (options is not null) step = Jit(step, options);
        return () => [step(q, k, v)];
    }

    static StepFunction HessianVector(Inputs d, JitOptions? options)
    {
        var (model, direction) = (Net(d, "hvp", 64, 64, 1), Direction(d));
        var batch = new Batch(d.Floats("hvp.x", 1, 128, 64), Binary(d.Floats("hvp.y", 1, 128, 1)));
        static Tensor Loss(Mlp m, Batch b)
        {
            var e = Forward(m, b.X, Tensor.Tanh) - b.Y;
            return (e * e).Mean();
        }
        Func<Mlp, Mlp, Batch, Mlp> step = (m, v, b) => Hvp(m => Loss(m, b), m, v);
        if (options is not null) step = Jit(step, options);
        return () => [.. Tree.Leaves(step(model, direction, batch))];
    }

    static Mlp Direction(Inputs d) => new([new(d.Floats("hvp.vW1", 1, 64, 64), d.Floats("hvp.vb1", 1, 64)), new(d.Floats("hvp.vW2", 1, 64, 1), d.Floats("hvp.vb2", 1, 1))]);
}
