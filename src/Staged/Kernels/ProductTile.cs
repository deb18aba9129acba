using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using E = System.Linq.Expressions.Expression;
using TileCode = System.Action<long, long, long, long, long, long, long, long, long, long, long, long, long>;

namespace StagedDiff;

/// <summary>
/// Computes a column of tiles of C: C[r, v] = Σ A[r, q] · B[q, v] over q below k, each element one chain in order of q.
/// All addresses and strides are in bytes. Arguments: a, b, c, k (at least 1), tiles, aRow, aStep (along k), bStep (along k), cRow,
/// on (whether the chains go on from what C holds, not from +0), tail (lanes of the last vector, if masked), ahead and aheadStep
/// (what is brought to a cache for later, a line at each step, if this fetches).
/// </summary>
/// <remarks>
/// A is broadcast and may have any strides; B is rows of contiguous vectors. Extents and strides are arguments, so that few kernels
/// serve all shapes.
/// </remarks>
sealed class Tile
{
    static readonly ConcurrentDictionary<(DType, int, int, bool, bool), TileCode> Made = new();

    /// <summary>How many tiles were compiled in this process.</summary>
    public static int Compiled => Made.Count;

    /// <summary>The kernel of rows × vectors accumulators; masked when its last vector is not full. Never collected: there are few.</summary>
    public static TileCode Get(DType type, int rows, int vectors, bool masked, bool fetches) =>
        Made.GetOrAdd((type, rows, vectors, masked, fetches), static key => new Tile(key.Item1, key.Item2, key.Item3, key.Item4, key.Item5).Compile());

    readonly ParameterExpression a = Long("a"), b = Long("b"), c = Long("c"), k = Long("k"), tiles = Long("tiles"), aRow = Long("aRow");
    readonly ParameterExpression aStep = Long("aStep"), bStep = Long("bStep"), cRow = Long("cRow");
    readonly ParameterExpression on = Long("on"), tail = Long("tail"), ahead = Long("ahead"), aheadStep = Long("aheadStep");
    readonly ParameterExpression pb = Long("pb"), p = Long("p"), left = Long("left"), mask, x;
    readonly ParameterExpression[] pa, bs;
    readonly ParameterExpression[,] sums;
    readonly Type lanes;
    readonly MethodInfo? fused;
    readonly int rows, vectors;
    readonly bool masked, fetches;
    readonly string name;

    Tile(DType type, int rows, int vectors, bool masked, bool fetches)
    {
        (lanes, fused, this.rows, this.vectors, this.masked, this.fetches) = (TileLanes.Of(type), TileLanes.FusedOf(type), rows, vectors, masked, fetches);
        name = $"tile_{type.Name()}_{rows}x{vectors}{(masked ? "_masked" : "")}{(fetches ? "_ahead" : "")}";
        var vector = TileLanes.VectorOf(type);
        (mask, x) = (E.Variable(vector, "mask"), E.Variable(vector, "x"));
        // Three rows share a pointer: p, p + aRow and p + 2·aRow are addressing modes, so that many rows need few registers.
        pa = [.. Enumerable.Range(0, (rows + 2) / 3).Select(i => Long("pa" + i))];
        bs = [.. Enumerable.Range(0, vectors).Select(v => E.Variable(vector, "b" + v))];
        sums = new ParameterExpression[rows, vectors];
        foreach (var (r, v) in Cells()) sums[r, v] = E.Variable(vector, $"sum{r}_{v}");
    }

    static ParameterExpression Long(string name) => E.Variable(typeof(long), name);

    E Call(string method, params E[] arguments) => E.Call(lanes.GetMethod(method)!, arguments);

    IEnumerable<(int Row, int Vector)> Cells() =>
        from r in Enumerable.Range(0, rows) from v in Enumerable.Range(0, vectors) select (r, v);

    TileCode Compile()
    {
        var end = E.Label();
        E[] body =
        [
            masked ? E.Assign(mask, Call("Mask", tail)) : E.Empty(),
            E.Loop(E.Block([E.IfThen(E.LessThanOrEqual(tiles, E.Constant(0L)), E.Break(end)), .. One()]), end),
        ];
        ParameterExpression[] locals = [pb, p, left, mask, x, .. pa, .. bs, .. sums.Cast<ParameterExpression>()];
        var made = E.Lambda<TileCode>(
            E.Block(locals, body), name, [a, b, c, k, tiles, aRow, aStep, bStep, cRow, on, tail, ahead, aheadStep]).Compile();
        RuntimeHelpers.PrepareDelegate(made);
        return made;
    }

    IEnumerable<E> One() =>
    [
        .. pa.Select((p, i) => E.Assign(p, i == 0 ? a : E.Add(pa[i - 1], E.Multiply(aRow, E.Constant(3L))))),
        E.Assign(pb, b),
        // Zeros from memory instead would hold the first steps up: 5 % at k = 32.
        E.IfThenElse(
            E.Equal(on, E.Constant(0L)),
            E.Block(sums.Cast<E>().Select(sum => E.Assign(sum, E.Property(null, sum.Type, "Zero")))),
            E.Block(Over(c, cRow, (p, r, v) => E.Assign(sums[r, v], Load(p, v))))),
        Steps(),
        .. Over(c, cRow, (p, r, v) => Store(p, sums[r, v], v)),
        E.AddAssign(a, E.Multiply(aRow, E.Constant((long)rows))),
        E.AddAssign(c, E.Multiply(cRow, E.Constant((long)rows))),
        E.SubtractAssign(tiles, E.Constant(1L)),
    ];

    /// <summary>Visits a tile in memory row by row, given a pointer to the row, the row and the vector.</summary>
    IEnumerable<E> Over(E first, E stride, Func<E, int, int, E> visit)
    {
        yield return E.Assign(p, first);
        foreach (var (r, v) in Cells())
        {
            if (r > 0 && v == 0) yield return E.AddAssign(p, stride);
            yield return visit(p, r, v);
        }
    }

    // Not unrolled: worth at most 3 %, and it triples the time to compile.
    E Steps()
    {
        var end = E.Label();
        List<E> step = [.. bs.Select((v, i) => E.Assign(v, Load(pb, i)))];
        for (int r = 0; r < rows; r++)
        {
            step.Add(E.Assign(x, Call("Broadcast" + r % 3, pa[r / 3], aRow)));
            for (int v = 0; v < vectors; v++) step.Add(E.Assign(sums[r, v], MultiplyAdd(x, bs[v], sums[r, v])));
        }
        step.AddRange(pa.Select(p => E.AddAssign(p, aStep)));
        step.Add(E.AddAssign(pb, bStep));
        if (fetches) step.AddRange([E.Call(typeof(TileLanes), nameof(TileLanes.Fetch), null, ahead), E.AddAssign(ahead, aheadStep)]);
        step.Add(E.SubtractAssign(left, E.Constant(1L)));
        step.Add(E.IfThen(E.LessThanOrEqual(left, E.Constant(0L)), E.Break(end)));
        return E.Block(E.Assign(left, k), E.Loop(E.Block(step), end));
    }

    // The intrinsic itself: a helper around it takes the JIT twice as long.
    E MultiplyAdd(E x, E y, E sum) => fused is null ? E.Add(E.Multiply(x, y), sum) : E.Call(fused, x, y, sum);
    E Load(E p, int v) => Last(v) ? Call("LoadMasked", p, Offset(v), mask) : Call("Load", p, Offset(v));
    E Store(E p, E value, int v) => Last(v) ? Call("StoreMasked", p, Offset(v), mask, value) : Call("Store", p, Offset(v), value);
    bool Last(int v) => masked && v == vectors - 1;
    static E Offset(int v) => E.Constant((long)v * TileLanes.Bytes);
}
