using System.Globalization;

namespace StagedDiff;

/// <summary>
/// The length of an axis: a number, or a polynomial of symbols whose values are known when a program runs.
/// Equal when equal as polynomials.
/// </summary>
public readonly struct Extent : IEquatable<Extent>
{
    // A symbolic extent is a sum of terms: a sorted product of symbols ("" for the constant) and its factor. No zero factors.
    readonly (string Symbols, long Factor)[]? terms;
    readonly long value;

    Extent(long value) => this.value = value;
    Extent((string, long)[] terms) => this.terms = terms;

    /// <summary>A number known only when the program runs.</summary>
    public static Extent Symbol(string name) => new([(name, 1)]);

    /// <summary>Whether this is a plain number.</summary>
    public bool IsConstant => terms is null;

    /// <summary>The number.</summary>
    /// <exception cref="StagingException">This extent is symbolic.</exception>
    public long Value => terms is null ? value
        : throw new StagingException($"The extent {this} is symbolic: its number is not known while tracing. Compute with the Extent itself, or trace with a constant.{Caller.Line()}");

    internal IEnumerable<(string[] Symbols, long Factor)> Terms =>
        terms is null ? [([], value)] : terms.Select(t => (t.Symbols.Split('*', StringSplitOptions.RemoveEmptyEntries), t.Factor));

    internal IEnumerable<string> Symbols => terms is null ? [] : Terms.SelectMany(t => t.Symbols).Distinct();

    /// <summary>The number this is for given symbols.</summary>
    public long Evaluate(Func<string, long> symbol) =>
        terms is null ? value : Terms.Sum(t => t.Symbols.Aggregate(t.Factor, (product, s) => product * symbol(s)));

    /// <summary>This polynomial with other extents for its symbols.</summary>
    internal Extent Substitute(Func<string, Extent> symbol) =>
        terms is null ? this : Terms.Aggregate((Extent)0, (sum, t) => sum + t.Symbols.Aggregate((Extent)t.Factor, (product, s) => product * symbol(s)));

    /// <summary>The exact quotient, or null when <paramref name="divisor"/> does not divide this (or that cannot be told).</summary>
    public Extent? DividedBy(Extent divisor)
    {
        if (terms is null && divisor.terms is null) return divisor.value != 0 && value % divisor.value == 0 ? value / divisor.value : null;
        if (Equals(divisor)) return 1;
        var (symbols, factor) = divisor.Terms.Count() == 1 ? divisor.Terms.Single() : ([], 0);
        if (factor == 0) return null;
        Extent sum = 0;
        foreach (var (mine, f) in Terms)
        {
            var rest = mine.ToList();
            if (f % factor != 0 || !symbols.All(rest.Remove)) return null;
            sum += rest.Aggregate((Extent)(f / factor), (product, s) => product * Symbol(s));
        }
        return sum;
    }

    static Extent Of(IEnumerable<(string, long)> terms)
    {
        (string Symbols, long Factor)[] sum = [.. terms.GroupBy(t => t.Item1).Select(g => (g.Key, g.Sum(t => t.Item2))).Where(t => t.Item2 != 0)
            .OrderBy(t => t.Key, StringComparer.Ordinal)];
        return sum is [] ? (Extent)0 : sum is [("", var n)] ? n : new Extent(sum);
    }

    static string Product(string a, string b) =>
        a == "" ? b : b == "" ? a : string.Join('*', a.Split('*').Concat(b.Split('*')).Order(StringComparer.Ordinal));

    (string Symbols, long Factor)[] AsTerms => terms ?? [("", value)];

    /// <summary>The sum.</summary>
    public static Extent operator +(Extent a, Extent b) => a.terms is null && b.terms is null ? a.value + b.value : Of(a.AsTerms.Concat(b.AsTerms));
    /// <summary>The difference.</summary>
    public static Extent operator -(Extent a, Extent b) => a.terms is null && b.terms is null ? a.value - b.value : a + -1 * b;
    /// <summary>The product.</summary>
    public static Extent operator *(Extent a, Extent b) => a.terms is null && b.terms is null ? a.value * b.value
        : Of(a.AsTerms.SelectMany(s => b.AsTerms.Select(t => (Product(s.Symbols, t.Symbols), s.Factor * t.Factor))));

    /// <summary>A constant extent.</summary>
    public static implicit operator Extent(int n) => new(n);
    /// <summary>A constant extent.</summary>
    public static implicit operator Extent(long n) => new(n);
    /// <summary>The number of a constant extent.</summary>
    public static implicit operator int(Extent e) => checked((int)e.Value);

    /// <summary>Whether the two are equal for every value of their symbols.</summary>
    public static bool operator ==(Extent a, Extent b) => a.Equals(b);
    /// <summary>Whether the two may differ.</summary>
    public static bool operator !=(Extent a, Extent b) => !a.Equals(b);
    /// <inheritdoc/>
    public bool Equals(Extent o) => terms is null ? o.terms is null && value == o.value : o.terms is not null && terms.AsSpan().SequenceEqual(o.terms);
    /// <inheritdoc/>
    public override bool Equals(object? o) => o is Extent e && Equals(e);
    /// <inheritdoc/>
    public override int GetHashCode() => terms is null ? value.GetHashCode() : terms.Aggregate(7, HashCode.Combine);

    /// <summary><c>128</c>, <c>batch</c>, <c>2*batch+1</c>.</summary>
    public override string ToString() => terms is null ? value.ToString(CultureInfo.InvariantCulture)
        : string.Concat(terms.OrderBy(t => t.Symbols == "").Select((t, i) =>
            (t.Factor < 0 ? "-" : i > 0 ? "+" : "") + (Math.Abs(t.Factor), t.Symbols) switch
            {
                (var n, "") => n.ToString(CultureInfo.InvariantCulture),
                (1, var s) => s,
                (var n, var s) => $"{n}*{s}",
            }));
}
