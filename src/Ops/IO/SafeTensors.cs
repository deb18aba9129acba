namespace StagedDiff.IO;

/// <summary>
/// Trees of tensors in safetensors files: a header of names, types and shapes, and the bits. Reading one runs no code of the file's, and
/// believes nothing that its size does not bear out.
/// </summary>
/// <remarks>The format: https://github.com/huggingface/safetensors. Names are the paths of the tree, as <see cref="Tree.Paths"/> gives them.</remarks>
public static class SafeTensors
{
    /// <summary>Writes the tensors of a tree to a file, under their paths. The file appears when it is whole; one of that name is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tree">Concrete tensors; what is no tensor is not saved.</param>
    /// <param name="metadata">Texts to keep beside them.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save<P>(string path, P tree, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var part = $"{path}.{Guid.NewGuid():N}.part";
        try
        {
            using (var file = File.Create(part)) Write(file, tree, metadata);
            File.Move(part, path, overwrite: true);
        }
        finally { File.Delete(part); }
    }

    /// <summary>Writes the tensors of a tree, under their paths, to a stream.</summary>
    /// <inheritdoc cref="Save"/>
    public static void Write<P>(Stream to, P tree, IReadOnlyDictionary<string, string>? metadata = null) =>
        SafeTensorsHeader.Write(to, [.. Tree.Paths(tree).Zip(Tree.Leaves(tree))], metadata);

    /// <summary>A tree like another, with the tensors of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="like">What the file was saved from, or one built alike: it gives what is no tensor, and says which types and shapes are wanted.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no safetensors file, or its names, types or shapes are others.</exception>
    public static P Load<P>(string path, P like)
    {
        using var file = Open(path);
        return Filled(file, path, like);
    }

    /// <summary>A tree like another, with the tensors of a stream.</summary>
    /// <inheritdoc cref="Load{P}(string, P)"/>
    public static P Read<P>(Stream from, P like) => Filled(from, "the stream", like);

    /// <summary>The tensors of a file by name. F16 and BF16 become F32; 8 and 16 bit integers but U8 become I32.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no safetensors file, or has element types that are not read.</exception>
    public static IReadOnlyDictionary<string, Tensor> Load(string path)
    {
        using var file = Open(path);
        return SafeTensorsHeader.Read(file, path).Tensors;
    }

    /// <summary>The tensors of a stream by name.</summary>
    /// <inheritdoc cref="Load(string)"/>
    public static IReadOnlyDictionary<string, Tensor> Read(Stream from) => SafeTensorsHeader.Read(from, "the stream").Tensors;

    /// <summary>The texts that a file keeps beside its tensors.</summary>
    /// <inheritdoc cref="Load(string)"/>
    public static IReadOnlyDictionary<string, string> Metadata(string path)
    {
        using var file = Open(path);
        return SafeTensorsHeader.Read(file, path, tensors: false).Metadata;
    }

    static FileStream Open(string path) => File.Exists(path) ? File.OpenRead(path)
        : throw new FileNotFoundException($"SafeTensors: expected a file at '{path}', got no such file.", path);

    static P Filled<P>(Stream from, string path, P like)
    {
        var found = SafeTensorsHeader.Read(from, path).Tensors;
        var (names, wanted) = (Tree.Paths(like), Tree.Leaves(like));
        var missing = names.Where(n => !found.ContainsKey(n)).ToArray();
        var extra = found.Keys.Except(names).ToArray();
        if (missing.Length + extra.Length > 0) throw new InvalidDataException($"SafeTensors: '{path}' was not saved from such a tree: " +
            string.Join("; ", new[] { Listed("it lacks", missing), Listed("it has besides", extra) }.Where(s => s != "")) + ".");
        for (int i = 0; i < names.Length; i++)
            if (found[names[i]].Type != wanted[i].Type)
                throw new InvalidDataException($"SafeTensors: '{path}': expected {wanted[i].Type} for {Quoted(names[i])}, got {found[names[i]].Type}.");
        return Tree.Rebuild(like, [.. names.Select(n => found[n])]);
    }

    static string Listed(string what, string[] names) => names is [] ? "" : $"{what} {string.Join(", ", names.Take(5).Select(Quoted))}{(names.Length > 5 ? $" and {names.Length - 5} more" : "")}";

    static string Quoted(string name) => $"\"{name}\"";
}
