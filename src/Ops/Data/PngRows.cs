using System.Buffers.Binary;

namespace StagedDiff;

/// <summary>Rows of a PNG file: bytes from differences, samples from bytes.</summary>
static class PngRows
{
    /// <summary>A row out of its differences to its neighbours; false for a filter that there is not.</summary>
    public static bool Unfilter(int filter, byte[] row, byte[] above, int width)
    {
        for (int i = 0; i < row.Length; i++)
        {
            int left = i < width ? 0 : row[i - width], corner = i < width ? 0 : above[i - width], up = above[i];
            switch (filter)
            {
                case 0: return true;
                case 1: row[i] += (byte)left; break;
                case 2: row[i] += (byte)up; break;
                case 3: row[i] += (byte)((left + up) / 2); break;
                case 4: row[i] += (byte)Paeth(left, up, corner); break;
                default: return false;
            }
        }
        return filter <= 4;
    }

    /// <summary>Which of three neighbours is nearest to left + up − corner.</summary>
    static int Paeth(int left, int up, int corner)
    {
        int a = Math.Abs(up - corner), b = Math.Abs(left - corner), c = Math.Abs(left + up - 2 * corner);
        return a <= b && a <= c ? left : b <= c ? up : corner;
    }

    /// <summary>Sample k of a row of samples of 1, 2, 4, 8 or 16 bits.</summary>
    public static int Sample(byte[] row, int k, int bits) => bits switch
    {
        16 => BinaryPrimitives.ReadUInt16BigEndian(row.AsSpan(2 * k)),
        8 => row[k],
        _ => row[(int)((long)k * bits / 8)] >> (8 - bits - (int)((long)k * bits % 8)) & (1 << bits) - 1,
    };
}
