namespace StagedDiff.Tests;

/// <summary>Layers against PyTorch with given weights: value, gradient by input and by each weight, second order, jitted bits.</summary>
public class LayerGoldenTests
{
    static readonly Golden.Case[] cases = Golden.Read<Golden.Case>("layers");
    static readonly Tensor mask = Tensor.From([1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 0, 0], 3, 5) > 0;

    static readonly Nn.BatchAverages averages = new(Tensor.From([0.5, -1, 2, 0.25]), Tensor.From([1, 0.5, 2, 4]));

    static Nn.MultiHeadAttention Heads(Tensor[] x, int at) => new(new(x[at], x[at + 1]), new(x[at + 2], x[at + 3]), new(x[at + 4], x[at + 5]), new(x[at + 6], x[at + 7]), 2);

    static readonly Dictionary<string, Func<Tensor[], Tensor>> functions = new()
    {
        ["linear"] = x => new Nn.Linear(x[1], x[2]).Apply(x[0]),
        ["mlp"] = x => new Nn.Mlp([new(x[1], x[2]), new(x[3], x[4])]).Apply(x[0], t => Nn.Gelu(t)),
        ["embedding"] = x => new Nn.Embedding(x[0]).Apply(Tensor.From([1, 5, 0, 1, 1, 2], 2, 3)),
        ["layer norm"] = x => new Nn.LayerNorm(x[1], x[2]).Apply(x[0]),
        ["rms norm"] = x => new Nn.RmsNorm(x[1]).Apply(x[0]),
        ["group norm"] = x => new Nn.GroupNorm(x[1], x[2], 2).Apply(x[0]),
        ["instance norm"] = x => new Nn.GroupNorm(x[1], x[2], 4).Apply(x[0]),
        ["batch norm, training"] = x => new Nn.BatchNorm(x[1], x[2]).Train(x[0], Nn.BatchNorm.Init(4, DType.F64).Averages).Y,
        ["batch norm of rows"] = x => new Nn.BatchNorm(x[1], x[2]).Train(x[0], Nn.BatchNorm.Init(4, DType.F64).Averages).Y,
        ["batch norm, in use"] = x => new Nn.BatchNorm(x[1], x[2]).Apply(x[0], averages),
        ["batch norm, averages"] = x => Nn.BatchNorm.Init(4, DType.F64).Layer.Train(x[0], averages).Averages is var a ? Np.Stack([a.Mean, a.Variance]) : null!,
        ["attention"] = x => Nn.Attention(x[0], x[1], x[2]),
        ["attention, masked"] = x => Nn.Attention(x[0], x[1], x[2], mask),
        ["attention, causal"] = x => Nn.Attention(x[0], x[1], x[2], causal: true),
        ["attention, biased"] = x => Nn.Attention(x[0], x[1], x[2], x[3], scale: 0.3),
        ["multi-head attention"] = x => Heads(x, 3).Apply(x[0], x[1], x[2]),
        ["multi-head attention, causal"] = x => Heads(x, 1).Apply(x[0], causal: true),
        ["rotary"] = x => Nn.Rotary(x[0]),
        ["rnn"] = x => new Nn.Rnn(x[1], x[2], x[3]).Run(x[0]) is var (y, h) ? Np.Concatenate([y.Reshape(-1), h.Reshape(-1)]) : null!,
        ["lstm"] = x => new Nn.Lstm(x[1], x[2], x[3]).Run(x[0]) is var (y, s) ? Np.Concatenate([y.Reshape(-1), s.C.Reshape(-1)]) : null!,
        ["gru"] = x => new Nn.Gru(x[1], x[2], x[3], x[4]).Run(x[0]) is var (y, h) ? Np.Concatenate([y.Reshape(-1), h.Reshape(-1)]) : null!,
    };

    public static TheoryData<string> Names => [.. cases.Select(c => c.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Value_and_gradient_are_those_of_PyTorch(string name) => cases.Single(c => c.Name == name).Check(functions[name], 1e-11, differences: name != "batch norm, averages");

    [Fact]
    public void Every_layer_has_a_golden_case() => Assert.Equal(functions.Keys.Order(), cases.Select(c => c.Name).Order());
}
