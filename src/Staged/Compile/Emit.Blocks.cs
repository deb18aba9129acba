using System.Linq.Expressions;
using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

/// <summary>Which code of a nest: all of it, or, of one whose only axis is folded or whose rows are folded down, its blocks (any of them, in any order) and what is left to do then.</summary>
enum Piece { Whole, Blocks, Rest }

// A fold over the only axis on several threads: they take whole blocks, whose totals are put aside and combined in order, as one thread does.
sealed partial class Emit
{
    readonly Piece piece;               // where the only axis is folded

    /// <summary>The total of a block put aside: all of a fold's side by side.</summary>
    E Aside(int fold, E block) => E.Add(Slot(AsideSlot), E.Multiply(E.Add(block, E.Constant((long)fold * schedule.Blocks)), E.Constant(8L)));

    void PutAside(Scope block, Folded[] folds, Dictionary<Folded, ParameterExpression> totals, E number)
    {
        for (int f = 0; f < folds.Length; f++) block.Do(lanes.StoreFirst(folds[f].Type, [totals[folds[f]]], Aside(f, number)));
    }

    /// <summary>All totals that were put aside, combined in order.</summary>
    void Combine(Scope scope, Folded[] folds, Dictionary<Folded, ParameterExpression> totals)
    {
        var i = scope.Declare(typeof(long));
        var body = new Scope(scope, levels.Order.Length, new(lanes, 1));
        for (int f = 0; f < folds.Length; f++)
            body.Do(E.Assign(totals[folds[f]], lanes.Combine(folds[f].Kind, folds[f].Type, totals[folds[f]], lanes.LoadSplat(folds[f].Type, Aside(f, i), null)[0])));
        scope.Do(For(i, E.Constant(0L), E.Constant((long)schedule.Blocks), 1, body.Close()));
    }
}
