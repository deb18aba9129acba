namespace StagedDiff;

/// <summary>Parts of neural networks: activations, row functions, layers, initial weights.</summary>
/// <remarks>A layer is a record of parameters, an <c>Init</c> that draws it by a key, and a pure function that applies it.</remarks>
public static partial class Nn
{
    /// <summary>x itself: where a function is asked for and none is wanted.</summary>
    /// <remarks>Follows jax.nn.identity.</remarks>
    public static Tensor Identity(Tensor x) => x;

    /// <summary>x where positive, else 0, element by element; its derivative at 0 is 0. NaN stays NaN.</summary>
    public static Tensor Relu(Tensor x) => Np.Where(x <= 0, 0, x);

    /// <summary>x between 0 and 6, else the nearer of the two, element by element; its derivative at 0 and at 6 is 0.</summary>
    /// <remarks>Follows jax.nn.relu6.</remarks>
    public static Tensor Relu6(Tensor x) => Cut(x, 0, 6);

    /// <summary>x where not negative, else slope·x, element by element.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="negativeSlope">The slope below 0; at 0 it is 1.</param>
    /// <remarks>Follows jax.nn.leaky_relu.</remarks>
    public static Tensor LeakyRelu(Tensor x, double negativeSlope = 0.01) => Np.Where(x < 0, negativeSlope * x, x);

    /// <summary>x where not negative, else slope·x, element by element, with a slope that is learned.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="slope">A number, or one for each feature: a shape that broadcasts with x.</param>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <remarks>He et al., Delving deep into rectifiers (2015).</remarks>
    public static Tensor PRelu(Tensor x, Tensor slope) => Np.Where(x < 0, slope * x, x);

    /// <summary>x where positive, else alpha·(eˣ − 1), element by element.</summary>
    /// <remarks>Clevert et al., Exponential linear units (2016). Follows jax.nn.elu.</remarks>
    public static Tensor Elu(Tensor x, double alpha = 1) => Np.Where(x > 0, x, alpha * Np.Expm1(x));

    /// <summary>x where positive, else alpha·(e^(x/alpha) − 1), element by element: its slope has no jump, whatever alpha.</summary>
    /// <remarks>Barron, Continuously differentiable exponential linear units (2017). Follows jax.nn.celu.</remarks>
    public static Tensor Celu(Tensor x, double alpha = 1) => Np.Where(x > 0, x, alpha * Np.Expm1(x / alpha));

    /// <summary>The <see cref="Elu"/> times the scale at which normal inputs give outputs of mean 0 and variance 1.</summary>
    /// <remarks>1.0507…·elu(x, 1.6733…). Klambauer et al., Self-normalizing neural networks (2017). Follows jax.nn.selu.</remarks>
    public static Tensor Selu(Tensor x) => 1.0507009873554804934 * Elu(x, 1.6732632423543772848);

    /// <summary>x times the chance that a normal number is less than x, element by element.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="approximate">Whether to use x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))), else x/2·erfc(−x/√2), exact far below 0 too.</param>
    /// <remarks>Hendrycks and Gimpel, Gaussian error linear units (2016). Follows jax.nn.gelu, which approximates unless told otherwise; PyTorch does not.</remarks>
    public static Tensor Gelu(Tensor x, bool approximate = true)
    {
        if (!approximate) return 0.5 * x * Np.Erfc(-Math.Sqrt(0.5) * x);
        // Beyond ±10 tanh is ±1 to the last bit; there the cube could overflow, and 0 times its derivative be NaN.
        var z = Cut(x, -10, 10);
        return 0.5 * x * (1 + Tanh(Math.Sqrt(2 / Math.PI) * (z + 0.044715 * (z * z * z))));
    }

    /// <summary>x·σ(x), element by element; also called swish.</summary>
    /// <remarks>Elfwing et al. (2017); Ramachandran et al. (2017). Follows jax.nn.silu.</remarks>
    public static Tensor Silu(Tensor x) => x * Sigmoid(x);

    /// <summary>x·tanh(log(1 + eˣ)), element by element.</summary>
    /// <remarks>Misra, Mish (2019). Follows jax.nn.mish.</remarks>
    public static Tensor Mish(Tensor x) => x * Tanh(Softplus(x));

    /// <summary>The hyperbolic tangent, element by element.</summary>
    public static Tensor Tanh(Tensor x) => Tensor.Tanh(x);

    /// <summary>x between −1 and 1, else the nearer of the two, element by element; its derivative at both is 0.</summary>
    /// <remarks>Follows jax.nn.hard_tanh, whose derivative at the bounds is 1.</remarks>
    public static Tensor HardTanh(Tensor x) => Cut(x, -1, 1);

    /// <summary>1/(1 + e⁻ˣ), element by element: between 0 and 1; no x overflows. Integers give F32.</summary>
    public static Tensor Sigmoid(Tensor x) => Tensor.Floating(x, Prim.Logistic);

    /// <summary>(x + 3)/6, cut to 0 … 1, element by element.</summary>
    /// <remarks>Follows jax.nn.hard_sigmoid.</remarks>
    public static Tensor HardSigmoid(Tensor x) => Relu6(x + 3) / 6;

    /// <summary>x times its <see cref="HardSigmoid"/>, element by element; also called hard swish.</summary>
    /// <remarks>Howard et al., MobileNetV3 (2019). Follows jax.nn.hard_silu.</remarks>
    public static Tensor HardSilu(Tensor x) => x * HardSigmoid(x);

    /// <summary>(x + 1)/2, cut to 0 … 1, element by element: the derivative of <see cref="SparsePlus"/>.</summary>
    /// <remarks>Blondel, Martins and Niculae (2020), section 6.2. Follows jax.nn.sparse_sigmoid.</remarks>
    public static Tensor SparseSigmoid(Tensor x) => 0.5 * Cut(x + 1, 0, 2);

    /// <summary>log σ(x), element by element: no x overflows.</summary>
    /// <remarks>−log(1 + e⁻ˣ). Follows jax.nn.log_sigmoid.</remarks>
    public static Tensor LogSigmoid(Tensor x) => -Softplus(-x);

    /// <summary>log(1 + eˣ), element by element: a smooth <see cref="Relu"/>; no x overflows. Its derivative is <see cref="Sigmoid"/>.</summary>
    /// <remarks>max(x, 0) + log1p(e^−|x|), with the derivatives of all orders right at 0 too.</remarks>
    public static Tensor Softplus(Tensor x) => Relu(x) + Np.Log1p(Tensor.Exp(Below(x)));

    /// <summary>0 up to −1, x from 1 on, (x + 1)²/4 between, element by element: a smooth <see cref="Relu"/> that is 0 for good.</summary>
    /// <remarks>Follows jax.nn.sparse_plus.</remarks>
    public static Tensor SparsePlus(Tensor x) => Np.Where(x <= -1, 0, Np.Where(x >= 1, x, 0.25 * ((x + 1) * (x + 1))));

    /// <summary>(x + √(x² + b))/2, element by element: a smooth <see cref="Relu"/> without exponentials.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="b">How smooth: the value at 0 is √b/2.</param>
    /// <remarks>Barron, Squareplus (2021). Follows jax.nn.squareplus.</remarks>
    public static Tensor Squareplus(Tensor x, double b = 4) => 0.5 * (x + Tensor.Sqrt(x * x + b));

    /// <summary>x/(1 + |x|), element by element: between −1 and 1.</summary>
    public static Tensor Softsign(Tensor x) => x / (1 + Tensor.Abs(x));

    /// <summary>log(1 − e⁻ˣ), element by element, exact for small and for large x: −∞ at 0, NaN below.</summary>
    /// <remarks>Mächler, Accurately computing log(1 − exp(−|a|)) (2012). Follows jax.nn.log1mexp.</remarks>
    public static Tensor Log1mExp(Tensor x) => Np.Where(x < Math.Log(2), Tensor.Log(-Np.Expm1(-x)), Np.Log1p(-Tensor.Exp(-x)));

    /// <summary>The gated linear unit: the first half of an axis times the sigmoid of the second.</summary>
    /// <param name="x">[…, 2n, …].</param>
    /// <param name="axis">Which axis; negative ones count from the end.</param>
    /// <returns>[…, n, …].</returns>
    /// <exception cref="ShapeException">There is no such axis, or its extent is odd.</exception>
    /// <remarks>Dauphin et al., Language modeling with gated convolutional networks (2017). Follows jax.nn.glu.</remarks>
    public static Tensor Glu(Tensor x, int axis = -1)
    {
        int a = x.AxisOf("Glu", axis);
        if (x.Shape[a] % 2 != 0) throw new ShapeException($"Glu: expected an even extent of axis {a}, half of which gates the other half, got {x.Type}.{Caller.Line()}");
        int n = x.Shape[a] / 2;
        return Prim.Slice(x, a, 0, n) * Sigmoid(Prim.Slice(x, a, n, 2 * n));
    }

    // −|x|, as a function of slope 1 at 0: there it meets relu's slope of 0, and both sides of softplus have all derivatives in common.
    internal static Tensor Below(Tensor x) => Np.Where(x > 0, -x, x);

    // Not by Maximum and Minimum, which give half of the slope at a bound.
    static Tensor Cut(Tensor x, double lo, double hi) => Np.Where(x <= lo, lo, Np.Where(x >= hi, hi, x));
}
