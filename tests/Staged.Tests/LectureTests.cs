namespace StagedDiff.Tests;

/// <summary>Derivatives that lectures work out by hand, each live and jitted.</summary>
public sealed class LectureTests
{
    static Tensor Number(double x) => Tensor.From(x);
    static double[] Of(Tensor t) => Numbers.Of(t.Concrete);

    static void Near(double[] expected, Tensor actual)
    {
        var numbers = Of(actual);
        Assert.Equal(expected.Length, numbers.Length);
        for (int i = 0; i < numbers.Length; i++) Numbers.Near(expected[i], numbers[i], 1e-12, $"at {i}");
    }

    /// <summary>The gradient by each argument, live and jitted.</summary>
    static Tensor[] Gradients(Func<Tensor[], Tensor> f, params Tensor[] x)
    {
        var live = Fn.Grad(f)(x);
        Numbers.SameBits(live, Fn.Jit(Fn.Grad(f))(x), "jitted");
        return live;
    }

    static Tensor Random(int seed, params int[] shape)
    {
        var random = new Random(seed);
        return Tensor.From(Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => 2 * random.NextDouble() - 1).ToArray(), shape);
    }

    [Fact] // CS231n, backpropagation: f = (x + y)z in a circuit diagram
    public void A_product_of_a_sum()
    {
        var g = Gradients(x => (x[0] + x[1]) * x[2], Number(-2), Number(5), Number(-4));
        Assert.Equal([-4, -4, 3], g.Select(t => t.Item<double>()));
    }

    [Fact] // Baydin et al., Automatic differentiation in machine learning (2018); the lecture's f = x₁x₂ + sin x₂ with two paths to x₂
    public void Two_paths_are_summed()
    {
        var g = Gradients(x => x[0] * x[1] + Tensor.Sin(x[1]), Number(2), Number(5));
        Near([5], g[0]);
        Near([2 + Math.Cos(5)], g[1]);
    }

    [Fact] // CS231n, patterns in backward flow
    public void Add_distributes_max_routes_and_mul_switches()
    {
        Assert.Equal([2, 2], Gradients(x => 2 * (x[0] + x[1]), Number(3), Number(-4)).Select(t => t.Item<double>()));
        Assert.Equal([2, 0], Gradients(x => 2 * Tensor.Maximum(x[0], x[1]), Number(3), Number(-4)).Select(t => t.Item<double>()));
        Assert.Equal([1, 1], Gradients(x => 2 * Tensor.Maximum(x[0], x[1]), Number(3), Number(3)).Select(t => t.Item<double>()));
        Assert.Equal([-8, 6], Gradients(x => 2 * (x[0] * x[1]), Number(3), Number(-4)).Select(t => t.Item<double>()));
        Near([0, 0.5, 0.5, 0], Gradients(x => x[0].Max(), Tensor.From([1.0, 4, 4, 2]))[0]);
    }

    [Fact] // lecture: loss functions, why accuracy is none
    public void Accuracy_sign_and_argmax_have_no_slope()
    {
        Tensor w = Random(1, 3, 4), x = Random(2, 8, 3), label = Tensor.From([0, 1, 2, 3, 0, 1, 2, 3]);
        Near(new double[12], Gradients(p => Tensor.Equal(x.MatMul(p[0]).ArgMax(1), label).Cast(DType.F64).Mean(), w)[0]);
        Near(new double[12], Gradients(p => Prim.Sign(x.MatMul(p[0])).Sum(), w)[0]);
        Near(new double[12], Gradients(p => p[0].ArgMax(0).Cast(DType.F64).Sum(), w)[0]);
    }

    [Fact] // lecture: squared error of one number, L = (ŷ − y)², ŷ = wx + b
    public void The_slope_of_a_squared_error()
    {
        var (loss, grad) = Fn.ValueAndGrad((Tensor b) => Tensor.Pow(Number(3) * 2 + b - 7, 2))(Number(4));
        Assert.Equal((9, 6), (loss.Item<double>(), grad.Item<double>()));
    }

    [Theory] // lecture: define by run, control flow
    [InlineData(20, 5, 0.25), InlineData(-20, -5, 0.25), InlineData(21, 2.625, 0.125), InlineData(4, 4, 1), InlineData(5, 5, 1), InlineData(1e6, 1e6 / 262144, 1.0 / 262144)]
    public void A_loop_that_depends_on_its_value(double at, double value, double slope)
    {
        var (y, g) = Fn.ValueAndGrad((Tensor x) =>
        {
            while (Tensor.Abs(x) > 5) x /= 2;
            return x;
        })(Number(at));
        Assert.Equal((value, slope), (y.Item<double>(), g.Item<double>()));
    }

    [Fact] // lecture: perceptrons; E = Σ(d − wx)², ∂E/∂w = −2Σδx with δ = d − wx
    public void A_linear_perceptron()
    {
        Tensor x = Random(1, 20, 3), d = Random(2, 20), w = Random(3, 3);
        var delta = d - x.MatMul(w);
        Near(Of(-2 * x.T.MatMul(delta)), Gradients(p => Tensor.Pow(d - x.MatMul(p[0]), 2).Sum(), w)[0]);
    }

    [Fact] // lecture: perceptrons; w ← w + 2ηΣδσ(1 − σ)x
    public void A_sigmoid_perceptron_takes_the_delta_rule()
    {
        const double eta = 0.1;
        Tensor x = Random(1, 20, 3), d = Random(2, 20), w = Random(3, 3);
        var y = Prim.Logistic(x.MatMul(w));
        var rule = w + 2 * eta * x.T.MatMul((d - y) * y * (1 - y));
        Near(Of(rule), w - eta * Gradients(p => Tensor.Pow(d - Prim.Logistic(x.MatMul(p[0])), 2).Sum(), w)[0]);
    }

    [Fact] // lecture: recurrent networks; h' = tanh(W_x xᵀ + W_h hᵀ), x and h 1 × 20, the pullback of ones
    public void A_recurrent_step()
    {
        Tensor x = Random(1, 1, 20), h = Random(2, 1, 20), wx = Random(3, 20, 20), wh = Random(4, 20, 20);
        var (next, pull) = Fn.Vjp(((Tensor, Tensor, Tensor, Tensor) p) => Tensor.Tanh(p.Item1.MatMul(p.Item2.T) + p.Item3.MatMul(p.Item4.T)), (wx, x, wh, h));
        var (dwx, dx, dwh, dh) = pull(Tensor.Ones([20, 1], DType.F64));
        var s = 1 - next * next;
        Near(Of(s.MatMul(x)), dwx);
        Near(Of(s.MatMul(h)), dwh);
        Near(Of(s.T.MatMul(wx)), dx);
        Near(Of(s.T.MatMul(wh)), dh);
        Assert.Equal(Shape.Of(1, 20), dx.Shape);
        Assert.Equal(Shape.Of(20, 20), dwh.Shape);
    }

    [Fact] // CS231n, a two-layer network in NumPy: loss = Σ(relu(XW₁)W₂ − Y)² with Y = 0
    public void A_two_layer_network()
    {
        Tensor x = Random(1, 6, 5), w1 = Random(2, 5, 4), w2 = Random(3, 4, 3);
        Tensor h = x.MatMul(w1), relu = Tensor.Maximum(h, 0), y = relu.MatMul(w2);
        var dy = 2.0 * y;
        var dh = Prim.Select(h < 0, Prim.Zeros(h.Type), dy.MatMul(w2.T));
        var g = Gradients(p => Tensor.Pow(Tensor.Maximum(x.MatMul(p[0]), 0).MatMul(p[1]), 2).Sum(), w1, w2);
        Near(Of(x.T.MatMul(dh)), g[0]);
        Near(Of(relu.T.MatMul(dy)), g[1]);
    }

    [Fact] // CS224n, Computing neural network gradients: z = Wx + b₁, h = relu(z), θ = Uh + b₂, ŷ = softmax(θ), J = CE(y, ŷ); δ₁ = ∂J/∂θ = (ŷ − y)ᵀ
    public void A_classifier_with_one_hidden_layer()
    {
        Tensor x = Random(1, 4), w = Random(2, 5, 4), b1 = Random(3, 5), u = Random(4, 3, 5), b2 = Random(5, 3), y = Tensor.From([0.0, 1, 0]);
        static Tensor Softmax(Tensor t) => Tensor.Exp(t - t.Max()) / Tensor.Exp(t - t.Max()).Sum();
        Tensor z = w.MatMul(x) + b1, h = Tensor.Maximum(z, 0), theta = u.MatMul(h) + b2;
        var delta1 = Softmax(theta) - y;
        var delta2 = u.T.MatMul(delta1) * Prim.Cast(h > 0, DType.F64);
        var g = Gradients(p => -(y * Tensor.Log(Softmax(p[0].MatMul(Tensor.Maximum(p[2].MatMul(p[4]) + p[3], 0)) + p[1]))).Sum(), u, b2, w, b1, x);
        Near(Of(delta1.Reshape(3, 1) * h), g[0]);
        Near(Of(delta1), g[1]);
        Near(Of(delta2.Reshape(5, 1) * x), g[2]);
        Near(Of(delta2), g[3]);
        Near(Of(w.T.MatMul(delta2)), g[4]);
        Near(Of(delta1), Gradients(t => -(y * Tensor.Log(Softmax(t[0]))).Sum(), theta)[0]);
    }

    /// <summary>∂y/∂x as rows of outputs: by forward mode and by reverse mode.</summary>
    static Tensor Jacobian(Func<Tensor, Tensor> f, Tensor x)
    {
        int n = (int)x.Size, m = (int)f(x).Size;
        Tensor Basis(int k, int size, Shape shape) => Numbers.Shaped(Enumerable.Range(0, size).Select(i => i == k ? 1.0 : 0).ToArray(), shape);
        var columns = Prim.Transpose(Stack([.. Enumerable.Range(0, n).Select(j => Fn.Jvp(f, x, Basis(j, n, x.Shape)).Tangent.Reshape(m))]));
        var (y, pull) = Fn.Vjp(f, x);
        var rows = Stack([.. Enumerable.Range(0, m).Select(i => pull(Basis(i, m, y.Shape)).Reshape(n))]);
        Numbers.Near([rows], [columns], 1e-13, "the two modes");
        return rows;
    }

    static Tensor Stack(Tensor[] x) => Prim.Concatenate(0, Array.ConvertAll(x, t => t.Reshape(1, -1)));
    static Tensor Diagonal(Tensor x) => Tensor.From(Enumerable.Range(0, (int)x.Size).SelectMany(i => Enumerable.Range(0, (int)x.Size).Select(j => i == j ? Of(x)[i] : 0)).ToArray(), (int)x.Size, (int)x.Size);

    [Fact] // CS224n, Computing neural network gradients, section 2: useful identities
    public void Jacobians_of_the_useful_identities()
    {
        Tensor w = Random(1, 3, 4), x = Random(2, 4), z = Random(3, 3), y = Random(4, 4);
        Near(Of(w), Jacobian(t => w.MatMul(t), x));                                   // (1) Wx by x: W
        Near(Of(w.T), Jacobian(t => t.MatMul(w), z));                                 // (2) xW by x: Wᵀ
        Near(Of(Diagonal(Tensor.Ones([4], DType.F64))), Jacobian(t => t, x));         // (3) x by x: I
        Near(Of(Diagonal(Tensor.Cos(x))), Jacobian(Tensor.Sin, x));                   // (4) f(x), elementwise: diag f′(x)
        Near(Of(z.Reshape(3, 1) * x), Fn.Grad((Tensor t) => (z * t.MatMul(x)).Sum())(w));       // (5) J(Wx) by W: δᵀxᵀ
        Near(Of(z.Reshape(3, 1) * x), Fn.Grad((Tensor t) => (x * z.MatMul(t)).Sum())(w));       // (6) J(xW) by W: xᵀδ
        Near(Of(y), Jacobian(t => t.MatMul(y), x));                                   // dot
        Near(Of(Diagonal(y)), Jacobian(t => t * y, x));                               // elementwise product
        Near(Of(x / Tensor.Sqrt((x * x).Sum())), Jacobian(t => Tensor.Sqrt((t * t).Sum()), x)); // 2-norm
    }
}
