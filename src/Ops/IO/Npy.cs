using System.IO.Compression;

namespace StagedDiff.IO;

/// <summary>Tensors in NumPy's files: .npy holds one, .npz a zip archive of several by name.</summary>
/// <remarks>The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. Pickled objects are never read.</remarks>
public static class Npy
{
    /// <summary>Writes a concrete tensor to a file, in row-major order.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, Tensor x)
    {
        using var file = File.Create(path);
        NpyFile.Write(file, x);
    }

    /// <summary>Writes a concrete tensor to a stream, in row-major order.</summary>
    public static void Write(Stream to, Tensor x) => NpyFile.Write(to, x);

    /// <summary>The tensor in a file, of either order of bytes and of axes. F16 becomes F32; 8 and 16 bit integers but U8 become I32.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no .npy file, or is truncated, or has an element type that is not read (complex, text, objects).</exception>
    public static Tensor Load(string path)
    {
        using var file = Open(path);
        var x = NpyFile.Read(file, path);
        return file.Position == file.Length ? x : throw new InvalidDataException($"Npy: '{path}': expected {file.Position} bytes, got {file.Length}: something follows the data.");
    }

    /// <summary>The tensor in a stream, which is left behind its last byte.</summary>
    /// <inheritdoc cref="Load"/>
    public static Tensor Read(Stream from) => NpyFile.Read(from, "the stream");

    /// <summary>Writes concrete tensors to an archive by name: numpy.savez, or savez_compressed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">Names as keys.</param>
    /// <param name="compressed">Whether to compress: slower, and of little use for weights.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void SaveZip(string path, IReadOnlyDictionary<string, Tensor> tensors, bool compressed = false)
    {
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        foreach (var (name, x) in tensors)
        {
            using var entry = zip.CreateEntry($"{name}.npy", compressed ? CompressionLevel.Optimal : CompressionLevel.NoCompression).Open();
            NpyFile.Write(entry, x);
        }
    }

    /// <summary>The tensors of an archive by name.</summary>
    /// <inheritdoc cref="Load" path="/exception"/>
    public static IReadOnlyDictionary<string, Tensor> LoadZip(string path)
    {
        using var file = Open(path);
        try
        {
            using var zip = new ZipArchive(file, ZipArchiveMode.Read);
            Dictionary<string, Tensor> tensors = [];
            foreach (var entry in zip.Entries)
            {
                var name = entry.FullName.EndsWith(".npy", StringComparison.Ordinal) ? entry.FullName[..^4] : throw Bad(path, $".npy files in it, got {entry.FullName}");
                using var data = entry.Open();
                if (!tensors.TryAdd(name, NpyFile.Read(data, $"{path}/{entry.FullName}"))) throw Bad(path, $"each name once, got {name} twice");
            }
            return tensors;
        }
        catch (InvalidDataException e) when (!e.Message.StartsWith("Npy", StringComparison.Ordinal)) { throw Bad(path, $"a whole zip archive, got: {e.Message.TrimEnd('.')}"); }
        catch (EndOfStreamException) { throw Bad(path, "a whole zip archive, got a truncated one"); }
    }

    static InvalidDataException Bad(string path, string wanted) => new($"Npy: '{path}': expected {wanted}.");

    static FileStream Open(string path) => File.Exists(path) ? File.OpenRead(path)
        : throw new FileNotFoundException($"Npy: expected a file at '{path}', got no such file.", path);
}
