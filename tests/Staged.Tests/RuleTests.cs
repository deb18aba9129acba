namespace StagedDiff.Tests;

/// <summary>Each rule of rewriting: the text before and after, and the same bits on both sides for every special value.</summary>
public sealed class RuleTests
{
    // Rows give: the function, its graph's lines without types, and the element types it is tried on.
    static readonly DType[] floats = [DType.F32, DType.F64], numbers = [DType.F32, DType.F64, DType.I32, DType.I64, DType.U32, DType.U8], bools = [DType.Bool];

    sealed record Rule(string Before, Func<Tensor[], Tensor> F, string After, DType[] Types, int Operands = 1);

    static Tensor Like(Tensor x, double number) => Prim.Full(x.Shape, Tensor.Literal(x.DType, number));
    static Tensor Square(Tensor x) => Prim.Reshape(x[..6], [2, 3]);
    static readonly Tensor t = Tensor.Literal(DType.Bool, 1), f = Tensor.Literal(DType.Bool, 0);

    // In the order of Rules.cs.
    static readonly Rule[] rules =
    [
        new("a·1",                   x => Prim.Mul(x[0], Like(x[0], 1)),                                "return a",             numbers),
        new("1·a",                   x => Prim.Mul(Like(x[0], 1), x[0]),                                "return a",             numbers),
        new("a·−1",                  x => Prim.Mul(x[0], Like(x[0], -1)),                               "b = neg a; return b",  [DType.F32, DType.F64, DType.I32, DType.I64]),
        new("−1·a",                  x => Prim.Mul(Like(x[0], -1), x[0]),                               "b = neg a; return b",  [DType.F32, DType.F64, DType.I32, DType.I64]),
        new("a/1",                   x => Prim.Div(x[0], Like(x[0], 1)),                                "return a",             numbers),
        new("a − 0",                 x => Prim.Sub(x[0], Like(x[0], 0)),                                "return a",             numbers),
        new("a + −0",                x => Prim.Add(x[0], Like(x[0], -0.0)),                             "return a",             numbers),
        new("−0 + a",                x => Prim.Add(Like(x[0], -0.0), x[0]),                             "return a",             numbers),
        new("−−a",                   x => Prim.Neg(Prim.Neg(x[0])),                                     "return a",             numbers),
        new("0 mulz a",              x => Prim.MulZ(Like(x[0], 0), x[0]),                               "b = broadcast[0] 0; return b",   floats),
        new("2 mulz a",              x => Prim.MulZ(Like(x[0], 2), x[0]),                               "b = broadcast[0] 2; c = mul b a; return c", floats),
        new("a mulz 3",              x => Prim.MulZ(x[0], Like(x[0], 3)),                               "b = broadcast[0] 3; c = mul a b; return c", floats),
        new("¬¬a",                   x => Prim.Not(Prim.Not(x[0])),                                     "return a",             [DType.Bool, DType.I32, DType.I64, DType.U32, DType.U8]),
        new("c ? a : a",             x => Prim.Select(Prim.Equal(x[0], x[1]), x[0], x[0]),              "return a",             numbers, 2),
        new("true ? a : b",          x => Prim.Select(Prim.Full(x[0].Shape, t), x[0], x[1]),            "return a",             numbers, 2),
        new("false ? a : b",         x => Prim.Select(Prim.Full(x[0].Shape, f), x[0], x[1]),            "return b",             numbers, 2),
        new("a as its own type",     x => new Cast(x[0].DType).Of(x[0]),                                "return a",             numbers),
        new("permute to itself",     x => new Permute([0]).Of(x[0]),                                    "return a",             numbers),
        new("reshape to itself",     x => new Reshape(x[0].Shape, x[0].Shape).Of(x[0]),                 "return a",             numbers),
        new("broadcast along none",  x => new Broadcast(x[0].Shape, []).Of(x[0]),                       "return a",             numbers),
        new("reverse along none",    x => new Flip([]).Of(x[0]),                                        "return a",             numbers),
        new("move of a number",      x => Prim.Mul(Square(x[0]), Prim.Transpose(Prim.Full([3, 2], Tensor.Literal(x[0].DType, 7)))),
            "b = slice[0:6] a; c = reshape[2,3] b; d = broadcast[0,1] 7; e = mul c d; return e", floats),
        new("permute of permute",    x => Prim.Transpose(Prim.Transpose(Square(x[0]))),                 "b = slice[0:6] a; c = reshape[2,3] b; return c", numbers),
        new("reshape of reshape",    x => Prim.Reshape(Square(x[0]), [3, 2]),                           "b = slice[0:6] a; c = reshape[3,2] b; return c", numbers),
        new("reverse of reverse",    x => Prim.Reverse(Prim.Reverse(x[0], [0]), [0]),                   "return a",             numbers),
        new("slice of slice",        x => x[0][2..][1..4],                                              "b = slice[3:6] a; return b", numbers),
        new("number and number",     x => Prim.Add(x[0], Prim.Mul(Like(x[0], 3), Like(x[0], 5))),       "b = broadcast[0] 15; c = add a b; return c", numbers),
    ];

    public static TheoryData<string> Rows => [.. rules.Select(r => r.Before)];

    static Graph Trace(Rule r, Tensor[] x) => Graph.Of(x.Select(u => u.Type), y => [r.F(y)]);

    [Theory, MemberData(nameof(Rows))]
    public void Both_sides_have_the_same_bits(string before)
    {
        var r = rules.Single(r => r.Before == before);
        foreach (var type in r.Types)
        {
            var x = SpecialLaws.Combinations([.. Enumerable.Repeat(type, r.Operands)]);
            // No rule applies to ops that run at once.
            Numbers.SameBits([r.F(x)], Program.Compile(Trace(r, x), new()).Run(x), $"{before} of {type.Name()}");
        }
    }

    [Theory, MemberData(nameof(Rows))]
    public void The_left_side_becomes_the_right_side(string before)
    {
        var r = rules.Single(r => r.Before == before);
        foreach (var type in r.Types)
            Assert.Equal(r.After, Lines(Trace(r, [.. Enumerable.Repeat(Tensor.Zeros([7], type), r.Operands)])));
    }

    /// <summary>A graph's lines without types, in one.</summary>
    internal static string Lines(Graph g) =>
        string.Join("; ", System.Text.RegularExpressions.Regex.Replace(g.ToString(), @":(f|i|u|bool)\d*\[[^\]]*\]", "").Split('\n').Skip(1).Select(l => l.Trim()));

    [Fact]
    public void Every_rule_has_a_row()
    {
        var source = Repository.Sources("src/Staged").Single(s => s.Path == "Primitives/Rules.cs").Text;
        Assert.Equal(source.Split('\n').Count(line => line.StartsWith("        (", StringComparison.Ordinal)), rules.Length);
    }

    /// <summary>Identities of real numbers that are none of floats, or move the last digit.</summary>
    [Fact]
    public void What_is_not_exact_is_no_rule()
    {
        void Stays(string after, Func<Tensor, Tensor> f) => Assert.Equal(after, Lines(Graph.Of([new(DType.F32, [7])], x => [f(x[0])])));
        Stays("b = broadcast[0] 0; c = add a b; return c", x => x + 0.0);
        Stays("b = broadcast[0] 0; c = mul b a; return c", x => 0.0 * x);
        Stays("b = broadcast[0] 0; c = sub b a; return c", x => 0.0 - x);
        Stays("b = broadcast[0] -0; c = sub a b; return c", x => x - -0.0);
        Stays("b = broadcast[0] 4; c = div a b; return c", x => x / 4);
        Stays("b = sub a a; return b", x => x - x);
        Stays("b = exp a; c = log b; return c", x => Tensor.Log(Tensor.Exp(x)));
        Stays("b = neg a; c = add a b; return c", x => x + -x);
        Stays("b = broadcast[0] Infinity; c = mulz a b; return c", x => Prim.MulZ(x, Like(x, double.PositiveInfinity)));
    }
}
