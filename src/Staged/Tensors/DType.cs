namespace StagedDiff;

/// <summary>The element type of a tensor.</summary>
public enum DType : byte
{
    /// <summary>True or false, one byte.</summary>
    Bool,
    /// <summary>Unsigned, 8 bits.</summary>
    U8,
    /// <summary>Signed, 32 bits.</summary>
    I32,
    /// <summary>Unsigned, 32 bits: keys and bits of random numbers.</summary>
    U32,
    /// <summary>Signed, 64 bits.</summary>
    I64,
    /// <summary>IEEE binary32, the default for numbers with a fraction.</summary>
    F32,
    /// <summary>IEEE binary64.</summary>
    F64,
}

static class DTypes
{
    public static readonly DType[] All = Enum.GetValues<DType>();

    public static int Size(this DType t) => t switch { DType.Bool or DType.U8 => 1, DType.I32 or DType.U32 or DType.F32 => 4, _ => 8 };
    public static bool IsFloat(this DType t) => t >= DType.F32;
    public static bool IsInteger(this DType t) => t is > DType.Bool and < DType.F32;
    public static string Name(this DType t) => t switch { DType.Bool => "bool", _ => t.ToString().ToLowerInvariant() };

    /// <summary>The type of one element in .NET.</summary>
    public static Type Clr(this DType t) => t switch
    {
        DType.Bool => typeof(bool),
        DType.U8 => typeof(byte),
        DType.I32 => typeof(int),
        DType.U32 => typeof(uint),
        DType.I64 => typeof(long),
        DType.F32 => typeof(float),
        _ => typeof(double),
    };

    public static DType Of<T>() => Of(typeof(T));

    public static DType Of(Type t) => TryOf(t) ?? throw new DTypeException(
        $"Tensor: expected elements of bool, byte, int, uint, long, float or double, got {CSharp(t)}. Convert them first.{Caller.Line()}");

    /// <summary>A type of elements as C# writes it.</summary>
    public static string CSharp(Type t) => Type.GetTypeCode(t) switch
    {
        TypeCode.Single => "float",
        TypeCode.Int32 => "int",
        TypeCode.UInt32 => "uint",
        TypeCode.Int64 => "long",
        TypeCode.UInt64 => "ulong",
        TypeCode.Int16 => "short",
        TypeCode.UInt16 => "ushort",
        TypeCode.Boolean => "bool",
        TypeCode.Object => t.Name,
        var code => code.ToString().ToLowerInvariant(),
    };

    public static DType? TryOf(Type t) =>
        t == typeof(float) ? DType.F32 : t == typeof(double) ? DType.F64 : t == typeof(int) ? DType.I32 : t == typeof(long) ? DType.I64
        : t == typeof(bool) ? DType.Bool : t == typeof(byte) ? DType.U8 : t == typeof(uint) ? DType.U32 : null;

    /// <summary>
    /// The type two operands meet in: the table of docs/numerics.md. A float wins over an integer and keeps its width;
    /// U32 with I32 needs I64; bool gives way to all.
    /// </summary>
    public static DType Promote(DType a, DType b) => (a, b) switch
    {
        _ when a == b => a,
        (DType.U32, DType.I32) or (DType.I32, DType.U32) => DType.I64,
        _ => (DType)Math.Max((byte)a, (byte)b),
    };
}
