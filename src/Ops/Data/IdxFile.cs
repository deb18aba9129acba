using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;

namespace StagedDiff;

/// <summary>What an IDX file holds: the format of the MNIST files (http://yann.lecun.com/exdb/mnist, "the IDX file format").</summary>
sealed record IdxFile(DType DType, int[] Shape, Array Elements)
{
    delegate Array Reader(ReadOnlySpan<byte> data);

    // Signed bytes and shorts have no element type of ours: they widen to I32, which holds them all.
    static readonly (byte Code, string Name, int Width, DType DType, Reader Read)[] kinds =
    [
        (0x08, "u8", 1, DType.U8, data => data.ToArray()),
        (0x09, "i8", 1, DType.I32, data => Each(data, 1, x => (int)(sbyte)x[0])),
        (0x0B, "i16", 2, DType.I32, data => Each(data, 2, x => (int)BinaryPrimitives.ReadInt16BigEndian(x))),
        (0x0C, "i32", 4, DType.I32, data => Each(data, 4, BinaryPrimitives.ReadInt32BigEndian)),
        (0x0D, "f32", 4, DType.F32, data => Each(data, 4, BinaryPrimitives.ReadSingleBigEndian)),
        (0x0E, "f64", 8, DType.F64, data => Each(data, 8, BinaryPrimitives.ReadDoubleBigEndian)),
    ];

    static T[] Each<T>(ReadOnlySpan<byte> data, int width, Func<ReadOnlySpan<byte>, T> read)
    {
        var elements = new T[data.Length / width];
        for (int i = 0; i < elements.Length; i++) elements[i] = read(data[(i * width)..]);
        return elements;
    }

    public static IdxFile Read(string path) => Parse(Bytes(path), path);

    // The first bytes tell whether a file is compressed, not its name: downloads are often renamed.
    static byte[] Bytes(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"ReadIdx: expected an IDX file at '{path}', got no such file.", path);
        var bytes = File.ReadAllBytes(path);
        if (bytes is not [0x1F, 0x8B, ..]) return bytes;
        try
        {
            var plain = new MemoryStream();
            using var unzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
            unzip.CopyTo(plain);
            return plain.ToArray();
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"ReadIdx: '{path}' starts as gzip does, but cannot be unpacked; fetch it again.", e);
        }
    }

    static IdxFile Parse(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length < 4) throw Bad(path, $"a header of at least 4 bytes, got {bytes.Length}");
        if (bytes[0] != 0 || bytes[1] != 0) throw Bad(path, $"two zero bytes at the start, got {bytes[0]:X2} {bytes[1]:X2}: not an IDX file");

        var code = bytes[2];
        var kind = kinds.FirstOrDefault(k => k.Code == code);
        if (kind.Read is null) throw Bad(path, $"an element type of {string.Join(", ", kinds.Select(k => $"{k.Code:X2} ({k.Name})"))}, got {code:X2}");

        int rank = bytes[3], header = 4 + 4 * rank;
        if (bytes.Length < header) throw Bad(path, $"a header of {header} bytes for rank {rank}, got {bytes.Length}: truncated");

        var shape = Each(bytes[4..header], 4, BinaryPrimitives.ReadUInt32BigEndian);
        var type = $"{kind.Name}[{string.Join(",", shape)}]";
        if (shape.Any(extent => extent > int.MaxValue)) throw Bad(path, $"extents below 2³¹, got {type}");
        var want = shape.Aggregate((BigInteger)kind.Width, (n, extent) => n * extent);
        var got = bytes.Length - header;
        if (got != want) throw Bad(path, $"{want} bytes of data for {type}, got {got}: {(got < want ? "truncated" : "something follows the data")}");

        return new(kind.DType, Array.ConvertAll(shape, extent => (int)extent), kind.Read(bytes[header..]));
    }

    static InvalidDataException Bad(string path, string wanted) => new($"ReadIdx: '{path}': expected {wanted}.");
}
