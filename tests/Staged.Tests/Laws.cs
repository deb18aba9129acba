using System.Reflection;
using System.Runtime.CompilerServices;

namespace StagedDiff.Tests;

/// <summary>What every law needs: the cases it is about, and the pairs that do not hold.</summary>
public abstract class Law
{
    public static TheoryData<string> Every => [.. Cases.All.Select(c => c.Name)];
    public static TheoryData<string> Differentiable => [.. Cases.All.Where(c => c.IsDifferentiable).Select(c => c.Name)];

    private protected static void Holds(string name, Action<Case> check, [CallerMemberName] string law = "")
    {
        bool skipped = Skipped.Contains(law, name);
        try { check(Cases.ByName[name]); }
        catch (Exception) when (skipped) { return; }
        Assert.False(skipped, $"{law} holds for {name} now: take the line out of tests/skipped.txt.");
    }

    /// <summary>Traced, compiled and run.</summary>
    internal static Tensor[] Jitted(Func<Tensor[], Tensor[]> f, Tensor[] x, int threads = 1)
    {
        var (graph, captured) = Graph.Trace(x.Select(t => t.Type), f);
        Check.Closed(graph);
        return Program.Compile(graph, new() { Threads = threads }).Run([.. x, .. captured]);
    }

    private protected static string Where(Case c, Tensor[] x) => $"{c.Name} of {string.Join(", ", x.Select(t => t.Type))}";

    // ---------------------------------------------------------------- f as a function of its float operands, with derivatives

    private protected static (Func<Tensor[], Tensor[]> F, Tensor[] X) OfFloats(Case c, Tensor[] x)
    {
        int[] active = [.. Enumerable.Range(0, x.Length).Where(i => x[i].DType.IsFloat())];
        return (t =>
        {
            Tensor[] all = [.. x];
            for (int k = 0; k < active.Length; k++) all[active[k]] = t[k];
            return [.. c.F(all).Where(y => y.DType.IsFloat())];
        }, [.. active.Select(i => x[i])]);
    }

    private protected static Tensor[] Pushed(Func<Tensor[], Tensor[]> f, Tensor[] x, Tensor[] dx) =>
        [.. Forward.Jvp(f, [.. x.Select((t, i) => new Dual(t, dx[i]))]).Select(d => d.Tangent ?? Prim.Zeros(d.Primal.Type))];

    private protected static Tensor[] Pulled(Func<Tensor[], Tensor[]> f, Tensor[] x, Tensor[]? ct = null)
    {
        var (y, pull) = Reverse.Vjp(f, x);
        return [.. pull(ct ?? Array.ConvertAll(y, t => Prim.Ones(t.Type))).Select((t, i) => t ?? Prim.Zeros(x[i].Type))];
    }

    private protected static Tensor[] Directions(IEnumerable<Tensor> x, int seed)
    {
        var random = new Random(seed);
        return [.. x.Select(t => Prim.Cast(Numbers.Shaped(Enumerable.Range(0, (int)t.Size).Select(_ => 2 * random.NextDouble() - 1).ToArray(), t.Shape), t.DType))];
    }

    private protected static Tensor Inner(Tensor[] a, Tensor[] b) =>
        a.Zip(b, (x, y) => Prim.Cast(Prim.Sum(Prim.Mul(x, y), [.. Enumerable.Range(0, x.Rank)]), DType.F64)).Aggregate(Tensor.Literal(DType.F64, 0.0), Prim.Add);

    private protected static Tensor[] Moved(Tensor[] x, Tensor[] dx, double h) => [.. x.Zip(dx, (t, d) => t + d * h)];

    private protected static Tensor[] Differences(Func<Tensor[], Tensor[]> f, Tensor[] x, Tensor[] dx)
    {
        const double h = 1e-5;
        return [.. f(Moved(x, dx, h)).Zip(f(Moved(x, dx, -h)), (p, m) => (p - m) / (2 * h))];
    }
}

/// <summary>Derivatives, in F64, at operands of up to 24 elements.</summary>
public sealed class GradientLaws : Law
{
    static IEnumerable<(Func<Tensor[], Tensor[]> F, Tensor[] X, string Where)> Points(Case c, int count = int.MaxValue) =>
        from x in c.At(DType.F64, 24).OrderBy(x => Array.Exists(x, t => t.Size == 0)).Take(count)
        let f = OfFloats(c, x)
        select (f.F, f.X, Where(c, x));

    [Theory, MemberData(nameof(Differentiable))]
    public void Jvp_matches_finite_differences(string name) => Holds(name, c =>
    {
        foreach (var (f, x, where) in Points(c))
        {
            var dx = Directions(x, 1);
            Numbers.Near(Differences(f, x, dx), Pushed(f, x, dx), 1e-7, where);
        }
    });

    [Theory, MemberData(nameof(Differentiable))]
    public void Vjp_is_the_transpose_of_Jvp(string name) => Holds(name, c =>
    {
        foreach (var (f, x, where) in Points(c))
        {
            Tensor[] dx = Directions(x, 1), dy = Pushed(f, x, dx), ct = Directions(dy, 2);
            Numbers.Near(Inner(ct, dy).Item<double>(), Inner(Pulled(f, x, ct), dx).Item<double>(), 1e-12, where);
        }
    });

    [Theory, MemberData(nameof(Differentiable))]
    public void Values_under_a_transform_are_the_function_s(string name) => Holds(name, c =>
    {
        foreach (var (f, x, where) in Points(c))
        {
            var y = f(x);
            Numbers.SameBits(y, Reverse.Vjp(f, x).Y, $"reverse mode of {where}");
            Numbers.SameBits(y, [.. Forward.Jvp(f, [.. x.Zip(Directions(x, 1), (t, d) => new Dual(t, d))]).Select(d => d.Primal)], $"forward mode of {where}");
        }
    });

    [Theory, MemberData(nameof(Differentiable))]
    public void Each_operand_alone_has_its_part_of_the_derivative(string name) => Holds(name, c =>
    {
        foreach (var (f, x, where) in Points(c, 3))
        {
            Tensor[] dx = Directions(x, 1), all = Pulled(f, x), none = Array.ConvertAll(x, t => Prim.Zeros(t.Type));
            for (int i = 0; i < x.Length; i++)
            {
                Tensor[] With(Tensor[] of, Tensor t) => [.. of.Select((u, k) => k == i ? t : u)];
                Numbers.Near([all[i]], Pulled(t => f(With(x, t[0])), [x[i]]), 1e-14, $"pullback to operand {i} of {where}");
                Numbers.Near(Pushed(f, x, With(none, dx[i])), Pushed(t => f(With(x, t[0])), [x[i]], [dx[i]]), 1e-14, $"tangent of operand {i} of {where}");
            }
        }
    });

    [Theory, MemberData(nameof(Differentiable))]
    public void Second_order_agrees_in_all_four_orders(string name) => Holds(name, c =>
    {
        foreach (var (f, x, where) in Points(c, 4))
        {
            Tensor[] u = Directions(x, 1), v = Directions(x, 2), w = Directions(f(x), 3);
            Tensor[] Along(Tensor[] t) => [Inner(Pushed(f, t, u), w)];
            Tensor[] Gradient(Tensor[] t) => [Inner(Pulled(f, t, w), u)];
            var expected = Differences(Gradient, x, v);
            var exact = Pushed(Gradient, x, v);
            Numbers.Near(expected, exact, 1e-6, $"differences of the gradient of {where}");
            Numbers.Near(exact, Pushed(Along, x, v), 1e-11, $"forward over forward of {where}");
            Numbers.Near(exact, [Inner(Pulled(Along, x), v)], 1e-11, $"reverse over forward of {where}");
            Numbers.Near(exact, [Inner(Pulled(Gradient, x), v)], 1e-11, $"reverse over reverse of {where}");
        }
    });

    [Theory, MemberData(nameof(Differentiable))]
    public void Jitted_derivatives_have_the_bits_of_live_ones(string name) => Holds(name, c =>
    {
        foreach (var (f, x, where) in Points(c, 4))
        {
            var dx = Directions(x, 1);
            Numbers.SameBits(Pulled(f, x), Jitted(t => Pulled(f, t), x), $"gradient of {where}");
            Numbers.SameBits(Pushed(f, x, dx), Jitted(t => Pushed(f, t[..x.Length], t[x.Length..]), [.. x, .. dx]), $"tangent of {where}");
        }
    });
}

/// <summary>The cases and the list of pairs that do not hold.</summary>
public sealed class CaseTests
{
    [Fact]
    public void Every_op_has_a_case()
    {
        // Private records are parts of how others run; nobody can apply them. Partial and Composed are put together of others, on data alone.
        var ops = typeof(Op).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Op)) && !t.IsAbstract && !t.IsNestedPrivate && t != typeof(Partial) && t != typeof(Composed));
        Assert.Empty(ops.Except(Cases.Ops()).Select(t => t.Name));
    }

    /// <summary>Primitives' laws are Ops' too where it has a case; what has none is tested by name.</summary>
    [Fact]
    public void Every_public_function_of_Ops_has_a_case_or_a_test()
    {
        var tests = string.Concat(Repository.Sources("tests/Ops.Tests").Concat(Repository.Sources("tests/Staged.Tests")).Select(s => s.Text));
        Assert.Empty(
            from type in typeof(Nn).Assembly.GetExportedTypes()
            where type is { IsAbstract: true, IsSealed: true }
            from name in type.GetMethods(BindingFlags.Public | BindingFlags.Static).Select(m => $"{type.Name}.{m.Name}").Distinct()
            where !Cases.All.Any(c => c.Name.Split(' ')[0] == name) && !tests.Contains(name)
            select name);
    }

    [Fact]
    public void Skipped_pairs_are_laws_and_cases_and_only_get_fewer()
    {
        var laws = typeof(Law).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Law))).SelectMany(t => t.GetMethods()).Where(m => m.GetCustomAttribute<TheoryAttribute>() is not null);
        Assert.Empty(Skipped.Pairs.Select(p => p.Law).Except(laws.Select(m => m.Name)));
        Assert.Empty(Skipped.Pairs.Select(p => p.Case).Except(Cases.ByName.Keys));
        Assert.All(Skipped.Pairs, p => Assert.NotEmpty(p.Reason));
        Assert.True(Skipped.Pairs.Length <= Skipped.Most, $"{Skipped.Pairs.Length} pairs are skipped: it may only get fewer than {Skipped.Most}.");
    }
}
