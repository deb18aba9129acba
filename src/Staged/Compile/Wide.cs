using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

/// <summary>
/// Several vectors in flight as one: every value is <paramref name="unroll"/> groups of registers, in lane order. A Bool value is a mask of as
/// many registers.
/// </summary>
sealed class Wide(Lanes one, int unroll)
{
    public Lanes One { get; } = one;
    public int Unroll { get; } = unroll;
    public int Count => One.Count * Unroll;

    /// <summary>A value that is the same in all lanes, for as many groups.</summary>
    public E[] Repeat(E[] x, int from) => from == Unroll ? x : [.. Enumerable.Repeat(x, Unroll).SelectMany(r => r)];

    E[] Each(Func<int, E[]> group) => Unroll == 1 ? group(0) : [.. Enumerable.Range(0, Unroll).SelectMany(group)];
    E[] Group(E[] x, int u) => Unroll == 1 ? x : x[(u * x.Length / Unroll)..((u + 1) * x.Length / Unroll)];

    static E Plus(E address, long bytes) => bytes == 0 ? address : E.Add(address, E.Constant(bytes));

    public E[] Literal(DType type, long bits) => Each(_ => One.Literal(type, bits));
    public E[] Splat(DType type, E scalar) => Each(_ => One.Splat(type, scalar));

    public E[] Apply(Apply a, E[][] x) => Each(u => (One, a.Fun) switch
    {
        (VectorLanes v, Fun.ShiftLeft or Fun.ShiftRight) => v.Shift(a.Fun, a.Type, Group(x[0], u), (int)((Literal)a.X[1]).Bits),
        (ScalarLanes, Fun.ShiftLeft or Fun.ShiftRight) => ScalarLanes.Shift(a.Fun, Group(x[0], u), (int)((Literal)a.X[1]).Bits),
        _ => One.Apply(a.Fun, a.Type, [.. a.X.Select(v => v.Type)], Array.ConvertAll(x, r => Group(r, u))),
    });

    public E[] Convert(E[] x, DType from, DType to) => Each(u => One.Convert(Group(x, u), from, to));

    public E[] Load(DType type, E address, E[]? mask) => Each(u => One.Load(type, Plus(address, (long)u * One.Count * type.Size()), mask?[u]));

    public E[] LoadStrided(DType type, E address, E step, E? steps, E[]? mask) =>
        Each(u => One.LoadStrided(type, u == 0 ? address : E.Add(address, E.Multiply(step, E.Constant((long)u * One.Count))), step, steps, mask?[u]));

    public E[] Pick(DType type, E address, E[] index, E[]? mask) => Each(u => One.Pick(type, address, index[u], mask?[u]));

    public E Store(DType type, E[] x, E address, E[]? mask) =>
        E.Block(Enumerable.Range(0, Unroll).Select(u => One.Store(type, Group(x, u), Plus(address, (long)u * One.Count * type.Size()), mask?[u])));

    /// <summary>Lanes 0, 1, 2, … as I32, over all groups.</summary>
    public E[] Indices() => Each(u => u == 0 ? [One.Indices()] : One.Apply(Fun.Add, DType.I32, [DType.I32, DType.I32], [[One.Indices()], One.Literal(DType.I32, u * One.Count)]));

    /// <summary>On in the first n lanes.</summary>
    public E[] Mask(E n) => Each(u => [One.Mask(u == 0 ? n : E.Subtract(n, E.Constant((long)u * One.Count)))]);

    public E[] Combine(FoldKind kind, DType type, E[] a, E[] b) => [.. a.Select((r, k) => One.Combine(kind, type, r, b[k]))];
}
