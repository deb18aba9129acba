using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace StagedDiff;

/// <summary>
/// An immutable n-dimensional array of numbers, and the variable of a function being traced: the handle a user adds and multiplies
/// is the variable of the graph.
/// </summary>
/// <remarks>
/// In one of three states: <i>concrete</i> (it has data), <i>symbolic</i> (a variable of a function being staged: it has no value yet),
/// <i>live</i> (a variable of a derivative being taken, with a value to look at). Equality is by reference.
/// </remarks>
public sealed partial class Tensor
{
    // Few fields: a small step makes more handles than numbers.
    readonly long literal;                 // of a literal: bits of the double, or the integer
    readonly LiteralKind kind;
    Storage? storage;                      // of a concrete tensor; of a literal made when first asked for
    readonly Placement? placement;         // of a view that does not lie in its storage as a whole one would

    /// <summary>How a view lies in its storage, and its row-major copy, made when first asked for.</summary>
    sealed class Placement(long offset, long[]? strides)
    {
        public long Offset => offset;
        public long[]? Strides => strides;
        public Tensor? Contiguous { get; set; }
    }

    enum LiteralKind : byte { None, Strong, Weak }

    /// <summary>The element type.</summary>
    public DType DType { get; }

    /// <summary>The extents, outermost axis first.</summary>
    public Shape Shape { get; }

    /// <summary>The number of axes.</summary>
    public int Rank => Shape.Rank;

    /// <summary>The number of elements.</summary>
    /// <exception cref="StagingException">An extent is symbolic.</exception>
    public long Size => Shape.Size;

    internal TensorType Type => new(DType, Shape);

    /// <summary>Where a variable comes from; null when this is concrete.</summary>
    internal Origin? Origin { get; }

    /// <summary>Elements to step over along each axis; null for row-major order without gaps.</summary>
    internal long[]? Strides => placement?.Strides;

    /// <summary>The first element's place in the storage.</summary>
    internal long Offset => placement?.Offset ?? 0;

    /// <summary>A variable.</summary>
    internal Tensor(TensorType type, Origin origin) => (DType, Shape, Origin) = (type.DType, type.Shape, origin);

    /// <summary>A concrete tensor in row-major order.</summary>
    internal Tensor(TensorType type, Storage storage) => (DType, Shape, this.storage) = (type.DType, type.Shape, storage);

    /// <summary>A strided view. A second handle to a storage makes it shared.</summary>
    internal Tensor(Tensor of, Shape shape, long offset, long[]? strides)
    {
        (DType, Shape, storage) = (of.DType, shape, of.Storage);
        if (offset != 0 || strides is not null) placement = new(offset, strides);
        storage.Shared = true;
    }

    Tensor(DType type, long literal, LiteralKind kind) => (DType, Shape, this.literal, this.kind) = (type, [], literal, kind);

    /// <summary>A number without a type of its own yet: it takes that of what it meets. F32 when it meets nothing.</summary>
    internal static Tensor Weak(double number) => new(DType.F32, BitConverter.DoubleToInt64Bits(number), LiteralKind.Weak);

    /// <summary>An integer without a type of its own yet. I32 when it meets nothing.</summary>
    internal static Tensor Weak(long number) => new(DType.I32, number, LiteralKind.Weak);

    /// <summary>A number that is known while tracing: rules, folding and code may use it.</summary>
    internal static Tensor Literal(DType type, double number) => new(type, type switch
    {
        DType.F32 => BitConverter.DoubleToInt64Bits((float)number),
        DType.F64 => BitConverter.DoubleToInt64Bits(number),
        DType.Bool => number != 0 ? 1 : 0,
        DType.I32 => (int)(long)number,
        DType.U32 => (uint)(long)number,
        DType.U8 => (byte)(long)number,
        _ => (long)number,
    }, LiteralKind.Strong);

    internal static Tensor Literal(DType type, long number) => type.IsFloat() ? Literal(type, (double)number) : new(type, type switch
    {
        DType.Bool => number != 0 ? 1 : 0,
        DType.I32 => (int)number,
        DType.U32 => (uint)number,
        DType.U8 => (byte)number,
        _ => number,
    }, LiteralKind.Strong);

    internal bool IsConcrete => Origin is null;
    internal bool IsLiteral => kind != LiteralKind.None;
    internal bool IsWeak => kind == LiteralKind.Weak;

    /// <summary>Of a literal: bits of the double, or the integer.</summary>
    internal long LiteralBits => literal;

    /// <summary>The number of a literal, as a double.</summary>
    internal double LiteralNumber => DType.IsFloat() ? BitConverter.Int64BitsToDouble(literal) : literal;

    /// <summary>This literal as one of a given type, or itself when it is no weak literal.</summary>
    internal Tensor Strong() => IsWeak ? As(DType) : this;

    /// <summary>A literal converted to a type, as a literal.</summary>
    internal Tensor As(DType type) => DType.IsFloat() ? Literal(type, LiteralNumber) : Literal(type, literal);

    /// <summary>A concrete rank-0 tensor as a literal.</summary>
    internal Tensor ToLiteral() => DType.IsFloat() ? Literal(DType, Read<double>()) : Literal(DType, Read<long>());

    /// <summary>Gives this tensor's memory away: it says so when it is used again. Others that look at the same memory keep it.</summary>
    /// <returns>The memory.</returns>
    internal Storage Give(Storage instead)
    {
        var given = Storage;
        storage = instead;
        return given;
    }

    internal bool IsContiguous => placement is null;

    internal Storage Storage
    {
        get
        {
            if (storage is { } s) return s;
            if (!IsLiteral) throw Unreadable();
            s = Storage.Own(DType, 1);
            switch (s.Data)
            {
                case bool[] d: d[0] = literal != 0; break;
                case byte[] d: d[0] = (byte)literal; break;
                case int[] d: d[0] = (int)literal; break;
                case uint[] d: d[0] = (uint)literal; break;
                case long[] d: d[0] = literal; break;
                case float[] d: d[0] = (float)LiteralNumber; break;
                case double[] d: d[0] = LiteralNumber; break;
            }
            return storage = s;
        }
    }

    /// <summary>The concrete tensor behind this one: itself, or what a live variable has for a value.</summary>
    internal Tensor Concrete => Origin is null ? this : Origin.Value?.Concrete ?? throw Unreadable();

    /// <summary>The same, or null for a symbolic tensor.</summary>
    internal Tensor? Peek => Origin is null ? this : Origin.Value?.Peek;

    StagingException Unreadable() => new(
        $"The value of a symbolic tensor was read: {Type} is a variable of {Origin?.Describe ?? "a function being staged"} and has no value while it is traced. " +
        $"Use Np.Where for what depends on it, Fn.Print to show it, or leave out Jit: then it has a value.{Caller.Line()}");

    /// <summary>This tensor's elements in row-major order without gaps, in a storage of their own if need be.</summary>
    internal Tensor Contiguous() => placement is null ? this : placement.Contiguous ??= Keep(Copy());

    static Tensor Keep(Tensor t)
    {
        t.Storage.Kept = true;
        return t;
    }

    Tensor Copy()
    {
        var copy = new Tensor(Type, Storage.Allocate(DType, Size));
        Strided.Copy(this, copy.Storage.Data);
        GC.KeepAlive(this);
        return copy;
    }

    T Read<T>() where T : struct
    {
        var (at, data) = (Offset, Concrete.Storage.Data);
        // By DType: to the runtime an array of uint is an array of int too.
        var number = DType switch
        {
            DType.Bool => Number<T>(((bool[])data)[at] ? 1 : 0),
            DType.U8 => Number<T>(((byte[])data)[at]),
            DType.I32 => Number<T>(((int[])data)[at]),
            DType.U32 => Number<T>(((uint[])data)[at]),
            DType.I64 => typeof(T) == typeof(double) ? Number<T>((double)((long[])data)[at]) : Number<T>(((long[])data)[at]),
            DType.F32 => Number<T>((double)((float[])data)[at]),
            _ => Number<T>(((double[])data)[at]),
        };
        GC.KeepAlive(this);
        return number;
    }

    static T Number<T>(long n) => typeof(T) == typeof(bool) ? (T)(object)(n != 0) : (T)Convert.ChangeType(n, typeof(T), null);
    static T Number<T>(double n)
    {
        if (typeof(T) == typeof(double)) return Unsafe.As<double, T>(ref n);
        if (typeof(T) == typeof(float)) { var f = (float)n; return Unsafe.As<float, T>(ref f); }
        return typeof(T) == typeof(bool) ? (T)(object)(n != 0) : (T)Convert.ChangeType(Math.Truncate(n), typeof(T), null);
    }

    /// <summary>The one number of a tensor of size 1, converted to <typeparamref name="T"/>.</summary>
    /// <exception cref="ShapeException">There is not exactly one element.</exception>
    /// <exception cref="StagingException">The tensor is symbolic.</exception>
    public T Item<T>() where T : struct
    {
        var value = Concrete;
        if (value.Size != 1) throw new ShapeException($"Item: expected a tensor of one element, got {Type}. Take one with an index, or all with ToArray.{Caller.Line()}");
        return value.IsWeak ? (DType.IsFloat() ? Number<T>(value.LiteralNumber) : Number<T>(value.literal)) : value.Read<T>();
    }

    /// <summary>The elements in row-major order, without a copy where the memory already is so.</summary>
    /// <typeparam name="T">The element type: float for F32, int for I32, …</typeparam>
    /// <exception cref="DTypeException">T is not the element type.</exception>
    public ReadOnlySpan<T> AsSpan<T>() where T : struct
    {
        CheckElements<T>();
        return ((T[])Concrete.Contiguous().Storage.Shown).AsSpan(0, checked((int)Size));
    }

    void CheckElements<T>([CallerMemberName] string reader = "")
    {
        if (typeof(T) != DType.Clr()) throw new DTypeException(
            $"{reader}: expected to read {Type} as {DTypes.CSharp(DType.Clr())}, got {DTypes.CSharp(typeof(T))}.{(DTypes.TryOf(typeof(T)) is { } t ? $" Use x.Cast(DType.{t}) first." : "")}{Caller.Line()}");
    }

    /// <summary>A copy of the elements in row-major order.</summary>
    /// <inheritdoc cref="AsSpan{T}" path="/exception"/>
    public T[] ToArray<T>() where T : struct
    {
        CheckElements<T>();
        var value = Concrete.Contiguous();
        var copy = ((T[])value.Storage.Data).AsSpan(0, checked((int)Size)).ToArray();
        GC.KeepAlive(value);
        return copy;
    }

    /// <summary>A tensor with a copy of <paramref name="data"/>; without a shape, one axis.</summary>
    /// <exception cref="ShapeException">The shape does not hold as many elements.</exception>
    public static Tensor From<T>(ReadOnlySpan<T> data, params int[] shape) where T : struct => Wrap(data.ToArray(), shape);

    /// <inheritdoc cref="From{T}(ReadOnlySpan{T}, int[])"/>
    public static Tensor From<T>(T[] data, params int[] shape) where T : struct => Wrap((T[])data.Clone(), shape);

    /// <summary>A tensor of rank 0.</summary>
    public static Tensor From<T>(T number) where T : struct => new(new(DTypes.Of<T>(), []), new Storage(new[] { number }));

    /// <summary>A tensor of two axes with a copy of <paramref name="rows"/>.</summary>
    public static Tensor From<T>(T[,] rows) where T : struct => Wrap(rows.Cast<T>().ToArray(), rows.GetLength(0), rows.GetLength(1));

    /// <summary>A tensor of three axes with a copy of <paramref name="data"/>.</summary>
    public static Tensor From<T>(T[,,] data) where T : struct => Wrap(data.Cast<T>().ToArray(), data.GetLength(0), data.GetLength(1), data.GetLength(2));

    /// <summary>A tensor of two axes from rows of equal length.</summary>
    /// <exception cref="ShapeException">The rows differ in length.</exception>
    public static Tensor FromRows<T>(params T[][] rows) where T : struct
    {
        int n = rows is [] ? 0 : rows[0].Length;
        for (int r = 0; r < rows.Length; r++)
            if (rows[r].Length != n) throw new ShapeException($"FromRows: expected rows of equal length, got {n} in row 0 and {rows[r].Length} in row {r}.{Caller.Line()}");
        return Wrap(rows.SelectMany(r => r).ToArray(), rows.Length, n);
    }

    /// <summary>A tensor that looks at <paramref name="data"/> without a copy: do not change the array afterwards.</summary>
    /// <exception cref="ShapeException">The shape does not hold as many elements.</exception>
    public static Tensor Wrap<T>(T[] data, params int[] shape) where T : struct => Wrap((Array)data, shape);

    internal static Tensor Wrap(Array data, params int[] shape)
    {
        var type = DTypes.Of(data.GetType().GetElementType()!);
        Shape s = shape is [] ? [data.Length] : Shape.Of(shape);
        if (shape.Any(n => n < 0) || s.Size != data.Length)
            throw new ShapeException($"Tensor: {data.Length} elements do not fill the shape {s}{(shape.Any(n => n < 0) ? "" : $", which holds {s.Size}")}.{Caller.Line()}");
        return new(new(type, s), new Storage(data) { Shared = true });
    }
}

/// <summary>Where a variable comes from: opaque here, known to the traces.</summary>
abstract class Origin
{
    /// <summary>What the variable is worth one level out; null when it has no value to look at.</summary>
    public abstract Tensor? Value { get; }

    /// <summary>The traced function, for errors.</summary>
    public abstract string Describe { get; }
}

/// <summary>Copies of strided data, element by element in row-major order.</summary>
static class Strided
{
    public static void Copy(Tensor from, Array to)
    {
        if (to.Length == 0) return;
        int size = from.DType.Size();
        ref var source = ref MemoryMarshal.GetArrayDataReference(from.Storage.Data);
        ref var target = ref MemoryMarshal.GetArrayDataReference(to);
        int[] shape = from.Shape.ToArray();
        var strides = from.Strides ?? Array.ConvertAll(from.Shape.RowMajor(), e => e.Value);
        int rank = shape.Length, inner = rank > 0 ? shape[^1] : 1;
        long step = rank > 0 ? strides[^1] : 0, at = from.Offset, done = 0;
        var index = new int[rank];
        // An axis that is contiguous where the last is not: planes of these two are transposed.
        int other = step == 1 || size < 4 ? -1 : Array.FindLastIndex(strides, s => s == 1);
        if (other >= 0 && shape[other] >= 8 && inner >= 8)
        {
            Planes(from, to, other);
            return;
        }
        while (true)
        {
            if (step == 1)
                Unsafe.CopyBlockUnaligned(ref Unsafe.AddByteOffset(ref target, (nint)(done * size)), ref Unsafe.AddByteOffset(ref source, (nint)(at * size)), (uint)(inner * size));
            else
                Row(ref Unsafe.AddByteOffset(ref source, (nint)(at * size)), ref Unsafe.AddByteOffset(ref target, (nint)(done * size)), step, inner, size);
            done += inner;
            int a = rank - 2;
            for (; a >= 0; a--)
            {
                at += strides[a];
                if (++index[a] < shape[a]) break;
                at -= strides[a] * shape[a];
                index[a] = 0;
            }
            if (a < 0) return;
        }
    }

    /// <summary>The planes of an axis that is contiguous in the source and of the last, which is so in the target.</summary>
    static unsafe void Planes(Tensor from, Array to, int axis)
    {
        int size = from.DType.Size(), rank = from.Rank;
        int[] shape = from.Shape.ToArray();
        long[] strides = from.Strides!, targets = Array.ConvertAll(from.Shape.RowMajor(), e => e.Value);
        fixed (byte* s = &MemoryMarshal.GetArrayDataReference(from.Storage.Data), t = &MemoryMarshal.GetArrayDataReference(to))
            Next(0, (long)s + from.Offset * size, (long)t);

        void Next(int a, long source, long target)
        {
            if (a == axis) a++;
            if (a >= rank - 1)
            {
                Transpose.Copy(size, source, strides[^1] * size, shape[axis], shape[^1], target, targets[axis]);
                return;
            }
            for (int i = 0; i < shape[a]; i++) Next(a + 1, source + i * strides[a] * size, target + i * targets[a] * size);
        }
    }

    static void Row(ref byte source, ref byte target, long step, int n, int size)
    {
        for (long i = 0; i < n; i++)
        {
            ref var s = ref Unsafe.AddByteOffset(ref source, (nint)(i * step * size));
            ref var t = ref Unsafe.AddByteOffset(ref target, (nint)(i * size));
            if (size == 4) Unsafe.As<byte, int>(ref t) = Unsafe.As<byte, int>(ref s);
            else if (size == 8) Unsafe.As<byte, long>(ref t) = Unsafe.As<byte, long>(ref s);
            else t = s;
        }
    }
}
