namespace StagedDiff;

// Determinants.
public static partial class Linalg
{
    /// <summary>The determinant: [b…,n,n] → [b…]; 1 for n = 0.</summary>
    /// <returns>Up to n = 3 by its formula, with all derivatives everywhere. Beyond, from LU: there the derivative of a singular matrix is NaN or infinite.</returns>
    /// <exception cref="ShapeException">a is no square matrix, or its extent is symbolic.</exception>
    public static Tensor Det(Tensor a)
    {
        var (x, n, _) = Known("Det", Square("Det", a));
        Tensor At(int i, int j) => x[Slice.Ellipsis, i, j];
        Tensor Minor(int i, int j) => At(1, i) * At(2, j) - At(1, j) * At(2, i);
        switch (n)
        {
            case 0: return Tensor.Ones(x.Shape.Slice(0, x.Rank - 2), x.DType);
            case 1: return At(0, 0);
            case 2: return At(0, 0) * At(1, 1) - At(0, 1) * At(1, 0);
            case 3: return At(0, 0) * Minor(1, 2) - At(0, 1) * Minor(0, 2) + At(0, 2) * Minor(0, 1);
        }
        var (lu, order) = Prim.Lu(x);
        return Sign(order, x.DType) * Np.Diagonal(lu).Prod(-1);
    }

    /// <summary>The sign of the determinant, −1, 0 or 1, and the logarithm of its magnitude: [b…,n,n] → [b…] each. (0, −∞) of a singular matrix.</summary>
    /// <returns>The derivative of the logarithm is A⁻ᵀ; that of the sign is 0.</returns>
    /// <exception cref="ShapeException">a is no square matrix, or its extent is symbolic.</exception>
    /// <remarks>Follows numpy.linalg.slogdet.</remarks>
    public static (Tensor Sign, Tensor LogAbsDet) SlogDet(Tensor a)
    {
        var (x, _, _) = Known("SlogDet", Square("SlogDet", a));
        var (lu, order) = Prim.Lu(x);
        var d = Np.Diagonal(lu);
        return (Sign(order, x.DType) * Np.Sign(d).Prod(-1), Np.Log(Np.Abs(d)).Sum(-1));
    }

    /// <summary>1 where an order is made by an even number of exchanges, else −1: by the pairs that stand the wrong way round.</summary>
    static Tensor Sign(Tensor order, DType type)
    {
        var wrong = (Np.Triu((order.Unsqueeze(-1) > order.Unsqueeze(-2)).Cast(DType.I32), 1).Sum([-2, -1]) & 1).Cast(type);
        return 1 - 2 * wrong;
    }
}
