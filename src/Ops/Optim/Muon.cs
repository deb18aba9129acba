namespace StagedDiff;

public static partial class Optim
{
    /// <summary>
    /// Muon: a matrix steps along the orthogonal matrix nearest to its momentum, so along all directions alike: p − rate·√max(1, out/in)·orth(m̂). What is no
    /// matrix steps by AdamW that looks ahead.
    /// </summary>
    /// <param name="learningRate">How far to go, for matrices [in, out] and for the others.</param>
    /// <param name="beta">How much of the momentum stays.</param>
    /// <param name="steps">How many steps of Newton and Schulz make the matrix nearly orthogonal: singular values between 0.7 and 1.2 after 5.</param>
    /// <param name="eps">Added to the norm by which a matrix is divided before, and outside of AdamW's root.</param>
    /// <param name="nesterov">Whether momenta look ahead.</param>
    /// <param name="weightDecay">How much of a matrix goes at each step, times the rate.</param>
    /// <param name="matrices">Whether the matrix of a path of <see cref="Tree.Paths"/> is treated as one; null for all. Embeddings and heads are better left out.</param>
    /// <remarks>Jordan et al., Muon (2024), with its coefficients 3.4445, −4.7750, 2.0315. Follows optax.contrib.muon. Slots: Mu; Nu where Adam is.</remarks>
    public static Optimizer Muon(double learningRate = 2e-2, double beta = 0.95, int steps = 5, double eps = 1e-8, bool nesterov = true, double weightDecay = 0, Func<string, bool>? matrices = null) =>
        Muon(_ => learningRate, beta, steps, eps, nesterov, weightDecay, matrices);

    /// <summary>Muon at a rate that changes.</summary>
    /// <inheritdoc cref="Muon(double, double, int, double, bool, double, Func{string, bool})"/>
    public static Optimizer Muon(Func<Tensor, Tensor> learningRate, double beta = 0.95, int steps = 5, double eps = 1e-8, bool nesterov = true, double weightDecay = 0, Func<string, bool>? matrices = null) =>
        Optimizer.Each(step =>
        {
            var back = -Rate(learningRate, step);
            var adam = Directed(step, 0.9, 0.999, eps, nesterov);
            var t = (step + 1).Cast(DType.F64);
            var (first, ahead) = (1 / (1 - Tensor.Pow(beta, t)), 1 / (1 - Tensor.Pow(beta, t + 1)));
            return (p, g, slots, matrix) =>
            {
                if (p.Rank != 2 || !matrix) return back.Cast(p.DType) * adam(g, slots);
                var m = Averaged(g, slots, 0, beta);
                m = nesterov ? (beta * ahead).Cast(g.DType) * m + ((1 - beta) * first).Cast(g.DType) * g : first.Cast(g.DType) * m;
                var d = Math.Sqrt(Math.Max(1, (double)p.Shape[1] / p.Shape[0])) * Orthogonal(m, steps, eps);
                return back.Cast(p.DType) * (weightDecay == 0 ? d : d + weightDecay * p);
            };
        }, matrices, "Mu", "Nu");

    /// <summary>Nearly UVᵀ of x = USVᵀ: X ← aX + (bA + cA²)X, A = XXᵀ, along the shorter side.</summary>
    internal static Tensor Orthogonal(Tensor x, int steps, double eps)
    {
        bool tall = x.Shape[0] > x.Shape[1];
        if (tall) x = x.T;
        x /= Norm(x) + eps;
        for (int i = 0; i < steps; i++)
        {
            var a = x.MatMul(x.T);
            x = 3.4445 * x + (-4.7750 * a + 2.0315 * a.MatMul(a)).MatMul(x);
        }
        return tall ? x.T : x;
    }
}
