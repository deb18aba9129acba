namespace StagedDiff;

// Functions that integrals define.
public static partial class Np
{
    /// <summary>The error function, 2/√π ∫₀ˣ e^(−t²) dt, element by element.</summary>
    public static Tensor Erf(Tensor x) => Tensor.Floating(x, Prim.Erf);
    /// <summary>1 − erf x, element by element, exact where that is tiny.</summary>
    public static Tensor Erfc(Tensor x) => Tensor.Floating(x, Prim.Erfc);
    /// <summary>What has erf x, element by element: ±∞ at ±1, NaN beyond.</summary>
    public static Tensor ErfInv(Tensor x) => Tensor.Floating(x, Prim.ErfInv);
    /// <summary>ln |Γ(x)|, element by element: +∞ at 0 and at each integer below.</summary>
    public static Tensor LogGamma(Tensor x) => Tensor.Floating(x, Prim.LogGamma);
    /// <summary>The derivative of <see cref="LogGamma"/>, element by element: ∓∞ at ±0, NaN at each integer below.</summary>
    public static Tensor Digamma(Tensor x) => Tensor.Floating(x, Prim.Digamma);
    /// <summary>The derivative of <see cref="Digamma"/> of some order, element by element; of order 0 that itself.</summary>
    /// <exception cref="ArgumentException">The order is negative.</exception>
    public static Tensor Polygamma(int order, Tensor x) => order switch
    {
        < 0 => throw new ArgumentException($"Polygamma: expected an order of 0 or more, got {order}."),
        0 => Digamma(x),
        _ => Tensor.Floating(x, t => Prim.Polygamma(order, t)),
    };
}
