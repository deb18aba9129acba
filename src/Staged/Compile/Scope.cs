using System.Linq.Expressions;
using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

/// <summary>A block of code under construction: one loop level.</summary>
sealed class Scope(Scope? parent, int level, Wide wide, bool inline = false)
{
    public Scope? Parent => parent;
    public int Level => level;
    public Wide Wide => wide;
    public E? Index { get; init; }          // of lane 0 along the vector axis, in scopes that run over it
    public E[]? Mask { get; init; }         // lanes that exist; null for all
    // An inline scope writes into its parent's block: what is computed in it, and outside of it, stands in order of making.
    readonly List<ParameterExpression> locals = inline ? parent!.locals : [];
    readonly List<E> code = inline ? parent!.code : [];
    public Dictionary<Value, E[]> Values { get; } = [];
    public Dictionary<(int, Affine), E> Addresses { get; } = [];

    public void Do(E e) => code.Add(e);
    public ParameterExpression Declare(Type type)
    {
        var local = E.Variable(type);
        locals.Add(local);
        return local;
    }
    public void Declare(ParameterExpression local)
    {
        if (!locals.Contains(local)) locals.Add(local);
    }
    public E Let(E e)
    {
        if (e is ParameterExpression or ConstantExpression) return e;
        var local = Declare(e.Type);
        code.Add(E.Assign(local, e));
        return local;
    }
    public E[] Let(E[] x) => Array.ConvertAll(x, Let);
    /// <summary>Several scopes, a statement of each in turn: no one of a scope reads what a later one of another has written. What the same one of an earlier scope has written it may read.</summary>
    public static E Interleaved(Scope[] scopes)
    {
        var code = new List<E>();
        for (int k = 0; k < scopes.Max(s => s.code.Count); k++) code.AddRange(scopes.Where(s => k < s.code.Count).Select(s => s.code[k]));
        return E.Block(scopes.SelectMany(s => s.locals), code);
    }

    public E Close() => E.Block(locals, code.Count == 0 ? [E.Empty()] : code);
}
