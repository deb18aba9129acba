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
        (Mul, [var a, var b]) when Is(b, 1)                             => a,                          // a·1 → a
        (Mul, [var a, var b]) when Is(a, 1)                             => b,                          // 1·b → b
        (Mul, [var a, var b]) when Is(b, -1)                            => Prim.Neg(a),                // a·−1 → −a
        (Mul, [var a, var b]) when Is(a, -1)                            => Prim.Neg(b),                // −1·b → −b
        (Div, [var a, var b]) when Is(b, 1)                             => a,                          // a/1 → a
        (Sub, [var a, var b]) when Is(b, 0)                             => a,                          // a − 0 → a
        (Add, [var a, var b]) when Is(b, NoSum(b))                      => a,                          // a + −0 → a
        (Add, [var a, var b]) when Is(a, NoSum(a))                      => b,                          // −0 + b → b
        (Neg, [{ Origin: Variable { Source: (Neg, [var a]) } }])        => a,                          // −−a → a
        (MulZ, [var a, _]) when Is(a, 0) || Is(a, -0.0)                 => a,                          // 0 wins
        (MulZ, [var a, var b]) when Number(a) is not null               => Prim.Mul(a, b),             // a ≠ 0
        (MulZ, [var a, var b]) when Positive(b)                         => Prim.Mul(a, b),             // ±0·b = ±0 for 0 < b < ∞

        // Choice
        (Not, [{ Origin: Variable { Source: (Not, [var a]) } }])        => a,                          // ¬¬a → a
        (Select, [_, var a, var b]) when a == b                         => a,                          // c ? a : a → a
        (Select, [var c, var a, _]) when Is(c, 1)                       => a,                          // true ? a : b → a
        (Select, [var c, _, var b]) when Is(c, 0)                       => b,                          // false ? a : b → b
        (Cast c, [var a]) when a.DType == c.To                          => a,

        // Structure: two moves in one, and none where nothing moves
        (Permute p, [var a]) when p.IsIdentity                          => a,
        (Reshape r, [var a]) when a.Shape == r.To                       => a,
        (Broadcast { New.Count: 0 }, [var a])                           => a,
        (Flip { Reversed.Count: 0 }, [var a])                           => a,
        (MoveOp, [var a]) when Number(a) is { } c && !(op is Broadcast && a.IsLiteral) => Prim.Full(op.Infer([a.Type])[0].Shape, c),
        (Permute p, [{ Origin: Variable { Source: ({ } q, [var a]) } }]) when q is Permute r       => Prim.Permute(a, [.. p.Order.Select(i => r.Order[i])]),
        (Reshape p, [{ Origin: Variable { Source: (Reshape, [var a]) } }])                         => Prim.Reshape(a, p.To),
        (Flip p, [{ Origin: Variable { Source: (Flip q, [var a]) } }]) when p == q                 => a,
        (SliceOp p, [{ Origin: Variable { Source: (SliceOp q, [var a]) } }]) when q.Steps.All(n => n == 1) =>
            Prim.Slice(a, Plus(q.Starts, p.Starts), Plus(q.Starts, p.Limits), p.Steps),

        // Constants: f(c, d) in every element → the number f(c, d) in every element
        (Elementwise, [var a, ..]) when a.Rank > 0 && Array.TrueForAll(x, t => Number(t) is not null) => Prim.Full(a.Shape, op.Of(Array.ConvertAll(x, t => Number(t)!))),
        _ => null,
    };

    /// <summary>The literal that every element is, if one is known.</summary>
    static Tensor? Number(Tensor x) => x.IsLiteral ? x : x.Origin is Variable { Source: (Broadcast, [{ IsLiteral: true } c]) } ? c : null;

    /// <summary>Whether every element is a number, of this sign of zero.</summary>
    static bool Is(Tensor x, double number) => Number(x) is { } c && c.LiteralNumber.Equals(number) && (number != 0 || double.IsNegative(c.LiteralNumber) == double.IsNegative(number));

    static bool Positive(Tensor x) => Number(x) is { LiteralNumber: > 0 and < double.PositiveInfinity };

    /// <summary>What adds nothing: −0 among floats, whose −0 + 0 is 0; 0 among integers.</summary>
    static double NoSum(Tensor x) => x.DType.IsFloat() ? -0.0 : 0;

    static Shape Plus(Shape a, Shape b) => [.. a.Zip(b, (x, y) => x + y)];
}
