using System.Text.Json;

namespace StagedDiff.Workloads;

/// <summary>
/// Inputs by name: raw little-endian files of a folder with a manifest.json ({"x": {"shape": [..], "dtype": "float32"}}), or, without
/// one, numbers of the same shapes drawn by key.
/// </summary>
sealed class Inputs(string? folder)
{
    readonly Dictionary<string, (int[] Shape, string Type)> manifest = folder is null ? [] : Manifest(Path.Combine(folder, "manifest.json"));
    int drawn;

    public bool FromFiles => folder is not null;

    static Dictionary<string, (int[], string)> Manifest(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        return json.RootElement.EnumerateObject().ToDictionary(p => p.Name, p =>
            (p.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt32()).ToArray(), p.Value.GetProperty("dtype").GetString()!));
    }

    /// <summary>Floats: of a file, or normal with a deviation.</summary>
    public Tensor Floats(string name, double deviation, params int[] shape) =>
        FromFiles ? Load<float>(name, shape) : Rng.Normal(Rng.FoldIn(Rng.Key(7), drawn++), shape) * deviation;

    /// <summary>Class numbers below <paramref name="classes"/>.</summary>
    public Tensor Labels(string name, int classes, int n) =>
        FromFiles ? Load<int>(name, [n]) : Tensor.From([.. Enumerable.Range(0, n).Select(i => i * 7 % classes)]);

    Tensor Load<T>(string name, int[] shape) where T : unmanaged
    {
        var (stored, type) = manifest[name];
        if (!stored.SequenceEqual(shape) || type != (typeof(T) == typeof(float) ? "float32" : "int32"))
            throw new InvalidDataException($"{name}: wanted {typeof(T).Name}[{string.Join(",", shape)}], the manifest says {type}[{string.Join(",", stored)}].");
        var bytes = File.ReadAllBytes(Path.Combine(folder!, name + ".bin"));
        return Tensor.From(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, T>(bytes), shape);
    }
}
