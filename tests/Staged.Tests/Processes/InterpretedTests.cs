using System.Runtime.CompilerServices;

namespace StagedDiff.Tests;

/// <summary>Where nothing can be compiled, loops are interpreted one element at a time: with the same bits.</summary>
public sealed class InterpretedTests : Law
{
    [Fact]
    public void Every_op_has_the_bits_of_compiled_code()
    {
        string[] expected = [.. Bits()], actual = Child.Lines("bits", compiled: false);
        Assert.Equal(["compiled: True", "compiled: False"], new[] { expected[0], actual[0] });
        Assert.Equal("", string.Join("\n", actual.Skip(1).Except(expected)));
        Assert.Equal(expected.Length, actual.Length);
    }

    /// <summary>A line for each case: hashes of its values at once and jitted, of its gradient and of its mapped form.</summary>
    public static IEnumerable<string> Bits()
    {
        yield return $"compiled: {RuntimeFeature.IsDynamicCodeCompiled}";
        foreach (var c in Cases.All)
            foreach (var type in c.Types.Take(1).Union(c.Types.TakeLast(1)))
            {
                var x = c.At(type, 24).DefaultIfEmpty(c.At(type).Last()).Last();
                yield return $"{Where(c, x)}: {Numbers.Hash(c.F(x))} {Numbers.Hash(Jitted(c.F, x))} {Numbers.Hash(Mapped(c.F, x))} {(c.IsDifferentiable && type.IsFloat() ? Gradient(c, x) : "-")}";
            }
    }

    static Tensor[] Mapped(Func<Tensor[], Tensor[]> f, Tensor[] x) => Batching.Vmap(f, Array.ConvertAll(x, t => new Batched(Prim.Lead(t, 2), true)), 2);

    static string Gradient(Case c, Tensor[] x)
    {
        var (f, floats) = OfFloats(c, x);
        return $"{Numbers.Hash(Pulled(f, floats))} {Numbers.Hash(Jitted(t => Pulled(f, t), floats))}";
    }
}
