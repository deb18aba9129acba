using System.Collections.Immutable;

namespace StagedDiff;

/// <summary>
/// An index or address: Σ factor·(loop variable) + Σ factor·(computed value) + constant. Every factor is an extent, so it may be symbolic.
/// Equal when equal term by term; loop variables ascend.
/// </summary>
sealed class Affine : IEquatable<Affine>
{
    public static readonly Affine Zero = new([], [], 0);

    public ImmutableArray<(int Variable, Extent Factor)> Loops { get; }
    public ImmutableArray<(Value Value, Extent Factor)> Computed { get; }
    public Extent Constant { get; }

    Affine(ImmutableArray<(int, Extent)> loops, ImmutableArray<(Value, Extent)> computed, Extent constant) => (Loops, Computed, Constant) = (loops, computed, constant);

    public static Affine Of(Extent constant) => constant == 0 ? Zero : new([], [], constant);
    public static Affine Loop(int variable) => new([(variable, 1)], [], 0);
    public static Affine Of(Value value) => new([], [(value, 1)], 0);

    public static Affine operator +(Affine a, Affine b) => a.IsZero ? b : b.IsZero ? a : new(
        [.. a.Loops.Concat(b.Loops).GroupBy(t => t.Variable).Select(g => (g.Key, g.Select(t => t.Factor).Aggregate((x, y) => x + y)))
            .Where(t => t.Item2 != 0).OrderBy(t => t.Key)],
        [.. a.Computed.Concat(b.Computed).GroupBy(t => t.Value).Select(g => (g.Key, g.Select(t => t.Factor).Aggregate((x, y) => x + y))).Where(t => t.Item2 != 0)],
        a.Constant + b.Constant);

    public static Affine operator *(Affine a, Extent n) => n == 0 ? Zero : n == 1 ? a : new(
        [.. a.Loops.Select(t => (t.Variable, t.Factor * n))], [.. a.Computed.Select(t => (t.Value, t.Factor * n))], a.Constant * n);

    public static Affine operator -(Affine a, Affine b) => a + b * -1;

    /// <summary>The factor of a loop variable; zero when it does not occur.</summary>
    public Extent Factor(int variable) => Loops.FirstOrDefault(t => t.Variable == variable).Factor;

    bool IsZero => IsConstant && Constant == 0;

    public bool IsConstant => Loops.IsEmpty && Computed.IsEmpty;

    /// <summary>Whether it is a loop variable by itself.</summary>
    public bool IsLoop(int variable) => Loops.Length == 1 && Loops[0].Variable == variable && Loops[0].Factor == 1 && Computed.IsEmpty && Constant == 0;

    /// <summary>This index with other loop variables and values.</summary>
    public Affine Rewrite(Func<int, Affine> loop, Func<Value, Value> value) =>
        Loops.Aggregate(Of(Constant), (sum, t) => sum + loop(t.Variable) * t.Factor) + Computed.Aggregate(Zero, (sum, t) => sum + Of(value(t.Value)) * t.Factor);

    public bool Equals(Affine? o) => o is not null && Constant == o.Constant && Loops.AsSpan().SequenceEqual(o.Loops.AsSpan())
        && Computed.Length == o.Computed.Length && Computed.Zip(o.Computed).All(p => ReferenceEquals(p.First.Value, p.Second.Value) && p.First.Factor == p.Second.Factor);
    public override bool Equals(object? o) => Equals(o as Affine);
    public override int GetHashCode() =>
        HashCode.Combine(Constant, Loops.Aggregate(0, HashCode.Combine), Computed.Aggregate(0, (h, t) => HashCode.Combine(h, t.Value.Id, t.Factor)));
    public override string ToString() => string.Join(" + ",
        [.. Loops.Select(t => t.Factor == 1 ? $"i{t.Variable}" : $"{t.Factor}*i{t.Variable}"), .. Computed.Select(t => $"{t.Factor}*v{t.Value.Id}"),
         .. Constant == 0 && !IsConstant ? Array.Empty<string>() : [Constant.ToString()]]);
}
