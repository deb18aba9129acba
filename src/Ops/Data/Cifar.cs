namespace StagedDiff;

public static partial class Data
{
    /// <summary>The images and labels of a file of CIFAR-10 or CIFAR-100 in its binary version.</summary>
    /// <param name="path">The file: data_batch_1.bin, test_batch.bin, train.bin, ….</param>
    /// <param name="labelBytes">Labels before each image: 1 in CIFAR-10; 2 in CIFAR-100, the coarse and the fine one.</param>
    /// <returns>Images u8[n,3,32,32] (red, green, blue; row by row), and labels i32[n], with 2 bytes i32[n,2].</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">Its size is not that of a whole number of images.</exception>
    /// <remarks>Follows https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".</remarks>
    public static (Tensor Images, Tensor Labels) ReadCifar(string path, int labelBytes = 1)
    {
        const int pixels = 3 * 32 * 32;
        if (labelBytes is not (1 or 2)) throw new ArgumentOutOfRangeException(nameof(labelBytes), $"ReadCifar: expected 1 or 2 bytes of labels, got {labelBytes}.{Caller.Line()}");
        if (!File.Exists(path)) throw new FileNotFoundException($"ReadCifar: expected a file at '{path}', got no such file.", path);
        var bytes = File.ReadAllBytes(path);
        int row = labelBytes + pixels, n = bytes.Length / row;
        if (bytes.Length % row != 0) throw new InvalidDataException($"ReadCifar: '{path}': expected a multiple of {row} bytes, got {bytes.Length}: truncated, or of the other data set.");
        var (images, labels) = (new byte[n * pixels], new int[n * labelBytes]);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < labelBytes; j++) labels[i * labelBytes + j] = bytes[i * row + j];
            bytes.AsSpan(i * row + labelBytes, pixels).CopyTo(images.AsSpan(i * pixels));
        }
        return (Tensor.Wrap(images, n, 3, 32, 32), labelBytes == 1 ? Tensor.Wrap(labels, n) : Tensor.Wrap(labels, n, 2));
    }
}
