namespace StagedDiff;

// Variances that keep the size of activations and gradients the same from layer to layer.
public static partial class Nn
{
    /// <summary>Initial weights for tanh and sigmoid: uniform on ±√(6/(in + out)).</summary>
    /// <param name="key">A key of <see cref="Rng"/>.</param>
    /// <param name="inputs">The number of inputs of the layer, its fan-in.</param>
    /// <param name="outputs">The number of outputs of the layer, its fan-out.</param>
    /// <param name="dtype">F32 or F64.</param>
    /// <returns>[inputs, outputs], for <c>x.MatMul(w)</c>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are no inputs or no outputs.</exception>
    /// <remarks>Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks (2010), equation 16.</remarks>
    public static Tensor GlorotUniform(Tensor key, int inputs, int outputs, DType dtype = DType.F32) =>
        Uniform("GlorotUniform", key, inputs, outputs, 2.0 / ((double)inputs + outputs), dtype);

    /// <summary>Initial weights for tanh and sigmoid: normal with variance 2/(in + out), not truncated.</summary>
    /// <inheritdoc cref="GlorotUniform"/>
    /// <remarks>Glorot and Bengio (2010), equation 12. As PyTorch's xavier_normal_; JAX's glorot_normal truncates.</remarks>
    public static Tensor GlorotNormal(Tensor key, int inputs, int outputs, DType dtype = DType.F32) =>
        Normal("GlorotNormal", key, inputs, outputs, 2.0 / ((double)inputs + outputs), dtype);

    /// <summary>Initial weights for <see cref="Relu"/>: uniform on ±√(6/in).</summary>
    /// <inheritdoc cref="GlorotUniform"/>
    /// <remarks>He et al., Delving deep into rectifiers (2015), equation 10, as a uniform distribution.</remarks>
    public static Tensor HeUniform(Tensor key, int inputs, int outputs, DType dtype = DType.F32) =>
        Uniform("HeUniform", key, inputs, outputs, 2.0 / inputs, dtype);

    /// <summary>Initial weights for <see cref="Relu"/>: normal with variance 2/in, not truncated.</summary>
    /// <inheritdoc cref="GlorotUniform"/>
    /// <remarks>He et al. (2015), equation 10. As PyTorch's kaiming_normal_; JAX's he_normal truncates.</remarks>
    public static Tensor HeNormal(Tensor key, int inputs, int outputs, DType dtype = DType.F32) =>
        Normal("HeNormal", key, inputs, outputs, 2.0 / inputs, dtype);

    /// <summary>Initial weights for <see cref="Selu"/> and for layers without activation: uniform on ±√(3/in).</summary>
    /// <inheritdoc cref="GlorotUniform"/>
    /// <remarks>LeCun et al., Efficient backprop (1998), equation 16, as a uniform distribution. Follows jax.nn.initializers.lecun_uniform.</remarks>
    public static Tensor LeCunUniform(Tensor key, int inputs, int outputs, DType dtype = DType.F32) =>
        Uniform("LeCunUniform", key, inputs, outputs, 1.0 / inputs, dtype);

    /// <summary>Initial weights for <see cref="Selu"/> and for layers without activation: normal with variance 1/in, not truncated.</summary>
    /// <inheritdoc cref="GlorotUniform"/>
    /// <remarks>LeCun et al. (1998), equation 16. JAX's lecun_normal truncates.</remarks>
    public static Tensor LeCunNormal(Tensor key, int inputs, int outputs, DType dtype = DType.F32) =>
        Normal("LeCunNormal", key, inputs, outputs, 1.0 / inputs, dtype);

    /// <summary>Normal numbers of a standard deviation, none of which is further away than so many of them.</summary>
    /// <param name="key">A key of <see cref="Rng"/>.</param>
    /// <param name="shape">The shape of the result.</param>
    /// <param name="deviation">The standard deviation before cutting: after it, of ±2, it is 0.88 times that.</param>
    /// <param name="limit">Where to cut, in standard deviations.</param>
    /// <param name="dtype">F32 or F64.</param>
    /// <remarks>Follows jax.nn.initializers.truncated_normal.</remarks>
    public static Tensor TruncatedNormal(Tensor key, Shape shape, double deviation = 0.01, double limit = 2, DType dtype = DType.F32) =>
        deviation * Rng.TruncatedNormal(key, -limit, limit, shape, dtype);

    /// <summary>A matrix with orthonormal rows or columns, whichever are fewer; all such alike.</summary>
    /// <inheritdoc cref="GlorotUniform"/>
    /// <remarks>
    /// Saxe et al., Exact solutions to the nonlinear dynamics of learning (2014). Follows jax.nn.initializers.orthogonal: <see cref="Rng.Orthogonal"/>.
    /// </remarks>
    public static Tensor Orthogonal(Tensor key, int inputs, int outputs, DType dtype = DType.F32)
    {
        Weights("Orthogonal", inputs, outputs);
        return Rng.Orthogonal(key, inputs, outputs, dtype: dtype);
    }

    static Tensor Uniform(string name, Tensor key, int inputs, int outputs, double variance, DType dtype) =>
        Rng.Uniform(key, Weights(name, inputs, outputs), -1, 1, dtype) * Math.Sqrt(3 * variance);

    static Tensor Normal(string name, Tensor key, int inputs, int outputs, double variance, DType dtype) =>
        Rng.Normal(key, Weights(name, inputs, outputs), dtype) * Math.Sqrt(variance);

    static Shape Weights(string name, int inputs, int outputs) => inputs > 0 && outputs > 0 ? [inputs, outputs]
        : throw new ArgumentOutOfRangeException(null, $"{name}: expected at least one input and one output, got {inputs} and {outputs}.{Caller.Line()}");
}
