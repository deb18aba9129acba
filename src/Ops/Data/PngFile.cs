using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace StagedDiff;

/// <summary>The chunks of a PNG file: a header, a palette, which colours are transparent, and rows of pixels, compressed.</summary>
sealed class PngFile
{
    // A byte of deflated data makes at most 1032: a header that promises more is wrong, and is found out before memory is taken.
    const long mostRatio = 1032;

    // Sequences of passes over every so many columns and rows: one over all, or seven (Adam7).
    static readonly (int X, int Y, int Across, int Down)[] whole = [(0, 0, 1, 1)], interlaced =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    static readonly uint[] checksums = [.. Enumerable.Range(0, 256).Select(n =>
    {
        uint c = (uint)n;
        for (int k = 0; k < 8; k++) c = (c & 1) == 1 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
        return c;
    })];

    readonly string path;
    readonly int width, height, bits, kind;
    readonly bool isInterlaced;
    readonly byte[]? palette, transparent;
    readonly MemoryStream pixels = new();

    public PngFile(Stream from, string path)
    {
        this.path = path;
        var copy = new MemoryStream();
        from.CopyTo(copy);
        var rest = copy.GetBuffer().AsSpan(0, (int)copy.Length);
        if (!rest.StartsWith<byte>([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10])) throw Bad("the eight bytes that PNG files start with, got others: not a PNG file, or changed as a text");
        rest = rest[8..];
        string last = "";
        while (last != "IEND")
        {
            var (name, data) = Next(ref rest);
            if ((name == "IHDR") != (last == "")) throw Bad($"IHDR as the first chunk and once, got {name} after {(last == "" ? "nothing" : last)}");
            switch (name)
            {
                case "IHDR": (width, height, bits, kind, isInterlaced) = Header(data); break;
                case "PLTE" when palette is null && pixels.Length == 0: palette = Palette(data); break;
                case "tRNS" when transparent is null && pixels.Length == 0: transparent = Transparent(data); break;
                case "IDAT" when pixels.Length == 0 || last == "IDAT": pixels.Write(data); break;
                case "IEND": break;
                // A small first letter says that a reader may pass a chunk over.
                case var other when char.IsAsciiLetterLower(other[0]) && other != "tRNS": break;
                default: throw Bad($"PLTE and tRNS once, before pixels, pixels in chunks in a row, and chunks that the format has, got {name} after {last}");
            }
            last = name;
        }
        if (kind == 3 && palette is null) throw Bad("a palette, got none");
        if (pixels.Length == 0) throw Bad("pixels, got none");
    }

    (string Name, byte[] Data) Next(ref Span<byte> rest)
    {
        if (rest.Length < 12) throw Bad($"a chunk of at least 12 bytes, got {rest.Length}: truncated");
        uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (length > rest.Length - 12) throw Bad($"a chunk of {length} bytes, got {rest.Length - 12}: truncated");
        var named = rest[4..(8 + (int)length)];
        uint sum = uint.MaxValue;
        foreach (byte b in named) sum = checksums[(byte)(sum ^ b)] ^ (sum >> 8);
        if (~sum != BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + (int)length)..])) throw Bad($"the checksum {~sum:x8} after {Encoding.Latin1.GetString(named[..4])}, got another: damaged");
        rest = rest[(12 + (int)length)..];
        return (Encoding.Latin1.GetString(named[..4]), named[4..].ToArray());
    }

    (int, int, int, int, bool) Header(byte[] data)
    {
        if (data.Length != 13) throw Bad($"a header of 13 bytes, got {data.Length}");
        uint w = BinaryPrimitives.ReadUInt32BigEndian(data), h = BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(4));
        if (w is 0 or > int.MaxValue || h is 0 or > int.MaxValue) throw Bad($"a width and a height from 1 to {int.MaxValue}, got {w} and {h}");
        bool fits = data[9] switch { 0 => data[8] is 1 or 2 or 4 or 8 or 16, 3 => data[8] is 1 or 2 or 4 or 8, 2 or 4 or 6 => data[8] is 8 or 16, _ => false };
        if (!fits) throw Bad($"a kind of 0, 2, 3, 4 or 6 and the bits that it has, got {data[9]} of {data[8]} bits");
        if (data[10] != 0 || data[11] != 0 || data[12] > 1) throw Bad($"compression 0, filters 0 and interlacing 0 or 1, got {data[10]}, {data[11]} and {data[12]}");
        return ((int)w, (int)h, data[8], data[9], data[12] == 1);
    }

    byte[] Palette(byte[] data) => data.Length > 0 && data.Length % 3 == 0 && data.Length <= 3 << Math.Min(bits, 8) ? data
        : throw Bad($"a palette of 1 to {1 << Math.Min(bits, 8)} colours of three bytes, got {data.Length} bytes");

    byte[] Transparent(byte[] data) => kind switch { 0 => data.Length == 2, 2 => data.Length == 6, 3 => palette is { } p && data.Length <= p.Length / 3, _ => false } ? data
        : throw Bad($"a transparent colour of the kind {kind}, got {data.Length} bytes");

    /// <summary>Samples of a pixel as they stand in the file.</summary>
    int Samples => kind switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    /// <summary>Channels of the result: without palette, with alpha.</summary>
    int Channels => (kind == 3 ? 3 : Samples) + (transparent is null ? 0 : 1);

    public Tensor Picture()
    {
        if ((Int128)width * height * Channels > Array.MaxLength || Bytes(width) > Array.MaxLength) throw Bad($"at most {Array.MaxLength} numbers, got {height}×{width}×{Channels}");
        var passes = isInterlaced ? interlaced : whole;
        long promised = passes.Sum(p => Columns(p) == 0 ? 0 : Rows(p) * (1 + Bytes(Columns(p))));
        if (promised > mostRatio * pixels.Length) throw Bad($"{promised} bytes of pixels, got {pixels.Length} compressed ones, which cannot hold so many: truncated");
        int n = width * height * Channels;
        var (few, many) = bits == 16 ? (null, new int[n]) : (new byte[n], (int[]?)null);
        pixels.Position = 0;
        try
        {
            using var inflated = new ZLibStream(pixels, CompressionMode.Decompress);
            foreach (var pass in passes)
            {
                if (Columns(pass) == 0) continue;
                byte[] row = new byte[Bytes(Columns(pass))], above = new byte[row.Length];
                for (int y = pass.Y; y < height; y += pass.Down, (row, above) = (above, row))
                {
                    int filter = inflated.ReadByte();
                    if (filter < 0) throw new EndOfStreamException();
                    inflated.ReadExactly(row);
                    if (!PngRows.Unfilter(filter, row, above, Math.Max(1, bits * Samples / 8))) throw Bad($"a filter from 0 to 4 in row {y}, got {filter}");
                    for (int x = pass.X, from = 0; x < width; x += pass.Across, from++) Put(row, from, ((long)y * width + x) * Channels, few, many);
                }
            }
        }
        catch (EndOfStreamException) { throw Bad($"{promised} bytes of pixels, got fewer: truncated"); }
        // Of a stream in memory the decompressor's error alone is an IOException: a dictionary asked for, which PNG has not.
        catch (Exception e) when (e is IOException or InvalidDataException && !e.Message.StartsWith("ReadPng")) { throw Bad($"pixels that can be unpacked, got {e.Message}"); }
        return few is null ? Tensor.Wrap(many!, height, width, Channels) : Tensor.Wrap(few, height, width, Channels);
    }

    /// <summary>A pixel as the numbers of the result.</summary>
    void Put(byte[] row, int pixel, long to, byte[]? few, int[]? many)
    {
        int samples = Samples, most = (1 << bits) - 1;
        if (kind == 3)
        {
            int color = PngRows.Sample(row, pixel, bits);
            if (3 * color >= palette!.Length) throw Bad($"colours below {palette.Length / 3}, which the palette has, got {color}");
            for (int c = 0; c < 3; c++) few![to + c] = palette[3 * color + c];
            if (transparent is not null) few![to + 3] = color < transparent.Length ? transparent[color] : (byte)255;
            return;
        }
        bool seen = transparent is null;
        for (int c = 0; c < samples; c++)
        {
            int sample = PngRows.Sample(row, pixel * samples + c, bits);
            seen |= transparent is not null && sample != (BinaryPrimitives.ReadUInt16BigEndian(transparent.AsSpan(2 * c)) & most);
            if (many is not null) many[to + c] = sample;
            else few![to + c] = (byte)(sample * 255 / most);
        }
        if (transparent is null) return;
        if (many is not null) many[to + samples] = seen ? most : 0;
        else few![to + samples] = seen ? (byte)255 : (byte)0;
    }

    long Columns((int X, int Y, int Across, int Down) pass) => ((long)width - pass.X + pass.Across - 1) / pass.Across is > 0 and var n ? n : 0;
    long Rows((int X, int Y, int Across, int Down) pass) => ((long)height - pass.Y + pass.Down - 1) / pass.Down is > 0 and var n ? n : 0;
    long Bytes(long columns) => (columns * bits * Samples + 7) / 8;

    InvalidDataException Bad(string wanted) => new($"ReadPng: '{path}': expected {wanted}.");
}
