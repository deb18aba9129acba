using System.Linq.Expressions;
using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

// Numbers known when the kernel starts, addresses and offsets of lanes.
sealed partial class Emit
{
    /// <summary>A number known when the kernel starts.</summary>
    E Number(Extent e)
    {
        if (e.IsConstant) return E.Constant(e.Value);
        var key = (-1, Affine.Of(e));
        return root.Addresses.TryGetValue(key, out var known) ? known : root.Addresses[key] = root.Let(e.Terms.Select(t => t.Symbols.Aggregate((E)E.Constant(t.Factor),
            (product, s) => E.Multiply(product, SymbolValue(s)))).Aggregate(E.Add));
    }

    E SymbolValue(string symbol)
    {
        var key = (-2 - Array.IndexOf(Symbols, symbol), Affine.Zero);
        return root.Addresses.TryGetValue(key, out var known) ? known : root.Addresses[key] = root.Let(Slot(nest.Buffers.Length + Array.IndexOf(Symbols, symbol)));
    }

    E Slot(int k) => E.Call(typeof(LaneMath), nameof(LaneMath.Address), null, table, E.Constant(slots?[k] ?? k));

    static Scope Home(Scope scope, int level)
    {
        while (scope.Level > level) scope = scope.Parent!;
        return scope;
    }

    /// <summary>The address but for the vector axis: each loop adds its share where it is known. A constant one stands in the instruction.</summary>
    E Address(int buffer, Affine at, int size, Scope scope)
    {
        E address = root.Addresses.TryGetValue((buffer, Affine.Zero), out var b) ? b : root.Addresses[(buffer, Affine.Zero)] = root.Let(Slot(buffer));
        var sum = Affine.Zero;
        E Share(Scope home, Affine share, Func<E> bytes)
        {
            sum += share;
            return home.Addresses.TryGetValue((buffer, sum), out var known) ? known : home.Addresses[(buffer, sum)] = home.Let(E.Add(address, bytes()));
        }
        if (!at.Constant.IsConstant) address = Share(root, Affine.Of(at.Constant), () => Bytes(at.Constant, size));
        int level = 0;
        foreach (var (axis, factor) in at.Loops.Where(t => t.Variable != vector).OrderBy(t => levels.Of(t.Variable)))
        {
            level = Math.Max(level, levels.Of(axis));
            address = Share(Home(scope, level), Affine.Loop(axis) * factor, () => E.Multiply(loops[axis], Bytes(factor, size)));
        }
        foreach (var (value, factor) in at.Computed.Where(t => !Varies(t.Value)))
        {
            level = Math.Max(level, levels.Of(value));
            var home = Home(scope, level);
            address = Share(home, Affine.Of(value) * factor, () => E.Multiply(E.Convert(lanes.First(value.Type, Get(value, home)), typeof(long)), Bytes(factor, size)));
        }
        return at.Constant is { IsConstant: true, Value: not 0 and var n } ? E.Add(address, E.Constant(n * size)) : address;
    }

    /// <summary>So many elements in bytes.</summary>
    E Bytes(Extent n, int size) => n.IsConstant ? E.Constant(n.Value * size) : E.Multiply(Number(n), E.Constant((long)size));

    static Scope Around(Scope scope)
    {
        while (scope.Index is null) scope = scope.Parent!;
        return scope;
    }

    static E Plus(E address, E index, int size) => index is ConstantExpression { Value: 0L } ? address : E.Add(address, E.Multiply(index, E.Constant((long)size)));

    /// <summary>(index + lane)·factor + extra in every lane; null when that is nothing.</summary>
    E[]? Offsets(Scope scope, DType type, Extent factor, Extent extra)
    {
        if (factor == 0) return extra == 0 ? null : scope.Wide.Splat(type, E.Convert(Number(extra), lanes.First(type, lanes.Literal(type, 0)).Type));
        var scalar = lanes.First(type, lanes.Literal(type, 0)).Type;
        E step = E.Convert(Number(factor), scalar), first = E.Convert(E.Add(E.Multiply(Around(scope).Index!, Number(factor)), Number(extra)), scalar);
        var lane = scope.Wide.Convert(scope.Wide.Indices(), DType.I32, type);
        return Arithmetic(scope, Fun.Add, type, Arithmetic(scope, Fun.Mul, type, lane, scope.Wide.Splat(type, step)), scope.Wide.Splat(type, first));
    }

    E[] Arithmetic(Scope scope, Fun fun, DType type, E[] a, E[] b) =>
        [.. Enumerable.Range(0, scope.Wide.Unroll).SelectMany(u => lanes.Apply(fun, type, [type, type], [Part(a, u, scope), Part(b, u, scope)]))];

    static E[] Part(E[] x, int u, Scope scope) => x[(u * x.Length / scope.Wide.Unroll)..((u + 1) * x.Length / scope.Wide.Unroll)];
}
