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

    /// <summary>Scopes for the parts of a row that stands in registers.</summary>
    Scope[] RowInRegisters(Scope scope)
    {
        long extent = nest.Extents[vector].Value;
        int together = schedule.RowVectors, vectors = (int)((extent + lanes.Count - 1) / lanes.Count);
        return [.. Enumerable.Range(0, (vectors + together - 1) / together).Select(part =>
        {
            var wide = new Wide(lanes, Math.Min(together, vectors - together * part));
            long start = (long)together * part * lanes.Count;
            var mask = start + wide.Count <= extent ? null : Array.ConvertAll(wide.Mask(E.Constant(extent - start)), root.Let);
            return new Scope(scope, levels.Inner, wide, inline: true) { Index = E.Constant(start), Mask = mask };
        })];
    }

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
            for (int k = 0; k < term.Count; k++)
                acc[k % acc.Length] = lanes.Combine(f.Kind, f.Type, acc[k % acc.Length] ?? lanes.Literal(f.Type, Lanes.Identity(f.Kind, f.Type))[0], term[k]);
            scope.Values[f] = [.. Enumerable.Repeat(scope.Let(lanes.Splat(f.Type, Tree(scope, f, acc))[0]), lanes.Parts(f.Type))];
        }
    }
}
