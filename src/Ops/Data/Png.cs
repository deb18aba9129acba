namespace StagedDiff;

public static partial class Data
{
    /// <summary>The picture in a PNG file, of any kind that the format has: 1 to 16 bits, grey, coloured or by palette, transparent or not, interlaced or not.</summary>
    /// <param name="path">The file; its name does not matter.</param>
    /// <returns>
    /// [height, width, channels]: 1 for grey, 2 with alpha, 3 for red, green and blue, 4 with alpha. U8 from 0 to 255, fewer bits spread over that range; I32 from 0 to 65535 of
    /// 16 bits. Palettes are looked up; a colour that the file makes transparent adds alpha. The numbers are those of the file: gamma and colour profiles are not applied.
    /// </returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">Not a PNG file, or a damaged one: checksums are verified.</exception>
    /// <remarks>
    /// Follows the PNG specification, third edition (W3C, 2025). For a batch: <c>Np.Stack</c> of several, and <c>x.Transpose(2, 0, 1)</c> for channels first.
    /// </remarks>
    public static Tensor ReadPng(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"ReadPng: expected a file at '{path}', got no such file.", path);
        using var file = File.OpenRead(path);
        return new PngFile(file, path).Picture();
    }

    /// <summary>The picture in a stream, which is read to its end.</summary>
    /// <inheritdoc cref="ReadPng(string)"/>
    public static Tensor ReadPng(Stream from) => new PngFile(from, "the stream").Picture();
}
