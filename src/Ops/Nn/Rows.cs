namespace StagedDiff;

// Functions of rows. Each is shifted by its row's maximum, a constant to derivatives, so that no finite number overflows.
public static partial class Nn
{
    /// <summary>The softmax of <paramref name="x"/> along <paramref name="axis"/>: positive, summing to one.</summary>
    /// <param name="x">Logits in nats, any shape; integers become F32.</param>
    /// <param name="axis">Which axis; negative ones count from the end.</param>
    /// <returns>Same shape as x. Rows of −∞ only, and rows with +∞ or NaN, give NaN, as in NumPy.</returns>
    /// <exception cref="ShapeException">x has no such axis.</exception>
    /// <remarks>Shifted by the maximum before exp, so no finite input overflows. Follows jax.nn.softmax.</remarks>
    public static Tensor Softmax(Tensor x, int axis = -1)
    {
        var e = Tensor.Exp(Shifted("Softmax", x, ref axis));
        return e / e.Sum(axis, keepDims: true);
    }

    /// <summary>The logarithm of <see cref="Softmax"/>, exact where that is too small to be a number.</summary>
    /// <inheritdoc cref="Softmax"/>
    /// <remarks>Follows jax.nn.log_softmax.</remarks>
    public static Tensor LogSoftmax(Tensor x, int axis = -1)
    {
        var z = Shifted("LogSoftmax", x, ref axis);
        return z - Tensor.Log(Tensor.Exp(z).Sum(axis, keepDims: true));
    }

    /// <summary>The probabilities nearest to <paramref name="x"/> along an axis: a <see cref="Softmax"/> in which what is far below the greatest is exactly 0.</summary>
    /// <param name="x">Any shape; integers become F32.</param>
    /// <param name="axis">Which axis; negative ones count from the end.</param>
    /// <returns>Same shape as x: not negative, summing to one. Rows of −∞ only, and rows with +∞ or NaN, give NaN.</returns>
    /// <exception cref="ShapeException">x has no such axis.</exception>
    /// <remarks>
    /// The projection onto the simplex: max(x − τ, 0), where τ is found by sorting. Its derivative spreads evenly over what is not 0. Martins and Astudillo, From softmax to
    /// sparsemax (2016), algorithm 1. Follows optax.projections.projection_simplex, row by row.
    /// </remarks>
    public static Tensor Sparsemax(Tensor x, int axis = -1)
    {
        var z = Shifted("Sparsemax", x, ref axis);
        var sorted = z.Sort(axis, descending: true);
        var sums = sorted.CumSum(axis);
        var place = Prim.Iota(new(z.DType, z.Shape), axis) + 1;
        var count = (1 + place * sorted > sums).Sum(axis, keepDims: true);
        var tau = (sums.TakeAlong(Np.Maximum(count - 1, 0), axis) - 1) / count.Cast(z.DType);
        return Relu(z - tau);
    }

    /// <summary>log Σeˣ along an axis, or of all elements: a smooth maximum.</summary>
    /// <param name="x">Any shape; integers become F32.</param>
    /// <param name="axis">Which axis; negative ones count from the end. Null: all.</param>
    /// <param name="keepDims">Whether the axis stays, with extent 1.</param>
    /// <returns>−∞ of none, or of −∞ only; +∞ where there is one; NaN where there is one.</returns>
    /// <exception cref="ShapeException">x has no such axis.</exception>
    /// <remarks>Shifted by the maximum before exp, so no finite input overflows. Follows scipy.special.logsumexp.</remarks>
    public static Tensor LogSumExp(Tensor x, int? axis = null, bool keepDims = false)
    {
        var rows = axis is null ? x.Reshape(-1) : x;
        int a = axis is { } given ? x.AxisOf("LogSumExp", given) : 0;
        var top = Top(rows, a);
        var shift = Np.Where(Np.IsFinite(top), top, 0);
        var y = Tensor.Log(Tensor.Exp(rows - shift).Sum(a, keepDims: true)) + shift;
        return keepDims ? (axis is null ? y.Reshape([.. x.Shape.Select(_ => (Extent)1)]) : y) : y.Squeeze(a);
    }

    /// <summary>The logarithm of the mean of eˣ along an axis, or of all elements.</summary>
    /// <inheritdoc cref="LogSumExp"/>
    /// <returns>NaN of none; −∞ of −∞ only; +∞ where there is one; NaN where there is one.</returns>
    /// <remarks>LogSumExp − log n. Follows jax.nn.logmeanexp.</remarks>
    public static Tensor LogMeanExp(Tensor x, int? axis = null, bool keepDims = false)
    {
        var y = LogSumExp(x, axis, keepDims);
        return y - Tensor.Log(Tensor.Number(axis is { } a ? x.Shape[x.AxisOf("LogMeanExp", a)] : x.Shape.Count, y.DType));
    }

    /// <summary>Shifted and scaled to mean 0 and variance 1 along an axis: (x − mean)/√(variance + epsilon).</summary>
    /// <param name="x">Any shape; integers become F32.</param>
    /// <param name="axis">Which axis; negative ones count from the end.</param>
    /// <param name="epsilon">What keeps equal numbers from dividing by 0.</param>
    /// <returns>Of the shape of x; the variance is divided by n, not n − 1.</returns>
    /// <exception cref="ShapeException">x has no such axis.</exception>
    /// <remarks>Follows jax.nn.standardize.</remarks>
    public static Tensor Standardize(Tensor x, int axis = -1, double epsilon = 1e-5)
    {
        axis = x.AxisOf("Standardize", axis);
        return Standard(x, [axis], epsilon);
    }

    /// <summary>To mean 0 and variance 1 over axes.</summary>
    internal static Tensor Standard(Tensor x, int[] axes, double epsilon)
    {
        var d = x - x.Mean(axes, keepDims: true);
        return d * Prim.Rsqrt((d * d).Mean(axes, keepDims: true) + epsilon);
    }

    /// <summary>A class drawn by the softmax of logits, as a row that has a derivative: softmax((logits + Gumbel numbers)/temperature).</summary>
    /// <param name="key">A key of <see cref="Rng"/>.</param>
    /// <param name="logits">In nats; float.</param>
    /// <param name="temperature">The lower, the nearer to a one-hot row.</param>
    /// <param name="hard">Whether the result is a one-hot row, with the derivative of the soft one: see <see cref="StraightThrough"/>.</param>
    /// <param name="axis">Which axis; negative ones count from the end.</param>
    /// <returns>Of the logits' shape; sums to 1 along the axis.</returns>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    /// <remarks>Jang, Gu and Poole; Maddison, Mnih and Teh (2017). Follows torch.nn.functional.gumbel_softmax.</remarks>
    public static Tensor GumbelSoftmax(Tensor key, Tensor logits, double temperature = 1, bool hard = false, int axis = -1)
    {
        axis = logits.AxisOf("GumbelSoftmax", axis);
        var x = logits.DType.IsFloat() ? logits.Strong() : logits.Cast(DType.F32);
        var soft = Softmax((x + Rng.Gumbel(key, x.Shape, x.DType)) / temperature, axis);
        if (!hard) return soft;
        var place = Prim.Iota(new(DType.I32, x.Shape), axis);
        return StraightThrough(Tensor.Equal(place, soft.ArgMax(axis, keepDims: true)).Cast(x.DType), soft);
    }

    /// <summary>The value of one tensor with the derivatives of another: what is hard going forward, and soft going back.</summary>
    /// <param name="hard">The value: a step, a rounding, a choice.</param>
    /// <param name="soft">A smooth stand-in of the same shape.</param>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    /// <remarks>hard + (soft − soft), of which the second is a constant. Bengio, Léonard and Courville (2013).</remarks>
    public static Tensor StraightThrough(Tensor hard, Tensor soft)
    {
        if (hard.Shape != soft.Shape) throw new ShapeException($"StraightThrough: expected two tensors of one shape, got {hard.Type} and {soft.Type}.{Caller.Line()}");
        return Fn.StopGradient(hard).Cast(soft.DType) + (soft - Fn.StopGradient(soft));
    }

    /// <summary>1 at each label's place along a new last axis, 0 elsewhere; labels outside of 0 … <paramref name="classes"/> − 1 give zeros alone.</summary>
    /// <param name="labels">Integers, any shape.</param>
    /// <param name="classes">The extent of the new axis.</param>
    /// <param name="dtype">The element type of the result.</param>
    /// <returns>[…] → […, classes].</returns>
    /// <exception cref="DTypeException">The labels are no integers.</exception>
    /// <remarks>Follows jax.nn.one_hot.</remarks>
    public static Tensor OneHot(Tensor labels, int classes, DType dtype = DType.F32)
    {
        if (!labels.DType.IsInteger()) throw new DTypeException($"OneHot: expected labels that are integers, got {labels.Type}. Cast them first.{Caller.Line()}");
        if (classes < 0) throw new ShapeException($"OneHot: expected a number of classes, got {classes}.{Caller.Line()}");
        return Hot(labels, classes).Cast(dtype);
    }

    /// <summary>Whether a place along a new last axis is the label's.</summary>
    internal static Tensor Hot(Tensor labels, Extent classes) => Tensor.Equal(labels.Unsqueeze(-1), Tensor.Arange(classes));

    /// <summary>x less its greatest along an axis, which is counted from the front then.</summary>
    internal static Tensor Shifted(string name, Tensor x, ref int axis)
    {
        axis = x.AxisOf(name, axis);
        return x - Top(x, axis);
    }

    // Of no elements the greatest does not matter, but there is none.
    static Tensor Top(Tensor x, int axis) => x.Shape[axis] == 0 ? 0.0 : Fn.StopGradient((x.DType.IsFloat() ? x.Strong() : x.Cast(DType.F32)).Max(axis, keepDims: true));
}
