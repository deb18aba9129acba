using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>Jacobians, linearisation, per-example gradients, custom derivatives, checkpoints and checks: values, nesting and errors.</summary>
public sealed class DerivativeTests
{
    static double[] D(Tensor t) => t.Cast(DType.F64).ToArray<double>();
    static readonly Tensor x = Tensor.From([0.5, -1.2, 2.0]);

    // f(x) = (x₀x₁, sin x₂): its Jacobian is [[x₁, x₀, 0], [0, 0, cos x₂]].
    static Tensor Pair(Tensor x) => Np.Stack([x[0] * x[1], Tensor.Sin(x[2])]);
    static readonly Tensor jacobian = Tensor.From([-1.2, 0.5, 0, 0, 0, Math.Cos(2)], 2, 3);

    // ---------------------------------------------------------------- Jacobians

    [Fact]
    public void Jacobians_are_those_on_paper()
    {
        foreach (var jac in new Func<Func<Tensor, Tensor>, Func<Tensor, Tensor>>[] { JacFwd, JacRev, f => Jit(JacFwd(f)), f => Jit(JacRev(f)), f => JacFwd(Jit(f)), f => JacRev(Jit(f)) })
        {
            Numbers.Near([jacobian], [jac(Pair)(x)], 1e-15, "");
            Assert.Equal([2, 3], jac(Pair)(x).Shape.ToArray());
            Assert.Equal([3, 2, 2, 3], jac(t => t.T)(Tensor.Zeros([2, 3], DType.F64)).Shape.ToArray());
            Assert.Equal([2, 3], jac(_ => Tensor.Ones([2], DType.F64))(x).Shape.ToArray());
            Assert.Equal([3], jac(t => t.Sum())(x).Shape.ToArray());
        }
    }

    [Fact]
    public void A_hessian_is_symmetric_and_that_of_a_cubic()
    {
        // x₀²x₁ + x₂³
        var h = Hessian(x => x[0] * x[0] * x[1] + x[2] * x[2] * x[2]);
        Tensor expected = Tensor.From([2 * -1.2, 2 * 0.5, 0, 2 * 0.5, 0, 0, 0, 0, 6 * 2.0], 3, 3);
        Numbers.Near([expected], [h(x)], 1e-15, "");
        Numbers.SameBits([h(x)], [Jit(h)(x)], "jitted");
        Numbers.Near([expected, expected], [Vmap(h)(Np.Stack([x, x]))[0], Vmap(h)(Np.Stack([x, x]))[1]], 1e-15, "mapped");
        Numbers.Near([Hvp((Tensor x) => x[0] * x[0] * x[1] + x[2] * x[2] * x[2], x, x)], [h(x).MatMul(x)], 1e-15, "by a vector");
    }

    [Fact]
    public void Jacobians_say_what_is_wrong()
    {
        Assert.StartsWith("Hessian: the function must return a scalar, got f64[3].", Assert.Throws<ShapeException>(() => Hessian(x => x)(x)).Message);
        Assert.StartsWith("JacRev: the function must return a float, got i32[3].", Assert.Throws<DTypeException>(() => JacRev(x => x.Cast(DType.I32))(x)).Message);
        Assert.StartsWith("JacFwd: there is no float tensor in the argument, got i32[2].", Assert.Throws<DTypeException>(() => JacFwd(x => x)(Tensor.From([1, 2]))).Message);
    }

    // ---------------------------------------------------------------- linearisation

    [Fact]
    public void A_function_is_run_once_and_pushed_often()
    {
        int runs = 0;
        var (y, push) = Linearize((Tensor x) => { runs++; return Pair(x); }, x);
        Numbers.Near([Pair(x)], [y], 0, "value");
        for (int i = 0; i < 3; i++) Numbers.Near([jacobian[.., i]], [push(Tensor.Eye(3, dtype: DType.F64)[i])], 1e-15, $"{i}");
        Assert.Equal(1, runs);
        Assert.Throws<ShapeException>(() => push(Tensor.Zeros([2], DType.F64)));
    }

    [Fact]
    public void A_linearisation_takes_trees_and_nests()
    {
        (Tensor A, Tensor B) F((Tensor X, Tensor Y, Tensor N) p) => (p.X * p.X, p.N + 1);
        var (y, push) = Linearize<(Tensor, Tensor, Tensor), (Tensor, Tensor)>(F, (x, x, Tensor.From([1, 2])));
        var dy = push((Tensor.Ones([3], DType.F64), null!, Tensor.From([0, 0])));
        Numbers.Near([2 * x], [dy.Item1], 1e-15, "");
        Assert.Equal([0, 0], dy.Item2.ToArray<int>());
        // ∂/∂x of f′(x)·v = f″(x)·v
        Tensor Along(Tensor x) => Linearize((Tensor t) => (t * t * t).Sum(), x).Pushforward(Tensor.Ones([3], DType.F64));
        Numbers.Near([6 * x], [Grad(Along)(x)], 1e-15, "gradient");
        Numbers.Near([6 * x], [Jit(Grad(Along))(x)], 1e-15, "jitted");
        Numbers.Near([3 * x * x], [Vmap((Tensor v) => Linearize((Tensor t) => t * t * t, x).Pushforward(v))(Tensor.Eye(3, dtype: DType.F64)).Sum(0)], 1e-15, "mapped");
    }

    [Fact]
    public void Each_example_has_its_gradient()
    {
        var w = Tensor.From([1.0, 2]);
        var batch = (Tensor.From([1.0, 2, 3, 4, 5, 6], 3, 2), Tensor.From([1.0, 0, -1]));
        Tensor Loss(Tensor w, (Tensor X, Tensor Y) one) => Tensor.Pow((w * one.X).Sum() - one.Y, 2);
        // 2 (w·x − y) x
        double[] expected = [2 * 4 * 1, 2 * 4 * 2, 2 * 11 * 3, 2 * 11 * 4, 2 * 18 * 5, 2 * 18 * 6];
        Assert.Equal(expected, D(PerExampleGrad<Tensor, (Tensor, Tensor)>(Loss)(w, batch)));
        Assert.Equal(expected, D(Jit(PerExampleGrad<Tensor, (Tensor, Tensor)>(Loss))(w, batch)));
        Assert.StartsWith("PerExampleGrad: the function must return a scalar, got f64[2].", Assert.Throws<ShapeException>(() => PerExampleGrad<Tensor, Tensor>((w, x) => w * x)(w, batch.Item1)).Message);
    }

    // ---------------------------------------------------------------- custom derivatives

    // Gradients of 7 whatever the function is: to be told from the true ones.
    static readonly Func<Tensor, Tensor> seven = CustomVjp((Tensor x) => Tensor.Sin(x), x => (Tensor.Sin(x), x), (Tensor x, Tensor ct) => 7 * ct);

    // log(1 + eˣ), whose own derivative overflows.
    static readonly Func<Tensor, Tensor> softplus = CustomJvp((Tensor x) => Tensor.Log(1 + Tensor.Exp(x)), (x, dx) => (Tensor.Log(1 + Tensor.Exp(x)), dx * (1 - 1 / (1 + Tensor.Exp(x)))));

    [Fact]
    public void A_custom_pullback_is_used_by_every_transform()
    {
        double[] sevens = [7, 7, 7];
        Assert.Equal(D(Tensor.Sin(x)), D(seven(x)));
        Assert.Equal(sevens, D(Grad((Tensor x) => seven(x).Sum())(x)));
        Assert.Equal(sevens, D(Jit(Grad((Tensor x) => seven(x).Sum()))(x)));
        Assert.Equal(sevens, D(Grad((Tensor x) => Jit(seven)(x).Sum())(x)));
        Assert.Equal(sevens, D(Vmap(Grad(seven))(x)));
        Assert.Equal(sevens, D(Grad((Tensor x) => Vmap(seven)(x).Sum())(x)));
        Assert.Equal(sevens, D(Jvp(seven, x, Tensor.Ones([3], DType.F64)).Tangent));
        Assert.Equal([0, 0, 0], D(Grad((Tensor x) => Grad((Tensor x) => seven(x).Sum())(x).Sum())(x)));
        Assert.Equal(D(Tensor.Sin(x)), D(Jit(seven)(x)));
        // Of an argument that is not mapped it is the sum.
        Assert.Equal([21], D(Grad((Tensor a) => Vmap((Tensor a, Tensor x) => seven(a) * x, null)(a, Tensor.Ones([3], DType.F64)).Sum())(Tensor.From(2.0))));
    }

    [Fact]
    public void A_custom_forward_rule_has_its_transpose()
    {
        var far = Tensor.From([1000.0, 0, -1000]);
        double[] expected = [1, 0.5, 0];
        Assert.Equal(expected, D(Jvp(softplus, far, Tensor.Ones([3], DType.F64)).Tangent));
        Assert.Equal(expected, D(Grad((Tensor x) => softplus(x).Sum())(far)));
        Assert.Equal(expected, D(Jit(Grad((Tensor x) => softplus(x).Sum()))(far)));
        Assert.Equal(expected, D(Vmap(Grad(softplus))(far)));
        // σ(1 − σ) at 0
        Assert.Equal(0.25, Grad(Grad(softplus))(Tensor.From(0.0)).Item<double>(), 1e-15);
        CheckGrads(softplus, x);
    }

    [Fact]
    public void Custom_rules_take_trees_with_integers_and_data_from_outside()
    {
        var scale = Tensor.From([2.0, 3, 4]);
        var f = CustomVjp<(Tensor X, Tensor N), (Tensor, Tensor), Tensor>(p => (p.X * scale, p.N + 1), p => ((p.X * scale, p.N + 1), p.X), (_, ct) => (ct.Item1 * scale * 10, null!));
        var g = Grad(((Tensor X, Tensor N) p) => f(p).Item1.Sum())((x, Tensor.From([1, 2])));
        Assert.Equal([20, 30, 40], D(g.X));
        Assert.Equal([0, 0], g.N.ToArray<int>());
    }

    [Fact]
    public void Custom_rules_say_what_is_wrong()
    {
        var clipped = CustomVjp((Tensor x) => x, x => (x, x), (Tensor _, Tensor ct) => Tensor.Tanh(ct));
        Assert.Equal(Math.Tanh(1), Grad(clipped)(Tensor.From(3.0)).Item<double>(), 1e-15);
        Assert.Contains("forward mode needs a backward function that is linear in its cotangent, and", Assert.Throws<StagingException>(() => Jvp(clipped, x, x)).Message);
        Assert.Contains("has tanh of it. Use CustomJvp.", Assert.Throws<StagingException>(() => Jvp(clipped, x, x)).Message);
        Assert.StartsWith("CustomVjp: the function uses a variable (f64[3]) of a gradient being taken from outside. Pass it as an argument.",
            Assert.Throws<StagingException>(() => Grad((Tensor w) => CustomVjp((Tensor x) => x * w, x => (x * w, x), (Tensor x, Tensor ct) => ct)(x).Sum())(x)).Message);
        Assert.StartsWith("CustomJvp: the rule must be linear in the tangent, and it has exp of it.",
            Assert.Throws<StagingException>(() => Jvp(CustomJvp((Tensor x) => x, (x, dx) => (x, Tensor.Exp(dx))), x, x)).Message);
        Assert.StartsWith("CustomJvp: the rule must be linear in the tangent, and it has a result without it.",
            Assert.Throws<StagingException>(() => Jvp(CustomJvp((Tensor x) => x, (x, dx) => (x, x)), x, x)).Message);
        Assert.StartsWith("CustomVjp: forward must return a value like the function's, f64[3], got f64[].",
            Assert.Throws<ShapeException>(() => Grad((Tensor x) => CustomVjp((Tensor x) => x, x => (x.Sum(), x), (Tensor _, Tensor ct) => ct)(x).Sum())(x)).Message);
        Assert.StartsWith("CustomVjp: expected a cotangent like the argument, f64[3], got f64[].",
            Assert.Throws<ShapeException>(() => Grad((Tensor x) => CustomVjp((Tensor x) => x, x => (x, x), (Tensor _, Tensor ct) => ct.Sum())(x).Sum())(x)).Message);
    }

    // ---------------------------------------------------------------- checkpoints

    static Tensor Layers(Tensor x, Func<Func<Tensor, Tensor>, Func<Tensor, Tensor>> wrap)
    {
        for (int i = 0; i < 4; i++) x = wrap(t => Tensor.Sin(Tensor.Exp(Tensor.Sin(t))))(x);
        return x.Sum();
    }

    [Fact]
    public void A_checkpoint_changes_no_bit()
    {
        var plain = Grad((Tensor x) => Layers(x, f => f));
        var wrapped = Grad((Tensor x) => Layers(x, Checkpoint<Tensor, Tensor>));
        Numbers.SameBits([plain(x), plain(x)], [wrapped(x), Jit(wrapped)(x)], "gradient");
        Numbers.Near([Vmap(plain)(x)], [Vmap(wrapped)(x)], 1e-15, "mapped");
        Numbers.Near([JacFwd(plain)(x)], [JacFwd(wrapped)(x)], 1e-14, "forward over reverse");
        Numbers.Near([JacRev(plain)(x)], [JacRev(wrapped)(x)], 1e-14, "reverse over reverse");
    }

    [Fact]
    public void A_checkpoint_computes_again_and_nothing_merges_across_it()
    {
        var text = RuleTests.Lines(Inlined((Tensor x) => Checkpoint((Tensor t) => Tensor.Sin(Tensor.Exp(Tensor.Sin(t))))(x).Sum()));
        Assert.Equal(2, Count(text, "exp"));
        Assert.Equal(3, Count(text, "sin"));        // once the outer one: its value is not wanted again
        Assert.Equal(1, Count(text, "late"));
        Assert.Equal(1, Count(RuleTests.Lines(Inlined((Tensor x) => Tensor.Sin(Tensor.Exp(Tensor.Sin(x))).Sum())), "exp"));
        static int Count(string text, string op) => text.Split("= " + op + " ").Length - 1;
        static Graph Inlined(Func<Tensor, Tensor> f)
        {
            Tensor[] Replay(Graph g, Tensor[] args) => g.Interpret(args, t => t, (node, x) => node.Op is Region r ? Replay(r.Body, x) : node.Op.Apply(x));
            var graph = Graph.Of([new(DType.F64, [3])], x => { var (y, g) = ValueAndGrad(f)(x[0]); return [y, g]; });
            return Graph.Of([new(DType.F64, [3])], x => Replay(graph, x));
        }
    }

    [Fact]
    public void A_checkpoint_takes_parameters_from_outside() => Numbers.Near([x * x * 3],
        [Grad((Tensor w) => Checkpoint((Tensor t) => t * w * w)(w).Sum())(x)], 1e-15, "");

    // ---------------------------------------------------------------- effects

    static string[] Printed(Action f)
    {
        var (before, text) = (Console.Out, new StringWriter());
        lock (typeof(Console))
        {
            Console.SetOut(text);
            try { f(); }
            finally { Console.SetOut(before); }
        }
        return [.. text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l.StartsWith("effect", StringComparison.Ordinal))];
    }

    static readonly Func<Tensor, Tensor> Noisy = x =>
    {
        Print("effect", x);
        return Tensor.Sin(x).Sum();
    };

    [Fact]
    public void An_effect_happens_once_under_any_transform()
    {
        var one = Tensor.From(0.5);
        foreach (var f in new Func<Tensor, object>[] { x => Grad(Noisy)(x), x => Grad(Grad(Noisy))(x), x => Jvp(Noisy, x, x), x => Jit(Noisy)(x), x => Jit(Grad(Noisy))(x), x => Grad(Jit(Noisy))(x),
            x => Grad(Checkpoint(Noisy))(x), x => Jit(Grad(Checkpoint(Noisy)))(x), x => Linearize(Noisy, x), x => JacRev(Noisy)(x), x => JacFwd(Noisy)(x), x => Hessian(Noisy)(x) })
            Assert.Single(Printed(() => f(one)));
        Assert.Equal(["effect: [0.5 0.5]"], Printed(() => Vmap(Noisy)(Tensor.From([0.5, 0.5]))));
    }

    static readonly Func<Tensor, Tensor> Checked = x =>
    {
        Check((x > 0).All(), "x must be positive");
        return Tensor.Log(x).Sum();
    };

    [Fact]
    public void A_check_raises_under_any_transform()
    {
        var good = Tensor.From([1.0, 2]);
        foreach (var f in new Func<Tensor, object>[] { x => Checked(x), x => Grad(Checked)(x), x => Jvp(Checked, x, x), x => Jit(Checked)(x), x => Jit(Grad(Checked))(x), x => Grad(Jit(Checked))(x), x => Grad(Checkpoint(Checked))(x), x => Vmap(Checked)(x), x => Jit(Vmap(Grad(Checked)))(x) })
        {
            f(good);
            Assert.StartsWith("Check: x must be positive", Assert.Throws<CheckException>(() => f(Tensor.From([1.0, -2]))).Message);
        }
        Assert.StartsWith("Check: all (false at [1,0])", Assert.Throws<CheckException>(() => Check(Tensor.From([true, true, false, true], 2, 2), "all")).Message);
        Assert.Throws<DTypeException>(() => Check(x, "x"));
    }
}
