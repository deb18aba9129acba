using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

// One point of the parallel axes: passes over the pass axis, each in a loop or all in registers, and what is stored.
sealed partial class Emit
{
    /// <summary>Vectors of a row that stands in registers, and values in all of them.</summary>
    const int MostRowVectors = 16, RowCap = 240;

    /// <summary>All that happens at one point of the parallel axes: passes over the pass axis, and the stores.</summary>
    void Row(Scope scope)
    {
        if (nest.Pass < 0)
        {
            // All is read before anything is written: a result may lie where an operand lay.
            foreach (var s in nest.Stores) Get(s.Value, scope);
            foreach (var s in nest.Stores) Write(s, scope);
            return;
        }
        Folded[] folds = [.. AllFolds(nest).OrderBy(levels.StageOf)];
        bool Inside(Store s) => IsInside(s, levels);
        int last = Math.Max(folds.Select(f => levels.StageOf(f) - 1).DefaultIfEmpty(0).Max(), nest.Stores.Where(Inside).Select(s => levels.StageOf(s.Value)).DefaultIfEmpty(0).Max());
        var row = RowInRegisters(scope, [.. folds.Select(f => f.Term), .. nest.Stores.Select(s => s.Value)]);
        for (int stage = 0; stage <= last; stage++)
        {
            Folded[] now = [.. folds.Where(f => levels.StageOf(f) == stage + 1)];
            Store[] stores = [.. nest.Stores.Where(s => Inside(s) && levels.StageOf(s.Value) == stage)];
            if (now.Length + stores.Length == 0) continue;
            if (row is not null) PassAtOnce(scope, row, now, stores);
            else if (nest.Pass == vector) PassAcross(scope, now, stores);
            else PassDown(scope, now, stores);
        }
        if (piece == Piece.Blocks) return;
        Store[] after = [.. nest.Stores.Where(s => !Inside(s))];
        foreach (var s in after) Get(s.Value, scope);
        foreach (var s in after) Write(s, scope);
    }

    /// <summary>Whether something is stored at each point of the pass axis.</summary>
    static bool IsInside(Store s, Levels levels) => levels.Of(s.At) >= levels.Inner || levels.Of(s.Value) >= levels.Inner;

    static Folded[] AllFolds(Nest nest)
    {
        var seen = new HashSet<Value>();
        IEnumerable<Folded> In(Value v) => !seen.Add(v) ? [] : [.. v.Operands.SelectMany(In), .. v is Folded f ? [f] : Array.Empty<Folded>()];
        return [.. nest.Stores.SelectMany(s => In(s.Value))];
    }

    /// <summary>
    /// Scopes for the parts of a row that stands in registers as a whole, so that what one pass computes the next has; null where the row is too
    /// long. Two vectors each, or one: more at once would spill, and the processor overlaps the parts itself.
    /// </summary>
    Scope[]? RowInRegisters(Scope scope, IEnumerable<Value> values)
    {
        int level = levels.Inner;
        if (nest.Pass != vector || nest.Extents[vector] is not { IsConstant: true, Value: > 0 } extent) return null;
        int vectors = (int)Math.Min(int.MaxValue, (extent.Value + lanes.Count - 1) / lanes.Count);
        int registers = nest.Buffers.Any(t => t.Size() == 8) ? 2 * vectors : vectors, weight = levels.Weight(values, level);
        // In single vectors what is read once is nested in its reader, which about halves the locals.
        int together = registers * weight <= RowCap ? 2 : 1;
        if (registers > MostRowVectors || registers * weight > RowCap * 2 / together) return null;
        return [.. Enumerable.Range(0, (vectors + together - 1) / together).Select(part =>
        {
            var wide = new Wide(lanes, Math.Min(together, vectors - together * part));
            long start = (long)together * part * lanes.Count;
            var mask = start + wide.Count <= extent.Value ? null : Array.ConvertAll(wide.Mask(E.Constant(extent.Value - start)), root.Let);
            return new Scope(scope, level, wide, inline: true) { Index = E.Constant(start), Mask = mask };
        })];
    }

    void PassAtOnce(Scope scope, Scope[] row, Folded[] folds, Store[] stores)
    {
        var terms = folds.ToDictionary(f => f, _ => new List<E>());
        foreach (var part in row)
        {
            foreach (var s in stores) Write(s, part);
            foreach (var f in folds) terms[f].AddRange(Present(part, f));
        }
        foreach (var (f, term) in terms)
        {
            var acc = new E[Math.Min(term.Count, FoldLanes / lanes.Count * lanes.Parts(f.Type))];
            for (int k = 0; k < term.Count; k++)
                acc[k % acc.Length] = lanes.Combine(f.Kind, f.Type, acc[k % acc.Length] ?? lanes.Literal(f.Type, Lanes.Identity(f.Kind, f.Type))[0], term[k]);
            scope.Values[f] = [.. Enumerable.Repeat(scope.Let(lanes.Splat(f.Type, Tree(scope, f, acc))[0]), lanes.Parts(f.Type))];
        }
    }
}
