using System.Linq.Expressions;
using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

/// <summary>
/// Loop nests to code: (address of a table, start, end) → nothing. The table holds the buffers' addresses, then the symbols' values;
/// start and end bound the outermost loop.
/// </summary>
/// <remarks>
/// Values are placed at the loop level where everything they read is known. Lanes lie along the last axis: across independent elements, or,
/// where that is the pass axis, across the elements of one fold. Sums keep the canonical order whatever the width (docs/numerics.md).
/// </remarks>
sealed partial class Emit
{
    readonly Nest nest;
    readonly Lanes best, lanes;         // of the machine; of this nest
    readonly Schedule schedule;
    readonly Levels levels;
    readonly int vector;                // the axis lanes lie along; −1 for a single point
    static readonly ParameterExpression table = E.Parameter(typeof(long), "table"), start = E.Parameter(typeof(long), "start"), end = E.Parameter(typeof(long), "end");
    readonly int[]? slots;              // of the buffers in the table; null where they are the table. Where given, the whole nest is run
    readonly ParameterExpression[] loops;
    readonly HashSet<Value> nested;
    readonly Scope root;
    readonly Dictionary<Literal, int> varying = [];     // literals whose numbers stand in the table, and where

    /// <summary>The symbols whose values follow the addresses in the table.</summary>
    public string[] Symbols { get; }

    Emit(Nest nest, Lanes lanes, int[]? slots = null, Piece piece = Piece.Whole)
    {
        (this.nest, best, this.slots, schedule) = (nest, lanes, slots, new(nest, lanes));
        (descent, this.piece, rows) = nest.Lead > 0 ? (new Descent(nest), Piece.Whole, piece) : (null, piece, Piece.Whole);
        (this.lanes, levels, vector) = (schedule.Lanes, schedule.Levels, schedule.Vector);
        loops = [.. nest.Extents.Select((_, a) => E.Variable(typeof(long), $"i{a}"))];
        Symbols = nest.Symbols();
        nested = Nested();
        root = new(null, 0, new(this.lanes, 1));
    }

    public static (Action<long, long, long> Code, string[] Symbols) Compile(Nest nest, Piece piece, Lanes lanes, string name, Literal[] varying)
    {
        var emit = new Emit(nest, lanes, null, piece);
        for (int k = 0; k < varying.Length; k++) emit.varying.Add(varying[k], k);
        return (E.Lambda<Action<long, long, long>>(emit.Code(), name, [table, start, end]).Compile(), emit.Symbols);
    }

    /// <summary>Several nests of known extents, one after the other. The table holds all their buffers: each nest's are at its slots.</summary>
    public static Action<long, long, long> Compile(IEnumerable<(Nest Nest, int[] Slots)> nests, Lanes lanes, string name) =>
        E.Lambda<Action<long, long, long>>(E.Block(nests.Select(n => new Emit(n.Nest, lanes, n.Slots).Code())), name, [table, start, end]).Compile();

    E Code()
    {
        if (descent is not null && rows == Piece.Rest) return Bottom(descent);
        if (descent is not null) Begin(descent);
        Loops(0, root);
        return descent is null || rows == Piece.Blocks ? root.Close() : E.Block(root.Close(), Bottom(descent));
    }

    int VectorLevel => vector < 0 ? int.MaxValue : levels.Of(vector);

    /// <summary>Whether a value differs between lanes.</summary>
    bool Varies(Value v) => v is not Literal && levels.Of(v) >= VectorLevel;
}
