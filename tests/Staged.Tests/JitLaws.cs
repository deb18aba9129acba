namespace StagedDiff.Tests;

/// <summary>A compiled program has the bits of the ops run one by one: for all types, layouts, extents and threads.</summary>
public sealed class JitLaws : Law
{
    [Theory, MemberData(nameof(Every))]
    public void Jit_equals_eager_to_the_bit(string name) => Holds(name, c =>
    {
        foreach (var type in c.Types)
            foreach (var x in c.At(type))
            {
                var y = c.F(x);
                Numbers.SameBits(y, Jitted(c.F, x), Where(c, x));
            }
    });

    [Theory, MemberData(nameof(Every))]
    public void Views_give_the_bits_of_copies(string name) => Holds(name, c =>
    {
        foreach (var x in c.At(c.Types[0]))
        {
            var y = c.F(x);
            Numbers.SameBits(y, c.F(Array.ConvertAll(x, Numbers.Apart)), $"at once, {Where(c, x)}");
            for (int i = 0; i < x.Length; i++) Numbers.SameBits(y, c.F([.. x.Select((t, k) => k == i ? Numbers.Apart(t) : t)]), $"operand {i} at once, {Where(c, x)}");
            Numbers.SameBits(y, Jitted(c.F, Array.ConvertAll(x, Numbers.Apart)), Where(c, x));
        }
    });

    public static TheoryData<string> Open => [.. Cases.All.Where(c => c.Open != "").Select(c => c.Name)];

    [Theory, MemberData(nameof(Open))]
    public void An_open_extent_gives_the_bits_of_a_constant_one(string name) => Holds(name, c => OpenEqualsConstant(c, 1, 7, 64));

    [Theory, MemberData(nameof(Open))]
    public void An_open_extent_may_be_zero(string name) => Holds(name, c => OpenEqualsConstant(c, 0));

    static void OpenEqualsConstant(Case c, params int[] extents)
    {
        var open = c.Variants(c.Open, Extent.Symbol("n"));
        for (int v = 0; v < open.Length; v++)
        {
            var types = c.At(c.Types[0], c.Variants(c.Open, 1)[v]).Select((t, i) => t.Type with { Shape = open[v][i] });
            var graph = Graph.Of(types, c.F);
            Check.Closed(graph);
            var program = Program.Compile(graph, new() { Threads = 1 });
            foreach (int n in extents)
            {
                var x = c.At(c.Types[0], c.Variants(c.Open, n)[v]);
                if (!Has(c.F, x)) continue;
                Numbers.SameBits(Jitted(c.F, x), program.Run(x), $"{c.Name} of {string.Join(", ", types)} at {n}");
            }
        }
    }

    /// <summary>Whether there is a result: no elements have no maximum.</summary>
    static bool Has(Func<Tensor[], Tensor[]> f, Tensor[] x)
    {
        try { f(x); }
        catch (ShapeException) { return false; }
        return true;
    }
}
