using System.Linq.Expressions;
using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

// A pass over the pass axis in a loop of its own: folds in their canonical order (docs/numerics.md), down the lanes or across them.
sealed partial class Emit
{
    const int FoldLanes = Schedule.FoldLanes, FoldBlock = Schedule.FoldBlock, RowBlock = Schedule.RowBlock;

    /// <summary>The pass axis is an outer one: lanes are independent elements, rows are added one by one in blocks.</summary>
    void PassDown(Scope scope, Pass pass)
    {
        var (folds, stores) = (pass.Folds, pass.Stores);
        var extent = nest.Extents[nest.Pass];
        bool blocks = folds.Any(f => Ordered(f)) && !(extent.IsConstant && extent.Value <= RowBlock);
        var i = loops[nest.Pass];
        scope.Declare(i);
        var sums = folds.ToDictionary(f => f, f => Identity(scope, f));
        var body = new Scope(scope, levels.Inner, scope.Wide) { Index = scope.Index, Mask = scope.Mask };
        foreach (var s in stores) Write(s, body);
        if (!blocks)
        {
            foreach (var f in folds) Accumulate(body, sums[f], f, Get(f.Term, body));
            scope.Do(For(i, E.Constant(0L), Number(extent), 1, body.Close()));
        }
        else
        {
            var (block, stop) = (scope.Declare(typeof(long)), scope.Declare(typeof(long)));
            var outer = new Scope(scope, levels.Order.Length, scope.Wide);
            var parts = folds.ToDictionary(f => f, f => Identity(outer, f));
            foreach (var f in folds) Accumulate(body, parts[f], f, Get(f.Term, body));
            outer.Do(E.Assign(stop, Least(E.Add(block, E.Constant((long)RowBlock)), Number(extent))));
            outer.Do(For(i, block, stop, 1, body.Close()));
            foreach (var f in folds) Accumulate(outer, sums[f], f, parts[f]);
            scope.Do(For(block, E.Constant(0L), Number(extent), RowBlock, outer.Close()));
        }
        foreach (var f in folds) scope.Values[f] = sums[f];
    }

    /// <summary>Whether the order of a fold shows in its result.</summary>
    static bool Ordered(Folded f) => f.Type.IsFloat() && f.Kind is FoldKind.Sum or FoldKind.Prod;

    E[] Identity(Scope scope, Folded f)
    {
        E[] acc = [.. Enumerable.Range(0, lanes.Parts(f.Type) * scope.Wide.Unroll).Select(_ => scope.Declare(lanes.Register(f.Type)))];
        var zero = lanes.Literal(f.Type, Lanes.Identity(f.Kind, f.Type))[0];
        foreach (var a in acc) scope.Do(E.Assign(a, zero));
        return acc;
    }

    static void Accumulate(Scope scope, E[] acc, Folded f, E[] term)
    {
        var sum = scope.Wide.Combine(f.Kind, f.Type, acc, scope.Wide.Repeat(term, term.Length == acc.Length ? scope.Wide.Unroll : 1));
        for (int k = 0; k < acc.Length; k++) scope.Do(E.Assign(acc[k], sum[k]));
    }

    static E Least(E a, E b) => E.Condition(E.LessThan(a, b), a, b);

    /// <summary>The pass axis is the last: lanes are elements of one fold, element k in virtual lane k mod 64 of its block.</summary>
    void PassAcross(Scope scope, Pass pass)
    {
        var (folds, extent) = (pass.Folds, nest.Extents[nest.Pass]);
        if (folds is [])
        {
            Lanewise(scope, extent, null, pass.Vectors, inner => { foreach (var s in pass.Stores) Write(s, inner); }, levels.Inner);
            return;
        }
        var totals = folds.ToDictionary(f => f, f =>
        {
            var total = scope.Declare(lanes.Register(f.Type));
            scope.Do(E.Assign(total, lanes.Literal(f.Type, Lanes.Identity(f.Kind, f.Type))[0]));
            return total;
        });
        if (piece == Piece.Rest) Combine(scope, folds, totals);
        else Blocks(scope, pass, totals);
        foreach (var f in folds) scope.Values[f] = [.. Enumerable.Repeat((E)totals[f], lanes.Parts(f.Type))];
    }

    /// <summary>A pass across lanes, by blocks where their order shows, or where they are shared out.</summary>
    void Blocks(Scope scope, Pass pass, Dictionary<Folded, ParameterExpression> totals)
    {
        var extent = nest.Extents[nest.Pass];
        bool blocks = piece == Piece.Blocks || pass.Folds.Any(Ordered) && !(extent.IsConstant && extent.Value <= FoldBlock);
        var (from, to) = (scope.Declare(typeof(long)), scope.Declare(typeof(long)));
        var block = new Scope(scope, levels.Order.Length, new(lanes, 1));
        block.Do(E.Assign(to, blocks ? Least(E.Add(from, E.Constant((long)FoldBlock)), Number(extent)) : Number(extent)));
        if (pass.InMemory) FoldInMemory(block, scope, pass, from, to, totals);
        else FoldInRegisters(block, scope, pass, from, to, totals);
        if (piece == Piece.Blocks)
        {
            PutAside(block, pass.Folds, totals, E.Divide(from, E.Constant((long)FoldBlock)));
            scope.Do(For(from, E.Multiply(start, E.Constant((long)FoldBlock)), Least(E.Multiply(end, E.Constant((long)FoldBlock)), Number(extent)), FoldBlock, block.Close()));
        }
        else if (blocks) scope.Do(For(from, E.Constant(0L), Number(extent), FoldBlock, block.Close()));
        else
        {
            scope.Do(E.Assign(from, E.Constant(0L)));
            scope.Do(block.Close());
        }
    }

    /// <summary>A fold's term with the identity in lanes that do not exist.</summary>
    E[] Present(Scope scope, Folded f)
    {
        var term = Get(f.Term, scope);
        return scope.Mask is null ? term : Select(scope, f.Type, scope.Mask, term, scope.Wide.Literal(f.Type, Lanes.Identity(f.Kind, f.Type)));
    }

    E[] Select(Scope scope, DType type, E[] mask, E[] yes, E[] no)
    {
        int parts = lanes.Parts(type);
        return [.. mask.SelectMany((m, u) => lanes.Apply(Fun.Select, type, [DType.Bool, type, type], [[m], yes[(u * parts)..((u + 1) * parts)], no[(u * parts)..((u + 1) * parts)]]))];
    }

    void Total(Scope block, Dictionary<Folded, ParameterExpression> totals, Folded f, E[] acc)
    {
        var partial = lanes.Splat(f.Type, Tree(block, f, acc))[0];
        block.Do(E.Assign(totals[f], piece == Piece.Blocks ? partial : lanes.Combine(f.Kind, f.Type, totals[f], partial)));
    }

    /// <summary>The virtual lanes folded, halves onto halves. Registers that are missing hold the identity.</summary>
    E Tree(Scope scope, Folded f, E[] acc)
    {
        int full = FoldLanes / lanes.Count * lanes.Parts(f.Type);
        var part = new E?[full];
        acc.CopyTo(part, 0);
        for (int half = full / 2; half >= 1; half /= 2)
            for (int k = 0; k < half; k++)
                part[k] = part[k] is { } a && part[k + half] is { } b ? scope.Let(lanes.Combine(f.Kind, f.Type, a, b)) : part[k] ?? part[k + half];
        return lanes.FoldLanes(f.Kind, f.Type, part[0]!);
    }

    void FoldInRegisters(Scope block, Scope scope, Pass pass, E from, ParameterExpression to, Dictionary<Folded, ParameterExpression> totals)
    {
        int level = levels.Inner;
        var (folds, wide) = (pass.Folds, new Wide(lanes, pass.Vectors));
        var i = block.Declare(typeof(long));
        var acc = folds.ToDictionary(f => f, f =>
        {
            E[] all = [.. Enumerable.Range(0, lanes.Parts(f.Type) * wide.Unroll).Select(_ => block.Declare(lanes.Register(f.Type)))];
            foreach (var a in all) block.Do(E.Assign(a, lanes.Literal(f.Type, Lanes.Identity(f.Kind, f.Type))[0]));
            return all;
        });
        void Body(Scope s)
        {
            foreach (var store in pass.Stores) Write(store, s);
            foreach (var f in folds) Accumulate(s, acc[f], f, Present(s, f));
        }
        var full = new Scope(scope, level, wide) { Index = i };
        Body(full);
        block.Do(E.Assign(i, from));
        block.Do(While(E.LessThanOrEqual(E.Add(i, E.Constant((long)wide.Count)), to), E.Block(full.Close(), E.AddAssign(i, E.Constant((long)wide.Count)))));
        var extent = nest.Extents[nest.Pass];
        if (!(extent.IsConstant && extent.Value % wide.Count == 0))
        {
            var masks = wide.Mask(E.Subtract(to, i)).Select(m => (Local: E.Variable(m.Type), Value: m)).ToArray();
            var rest = new Scope(scope, level, wide) { Index = i, Mask = [.. masks.Select(m => m.Local)] };
            Body(rest);
            block.Do(E.IfThen(E.LessThan(i, to), E.Block(masks.Select(m => m.Local), [.. masks.Select(m => E.Assign(m.Local, m.Value)), rest.Close()])));
        }
        foreach (var f in folds) Total(block, totals, f, acc[f]);
    }
}
