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

    static Tensor Uniform(string name, Tensor key, int inputs, int outputs, double variance, DType dtype) =>
        Rng.Uniform(key, Weights(name, inputs, outputs), -1, 1, dtype) * Math.Sqrt(3 * variance);

    static Tensor Normal(string name, Tensor key, int inputs, int outputs, double variance, DType dtype) =>
        Rng.Normal(key, Weights(name, inputs, outputs), dtype) * Math.Sqrt(variance);

    static Shape Weights(string name, int inputs, int outputs) => inputs > 0 && outputs > 0 ? [inputs, outputs]
        : throw new ArgumentOutOfRangeException(null, $"{name}: expected at least one input and one output, got {inputs} and {outputs}.{Caller.Line()}");
}
