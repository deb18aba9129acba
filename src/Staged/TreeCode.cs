using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace StagedDiff;

delegate void Flattener<T>(T value, Leaves into);
delegate T Rebuilder<T>(ref Reader from);

/// <summary>The two functions of a type made of members: compiled once, or by reflection where nothing can be compiled.</summary>
sealed record TreeCode<T>(Flattener<T> Flatten, Rebuilder<T> Rebuild)
{
    public static TreeCode<T> Of(TreeForm form) => RuntimeFeature.IsDynamicCodeCompiled ? Compiled(form) : Reflected(form);

    static TreeCode<T> Compiled(TreeForm form)
    {
        var (value, into) = (Expression.Parameter(typeof(T), "value"), Expression.Parameter(typeof(Leaves), "into"));
        Expression Call(string method, params Expression[] x) => Expression.Call(into, typeof(Leaves).GetMethod(method, Array.ConvertAll(x, e => e.Type))!, x);
        var flatten = Expression.Lambda<Flattener<T>>(Expression.Block(typeof(void), form.Members.SelectMany(m => new[]
        {
            Call(nameof(Leaves.Enter), Expression.Constant(m.Step)),
            Expression.Call(Tree(m.Type), nameof(TreeType<>.Flatten), null, Member(value, m), into),
            Call(nameof(Leaves.Leave)),
        }).Append(Expression.Empty())), $"flatten_{typeof(T).Name}", [value, into]);

        var from = Expression.Parameter(typeof(Reader).MakeByRefType(), "from");
        Expression Read(TreeMember m) => Expression.Call(Tree(m.Type), nameof(TreeType<>.Rebuild), null, from);
        Expression made = form.Make switch
        {
            null => Expression.New(typeof(T)),
            ConstructorInfo c => Expression.New(c, form.Arguments.Select(Read)),
            var method => Expression.Call((MethodInfo)method, form.Arguments.Select(Read)),
        };
        if (form.Settable.Length > 0) made = Expression.MemberInit((NewExpression)made, form.Settable.Select(m => Expression.Bind(m.Info, Read(m))));
        var rebuild = Expression.Lambda<Rebuilder<T>>(Expression.Convert(made, typeof(T)), $"rebuild_{typeof(T).Name}", [from]);
        return new(flatten.Compile(), rebuild.Compile());
    }

    static Expression Tree(Type type)
    {
        var tree = typeof(TreeType<>).MakeGenericType(type);
        // Now, so that the code need not ask each time whether it was.
        RuntimeHelpers.RunClassConstructor(tree.TypeHandle);
        return Expression.Field(null, tree.GetField(nameof(TreeType<>.It))!);
    }

    /// <summary>A member; of a union case, through the case's own class.</summary>
    static Expression Member(Expression value, TreeMember m) => Expression.MakeMemberAccess(
        m.Info.DeclaringType!.IsAssignableFrom(value.Type) ? value : Expression.Convert(value, m.Info.DeclaringType), m.Info);

    public static TreeCode<T> Reflected(TreeForm form)
    {
        TreeMember[] members = [.. form.Members];
        return new(
            (value, into) =>
            {
                foreach (var m in members)
                {
                    into.Enter(m.Step);
                    TreeType.Of(m.Type).FlattenObject(m.Info is PropertyInfo p ? p.GetValue(value) : ((FieldInfo)m.Info).GetValue(value), into);
                    into.Leave();
                }
            },
            (ref Reader from) =>
            {
                var x = new object?[form.Arguments.Length];
                for (int i = 0; i < x.Length; i++) x[i] = TreeType.Of(form.Arguments[i].Type).RebuildObject(ref from);
                object made = form.Make switch { null => default(T)!, ConstructorInfo c => c.Invoke(x), var method => method.Invoke(null, x)! };
                foreach (var m in form.Settable)
                {
                    var part = TreeType.Of(m.Type).RebuildObject(ref from);
                    if (m.Info is PropertyInfo p) p.SetValue(made, part);
                    else ((FieldInfo)m.Info).SetValue(made, part);
                }
                return (T)made;
            });
    }

    /// <summary>A function that reads a property or field.</summary>
    public static Func<T, R> Getter<R>(MemberInfo member)
    {
        if (!RuntimeFeature.IsDynamicCodeCompiled) return x => (R)(member is PropertyInfo p ? p.GetValue(x) : ((FieldInfo)member).GetValue(x))!;
        var x = Expression.Parameter(typeof(T), "x");
        Expression? owner = member is FieldInfo { IsStatic: true } ? null : member.DeclaringType!.IsAssignableFrom(typeof(T)) ? x : Expression.Convert(x, member.DeclaringType);
        return Expression.Lambda<Func<T, R>>(Expression.MakeMemberAccess(owner, member), x).Compile();
    }
}
