using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

/// <summary>Which code of a nest: all of it, or, of one whose only axis is folded, its blocks (any of them, in any order) and what is left to do then.</summary>
enum Piece { Whole, Blocks, Rest }

// A fold over the only axis on several threads: they take whole blocks, whose totals are put aside and combined in order, as one thread does.
sealed partial class Emit
{
    readonly Piece piece;

    /// <summary>The blocks of a nest that can be shared out, and the totals that each puts aside; none where it is done as a whole.</summary>
    public static (int Blocks, int Totals) BlocksOf(Nest nest)
    {
        if (nest.Pass != 0 || nest.Extents is not [{ IsConstant: true, Value: >= 2 * FoldBlock } n]) return default;
        var levels = new Levels(nest);
        var folds = AllFolds(nest);
        bool inOnePass = folds.All(f => levels.StageOf(f) == 1) && nest.Stores.Where(s => IsInside(s, levels)).All(s => levels.StageOf(s.Value) == 0);
        return folds.Length > 0 && inOnePass ? (checked((int)((n.Value + FoldBlock - 1) / FoldBlock)), folds.Length) : default;
    }

    /// <summary>The total of a block put aside: all of a fold's side by side, behind the buffers.</summary>
    E Aside(int fold, E block) => E.Add(Slot(nest.Buffers.Length), E.Multiply(E.Add(block, E.Constant((long)fold * BlocksOf(nest).Blocks)), E.Constant(8L)));

    /// <summary>The blocks from start up to end.</summary>
    void SomeBlocks(Scope scope, Scope block, Folded[] folds, System.Linq.Expressions.ParameterExpression from, Dictionary<Folded, System.Linq.Expressions.ParameterExpression> totals, E extent)
    {
        var number = E.Divide(from, E.Constant((long)FoldBlock));
        for (int f = 0; f < folds.Length; f++) block.Do(lanes.StoreFirst(folds[f].Type, [totals[folds[f]]], Aside(f, number)));
        scope.Do(For(from, E.Multiply(start, E.Constant((long)FoldBlock)), Least(E.Multiply(end, E.Constant((long)FoldBlock)), extent), FoldBlock, block.Close()));
    }

    /// <summary>All totals that were put aside, combined in order.</summary>
    void Combine(Scope scope, Folded[] folds, Dictionary<Folded, System.Linq.Expressions.ParameterExpression> totals)
    {
        var i = scope.Declare(typeof(long));
        var body = new Scope(scope, levels.Order.Length, new(lanes, 1));
        for (int f = 0; f < folds.Length; f++)
            body.Do(E.Assign(totals[folds[f]], lanes.Combine(folds[f].Kind, folds[f].Type, totals[folds[f]], lanes.LoadSplat(folds[f].Type, Aside(f, i), null)[0])));
        scope.Do(For(i, E.Constant(0L), E.Constant((long)BlocksOf(nest).Blocks), 1, body.Close()));
    }
}
