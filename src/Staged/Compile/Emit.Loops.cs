using System.Linq.Expressions;
using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

// The loops over the parallel axes, the last of them in vectors.
sealed partial class Emit
{
    void Loops(int k, Scope scope)
    {
        if (k == levels.Order.Length) { Row(scope); return; }
        int axis = levels.Order[k];
        var extent = nest.Extents[axis];
        if (axis == vector)
        {
            Lanewise(scope, extent, IsShared(k) ? (start, end) : null, schedule.Vectors, inner => Loops(k + 1, inner), k + 1);
            return;
        }
        var (from, to) = !IsShared(k) ? (E.Constant(0L), Number(extent)) : descent is not null ? RowsOfBlocks(extent) : ((E)start, end);
        if (axis == schedule.Tiled)
        {
            Tiles(k, scope, from, to);
            return;
        }
        if (k == levels.Order.Length - 1 && schedule.Rows > 1 && slots is null)
        {
            SeveralRows(k, scope, from, to);
            return;
        }
        var body = new Scope(scope, k + 1, new(lanes, 1));
        Loops(k + 1, body);
        scope.Declare(loops[axis]);
        scope.Do(For(loops[axis], from, to, 1, body.Close()));
    }

    /// <summary>Whether a call runs a part of this loop.</summary>
    bool IsShared(int k) => k == 0 && slots is null;

    /// <summary>A loop over the vector axis: full vectors, then what is left under a mask. A short axis of known extent needs no loop.</summary>
    void Lanewise(Scope scope, Extent extent, (E From, E To)? range, int unroll, Action<Scope> body, int level)
    {
        var wide = new Wide(lanes, unroll);
        if (schedule.Tiled < 0 && extent.IsConstant && extent.Value <= wide.Count && extent.Value > 0)
        {
            var mask = extent.Value == wide.Count ? null : scope.Let(wide.Mask(E.Constant(extent.Value)));
            var once = new Scope(scope, level, wide) { Index = E.Constant(0L), Mask = mask };
            body(once);
            scope.Do(once.Close());
            return;
        }
        var i = scope.Declare(typeof(long));
        var (from, to) = range ?? (E.Constant(0L), Number(extent));
        if (unroll == 1 && lanes.MasksAreFree && !(extent.IsConstant && extent.Value % wide.Count == 0))
        {
            Masked(scope, i, from, to, body, level);
            return;
        }
        scope.Do(E.Assign(i, from));
        Full(wide);
        if ((range is null || schedule.Tiled >= 0) && extent.IsConstant && extent.Value % wide.Count == 0) return;
        if (unroll > 4) Full(new(lanes, 4));
        Masked(scope, i, i, to, body, level);

        void Full(Wide wide)
        {
            var full = new Scope(scope, level, wide) { Index = i };
            body(full);
            scope.Do(While(E.LessThanOrEqual(E.Add(i, E.Constant((long)wide.Count)), to), E.Block(full.Close(), E.AddAssign(i, E.Constant((long)wide.Count)))));
        }
    }

    /// <summary>A loop in single vectors under a mask: what is left of a wide loop, or all of a heavy one, whose body is then emitted once.</summary>
    void Masked(Scope scope, ParameterExpression i, E from, E to, Action<Scope> body, int level)
    {
        var one = new Wide(lanes, 1);
        var mask = E.Variable(lanes.Register(DType.Bool));
        var rest = new Scope(scope, level, one) { Index = i, Mask = [mask] };
        body(rest);
        scope.Do(E.Assign(i, from));
        scope.Do(While(E.LessThan(i, to), E.Block([mask], E.Assign(mask, one.Mask(E.Subtract(to, i))[0]), rest.Close(), E.AddAssign(i, E.Constant((long)one.Count)))));
    }

    static E While(E test, E body)
    {
        var done = E.Label();
        return E.Loop(E.IfThenElse(test, body, E.Break(done)), done);
    }

    static E For(ParameterExpression i, E from, E to, long step, E body) =>
        E.Block(E.Assign(i, from), While(E.LessThan(i, to), E.Block(body, E.AddAssign(i, E.Constant(step)))));
}
