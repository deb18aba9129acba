namespace StagedDiff;

/// <summary>A step along a direction, the value and the slope there, and what else was computed.</summary>
readonly record struct Trial<T>(double Step, double Value, double Slope, T Found);

/// <summary>
/// A search along a line for a step that keeps Wolfe's strong conditions: the value falls by a part of what the slope promises, and the slope is nearer to 0.
/// Nocedal and Wright, Numerical optimization, algorithms 3.5 and 3.6.
/// </summary>
/// <param name="At">The trial of a step.</param>
/// <param name="Start">The trial of step 0, with a slope below 0.</param>
/// <param name="Noise">What two values of the function may differ by rounding.</param>
sealed record Wolfe<T>(Func<double, Trial<T>> At, Trial<T> Start, double Noise)
{
    public const double Decrease = 1e-4, Curvature = 0.9;
    const int most = 30;

    /// <summary>The trial found; null where no step goes down.</summary>
    public Trial<T>? Search(double first = 1)
    {
        var last = Start;
        double step = first;
        for (int i = 0; i < most; i++, step *= 2)
        {
            var now = At(step);
            if (Kept(now)) return now;
            if (!Falls(now) || i > 0 && now.Value >= last.Value) return Zoom(last, now);
            if (now.Slope >= 0) return Zoom(now, last);
            last = now;
        }
        return last;
    }

    bool Kept(Trial<T> t) => Falls(t) && Math.Abs(t.Slope) <= -Curvature * Start.Slope;

    // Where the change is lost in rounding, by slopes: Hager and Zhang (2005), equation 23.
    bool Falls(Trial<T> t) => t.Value <= Start.Value + Decrease * t.Step * Start.Slope
        || Math.Abs(t.Value - Start.Value) <= Noise && t.Slope <= (2 * Decrease - 1) * Start.Slope;

    /// <summary>Between a step that falls, the lowest of these so far, and one behind which there is a minimum on this side.</summary>
    Trial<T>? Zoom(Trial<T> low, Trial<T> high)
    {
        for (int i = 0; i < most; i++)
        {
            double step = Between(low, high);
            if (step == low.Step || step == high.Step) break;
            var now = At(step);
            if (Kept(now)) return now;
            if (!Falls(now) || now.Value >= low.Value) high = now;
            else
            {
                if (now.Slope * (high.Step - low.Step) >= 0) high = low;
                low = now;
            }
        }
        return low.Step > 0 ? low : null;
    }

    /// <summary>Where the cubic through both values and slopes is least, not too near to either; the middle where there is none.</summary>
    static double Between(Trial<T> a, Trial<T> b)
    {
        double width = b.Step - a.Step, middle = a.Step + 0.5 * width;
        double d1 = a.Slope + b.Slope - 3 * (b.Value - a.Value) / width, square = d1 * d1 - a.Slope * b.Slope;
        if (!(square >= 0)) return middle;
        double d2 = Math.CopySign(Math.Sqrt(square), width), at = (b.Slope + d2 - d1) / (b.Slope - a.Slope + 2 * d2);
        return double.IsFinite(at) ? b.Step - width * Math.Clamp(at, 0.1, 0.9) : middle;
    }
}
