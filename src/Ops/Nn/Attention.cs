namespace StagedDiff;

public static partial class Nn
{
    /// <summary>Each query's mean of values, weighted by the softmax of its products with the keys: softmax(q·kᵀ·scale)·v.</summary>
    /// <param name="q">Queries [b…, n, features].</param>
    /// <param name="k">Keys [b…, m, features].</param>
    /// <param name="v">Values [b…, m, out].</param>
    /// <param name="mask">Bools that broadcast to [b…, n, m]: true where a query sees a key. Or floats, which are added to the products. Null: all.</param>
    /// <param name="causal">Whether query i sees keys up to i alone, beside the mask.</param>
    /// <param name="scale">Null for 1/√features.</param>
    /// <returns>[b…, n, out]; 0 for a query that sees no key.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    /// <remarks>Vaswani et al., Attention is all you need (2017), equation 1. Follows torch.nn.functional.scaled_dot_product_attention.</remarks>
    public static Tensor Attention(Tensor q, Tensor k, Tensor v, Tensor? mask = null, bool causal = false, double? scale = null)
    {
        if (q.Rank < 2 || k.Rank < 2 || v.Rank < 2 || q.Shape[^1] != k.Shape[^1] || k.Shape[^2] != v.Shape[^2]) throw new ShapeException(
            $"Attention: expected queries [b…,n,f], keys [b…,m,f] and values [b…,m,o], got {q.Type}, {k.Type} and {v.Type}.{Caller.Line()}");
        var s = (q * (scale ?? 1 / Math.Sqrt(q.Shape[^1]))).MatMul(k.T);
        if (mask is not null && mask.DType.IsFloat()) s += mask;
        var seen = mask is null || mask.DType.IsFloat() ? null : mask.DType == DType.Bool ? mask : Tensor.NotEqual(mask, 0);
        if (causal)
        {
            var past = Tensor.Arange(q.Shape[^2]).Unsqueeze(1) >= Tensor.Arange(k.Shape[^2]);
            seen = seen is null ? past : seen & past;
        }
        if (seen is null) return Softmax(s).MatMul(v);
        // −∞ would do, but for a query that sees nothing: its row would be NaN, and its gradient too.
        var weights = Softmax(Np.Where(seen, s, double.NegativeInfinity));
        return Np.Where(seen, weights, 0).MatMul(v);
    }

    /// <summary>Attention of several heads, each with its own queries, keys and values; from one sequence to another or to itself.</summary>
    /// <param name="Query">[features, heads·size].</param>
    /// <param name="Key">[features of the keys, heads·size].</param>
    /// <param name="Value">[features of the values, heads·size].</param>
    /// <param name="Output">[heads·size, features].</param>
    /// <param name="Heads">How many.</param>
    /// <remarks>Vaswani et al., Attention is all you need (2017), section 3.2.2. Follows torch.nn.MultiheadAttention.</remarks>
    public sealed record MultiHeadAttention(Linear Query, Linear Key, Linear Value, Linear Output, int Heads)
    {
        /// <summary>Glorot's uniform weights, biases of 0.</summary>
        /// <param name="key">A key of <see cref="Rng"/>.</param>
        /// <param name="features">Of queries and results; the heads divide them among themselves.</param>
        /// <param name="heads">How many.</param>
        /// <param name="bias">Whether the four layers have one.</param>
        /// <param name="dtype">F32 or F64.</param>
        /// <exception cref="ArgumentOutOfRangeException">The heads do not divide the features.</exception>
        public static MultiHeadAttention Init(Tensor key, int features, int heads, bool bias = true, DType dtype = DType.F32)
        {
            if (heads < 1 || features % heads != 0)
                throw new ArgumentOutOfRangeException(nameof(heads), $"MultiHeadAttention: expected a number of heads that divides {features} features, got {heads}.{Caller.Line()}");
            var keys = Rng.Split(key, 4);
            Linear Made(int i) => Linear.Init(keys[i], features, features, bias, dtype, GlorotUniform);
            return new(Made(0), Made(1), Made(2), Made(3), heads);
        }

        /// <summary>From a sequence to itself: [b…, n, features] → [b…, n, features].</summary>
        /// <inheritdoc cref="Apply(Tensor, Tensor, Tensor, Tensor, bool, bool)"/>
        public Tensor Apply(Tensor x, Tensor? mask = null, bool causal = false, bool rotary = false) => Apply(x, x, x, mask, causal, rotary);

        /// <summary>From queries to keys and values: [b…, n, features] → [b…, n, features].</summary>
        /// <param name="query">[b…, n, features].</param>
        /// <param name="key">[b…, m, features].</param>
        /// <param name="value">[b…, m, features].</param>
        /// <param name="mask">As in <see cref="Attention"/>, broadcast to [b…, heads, n, m]: of one for all heads, [n, m] or [b…, 1, n, m].</param>
        /// <param name="causal">Whether query i sees keys up to i alone.</param>
        /// <param name="rotary">Whether queries and keys are turned by their places: see <see cref="Rotary"/>.</param>
        /// <exception cref="ShapeException">The shapes do not fit.</exception>
        public Tensor Apply(Tensor query, Tensor key, Tensor value, Tensor? mask = null, bool causal = false, bool rotary = false)
        {
            Tensor q = Split(Query.Apply(query)), k = Split(Key.Apply(key)), v = Split(Value.Apply(value));
            if (rotary) (q, k) = (Rotary(q), Rotary(k));
            return Output.Apply(Joined(Attention(q, k, v, mask, causal)));
        }

        /// <summary>[b…, n, heads·size] → [b…, heads, n, size].</summary>
        Tensor Split(Tensor x)
        {
            var split = x.Reshape([.. x.Shape.Take(x.Rank - 1), (Extent)Heads, (Extent)(x.Shape[^1] / Heads)]);
            return split.Transpose(Swapped(split.Rank));
        }

        static Tensor Joined(Tensor x)
        {
            var back = x.Transpose(Swapped(x.Rank));
            return back.Reshape([.. back.Shape.Take(back.Rank - 2), back.Shape[^2] * back.Shape[^1]]);
        }

        static int[] Swapped(int rank) => [.. Enumerable.Range(0, rank - 3), rank - 2, rank - 3, rank - 1];
    }
}
