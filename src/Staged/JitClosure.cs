using System.Reflection;
using System.Runtime.CompilerServices;

namespace StagedDiff;

/// <summary>Which functions are the same: one method, one closure. A closure that cannot change and holds one object alone is seen through.</summary>
sealed class FunctionKey(List<object?> parts) : IEquatable<FunctionKey>
{
    readonly List<object?> parts = parts;

    /// <summary>The object that a function's traces live as long as, and what tells functions of that object apart.</summary>
    public static (object Owner, FunctionKey Key) Of(Delegate f, JitOptions options)
    {
        List<object?> parts = [f.GetType(), f.Method, options.Key];
        if (!f.HasSingleTarget) return (f, new(parts));
        var target = f.Target;
        while (target is not null && Closure.IsFixed(target.GetType()))
        {
            object?[] fields = [.. Closure.Fields(target.GetType()).Select(field => field.GetValue(target))];
            object?[] objects = [.. fields.Where(v => v is not null and not ValueType)];
            if (objects.Length > 1) break;
            parts.Add(target.GetType());
            parts.AddRange(fields.Where(v => v is null or ValueType));
            if (objects is []) return (target.GetType(), new(parts));
            if (objects[0] is Delegate { HasSingleTarget: true } inner) parts.Add(inner.Method);
            target = objects[0] is Delegate d ? d.Target : objects[0];
        }
        return (target is null ? f.Method.Module : Closure.Fields(target.GetType()) is [] ? target.GetType() : target, new(parts));
    }

    public bool Equals(FunctionKey? o) => o is not null && parts.SequenceEqual(o.parts);
    public override bool Equals(object? o) => Equals(o as FunctionKey);
    public override int GetHashCode() => parts.Aggregate(17, HashCode.Combine);
}

/// <summary>The state a function takes along: the fields it reads of its closure, of closures around that, of its object, and of functions it calls.</summary>
static class Closure
{
    public static FieldInfo[] Fields(Type type)
    {
        List<FieldInfo> all = [];
        for (Type? t = type; t is not null && t != typeof(object); t = t.BaseType)
            all.AddRange(t.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly));
        return [.. all];
    }

    /// <summary>Closures whose fields are set once: F#'s, and those of the combinators here. C# closures hold variables.</summary>
    public static bool IsFixed(Type type) => type.Name.Contains('@') || type.Assembly == typeof(Closure).Assembly;

    static bool IsClosure(Type type) => type.Name.Contains('@') || type.IsDefined(typeof(CompilerGeneratedAttribute), false);

    /// <summary>A function's name as its user knows it.</summary>
    public static string Name(Delegate f)
    {
        var (name, type) = (f.Method.Name, f.Method.DeclaringType);
        // F# names closures by what they are bound to; "clo" and "it" are bound to nothing.
        if (type?.Name is { } closure && closure.Contains('@')) return closure[..closure.IndexOf('@')] is var bound && bound is "clo" or "it" ? "a lambda" : bound;
        if (!name.StartsWith('<')) return name;
        var outer = name[1..name.LastIndexOf('>')];
        if (name.Contains(">g__")) return name[(name.IndexOf(">g__", StringComparison.Ordinal) + 4)..name.IndexOf('|')];
        if (type?.Assembly == typeof(Closure).Assembly && f.Target is { } target)
            foreach (var field in Fields(target.GetType()))
                if (field.GetValue(target) is Delegate inner) return $"{outer}({Name(inner)})";
        return outer is "Main" or "" or "<Main>$" or ".ctor" ? "a lambda" : $"a lambda in {outer}";
    }

    /// <summary>The names of a function's parameters. A function that F# passes on as a delegate has none: delegateArg0 is the compiler's.</summary>
    public static string[] Parameters(Delegate f, int count)
    {
        string?[] names = [.. f.Method.GetParameters().Select(p => p.Name)];
        return [.. Enumerable.Range(0, count).Select(i => names.Length == count && names[i] is [_, ..] name && !name.StartsWith("delegateArg") ? name : $"argument {i}")];
    }

    public static List<Root> Roots(Delegate f)
    {
        var roots = new List<Root>();
        Add(f, roots, []);
        return roots;
    }

    static void Add(Delegate f, List<Root> roots, HashSet<object> seen)
    {
        foreach (var d in f.HasSingleTarget ? [f] : f.GetInvocationList())
        {
            var reads = FieldReads.Of(d.Method);
            if (d.Target is { } target) Add(target, reads, IsClosure(target.GetType()) ? "" : "this.", roots, seen);
            AddStatics(reads, roots, seen);
        }
    }

    static void AddStatics(FieldReads reads, List<Root> roots, HashSet<object> seen)
    {
        Initialise(reads.Statics);
        var none = new object();
        foreach (var field in reads.Statics)
            if (!field.IsInitOnly || IsObject(field.FieldType)) Add(none, field, reads, $"{TreeRule.Name(field.DeclaringType!)}.", roots, seen);
    }

    /// <summary>Static fields get their values now: a trace under way would put what computes them into its graph, and leave a variable of its own behind.</summary>
    static void Initialise(IEnumerable<FieldInfo> statics) => Trace.OutsideOfAll(() =>
    {
        foreach (var type in statics.Select(f => f.DeclaringType!).Distinct())
        {
            try { if (!type.ContainsGenericParameters) RuntimeHelpers.RunClassConstructor(type.TypeHandle); }
            catch (TypeInitializationException) { }     // thrown again where the field is read, if it is
        }
    });

    static void Add(object holder, FieldReads reads, string path, List<Root> roots, HashSet<object> seen)
    {
        if (holder.GetType().IsValueType) return;
        foreach (var field in Fields(holder.GetType()))
            if (reads.Contains(field)) Add(holder, field, reads, path, roots, seen);
    }

    static void Add(object holder, FieldInfo field, FieldReads reads, string path, List<Root> roots, HashSet<object> seen)
    {
        if (!seen.Add((field.IsStatic ? default : new Identity(holder), field))) return;
        var name = path + Variable(field.Name);
        // What the function itself writes, a counter say, is no input of it.
        if (!reads.Writes(field) || TreeRule.MayHoldTensor(field.FieldType)) roots.Add(Root.Of(holder, field, name));
        switch (field.GetValue(holder))
        {
            case null: break;
            case Delegate f: Add(f, roots, seen); break;
            case Jitted jitted: Add(jitted.Function, roots, seen); break;
            case var function when TreeRule.IsFunction(function.GetType()):
                var own = FieldReads.Of(function.GetType());
                Add(function, own, "", roots, seen);
                AddStatics(own, roots, seen);
                break;
            case var value when IsLink(field):
                Add(value, reads, IsClosure(value.GetType()) ? path : IsThis(field) ? "this." : name + ".", roots, seen);
                break;
        }
    }

    /// <summary>A reference compared by identity.</summary>
    readonly struct Identity(object of) : IEquatable<Identity>
    {
        readonly object of = of;
        public bool Equals(Identity o) => ReferenceEquals(of, o.of);
        public override bool Equals(object? o) => o is Identity i && Equals(i);
        public override int GetHashCode() => RuntimeHelpers.GetHashCode(of);
    }

    /// <summary>The variable or property behind a field that a compiler named: <c>&lt;Rate&gt;k__BackingField</c>, <c>rate@</c>.</summary>
    static string Variable(string field) =>
        field.StartsWith('<') && field.IndexOf('>') is > 1 and var end ? field[1..end] : field.Split('@')[0];

    static bool IsThis(FieldInfo field) => field.Name is "this" || field.Name.EndsWith("__this", StringComparison.Ordinal);

    /// <summary>Whether values are objects of the user's with a state of their own, told apart by identity.</summary>
    static bool IsObject(Type type) => type.IsClass && FieldReads.IsUsers(type) && !TreeRule.IsFunction(type) && !TreeRule.HasEquality(type)
        || type.IsInterface && FieldReads.IsUsers(type);

    /// <summary>Whether a field leads on to fields of another object rather than being a variable of its own.</summary>
    public static bool IsLink(FieldInfo field) => field.FieldType == typeof(Jitted) || IsThis(field) || IsObject(field.FieldType);
}
