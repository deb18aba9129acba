namespace StagedDiff;

/// <summary>Parts of neural networks: activations, row functions, initial weights.</summary>
public static partial class Nn
{
    /// <summary>x where positive, else 0, element by element; its derivative at 0 is 0. NaN stays NaN.</summary>
    public static Tensor Relu(Tensor x) => Np.Where(x <= 0, 0, x);

    /// <summary>The hyperbolic tangent, element by element.</summary>
    public static Tensor Tanh(Tensor x) => Tensor.Tanh(x);

    /// <summary>1/(1 + e⁻ˣ), element by element: between 0 and 1; no x overflows. Integers give F32.</summary>
    public static Tensor Sigmoid(Tensor x) => Tensor.Floating(x, Prim.Logistic);

    /// <summary>log(1 + eˣ), element by element: a smooth <see cref="Relu"/>; no x overflows. Its derivative is <see cref="Sigmoid"/>.</summary>
    /// <remarks>max(x, 0) + log1p(e^−|x|), with the derivatives of all orders right at 0 too.</remarks>
    public static Tensor Softplus(Tensor x) => Relu(x) + Np.Log1p(Tensor.Exp(Below(x)));

    /// <summary>x/(1 + |x|), element by element: between −1 and 1.</summary>
    public static Tensor Softsign(Tensor x) => x / (1 + Tensor.Abs(x));

    // −|x|, as a function of slope 1 at 0: there it meets relu's slope of 0, and both sides of softplus have all derivatives in common.
    internal static Tensor Below(Tensor x) => Np.Where(x > 0, -x, x);
}
