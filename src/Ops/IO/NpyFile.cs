using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace StagedDiff.IO;

/// <summary>The bytes of a .npy file: a magic text, a version, a header that is a Python dictionary, the data.</summary>
static class NpyFile
{
    const int MostBytes = 1 << 20;

    // {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }, the keys in any order.
    const string Item = @"(?:'descr'\s*:\s*'(?<descr>[^']*)'|'fortran_order'\s*:\s*(?<order>True|False)|'shape'\s*:\s*\((?<shape>[\d\s,L]*)\))\s*";

    static readonly Regex pattern = new($@"^\s*\{{\s*(?:{Item},\s*)*(?:{Item})?\}}\s*$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    public static void Write(Stream to, Tensor x)
    {
        var elements = Elements.Of(x.DType);
        var shape = string.Concat(x.Shape.Select(n => string.Create(CultureInfo.InvariantCulture, $"{n.Value}, ")));
        shape = x.Rank == 1 ? shape.TrimEnd() : shape.TrimEnd(' ', ',');
        var header = $"{{'descr': '{(elements.Width > 1 ? '<' : '|')}{elements.Code}', 'fortran_order': False, 'shape': ({shape}), }}";
        // Version 1.0 has two bytes for the header's length, which ends on a multiple of 64.
        int length = (10 + header.Length + 1 + 63) / 64 * 64 - 10;
        if (length > ushort.MaxValue) throw new ShapeException($"Npy: {x.Rank} axes are more than the header holds.{Caller.Line()}");
        to.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, (byte)length, (byte)(length >> 8)]);
        to.Write(Encoding.ASCII.GetBytes(header.PadRight(length - 1) + "\n"));
        Elements.Write(to, x);
    }

    public static Tensor Read(Stream from, string path)
    {
        try
        {
            Span<byte> start = stackalloc byte[8];
            from.ReadExactly(start);
            if (!start[..6].SequenceEqual<byte>([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'])) throw Bad(path, "\\x93NUMPY at the start: not a .npy file");
            if (start[6] is not (1 or 2 or 3)) throw Bad(path, $"version 1, 2 or 3, got {start[6]}");
            Span<byte> size = stackalloc byte[4];
            size.Clear();
            from.ReadExactly(size[..(start[6] == 1 ? 2 : 4)]);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(size);
            if (length > MostBytes) throw Bad(path, $"a header of at most {MostBytes} bytes, got {length}");
            var bytes = new byte[length];
            from.ReadExactly(bytes);
            return Read(from, Encoding.UTF8.GetString(bytes), path);
        }
        catch (EndOfStreamException) { throw Bad(path, "as many bytes as its header says, got fewer: truncated"); }
        catch (InvalidDataException e) when (!e.Message.StartsWith("Npy", StringComparison.Ordinal)) { throw Bad(path, $"compressed data, got what cannot be unpacked ({e.Message})"); }
    }

    static Tensor Read(Stream from, string header, string path)
    {
        var match = pattern.Match(header);
        if (match is not { Success: true, Groups: var groups } || !groups["descr"].Success || !groups["order"].Success || !groups["shape"].Success)
            throw Bad(path, $"a header with descr, fortran_order and shape, got {header.Trim()}");
        var descr = groups["descr"].Value;
        var elements = descr is [_, .. var code] && "<>|=".Contains(descr[0]) ? Array.Find(Elements.All, e => e.Code == code && (e.Width == 1 || descr[0] != '|')) : null;
        if (elements is null) throw Bad(path, $"elements of {string.Join(", ", Elements.All.Where(e => e.Code is not null).Select(e => e.Code))}, got '{descr}', which is not read");
        var parts = groups["shape"].Value.Replace("L", "").Split(',', StringSplitOptions.TrimEntries);
        if (parts is [.., ""]) parts = parts[..^1];
        var shape = new long[parts.Length];
        for (int i = 0; i < shape.Length; i++)
            if (!long.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out shape[i])) throw Bad(path, $"a shape of whole numbers, got ({groups["shape"].Value})");
        if (Elements.Count(shape) is not { } count) throw Bad(path, $"at most {Array.MaxLength} elements, got the shape ({groups["shape"].Value})");

        bool bigEndian = descr[0] == '>' || descr[0] == '=' && !BitConverter.IsLittleEndian;
        var data = elements.Read(from, count, bigEndian);
        if (groups["order"].Value == "False") return Elements.ToTensor(data, shape);
        // Fortran's order is that of the axes turned round.
        Array.Reverse(shape);
        return Elements.ToTensor(data, shape).Transpose([.. Enumerable.Range(0, shape.Length).Reverse()]);
    }

    static InvalidDataException Bad(string path, string wanted) => new($"Npy: '{path}': expected {wanted}.");
}
