using System.Linq.Expressions;
using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

// Loads and stores.
sealed partial class Emit
{
    bool InVector(Scope scope) => scope.Level >= VectorLevel;

    E[] Read(Load l, Scope scope)
    {
        if (tiles.TryGetValue(l, out var tile)) return scope.Wide.Load(l.Type, Plus(tile, scope.Index!, l.Type.Size()), scope.Mask);
        bool varies = InVector(scope);
        var mask = varies ? scope.Mask : null;
        if (l.Guard is { } guard)
        {
            var g = Get(guard, scope);
            mask = mask is null ? g : [.. mask.Select((m, u) => scope.Let(E.And(m, g[u])))];
        }
        var lanewise = l.At.Computed.Where(t => Varies(t.Value)).ToArray();
        var address = Address(l.Buffer, l.At, l.Type.Size(), scope);
        if (!varies) return lanes.LoadSplat(l.Type, address, mask?[0]);
        var factor = vector < 0 ? (Extent)0 : l.At.Factor(vector);
        if (lanewise.Length > 0)
        {
            var index = Offsets(scope, DType.I32, factor, 0);
            foreach (var (value, f) in lanewise)
            {
                var term = scope.Wide.Convert(Get(value, scope), value.Type, DType.I32);
                var scaled = f == 1 ? term : Arithmetic(scope, Fun.Mul, DType.I32, term, scope.Wide.Splat(DType.I32, E.Convert(Number(f), typeof(int))));
                index = index is null ? scaled : Arithmetic(scope, Fun.Add, DType.I32, index, scaled);
            }
            return scope.Wide.Pick(l.Type, address, scope.Let(index!), mask);
        }
        if (factor == 1) return scope.Wide.Load(l.Type, Plus(address, scope.Index!, l.Type.Size()), mask);
        if (factor == 0 && l.Guard is null) return scope.Wide.Repeat(lanes.LoadSplat(l.Type, address, null), 1);
        var (step, at) = (scope.Let(Bytes(factor, l.Type.Size())), Around(scope).Index!);
        if (at is not ConstantExpression { Value: 0L }) address = scope.Let(E.Add(address, E.Multiply(at, step)));
        return scope.Wide.LoadStrided(l.Type, address, step, Steps(l.Type, factor), mask);
    }

    readonly Dictionary<(long, int), E?> steps = [];

    E? Steps(DType type, Extent factor)
    {
        if (!factor.IsConstant) return null;
        if (!steps.TryGetValue((factor.Value, type.Size()), out var known)) steps[(factor.Value, type.Size())] = known = lanes.Steps(type, factor.Value) is { } x ? root.Let(x) : null;
        return known;
    }

    void Write(Store s, Scope scope)
    {
        if (s.Down is not null)
        {
            FoldDown(s, scope);
            return;
        }
        var type = nest.Buffers[s.Buffer];
        int level = Math.Max(levels.Of(s.At), levels.Of(s.Value));
        var address = Address(s.Buffer, s.At, type.Size(), scope);
        var x = Get(s.Value, scope);
        if (vector >= 0 && s.At.Factor(vector) == 1) scope.Do(scope.Wide.Store(type, x, Plus(address, Around(scope).Index!, type.Size()), scope.Mask));
        else if (level < VectorLevel || s.At.Factor(Math.Max(vector, 0)) == 0) scope.Do(lanes.StoreFirst(type, x, address));
        else throw new InvalidOperationException("A store must walk the last axis in single steps.");
    }
}
