namespace StagedDiff;

// Powers and the exponential of matrices.
public static partial class Linalg
{
    /// <summary>Aⁿ as a matrix product: [b…,n,n] → the same. By squaring; a negative power is that of the inverse.</summary>
    /// <exception cref="ShapeException">a is no square matrix.</exception>
    public static Tensor MatrixPower(Tensor a, int power)
    {
        var x = Square("MatrixPower", a);
        if (power == 0) return Identity(x);
        if (power < 0) x = Inverse(x);
        Tensor? y = null;
        for (uint n = (uint)Math.Abs((long)power); ; n >>= 1)
        {
            if ((n & 1) == 1) y = y is null ? x : y.MatMul(x);
            if (n == 1) return y!;
            x = x.MatMul(x);
        }
    }

    /// <summary>eᴬ = Σ Aᵏ/k!, not element by element: [b…,n,n] → the same.</summary>
    /// <param name="a">Square matrices.</param>
    /// <param name="maxSquarings">How often a result may be squared: up to a 1-norm of 5.4·2^maxSquarings.</param>
    /// <returns>NaN of a matrix beyond that.</returns>
    /// <exception cref="ShapeException">a is no square matrix.</exception>
    /// <remarks>
    /// Follows jax.scipy.linalg.expm: Padé's approximant of degree 13, and squaring (Higham, 2005). All the squarings are done, and those taken that are needed, so that the
    /// work does not depend on the numbers.
    /// </remarks>
    public static Tensor Expm(Tensor a, int maxSquarings = 16)
    {
        var x = Square("Expm", a);
        if (x.Shape[^1] == 0) return x;
        var one = Identity(x);
        var size = Fn.StopGradient(MatrixNorm(x, MatrixOrder.One, keepDims: true));
        var squarings = Np.Maximum(0, Np.Ceil(Np.Log2(size / 5.371920351148152)));
        x /= Np.Exp2(squarings);
        // Coefficients of degree 13 by that of degree 0: cₖ = cₖ₋₁·(14 − k)/(k·(27 − k)).
        var c = new double[14];
        c[0] = 1;
        for (int k = 1; k < c.Length; k++) c[k] = c[k - 1] * (14 - k) / (k * (27 - k));
        Tensor x2 = x.MatMul(x), x4 = x2.MatMul(x2), x6 = x2.MatMul(x4);
        var odd = x.MatMul(x6.MatMul(c[13] * x6 + c[11] * x4 + c[9] * x2) + c[7] * x6 + c[5] * x4 + c[3] * x2 + c[1] * one);
        var even = x6.MatMul(c[12] * x6 + c[10] * x4 + c[8] * x2) + c[6] * x6 + c[4] * x4 + c[2] * x2 + c[0] * one;
        var y = Prim.Solve(even - odd, even + odd);
        for (int k = 0; k < maxSquarings; k++) y = Np.Where(k < squarings, y.MatMul(y), y);
        return Np.Where(squarings <= maxSquarings, y, double.NaN);
    }
}
