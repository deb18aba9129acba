using System.Linq.Expressions;
using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

// A fold whose body is heavy.
sealed partial class Emit
{
    /// <summary>A heavy body: the virtual lanes stand in memory, so that few vectors are in flight.</summary>
    void FoldInMemory(Scope block, Scope scope, Pass pass, E from, ParameterExpression to, Dictionary<Folded, ParameterExpression> totals)
    {
        int level = levels.Inner;
        var (folds, wide) = (pass.Folds, new Wide(lanes, pass.Vectors));
        var i = block.Declare(typeof(long));
        var memory = block.Let(E.Call(typeof(LaneMath), nameof(LaneMath.Scratch), null, E.Constant(folds.Length * FoldLanes * 8)));
        E Place(int f, E lane) => E.Add(memory, E.Add(E.Constant((long)f * FoldLanes * 8), E.Multiply(lane, E.Constant((long)Size(folds[f].Type)))));
        for (int f = 0; f < folds.Length; f++)
            for (int k = 0; k < FoldLanes; k += lanes.Count)
                block.Do(Keep(folds[f].Type, new(lanes, 1), lanes.Literal(folds[f].Type, Lanes.Identity(folds[f].Kind, folds[f].Type)), Place(f, E.Constant((long)k))));
        void Body(Scope s)
        {
            foreach (var store in pass.Stores) Write(store, s);
            foreach (var f in folds) Get(f.Term, s);
            var lane = s.Let(E.And(i, E.Constant(FoldLanes - 1L)));
            for (int f = 0; f < folds.Length; f++)
            {
                var place = s.Let(Place(f, lane));
                s.Do(Keep(folds[f].Type, s.Wide, s.Wide.Combine(folds[f].Kind, folds[f].Type, Kept(folds[f].Type, s.Wide, place), Present(s, folds[f])), place));
            }
        }
        var full = new Scope(scope, level, wide) { Index = i };
        Body(full);
        block.Do(E.Assign(i, from));
        block.Do(While(E.LessThanOrEqual(E.Add(i, E.Constant((long)wide.Count)), to), E.Block(full.Close(), E.AddAssign(i, E.Constant((long)wide.Count)))));
        if (wide.Count > 1 && !(nest.Extents[nest.Pass] is { IsConstant: true } extent && extent.Value % wide.Count == 0))
        {
            var one = new Wide(lanes, 1);
            var mask = E.Variable(lanes.Register(DType.Bool));
            var rest = new Scope(scope, level, one) { Index = i, Mask = [mask] };
            Body(rest);
            block.Do(While(E.LessThan(i, to), E.Block([mask], E.Assign(mask, one.Mask(E.Subtract(to, i))[0]), rest.Close(), E.AddAssign(i, E.Constant((long)one.Count)))));
        }
        for (int f = 0; f < folds.Length; f++)
            Total(block, totals, folds[f], block.Let(Kept(folds[f].Type, new(lanes, FoldLanes / lanes.Count), Place(f, E.Constant(0L)))));
    }

    // Accumulators in memory lie as their registers do: Bool and U8 as ints.
    static int Size(DType type) => Math.Max(4, type.Size());
    static E Keep(DType type, Wide wide, E[] x, E place) => type == DType.Bool ? wide.Store(DType.I32, wide.Convert(x, DType.Bool, DType.I32), place, null)
        : wide.Store(type == DType.U8 ? DType.I32 : type, x, place, null);
    static E[] Kept(DType type, Wide wide, E place) => type == DType.Bool ? wide.Convert(wide.Load(DType.I32, place, null), DType.I32, DType.Bool)
        : wide.Load(type == DType.U8 ? DType.I32 : type, place, null);
}
