using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace StagedDiff;

/// <summary>A part of a value: the step to it in paths, its type, and the property or field that holds it.</summary>
sealed record TreeMember(string Step, Type Type, MemberInfo Info);

/// <summary>
/// How a value is made of its members: <paramref name="Make"/> (a constructor, or F#'s method for a union case; null for a struct's default)
/// is called with the first, the others are set.
/// </summary>
sealed record TreeForm(TreeMember[] Arguments, MethodBase? Make, TreeMember[] Settable)
{
    public IEnumerable<TreeMember> Members => Arguments.Concat(Settable);
}

/// <summary>
/// Which types are trees, by one rule: the longest public constructor whose parameters match public members by name (in any case) and type.
/// What else can be set is set afterwards. F# is recognised by the names of its types and attributes: nothing here refers to FSharp.Core.
/// </summary>
static class TreeRule
{
    const BindingFlags Instance = BindingFlags.Public | BindingFlags.Instance;
    const BindingFlags Hidden = BindingFlags.NonPublic | Instance | BindingFlags.DeclaredOnly;

    public static TreeType Make(Type type)
    {
        if (type == typeof(Tensor)) return new LeafTree();
        if (IsNumber(type)) return New(typeof(NumberTree<>), [type]);
        if (Nullable.GetUnderlyingType(type) is { } inner) return New(typeof(NullableTree<>), [inner]);
        if (IsFunction(type)) return New(typeof(FunctionTree<>), [type]);
        if (Container(type) is { } container) return container;
        if (FSharp.IsUnion(type)) return IsByValue(type) ? New(typeof(StaticTree<>), [type]) : FSharp.Union(type);
        if (type.IsInterface || type.IsAbstract) return New(typeof(OpenTree<>), [type]);
        if (IsLazy(type) && !HasEquality(type)) return Lazy(type);
        if (Form(type) is { } form && !(IsByValue(type) && !IsTuple(type)))
            return New(type.IsValueType ? typeof(StructTree<>) : typeof(ClassTree<>), [type], Compiler(type, form));
        if (IsLazy(type)) return Lazy(type);
        if (HoldsTensor(type, [])) return Refused(type,
            $"{Name(type)}{{where}} holds tensors but is no tree. Make it a record, or give it a public constructor whose parameters match its public members by name and type.");
        if (!HasEquality(type)) return Refused(type,
            $"A static value without equality: {Name(type)}{{where}} is neither a tensor nor made of tensors, and two of them are never equal. Make it a record, override Equals and GetHashCode, or pass the numbers it holds.");
        return New(type.IsValueType || type.IsSealed ? typeof(StaticTree<>) : typeof(OpenStaticTree<>), [type]);
    }

    static TreeType New(Type definition, Type[] types, params object?[] arguments) =>
        (TreeType)Activator.CreateInstance(definition.MakeGenericType(types), arguments)!;

    static TreeType Refused(Type type, string message) => New(typeof(RefusedTree<>), [type], message);

    static TreeType Lazy(Type type) => Refused(type, $"A lazy sequence{{where}} is no tree: {Name(Sequence(type))} is evaluated when it is read, maybe after its trace. Use an array or a list.");

    static Type Sequence(Type type) => type.GetInterfaces().First(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEnumerable<>) && !IsByValue(i.GetGenericArguments()[0]));

    static object Compiler(Type type, TreeForm form) =>
        typeof(TreeRule).GetMethod(nameof(CompilerOf), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type).Invoke(null, [form])!;

    static Func<TreeCode<T>> CompilerOf<T>(TreeForm form) => () => TreeCode<T>.Of(form);

    /// <summary>Arrays, lists and dictionaries: trees whatever they hold.</summary>
    static TreeType? Container(Type type)
    {
        if (type.IsSZArray) return New(typeof(ArrayTree<>), [type.GetElementType()!]);
        if (!type.IsGenericType) return null;
        var (definition, types) = (type.GetGenericTypeDefinition(), type.GetGenericArguments());
        TreeType Dictionary(string method, params Type[] more) =>
            (TreeType)typeof(Dictionaries).GetMethod(method)!.MakeGenericMethod([.. types, .. more]).Invoke(null, null)!;
        return definition == typeof(List<>) ? New(typeof(ListTree<>), types)
            : definition == typeof(ImmutableArray<>) ? New(typeof(ImmutableArrayTree<>), types)
            : definition == typeof(Dictionary<,>) ? Dictionary(nameof(Dictionaries.Mutable))
            : definition == typeof(SortedDictionary<,>) ? Dictionary(nameof(Dictionaries.Sorted))
            : definition == typeof(SortedList<,>) ? Dictionary(nameof(Dictionaries.SortedList))
            : definition == typeof(ImmutableDictionary<,>) ? Dictionary(nameof(Dictionaries.Immutable))
            : definition == typeof(ImmutableSortedDictionary<,>) ? Dictionary(nameof(Dictionaries.ImmutableSorted))
            : definition.FullName == "Microsoft.FSharp.Collections.FSharpMap`2" ? Dictionary(nameof(Dictionaries.FSharpMap), type)
            : definition.FullName == "Microsoft.FSharp.Collections.FSharpList`1" ? FSharp.List(type, types[0])
            : null;
    }

    /// <summary>The members of a type by the rule, or null when it has none.</summary>
    public static TreeForm? Form(Type type)
    {
        if (IsSystem(type) && !IsTuple(type) && !IsPair(type)) return null;
        TreeMember[] members =
        [
            .. type.GetProperties(Instance).Where(p => p.GetMethod is { IsPublic: true } && p.GetIndexParameters() is []).Select(p => new TreeMember("." + p.Name, p.PropertyType, p)),
            .. type.GetFields(Instance).Select(f => new TreeMember("." + f.Name, f.FieldType, f)),
        ];
        TreeMember? Match(ParameterInfo p) =>
            Array.Find(members, m => string.Equals(m.Info.Name, p.Name, StringComparison.OrdinalIgnoreCase) && m.Type == p.ParameterType);
        foreach (var make in type.GetConstructors().OrderByDescending(c => c.GetParameters().Length))
            if (Array.ConvertAll(make.GetParameters(), Match) is var matched && Array.TrueForAll(matched, m => m is not null))
                return Form(make, matched!, members);
        return type.IsValueType ? Form(null, [], members) : null;
    }

    static TreeForm? Form(MethodBase? make, TreeMember[] arguments, TreeMember[] members)
    {
        TreeMember[] settable = [.. members.Except(arguments).Where(m => m.Info is PropertyInfo { SetMethod.IsPublic: true } or FieldInfo { IsInitOnly: false })];
        return arguments.Length + settable.Length == 0 ? null : new(arguments, make, settable);
    }

    static bool IsNumber(Type type) => type.IsEnum || type.IsPrimitive;

    public static bool IsFunction(Type type) => typeof(Delegate).IsAssignableFrom(type) || FSharp.IsFunction(type);

    static bool IsTuple(Type type) => typeof(ITuple).IsAssignableFrom(type) && IsSystem(type);
    static bool IsPair(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>);
    static bool IsSystem(Type type) => type.Assembly.GetName().Name is { } name && (name.StartsWith("System.", StringComparison.Ordinal) || name == "System");

    /// <summary>A sequence of what may be tensors that is no container: reading it runs code.</summary>
    static bool IsLazy(Type type) => typeof(IEnumerable).IsAssignableFrom(type) && type != typeof(string)
        && type.GetInterfaces().Append(type).Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEnumerable<>) && !IsByValue(i.GetGenericArguments()[0]));

    public static bool HasEquality(Type type) => type.IsValueType
        || type.GetMethod(nameof(Equals), Instance, [typeof(object)]) is { } equals && equals.DeclaringType != typeof(object);

    /// <summary>Whether values hold no tensor and no container anywhere, and compare by value: then they are static as a whole.</summary>
    static bool IsByValue(Type type) => IsByValue(type, []);

    static bool IsByValue(Type type, HashSet<Type> open)
    {
        if (!open.Add(type) || IsNumber(type) || type == typeof(string)) return true;
        if (Nullable.GetUnderlyingType(type) is { } inner) return IsByValue(inner, open);
        if (type == typeof(Tensor) || IsFunction(type) || type.IsArray || type.IsInterface || !HasEquality(type)) return false;
        if (FSharp.IsUnion(type)) return FSharp.Cases(type).SelectMany(c => c.Members).All(m => IsFixed(m) && IsByValue(m.Type, open));
        if (type.IsAbstract || typeof(IEnumerable).IsAssignableFrom(type)) return false;
        return Form(type) is { } form ? form.Members.All(m => IsFixed(m) && IsByValue(m.Type, open)) : !HoldsTensor(type, []);
    }

    /// <summary>Whether a member cannot change once its value is made: what can is looked at each time.</summary>
    static bool IsFixed(TreeMember m) => m.Info switch
    {
        PropertyInfo { SetMethod: { IsPublic: true } set } when !m.Info.DeclaringType!.IsValueType => set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)),
        FieldInfo field => field.IsInitOnly || field.DeclaringType!.IsValueType,
        _ => true,
    };

    /// <summary>Whether a field, public or not, leads to a tensor.</summary>
    static bool HoldsTensor(Type type, HashSet<Type> open)
    {
        if (type == typeof(Tensor)) return true;
        if (!open.Add(type) || IsNumber(type) || IsFunction(type)) return false;
        if (type.IsArray) return HoldsTensor(type.GetElementType()!, open);
        if (IsSystem(type)) return type.IsGenericType && type.GetGenericArguments().Any(t => HoldsTensor(t, open));
        for (Type? t = type; t is not null && !IsSystem(t); t = t.BaseType)
            if (t.GetFields(Hidden).Any(f => HoldsTensor(f.FieldType, open))) return true;
        return false;
    }

    /// <summary>Whether a type says that tensors are among its parts.</summary>
    public static bool MayHoldTensor(Type type) => HoldsTensor(type, []);

    /// <summary>Whether a function holds nothing from where it was made, and so no variable of a trace.</summary>
    public static bool CapturesNothing(object function) => function is Delegate d
        ? d.Target is null || Fields(d.Target.GetType()) is []
        : Fields(function.GetType()) is [];

    static FieldInfo[] Fields(Type type) => type.GetFields(BindingFlags.NonPublic | Instance);

    /// <summary>A type as its user writes it.</summary>
    public static string Name(Type type)
    {
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (type.IsGenericParameter || !type.IsGenericType) return simple.GetValueOrDefault(type, type.Name);
        var name = type.Name.Contains('`') ? type.Name[..type.Name.IndexOf('`')] : type.Name;
        var arguments = string.Join(", ", type.GetGenericArguments().Select(Name));
        return name == nameof(ValueTuple) ? $"({arguments})" : name.Contains("AnonymousType") ? "an anonymous type" : $"{name}<{arguments}>";
    }

    static readonly Dictionary<Type, string> simple = new()
    {
        [typeof(int)] = "int", [typeof(long)] = "long", [typeof(float)] = "float", [typeof(double)] = "double", [typeof(bool)] = "bool",
        [typeof(string)] = "string", [typeof(object)] = "object", [typeof(byte)] = "byte", [typeof(char)] = "char",
    };

    /// <summary>What F# compiles its types to, known by name.</summary>
    static class FSharp
    {
        const int SumType = 1, Field = 4, UnionCase = 8;

        public static bool IsFunction(Type type)
        {
            for (Type? t = type; t is not null; t = t.BaseType)
                if (t.IsGenericType && t.GetGenericTypeDefinition().FullName == "Microsoft.FSharp.Core.FSharpFunc`2") return true;
            return false;
        }

        public static bool IsUnion(Type type) => Mapping(type) is (SumType, _, _);

        /// <summary>The kind of source construct, the number in its sequence, and the union case it belongs to.</summary>
        static (int Kind, int Sequence, int Variant)? Mapping(MemberInfo member)
        {
            foreach (var a in member.GetCustomAttributesData())
            {
                if (a.AttributeType.FullName != "Microsoft.FSharp.Core.CompilationMappingAttribute") continue;
                int Argument(int i) => (int)a.ConstructorArguments[i].Value!;
                if (a.ConstructorArguments is not [{ Value: int }, ..]) continue;
                return a.ConstructorArguments.Count switch
                {
                    1 => (Argument(0) & 31, 0, 0),
                    2 => (Argument(0) & 31, Argument(1), 0),
                    _ => (Argument(0) & 31, Argument(2), Argument(1)),
                };
            }
            return null;
        }

        /// <summary>The cases of a union by their tags.</summary>
        public static TreeForm[] Cases(Type union)
        {
            const BindingFlags statics = BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly;
            var makers = union.GetMethods(statics).Select(m => (Make: m, Mapping: Mapping(m)))
                .Concat(union.GetProperties(statics).Select(p => (Make: p.GetMethod!, Mapping: Mapping(p))))
                .Where(m => m.Mapping is (UnionCase, _, _)).GroupBy(m => m.Mapping!.Value.Sequence).OrderBy(g => g.Key).Select(g => g.First().Make);
            Type[] holders = [union, .. union.GetNestedTypes().Where(t => !t.IsAbstract || !t.IsSealed)
                .Select(t => t.IsGenericTypeDefinition ? t.MakeGenericType(union.GetGenericArguments()) : t)];
            var fields = holders.SelectMany(t => t.GetProperties(Instance | BindingFlags.DeclaredOnly)).Select(p => (Property: p, Mapping: Mapping(p)))
                .Where(p => p.Mapping is (Field, _, _)).ToLookup(p => p.Mapping!.Value.Variant);
            return [.. makers.Select((make, tag) => new TreeForm(
                [.. fields[tag].OrderBy(p => p.Mapping!.Value.Sequence).Select(p => new TreeMember("." + p.Property.Name, p.Property.PropertyType, p.Property))], make, []))];
        }

        public static TreeType Union(Type type) =>
            (TreeType)typeof(FSharp).GetMethod(nameof(UnionOf), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type).Invoke(null, null)!;

        static UnionTree<T> UnionOf<T>()
        {
            // Where None is null the tag is a static method.
            var tag = typeof(T).GetProperty("Tag", Instance) is { } property
                ? TreeCode<T>.Getter<int>(property) : typeof(T).GetMethod("GetTag", [typeof(T)])!.CreateDelegate<Func<T, int>>();
            return new(tag, () => Array.ConvertAll(Cases(typeof(T)), TreeCode<T>.Of));
        }

        public static TreeType List(Type list, Type item)
        {
            var empty = list.GetProperty("Empty")!.GetMethod!.CreateDelegate(typeof(Func<>).MakeGenericType(list));
            var cons = list.GetMethod("Cons")!.CreateDelegate(typeof(Func<,,>).MakeGenericType(item, list, list));
            return New(typeof(FSharpListTree<,>), [item, list], empty, cons);
        }

        public static Type Canonical(Type type) => type.BaseType is { } union && IsUnion(union) ? union : type;
    }

    /// <summary>The type that says how a value comes apart: its own, or the union it is a case of.</summary>
    public static Type TypeOf(object value) => FSharp.Canonical(value.GetType());
}
