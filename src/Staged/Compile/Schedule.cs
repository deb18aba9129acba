namespace StagedDiff;

/// <summary>The folds that one pass over the pass axis computes, and what it stores on its way.</summary>
/// <param name="Folds">They need nothing that the same pass computes.</param>
/// <param name="Stores">Of values at each element.</param>
/// <param name="Vectors">In flight, where the lanes lie along the pass axis.</param>
/// <param name="InMemory">Whether the virtual lanes of its folds stand in memory, so that few vectors are in flight.</param>
sealed record Pass(Folded[] Folds, Store[] Stores, int Vectors, bool InMemory);

/// <summary>
/// The form that the loops of a nest take, by its extents and the weight of its bodies, before any code is written. Every form gives the same bits.
/// </summary>
sealed class Schedule
{
    /// <summary>Virtual lanes of a fold along the last axis, and elements in one block of it.</summary>
    public const int FoldLanes = 64, FoldBlock = 8192;
    /// <summary>Rows in one block of a fold over an outer axis.</summary>
    public const int RowBlock = 1024;
    /// <summary>Values in one loop body, over all vectors in flight: beyond it the JIT runs out of registers and patience.</summary>
    const int BodyCap = 160;
    /// <summary>Vectors of a row that stands in registers, and values in all of them.</summary>
    const int MostRowVectors = 16, RowCap = 240;
    /// <summary>Values of a heavy body up to which two vectors are in flight: they hide latency, and spill what fills the registers.</summary>
    const int MostPaired = 240;

    /// <summary>Rows that run at once, values in all of them, and vectors of their operands: more would spill.</summary>
    const int MostRows = 4, RowsCap = 420, MostRowsVectors = 18;
    /// <summary>Values over all points below which one row at a time will do: so short a nest is not worth the code.</summary>
    const long SmallWork = 1 << 14;

    readonly Nest nest;

    public Levels Levels { get; }

    /// <summary>The vectors: narrower ones than the machine has, where more lanes would idle.</summary>
    public Lanes Lanes { get; }

    /// <summary>The axis that lanes lie along; −1 for a single point.</summary>
    public int Vector { get; }

    /// <summary>Vectors in flight along an axis that is no pass axis.</summary>
    public int Vectors { get; }

    /// <summary>The loop that some loads are contiguous along, just outside of the vector loop: it runs in tiles. −1 where there is none.</summary>
    public int Tiled { get; } = -1;

    /// <summary>Those loads.</summary>
    public Load[] Transposed { get; } = [];

    /// <summary>The passes over the pass axis, in order.</summary>
    public Pass[] Passes { get; } = [];

    /// <summary>Vectors at a time of a row that stands in registers as a whole, so that what one pass computes the next has; 0 where none does.</summary>
    public int RowVectors { get; }

    /// <summary>The blocks of a fold over the only axis, in one pass, which threads can share; 0 where it is done as a whole.</summary>
    public int Blocks => Passes is [{ Folds.Length: > 0 }] && nest.Extents is [{ IsConstant: true, Value: >= 2 * FoldBlock and var n }] ? checked((int)((n + FoldBlock - 1) / FoldBlock)) : 0;

    /// <summary>
    /// Rows in registers that run at once, statement by statement: a row is one chain of operations that wait for each other, and the processor
    /// looks no farther ahead than the next.
    /// </summary>
    public int Rows { get; } = 1;

    public Schedule(Nest nest, Lanes best)
    {
        (this.nest, Levels, Vector) = (nest, new(nest), nest.Extents.Length - 1);
        Lanes = best.For(nest.Extents is [.., var last] ? last : 1);
        var values = nest.Stores.Select(s => s.Value);
        if (Vector >= 0 && Vector != nest.Pass) Vectors = InFlight(values, Levels.Of(Vector));
        if (nest.Pass >= 0)
        {
            Passes = [.. AllPasses()];
            Value[] all = [.. Folds().Select(f => f.Term), .. values];
            RowVectors = InRegisters(all);
            if (RowVectors > 0 && Levels.Order.Length > 0) Rows = AtOnce(all);
        }
        else if (Levels.Order.Length >= 2 && Lanes.Count > 1)
        {
            int axis = Levels.Order[^2];
            bool IsLong(int a) => !nest.Extents[a].IsConstant || nest.Extents[a].Value >= 8;
            if (!IsLong(axis) || !IsLong(Vector)) return;
            Transposed = [.. values.SelectMany(Simplify.All).Distinct().OfType<Load>().Where(l => l.Guard is null && l.At.Computed.IsEmpty
                && l.Type.Size() >= 4 && l.At.Factor(axis) == 1 && l.At.Factor(Vector) is var f && f != 0 && f != 1)];
            if (Transposed.Length > 0) Tiled = axis;
        }
    }

    /// <summary>Whether a store takes place at each element of the pass axis.</summary>
    public bool IsInside(Store s) => Levels.Of(s.At) == Levels.Inner || Levels.Of(s.Value) == Levels.Inner;

    IEnumerable<Folded> Folds()
    {
        var seen = new HashSet<Value>();
        IEnumerable<Folded> In(Value v) => !seen.Add(v) ? [] : [.. v.Operands.SelectMany(In), .. v is Folded f ? [f] : Array.Empty<Folded>()];
        return nest.Stores.SelectMany(s => In(s.Value)).ToArray();
    }

    IEnumerable<Pass> AllPasses()
    {
        Folded[] folds = [.. Folds().OrderBy(Levels.StageOf)];
        Store[] stores = [.. nest.Stores.Where(IsInside)];
        int last = Math.Max(folds.Select(f => Levels.StageOf(f) - 1).DefaultIfEmpty(0).Max(), stores.Select(s => Levels.StageOf(s.Value)).DefaultIfEmpty(0).Max());
        for (int stage = 0; stage <= last; stage++)
        {
            Folded[] now = [.. folds.Where(f => Levels.StageOf(f) == stage + 1)];
            Store[] written = [.. stores.Where(s => Levels.StageOf(s.Value) == stage)];
            if (now.Length + written.Length == 0) continue;
            int weight = Levels.Weight([.. now.Select(f => f.Term), .. written.Select(s => s.Value)], Levels.Inner, Lanes), groups = FoldLanes / Lanes.Count;
            bool inMemory = now.Length > 0 && groups * weight > BodyCap;
            yield return new(now, written, now.Length == 0 ? InFlight(written.Select(s => s.Value), Levels.Inner) : !inMemory ? groups : Lanes.Count > 1 && weight <= MostPaired ? 2 : 1, inMemory);
        }
    }

    /// <summary>Vectors in flight for a loop body along the lanes: enough to hide latency, few enough for the registers, no more than the axis has.</summary>
    int InFlight(IEnumerable<Value> values, int level)
    {
        int weight = Levels.Weight(values, level, Lanes), most = weight <= 24 ? 4 : weight <= 60 ? 2 : 1;
        // Down a matrix: as much of each row at a time as there are registers for, or most of a line and of a page goes by unread.
        if (nest.Pass >= 0 && nest.Pass != Vector && weight <= 6) most = Lanes.MasksAreFree && nest.Buffers.All(t => t.Size() < 8) ? 16 : 8;
        return nest.Extents[Vector] is { IsConstant: true, Value: var n } ? (int)Math.Clamp((n + Lanes.Count - 1) / Lanes.Count, 1, most) : most;
    }

    // Two vectors at a time, or one: more at once would spill, and the processor overlaps the parts itself.
    int InRegisters(IEnumerable<Value> values)
    {
        if (nest.Pass != Vector || nest.Extents[Vector] is not { IsConstant: true, Value: > 0 } extent) return 0;
        long vectors = (extent.Value + Lanes.Count - 1) / Lanes.Count, registers = nest.Buffers.Any(t => t.Size() == 8) ? 2 * vectors : vectors;
        int weight = Levels.Weight(values, Levels.Inner, Lanes);
        // In single vectors what is read once is nested in its reader, which about halves the locals.
        int together = registers * weight <= RowCap ? 2 : 1;
        return registers > MostRowVectors || registers * weight > RowCap * 2 / together ? 0 : together;
    }

    int AtOnce(Value[] values)
    {
        if (Lanes.Count == 1 || nest.Extents.All(e => e.IsConstant) && nest.Extents.Aggregate(1L, (n, e) => n * e.Value) * values.SelectMany(Simplify.All).Distinct().Count() < SmallWork) return 1;
        int inner = Levels.Weight(values, Levels.Inner, Lanes), once = Levels.Weight(values, Levels.Order.Length, Lanes) - inner;
        int vectors = (int)((nest.Extents[Vector].Value + Lanes.Count - 1) / Lanes.Count) * nest.Buffers.Max(t => Lanes.Parts(t));
        int operands = Math.Max(1, values.SelectMany(Simplify.All).Distinct().OfType<Load>().Count(l => Levels.Of(l) == Levels.Inner && l.At.Factor(Levels.Order[^1]) != 0));
        int rows = MostRows, most = Lanes.Count == Lanes.Bits512.Count ? MostRowsVectors : MostRowsVectors / 2;
        while (rows > 1 && (rows * (vectors * inner + once) > RowsCap || rows * vectors * operands > most || nest.Extents[Levels.Order[^1]] is { IsConstant: true, Value: var n } && n < rows)) rows /= 2;
        return rows;
    }

    /// <summary>The loops from the outermost in, with the vectors that are in flight at once.</summary>
    public override string ToString()
    {
        string At(IEnumerable<int> vectors) => $"{string.Join(", ", vectors)} × {(Lanes.Count == 1 ? "1 element" : $"{Lanes.Count * 32} bits")}";
        string By(int vectors) => $" by {At([vectors])}";
        if (Vector < 0) return "one element";
        var outer = Levels.Order.Select(a => nest.Extents[a].ToString()).ToArray();
        string loops = outer.Length == 0 ? "" : $"for {string.Join(", ", outer)}";
        if (nest.Pass < 0) return loops + (Tiled >= 0 ? " in tiles" : "") + By(Vectors);
        var extent = nest.Extents[nest.Pass];
        if (Rows > 1) loops += $", {Rows} at once";
        string start = loops == "" ? "" : loops + (nest.Pass == Vector ? "" : By(Vectors)) + ": ";
        if (RowVectors > 0) return $"{start}{extent} in registers{By((int)Math.Min(RowVectors, (extent.Value + Lanes.Count - 1) / Lanes.Count))}";
        string passes = $"{start}{Passes.Length} pass{(Passes.Length == 1 ? "" : "es")} over {extent}";
        return nest.Pass != Vector ? passes : $"{passes} by {At(Passes.Select(p => p.Vectors))}{(Passes.Any(p => p.InMemory) ? ", sums in memory" : "")}";
    }
}
