using System.Buffers.Binary;
using System.IO.Compression;

namespace StagedDiff.Tests;

/// <summary>Pictures that other programs wrote, and files made by hand that are wrong.</summary>
public sealed class PngTests
{
    sealed record Picture(string Name, string File, int[] Shape, int[] Data);

    static readonly Picture[] pictures = Golden.Read<Picture>("png");

    static byte[] File(string name) => Convert.FromBase64String(pictures.Single(p => p.Name == name).File);

    static Tensor Read(byte[] bytes) => Data.ReadPng(new MemoryStream(bytes));

    public static TheoryData<string> Names => [.. pictures.Select(p => p.Name)];

    // tests/golden/png.py: written by Pillow, ImageMagick and pnmtopng, read by Pillow.
    [Theory, MemberData(nameof(Names))]
    public void A_picture_has_the_numbers_that_others_read(string name)
    {
        var p = pictures.Single(p => p.Name == name);
        var x = Read(Convert.FromBase64String(p.File));
        Assert.Equal(p.Shape, x.Shape.ToArray());
        Assert.Equal(p.Data, x.Cast(DType.I32).ToArray<int>());
        Assert.Equal(p.Data.Max() > 255 ? DType.I32 : DType.U8, x.DType);
    }

    [Fact]
    public void A_file_becomes_a_tensor()
    {
        var folder = Directory.CreateTempSubdirectory("png").FullName;
        try
        {
            var path = Path.Combine(folder, "x.png");
            System.IO.File.WriteAllBytes(path, File("RGB 5x3"));
            Assert.Equal("u8[3,5,3]", Data.ReadPng(path).Type.ToString());
            Assert.Equal($"ReadPng: expected a file at '{path}.', got no such file.", Assert.Throws<FileNotFoundException>(() => Data.ReadPng(path + ".")).Message);
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    static byte[] Chunk(string name, params byte[] data)
    {
        byte[] named = [.. name.Select(c => (byte)c), .. data], length = new byte[4], sum = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        // The checksum of gzip is the same: it stands eight bytes before the end.
        var zip = new MemoryStream();
        using (var gzip = new GZipStream(zip, CompressionMode.Compress, leaveOpen: true)) gzip.Write(named);
        BinaryPrimitives.WriteUInt32BigEndian(sum, BinaryPrimitives.ReadUInt32LittleEndian(zip.ToArray().AsSpan()[^8..]));
        return [.. length, .. named, .. sum];
    }

    static byte[] Header(int width, int height, byte bits, byte kind, byte interlaced = 0)
    {
        var data = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(data, width);
        BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(4), height);
        (data[8], data[9], data[12]) = (bits, kind, interlaced);
        return Chunk("IHDR", data);
    }

    static byte[] Pixels(params byte[] rows)
    {
        var to = new MemoryStream();
        using (var zip = new ZLibStream(to, CompressionMode.Compress, leaveOpen: true)) zip.Write(rows);
        return Chunk("IDAT", to.ToArray());
    }

    static byte[] Png(params byte[][] chunks) => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, .. chunks.SelectMany(c => c), .. Chunk("IEND")];

    // The five filters by hand: 10, 20 over 30, 40, each row by another.
    [Theory]
    [InlineData(0, new byte[] { 0, 30, 40 })]
    [InlineData(1, new byte[] { 1, 30, 10 })]
    [InlineData(2, new byte[] { 2, 20, 20 })]
    [InlineData(3, new byte[] { 3, 25, 15 })]
    [InlineData(4, new byte[] { 4, 20, 10 })]
    public void A_row_is_told_by_its_neighbours(int filter, byte[] row)
    {
        Assert.Equal(filter, row[0]);
        Assert.Equal([10, 20, 30, 40], Read(Png(Header(2, 2, 8, 0), Pixels([0, 10, 20, .. row]))).ToArray<byte>());
    }

    [Fact]
    public void What_may_be_passed_over_is()
    {
        byte[] text = Chunk("tEXt", 65, 0, 66), two = Pixels(0, 10, 20);
        Assert.Equal([10, 20], Read(Png(Header(2, 1, 8, 0), text, two, text)).ToArray<byte>());
        // Pixels in several chunks, and something after the end.
        byte[] data = two[8..^4], parts = [.. Chunk("IDAT", data[..5]), .. Chunk("IDAT"), .. Chunk("IDAT", data[5..])];
        Assert.Equal([10, 20], Read([.. Png(Header(2, 1, 8, 0), parts), 1, 2, 3]).ToArray<byte>());
    }

    public static readonly TheoryData<byte[], string> Wrong = new()
    {
        { [], "the eight bytes that PNG files start with" },
        { "GIF89a, and more"u8.ToArray(), "the eight bytes that PNG files start with" },
        { Png(), "IHDR as the first chunk and once, got IEND after nothing" },
        { Png(Header(2, 1, 8, 0), Header(2, 1, 8, 0)), "IHDR as the first chunk and once, got IHDR after IHDR" },
        { Png(Header(2, 1, 8, 0)), "pixels, got none" },
        { Png(Header(2, 1, 8, 0))[..^12], "a chunk of at least 12 bytes, got 0: truncated" },
        { [.. Png(Header(2, 1, 8, 0))[..^12], 0, 0, 1, 0, .. "IDAT"u8, 0, 0, 0, 0], "a chunk of 256 bytes, got 0: truncated" },
        { Png([.. Header(2, 1, 8, 0)[..^1], 0]), "after IHDR, got another: damaged" },
        { Png(Chunk("IHDR", 1, 2)), "a header of 13 bytes, got 2" },
        { Png(Header(0, 1, 8, 0)), "a width and a height from 1 to 2147483647, got 0 and 1" },
        { Png(Header(-1, 1, 8, 0)), "a width and a height from 1 to 2147483647, got 4294967295 and 1" },
        { Png(Header(1, 1, 3, 0)), "a kind of 0, 2, 3, 4 or 6 and the bits that it has, got 0 of 3 bits" },
        { Png(Header(1, 1, 16, 3)), "a kind of 0, 2, 3, 4 or 6 and the bits that it has, got 3 of 16 bits" },
        { Png(Header(1, 1, 8, 5)), "a kind of 0, 2, 3, 4 or 6 and the bits that it has, got 5 of 8 bits" },
        { Png(Header(1, 1, 8, 0, 2)), "compression 0, filters 0 and interlacing 0 or 1, got 0, 0 and 2" },
        { Png(Header(1, 1, 8, 3), Pixels(0, 0)), "a palette, got none" },
        { Png(Header(1, 1, 1, 3), Chunk("PLTE", 1, 2, 3, 1, 2, 3, 1, 2, 3), Pixels(0, 0)), "a palette of 1 to 2 colours of three bytes, got 9 bytes" },
        { Png(Header(1, 1, 8, 3), Chunk("PLTE", 1, 2, 3), Pixels(0, 1)), "colours below 1, which the palette has, got 1" },
        { Png(Header(1, 1, 8, 3), Chunk("PLTE", 1, 2, 3), Chunk("tRNS", 1, 2), Pixels(0, 0)), "a transparent colour of the kind 3, got 2 bytes" },
        { Png(Header(1, 1, 8, 4), Chunk("tRNS", 1, 2), Pixels(0, 0, 0)), "a transparent colour of the kind 4, got 2 bytes" },
        { Png(Header(2, 1, 8, 0), Chunk("ABCD"), Pixels(0, 10, 20)), "PLTE and tRNS once, before pixels, pixels in chunks in a row, and chunks that the format has, got ABCD after IHDR" },
        { Png(Header(2, 1, 8, 0), Pixels(0, 10, 20), Chunk("tEXt"), Pixels(0, 10, 20)), "PLTE and tRNS once, before pixels, pixels in chunks in a row" },
        { Png(Header(2, 1, 8, 0), Pixels(0, 10)), "3 bytes of pixels, got fewer: truncated" },
        { Png(Header(2, 1, 8, 0), Pixels()), "pixels, got none" },
        { Png(Header(2, 1, 8, 0), Pixels(5, 10, 20)), "a filter from 0 to 4 in row 0, got 5" },
        { Png(Header(2, 1, 8, 0), Chunk("IDAT", 1, 2, 3)), "pixels that can be unpacked, got" },
        { Png(Header(2, 1, 8, 0), Chunk("IDAT", 0x78, 0x7D, 0x05, 0xC1, 0x49, 0x0E)), "pixels that can be unpacked, got" },
        { Png(Header(30000, 30000, 8, 2), Pixels(0, 10, 20)), "at most 2147483591 numbers, got 30000×30000×3" },
        { Png(Header(int.MaxValue, int.MaxValue, 16, 6), Pixels(0, 10, 20)), "at most 2147483591 numbers" },
        { Png(Header(10000, 10000, 8, 2), Pixels(0, 10, 20)), "300010000 bytes of pixels, got 11 compressed ones, which cannot hold so many: truncated" },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void A_wrong_file_is_refused_in_a_line(byte[] bytes, string wanted)
    {
        string message = Assert.Throws<InvalidDataException>(() => Read(bytes)).Message;
        Assert.StartsWith("ReadPng: 'the stream': expected ", message);
        Assert.Contains(wanted, message);
    }

    /// <summary>Any byte of a file changed: found by a checksum, or what a reader may not notice.</summary>
    [Fact]
    public void No_changed_byte_goes_unseen()
    {
        var file = File("RGBA 5x3");
        for (int i = 0; i < file.Length; i++)
        {
            var changed = (byte[])file.Clone();
            changed[i] ^= 0x10;
            Assert.Throws<InvalidDataException>(() => Read(changed));
        }
    }

    [Fact]
    public void Mutated_files_are_read_or_refused() => Mutations.Run([.. pictures.Where(p => p.File.Length < 400).Select(p => Convert.FromBase64String(p.File))], from => Data.ReadPng(from));

    // With checksums set right, so that mutations reach what is behind them.
    [Fact]
    public void Mutated_chunks_are_read_or_refused() => Mutations.Run([.. pictures.Where(p => p.File.Length < 400).Select(p => Bare(Convert.FromBase64String(p.File)))], from =>
    {
        var copy = new MemoryStream();
        from.CopyTo(copy);
        Read(Whole(copy.ToArray()));
    });

    /// <summary>The data of chunks behind their name and a length of one byte.</summary>
    static byte[] Bare(byte[] png)
    {
        List<byte> bare = [];
        for (int at = 8; at < png.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            bare.AddRange([(byte)Math.Min(255, length), .. png[(at + 4)..(at + 8 + Math.Min(255, length))]]);
            at += length + 12;
        }
        return [.. bare];
    }

    static byte[] Whole(byte[] bare)
    {
        List<byte[]> chunks = [];
        for (int at = 0; at + 5 <= bare.Length;)
        {
            int length = Math.Min(bare[at], bare.Length - at - 5);
            chunks.Add(Chunk(string.Concat(bare[(at + 1)..(at + 5)].Select(b => (char)b)), bare[(at + 5)..(at + 5 + length)]));
            at += 5 + length;
        }
        return Png([.. chunks]);
    }
}
