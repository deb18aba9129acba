using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

// Folds down the leading axes, beside those over the last: each row adds to accumulators in memory, block of rows by block, and the blocks are
// combined when all is done. Lanes that do not exist have accumulators of their own, which nobody reads.
sealed partial class Emit
{
    readonly Piece rows;
    readonly Descent? descent;

    /// <summary>The place in the table of memory for what is put aside: behind the buffers and the symbols.</summary>
    int AsideSlot => nest.Buffers.Length + Symbols.Length;

    /// <summary>The rows of the blocks that this call runs: all of them where a block is no range of the outermost loop.</summary>
    (E From, E To) RowsOfBlocks(Extent extent) => nest.Lead > 1 ? (E.Constant(0L), Number(extent))
        : (E.Multiply(start, E.Constant((long)RowBlock)), Least(E.Multiply(end, E.Constant((long)RowBlock)), Number(extent)));

    /// <summary>Accumulators without any term.</summary>
    void Begin(Descent descent)
    {
        var (block, at) = (root.Declare(typeof(long)), root.Declare(typeof(long)));
        var one = new Wide(lanes, 1);
        var body = new Scope(root, 0, one);
        var first = body.Let(E.Add(Slot(AsideSlot), E.Multiply(block, E.Constant(descent.Bytes))));
        for (int k = 0; k < descent.Folds.Count; k++)
        {
            var (type, kind) = (descent.Folds[k].Value.Type, descent.Folds[k].Down!.Value);
            var (from, to) = descent.Range(k);
            body.Do(For(at, E.Constant(from), E.Constant(to), one.Count * type.Size(), one.Store(type, one.Literal(type, Lanes.Identity(kind, type)), E.Add(first, at), null)));
        }
        root.Do(For(block, start, end, 1, body.Close()));
    }

    /// <summary>One more term for accumulators.</summary>
    void FoldDown(Store s, Scope scope)
    {
        var (wide, type) = (scope.Wide, s.Value.Type);
        var x = Get(s.Value, scope);
        var address = Plus(Address(AsideSlot, descent!.At(s, a => a), type.Size(), scope), scope.Index!, type.Size());
        if (descent.Blocks > 1) address = E.Add(address, OfBlock(Home(scope, nest.Lead)));
        address = scope.Let(address);
        scope.Do(wide.Store(type, wide.Combine(s.Down!.Value, type, wide.Load(type, address, null), x), address, null));
    }

    /// <summary>How far the accumulators of the current block lie behind those of block 0.</summary>
    E OfBlock(Scope home)
    {
        var key = (int.MinValue, Affine.Zero);
        if (home.Addresses.TryGetValue(key, out var known)) return known;
        var row = levels.Order.Take(nest.Lead).Aggregate((E)E.Constant(0L), (n, a) => E.Add(E.Multiply(n, Number(nest.Extents[a])), loops[a]));
        return home.Addresses[key] = home.Let(E.Multiply(E.RightShift(row, E.Constant(System.Numerics.BitOperations.Log2(RowBlock))), E.Constant(descent!.Bytes)));
    }

    /// <summary>All blocks combined in order, to the results.</summary>
    E Bottom(Descent descent)
    {
        using var values = new Values();
        Store[] stores = [.. descent.Folds.Select((s, k) =>
        {
            // Blocks are loop 0; what were axes from Lead on follow.
            int Loop(int a) => a - nest.Lead + 1;
            var type = s.Value.Type;
            var term = Values.Load(type, descent.Folds.Count + k, descent.At(s, Loop) + Affine.Loop(0) * (descent.Bytes / type.Size()));
            return new Store(k, s.At.Rewrite(a => Affine.Loop(Loop(a)), v => v), Values.Folded(s.Down!.Value, term));
        })];
        DType[] types = [.. stores.Select(s => s.Value.Type)];
        var last = new Nest([descent.Blocks, .. nest.Extents.Skip(nest.Lead)], 0, [.. stores], [.. types, .. types]);
        return new Emit(last, best, [.. descent.Folds.Select(s => s.Buffer), .. types.Select(_ => AsideSlot)]).Code();
    }
}
