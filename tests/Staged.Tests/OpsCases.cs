namespace StagedDiff.Tests;

/// <summary>The functions of Ops, one line each: what is composed of ops keeps the laws of ops. What each computes stands in Ops.Tests.</summary>
static partial class OpsCases
{
    static readonly DType[] floats = [DType.F32, DType.F64], integers = [DType.I32, DType.I64], numbers = [.. floats, .. integers], all = [.. numbers, DType.U32, DType.U8, DType.Bool], words = [DType.U32];

    const string Every = "-|0|1|5|17|65|2x0x3|3x5|2x3x4", Rows = "1x1|0x3|3x5|2x65|2x3x4";
    const string Many = "270001", Tall = "600x500";

    static readonly Operands near = new(-2, 2), positive = new(0.2, 3), share = new(0.05, 0.95), condition = new(0, 1, DType.Bool), key = new(0, 4e9, DType.U32);

    static Operands Labels(int classes) => new(0, classes, DType.I32, Whole: true);

    static Case Each(string name, Func<Tensor, Tensor> f, Operands? x = null, DType[]? types = null) => new(name, t => [f(t[0])], [x ?? near], Every, types ?? floats, "n|nx3", Many);
    static Case Each(string name, Func<Tensor, Tensor, Tensor> f, Operands? y = null, DType[]? types = null) =>
        new(name, t => [f(t[0], t[1])], [near, y ?? near], Every, types ?? floats, "n|nx3", Many);
    static Case On(string name, Func<Tensor, Tensor> f, string shapes, DType[]? types = null, string open = "", string large = "", Operands? x = null) =>
        new(name, t => [f(t[0])], [x ?? near], shapes, types ?? floats, open, large);
    static Case On(string name, Func<Tensor, Tensor, Tensor> f, string shapes, DType[]? types = null, string open = "", string large = "", Operands? y = null) =>
        new(name, t => [f(t[0], t[1])], [near, y ?? near], shapes, types ?? floats, open, large);
    static Case Of(string name, Func<Tensor, Tensor> f) => new(name, t => [f(t[0])], [key], "2", words);

    /// <summary>Two updates along a gradient: the parameters and the state.</summary>
    static Case Steps(string name, Optimizer optimizer) => new(name, x =>
    {
        var (p, s) = optimizer.Update(x[1], optimizer.Init(x[0]), x[0]);
        (p, s) = optimizer.Update(p * x[1], s, p);
        return [p, .. Tree.Leaves(s)];
    }, [near, positive], "-|0|5|3x5", floats, "nx3", Tall);

    public static readonly Case[] All =
    [
        Each("Np.Abs", Np.Abs, types: numbers),
        Each("Np.Clip", x => Np.Clip(x, -0.7, 0.9)),
        Each("Np.Cos", Np.Cos),
        Each("Np.Equal", Np.Equal, types: all),
        Each("Np.Exp", Np.Exp),
        Each("Np.Expm1", Np.Expm1),
        Each("Np.FloorDivide", Np.FloorDivide, positive),
        Each("Np.FloorDivide of integers", Np.FloorDivide, types: integers),
        Each("Np.IsFinite", Np.IsFinite, types: all),
        Each("Np.IsNaN", Np.IsNaN, types: all),
        Each("Np.Log", Np.Log, positive),
        Each("Np.Log1p", Np.Log1p, positive),
        Each("Np.Maximum", Np.Maximum, types: numbers),
        Each("Np.Minimum", Np.Minimum, types: numbers),
        Each("Np.NotEqual", Np.NotEqual, types: all),
        Each("Np.Sign", Np.Sign, types: numbers),
        Each("Np.Sin", Np.Sin),
        Each("Np.Sqrt", Np.Sqrt, positive),
        Each("Np.Square", Np.Square, types: numbers),
        Each("Np.Tanh", Np.Tanh),
        new("Np.Where", x => [Np.Where(x[0], x[1], x[2])], [condition, near, near], Every, all, "n|nx3", Many),
        On("Np.Where broadcasts", (x, y) => Np.Where(x > 0, y, 0.5), "3x1 4|- 5|2x3 3", numbers, "nx3 3", "600x1 500"),
        On("Np.Concatenate", (x, y) => Np.Concatenate([x, y, x], 1), "3x0 3x2|2x5 2x3|2x17 2x33", all, "nx3 nx2", "300x300 300x200"),
        On("Np.Stack", (x, y) => Np.Stack([x, y], -1), "-|0|5|3x5", all, "nx3", "300x500"),

        Each("Nn.Relu", Nn.Relu),
        Each("Nn.Sigmoid", Nn.Sigmoid),
        Each("Nn.Softplus", Nn.Softplus),
        Each("Nn.Softsign", Nn.Softsign),
        Each("Nn.Tanh", Nn.Tanh),
        On("Nn.Softmax", x => Nn.Softmax(x), Rows, floats, "nx5", Tall),
        On("Nn.Softmax of columns", x => Nn.Softmax(x, 0), Rows, floats, "", "500x600"),
        On("Nn.LogSoftmax", x => Nn.LogSoftmax(x), Rows, floats, "nx5", Tall),
        On("Nn.LogSumExp", x => Nn.LogSumExp(x, -1), Rows, floats, "nx5", Tall),
        On("Nn.LogSumExp of all", x => Nn.LogSumExp(x), "-|1|5|3x5", floats, "nx5"),
        On("Nn.OneHot", x => Nn.OneHot(x, 5, DType.F64), "-|0|7|3x5", integers, "n|nx3", "70001", new(-1, 6, DType.I32, Whole: true)),
        Of("Nn.GlorotNormal", k => Nn.GlorotNormal(k, 5, 3)),
        Of("Nn.GlorotUniform", k => Nn.GlorotUniform(k, 5, 3)),
        Of("Nn.HeNormal", k => Nn.HeNormal(k, 5, 3, DType.F64)),
        Of("Nn.HeUniform", k => Nn.HeUniform(k, 5, 3)),

        Each("Losses.BinaryCrossEntropyWithLogits", (x, t) => Losses.BinaryCrossEntropyWithLogits(x, t), share),
        On("Losses.KlDivergence", Losses.KlDivergence, Rows, floats, "nx5", Tall, share),
        On("Losses.MeanSquaredError", (x, t) => Losses.MeanSquaredError(x, t), "-|5|3x5|2x65", floats, "nx3", Tall),
        On("Losses.SoftmaxCrossEntropy", (x, t) => Losses.SoftmaxCrossEntropy(x, t), Rows, floats, "nx5", Tall, share),
        On("Losses.SoftmaxCrossEntropy of labels", (x, t) => Losses.SoftmaxCrossEntropy(x, t), "1x5 1|0x3 0|3x5 3|2x65 2|2x3x4 2x3", floats, "nx5 n", "600x500 600", Labels(4)),

        Steps("Optim.Sgd", Optim.Sgd(0.1, 0.9, nesterov: true)),
        Steps("Optim.Adam", Optim.Adam(0.1)),
        Steps("Optim.AdamW", Optim.AdamW(step => 0.1 / (1.0 + step), weightDecay: 0.1)),

        On("Rng.Key", x => x + Rng.Key(7), "2", words),
        Of("Rng.Split", k => Rng.Split(k, 3)),
        Of("Rng.FoldIn", k => Rng.FoldIn(k, k[0].Cast(DType.I32))),
        Of("Rng.Bits", k => Rng.Bits(k, [3, 5])),
        Of("Rng.Uniform", k => Rng.Uniform(k, [7], -1, 2)),
        Of("Rng.Normal", k => Rng.Normal(k, [7], DType.F64)),
        Of("Rng.Permutation", k => Rng.Permutation(k, 7)),
        On("Rng.Permutation of rows", x => Rng.Permutation(Rng.Key(1), x), "5|5x2", all),
        .. Learning,
        .. Arrays,
        .. Matrices,
    ];
}
