namespace StagedDiff;

/// <summary>
/// NumPy's functions that are no operator and no member of <see cref="Tensor"/>, under its names: what a tensor can do itself
/// (Sum, Mean, Reshape, Arange, …) is there.
/// </summary>
public static class Np
{
    /// <summary>The magnitude, element by element; its derivative at 0 is 0.</summary>
    public static Tensor Abs(Tensor x) => Tensor.Abs(x);
    /// <summary>−1, 0 or 1 by the sign, element by element; NaN of NaN, −0 of −0. Its derivative is 0.</summary>
    public static Tensor Sign(Tensor x) => Prim.Sign(x.DType == DType.Bool ? x.Cast(DType.I32) : x.Strong());
    /// <summary>The square, element by element.</summary>
    public static Tensor Square(Tensor x) => x * x;
    /// <summary>The square root, element by element: NaN below 0.</summary>
    public static Tensor Sqrt(Tensor x) => Tensor.Sqrt(x);
    /// <summary>eˣ, element by element. Integers give F32.</summary>
    public static Tensor Exp(Tensor x) => Tensor.Exp(x);
    /// <summary>eˣ − 1, element by element: exact near 0 too.</summary>
    public static Tensor Expm1(Tensor x) => Tensor.Floating(x, Prim.Expm1);
    /// <summary>The natural logarithm, element by element: −∞ at 0, NaN below.</summary>
    public static Tensor Log(Tensor x) => Tensor.Log(x);
    /// <summary>The natural logarithm of 1 + x, element by element: exact near 0 too; −∞ at −1, NaN below.</summary>
    public static Tensor Log1p(Tensor x) => Tensor.Floating(x, Prim.Log1p);
    /// <summary>The sine of radians, element by element.</summary>
    public static Tensor Sin(Tensor x) => Tensor.Sin(x);
    /// <summary>The cosine of radians, element by element.</summary>
    public static Tensor Cos(Tensor x) => Tensor.Cos(x);
    /// <summary>The tangent of radians, element by element.</summary>
    public static Tensor Tan(Tensor x) => Tensor.Tan(x);
    /// <inheritdoc cref="Tensor.Asin(Tensor)"/>
    public static Tensor Asin(Tensor x) => Tensor.Asin(x);
    /// <inheritdoc cref="Tensor.Acos(Tensor)"/>
    public static Tensor Acos(Tensor x) => Tensor.Acos(x);
    /// <inheritdoc cref="Tensor.Atan(Tensor)"/>
    public static Tensor Atan(Tensor x) => Tensor.Atan(x);
    /// <inheritdoc cref="Tensor.Atan2(Tensor, Tensor)"/>
    public static Tensor Atan2(Tensor y, Tensor x) => Tensor.Atan2(y, x);
    /// <summary>The hyperbolic sine, element by element.</summary>
    public static Tensor Sinh(Tensor x) => Tensor.Sinh(x);
    /// <summary>The hyperbolic cosine, element by element.</summary>
    public static Tensor Cosh(Tensor x) => Tensor.Cosh(x);
    /// <summary>The hyperbolic tangent, element by element.</summary>
    public static Tensor Tanh(Tensor x) => Tensor.Tanh(x);
    /// <inheritdoc cref="Tensor.Asinh(Tensor)"/>
    public static Tensor Asinh(Tensor x) => Tensor.Asinh(x);
    /// <inheritdoc cref="Tensor.Acosh(Tensor)"/>
    public static Tensor Acosh(Tensor x) => Tensor.Acosh(x);
    /// <inheritdoc cref="Tensor.Atanh(Tensor)"/>
    public static Tensor Atanh(Tensor x) => Tensor.Atanh(x);
    /// <summary>The greatest integer not above, element by element, in the same element type.</summary>
    public static Tensor Floor(Tensor x) => Tensor.Floor(x);
    /// <summary>The least integer not below, element by element, in the same element type.</summary>
    public static Tensor Ceil(Tensor x) => Tensor.Ceiling(x);
    /// <summary>The nearest integer, element by element, in the same element type; a half goes to the even one.</summary>
    public static Tensor Round(Tensor x) => Tensor.Round(x);
    /// <summary>The integer toward zero, element by element, in the same element type.</summary>
    public static Tensor Trunc(Tensor x) => Tensor.Truncate(x);

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

    /// <summary>The greater of two, element by element; NaN where either is. At a tie the derivative is split evenly.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Maximum(Tensor a, Tensor b) => Tensor.Maximum(a, b);
    /// <summary>The less of two, element by element; NaN where either is. At a tie the derivative is split evenly.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Minimum(Tensor a, Tensor b) => Tensor.Minimum(a, b);
    /// <summary>x, but no less than <paramref name="min"/> and no greater than <paramref name="max"/>; null leaves that side open.</summary>
    /// <returns>Of the shape in which the three meet. <paramref name="max"/> where min is greater; NaN where x is. The derivative is split evenly at a bound.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <remarks>Follows numpy.clip.</remarks>
    public static Tensor Clip(Tensor x, Tensor? min = null, Tensor? max = null)
    {
        var y = min is null ? x : Tensor.Maximum(x, min);
        return max is null ? y : Tensor.Minimum(y, max);
    }

    /// <summary>Whether a equals b, element by element; false beside NaN.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor Equal(Tensor a, Tensor b) => Tensor.Equal(a, b);
    /// <summary>Whether a differs from b, element by element; true beside NaN.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor NotEqual(Tensor a, Tensor b) => Tensor.NotEqual(a, b);
    /// <summary>Whether x is NaN, element by element.</summary>
    public static Tensor IsNaN(Tensor x) => Tensor.NotEqual(x.Strong(), x.Strong());
    /// <summary>Whether x is infinite, element by element.</summary>
    public static Tensor IsInf(Tensor x) => Tensor.Equal(Tensor.Abs(x), double.PositiveInfinity);
    /// <summary>Whether x is neither infinite nor NaN, element by element.</summary>
    public static Tensor IsFinite(Tensor x) => Tensor.Abs(x) < double.PositiveInfinity;

    /// <summary>The and of bools, or of the bits of integers.</summary>
    /// <exception cref="DTypeException">An operand is a float.</exception>
    public static Tensor BitwiseAnd(Tensor a, Tensor b) => a & b;
    /// <summary>The or of bools, or of the bits of integers.</summary>
    /// <exception cref="DTypeException">An operand is a float.</exception>
    public static Tensor BitwiseOr(Tensor a, Tensor b) => a | b;
    /// <summary>The exclusive or of bools, or of the bits of integers.</summary>
    /// <exception cref="DTypeException">An operand is a float.</exception>
    public static Tensor BitwiseXor(Tensor a, Tensor b) => a ^ b;
    /// <summary>Every bit turned over; of bools, the logical not.</summary>
    /// <exception cref="DTypeException">x is a float.</exception>
    public static Tensor Invert(Tensor x) => ~x;
    /// <inheritdoc cref="Tensor.op_LeftShift(Tensor, Tensor)"/>
    public static Tensor LeftShift(Tensor x, Tensor places) => x << places;
    /// <inheritdoc cref="Tensor.op_RightShift(Tensor, Tensor)"/>
    public static Tensor RightShift(Tensor x, Tensor places) => x >> places;

    /// <summary><paramref name="a"/> where the condition is true, <paramref name="b"/> where not, element by element.</summary>
    /// <param name="condition">Bools; of numbers, whether they are not 0.</param>
    /// <param name="a">What is taken where true. The three broadcast; a and b meet in one element type, in which a literal gives way.</param>
    /// <param name="b">What is taken where false.</param>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <remarks>
    /// No derivative passes through the side not taken, even where its own is infinite: <c>Where(x > 0, Log(x), 0)</c> has derivative 0 at 0. Through a
    /// sum or product of several elements an infinite one does; there, replace the argument too: <c>Log(Where(x > 0, x, 1))</c>.
    /// </remarks>
    public static Tensor Where(Tensor condition, Tensor a, Tensor b)
    {
        var test = condition.DType == DType.Bool ? condition : Tensor.NotEqual(condition, 0);
        var (type, shape) = (Tensor.Common("Where", a, b), Tensor.Broadcast("Where", test, a, b));
        return Prim.Select(test.Expand(shape), a.To(type).Expand(shape), b.To(type).Expand(shape));
    }

    /// <summary>The quotient rounded down, element by element, in the type in which the two meet.</summary>
    /// <returns>Of a float and 0, NaN. The derivative is 0.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <remarks>Follows numpy.floor_divide: by what <c>%</c> leaves, so that 1 by 0.1 is 9, because 0.1 in binary is more than a tenth.</remarks>
    public static Tensor FloorDivide(Tensor a, Tensor b)
    {
        var (x, y) = Tensor.Meet("FloorDivide", a, b);
        if (x.DType == DType.Bool) (x, y) = (x.Cast(DType.I32), y.Cast(DType.I32));
        var rest = Prim.Rem(x, y);
        var down = Tensor.NotEqual(rest, 0) & ((rest < 0) ^ (y < 0));
        var quotient = Prim.Div(x - rest, y);
        return (x.DType.IsFloat() ? Prim.Round(quotient) : quotient) - down.Cast(x.DType);
    }

    /// <summary>Tensors one after another along an axis.</summary>
    /// <param name="x">At least one; all extents but that of the axis are equal. They meet in one element type.</param>
    /// <param name="axis">Which axis; negative ones count from the end.</param>
    /// <exception cref="ShapeException">There is none, or the shapes differ in another axis, or they have no such axis.</exception>
    public static Tensor Concatenate(IReadOnlyList<Tensor> x, int axis = 0)
    {
        var all = Met("Concatenate", x);
        return Prim.Concatenate(all[0].AxisOf("Concatenate", axis), all);
    }

    /// <summary>Tensors of one shape one after another along a new axis.</summary>
    /// <param name="x">At least one. They meet in one element type.</param>
    /// <param name="axis">The place of the new axis in the result; negative ones count from its end.</param>
    /// <exception cref="ShapeException">There is none, or the shapes differ, or the result has no such axis.</exception>
    public static Tensor Stack(IReadOnlyList<Tensor> x, int axis = 0)
    {
        if (x.FirstOrDefault(t => t.Shape != x[0].Shape) is { } other)
            throw new ShapeException($"Stack: expected tensors of one shape, got {x[0].Type} and {other.Type}.{Caller.Line()}");
        Tensor[] one = [.. Met("Stack", x).Select(t => t.Unsqueeze(axis))];
        return Prim.Concatenate(one[0].AxisOf("Stack", axis), one);
    }

    /// <summary>Tensors of one shape, the elements of all along an axis put in the order of the first: by it, ascending, equals in their order, NaN last.</summary>
    /// <param name="x">At least one, the one to sort by first.</param>
    /// <param name="axis">Which axis; negative ones count from the end.</param>
    /// <param name="descending">From the greatest down.</param>
    /// <param name="keys">How many of them to sort by: by the second where the first has equals, and so on.</param>
    /// <exception cref="ShapeException">There is none, the shapes differ, or they have no such axis.</exception>
    /// <exception cref="ArgumentException">There are not so many keys.</exception>
    /// <remarks>Follows jax.lax.sort.</remarks>
    public static Tensor[] SortTogether(IReadOnlyList<Tensor> x, int axis = -1, bool descending = false, int keys = 1)
    {
        if (x.Count == 0) throw new ShapeException($"SortTogether: expected at least one tensor, got none.{Caller.Line()}");
        if (keys < 1 || keys > x.Count) throw new ArgumentException($"SortTogether: expected 1 to {x.Count} keys, got {keys}.{Caller.Line()}");
        if (x.FirstOrDefault(t => t.Shape != x[0].Shape) is { } other)
            throw new ShapeException($"SortTogether: expected tensors of one shape, got {x[0].Type} and {other.Type}.{Caller.Line()}");
        return Prim.Sort([.. x.Select(t => t.Strong())], x[0].AxisOf("SortTogether", axis), descending, keys);
    }

    /// <summary>Tensors in the element type that holds all of them; literals give way.</summary>
    static Tensor[] Met(string name, IReadOnlyList<Tensor> x)
    {
        if (x.Count == 0) throw new ShapeException($"{name}: expected at least one tensor, got none.{Caller.Line()}");
        var type = x.OrderBy(t => t.IsWeak).Aggregate((a, b) => a.IsWeak && b.IsWeak ? (a.DType.IsFloat() ? a : b) : Tensor.Literal(Tensor.Common(name, a, b), 0L)).DType;
        return [.. x.Select(t => t.To(type))];
    }
}
