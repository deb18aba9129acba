namespace StagedDiff.Tests;

/// <summary>Layers as trees of parameters: what Init draws, what Apply refuses, how they train.</summary>
public class LayersTests
{
    static readonly Tensor key = Rng.Key(1);

    [Fact]
    public void A_layer_is_a_tree()
    {
        Assert.Equal([".Layers[0].W", ".Layers[0].B", ".Layers[1].W", ".Layers[1].B"], Tree.Paths(Nn.Mlp.Init(key, [3, 5, 2])));
        Assert.Equal([".W"], Tree.Paths(Nn.Linear.Init(key, 3, 5, bias: false)));
        Assert.Equal([".Query.W", ".Key.W", ".Value.W", ".Output.W"], Tree.Paths(Nn.MultiHeadAttention.Init(key, 6, 2, bias: false)));
        Assert.Equal([".Scale", ".Shift"], Tree.Paths(Nn.GroupNorm.Init(2, 6)));
        Assert.Equal([".W", ".U", ".B", ".Bn"], Tree.Paths(Nn.Gru.Init(key, 3, 5)));
    }

    [Fact]
    public void Shapes_and_types_are_those_asked_for()
    {
        var x = Tensor.Ones(2, 7, 6);
        Assert.Equal(Shape.Of(2, 7, 4), Nn.Linear.Init(key, 6, 4).Apply(x).Shape);
        Assert.Equal(Shape.Of(2, 7, 4), Nn.Mlp.Init(key, [6, 9, 4], weights: Nn.GlorotUniform).Apply(x, Nn.Tanh).Shape);
        Assert.Equal(Shape.Of(2, 7, 6), Nn.MultiHeadAttention.Init(key, 6, 3).Apply(x, causal: true, rotary: true).Shape);
        Assert.Equal(Shape.Of(2, 9), Nn.Embedding.Init(key, 9, 6).Attend(x[0, ..2]).Shape);
        foreach (var dtype in new[] { DType.F32, DType.F64 })
            Assert.All(Tree.Leaves(((Nn.Mlp.Init(key, [2, 3], dtype), Nn.Embedding.Init(key, 2, 3, dtype), Nn.LayerNorm.Init(3, dtype), Nn.RmsNorm.Init(3, dtype), Nn.GroupNorm.Init(1, 3, dtype)),
                Nn.BatchNorm.Init(3, dtype), Nn.MultiHeadAttention.Init(key, 4, 2, dtype: dtype), Nn.Rnn.Init(key, 2, 3, dtype), Nn.Lstm.Init(key, 2, 3, dtype), Nn.Gru.Init(key, 2, 3, dtype))),
                t => Assert.Equal(dtype, t.DType));
    }

    [Fact]
    public void Layers_have_weights_of_their_own()
    {
        var mlp = Nn.Mlp.Init(key, [4, 4, 4]);
        Assert.NotEqual(mlp.Layers[0].W.ToString(), mlp.Layers[1].W.ToString());
        Assert.Equal(Golden.Bits(mlp), Golden.Bits(Fn.Jit((Tensor k) => Nn.Mlp.Init(k, [4, 4, 4]))(key)));
        var lstm = Nn.Lstm.Init(key, 4, 16);
        Assert.InRange((double)Tensor.Abs(lstm.U).Max(), 0.2, 0.25);    // 1/√16
    }

    [Fact]
    public void A_query_that_sees_nothing_gets_0_and_no_NaN()
    {
        var x = Rng.Normal(key, [3, 4], DType.F64);
        var none = Tensor.From([1, 1, 0, 0, 0, 0, 1, 1, 1], 3, 3);
        Tensor f(Tensor x) => Nn.Attention(x, x, x, none);
        Assert.Equal([0.0, 0, 0, 0], f(x)[1].ToArray<double>());
        Assert.False((bool)Np.IsNaN(Fn.Grad((Tensor x) => (f(x) * f(x)).Sum())(x)).Any());
        Golden.SameBits(f, x);
        Fn.CheckGrads(f, x);
    }

    // Products of turned vectors depend on the distance of their places alone.
    [Fact]
    public void Rotary_positions_are_relative()
    {
        Tensor a = Rng.Normal(key, [1, 6], DType.F64), b = Rng.Normal(Rng.Key(2), [1, 6], DType.F64);
        double Product(int i, int j) => (double)(Nn.Rotary(a, Tensor.From([i])) * Nn.Rotary(b, Tensor.From([j]))).Sum();
        Near.Equal([Product(0, 3), Product(0, 0)], [Product(1000, 1003), Product(70, 70)], 1e-10);
        Assert.NotEqual(Product(0, 3), Product(0, 4), 1e-3);
    }

    // sin and cos of 1/10000^(0/4) and 1/10000^(2/4).
    [Fact]
    public void Sinusoidal_positions_alternate() =>
        Near.Equal([0, 1, 0, 1, Math.Sin(1), Math.Cos(1), Math.Sin(0.01), Math.Cos(0.01)], Nn.SinusoidalPositions(2, 4, dtype: DType.F64).ToArray<double>());

    [Fact]
    public void Dropout_keeps_the_mean()
    {
        var x = Tensor.Full([100, 100], 3f);
        var y = Nn.Dropout(key, x, 0.25);
        Assert.InRange((float)y.Mean(), 2.9f, 3.1f);
        Assert.InRange((float)Tensor.Equal(y, 0).Mean(), 0.24f, 0.26f);
        Assert.All(y.ToArray<float>(), v => Assert.True(v is 0 or 4));
        Assert.Equal(y.ToArray<float>(), Fn.Jit((Tensor k) => Nn.Dropout(k, x, 0.25))(key).ToArray<float>());
        Assert.Equal([3f, 0f], [(float)Nn.Dropout(key, x, 0)[0, 0], (float)Nn.Dropout(key, x, 1)[0, 0]]);
        Fn.CheckGrads((Tensor x) => Nn.Dropout(key, x * x, 0.5), Tensor.From([1.0, 2, 3, 4]));
        Assert.StartsWith("Dropout: expected a chance between 0 and 1, got 1.5.", Assert.Throws<ArgumentOutOfRangeException>(() => Nn.Dropout(key, x, 1.5)).Message);
    }

    [Fact]
    public void A_sequence_runs_backwards_too()
    {
        var (cell, xs) = (Nn.Gru.Init(key, 2, 3, DType.F64), Rng.Normal(key, [4, 1, 2], DType.F64));
        var (ys, state) = cell.Run(xs, reverse: true);
        var (mirrored, last) = cell.Run(xs.Flip(0));
        Assert.Equal(mirrored.Flip(0).ToArray<double>(), ys.ToArray<double>());
        Assert.Equal(last.ToArray<double>(), state.ToArray<double>());
        var (half, middle) = cell.Run(xs[..2]);
        Assert.Equal(cell.Run(xs).Ys[2..].ToArray<double>(), cell.Run(xs[2..], middle).Ys.ToArray<double>());
    }

    // Sums of what came so far, and how many.
    [Fact]
    public void Any_state_is_carried_along()
    {
        var (ys, (sum, count)) = Nn.Unroll((s, x) => ((s.Sum + x, s.Count + 1), s.Sum + x), (Sum: Tensor.From(0.0), Count: 0), Tensor.From([1.0, 2, 4]));
        Assert.Equal([1.0, 3, 7], ys.ToArray<double>());
        Assert.Equal((7.0, 3), ((double)sum, count));
        Fn.CheckGrads((Tensor x) => Nn.Unroll((s, x) => (s * x, s * x), Tensor.From(1.0), x).Ys, Tensor.From([1.0, 2, 4]));
    }

    [Fact]
    public void Batch_averages_come_back()
    {
        var (layer, averages) = Nn.BatchNorm.Init(2);
        var x = Tensor.From([1f, 10, 3, 30], 2, 2);
        var (y, next) = layer.Train(x, averages);
        Near.Equal([-1, -1, 1, 1], Array.ConvertAll(y.ToArray<float>(), v => (double)v), 1e-5);
        Near.Equal([0.2, 2, 0.9 + 0.2, 0.9 + 20], [.. next.Mean.ToArray<float>().Concat(next.Variance.ToArray<float>()).Select(v => (double)v)], 1e-6);
        // The averages of a step have no derivative: the gradient is that of y alone.
        var (_, aux, slope) = Fn.ValueAndGradAux((Nn.BatchNorm l, Tensor x) => l.Train(x, averages) is var (y, a) ? (y.Sum(), a) : default)(layer, x);
        Near.Equal([0, 2], [(float)slope.Scale[0], (float)slope.Shift[0]]);
        Assert.Equal(next.Mean.ToArray<float>(), aux.Mean.ToArray<float>());
    }

    [Fact]
    public void A_transformer_block_learns()
    {
        var keys = Rng.Split(key, 3);
        var start = (Attention: Nn.MultiHeadAttention.Init(keys[0], 8, 2), Norm: Nn.LayerNorm.Init(8), Mlp: Nn.Mlp.Init(keys[1], [8, 16, 8]));
        var x = Rng.Normal(keys[2], [2, 5, 8]);
        var optimizer = Optim.Chain(Optim.ClipByGlobalNorm(1), Optim.AdamW(Schedules.WarmupCosine(0, 0.02, 5, 60), decays: path => path.EndsWith(".W")));
        var step = Fn.Jit(((Nn.MultiHeadAttention Attention, Nn.LayerNorm Norm, Nn.Mlp Mlp) m, OptState s) =>
        {
            // What comes before each place is to be found by attention.
            var (loss, slope) = Fn.ValueAndGrad<(Nn.MultiHeadAttention Attention, Nn.LayerNorm Norm, Nn.Mlp Mlp)>(m =>
            {
                var h = x + m.Attention.Apply(m.Norm.Apply(x), causal: true, rotary: true);
                return Losses.MeanSquaredError((h + m.Mlp.Apply(h, t => Nn.Gelu(t)))[.., 1..], x[.., ..^1]);
            })(m);
            var (next, state) = optimizer.Update(slope, s, m);
            return (loss, next, state);
        });
        var (m, state, losses) = (start, optimizer.Init(start), new List<float>());
        for (int i = 0; i < 60; i++)
        {
            (var loss, m, state) = step(m, state);
            losses.Add((float)loss);
        }
        Assert.True(losses[^1] < 0.3 * losses[0], $"{losses[0]} → {losses[^1]}");
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.StartsWith("LayerNorm: expected a float tensor with 3 features along axis −1, got f32[2,4].", Assert.Throws<ShapeException>(() => Nn.LayerNorm.Init(3).Apply(Tensor.Zeros(2, 4))).Message);
        Assert.StartsWith("BatchNorm: expected a float tensor with 3 features along axis 1, got f32[3].", Assert.Throws<ShapeException>(() => Nn.BatchNorm.Init(3).Layer.Train(Tensor.Zeros(3), Nn.BatchNorm.Init(3).Averages)).Message);
        Assert.StartsWith("GroupNorm: expected a number of groups that divides 6 channels, got 4.", Assert.Throws<ArgumentOutOfRangeException>(() => Nn.GroupNorm.Init(4, 6)).Message);
        Assert.StartsWith("MultiHeadAttention: expected a number of heads that divides 6 features, got 4.", Assert.Throws<ArgumentOutOfRangeException>(() => Nn.MultiHeadAttention.Init(key, 6, 4)).Message);
        Assert.StartsWith("Attention: expected queries [b…,n,f], keys [b…,m,f] and values [b…,m,o], got f32[2,3], f32[2,4] and f32[2,4].",
            Assert.Throws<ShapeException>(() => Nn.Attention(Tensor.Zeros(2, 3), Tensor.Zeros(2, 4), Tensor.Zeros(2, 4))).Message);
        Assert.StartsWith("Rotary: expected [b…,places,features] with an even number of features, got f32[2,3].", Assert.Throws<ShapeException>(() => Nn.Rotary(Tensor.Zeros(2, 3))).Message);
        Assert.StartsWith("Unroll: expected inputs [time,…] with one at least, got f32[0,2].", Assert.Throws<ShapeException>(() => Nn.Rnn.Init(key, 2, 3).Run(Tensor.Zeros(0, 2))).Message);
        Assert.StartsWith("Mlp: expected the sizes of input and output at least, got 1.", Assert.Throws<ArgumentException>(() => Nn.Mlp.Init(key, [3])).Message);
        Assert.StartsWith("SinusoidalPositions: expected an even number of features, got 3.", Assert.Throws<ArgumentOutOfRangeException>(() => Nn.SinusoidalPositions(2, 3)).Message);
    }

    [Fact]
    public void Orthogonal_weights_are_orthogonal()
    {
        foreach (var (rows, columns) in new[] { (7, 3), (3, 7), (64, 64), (1, 1) })
        {
            var x = Nn.Orthogonal(key, rows, columns, DType.F64);
            Near.Equal(Tensor.Eye(Math.Min(rows, columns), dtype: DType.F64).ToArray<double>(), (rows < columns ? x.MatMul(x.T) : x.T.MatMul(x)).ToArray<double>());
        }
    }

    // Variance 1/in; a normal distribution cut at two deviations has the variance 0.774 (Johnson and Kotz).
    [Fact]
    public void LeCun_and_truncated_weights_have_their_variance()
    {
        foreach (var (w, variance) in new[] { (Nn.LeCunUniform(key, 200, 100), 1.0 / 200), (Nn.LeCunNormal(key, 200, 100), 1.0 / 200), (Nn.TruncatedNormal(key, [200, 100], 0.02), 0.0004 * 0.7737) })
            Assert.InRange((double)w.Var() / variance, 0.96, 1.04);
        Assert.True((double)Tensor.Abs(Nn.TruncatedNormal(key, [200, 100], 0.02)).Max() <= 0.04);
    }
}
