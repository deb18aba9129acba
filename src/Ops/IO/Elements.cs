using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace StagedDiff.IO;

/// <summary>A way in which files hold numbers, and the element type they have here.</summary>
/// <param name="Name">Its name in safetensors.</param>
/// <param name="Code">Its code in NumPy, without the byte order.</param>
/// <param name="Width">Bytes an element.</param>
/// <param name="DType">What it becomes.</param>
/// <param name="Read">Reads so many elements of this machine's byte order, which may be turned first.</param>
sealed record Elements(string Name, string? Code, int Width, DType DType, Func<Stream, long, bool, Array> Read)
{
    /// <summary>Types that are not ours widen to one that holds them all.</summary>
    public static readonly Elements[] All =
    [
        new("F64", "f8", 8, DType.F64, (s, n, turn) => Fill<double>(s, n, turn)),
        new("I64", "i8", 8, DType.I64, (s, n, turn) => Fill<long>(s, n, turn)),
        new("F32", "f4", 4, DType.F32, (s, n, turn) => Fill<float>(s, n, turn)),
        new("I32", "i4", 4, DType.I32, (s, n, turn) => Fill<int>(s, n, turn)),
        new("U32", "u4", 4, DType.U32, (s, n, turn) => Fill<uint>(s, n, turn)),
        new("F16", "f2", 2, DType.F32, (s, n, turn) => Array.ConvertAll(Fill<Half>(s, n, turn), x => (float)x)),
        new("BF16", null, 2, DType.F32, (s, n, turn) => Array.ConvertAll(Fill<ushort>(s, n, turn), x => BitConverter.Int32BitsToSingle(x << 16))),
        new("I16", "i2", 2, DType.I32, (s, n, turn) => Array.ConvertAll(Fill<short>(s, n, turn), x => (int)x)),
        new("U16", "u2", 2, DType.I32, (s, n, turn) => Array.ConvertAll(Fill<ushort>(s, n, turn), x => (int)x)),
        new("I8", "i1", 1, DType.I32, (s, n, turn) => Array.ConvertAll(Fill<sbyte>(s, n, turn), x => (int)x)),
        new("U8", "u1", 1, DType.U8, (s, n, turn) => Fill<byte>(s, n, turn)),
        new("BOOL", "b1", 1, DType.Bool, (s, n, turn) => Array.ConvertAll(Fill<byte>(s, n, turn), x => x != 0)),
    ];

    /// <summary>The elements of one of our types.</summary>
    public static Elements Of(DType type) => Array.Find(All, e => e.DType == type)!;

    /// <summary>Writes a tensor's elements in row-major order, little-endian.</summary>
    public static void Write(Stream to, Tensor x)
    {
        switch (x.DType)
        {
            case DType.Bool: to.Write(MemoryMarshal.AsBytes(x.AsSpan<bool>())); break;
            case DType.U8: to.Write(x.AsSpan<byte>()); break;
            case DType.I32: Write<int>(to, x); break;
            case DType.U32: Write<uint>(to, x); break;
            case DType.I64: Write<long>(to, x); break;
            case DType.F32: Write<float>(to, x); break;
            default: Write<double>(to, x); break;
        }
    }

    static void Write<T>(Stream to, Tensor x) where T : struct
    {
        var elements = x.AsSpan<T>();
        if (!BitConverter.IsLittleEndian)
        {
            var turned = elements.ToArray();
            Turn(MemoryMarshal.AsBytes(turned.AsSpan()), Marshal.SizeOf<T>());
            elements = turned;
        }
        // Bytes of a span have an int for a length.
        while (!elements.IsEmpty)
        {
            int n = Math.Min(elements.Length, 1 << 24);
            to.Write(MemoryMarshal.AsBytes(elements[..n]));
            elements = elements[n..];
        }
    }

    /// <summary>So many elements; memory is taken as their bytes arrive, not because a header asks for it.</summary>
    static T[] Fill<T>(Stream from, long count, bool bigEndian) where T : unmanaged
    {
        int width = Marshal.SizeOf<T>();
        var there = from.CanSeek ? (from.Length - from.Position) / width : 1 << 14;
        var elements = GC.AllocateUninitializedArray<T>((int)Math.Min(count, there));
        for (int filled = 0; ;)
        {
            for (; filled < elements.Length; filled += Math.Min(1 << 24, elements.Length - filled))
                from.ReadExactly(MemoryMarshal.AsBytes(elements.AsSpan(filled, Math.Min(1 << 24, elements.Length - filled))));
            if (filled == count) break;
            if (from.CanSeek) throw new EndOfStreamException();
            Array.Resize(ref elements, (int)Math.Min(count, 2L * Math.Max(1, filled)));
        }
        if (width > 1 && bigEndian == BitConverter.IsLittleEndian) Turn(MemoryMarshal.AsBytes(elements.AsSpan()), width);
        return elements;
    }

    static void Turn(Span<byte> bytes, int width)
    {
        if (width == 2) BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, ushort>(bytes), MemoryMarshal.Cast<byte, ushort>(bytes));
        else if (width == 4) BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, uint>(bytes), MemoryMarshal.Cast<byte, uint>(bytes));
        else BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, ulong>(bytes), MemoryMarshal.Cast<byte, ulong>(bytes));
    }

    /// <summary>The number of elements of a shape, if an array can hold as many.</summary>
    public static long? Count(ReadOnlySpan<long> shape)
    {
        long n = 1;
        // Of a shape with a 0 the other extents must make sense too.
        foreach (long extent in shape)
            if (extent < 0 || extent > Array.MaxLength || (n *= Math.Max(1, extent)) > Array.MaxLength) return null;
        return shape.Contains(0) ? 0 : n;
    }

    public static Tensor ToTensor(Array elements, ReadOnlySpan<long> shape)
    {
        Shape s = [.. shape.ToArray().Select(n => (Extent)n)];
        return new(new(DTypes.Of(elements.GetType().GetElementType()!), s), new Storage(elements));
    }
}
