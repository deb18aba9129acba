namespace StagedDiff;

// Layers of products. Each is a record of parameters, so a tree: Init draws it by a key, Apply is a pure function of it and the input.
public static partial class Nn
{
    /// <summary>An affine function of the last axis: x·W + B.</summary>
    /// <param name="W">[inputs, outputs].</param>
    /// <param name="B">[outputs]; null adds nothing.</param>
    public sealed record Linear(Tensor W, Tensor? B)
    {
        /// <summary>Weights that keep the variance of what comes in, and a bias of 0.</summary>
        /// <param name="key">A key of <see cref="Rng"/>.</param>
        /// <param name="inputs">How many features come in.</param>
        /// <param name="outputs">How many go out.</param>
        /// <param name="bias">Whether there is one.</param>
        /// <param name="dtype">F32 or F64.</param>
        /// <param name="weights">Another initialiser, such as <see cref="HeNormal"/>; null for <see cref="LeCunNormal"/>.</param>
        /// <exception cref="ArgumentOutOfRangeException">There are no inputs or no outputs.</exception>
        public static Linear Init(Tensor key, int inputs, int outputs, bool bias = true, DType dtype = DType.F32, Func<Tensor, int, int, DType, Tensor>? weights = null) =>
            new((weights ?? LeCunNormal)(key, inputs, outputs, dtype), bias ? Tensor.Zeros([outputs], dtype) : null);

        /// <summary>[b…, inputs] → [b…, outputs].</summary>
        /// <exception cref="ShapeException">The last axis is not of the inputs' extent.</exception>
        public Tensor Apply(Tensor x) => B is null ? x.MatMul(W) : x.MatMul(W) + B;
    }

    /// <summary>Linear layers with an activation between.</summary>
    /// <param name="Layers">In order.</param>
    public sealed record Mlp(Linear[] Layers)
    {
        /// <summary>Layers from each size to the next.</summary>
        /// <param name="key">A key of <see cref="Rng"/>.</param>
        /// <param name="sizes">The numbers of features: of the input, between, of the output.</param>
        /// <param name="dtype">F32 or F64.</param>
        /// <param name="weights">An initialiser; null for <see cref="HeNormal"/>, which suits <see cref="Relu"/>.</param>
        /// <exception cref="ArgumentException">There are fewer than two sizes.</exception>
        public static Mlp Init(Tensor key, IReadOnlyList<int> sizes, DType dtype = DType.F32, Func<Tensor, int, int, DType, Tensor>? weights = null)
        {
            if (sizes.Count < 2) throw new ArgumentException($"Mlp: expected the sizes of input and output at least, got {sizes.Count}.{Caller.Line()}");
            var keys = Rng.Split(key, sizes.Count - 1);
            return new([.. Enumerable.Range(0, sizes.Count - 1).Select(i => Linear.Init(keys[i], sizes[i], sizes[i + 1], dtype: dtype, weights: weights ?? HeNormal))]);
        }

        /// <summary>[b…, inputs] → [b…, outputs].</summary>
        /// <param name="x">[b…, inputs].</param>
        /// <param name="activation">After each layer but the last; null for <see cref="Relu"/>.</param>
        /// <exception cref="ShapeException">The last axis is not of the inputs' extent.</exception>
        public Tensor Apply(Tensor x, Func<Tensor, Tensor>? activation = null)
        {
            for (int i = 0; i < Layers.Length; i++) x = Layers[i].Apply(i == 0 ? x : (activation ?? Relu)(x));
            return x;
        }
    }

    /// <summary>A vector for each of so many things.</summary>
    /// <param name="W">[n, features].</param>
    public sealed record Embedding(Tensor W)
    {
        /// <summary>Normal numbers of variance 1.</summary>
        /// <param name="key">A key of <see cref="Rng"/>.</param>
        /// <param name="n">How many things.</param>
        /// <param name="features">The length of a vector.</param>
        /// <param name="dtype">F32 or F64.</param>
        /// <remarks>As torch.nn.Embedding.</remarks>
        public static Embedding Init(Tensor key, int n, int features, DType dtype = DType.F32) => new(Rng.Normal(key, [n, features], dtype));

        /// <summary>The vectors of things: integers [b…] → [b…, features]. Numbers below 0 count from the end.</summary>
        /// <exception cref="IndexException">There is no such thing.</exception>
        public Tensor Apply(Tensor indices) => W.Take(indices, 0);

        /// <summary>How alike vectors are to each thing, as logits of a model that shares its weights: [b…, features] → [b…, n].</summary>
        public Tensor Attend(Tensor x) => x.MatMul(W.T);
    }

    /// <summary>Numbers for places: sines and cosines of wavelengths from 2π to theta·2π, by turns.</summary>
    /// <param name="n">How many places.</param>
    /// <param name="features">How many numbers for each: even.</param>
    /// <param name="theta">How long the longest wave is, over 2π.</param>
    /// <param name="dtype">F32 or F64.</param>
    /// <returns>[n, features]: sin(place/theta^(2i/features)) at 2i, its cosine at 2i + 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number of features is odd.</exception>
    /// <remarks>Vaswani et al., Attention is all you need (2017), section 3.5.</remarks>
    public static Tensor SinusoidalPositions(int n, int features, double theta = 10_000, DType dtype = DType.F32)
    {
        if (features < 0 || features % 2 != 0) throw new ArgumentOutOfRangeException(nameof(features), $"SinusoidalPositions: expected an even number of features, got {features}.{Caller.Line()}");
        var angle = Angles(Tensor.Arange(n), features / 2, theta);
        return Np.Stack([Tensor.Sin(angle), Tensor.Cos(angle)], -1).Reshape(n, features).Cast(dtype);
    }

    /// <summary>Vectors turned by their places, so that products of two tell how far apart they are: rotary positions.</summary>
    /// <param name="x">[b…, places, features]: an even number of features, of which i is paired with i + features/2.</param>
    /// <param name="positions">Integers [places]; null for 0, 1, ….</param>
    /// <param name="theta">How slow the slowest pair turns.</param>
    /// <returns>Of the shape of x.</returns>
    /// <exception cref="ShapeException">There are fewer than two axes, or an odd number of features.</exception>
    /// <remarks>Su et al., RoFormer (2021), with halves for pairs as GPT-NeoX and Llama have it.</remarks>
    public static Tensor Rotary(Tensor x, Tensor? positions = null, double theta = 10_000)
    {
        if (x.Rank < 2 || x.Shape[^1] % 2 != 0) throw new ShapeException($"Rotary: expected [b…,places,features] with an even number of features, got {x.Type}.{Caller.Line()}");
        int half = x.Shape[^1] / 2;
        var angle = Angles(positions ?? Tensor.Arange(x.Shape[^2]), half, theta);
        var (cos, sin) = (Tensor.Cos(angle).Cast(x.DType), Tensor.Sin(angle).Cast(x.DType));
        Tensor a = Prim.Slice(x, x.Rank - 1, 0, half), b = Prim.Slice(x, x.Rank - 1, half, 2 * half);
        return Np.Concatenate([a * cos - b * sin, b * cos + a * sin], -1);
    }

    /// <summary>place/theta^(i/n): [places] → [places, n], in F64 so that far places keep their digits.</summary>
    static Tensor Angles(Tensor positions, int n, double theta) =>
        positions.Cast(DType.F64).Unsqueeze(-1) * Tensor.Pow(theta, Tensor.Arange(n).Cast(DType.F64) * (-1.0 / n));

    /// <summary>Some elements at random made 0, the others scaled up so that the mean stays.</summary>
    /// <param name="key">A key of <see cref="Rng"/>: another one for each call.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="rate">The chance of each element to be 0, from 0 to 1.</param>
    /// <returns>x/(1 − rate) or 0, of the shape of x. Leave it out when testing.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is no chance.</exception>
    /// <remarks>Srivastava et al., Dropout (2014). Follows flax.nnx.Dropout.</remarks>
    public static Tensor Dropout(Tensor key, Tensor x, double rate)
    {
        if (rate is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(rate), $"Dropout: expected a chance between 0 and 1, got {rate}.{Caller.Line()}");
        if (rate == 0) return x;
        return rate == 1 ? Tensor.ZerosLike(x) : Np.Where(Rng.Bernoulli(key, 1 - rate, x.Shape), x / (1 - rate), 0);
    }
}
