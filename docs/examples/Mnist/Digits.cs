using StagedDiff;

namespace Mnist;

/// <summary>Images as [n, 784] in 0 … 1, and their labels.</summary>
record Digits(Tensor Images, Tensor Labels)
{
    public int Count => Labels.Shape[0];

    /// <summary>The training or test images of a folder with the four MNIST files.</summary>
    public static Digits Load(string folder, string part)
    {
        var images = Read(folder, $"{part}-images-idx3-ubyte.gz", 28, 28);
        var labels = Read(folder, $"{part}-labels-idx1-ubyte.gz");
        if (images.Shape[0] != labels.Shape[0]) throw new InvalidDataException($"{folder}: {part} has {images.Shape[0]} images but {labels.Shape[0]} labels.");
        return new(images.Reshape(-1, 784).Cast(DType.F32) / 255, labels.Cast(DType.I32));
    }

    static Tensor Read(string folder, string file, params int[] item)
    {
        var data = Data.ReadIdx(Path.Combine(folder, file));
        return data.DType == DType.U8 && data.Shape.ToArray()[1..].SequenceEqual(item) ? data
            : throw new InvalidDataException($"{Path.Combine(folder, file)}: expected bytes of shape [n{string.Concat(item.Select(n => $",{n}"))}], got {data.DType} {data.Shape}.");
    }

    /// <summary>The folder of the data in this repository, found from where the program lies.</summary>
    public static string Folder()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (Directory.Exists(Path.Combine(at.FullName, "docs", "examples", "data", "mnist"))) return Path.Combine(at.FullName, "docs", "examples", "data", "mnist");
        throw new DirectoryNotFoundException("The folder docs/examples/data/mnist was not found above the program. Name it with --data DIR.");
    }
}
