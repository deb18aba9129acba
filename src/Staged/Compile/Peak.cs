using System.Diagnostics;
using System.Linq.Expressions;
using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

/// <summary>What one core does at most: F32 multiply-adds in registers, measured when first asked for.</summary>
static class Peak
{
    // Twelve chains: enough for two units of five cycles, few enough for sixteen registers.
    const int Chains = 12, Steps = 20_000, Rounds = 20;

    /// <summary>Operations a second; a multiply-add counts as two.</summary>
    public static double Flops { get; } = Measured();

    static double Measured()
    {
        var lanes = Lanes.Best;
        var run = Loop(lanes);
        double best = double.PositiveInfinity;
        for (int i = 0; i < Rounds; i++)
        {
            long start = Stopwatch.GetTimestamp();
            run(Steps);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return 2.0 * lanes.Count * Chains * Steps / best;
    }

    static Func<long, float> Loop(Lanes lanes)
    {
        DType[] types = [DType.F32, DType.F32, DType.F32];
        var (n, done) = (E.Parameter(typeof(long)), E.Label());
        var half = lanes.Literal(DType.F32, BitConverter.DoubleToInt64Bits(0.5));
        ParameterExpression x = E.Variable(lanes.Register(DType.F32)), sum = E.Variable(x.Type);
        ParameterExpression[] chains = [.. Enumerable.Range(0, Chains).Select(_ => E.Variable(x.Type))];
        var step = chains.Select(c => E.Assign(c, lanes.Apply(Fun.Fma, DType.F32, types, [[c], [x], [x]])[0]));
        return E.Lambda<Func<long, float>>(E.Block([x, sum, .. chains],
            [
                E.Assign(x, half[0]),
                .. chains.Select(c => E.Assign(c, x)),
                E.Loop(E.Block([.. step, E.SubtractAssign(n, E.Constant(1L)), E.IfThen(E.LessThanOrEqual(n, E.Constant(0L)), E.Break(done))]), done),
                E.Assign(sum, x),
                .. chains.Select(c => E.Assign(sum, lanes.Combine(FoldKind.Sum, DType.F32, sum, c))),
                lanes.FoldLanes(FoldKind.Sum, DType.F32, sum),
            ]), "peak", [n]).Compile();
    }
}
