using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

/// <summary>
/// The instruction set: how each machine operation is written as expressions, for a number of elements at once. A value is one register
/// or, for 8-byte elements in vectors, two. U8 and Bool live in int lanes, Bool as 0 or −1.
/// </summary>
abstract class Lanes
{
    public static readonly Lanes Scalar = new ScalarLanes(), Bits128 = new VectorLanes(typeof(Vector128), typeof(Vector128<>), 128),
        Bits256 = new VectorLanes(typeof(Vector256), typeof(Vector256<>), 256), Bits512 = new VectorLanes(typeof(Vector512), typeof(Vector512<>), 512);

    /// <summary>What this machine does best: the widest vectors it has, or one element at a time where nothing can be compiled. Tests try the others.</summary>
    public static Lanes Best { get; set; } =
        !RuntimeFeature.IsDynamicCodeCompiled ? Scalar : Vector512.IsHardwareAccelerated ? Bits512 : Vector256.IsHardwareAccelerated ? Bits256 : Bits128;

    /// <summary>Elements at once.</summary>
    public abstract int Count { get; }

    /// <summary>The narrowest that take so many elements at once, or these: more lanes would idle. The bits are the same.</summary>
    public Lanes For(Extent n) => !n.IsConstant || n.Value > Count / 2 || Count <= Bits128.Count ? this : (Count == Bits512.Count ? Bits256 : Bits128).For(n);

    /// <summary>Whether a load or store under a mask costs no more than without.</summary>
    public virtual bool MasksAreFree => false;

    /// <summary>Whether there is an instruction for <see cref="Fun.Scale"/>.</summary>
    protected virtual bool Scales => false;

    /// <summary>The operations that one of the IR takes here, as far as a schedule has to know.</summary>
    public int WeightOf(Fun fun) => fun == Fun.Scale && !Scales ? 8 : 1;

    public abstract int Parts(DType type);
    public abstract Type Register(DType type);
    public abstract E[] Literal(DType type, long bits);
    public abstract E[] Apply(Fun fun, DType result, DType[] types, E[][] x);
    public abstract E[] Convert(E[] x, DType from, DType to);

    /// <summary>All lanes one number, given as a scalar expression (Bool and U8 as int).</summary>
    public abstract E[] Splat(DType type, E scalar);

    /// <summary>Lane 0 as a scalar.</summary>
    public abstract E First(DType type, E[] x);

    /// <summary>One element from memory in all lanes; with a mask, nothing is read where lane 0 is off.</summary>
    public abstract E[] LoadSplat(DType type, E address, E? mask);
    public abstract E[] Load(DType type, E address, E? mask);
    /// <summary>Elements at address + step·lane, the step in bytes. <paramref name="steps"/>: what <see cref="Steps"/> gave.</summary>
    public abstract E[] LoadStrided(DType type, E address, E step, E? steps, E? mask);
    /// <summary>The distances, in elements, of what a strided load reads from its first: a register to compute once. Null where a load takes none.</summary>
    public virtual E? Steps(DType type, long step) => null;
    /// <summary>Elements at address + size·index, the index an I32 register.</summary>
    public abstract E[] Pick(DType type, E address, E index, E? mask);
    public abstract E Store(DType type, E[] x, E address, E? mask);
    public abstract E StoreFirst(DType type, E[] x, E address);

    /// <summary>Lanes 0, 1, 2, … as I32.</summary>
    public abstract E Indices();

    /// <summary>The Bool register that is on in the first n lanes (n may exceed the count or be negative).</summary>
    public abstract E Mask(E n);

    /// <summary>The scalar that folds all lanes of one register, halves onto halves.</summary>
    public abstract E FoldLanes(FoldKind kind, DType type, E register);

    /// <summary>Two registers combined lane by lane.</summary>
    public E Combine(FoldKind kind, DType type, E a, E b) => Apply(kind switch
    {
        FoldKind.Sum => Fun.Add,
        FoldKind.Prod => Fun.Mul,
        FoldKind.Max => Fun.Max,
        _ => Fun.Min,
    }, type, [type, type], [[a], [b]])[0];

    /// <summary>The element that changes nothing.</summary>
    public static long Identity(FoldKind kind, DType type) => kind switch
    {
        FoldKind.Sum => 0,
        FoldKind.Prod => type.IsFloat() ? BitConverter.DoubleToInt64Bits(1) : 1,
        FoldKind.Max => type switch
        {
            DType.F32 or DType.F64 => BitConverter.DoubleToInt64Bits(double.NegativeInfinity),
            DType.I32 => int.MinValue,
            DType.I64 => long.MinValue,
            _ => 0,
        },
        _ => type switch
        {
            DType.F32 or DType.F64 => BitConverter.DoubleToInt64Bits(double.PositiveInfinity),
            DType.I32 => int.MaxValue,
            DType.I64 => long.MaxValue,
            DType.U32 => uint.MaxValue,
            DType.U8 => byte.MaxValue,
            _ => 1,
        },
    };

    /// <summary>A call of a static method found by name and operand types; generic ones take their argument from the operands or <paramref name="generic"/>.</summary>
    protected static E Call(Type holder, string name, Type? generic, params E[] args) => E.Call(StaticMethods.Find(holder, name, generic, args), args);
    protected static E Call(Type holder, string name, params E[] args) => E.Call(StaticMethods.Find(holder, name, null, args), args);

    // Operators by their method: looking it up takes Expression.Add longer than all else.
    protected static E Operator(ExpressionType kind, E a, E b) =>
        a.Type.IsPrimitive ? E.MakeBinary(kind, a, b) : E.MakeBinary(kind, a, b, false, StaticMethods.Operator(a.Type, kind));
    protected static E Operator(ExpressionType kind, E a) =>
        a.Type.IsPrimitive ? E.MakeUnary(kind, a, a.Type) : E.MakeUnary(kind, a, a.Type, StaticMethods.Operator(a.Type, kind));

    /// <summary>A number of a register's element type as a constant expression.</summary>
    protected static E Constant(DType type, long bits) => type switch
    {
        DType.F32 => E.Constant((float)BitConverter.Int64BitsToDouble(bits)),
        DType.F64 => E.Constant(BitConverter.Int64BitsToDouble(bits)),
        DType.I64 => E.Constant(bits),
        DType.U32 => E.Constant((uint)bits),
        DType.Bool => E.Constant(bits != 0 ? -1 : 0),
        _ => E.Constant((int)bits),
    };
}
