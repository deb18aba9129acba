using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace StagedDiff.Tests;

/// <summary>The public surface of an assembly as text: types and members as C# declares them, one a line, sorted by name.</summary>
static class ApiText
{
    const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    static readonly NullabilityInfoContext nullability = new();

    public static string Of(Assembly assembly) => string.Concat(
        assembly.GetExportedTypes().Where(t => !IsGenerated(t)).OrderBy(FullName, StringComparer.Ordinal).Select(Declaration));

    public static string Declaration(Type t)
    {
        if (IsDelegate(t)) return $"public delegate {Method(t.GetMethod("Invoke")!, FullName(t))}\n\n";
        var members = t.IsEnum ? t.GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => $"{f.Name} = {f.GetRawConstantValue()}")
            : from m in t.GetMembers(Declared)
              where IsSeen(m) && !IsGenerated(m)
              select (m.Name, Line: Member(m)) into m
              orderby m.Name == ".ctor" descending, m.Name, m.Line
              select m.Line;
        return $"public {Kind(t)} {FullName(t)}{Bases(t)}{Constraints(t.IsGenericType ? t.GetGenericArguments() : [])}\n"
            + string.Concat(members.Where(line => line != "").Select(line => $"    {line}\n")) + "\n";
    }

    static string Kind(Type t) =>
        t.IsEnum ? "enum" : t.IsInterface ? "interface"
        : t.IsValueType ? (Has(t, "IsReadOnlyAttribute") ? "readonly " : "") + (t.IsByRefLike ? "ref " : "") + (IsRecord(t) ? "record struct" : "struct")
        : (t.IsAbstract ? t.IsSealed ? "static " : "abstract " : t.IsSealed ? "sealed " : "") + (IsRecord(t) ? "record" : "class");

    static string Bases(Type t)
    {
        if (t.IsEnum) return $" : {Name(Enum.GetUnderlyingType(t))}";
        Type[] parent = t.BaseType is { } b && b != typeof(object) && b != typeof(ValueType) ? [b] : [];
        var inherited = t.GetInterfaces().SelectMany(i => i.GetInterfaces()).Concat(t.BaseType?.GetInterfaces() ?? []);
        var bases = parent.Concat(t.GetInterfaces().Except(inherited).Where(i => i.IsVisible).OrderBy(Name, StringComparer.Ordinal)).Select(Name);
        return bases.Any() ? " : " + string.Join(", ", bases) : "";
    }

    static string Member(MemberInfo m) => m switch
    {
        Type => "",
        FieldInfo f => $"{Access(f.IsFamily || f.IsFamilyOrAssembly)}{(f.IsLiteral ? "const " : (f.IsStatic ? "static " : "") + (f.IsInitOnly ? "readonly " : ""))}"
            + $"{Name(f.FieldType, nullability.Create(f), Names(f))} {f.Name}{(f.IsLiteral ? " = " + Value(f.GetRawConstantValue()) : "")}",
        ConstructorInfo c => $"{Access(!c.IsPublic)}{m.DeclaringType!.Name.Split('`')[0]}({Parameters(c)})",
        PropertyInfo p => Property(p),
        EventInfo e => $"{Modifiers(e.AddMethod!)}event {Name(e.EventHandlerType!)} {e.Name}",
        MethodInfo { IsSpecialName: true } a when !a.Name.StartsWith("op_") => "",
        MethodInfo o when o.GetBaseDefinition() != o => "",
        MethodInfo o => Modifiers(o) + Method(o, MethodName(o)),
        _ => throw new NotSupportedException(m.ToString()),
    };

    static string Property(PropertyInfo p)
    {
        var get = p.GetMethod is { } g && IsSeen(g) ? g : null;
        var set = p.SetMethod is { } s && IsSeen(s) ? s : null;
        if ((get ?? set)!.GetBaseDefinition() != (get ?? set)) return "";
        var init = set is not null && set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));
        var name = p.GetIndexParameters() is [_, ..] ? $"this[{Parameters((get ?? set)!, p.GetIndexParameters())}]" : p.Name;
        return $"{Modifiers((get ?? set)!)}{(Has(p, "RequiredMemberAttribute") ? "required " : "")}{Ref(get)}{Name(p.PropertyType, nullability.Create(p), Names(p))} {name} "
            + $"{{ {(get is null ? "" : "get; ")}{(set is null ? "" : init ? "init; " : "set; ")}}}";
    }

    static string Method(MethodInfo m, string name)
    {
        var result = $"{Ref(m)}{Name(m.ReturnType, nullability.Create(m.ReturnParameter), Names(m.ReturnParameter))}";
        var parts = $"({(m.IsDefined(typeof(ExtensionAttribute)) ? "this " : "")}{Parameters(m)})"
            + Constraints(m.IsGenericMethod ? m.GetGenericArguments() : []);
        return name.EndsWith("operator") ? $"{name} {result}{parts}" : $"{result} {name}{parts}";
    }

    static string MethodName(MethodInfo m) =>
        m.Name is "op_Implicit" ? "implicit operator" : m.Name is "op_Explicit" ? "explicit operator"
        : operators.TryGetValue(m.Name, out var symbol) ? "operator " + symbol
        : m.Name + (m.IsGenericMethod ? $"<{string.Join(", ", m.GetGenericArguments().Select(a => a.Name))}>" : "");

    static readonly Dictionary<string, string> operators = new()
    {
        ["op_Addition"] = "+", ["op_Subtraction"] = "-", ["op_Multiply"] = "*", ["op_Division"] = "/", ["op_Modulus"] = "%",
        ["op_UnaryNegation"] = "-", ["op_UnaryPlus"] = "+", ["op_LogicalNot"] = "!", ["op_OnesComplement"] = "~",
        ["op_Equality"] = "==", ["op_Inequality"] = "!=", ["op_LessThan"] = "<", ["op_GreaterThan"] = ">",
        ["op_LessThanOrEqual"] = "<=", ["op_GreaterThanOrEqual"] = ">=", ["op_BitwiseAnd"] = "&", ["op_BitwiseOr"] = "|",
        ["op_ExclusiveOr"] = "^", ["op_True"] = "true", ["op_False"] = "false",
    };

    static string Parameters(MethodBase m, ParameterInfo[]? of = null) => string.Join(", ", (of ?? m.GetParameters()).Select(Parameter));

    static string Parameter(ParameterInfo p) =>
        (p.IsDefined(typeof(ParamArrayAttribute)) || Has(p, "ParamCollectionAttribute") ? "params " : "")
        + (!p.ParameterType.IsByRef ? "" : p.IsOut ? "out " : p.IsIn ? "in " : "ref ")
        + $"{Name(p.ParameterType, nullability.Create(p), Names(p))} {p.Name}{(p.HasDefaultValue ? " = " + Default(p) : "")}";

    static string Default(ParameterInfo p) =>
        p.DefaultValue is null && p.ParameterType.IsValueType && Nullable.GetUnderlyingType(p.ParameterType) is null ? "default" : Value(p.DefaultValue);

    static string Value(object? value) => value switch
    {
        null => "null",
        bool b => b ? "true" : "false",
        string s => $"\"{s}\"",
        Enum e => $"{e.GetType().Name}.{e}",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    static string Constraints(Type[] arguments) => string.Concat(
        from a in arguments
        let of = a.GenericParameterAttributes
        let unmanaged = Has(a, "IsUnmanagedAttribute")
        let value = (of & GenericParameterAttributes.NotNullableValueTypeConstraint) != 0
        let parts = (string[])
        [
            .. unmanaged ? ["unmanaged"] : value ? ["struct"] : (string[])[],
            .. (of & GenericParameterAttributes.ReferenceTypeConstraint) != 0 ? ["class"] : (string[])[],
            .. a.GetGenericParameterConstraints().Where(c => c != typeof(ValueType)).Select(Name),
            .. !value && (of & GenericParameterAttributes.DefaultConstructorConstraint) != 0 ? ["new()"] : (string[])[],
        ]
        where parts is [_, ..]
        select $" where {a.Name} : {string.Join(", ", parts)}");

    static string Name(Type t) => Name(t, null, new());

    /// <summary>A type as C# writes it. The names of tuples come from one list for the whole type, outermost tuple first.</summary>
    static string Name(Type t, NullabilityInfo? info, Queue<string?> names)
    {
        if (t.IsByRef) return Name(t.GetElementType()!, info, names);
        if (t.IsPointer) return Name(t.GetElementType()!, null, names) + "*";
        if (Nullable.GetUnderlyingType(t) is { } value) return Name(value, info?.GenericTypeArguments is [var only] ? only : null, names) + "?";
        var mark = !t.IsValueType && (info?.ReadState == NullabilityState.Nullable || info?.WriteState == NullabilityState.Nullable) ? "?" : "";
        if (t.IsArray) return $"{Name(t.GetElementType()!, info?.ElementType, names)}[{new string(',', t.GetArrayRank() - 1)}]{mark}";
        var arguments = t.IsGenericType ? t.GetGenericArguments() : [];
        var infos = arguments.Select((_, i) => info?.GenericTypeArguments.ElementAtOrDefault(i)).ToArray();
        if (typeof(ITuple).IsAssignableFrom(t) && t.IsValueType)
        {
            var own = arguments.Select(_ => names.TryDequeue(out var name) ? name : null).ToArray();
            return $"({string.Join(", ", arguments.Select((a, i) => Name(a, infos[i], names) + (own[i] is { } n ? " " + n : "")))})";
        }
        var written = arguments.Select((a, i) => Name(a, infos[i], names)).ToArray();
        return keywords.GetValueOrDefault(t, t.Name.Split('`')[0]) + (written is [] ? "" : $"<{string.Join(", ", written)}>") + mark;
    }

    static readonly Dictionary<Type, string> keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte", [typeof(short)] = "short", [typeof(ushort)] = "ushort", [typeof(int)] = "int", [typeof(uint)] = "uint",
        [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(float)] = "float", [typeof(double)] = "double", [typeof(char)] = "char",
    };

    static string FullName(Type t) =>
        (t.DeclaringType is { } outer ? FullName(outer) : t.Namespace) + "." + t.Name.Split('`')[0]
        + (t.IsGenericType ? $"<{string.Join(", ", t.GetGenericArguments().Skip(t.DeclaringType?.GetGenericArguments().Length ?? 0).Select(a => a.Name))}>" : "");

    static string Access(bool family) => family ? "protected " : "";

    static string Modifiers(MethodInfo m) =>
        Access(!m.IsPublic) + (m.IsStatic ? "static " : "") + (m.DeclaringType!.IsInterface ? "" : m.IsAbstract ? "abstract " : m.IsVirtual && !m.IsFinal ? "virtual " : "");

    static string Ref(MethodInfo? m) =>
        m?.ReturnType.IsByRef != true ? "" : Has(m.ReturnParameter, "IsReadOnlyAttribute") ? "ref readonly " : "ref ";

    static Queue<string?> Names(ICustomAttributeProvider of) =>
        new(of.GetCustomAttributes(typeof(TupleElementNamesAttribute), false) is [TupleElementNamesAttribute names] ? names.TransformNames : []);

    static bool IsDelegate(Type t) => t.IsSubclassOf(typeof(Delegate));
    static bool IsRecord(Type t) => t.GetMethod(t.IsValueType ? "PrintMembers" : "<Clone>$", Declared) is { } m && IsGenerated(m);
    static bool IsGenerated(MemberInfo m) => m.IsDefined(typeof(CompilerGeneratedAttribute), false);
    static bool Has(ICustomAttributeProvider of, string attribute) => of.GetCustomAttributes(false).Any(a => a.GetType().Name == attribute);

    static bool IsSeen(MemberInfo m) => m switch
    {
        MethodBase b => b.IsPublic || (b.IsFamily || b.IsFamilyOrAssembly) && !b.DeclaringType!.IsSealed,
        FieldInfo f => f.IsPublic || (f.IsFamily || f.IsFamilyOrAssembly) && !f.DeclaringType!.IsSealed,
        PropertyInfo p => p.GetAccessors(true).Any(IsSeen),
        EventInfo e => IsSeen(e.AddMethod!),
        _ => false,
    };
}
