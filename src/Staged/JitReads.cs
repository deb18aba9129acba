using System.Reflection;
using System.Reflection.Emit;

namespace StagedDiff;

/// <summary>
/// The fields that a method, and what it calls in its user's assemblies, reads and writes. C# puts all captured variables of a block in one
/// closure: without this, a loop counter that another lambda captures would make every call a new trace.
/// </summary>
sealed class FieldReads
{
    const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    const int Most = 5_000;

    readonly HashSet<(Module, int)> read = [], written = [];
    readonly HashSet<MethodBase> methods = [];
    bool any;      // there was code that cannot be seen: it may read all

    /// <summary>Static fields that are read, but those of compilers.</summary>
    public HashSet<FieldInfo> Statics { get; } = [];

    public static FieldReads Of(MethodInfo method)
    {
        var reads = new FieldReads();
        reads.Scan(method, Outermost(method.DeclaringType));
        return reads;
    }

    /// <summary>Of all methods of an F# function.</summary>
    public static FieldReads Of(Type function)
    {
        var reads = new FieldReads();
        foreach (var method in function.GetMethods(Declared)) reads.Scan(method, Outermost(function));
        return reads;
    }

    public bool Contains(FieldInfo field) => any || read.Contains(Key(field));
    public bool Writes(FieldInfo field) => written.Contains(Key(field));

    static (Module, int) Key(FieldInfo field) => (field.Module, field.MetadataToken);

    static Type? Outermost(Type? type)
    {
        while (type?.DeclaringType is { } outer) type = outer;
        return type is { IsGenericType: true } ? type.GetGenericTypeDefinition() : type;
    }

    /// <summary>Whether code is the user's: neither of .NET or F# nor of this library.</summary>
    public static bool IsUsers(Type type) => type.Assembly.GetName().Name is { } name && name is not "FSharp.Core"
        && !name.StartsWith("System.", StringComparison.Ordinal) && !name.StartsWith("StagedDiff.", StringComparison.Ordinal);

    void Scan(MethodBase method, Type? family)
    {
        if (!methods.Add(method)) return;
        if (method.IsVirtual && IsUsers(method.DeclaringType!))
            foreach (var other in Overrides(method)) Scan(other, family);
        if (method.IsAbstract) return;
        if (methods.Count > Most || Code(method) is not { } code)
        {
            any = true;
            return;
        }
        FieldInfo? address = null;
        foreach (var (op, token) in Tokens(code))
            switch (Member(method, token))
            {
                case FieldInfo field:
                    // What a constructor writes is new.
                    if (op != OpCodes.Stfld && op != OpCodes.Stsfld) read.Add(Key(field));
                    else if (!method.IsConstructor) written.Add(Key(field));
                    if (field.IsStatic && !field.IsLiteral && IsUsers(field.DeclaringType!) && !field.DeclaringType!.Name.StartsWith("<>", StringComparison.Ordinal)) Statics.Add(field);
                    address = op == OpCodes.Ldflda || op == OpCodes.Ldsflda ? field : null;
                    break;
                case MethodBase callee when callee.DeclaringType is { } owner:
                    if (owner == typeof(Interlocked) && address is not null) written.Add(Key(address));
                    address = null;
                    if (Outermost(owner) == family || IsUsers(owner)) Scan(callee, family);
                    break;
            }
    }

    /// <summary>The methods that may run where a virtual one is called.</summary>
    static IEnumerable<MethodBase> Overrides(MethodBase method)
    {
        Type[] parameters = [.. method.GetParameters().Select(p => p.ParameterType)];
        return from type in Types(method.DeclaringType!.Assembly)
               where type != method.DeclaringType && !type.IsGenericTypeDefinition && method.DeclaringType!.IsAssignableFrom(type)
               let same = type.GetMethod(method.Name, Declared, parameters)
               where same is not null
               select same;
    }

    static Type[] Types(Assembly assembly)
    {
        try { return assembly.GetTypes(); }
        catch (ReflectionTypeLoadException e) { return [.. e.Types.OfType<Type>()]; }
    }

    static byte[]? Code(MethodBase method)
    {
        try { return method.GetMethodBody()?.GetILAsByteArray(); }
        catch (InvalidOperationException) { return null; }     // a compiled expression, or no such data in this host
    }

    static MemberInfo? Member(MethodBase method, int token)
    {
        Type[]? types = method.DeclaringType is { IsGenericType: true } t ? t.GetGenericArguments() : null;
        try { return method.Module.ResolveMember(token, types, method.IsGenericMethod ? method.GetGenericArguments() : null); }
        catch (Exception e) when (e is ArgumentException or BadImageFormatException or TypeLoadException or IOException) { return null; }
    }

    static readonly Dictionary<int, OpCode> codes = typeof(OpCodes).GetFields().Select(f => (OpCode)f.GetValue(null)!).ToDictionary(c => (int)(ushort)c.Value);

    /// <summary>The instructions of the intermediate language that name a field or method.</summary>
    static IEnumerable<(OpCode Op, int Token)> Tokens(byte[] il)
    {
        for (int at = 0; at < il.Length;)
        {
            int number = il[at] == 0xFE ? 0xFE00 | il[at + 1] : il[at];
            at += number > 255 ? 2 : 1;
            if (!codes.TryGetValue(number, out var op)) yield break;
            if (op.OperandType is OperandType.InlineField or OperandType.InlineMethod) yield return (op, BitConverter.ToInt32(il, at));
            at += op.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(il, at),
                _ => 4,
            };
        }
    }
}
