namespace StagedDiff;

// Operators as functions, and their kin.
public static partial class Np
{
    /// <summary>a + b, element by element.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Add(Tensor a, Tensor b) => a + b;
    /// <summary>a − b, element by element.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Subtract(Tensor a, Tensor b) => a - b;
    /// <summary>a·b, element by element.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Multiply(Tensor a, Tensor b) => a * b;
    /// <summary>a/b, element by element; two integers give F32.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Divide(Tensor a, Tensor b) => a / b;

    /// <summary>The greater of two, element by element; of a number and NaN the number. At a tie the derivative is split evenly.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <remarks>Follows numpy.fmax. With NaN where either is: <see cref="Maximum"/>.</remarks>
    public static Tensor Fmax(Tensor a, Tensor b) => Known(a, b, Maximum);
    /// <summary>The less of two, element by element; of a number and NaN the number. At a tie the derivative is split evenly.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <remarks>Follows numpy.fmin. With NaN where either is: <see cref="Minimum"/>.</remarks>
    public static Tensor Fmin(Tensor a, Tensor b) => Known(a, b, Minimum);

    static Tensor Known(Tensor a, Tensor b, Func<Tensor, Tensor, Tensor> f) => f(Where(IsNaN(a), b, a), Where(IsNaN(b), a, b));

    /// <summary>log₂(2ᵃ + 2ᵇ), element by element, without overflow. Two −∞ give −∞.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <remarks>Follows numpy.logaddexp2.</remarks>
    public static Tensor LogAddExp2(Tensor a, Tensor b) => LogAddExp(a * Math.Log(2), b * Math.Log(2)) / Math.Log(2);

    /// <summary>Rounded to so many decimals, element by element; a half goes to the even one. Its derivative is 0.</summary>
    /// <param name="x">Numbers.</param>
    /// <param name="decimals">How many; below 0, to tens, hundreds, ….</param>
    /// <returns>Of the type of x; integers too, which change below 0 decimals alone.</returns>
    /// <remarks>Follows numpy.round: x·10ᵈ is rounded, so what is no binary number may fall to the other side of a half.</remarks>
    public static Tensor Round(Tensor x, int decimals)
    {
        double power = Math.Pow(10, Math.Abs(decimals));
        if (decimals == 0 || !x.DType.IsFloat() && decimals > 0) return Round(x);
        if (!x.DType.IsFloat()) return (Round(x.Cast(DType.F64) / power) * power).Cast(x.DType);
        return decimals < 0 ? Round(x / power) * power : Round(x * power) / power;
    }

    /// <inheritdoc cref="Linalg.Norm"/>
    public static Tensor Norm(Tensor x, double? ord = null, int? axis = null, bool keepDims = false) => Linalg.Norm(x, ord, axis, keepDims);
}
