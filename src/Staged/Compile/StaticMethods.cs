using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

/// <summary>Static methods and operators by name and operand types, found by reflection once.</summary>
static class StaticMethods
{
    readonly record struct Key(Type Holder, string Name, Type? Generic, int Count, Type? A, Type? B, Type? C, Type? D);

    static readonly ConcurrentDictionary<Key, MethodInfo> methods = new();
    static readonly ConcurrentDictionary<(Type, ExpressionType), MethodInfo> operators = new();

    /// <summary>A method that takes these operands; a generic one takes its argument from <paramref name="generic"/>, else from the operands.</summary>
    public static MethodInfo Find(Type holder, string name, Type? generic, E[] x)
    {
        Type? At(int k) => k < x.Length ? x[k].Type : null;
        var key = new Key(holder, name, generic, x.Length, At(0), At(1), At(2), At(3));
        return methods.TryGetValue(key, out var known) ? known : methods[key] = Search(holder, name, generic, Array.ConvertAll(x, e => e.Type));
    }

    static MethodInfo Search(Type holder, string name, Type? generic, Type[] x)
    {
        foreach (var method in holder.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic).Where(m => m.Name == name && m.GetParameters().Length == x.Length))
        {
            var m = method;
            if (m.IsGenericMethodDefinition)
            {
                if (m.GetGenericArguments().Length != 1) continue;
                var t = generic ?? x.FirstOrDefault(a => a.IsGenericType)?.GetGenericArguments()[0] ?? x[0];
                try { m = m.MakeGenericMethod(t); }
                catch (ArgumentException) { continue; }
            }
            if (m.GetParameters().Select(p => p.ParameterType).SequenceEqual(x)) return m;
        }
        throw new MissingMethodException(holder.Name, $"{name}({string.Join(", ", x.AsEnumerable())})");
    }

    /// <summary>The operator of a type on itself: what <c>Expression.Add</c> looks for each time.</summary>
    public static MethodInfo Operator(Type type, ExpressionType kind) => operators.GetOrAdd((type, kind), static key =>
    {
        var x = E.Parameter(key.Item1);
        return key.Item2 is ExpressionType.Negate or ExpressionType.OnesComplement
            ? E.MakeUnary(key.Item2, x, key.Item1).Method! : E.MakeBinary(key.Item2, x, x).Method!;
    });
}
