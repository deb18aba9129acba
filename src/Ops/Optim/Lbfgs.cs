namespace StagedDiff;

public static partial class Optim
{
    /// <summary>
    /// L-BFGS: a step along −H·g, where H is the inverse of the second derivative as the last changes of parameters and gradients tell it. For gradients
    /// without noise; there is no line search: <see cref="Minimize"/> has one.
    /// </summary>
    /// <param name="learningRate">1 for the whole step.</param>
    /// <param name="memory">How many changes are remembered.</param>
    /// <exception cref="ArgumentOutOfRangeException">Nothing is remembered.</exception>
    /// <remarks>
    /// Nocedal and Wright, Numerical optimization, algorithm 7.4, with H₀ = (s·y)/(y·y) and at first min(1, 1/|g|). Follows optax.lbfgs with linesearch none.
    /// Slots: Parameters and Gradients of the last step; S and Y, their changes, [memory, …], the last one last.
    /// </remarks>
    public static Optimizer Lbfgs(double learningRate = 1, int memory = 10) => Lbfgs(_ => learningRate, memory);

    /// <summary>L-BFGS at a rate that changes.</summary>
    /// <inheritdoc cref="Lbfgs(double, int)"/>
    public static Optimizer Lbfgs(Func<Tensor, Tensor> learningRate, int memory = 10)
    {
        if (memory < 1) throw new ArgumentOutOfRangeException(nameof(memory), $"Lbfgs: expected to remember at least one change, got {memory}.{Caller.Line()}");
        return new(Start, Step);

        OptState Start(Tensor?[] p, Optimizer.Names names) => new(Optimizer.First,
            [.. new[] { "Parameters", "Gradients" }.Select(n => new OptSlot(n, Mapped(p, x => Tensor.ZerosLike(x)))),
                .. new[] { "S", "Y" }.Select(n => new OptSlot(n, Mapped(p, x => Tensor.Zeros([memory, .. x.Shape], x.DType))))], []);

        (Tensor?[], OptState) Step(Tensor?[] g, OptState state, Tensor?[] p, Optimizer.Names names)
        {
            Optimizer.Check(state, p, 0, "Parameters", "Gradients", "S", "Y");
            var some = state.Step > 0;
            Tensor?[] Kept(int slot, Tensor?[] now) => [.. state.Slots[slot + 2].Leaves.Select((all, i) => all is null ? null
                : Np.Concatenate([all[1..], Np.Where(some, now[i]! - state.Slots[slot].Leaves[i]!, 0).Unsqueeze(0)]))];
            Tensor?[] s = Kept(0, p), y = Kept(1, g);
            Tensor?[] At(Tensor?[] all, int k) => Mapped(all, x => x[k]);
            // Of pairs that are not there yet s·y is 0, and so is what they add.
            var pairs = Enumerable.Range(0, memory).Select(k => (S: At(s, k), Y: At(y, k))).Select(v => (v.S, v.Y, Weight: Inverse(Dot(v.S, v.Y), 0))).ToArray();

            var d = g;
            var along = new Tensor[memory];
            for (int k = memory - 1; k >= 0; k--)
            {
                along[k] = pairs[k].Weight * Dot(pairs[k].S, d);
                d = Plus(d, -along[k], pairs[k].Y);
            }
            var (last, norm) = (pairs[^1], GlobalNorm(g));
            var first = Np.Where(norm > 1, 1 / norm, 1);
            var scale = Np.Where(some, Np.Where(Dot(last.Y, last.Y) > 0, Dot(last.S, last.Y) * Inverse(Dot(last.Y, last.Y), 1), 1), first);
            d = Mapped(d, x => scale.Cast(x.DType) * x);
            for (int k = 0; k < memory; k++) d = Plus(d, along[k] - pairs[k].Weight * Dot(pairs[k].Y, d), pairs[k].S);

            var back = -Rate(learningRate, state.Step);
            return (Mapped(d, x => back.Cast(x.DType) * x), new(state.Step + 1, [new("Parameters", p), new("Gradients", g), new("S", s), new("Y", y)], []));
        }
    }

    static Tensor Dot(Tensor?[] a, Tensor?[] b) => a.Zip(b).Aggregate(Wide(0), (sum, x) => x.First is null ? sum : sum + (x.First * x.Second!).Sum().Cast(DType.F64));

    static Tensor?[] Plus(Tensor?[] a, Tensor factor, Tensor?[] b) => [.. a.Select((x, i) => x is null ? null : x + factor.Cast(x.DType) * b[i]!)];

    /// <summary>1/x, or another number where x is 0.</summary>
    static Tensor Inverse(Tensor x, double otherwise) => Np.Where(Tensor.Equal(x, 0), otherwise, 1 / Np.Where(Tensor.Equal(x, 0), 1, x));
}
