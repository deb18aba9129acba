namespace StagedDiff;

// Cells: from a state and an input to the next state. Run unrolls them over a sequence, so that a jitted step holds each of its places.
public static partial class Nn
{
    /// <summary>A function of a state and an input, over a sequence: the states' way, and where it ends.</summary>
    /// <param name="step">From state and input to the next state, and what comes out.</param>
    /// <param name="state">Before the first input: any tree.</param>
    /// <param name="xs">[time, …].</param>
    /// <param name="reverse">Whether to go from the last to the first; what comes out stands at its input's place.</param>
    /// <returns>[time, …] of what came out, and the state after the last step.</returns>
    /// <exception cref="ShapeException">There is no axis, or nothing along it.</exception>
    /// <remarks>Unrolled: each step is traced. Follows jax.lax.scan with unroll.</remarks>
    public static (Tensor Ys, S State) Unroll<S>(Func<S, Tensor, (S State, Tensor Y)> step, S state, Tensor xs, bool reverse = false)
    {
        if (xs.Rank == 0 || xs.Shape[0] == 0) throw new ShapeException($"Unroll: expected inputs [time,…] with one at least, got {xs.Type}.{Caller.Line()}");
        var ys = new Tensor[xs.Shape[0]];
        for (int i = 0; i < ys.Length; i++)
        {
            int t = reverse ? ys.Length - 1 - i : i;
            (state, ys[t]) = step(state, xs[t]);
        }
        return (Np.Stack(ys), state);
    }

    /// <summary>The plain recurrent cell: tanh(x·W + h·U + B).</summary>
    /// <param name="W">[inputs, size].</param>
    /// <param name="U">[size, size].</param>
    /// <param name="B">[size].</param>
    /// <remarks>Elman (1990). Follows torch.nn.RNNCell, whose two biases are added here.</remarks>
    public sealed record Rnn(Tensor W, Tensor U, Tensor B)
    {
        /// <summary>All uniform on ±1/√size, as in PyTorch.</summary>
        public static Rnn Init(Tensor key, int inputs, int size, DType dtype = DType.F32) => Cell(key, inputs, size, 1, dtype) is var (w, u, b) ? new(w, u, b) : null!;

        /// <summary>[b…, inputs] and h [b…, size] → h [b…, size].</summary>
        public Tensor Step(Tensor h, Tensor x) => Tanh(x.MatMul(W) + h.MatMul(U) + B);

        /// <summary>Over [time, b…, inputs]: all h [time, b…, size], and the last.</summary>
        /// <param name="xs">[time, b…, inputs].</param>
        /// <param name="state">h at first; null for 0.</param>
        /// <param name="reverse">Whether to go from the last to the first.</param>
        public (Tensor Ys, Tensor State) Run(Tensor xs, Tensor? state = null, bool reverse = false) =>
            Unroll((h, x) => Step(h, x) is var next ? (next, next) : default, state ?? Blank(xs, U), xs, reverse);
    }

    /// <summary>
    /// Long short-term memory: of x·W + h·U + B, in four parts, i, f, o = σ and g = tanh; c = f·c + i·g, h = o·tanh c.
    /// </summary>
    /// <param name="W">[inputs, 4·size]: i, f, g, o.</param>
    /// <param name="U">[size, 4·size].</param>
    /// <param name="B">[4·size].</param>
    /// <remarks>Hochreiter and Schmidhuber (1997); Gers et al. (2000). Follows torch.nn.LSTMCell, whose two biases are added here.</remarks>
    public sealed record Lstm(Tensor W, Tensor U, Tensor B)
    {
        /// <summary>All uniform on ±1/√size, as in PyTorch.</summary>
        public static Lstm Init(Tensor key, int inputs, int size, DType dtype = DType.F32) => Cell(key, inputs, size, 4, dtype) is var (w, u, b) ? new(w, u, b) : null!;

        /// <summary>[b…, inputs], h and c [b…, size] → h and c.</summary>
        public (Tensor H, Tensor C) Step((Tensor H, Tensor C) state, Tensor x)
        {
            var z = x.MatMul(W) + state.H.MatMul(U) + B;
            var c = Sigmoid(Part(z, 1, 4)) * state.C + Sigmoid(Part(z, 0, 4)) * Tanh(Part(z, 2, 4));
            return (Sigmoid(Part(z, 3, 4)) * Tanh(c), c);
        }

        /// <summary>Over [time, b…, inputs]: all h [time, b…, size], and the last h and c.</summary>
        /// <param name="xs">[time, b…, inputs].</param>
        /// <param name="state">h and c at first; null for 0.</param>
        /// <param name="reverse">Whether to go from the last to the first.</param>
        public (Tensor Ys, (Tensor H, Tensor C) State) Run(Tensor xs, (Tensor H, Tensor C)? state = null, bool reverse = false) =>
            Unroll((s, x) => Step(s, x) is var next ? (next, next.H) : default, state ?? (Blank(xs, U), Blank(xs, U)), xs, reverse);
    }

    /// <summary>
    /// The gated recurrent unit: of x·W + B and h·U, in three parts, r, z = σ of the sums and n = tanh(xₙ + r·(hₙ + Bn)); h = (1 − z)·n + z·h.
    /// </summary>
    /// <param name="W">[inputs, 3·size]: r, z, n.</param>
    /// <param name="U">[size, 3·size].</param>
    /// <param name="B">[3·size].</param>
    /// <param name="Bn">[size]: inside of what r gates.</param>
    /// <remarks>Cho et al. (2014). Follows torch.nn.GRUCell, whose two biases for r and z are added here.</remarks>
    public sealed record Gru(Tensor W, Tensor U, Tensor B, Tensor Bn)
    {
        /// <summary>All uniform on ±1/√size, as in PyTorch.</summary>
        public static Gru Init(Tensor key, int inputs, int size, DType dtype = DType.F32)
        {
            var keys = Rng.Split(key);
            var (w, u, b) = Cell(keys[0], inputs, size, 3, dtype);
            return new(w, u, b, Rng.Uniform(keys[1], [size], -1 / Math.Sqrt(size), 1 / Math.Sqrt(size), dtype));
        }

        /// <summary>[b…, inputs] and h [b…, size] → h [b…, size].</summary>
        public Tensor Step(Tensor h, Tensor x)
        {
            Tensor a = x.MatMul(W) + B, b = h.MatMul(U);
            var r = Sigmoid(Part(a, 0, 3) + Part(b, 0, 3));
            var z = Sigmoid(Part(a, 1, 3) + Part(b, 1, 3));
            var n = Tanh(Part(a, 2, 3) + r * (Part(b, 2, 3) + Bn));
            return (1 - z) * n + z * h;
        }

        /// <summary>Over [time, b…, inputs]: all h [time, b…, size], and the last.</summary>
        /// <param name="xs">[time, b…, inputs].</param>
        /// <param name="state">h at first; null for 0.</param>
        /// <param name="reverse">Whether to go from the last to the first.</param>
        public (Tensor Ys, Tensor State) Run(Tensor xs, Tensor? state = null, bool reverse = false) =>
            Unroll((h, x) => Step(h, x) is var next ? (next, next) : default, state ?? Blank(xs, U), xs, reverse);
    }

    static (Tensor W, Tensor U, Tensor B) Cell(Tensor key, int inputs, int size, int parts, DType dtype)
    {
        Weights("Cell", inputs, size);
        var keys = Rng.Split(key, 3);
        double bound = 1 / Math.Sqrt(size);
        Tensor Drawn(int i, Shape shape) => Rng.Uniform(keys[i], shape, -bound, bound, dtype);
        return (Drawn(0, [inputs, parts * size]), Drawn(1, [size, parts * size]), Drawn(2, [parts * size]));
    }

    /// <summary>One of several equal parts of the last axis.</summary>
    static Tensor Part(Tensor x, int part, int parts)
    {
        int n = x.Shape[^1] / parts;
        return Prim.Slice(x, x.Rank - 1, part * n, (part + 1) * n);
    }

    /// <summary>A state of zeros for inputs [time, b…, inputs].</summary>
    static Tensor Blank(Tensor xs, Tensor u) => xs.Rank < 2 ? throw new ShapeException($"Run: expected inputs [time,b…,inputs], got {xs.Type}.{Caller.Line()}")
        : Tensor.Zeros([.. xs.Shape.Skip(1).Take(xs.Rank - 2), u.Shape[0]], u.DType);
}
