using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace StagedDiff;

[DebuggerDisplay("{Display,nq}"), DebuggerTypeProxy(typeof(Debugged))]
public sealed partial class Tensor : IFormattable
{
    /// <summary>
    /// The elements as NumPy prints them, <c>[1.  2.5]</c>; of more than 1,000 the outer three of each axis. A symbolic tensor shows its type.
    /// </summary>
    public override string ToString() => ToString(null, null);

    /// <summary>The elements in rows as without a format, each written in a format of .NET's numbers: <c>$"{loss:F4}"</c>.</summary>
    /// <param name="format">As for float, double, int, …; null or empty as NumPy prints them. Bools have none.</param>
    /// <param name="provider">Whose decimal point: with a format, null is the current culture's, as for every number of .NET.</param>
    /// <exception cref="FormatException">There is no such format for the element type.</exception>
    public string ToString(string? format, IFormatProvider? provider = null) => Peek is { } value ? Format.Text(value, format, provider) : $"{Type} (symbolic)";

    string Display => Peek is { } value ? $"{Type} {(value.Size > 20 ? "…" : Format.Text(value))}" : $"{Type} (symbolic)";

    sealed class Debugged(Tensor x)
    {
        public DType DType => x.DType;
        public Shape Shape => x.Shape;
        public string Text => x.ToString();
        public Array? Elements => x.Peek?.Contiguous().Storage.Shown;
    }
}

/// <summary>
/// Tensors as text. Follows numpy.array2string with its defaults: precision 8, threshold 1,000, three items at each edge, lines of 75 columns;
/// floats by their shortest digits, all in one notation and aligned.
/// </summary>
static class Format
{
    const int Precision = 8, Threshold = 1000, Edge = 3, LineWidth = 75;

    public static string Text(Tensor x, string? format = null, IFormatProvider? provider = null)
    {
        if (x.Size == 0) return "[]";
        var (shape, strides) = (x.Shape.ToArray(), x.Strides ?? Array.ConvertAll(x.Shape.RowMajor(), e => e.Value));
        bool summary = x.Size > Threshold;
        var places = new List<long>();
        Collect(0, x.Offset);
        string[] words = Words(x.Storage.Data, places, x.DType, x.Rank == 0, string.IsNullOrEmpty(format) ? null : format, provider);
        GC.KeepAlive(x);
        if (x.Rank == 0) return words[0];
        int next = 0;
        return Rows(0, " ", LineWidth);

        bool Cut(int axis) => summary && shape[axis] > 2 * Edge;

        void Collect(int axis, long at)
        {
            if (axis == shape.Length) places.Add(at);
            else
                for (int i = 0; i < shape[axis]; i++)
                    if (!Cut(axis) || i < Edge || i >= shape[axis] - Edge) Collect(axis + 1, at + i * strides[axis]);
        }

        string Rows(int axis, string indent, int width)
        {
            bool inner = axis == shape.Length - 1, cut = Cut(axis);
            int shown = cut ? 2 * Edge : shape[axis];
            var text = new StringBuilder();
            var line = indent;
            void Add(string word, bool last)
            {
                if (inner)
                {
                    if (line.Length + word.Length > width - 1 && line.Length > indent.Length)
                    {
                        text.Append(line.TrimEnd()).Append('\n');
                        line = indent;
                    }
                    line += last ? word : word + " ";
                }
                else text.Append(indent).Append(word).Append('\n', last ? 0 : shape.Length - 1 - axis);
            }
            for (int i = 0; i < shown; i++)
            {
                if (cut && i == Edge) Add("...", false);
                Add(inner ? words[next++] : Rows(axis + 1, indent + " ", width - 1), i == shown - 1);
            }
            if (inner) text.Append(line);
            return "[" + text.ToString()[indent.Length..] + "]";
        }
    }

    static string[] Words(Array data, List<long> places, DType type, bool alone, string? format, IFormatProvider? provider)
    {
        string[] words = format is not null && type != DType.Bool ? [.. places.Select(at => ((IFormattable)data.GetValue(at)!).ToString(format, provider))]
            : type.IsFloat()
            ? Floats([.. places.Select(at => data is float[] f ? f[at] : ((double[])data)[at])], type == DType.F32, alone)
            : [.. places.Select(at => Convert.ToString(data.GetValue(at), CultureInfo.InvariantCulture)!)];
        int width = words.Max(w => w.Length);
        return alone ? words : [.. words.Select(w => w.PadLeft(width))];
    }

    /// <summary>A number cut in what is aligned: sign and integer part, fraction, exponent.</summary>
    readonly record struct Parts(string Whole, string Fraction, int? Exponent)
    {
        public string Text(int fraction, char pad, int exponent) =>
            $"{Whole}.{Fraction.PadRight(fraction, pad)}{(Exponent is { } e ? $"e{(e < 0 ? '-' : '+')}{Digits(e).PadLeft(exponent, '0')}" : "")}";

        public static string Digits(int exponent) => Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture);
    }

    static string[] Floats(double[] x, bool single, bool alone)
    {
        double[] sizes = [.. x.Where(v => double.IsFinite(v) && v != 0).Select(Math.Abs)];
        if (alone && double.IsFinite(x[0])) return [Alone(x[0], single)];
        bool scientific = sizes.Length > 0 && (sizes.Max() >= 1e8 || sizes.Min() < 1e-4 || sizes.Max() / sizes.Min() > 1000);
        Func<double, bool, int, Parts> cut = scientific ? Scientific : Positional;
        Parts[] parts = [.. x.Where(double.IsFinite).Select(v => cut(v, single, Precision))];
        int fraction = parts.Select(p => p.Fraction.Length).DefaultIfEmpty().Max();
        int exponent = parts.Select(p => Parts.Digits(p.Exponent ?? 0).Length).DefaultIfEmpty().Max();
        int k = 0;
        return [.. x.Select(v => double.IsNaN(v) ? "nan" : double.IsInfinity(v) ? (v > 0 ? "inf" : "-inf")
            : parts[k++].Text(fraction, scientific ? '0' : ' ', exponent))];
    }

    /// <summary>A number of rank 0, as Python writes it.</summary>
    static string Alone(double x, bool single)
    {
        bool scientific = x != 0 && Math.Abs(x) is < 1e-4 or >= 1e16;
        var p = scientific ? Scientific(x, single, 400) : Positional(x, single, 400);
        return p.Text(scientific ? 0 : 1, '0', 2).Replace(".e", "e");
    }

    static Parts Positional(double x, bool single, int precision)
    {
        var (sign, digits, point) = Shortest(x, single);
        var whole = point > 0 ? digits[..Math.Min(point, digits.Length)].PadRight(point, '0') : "0";
        var fraction = point >= digits.Length ? "" : point > 0 ? digits[point..] : new string('0', -point) + digits;
        if (fraction.Length <= precision) return new(sign + whole, fraction, null);
        var cut = Math.Abs(x).ToString("F" + precision, CultureInfo.InvariantCulture).Split('.');
        return new(sign + cut[0], cut[1].TrimEnd('0'), null);
    }

    static Parts Scientific(double x, bool single, int precision)
    {
        var (sign, digits, point) = Shortest(x, single);
        if (digits.Length <= precision + 1) return new(sign + digits[0], digits[1..], x == 0 ? 0 : point - 1);
        var cut = Math.Abs(x).ToString("E" + precision, CultureInfo.InvariantCulture).Split('.', 'E');
        return new(sign + cut[0], cut[1].TrimEnd('0'), int.Parse(cut[2], CultureInfo.InvariantCulture));
    }

    /// <summary>The shortest digits that tell a number from its neighbours, as sign and 0.d₁d₂… · 10^point.</summary>
    static (string Sign, string Digits, int Point) Shortest(double x, bool single)
    {
        var text = single ? MathF.Abs((float)x).ToString(CultureInfo.InvariantCulture) : Math.Abs(x).ToString(CultureInfo.InvariantCulture);
        var parts = text.Split('E');
        var number = parts[0].Split('.');
        var all = string.Concat(number);
        var digits = all.TrimStart('0');
        int exponent = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0;
        int point = number[0].Length + exponent - (all.Length - digits.Length);
        return (double.IsNegative(x) ? "-" : "", x == 0 ? "0" : digits.TrimEnd('0'), x == 0 ? 1 : point);
    }
}
