using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

// Values to registers, each computed once, in the scope of its level.
sealed partial class Emit
{
    /// <summary>The registers of a value, computed in the scope where it belongs, as many as <paramref name="scope"/> has vectors in flight.</summary>
    E[] Get(Value v, Scope scope)
    {
        if (v is Literal l && !varying.ContainsKey(l)) return scope.Wide.Literal(l.Type, l.Bits);
        var home = Home(scope, levels.Of(v));
        if (!home.Values.TryGetValue(v, out var x))
        {
            x = Compute(v, home);
            // What one operation alone reads stands inside of it: a local less for the JIT.
            if (home == scope && scope.Wide.Unroll == 1 && nested.Contains(v)) return x;
            home.Values[v] = x = home.Let(x);
        }
        return scope.Wide.Repeat(x, x.Length / lanes.Parts(v.Type) == scope.Wide.Unroll ? scope.Wide.Unroll : 1);
    }

    E[] Compute(Value v, Scope scope) => v switch
    {
        Load l => Read(l, scope),
        Literal l => lanes.LoadSplat(l.Type, E.Add(table, E.Constant(8L * (nest.Buffers.Length + Symbols.Length + 1 + varying[l]))), null),
        Counter c => Count(c, scope),
        Apply { Fun: Fun.ShiftLeft or Fun.ShiftRight } a => scope.Wide.Apply(a, [Get(a.X[0], scope)]),
        Apply a => scope.Wide.Apply(a, [.. a.X.Select(x => Get(x, scope))]),
        _ => throw new InvalidOperationException("A fold was read before its pass."),
    };

    E[] Count(Counter c, Scope scope)
    {
        // exact in 64 bits where the type is that wide, else wrapped to 32
        var type = c.Type is DType.I64 or DType.F64 ? DType.I64 : DType.I32;
        var scalar = type == DType.I64 ? typeof(long) : typeof(int);
        E rest = Number(c.At.Constant);
        foreach (var (axis, f) in c.At.Loops.Where(t => t.Variable != vector)) rest = E.Add(rest, E.Multiply(loops[axis], Number(f)));
        var x = scope.Wide.Splat(type, E.Convert(rest, scalar));
        if (vector >= 0 && c.At.Factor(vector) != 0) x = Arithmetic(scope, Fun.Add, type, x, Offsets(scope, type, c.At.Factor(vector), 0)!);
        foreach (var (value, f) in c.At.Computed)
            x = Arithmetic(scope, Fun.Add, type, x, Arithmetic(scope, Fun.Mul, type, scope.Wide.Convert(Get(value, scope), value.Type, type), scope.Wide.Splat(type, E.Convert(Number(f), scalar))));
        return scope.Wide.Convert(x, type, c.Type);
    }

    /// <summary>Results of arithmetic that are read once, by an operation that reads each operand once: of one register, of the type of its result.</summary>
    HashSet<Value> Nested()
    {
        var (once, often) = (new HashSet<Value>(), new HashSet<Value>());
        var seen = new HashSet<Value>();
        void Visit(Value v)
        {
            if (!seen.Add(v)) return;
            foreach (var x in v.Operands)
            {
                bool fits = x is Apply && v is Apply { Fun: not (Fun.Convert or Fun.Bitcast or Fun.Select) } && x.Type == v.Type && v.Type is DType.F32 or DType.I32 or DType.U32;
                if (!fits || !once.Add(x)) often.Add(x);
                Visit(x);
            }
        }
        foreach (var s in nest.Stores)
        {
            foreach (var v in s.At.Computed.Select(t => t.Value).Append(s.Value))
            {
                often.Add(v);
                Visit(v);
            }
        }
        once.ExceptWith(often);
        return once;
    }
}
