using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

// One point of the parallel axes: passes over the pass axis, each in a loop or all in registers, and what is stored.
sealed partial class Emit
{
    /// <summary>All that happens at one point of the parallel axes: passes over the pass axis, and the stores.</summary>
    void Row(Scope scope)
    {
        var row = schedule.RowVectors > 0 ? RowInRegisters(scope) : null;
        foreach (var pass in schedule.Passes)
            if (row is not null) PassAtOnce(scope, row, pass);
            else if (nest.Pass == vector) PassAcross(scope, pass);
            else PassDown(scope, pass);
        if (piece == Piece.Blocks) return;
        // All is read before anything is written: a result may lie where an operand lay.
        Store[] after = [.. nest.Stores.Where(s => nest.Pass < 0 || !schedule.IsInside(s))];
        foreach (var s in after) Get(s.Value, scope);
        foreach (var s in after) Write(s, scope);
    }

    /// <summary>The innermost loop around rows in registers: several at once, statement by statement, then what is left one by one.</summary>
    void SeveralRows(int k, Scope scope, E from, E to)
    {
        int axis = levels.Order[k];
        var i = loops[axis];
        Scope Body(int row)
        {
            var body = new Scope(scope, k + 1, new(lanes, 1));
            if (row > 0)
            {
                loops[axis] = body.Declare(typeof(long));
                body.Do(E.Assign(loops[axis], E.Add(i, E.Constant((long)row))));
            }
            Loops(k + 1, body);
            loops[axis] = i;
            return body;
        }
        var together = Scope.Interleaved([.. Enumerable.Range(0, schedule.Rows).Select(Body)]);
        var step = E.Constant((long)schedule.Rows);
        scope.Declare(i);
        scope.Do(E.Assign(i, from));
        scope.Do(While(E.LessThanOrEqual(E.Add(i, step), to), E.Block(together, E.AddAssign(i, step))));
        scope.Do(While(E.LessThan(i, to), E.Block(Body(0).Close(), E.AddAssign(i, E.Constant(1L)))));
    }

    /// <summary>Scopes for the parts of a row that stands in registers.</summary>
    Scope[] RowInRegisters(Scope scope)
    {
        long extent = nest.Extents[vector].Value;
        int together = schedule.RowVectors, vectors = (int)((extent + lanes.Count - 1) / lanes.Count);
        return [.. Enumerable.Range(0, (vectors + together - 1) / together).Select(part =>
        {
            var wide = new Wide(lanes, Math.Min(together, vectors - together * part));
            long start = (long)together * part * lanes.Count;
            var mask = start + wide.Count <= extent ? null : Masks(wide, extent - start);
            return new Scope(scope, levels.Inner, wide, inline: true) { Index = E.Constant(start), Mask = mask };
        })];
    }

    readonly Dictionary<(int, long), E[]> masks = [];

    E[] Masks(Wide wide, long left) =>
        masks.TryGetValue((wide.Unroll, left), out var known) ? known : masks[(wide.Unroll, left)] = Array.ConvertAll(wide.Mask(E.Constant(left)), root.Let);

    void PassAtOnce(Scope scope, Scope[] row, Pass pass)
    {
        var terms = pass.Folds.ToDictionary(f => f, _ => new List<E>());
        foreach (var part in row)
        {
            foreach (var s in pass.Stores) Write(s, part);
            foreach (var f in pass.Folds) terms[f].AddRange(Present(part, f));
        }
        foreach (var (f, term) in terms)
        {
            var acc = new E[Math.Min(term.Count, Schedule.FoldLanes / lanes.Count * lanes.Parts(f.Type))];
            // A sum begins at +0, which makes −0 +0: of the others the first term is itself.
            var first = f.Kind == FoldKind.Sum && f.Type.IsFloat() ? lanes.Literal(f.Type, Lanes.Identity(f.Kind, f.Type))[0] : null;
            for (int k = 0; k < term.Count; k++)
                acc[k % acc.Length] = (acc[k % acc.Length] ?? first) is { } before ? lanes.Combine(f.Kind, f.Type, before, term[k]) : term[k];
            scope.Values[f] = [.. Enumerable.Repeat(scope.Let(lanes.Splat(f.Type, Tree(scope, f, acc))[0]), lanes.Parts(f.Type))];
        }
    }
}
