using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace StagedDiff.IO;

/// <summary>The bytes of a safetensors file: eight for the header's length, the header in JSON, the data without holes.</summary>
static class SafeTensorsHeader
{
    const int MostBytes = 100_000_000;      // what other readers accept

    sealed record Entry(string Name, Elements Elements, long[] Shape, long Count, long Begin, long End);

    public static void Write(Stream to, (string Name, Tensor Tensor)[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        // The widest first: then all data is aligned.
        var sorted = tensors.OrderByDescending(t => t.Tensor.DType.Size()).ThenBy(t => t.Name, StringComparer.Ordinal).ToArray();
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, text) in metadata) json.WriteString(key, text);
                json.WriteEndObject();
            }
            long at = 0;
            foreach (var (name, x) in sorted)
            {
                if (name == "__metadata__") throw new ArgumentException("SafeTensors: a tensor cannot have the path __metadata__, which the format keeps for texts.");
                json.WriteStartObject(name);
                json.WriteString("dtype", Elements.Of(x.DType).Name);
                json.WriteStartArray("shape");
                foreach (var n in x.Shape) json.WriteNumberValue(n.Value);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += x.Size * x.DType.Size());
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (header.Length % 8 != 0) header.WriteByte((byte)' ');
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        to.Write(length);
        header.WriteTo(to);
        foreach (var (_, x) in sorted) Elements.Write(to, x);
    }

    public static (Dictionary<string, Tensor> Tensors, Dictionary<string, string> Metadata) Read(Stream from, string path, bool tensors = true)
    {
        try
        {
            Span<byte> bytes = stackalloc byte[8];
            if (from.ReadAtLeast(bytes, 8, throwOnEndOfStream: false) < 8) throw Bad(path, "a header of at least 8 bytes, got fewer: truncated");
            long length = BinaryPrimitives.ReadInt64LittleEndian(bytes);
            if (length is < 2 or > MostBytes) throw Bad(path, $"a header of 2 to {MostBytes} bytes, got {(ulong)length}: not a safetensors file");
            if (from.CanSeek && length > from.Length - from.Position) throw Bad(path, $"a header of {length} bytes, got {from.Length - from.Position}: truncated");
            var header = Header(from, (int)length, path);
            if (header[0] != '{') throw Bad(path, "a header that starts with '{'");
            var (entries, metadata) = Parse(header, path);
            Dictionary<string, Tensor> found = [];
            if (!tensors) return (found, metadata);

            long at = 0;
            foreach (var e in entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
            {
                if (e.Begin != at) throw Bad(path, $"data without holes or overlaps, but \"{e.Name}\" starts at {e.Begin}, and what is before it ends at {at}");
                at = e.End;
            }
            if (from.CanSeek && from.Length - from.Position != at)
                throw Bad(path, $"{at} bytes of data, got {from.Length - from.Position}: {(from.Length - from.Position < at ? "truncated" : "something follows the data")}");
            foreach (var e in entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
                found.Add(e.Name, Elements.ToTensor(e.Elements.Read(from, e.Count, false), e.Shape));
            return !from.CanSeek && from.ReadByte() >= 0 ? throw Bad(path, $"{at} bytes of data, got more") : (found, metadata);
        }
        catch (EndOfStreamException) { throw Bad(path, "as many bytes as its header says, got fewer: truncated"); }
        catch (JsonException e) { throw Bad(path, $"a header in JSON, got an error at its byte {e.BytePositionInLine}: {e.Message}"); }
        catch (InvalidOperationException e) { throw Bad(path, $"a header in JSON of the format, got {e.Message}"); }     // a text that is no UTF-8
        catch (DecoderFallbackException) { throw Bad(path, "a header in UTF-8"); }
    }

    // Memory for a header is taken as its bytes arrive.
    static byte[] Header(Stream from, int length, string path)
    {
        var header = new byte[from.CanSeek ? length : Math.Min(length, 1 << 16)];
        for (int got = 0; ;)
        {
            got += from.ReadAtLeast(header.AsSpan(got), header.Length - got, throwOnEndOfStream: false);
            if (got < header.Length) throw Bad(path, $"a header of {length} bytes, got {got}: truncated");
            if (got == length) return header;
            Array.Resize(ref header, (int)Math.Min(length, 2L * got));
        }
    }

    static (List<Entry>, Dictionary<string, string>) Parse(byte[] header, string path)
    {
        var json = new Utf8JsonReader(header, new() { MaxDepth = 4 });
        List<Entry> entries = [];
        Dictionary<string, string> metadata = [];
        HashSet<string> names = [];
        Next(ref json, JsonTokenType.StartObject, path);
        while (Next(ref json, JsonTokenType.PropertyName, path))
        {
            var name = json.GetString()!;
            if (!names.Add(name)) throw Bad(path, $"each name once, got \"{name}\" twice");
            Next(ref json, JsonTokenType.StartObject, path);
            if (name == "__metadata__")
                while (Next(ref json, JsonTokenType.PropertyName, path))
                {
                    var key = json.GetString()!;
                    Next(ref json, JsonTokenType.String, path);
                    if (!metadata.TryAdd(key, json.GetString()!)) throw Bad(path, $"each name once, got \"{key}\" twice");
                }
            else entries.Add(ParseEntry(ref json, name, path));
        }
        return json.Read() ? throw Bad(path, "one object in the header, got something after it") : (entries, metadata);
    }

    static Entry ParseEntry(ref Utf8JsonReader json, string name, string path)
    {
        string? type = null;
        long[]? shape = null, offsets = null;
        while (Next(ref json, JsonTokenType.PropertyName, path))
            switch (json.GetString())
            {
                case "dtype" when type is null:
                    Next(ref json, JsonTokenType.String, path);
                    type = json.GetString();
                    break;
                case "shape" when shape is null: shape = Numbers(ref json, path); break;
                case "data_offsets" when offsets is null: offsets = Numbers(ref json, path); break;
                case var other: throw Bad(path, $"a dtype, a shape and data_offsets for \"{name}\", got {other} besides");
            }
        if (type is null || shape is null || offsets is not [var begin, var end]) throw Bad(path, $"a dtype, a shape and two data_offsets for \"{name}\", got fewer");
        var elements = Array.Find(Elements.All, e => e.Name == type)
            ?? throw Bad(path, $"elements of {string.Join(", ", Elements.All.Select(e => e.Name))} for \"{name}\", got {type}, which is not read");
        if (Elements.Count(shape) is not { } count) throw Bad(path, $"at most {Array.MaxLength} elements for \"{name}\", got the shape [{string.Join(",", shape)}]");
        if (begin < 0 || end - begin != count * elements.Width)
            throw Bad(path, $"{count * elements.Width} bytes for \"{name}\", {type} [{string.Join(",", shape)}], got data_offsets [{begin}, {end}]");
        return new(name, elements, shape, count, begin, end);
    }

    static long[] Numbers(ref Utf8JsonReader json, string path)
    {
        Next(ref json, JsonTokenType.StartArray, path);
        var numbers = new List<long>();
        while (json.Read() && json.TokenType == JsonTokenType.Number)
            numbers.Add(json.TryGetInt64(out long n) && n >= 0 ? n : throw Bad(path, "whole numbers that are not negative in shapes and offsets"));
        return json.TokenType == JsonTokenType.EndArray ? [.. numbers] : throw Bad(path, $"a number in a shape or in offsets, got {json.TokenType}");
    }

    /// <summary>Reads a token of a kind; false at the end of an object whose next name was expected.</summary>
    static bool Next(ref Utf8JsonReader json, JsonTokenType kind, string path)
    {
        if (json.Read() && json.TokenType == kind) return true;
        return kind == JsonTokenType.PropertyName && json.TokenType == JsonTokenType.EndObject ? false : throw Bad(path, $"{kind} in the header, got {json.TokenType}");
    }

    static InvalidDataException Bad(string path, string wanted) => new($"SafeTensors: '{path}': expected {wanted}.");
}
