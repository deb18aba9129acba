using static StagedDiff.Fn;

namespace StagedDiff.Tests;

public class MinimizeTests
{
    static Tensor Rosenbrock(Tensor x) => (100 * Np.Square(x[1..] - Np.Square(x[..^1])) + Np.Square(1 - x[..^1])).Sum();

    // Moré, Garbow and Hillstrom, Testing unconstrained optimization software (1981): starts, minima, values.
    public static readonly TheoryData<string, Func<Tensor, Tensor>, double[], double[], double> Problems = new()
    {
        { "Rosenbrock", Rosenbrock, [-1.2, 1], [1, 1], 0 },
        { "Rosenbrock of ten", Rosenbrock, [-1.2, 1, -1.2, 1, -1.2, 1, -1.2, 1, -1.2, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 0 },
        { "Beale", x => Np.Square(1.5 - x[0] * (1 - x[1])) + Np.Square(2.25 - x[0] * (1 - x[1] * x[1])) + Np.Square(2.625 - x[0] * (1 - Tensor.Pow(x[1], 3))), [1, 1], [3, 0.5], 0 },
        { "Brown, badly scaled", x => Np.Square(x[0] - 1e6) + Np.Square(x[1] - 2e-6) + Np.Square(x[0] * x[1] - 2), [1, 1], [1e6, 2e-6], 0 },
        { "Wood", x => 100 * Np.Square(x[1] - x[0] * x[0]) + Np.Square(1 - x[0]) + 90 * Np.Square(x[3] - x[2] * x[2]) + Np.Square(1 - x[2]) + 10 * Np.Square(x[1] + x[3] - 2) + 0.1 * Np.Square(x[1] - x[3]), [-3, -1, -3, -1], [1, 1, 1, 1], 0 },
        { "Freudenstein and Roth", x => Np.Square(-13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1]) + Np.Square(-29 + x[0] + ((x[1] + 1) * x[1] - 14) * x[1]), [0.5, -2], [11.412779, -0.896805], 48.9842536792 },
    };

    [Theory, MemberData(nameof(Problems))]
    public void Known_minima_are_found(string name, Func<Tensor, Tensor> f, double[] start, double[] minimum, double value)
    {
        var found = Optim.Minimize(f, Tensor.From(start), 500, 1e-9);
        Assert.True(found.Converged, $"{name}: {found}");
        Near.Equal(minimum, found.Parameters.ToArray<double>(), 1e-6);
        Near.Equal([value], [(double)found.Value], 1e-9);
        Near.Equal(f(found.Parameters).ToArray<double>(), found.Value.ToArray<double>(), 0);
        Near.Equal(Grad(f)(found.Parameters).ToArray<double>(), found.Gradient.ToArray<double>(), 0);
        Assert.InRange(found.Evaluations, found.Steps + 1, 3 * found.Steps + 20);
        Near.Equal(minimum, Optim.Minimize(Jit(f), Tensor.From(start), 500, 1e-9).Parameters.ToArray<double>(), 1e-6);
    }

    // A convex problem: Newton's method on the same loss is the reference.
    [Fact]
    public void A_regression_over_a_tree_agrees_with_Newtons_method()
    {
        var x = Rng.Normal(Rng.Key(1), [60, 3], DType.F64);
        var y = (x.Sum(1) + Rng.Normal(Rng.Key(2), [60], DType.F64) > 0.3).Cast(DType.F64);
        Tensor Loss((Tensor W, Tensor B, int Size) m) => Losses.BinaryCrossEntropyWithLogits(x.MatMul(m.W) + m.B, y).Mean() + 0.01 * Np.Square(m.W).Sum();
        var found = Optim.Minimize<(Tensor W, Tensor B, int Size)>(Loss, (Tensor.Zeros([3], DType.F64), Tensor.From(0.0), 3), tolerance: 1e-10);
        Assert.True(found.Converged && found.Steps < 40, $"{found}");
        Assert.Equal(3, found.Parameters.Size);

        // As near as the digits of an F32 bias let it come, and no further.
        var coarse = Optim.Minimize<(Tensor W, Tensor B, int Size)>(Loss, (Tensor.Zeros([3], DType.F64), 0f, 3), tolerance: 1e-12);
        Assert.True(!coarse.Converged && coarse.Evaluations < 300 && Tree.Norm(coarse.Gradient).Item<double>() < 1e-6, $"{coarse}");

        Tensor Flat(Tensor p) => Loss((p[..3], p[3], 3));
        var p = Tensor.Zeros([4], DType.F64);
        for (int i = 0; i < 20; i++) p -= Linalg.Solve(Hessian(Flat)(p), Grad(Flat)(p));
        Near.Equal(p.ToArray<double>(), [.. found.Parameters.W.ToArray<double>(), (double)found.Parameters.B], 1e-8);
    }

    /// <summary>Every step that is taken keeps both conditions, from any slope and first step.</summary>
    [Theory]
    [InlineData(1e-3)]
    [InlineData(0.1)]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(1e3)]
    public void A_search_keeps_Wolfes_conditions(double first)
    {
        // Moré and Thuente (1994), functions 1, 2 and 3; one with a wall; one that falls for long.
        Func<double, double>[] functions =
        [
            a => -a / (a * a + 2), a => Math.Pow(a + 0.004, 5) - 2 * Math.Pow(a + 0.004, 4), a => (a <= 0.99 ? 1 - a : a >= 1.01 ? a - 1 : (a - 1) * (a - 1) / 0.02 + 0.005) + 1.98 / (39 * Math.PI) * Math.Sin(39 * Math.PI / 2 * a),
            a => a < 3 ? -a - Math.Log(3 - a) / 10 : double.NaN, a => Math.Sqrt(1 + (a - 500) * (a - 500)),
        ];
        for (int i = 0; i < functions.Length; i++)
        {
            var (f, count) = (functions[i], 0);
            Trial<int> At(double a) => new(a, f(a), (f(a + 1e-7) - f(a - 1e-7)) / 2e-7, count++);
            var start = At(0);
            var end = new Wolfe<int>(At, start, 0).Search(first)!.Value;
            Assert.True(end.Value <= start.Value + Wolfe<int>.Decrease * end.Step * start.Slope, $"function {i + 1}: {end} after {count} from {start}");
            Assert.True(Math.Abs(end.Slope) <= -Wolfe<int>.Curvature * start.Slope, $"function {i + 1}: {end} after {count} from {start}");
            Assert.InRange(count, 2, 30);
        }
    }

    [Fact]
    public void It_ends_where_it_must()
    {
        Tensor Bowl(Tensor x) => Np.Square(x - 3).Sum();
        Assert.Equal((0, 1, true), Optim.Minimize(Bowl, Tensor.From([3.0, 3])) is var at ? (at.Steps, at.Evaluations, at.Converged) : default);
        Assert.Equal((0, false), Optim.Minimize(Bowl, Tensor.From([1.0]), maxSteps: 0) is var none ? (none.Steps, none.Converged) : default);
        Assert.True(Optim.Minimize(Bowl, Tensor.From([1f, 9]), tolerance: 0) is { Steps: < 20 } f32 && Np.Abs(f32.Parameters - 3).Max().Item<float>() < 1e-5);
        // No least value: it says so, and how far it came.
        var slope = Optim.Minimize(x => -x.Sum(), Tensor.From([1.0]), maxSteps: 5);
        Assert.True(!slope.Converged && (double)slope.Value < -1e6);
        Assert.StartsWith("Minimize: expected a function that is a number at the start, got nan.", Assert.Throws<ArgumentException>(() => Optim.Minimize(x => Np.Log(x).Sum(), Tensor.From([-1.0]))).Message);
        Assert.StartsWith("Minimize: it looks at values, and there are none while a function is traced.", Assert.Throws<StagingException>(() => Jit((Tensor x) => Optim.Minimize(Bowl, x).Parameters)(Tensor.From([1.0]))).Message);
        Assert.StartsWith("Lbfgs: expected to remember at least one change, got 0.", Assert.Throws<ArgumentOutOfRangeException>(() => Optim.Minimize(Bowl, Tensor.From([1.0]), memory: 0)).Message);
        // A function of a quotient whose derivative is looked for: the minimum of (x − a)² moves with a.
        Near.Equal([1], [(double)Grad(a => Optim.Minimize(x => Np.Square(x - a), Tensor.From(0.5)).Parameters)(Tensor.From(2.0))], 1e-9);
    }
}
