namespace StagedDiff;

/// <summary>Where <see cref="Optim.Minimize"/> ended.</summary>
/// <param name="Parameters">Of the least value that was found.</param>
/// <param name="Value">That value.</param>
/// <param name="Gradient">The gradient there.</param>
/// <param name="Steps">How many steps were taken.</param>
/// <param name="Evaluations">How often the function and its gradient were computed.</param>
/// <param name="Converged">Whether no element of the gradient is above the tolerance.</param>
public sealed record Minimum<P>(P Parameters, Tensor Value, P Gradient, int Steps, int Evaluations, bool Converged);

public static partial class Optim
{
    /// <summary>
    /// Parameters at which a smooth function is least near a start, by L-BFGS with a line search: for functions without noise, as a loss over a whole data set.
    /// </summary>
    /// <param name="f">A function with a scalar as its value. It is called as it is: <c>Jit(f)</c> runs compiled.</param>
    /// <param name="start">Float tensors are changed; integers, bools and static parts stay as they are.</param>
    /// <param name="maxSteps">How many steps at most.</param>
    /// <param name="tolerance">It ends where no element of the gradient is above this in magnitude.</param>
    /// <param name="memory">How many changes are remembered.</param>
    /// <returns>What was found. It ends before the gradient is small where no step goes down any more: for F32 that may be as far as its digits go.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Nothing is remembered.</exception>
    /// <exception cref="ArgumentException">The function is no number, NaN or infinite, at the start.</exception>
    /// <exception cref="StagingException">A function is being traced, so that values cannot be looked at.</exception>
    /// <remarks>
    /// Nocedal and Wright, Numerical optimization: algorithm 7.5, steps by algorithm 3.5 with Wolfe's strong conditions (10⁻⁴, 0.9). For one step at a time inside
    /// of a traced function there is <see cref="Lbfgs(double, int)"/>.
    /// </remarks>
    public static Minimum<P> Minimize<P>(Func<P, Tensor> f, P start, int maxSteps = 200, double tolerance = 1e-5, int memory = 10)
    {
        var (both, lbfgs, names) = (Fn.ValueAndGrad(f), Lbfgs(1, memory), new Optimizer.Names(() => Tree.Paths(start)));
        int evaluations = 0;
        Point<P> At(Tensor[] all)
        {
            evaluations++;
            var (value, gradient) = both(Tree.Rebuild(start, all));
            if (value.Peek is null) throw new StagingException($"Minimize: it looks at values, and there are none while a function is traced. Call it outside of Jit, or use Optim.Lbfgs.{Caller.Line()}");
            Tensor[] g = Tree.Leaves(gradient);
            return new(all, Array.ConvertAll(all, x => x.DType.IsFloat() ? x.Strong() : null), value, [.. all.Select((x, i) => x.DType.IsFloat() ? g[i].Cast(x.DType) : null)], gradient);
        }

        var now = At(Tree.Leaves(start));
        if (!double.IsFinite(now.Number)) throw new ArgumentException($"Minimize: expected a function that is a number at the start, got {now.Value}.{Caller.Line()}");
        var fresh = lbfgs.Start(now.Floats, names);
        var (state, steps, idle, converged) = (fresh, 0, 0, false);
        while (true)
        {
            converged = now.G.All(g => g is null || g.Size == 0 || (double)Np.Abs(g).Max() <= tolerance);
            if (converged || steps == maxSteps) break;
            (var d, state) = lbfgs.Step(now.G, state, now.Floats, names);
            Trial<Point<P>> Along(double step)
            {
                var factor = Tensor.Literal(DType.F64, step);
                var to = step == 0 ? now : At([.. now.All.Select((x, i) => d[i] is { } u ? now.Floats[i]! + factor.Cast(u.DType) * u : x)]);
                return new(step, to.Number, (double)Dot(to.G, d), to);
            }
            var begin = Along(0);
            var noise = 4 * Math.ScaleB(Math.Abs(now.Number), now.Value.DType == DType.F64 ? -52 : -23);
            if (idle < 5 && begin.Slope < 0 && new Wolfe<Point<P>>(Along, begin, noise).Search() is { } next)
            {
                // Below the rounding of values the gradient may still fall, for a while.
                idle = next.Value < now.Number - noise ? 0 : idle + 1;
                now = next.Found;
                steps++;
            }
            // What is remembered may mislead: once more along the gradient alone, and then there is no way down.
            else if (idle < 5 && state.Step.Item<int>() > 1) state = fresh;
            else break;
        }
        return new(Tree.Rebuild(start, now.All), now.Value, now.Gradient, steps, evaluations, converged);
    }

    /// <summary>A place: all leaves, those that are floats, the value, its gradient as leaves and as a tree.</summary>
    sealed record Point<P>(Tensor[] All, Tensor?[] Floats, Tensor Value, Tensor?[] G, P Gradient)
    {
        public double Number { get; } = (double)Value;
    }
}
