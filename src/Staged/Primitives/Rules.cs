namespace StagedDiff;

/// <summary>
/// Algebraic rules, tried each time a node is added to a graph. Each is exact: both sides have the same bits for every operand, NaN, ±∞, −0
/// and denormals included. So x + 0 (−0), 0·x (NaN, ∞), x/c → x·(1/c) and Σ of a constant are absent.
/// </summary>
static class Rules
{
    public static Tensor? Simplify(Op op, Tensor[] x) => (op, x) switch
    {
        // Arithmetic
        (Mul, [var a, var b]) when Is(b, 1) => a,                                               // a·1 → a
        (Mul, [var a, var b]) when Is(a, 1) => b,                                               // 1·b → b
        (Mul, [var a, var b]) when Is(b, -1) => Prim.Neg(a),                                    // a·−1 → −a
        (Mul, [var a, var b]) when Is(a, -1) => Prim.Neg(b),                                    // −1·b → −b
        (Div, [var a, var b]) when Is(b, 1) => a,                                               // a/1 → a
        (Sub, [var a, var b]) when Is(b, 0) => a,                                               // a − 0 → a
        (Add, [var a, var b]) when Is(b, NoSum(b)) => a,                                        // a + −0 → a
        (Add, [var a, var b]) when Is(a, NoSum(a)) => b,                                        // −0 + b → b
        (Neg, [{ Source: (Neg, [var a]) }]) => a,                                               // −−a → a
        (MulZ, [var a, _]) when Is(a, 0) || Is(a, -0.0) => a,                                   // ±0 wins over any b
        (MulZ, [var a, var b]) when a.Constant is not null => Prim.Mul(a, b),                     // a is not 0
        (MulZ, [var a, var b]) when b.Constant is { LiteralNumber: > 0 and < Infinity } => Prim.Mul(a, b),    // ±0·b = ±0

        // Choice
        (Not, [{ Source: (Not, [var a]) }]) => a,                                               // ¬¬a → a
        (Select, [_, var a, var b]) when a == b => a,                                           // c ? a : a → a
        (Select, [var c, var a, _]) when Is(c, 1) => a,                                         // true ? a : b → a
        (Select, [var c, _, var b]) when Is(c, 0) => b,                                         // false ? a : b → b
        (Cast c, [var a]) when a.DType == c.To => a,

        // Structure: nothing that moves nothing, two moves in one
        (Permute { IsIdentity: true }, [var a]) => a,
        (Reshape r, [var a]) when a.Shape == r.To => a,
        (Broadcast { New.Count: 0 }, [var a]) => a,
        (Flip { Reversed.Count: 0 }, [var a]) => a,
        (Permute p, [{ Source: (Permute q, [var a]) }]) => Prim.Permute(a, [.. p.Order.Select(i => q.Order[i])]),
        (Reshape p, [{ Source: (Reshape, [var a]) }]) => Prim.Reshape(a, p.To),
        (Flip p, [{ Source: (Flip q, [var a]) }]) when p == q => a,
        (SliceOp p, [{ Source: (SliceOp q, [var a]) }]) when q.Steps.All(n => n == 1) =>
            Prim.Slice(a, Sum(q.Starts, p.Starts), Sum(q.Starts, p.Limits), p.Steps),

        // Constants: a number in every element stays one
        (MoveOp, [{ Constant: { } c } a]) when !(op is Broadcast && a.IsLiteral) => Prim.Full(op.Infer([a.Type])[0].Shape, c),
        (Elementwise, [{ Rank: > 0 } a, ..]) when Array.TrueForAll(x, t => t.Constant is not null) =>
            Prim.Full(a.Shape, op.Of(Array.ConvertAll(x, t => t.Constant!))),
        _ => null,
    };

    const double Infinity = double.PositiveInfinity;

    extension(Tensor x)
    {
        Node? Source => (x.Origin as Variable)?.Source;

        /// <summary>The literal that every element is, if one is known.</summary>
        Tensor? Constant => x.IsLiteral ? x : x.Source is (Broadcast, [{ IsLiteral: true } c]) ? c : null;
    }

    /// <summary>Whether every element is this number, with its sign of zero.</summary>
    static bool Is(Tensor x, double number) => x.Constant is { LiteralNumber: var c } && c.Equals(number) && double.IsNegative(c) == double.IsNegative(number);

    /// <summary>What adds nothing: −0 among floats (−0 + 0 is 0), 0 among integers.</summary>
    static double NoSum(Tensor x) => x.DType.IsFloat() ? -0.0 : 0;

    static Shape Sum(Shape a, Shape b) => [.. a.Zip(b, (x, y) => x + y)];
}
