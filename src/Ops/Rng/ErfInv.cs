namespace StagedDiff;

// The inverse of erf after Giles, Approximating the erfinv function (GPU Computing Gems, volume 2, 2010): x times a polynomial in
// w = −log(1 − x²), or in √w where w is large. In single precision as JAX computes it: its bits are its normal numbers'.
public static partial class Rng
{
    /// <summary>What has erf <paramref name="x"/>: ±∞ at ±1, NaN outside.</summary>
    internal static Tensor ErfInv(Tensor x)
    {
        if (x.DType == DType.F64) return Prim.ErfInv(x);
        var w = -Np.Log1p(-(x * x));
        var y = Np.Where(w < 5, Polynomial(single, w - 2.5), Polynomial(singleTail, Tensor.Sqrt(w) - 3));
        return x * Np.Where(Tensor.Equal(Tensor.Abs(x), 1), double.PositiveInfinity, y);
    }

    /// <summary>Horner's rule; the highest power stands first.</summary>
    static Tensor Polynomial(double[] c, Tensor x)
    {
        var y = c[0] * x + c[1];
        for (int i = 2; i < c.Length; i++) y = y * x + c[i];
        return y;
    }

    static readonly double[] single =
    [
        2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941,
    ];

    static readonly double[] singleTail =
    [
        -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682,
    ];
}
