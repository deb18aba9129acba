using System.Globalization;
using Microsoft.VisualBasic.FileIO;

namespace StagedDiff;

/// <summary>The columns of a text file with values between separators, each of one type: numbers, bools or texts.</summary>
public sealed class CsvTable
{
    readonly Dictionary<string, string[]> texts = [];
    readonly Dictionary<string, Tensor> numbers = [];
    readonly string path;

    internal CsvTable(string path, string[] names, List<string>[] columns, int count)
    {
        (this.path, Names, Count) = (path, names, count);
        for (int c = 0; c < names.Length; c++)
        {
            texts[names[c]] = [.. columns[c]];
            if (Numbers(columns[c]) is { } x) numbers[names[c]] = x;
        }
    }

    /// <summary>The names of the columns, from the first line; without one, 0, 1, ….</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>How many rows there are.</summary>
    public int Count { get; }

    /// <summary>A column of numbers: [n], I64 if all are whole, Bool if all are true or false, else F64, in which what is missing is NaN.</summary>
    /// <exception cref="ArgumentException">There is no such column, or it has texts in it.</exception>
    public Tensor this[string column]
    {
        get
        {
            var all = Text(column);
            return numbers.TryGetValue(column, out var x) ? x
                : throw new ArgumentException($"ReadCsv: '{path}': expected numbers in the column {column}, got \"{all.First(s => !Missing(s) && !double.TryParse(s, CultureInfo.InvariantCulture, out _))}\". Use Text, or Labels.{Caller.Line()}");
        }
    }

    /// <summary>A column as it stands in the file.</summary>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public string[] Text(string column) => texts.TryGetValue(column, out var x) ? x
        : throw new ArgumentException($"ReadCsv: '{path}': expected one of the columns {string.Join(", ", Names)}, got {column}.{Caller.Line()}");

    /// <summary>A column as classes: each row's place among the texts that occur, which are sorted.</summary>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public (Tensor Labels, string[] Classes) Labels(string column)
    {
        string[] all = Text(column), classes = [.. all.Distinct().Order(StringComparer.Ordinal)];
        return (Tensor.Wrap(Array.ConvertAll(all, s => Array.BinarySearch(classes, s, StringComparer.Ordinal)), all.Length), classes);
    }

    /// <summary>Columns of numbers side by side; all that there are if none is named.</summary>
    /// <returns>F32 [rows, columns].</returns>
    /// <exception cref="ArgumentException">There is no such column, or it has texts in it.</exception>
    public Tensor ToTensor(params string[] columns)
    {
        if (columns is []) columns = [.. Names.Where(numbers.ContainsKey)];
        var all = Array.ConvertAll(columns, c => this[c].Cast(DType.F32).ToArray<float>());
        var rows = new float[Count * columns.Length];
        for (int i = 0; i < rows.Length; i++) rows[i] = all[i % columns.Length][i / columns.Length];
        return Tensor.Wrap(rows, Count, columns.Length);
    }

    static bool Missing(string s) => s is "" or "NA" or "NaN" or "nan" or "null";

    static Tensor? Numbers(List<string> column)
    {
        if (column.TrueForAll(s => bool.TryParse(s, out _)) && column.Count > 0) return Tensor.Wrap(column.Select(bool.Parse).ToArray(), column.Count);
        var whole = new long[column.Count];
        var real = new double[column.Count];
        bool allWhole = true;
        for (int i = 0; i < real.Length; i++)
        {
            if (Missing(column[i])) (real[i], allWhole) = (double.NaN, false);
            else if (!double.TryParse(column[i], CultureInfo.InvariantCulture, out real[i])) return null;
            allWhole = allWhole && long.TryParse(column[i], CultureInfo.InvariantCulture, out whole[i]);
        }
        return allWhole ? Tensor.Wrap(whole, whole.Length) : Tensor.Wrap(real, real.Length);
    }
}

public static partial class Data
{
    /// <summary>The columns of a CSV file (RFC 4180: quotes, doubled quotes, lines within quotes), with their names and types.</summary>
    /// <param name="path">The file.</param>
    /// <param name="header">Whether the first line has the names.</param>
    /// <param name="separator">What stands between values.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A row has another number of values than the first, or two columns have one name.</exception>
    public static CsvTable ReadCsv(string path, bool header = true, char separator = ',')
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"ReadCsv: expected a file at '{path}', got no such file.", path);
        using var csv = new TextFieldParser(path) { Delimiters = [separator.ToString()], HasFieldsEnclosedInQuotes = true, TrimWhiteSpace = true };
        string[]? names = null;
        List<string>[] columns = [];
        int count = 0;
        while (!csv.EndOfData)
        {
            long line = csv.LineNumber;
            string[] row;
            try { row = csv.ReadFields() ?? []; }
            catch (MalformedLineException) { throw new InvalidDataException($"ReadCsv: '{path}': expected a separator after a closing quote in line {csv.ErrorLineNumber}, got \"{csv.ErrorLine}\"."); }
            if (names is null)
            {
                names = header ? row : [.. row.Select((_, i) => i.ToString(CultureInfo.InvariantCulture))];
                if (names.GroupBy(n => n).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new InvalidDataException($"ReadCsv: '{path}': expected each column's name once, got {twice.Key} twice.");
                columns = [.. names.Select(_ => new List<string>())];
                if (header) continue;
            }
            if (row.Length != columns.Length) throw new InvalidDataException($"ReadCsv: '{path}': expected {columns.Length} values in line {line}, got {row.Length}.");
            for (int c = 0; c < row.Length; c++) columns[c].Add(row[c]);
            count++;
        }
        return new(path, names ?? [], columns, count);
    }
}
