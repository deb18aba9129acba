namespace StagedDiff;

/// <summary>Data sets: reading, batching.</summary>
public static partial class Data
{
    /// <summary>The tensor in an IDX file, the format of MNIST; compressed with gzip or not, as its first bytes tell.</summary>
    /// <param name="path">The file; its name does not matter.</param>
    /// <returns>A tensor of the file's shape. Unsigned bytes give U8, floats F32, doubles F64, ints I32; signed bytes and shorts widen to I32.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">Not an IDX file, or its size is not what its header says: truncated, or followed by something.</exception>
    /// <remarks>The whole file is held in memory, at most 2 GiB. Follows the description at http://yann.lecun.com/exdb/mnist.</remarks>
    public static Tensor ReadIdx(string path)
    {
        var file = IdxFile.Read(path);
        return new(new(file.DType, file.Shape), new Storage(file.Elements));
    }
}
