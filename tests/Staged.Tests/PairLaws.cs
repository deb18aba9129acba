using System.Reflection;
using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>Every transform goes into every other, on every case: at once and jitted alike.</summary>
public sealed class PairLaws : Law
{
    static Tensor[] Lead(Tensor[] x) => Array.ConvertAll(x, t => Prim.Lead(t, 2));
    static Tensor[] Ones(Tensor[] x) => Array.ConvertAll(x, t => Tensor.OnesLike(t));

    /// <summary>A scalar of the results that are float.</summary>
    static Func<Tensor[], Tensor> Total(Func<Tensor[], Tensor[]> f) =>
        x => f(x).Where(y => y.DType.IsFloat()).Select(y => y.Sum()).Aggregate(Tensor.From(0.0), (a, b) => a + b);

    static readonly (string Name, Func<Func<Tensor[], Tensor[]>, Func<Tensor[], Tensor[]>> Of)[] all =
    [
        (nameof(Fn.Jit),             f => Jit(f)),
        (nameof(Fn.Vmap),            f => x => Vmap(f)(Lead(x))),
        (nameof(Fn.StopGradient),    f => x => StopGradient(f(x))),
        (nameof(Fn.Grad),            f => Grad(Total(f))),
        (nameof(Fn.ValueAndGrad),    f => x => ValueAndGrad(Total(f))(x) is var (y, g) ? [y, .. g] : []),
        (nameof(Fn.ValueAndGradAux), f => x => ValueAndGradAux<Tensor[], Tensor[]>(x => (Total(f)(x), f(x)))(x) is var (_, y, g) ? [.. y, .. g] : []),
        (nameof(Fn.Vjp),             f => x => Vjp(f, x) is var (y, pull) ? pull(Ones(y)) : []),
        (nameof(Fn.Jvp),             f => x => Jvp(f, x, Ones(x)).Tangent),
        (nameof(Fn.Hvp),             f => x => Hvp(Total(f), x, Ones(x))),
        (nameof(Fn.Linearize),       f => x => Linearize(f, x).Pushforward(Ones(x))),
        (nameof(Fn.Checkpoint),      f => Checkpoint(f)),
    ];

    [Fact]
    public void Every_public_transform_is_here() => Assert.Equal(
        typeof(Fn).GetMethods(BindingFlags.Public | BindingFlags.Static).Select(m => m.Name)
            .Except([nameof(Fn.Print), nameof(Fn.Check), nameof(Fn.Stage), nameof(Fn.CheckGrads)])     // effects; these return no function or tensors
            .Except([nameof(Fn.JacFwd), nameof(Fn.JacRev), nameof(Fn.Hessian), nameof(Fn.PerExampleGrad)])   // of one tensor, or of examples: made of those below
            .Except([nameof(Fn.CustomVjp), nameof(Fn.CustomJvp)])                   // not of a function alone
            .Distinct().Order(), all.Select(t => t.Name).Order());

    static IEnumerable<Tensor[]> Small(Case c, DType type) => c.At(type, 24).DefaultIfEmpty(c.At(type).Last());

    [Theory, MemberData(nameof(Every))]
    public void Every_ordered_pair_of_transforms_runs(string name) => Holds(name, c =>
    {
        var x = Small(c, c.IsDifferentiable ? DType.F64 : c.Types[0]).OrderBy(x => Array.Exists(x, t => t.Size == 0)).First();
        var some = c.IsDifferentiable ? all : all[..3];
        foreach (var outer in some)
            foreach (var inner in some)
            {
                var (f, where) = (outer.Of(inner.Of(c.F)), $"{outer.Name} of {inner.Name} of {Where(c, x)}");
                var y = f(x);
                // Programs change nothing, on either side.
                if (inner.Name == "Jit") Numbers.Near(outer.Of(c.F)(x), y, 1e-14, where);
                else if (outer.Name == "Jit") Numbers.SameBits(inner.Of(c.F)(x), y, where);
                else Numbers.SameBits(y, Jit(f)(x), $"jitted, {where}");
            }
    });

    [Theory, MemberData(nameof(Every))]
    public void Equal_functions_print_and_draw_alike(string name) => Holds(name, c =>
    {
        var x = c.At(c.Types[0]).Last();
        Func<Tensor[], Tensor[]> again = x => c.F(x);
        Staged one = Stage(c.F, x), two = Stage(again, x);
        Assert.Equal((one.Graph.ToString(), one.Graph.ToMermaid(), one.Graph.ToDot()), (two.Graph.ToString(), two.Graph.ToMermaid(), two.Graph.ToDot()));
        Assert.Contains("  return ", one.Graph.ToString());
        Assert.Matches(@"\d+ nodes? in \d+ loop nests? and \d+ routines?", one.Explain());
    });

    [Theory, MemberData(nameof(Differentiable))]
    public void CheckGrads_finds_what_finite_differences_find(string name)
    {
        var c = Cases.ByName[name];
        var (f, x) = OfFloats(c, Small(c, DType.F64).Last());
        if (Skipped.Contains(nameof(GradientLaws.Jvp_matches_finite_differences), name)) Assert.Throws<CheckException>(() => CheckGrads(Total(f), x));
        else CheckGrads(Total(f), x);
    }
}
