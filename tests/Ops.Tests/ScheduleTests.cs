namespace StagedDiff.Tests;

/// <summary>Schedules: optax's formulas in plain arithmetic.</summary>
public class ScheduleTests
{
    static void Expect(Func<Tensor, Tensor> schedule, params (int Step, double Value)[] points)
    {
        var jitted = Fn.Jit((Tensor t) => schedule(t));
        foreach (var (step, value) in points)
        {
            Near.Equal([value], [(double)schedule(Tensor.From(step))], 1e-14);
            Assert.Equal((double)schedule(Tensor.From(step)), (double)jitted(Tensor.From(step)));
            Assert.Equal(new TensorType(DType.F64, []), jitted(Tensor.From(step)).Type);
        }
    }

    static double Wave(double t) => (1 + Math.Cos(Math.PI * t)) / 2;

    [Fact]
    public void Constant_and_in_steps()
    {
        Expect(Schedules.Constant(0.3), (0, 0.3), (100, 0.3));
        Expect(Schedules.PiecewiseConstant(1, new Dictionary<int, double> { [10] = 0.1, [5] = 0.5 }), (0, 1), (4, 1), (5, 0.5), (9, 0.5), (10, 0.05), (99, 0.05));
    }

    [Fact]
    public void Lines_and_powers()
    {
        Expect(Schedules.Linear(1, 0.5, 10, delay: 2), (0, 1), (2, 1), (7, 0.75), (12, 0.5), (50, 0.5));
        Expect(Schedules.Polynomial(1, 0, 2, 10), (0, 1), (5, 0.25), (10, 0), (11, 0));
        Expect(Schedules.Linear(1, 0.5, 0), (0, 1), (5, 1));
    }

    [Fact]
    public void Exponentials()
    {
        Expect(Schedules.Exponential(1, 10, 0.5), (0, 1), (5, Math.Sqrt(0.5)), (20, 0.25));
        Expect(Schedules.Exponential(1, 10, 0.5, delay: 5, staircase: true, limit: 0.3), (0, 1), (14, 1), (15, 0.5), (24, 0.5), (25, 0.3));
        Expect(Schedules.Exponential(1, 10, 2, limit: 3), (10, 2), (20, 3));
    }

    [Fact]
    public void Cosines()
    {
        Expect(Schedules.CosineDecay(2, 10), (0, 2), (5, 1), (10, 0), (11, 0), (3, 2 * Wave(0.3)));
        Expect(Schedules.CosineDecay(2, 10, alpha: 0.1, exponent: 2), (3, 2 * (0.9 * Wave(0.3) * Wave(0.3) + 0.1)), (10, 0.2));
        Assert.StartsWith("CosineDecay: expected at least one step, got 0.", Assert.Throws<ArgumentOutOfRangeException>(() => Schedules.CosineDecay(1, 0)).Message);
    }

    [Fact]
    public void Warm_ups()
    {
        Expect(Schedules.WarmupConstant(0, 1, 4), (0, 0), (1, 0.25), (4, 1), (9, 1));
        Expect(Schedules.WarmupCosine(0, 1, 4, 14, last: 0.1), (0, 0), (2, 0.5), (4, 1), (7, 0.9 * Wave(0.3) + 0.1), (14, 0.1), (20, 0.1));
        Expect(Schedules.WarmupExponential(0, 1, 4, 10, 0.5), (2, 0.5), (4, 1), (14, 0.5));
    }

    [Fact]
    public void Warm_restarts() =>
        Expect(Schedules.WarmRestarts(1, 10, restarts: 2, stretch: 2), (0, 1), (5, 0.5), (9, Wave(0.9)), (10, 1), (20, 0.5), (29, Wave(0.95)), (30, 1), (50, 0.5), (70, 0), (99, 0));

    // optax.linear_onecycle_schedule(100, 1): 0.04 → 1 at 30 → 0.04 at 85 → 4e-6 at 100.
    [Fact]
    public void One_cycles()
    {
        Expect(Schedules.LinearOneCycle(100, 1), (0, 0.04), (15, 0.52), (30, 1), (85, 0.04), (100, 4e-6), (200, 4e-6));
        Expect(Schedules.CosineOneCycle(100, 1), (0, 0.04), (15, 0.52), (30, 1), (65, (1 + 4e-6) / 2), (100, 4e-6));
    }

    [Fact]
    public void Schedules_follow_each_other()
    {
        Expect(Schedules.Join([Schedules.Constant(3), Schedules.Linear(1, 0, 2)], [5]), (4, 3), (5, 1), (6, 0.5), (7, 0));
        Assert.StartsWith("Join: expected rising boundaries between 1 schedules, got 5.", Assert.Throws<ArgumentException>(() => Schedules.Join([Schedules.Constant(3)], [5])).Message);
    }
}
