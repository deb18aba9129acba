using System.Xml.Linq;
using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>The circuits of the lectures (Stanford's CS231n, "Backpropagation, intuitions"), with the numbers on their wires.</summary>
public class DrawingTests
{
    static string[] Texts(Staged staged, string colour) =>
        [.. XElement.Parse(staged.ToSvg()).Elements().Where(e => (string?)e.Attribute("fill") == colour && e.Name.LocalName == "text").Select(e => e.Value)];

    static (string[] Ops, string[] Forward, string[] Back) Circuit(Staged staged) =>
        ([.. XElement.Parse(staged.ToSvg()).Elements().Where(e => e.Name.LocalName == "text" && e.Attribute("fill") is null).Select(e => e.Value)], Texts(staged, "#080"), Texts(staged, "#c00"));

    [Fact]
    public void A_product_of_a_sum()
    {
        var (ops, forward, back) = Circuit(Stage((Tensor x, Tensor y, Tensor z) => (x + y) * z, -2.0, 5.0, -4.0));
        Assert.Equal(["x", "y", "z", "add", "mul"], ops);
        Assert.Equal(["-2", "5", "-4", "3", "-12"], forward);
        Assert.Equal(["-4", "-4", "3", "-4", "1"], back);
    }

    // w = [2, -3], x = [-1, -2], b = -3: σ(1) = 0.73, with gradients 0.20 and 0.39 of either sign, 0.59.
    [Fact]
    public void A_sigmoid_neuron()
    {
        var (ops, forward, back) = Circuit(Stage((Tensor w, Tensor x, Tensor b) => 1 / (1 + Tensor.Exp(-((w * x).Sum() + b))), new float[] { 2, -3 }, new float[] { -1, -2 }, -3.0));
        Assert.Equal(["w", "x", "b", "mul", "sum", "add", "neg", "exp", "1 add", "1 div"], ops);
        Assert.Equal(["[2 -3]", "[-1 -2]", "-3", "[-2 6]", "4", "1", "-1", "0.3679", "1.368", "0.7311"], forward);
        Assert.Equal(["[-0.1966 -0.3932]", "[0.3932 -0.5898]", "0.1966", "[0.1966 0.1966]", "0.1966", "0.1966", "-0.1966", "-0.5344", "-0.5344", "1"], back);
    }

    [Fact]
    public void Larger_tensors_show_their_type_and_what_has_no_slope_shows_none()
    {
        var (_, forward, back) = Circuit(Stage((Tensor x) => (x * x).Sum(), Tensor.Ones(4)));
        Assert.Equal(["f32[4]", "f32[4]", "4"], forward);
        Assert.Equal(["|∂| 4", "|∂| 2", "1"], back);
        (_, forward, back) = Circuit(Stage((Tensor x) => x + x, Tensor.From([1, 2])));
        Assert.Equal(["[1 2]", "[2 4]"], forward);
        Assert.Empty(back);
    }
}
