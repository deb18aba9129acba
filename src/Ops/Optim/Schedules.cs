namespace StagedDiff;

/// <summary>
/// Rates as functions of how many updates were made before, an I32 scalar that may be traced: for the learning rate of an optimiser. Computed in F64.
/// </summary>
public static class Schedules
{
    /// <summary>The same at all steps.</summary>
    /// <remarks>Follows optax.constant_schedule.</remarks>
    public static Func<Tensor, Tensor> Constant(double value) => _ => Optim.Wide(value);

    /// <summary>In steps: times each scale from its boundary on.</summary>
    /// <param name="init">The value before the first boundary.</param>
    /// <param name="scales">Boundaries, and what the value is multiplied by from there on.</param>
    /// <remarks>Follows optax.piecewise_constant_schedule.</remarks>
    public static Func<Tensor, Tensor> PiecewiseConstant(double init, IReadOnlyDictionary<int, double> scales) => count =>
        scales.OrderBy(s => s.Key).Aggregate(Optim.Wide(init), (y, s) => y * Np.Where(count < s.Key, Optim.Wide(1), s.Value));

    /// <summary>Along a straight line, and then the same.</summary>
    /// <param name="init">The value up to <paramref name="delay"/>.</param>
    /// <param name="last">The value from delay + steps on.</param>
    /// <param name="steps">How long the line is; with 0 it stays at init.</param>
    /// <param name="delay">When it begins.</param>
    /// <remarks>Follows optax.linear_schedule.</remarks>
    public static Func<Tensor, Tensor> Linear(double init, double last, int steps, int delay = 0) => Polynomial(init, last, 1, steps, delay);

    /// <summary>(init − last)·(1 − t)^power + last, where t goes from 0 to 1.</summary>
    /// <param name="init">The value up to <paramref name="delay"/>.</param>
    /// <param name="last">The value from delay + steps on.</param>
    /// <param name="power">Of the polynomial.</param>
    /// <param name="steps">How long t takes; with 0 it stays at init.</param>
    /// <param name="delay">When it begins.</param>
    /// <remarks>Follows optax.polynomial_schedule.</remarks>
    public static Func<Tensor, Tensor> Polynomial(double init, double last, double power, int steps, int delay = 0) => steps <= 0 ? Constant(init) : count =>
    {
        var left = 1 - Wide(Np.Clip(count - Math.Max(0, delay), 0, steps)) / steps;
        return (init - last) * (power == 1 ? left : Tensor.Pow(left, power)) + last;
    };

    /// <summary>init·rate^(t/steps).</summary>
    /// <param name="init">The value up to <paramref name="delay"/>.</param>
    /// <param name="steps">In how many steps it is multiplied by <paramref name="rate"/>; with 0 it stays at init.</param>
    /// <param name="rate">What it is multiplied by; with 0 it stays at init.</param>
    /// <param name="delay">When it begins.</param>
    /// <param name="staircase">Whether it falls at whole multiples of steps alone.</param>
    /// <param name="limit">Where it stops: from above for a rate below 1, else from below. Null: nowhere.</param>
    /// <remarks>Follows optax.exponential_decay.</remarks>
    public static Func<Tensor, Tensor> Exponential(double init, int steps, double rate, int delay = 0, bool staircase = false, double? limit = null) => steps <= 0 || rate == 0 ? Constant(init) : count =>
    {
        var t = Tensor.Maximum(Wide(count - Math.Max(0, delay)), 0) / steps;
        var y = init * Tensor.Pow(rate, staircase ? Tensor.Floor(t) : t);
        return limit is not { } stop ? y : rate < 1 ? Tensor.Maximum(y, stop) : Tensor.Minimum(y, stop);
    };

    /// <summary>Along half a wave of the cosine, from init to alpha·init, and then the same.</summary>
    /// <param name="init">The value at first.</param>
    /// <param name="steps">How long it falls.</param>
    /// <param name="alpha">What part of init is left.</param>
    /// <param name="exponent">Of the wave.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no steps.</exception>
    /// <remarks>init·((1 − alpha)·((1 + cos πt)/2)^exponent + alpha). Loshchilov and Hutter, SGDR (2017). Follows optax.cosine_decay_schedule.</remarks>
    public static Func<Tensor, Tensor> CosineDecay(double init, int steps, double alpha = 0, double exponent = 1)
    {
        CheckSteps("CosineDecay", steps);
        return count =>
        {
            var wave = 0.5 * (1 + Tensor.Cos(Math.PI * Tensor.Minimum(Wide(count), steps) / steps));
            return init * ((1 - alpha) * (exponent == 1 ? wave : Tensor.Pow(wave, exponent)) + alpha);
        };
    }

    /// <summary>Up along a straight line, and then the same.</summary>
    /// <param name="init">The value at first.</param>
    /// <param name="peak">The value from warmupSteps on.</param>
    /// <param name="warmupSteps">How long it rises.</param>
    /// <remarks>Follows optax.warmup_constant_schedule.</remarks>
    public static Func<Tensor, Tensor> WarmupConstant(double init, double peak, int warmupSteps) => Linear(init, peak, warmupSteps);

    /// <summary>Up along a straight line, and down along half a wave of the cosine.</summary>
    /// <param name="init">The value at first.</param>
    /// <param name="peak">The value at warmupSteps.</param>
    /// <param name="warmupSteps">How long it rises.</param>
    /// <param name="decaySteps">When it ends, the warm-up included.</param>
    /// <param name="last">The value then.</param>
    /// <param name="exponent">Of the wave.</param>
    /// <exception cref="ArgumentOutOfRangeException">Nothing is left after the warm-up.</exception>
    /// <remarks>Follows optax.warmup_cosine_decay_schedule.</remarks>
    public static Func<Tensor, Tensor> WarmupCosine(double init, double peak, int warmupSteps, int decaySteps, double last = 0, double exponent = 1) =>
        Join([Linear(init, peak, warmupSteps), CosineDecay(peak, decaySteps - warmupSteps, peak == 0 ? 0 : last / peak, exponent)], [warmupSteps]);

    /// <summary>Up along a straight line, and then as <see cref="Exponential"/>.</summary>
    /// <param name="init">The value at first.</param>
    /// <param name="peak">The value at warmupSteps.</param>
    /// <param name="warmupSteps">How long it rises.</param>
    /// <param name="steps">In how many steps it is multiplied by <paramref name="rate"/>.</param>
    /// <param name="rate">What it is multiplied by.</param>
    /// <param name="delay">When it begins to fall, after the warm-up.</param>
    /// <param name="staircase">Whether it falls at whole multiples of steps alone.</param>
    /// <param name="limit">Where it stops; null: nowhere.</param>
    /// <remarks>Follows optax.warmup_exponential_decay_schedule.</remarks>
    public static Func<Tensor, Tensor> WarmupExponential(double init, double peak, int warmupSteps, int steps, double rate, int delay = 0, bool staircase = false, double? limit = null) =>
        Join([Linear(init, peak, warmupSteps), Exponential(peak, steps, rate, delay, staircase, limit)], [warmupSteps]);

    /// <summary>Warm restarts: from init down along half a wave of the cosine, again and again.</summary>
    /// <param name="init">The value at each start.</param>
    /// <param name="steps">How long the first fall is.</param>
    /// <param name="restarts">How many times it starts again after that; the last fall ends at alpha·init.</param>
    /// <param name="stretch">How much longer each fall is than the one before.</param>
    /// <param name="alpha">What part of init is left.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no steps.</exception>
    /// <remarks>Loshchilov and Hutter, SGDR (2017): stretch is their T_mult. As optax.sgdr_schedule without warm-ups.</remarks>
    public static Func<Tensor, Tensor> WarmRestarts(double init, int steps, int restarts, double stretch = 1, double alpha = 0)
    {
        CheckSteps("WarmRestarts", steps);
        int[] lengths = [.. Enumerable.Range(0, restarts + 1).Select(k => Math.Max(1, (int)Math.Round(steps * Math.Pow(stretch, k))))];
        int[] ends = [.. lengths.Select((_, k) => lengths[..(k + 1)].Sum())];
        return Join([.. lengths.Select(n => CosineDecay(init, n, alpha))], ends[..^1]);
    }

    /// <summary>One cycle: up along a straight line, down along another as far as it began, and further down along a third.</summary>
    /// <param name="steps">How long it is in all.</param>
    /// <param name="peak">The greatest value.</param>
    /// <param name="start">When the peak is, as a part of the steps.</param>
    /// <param name="final">When the last line begins, as a part of the steps.</param>
    /// <param name="divisor">The first value is peak/divisor.</param>
    /// <param name="finalDivisor">The last value is the first one divided by this.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no steps.</exception>
    /// <remarks>Smith and Topin, Super-convergence (2018). Follows optax.linear_onecycle_schedule.</remarks>
    public static Func<Tensor, Tensor> LinearOneCycle(int steps, double peak, double start = 0.3, double final = 0.85, double divisor = 25, double finalDivisor = 1e4)
    {
        CheckSteps("LinearOneCycle", steps);
        return Between((a, b, t) => (b - a) * t + a, (0, peak / divisor), ((int)(start * steps), peak), ((int)(final * steps), peak / divisor), (steps, peak / divisor / finalDivisor));
    }

    /// <summary>One cycle: up along half a wave of the cosine, and down along another.</summary>
    /// <param name="steps">How long it is in all.</param>
    /// <param name="peak">The greatest value.</param>
    /// <param name="start">When the peak is, as a part of the steps.</param>
    /// <param name="divisor">The first value is peak/divisor.</param>
    /// <param name="finalDivisor">The last value is the first one divided by this.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no steps.</exception>
    /// <remarks>Follows optax.cosine_onecycle_schedule, and torch.optim.lr_scheduler.OneCycleLR.</remarks>
    public static Func<Tensor, Tensor> CosineOneCycle(int steps, double peak, double start = 0.3, double divisor = 25, double finalDivisor = 1e4)
    {
        CheckSteps("CosineOneCycle", steps);
        return Between((a, b, t) => b + (a - b) / 2 * (Tensor.Cos(Math.PI * t) + 1), (0, peak / divisor), ((int)(start * steps), peak), (steps, peak / divisor / finalDivisor));
    }

    /// <summary>One schedule after another; each counts from its own beginning.</summary>
    /// <param name="schedules">In order.</param>
    /// <param name="boundaries">When the second begins, the third, …</param>
    /// <exception cref="ArgumentException">There is not one boundary less than schedules, or they do not rise.</exception>
    /// <remarks>Follows optax.join_schedules.</remarks>
    public static Func<Tensor, Tensor> Join(IReadOnlyList<Func<Tensor, Tensor>> schedules, IReadOnlyList<int> boundaries)
    {
        if (schedules.Count != boundaries.Count + 1 || boundaries.Zip(boundaries.Skip(1)).Any(b => b.First > b.Second))
            throw new ArgumentException($"Join: expected rising boundaries between {schedules.Count} schedules, got {string.Join(", ", boundaries)}.{Caller.Line()}");
        return count =>
        {
            var y = schedules[0](count);
            for (int i = 0; i < boundaries.Count; i++) y = Np.Where(count < boundaries[i], y, schedules[i + 1](count - boundaries[i]));
            return y;
        };
    }

    /// <summary>Between points by a curve; before the first and after the last, their values.</summary>
    static Func<Tensor, Tensor> Between(Func<double, double, Tensor, Tensor> curve, params (int At, double Value)[] points) => count =>
    {
        var y = Optim.Wide(points[0].Value);
        for (int i = 1; i < points.Length; i++)
        {
            var (from, to) = (points[i - 1], points[i]);
            var t = Wide(count - from.At) / Math.Max(1, to.At - from.At);
            y = Np.Where(count < from.At, y, Np.Where(count < to.At, curve(from.Value, to.Value, t), to.Value));
        }
        return y;
    };

    static Tensor Wide(Tensor count) => count.Cast(DType.F64);

    static void CheckSteps(string name, int steps)
    {
        if (steps <= 0) throw new ArgumentOutOfRangeException(nameof(steps), $"{name}: expected at least one step, got {steps}.{Caller.Line()}");
    }
}
