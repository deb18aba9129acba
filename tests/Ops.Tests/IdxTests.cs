using System.IO.Compression;

namespace StagedDiff.Tests;

/// <summary>Files made by hand after the format's description: two zeros, an element type, a rank, the extents, the data; big-endian.</summary>
public sealed class IdxTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("idx").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Save(byte[] bytes, string name = "x")
    {
        var path = Path.Combine(folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    static byte[] Zip(byte[] bytes)
    {
        var zipped = new MemoryStream();
        using (var zip = new GZipStream(zipped, CompressionLevel.Optimal)) zip.Write(bytes);
        return zipped.ToArray();
    }

    string Refusal(byte[] bytes) => Message<InvalidDataException>(Save(bytes));
    string Message<E>(string path) where E : Exception => Assert.Throws<E>(() => IdxFile.Read(path)).Message.Replace(path, "x");

    static readonly byte[] twoByThree = [0, 0, 0x08, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255];

    public static TheoryData<byte[], int[], Array> Files => new()
    {
        { twoByThree, [2, 3], new byte[] { 1, 2, 3, 4, 5, 255 } },
        { [0, 0, 0x09, 1, 0, 0, 0, 2, 0x7F, 0x80], [2], new[] { 127, -128 } },
        { [0, 0, 0x0B, 1, 0, 0, 0, 2, 0x01, 0x00, 0xFF, 0xFE], [2], new[] { 256, -2 } },
        { [0, 0, 0x0C, 1, 0, 0, 0, 1, 0x01, 0x02, 0x03, 0x04], [1], new[] { 0x01020304 } },
        { [0, 0, 0x0D, 1, 0, 0, 0, 2, 0x3F, 0xC0, 0, 0, 0xFF, 0x80, 0, 0], [2], new[] { 1.5f, float.NegativeInfinity } },
        { [0, 0, 0x0E, 1, 0, 0, 0, 1, 0xC0, 0x04, 0, 0, 0, 0, 0, 0], [1], new[] { -2.5 } },
        { [0, 0, 0x08, 0, 7], [], new byte[] { 7 } },
        { [0, 0, 0x0D, 3, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 2], [4, 0, 2], Array.Empty<float>() },
    };

    [Theory, MemberData(nameof(Files))]
    public void Every_type_and_rank_is_read(byte[] bytes, int[] shape, Array data)
    {
        var file = IdxFile.Read(Save(bytes));
        Assert.Equal(shape, file.Shape);
        Assert.Equal(data, file.Elements);
        Assert.Equal(DTypes.Of(data.GetType().GetElementType()!), file.DType);
    }

    [Fact]
    public void A_file_becomes_a_tensor()
    {
        var x = Data.ReadIdx(Save(twoByThree));
        Assert.Equal(Shape.Of(2, 3), x.Shape);
        Assert.Equal([1, 2, 3, 4, 5, 255], x.ToArray<byte>());
    }

    [Fact]
    public void A_file_of_rank_zero_becomes_a_scalar() => Assert.Equal(0, Data.ReadIdx(Save([0, 0, 0x08, 0, 7])).Rank);

    // The numbers of images and the first labels as the data set's description gives them.
    [Theory]
    [InlineData("train", 60_000, new byte[] { 5, 0, 4, 1, 9 })]
    [InlineData("t10k", 10_000, new byte[] { 7, 2, 1, 0, 4 })]
    public void Mnist_is_whole(string set, int n, byte[] labels)
    {
        Assert.Equal(Shape.Of(n, 28, 28), Data.ReadIdx(Mnist($"{set}-images-idx3-ubyte.gz")).Shape);
        Assert.Equal(labels, Data.ReadIdx(Mnist($"{set}-labels-idx1-ubyte.gz")).ToArray<byte>()[..5]);
    }

    static string Mnist(string file) => Repository.At("docs", "examples", "data", "mnist", file);

    [Fact]
    public void A_compressed_file_is_known_by_its_bytes_whatever_its_name() =>
        Assert.Equal(new byte[] { 1, 2, 3, 4, 5, 255 }, IdxFile.Read(Save(Zip(twoByThree), "images.idx")).Elements);

    [Fact]
    public void A_missing_file_is_named()
    {
        var path = Path.Combine(folder, "none.gz");
        Assert.Equal("ReadIdx: expected an IDX file at 'x', got no such file.", Message<FileNotFoundException>(path));
    }

    [Fact]
    public void An_empty_file_is_refused() =>
        Assert.Equal("ReadIdx: 'x': expected a header of at least 4 bytes, got 0.", Refusal([]));

    [Fact]
    public void Another_format_is_refused() =>
        Assert.Equal("ReadIdx: 'x': expected two zero bytes at the start, got 50 4B: not an IDX file.", Refusal([0x50, 0x4B, 3, 4]));

    [Fact]
    public void An_unknown_element_type_is_refused() =>
        Assert.Equal("ReadIdx: 'x': expected an element type of 08 (u8), 09 (i8), 0B (i16), 0C (i32), 0D (f32), 0E (f64), got 0A.",
            Refusal([0, 0, 0x0A, 1, 0, 0, 0, 0]));

    [Fact]
    public void A_truncated_header_is_refused() =>
        Assert.Equal("ReadIdx: 'x': expected a header of 12 bytes for rank 2, got 7: truncated.", Refusal(twoByThree[..7]));

    [Fact]
    public void Truncated_data_is_refused() =>
        Assert.Equal("ReadIdx: 'x': expected 6 bytes of data for u8[2,3], got 5: truncated.", Refusal(twoByThree[..^1]));

    [Fact]
    public void Trailing_bytes_are_refused() =>
        Assert.Equal("ReadIdx: 'x': expected 6 bytes of data for u8[2,3], got 8: something follows the data.", Refusal([.. twoByThree, 0, 0]));

    [Fact]
    public void Extents_beyond_all_memory_are_refused_before_any_is_taken() =>
        Assert.Equal("ReadIdx: 'x': expected 34359738368 bytes of data for f64[65536,65536], got 0: truncated.",
            Refusal([0, 0, 0x0E, 2, 0, 1, 0, 0, 0, 1, 0, 0]));

    [Fact]
    public void An_extent_that_no_array_has_is_refused() =>
        Assert.Equal("ReadIdx: 'x': expected extents below 2³¹, got u8[0,4294967295].", Refusal([0, 0, 8, 2, 0, 0, 0, 0, 255, 255, 255, 255]));

    [Fact]
    public void A_truncated_compressed_file_is_refused() => Assert.Single(Refusal(Zip(twoByThree)[..^12]).Split('\n'));

    [Fact]
    public void A_broken_compressed_file_is_refused() =>
        Assert.Equal("ReadIdx: 'x' starts as gzip does, but cannot be unpacked; fetch it again.", Refusal([0x1F, 0x8B, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]));
}
