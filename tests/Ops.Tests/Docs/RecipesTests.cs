using StagedDiff.IO;
using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>The code of docs/recipes.md.</summary>
public class RecipesTests
{
    record Model(Tensor W, Tensor B)
    {
        public Tensor Apply(Tensor x) => x.MatMul(W) + B;
    }

    static readonly Tensor[] keys = [.. Enumerable.Range(0, 4).Select(i => Rng.Key(i))];
    static readonly Tensor x = Rng.Normal(keys[0], [32, 3]), y = Rng.Normal(keys[1], [32]);
    static readonly Model model = new(Rng.Normal(keys[2], [3]), 0.5);

    static Tensor Loss(Model m, Tensor x, Tensor y) => Losses.MeanSquaredError(m.Apply(x), y);

    [Fact]
    public void Training_loop()
    {
        var optimiser = Optim.Adam(1e-2);
        var step = Jit((Model m, OptState s, (Tensor X, Tensor Y) batch) =>
        {
            var (loss, gradient) = ValueAndGrad((Model m) => Loss(m, batch.X, batch.Y))(m);
            var (next, state) = optimiser.Update(gradient, s, m);
            return (loss, next, state);
        }, new() { Donate = [0, 1] });

        var (m, state) = (model with { W = model.W + 0, B = model.B + 0 }, optimiser.Init(model));
        for (int epoch = 0; epoch < 20; epoch++)
            foreach (var batch in Data.Batches(x, y, 8, seed: 0, epoch: epoch))
                (var loss, m, state) = step(m, state, batch);

        Assert.True((float)Loss(m, x, y) < (float)Loss(model, x, y));
    }

    [Fact]
    public void Something_beside_the_loss()
    {
        var f = ValueAndGradAux((Model m) =>
        {
            var prediction = m.Apply(x);
            var loss = Losses.MeanSquaredError(prediction, y);
            return (loss, new { Prediction = prediction, Worst = Tensor.Abs(prediction - y).Max() });
        });
        var (loss, aux, gradient) = f(model);
        Console.WriteLine($"loss {loss}, worst {aux.Worst}");

        Assert.Equal(32, aux.Prediction.Size);
        Assert.Equal((float)Grad<Model>(m => Loss(m, x, y))(model).B, (float)gradient.B);
    }

    [Fact]
    public void Schedules_and_clipping()
    {
        var optimiser = Optim.Chain(
            Optim.ClipByGlobalNorm(1),
            Optim.AdamW(
                Schedules.WarmupCosine(init: 0, peak: 3e-3, warmupSteps: 100, decaySteps: 1000),
                weightDecay: 0.01, decays: path => path.EndsWith(".W")));

        Func<Tensor, Tensor> rate = step => 1e-3 / Tensor.Sqrt(1 + step / 10);
        var own = Optim.Sgd(rate, momentum: 0.9);

        var gradient = Grad<Model>(m => Loss(m, x, y))(model);
        var state = optimiser.Init(model);
        var (first, _) = optimiser.Update(gradient, state, model);
        Assert.Equal(0, (float)Tree.Norm(Tree.Map2((a, b) => a - b, first, model)), 1e-9);   // the rate begins at 0
        Assert.NotEqual((float)model.B, (float)own.Update(gradient, own.Init(model), model).Parameters.B);
    }

    [Fact]
    public void A_minimum()
    {
        var fit = Optim.Minimize((Model m) => Loss(m, x, y), model, tolerance: 1e-4);
        Console.WriteLine($"{fit.Value:F6} after {fit.Steps} steps, converged: {fit.Converged}");

        // Least squares have their solution in a formula.
        var best = Linalg.Lstsq(Np.Concatenate([x, Tensor.Ones(32, 1)], 1), y).X;
        Assert.True(fit.Converged && (bool)Np.AllClose(best, Np.Append(fit.Parameters.W, fit.Parameters.B), 1e-3, 1e-3));
    }

    [Fact]
    public void Parts_of_a_model()
    {
        var frozen = Optim.Freeze(Optim.Adam(1e-3), path => path == ".B");
        var apart = Optim.Partition(path => path == ".W" ? 0 : 1, Optim.Adam(1e-3), Optim.Sgd(1e-1));
        Console.WriteLine(string.Join(' ', Tree.Paths(model)));   // .W .B

        var gradient = Grad<Model>(m => Loss(m, x, y))(model);
        var (kept, _) = frozen.Update(gradient, frozen.Init(model), model);
        var (moved, _) = apart.Update(gradient, apart.Init(model), model);
        Assert.Equal([".W", ".B"], Tree.Paths(model));
        Assert.Equal((float)model.B, (float)kept.B);
        Assert.Equal((float)(model.B - 0.1 * gradient.B), (float)moved.B);
    }

    [Fact]
    public void Large_batches()
    {
        var optimiser = Optim.MultiSteps(Optim.Adam(1e-3), every: 4);

        var gradient = Grad<Model>(m => Loss(m, x, y))(model);
        var (m, state) = (model, optimiser.Init(model));
        for (int i = 0; i < 3; i++) (m, state) = optimiser.Update(gradient, state, m);
        Assert.Equal((float)model.B, (float)m.B);
        (m, state) = optimiser.Update(gradient, state, m);
        Assert.NotEqual((float)model.B, (float)m.B);
    }

    [Fact]
    public void Keys()
    {
        var key = Rng.Key(0);
        for (int step = 0; step < 3; step++)
        {
            var now = Rng.Split(Rng.FoldIn(key, step));   // the keys of this step, by its number
            var hidden = Nn.Dropout(now[0], Nn.Relu(x), 0.5) + 0.01 * Rng.Normal(now[1], [32, 3]);
            Assert.Equal(96, hidden.Size);
        }

        // A layer of weights for each of five models, drawn at once.
        var five = Vmap((Tensor key) => Nn.HeNormal(key, 3, 8))(Rng.Split(key, 5));

        Assert.Equal([5, 3, 8], five.Shape.ToArray());
        Assert.Equal(Nn.HeNormal(Rng.Split(key, 5)[4], 3, 8).ToArray<float>(), five[4].ToArray<float>());
    }

    [Fact]
    public void An_ensemble()
    {
        // Five models in one: every tensor has a leading axis, and one step trains all.
        var models = Vmap((Tensor key) => new Model(Rng.Normal(key, [3]), 0.0))(Rng.Split(Rng.Key(0), 5));
        var step = Jit(Vmap((Model m, Tensor x, Tensor y) =>
            Tree.Map2((p, g) => p - 0.1 * g, m, Grad((Model m) => Loss(m, x, y))(m)),
            inAxis2: null, inAxis3: null));
        for (int i = 0; i < 100; i++) models = step(models, x, y);
        var predictions = Vmap((Model m, Tensor x) => m.Apply(x), inAxis2: null)(models, x);
        var (mean, spread) = (predictions.Mean(0), predictions.Std(0));

        Assert.Equal([5, 3], models.W.Shape.ToArray());
        Assert.Equal(32, mean.Size);
        Assert.InRange((float)spread.Max(), 0, 1e-3);   // a convex problem: all find the same
    }

    [Fact]
    public void Saving()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        var (path, optimiser) = (Path.Combine(folder, "run.safetensors"), Optim.Adam(1e-3));
        var state = optimiser.Init(model);

        // using StagedDiff.IO;
        SafeTensors.Save(path, (model, state));
        var (loaded, loadedState) = SafeTensors.Load(path, (model, state));   // into a tree like the saved one

        Assert.Equal(model.W.ToArray<float>(), loaded.W.ToArray<float>());
        Assert.Equal(0, (int)loadedState.Step);
        Assert.Contains(".Item1.W", SafeTensors.Load(path).Keys);
    }

    [Fact]
    public void Per_example()
    {
        var perExample = PerExampleGrad((Model m, (Tensor X, Tensor Y) one) =>
            Np.Square(m.Apply(one.X) - one.Y));
        var gradients = perExample(model, (x, y));                       // .W is [32, 3], .B is [32]
        var norms = Tensor.Sqrt(Np.Square(gradients.W).Sum(1) + Np.Square(gradients.B));

        // As in private learning: each example's gradient is cut to norm 1 before they are averaged.
        var factors = Tensor.Minimum(1, 1 / norms);
        var clipped = new Model((gradients.W * factors.Unsqueeze(1)).Mean(0), (gradients.B * factors).Mean());

        Assert.Equal([32, 3], gradients.W.Shape.ToArray());
        Near.Equal(Array.ConvertAll(Grad<Model>(m => Loss(m, x, y))(model).W.ToArray<float>(), v => (double)v),
            Array.ConvertAll(gradients.W.Mean(0).ToArray<float>(), v => (double)v), 1e-5);
        Assert.InRange((float)Tree.Norm(clipped), 0, 1);
    }

    [Fact]
    public void Second_derivatives()
    {
        Tensor Rosenbrock(Tensor p) => Np.Square(1 - p[0]) + 100 * Np.Square(p[1] - p[0] * p[0]);
        Tensor at = new float[] { -1, 2 }, direction = new float[] { 1, 0 };

        var hv = Hvp(Rosenbrock, at, direction);       // H·v without H: as cheap as two gradients
        var h = Hessian(Rosenbrock)(at);               // [2, 2]
        var j = JacRev((Tensor p) => Np.Stack([p[0] * p[1], Tensor.Sin(p[0]), p[1]]))(at);   // [3, 2]

        Assert.Equal([402, 400], hv.ToArray<float>());
        Assert.Equal([402, 400, 400, 200], h.ToArray<float>());
        Near.Equal([2, -1, Math.Cos(-1), 0, 0, 1], Array.ConvertAll(j.ToArray<float>(), v => (double)v), 1e-6);
    }

    [Fact]
    public void Directions()
    {
        var (value, pushforward) = Linearize((Tensor p) => Tensor.Exp(p).Sum(), Tensor.Ones(3));
        var slope = pushforward(new float[] { 1, 0, 0 });       // any number of them: the function ran once
        var (same, tangent) = Jvp((Tensor p) => Tensor.Exp(p).Sum(), Tensor.Ones(3), new float[] { 1, 0, 0 });
        var (vector, pullback) = Vjp((Tensor p) => Tensor.Exp(p), Tensor.Ones(3));
        var weighted = pullback(new float[] { 1, 2, 3 });       // the gradient of Σ weightᵢ·resultᵢ

        Assert.Equal((float)value, (float)same);
        Assert.Equal((float)slope, (float)tangent);
        Near.Equal([Math.E, 2 * Math.E, 3 * Math.E], Array.ConvertAll(weighted.ToArray<float>(), v => (double)v), 1e-5);
        Assert.Equal(3, vector.Size);
    }

    [Fact]
    public void Own_gradients()
    {
        // Rounds; its derivative is that of the identity ("straight through").
        var round = CustomVjp((Tensor x) => Tensor.Round(x), x => (Tensor.Round(x), 0), (_, ct) => ct);

        // The identity; the gradient that passes is cut to ±1.
        var cut = CustomVjp((Tensor x) => x, x => (x, 0), (_, ct) => Np.Clip(ct, -1, 1));

        // log(1 + eˣ), whose derivative σ(x) does not overflow. The rule of forward mode serves both modes.
        var log1pExp = CustomJvp((Tensor x) => Tensor.Log(1 + Tensor.Exp(x)), (x, dx) =>
            (Tensor.Log(1 + Tensor.Exp(x)), Nn.Sigmoid(x) * dx));

        Assert.Equal(1, (float)Grad(round)(0.3));
        Assert.Equal(1, (float)Grad((Tensor x) => 5 * cut(x))(0.3));
        Assert.Equal(1, (float)Grad(log1pExp)(200.0));
    }

    [Fact]
    public void Where_twice()
    {
        Tensor x = new float[,] { { 1, 2 }, { 0, 0 }, { 3, 4 } };   // a row without values

        // Wrong: log 0 is −∞, and the product by w takes it into the gradient: −∞ · 0 is NaN.
        Tensor Wrong(Tensor w) => Np.Where(x[.., 0] > 0, Tensor.Log(x).MatMul(w), 0).Sum();

        // Right: what the product sees is finite too.
        Tensor Right(Tensor w) => Np.Where(x[.., 0] > 0, Tensor.Log(Np.Where(x > 0, x, 1)).MatMul(w), 0).Sum();

        Near.Equal([Math.Log(3), Math.Log(8)], Array.ConvertAll(Grad(Right)(Tensor.Ones(2)).ToArray<float>(), v => (double)v), 1e-6);
        Assert.True(float.IsNaN(Grad(Wrong)(Tensor.Ones(2))[0].Item<float>()));
    }

    [Fact]
    public void Sizes_that_vary()
    {
        // One program for every number of rows.
        var norms = Jit((Tensor x) => Tensor.Sqrt(Np.Square(x).Sum(1)), new() { Symbolic = [(0, 0, "rows")] });

        for (int n = 1; n < 6; n++) Assert.Equal(n, norms(Tensor.Ones(n, 4)).Size);
    }

    [Fact]
    public void Looking_inside()
    {
        var f = Jit((Tensor x) =>
        {
            var y = Tensor.Log(x);
            Print("y", y);                                             // each time the program runs
            Check((x > 0).All(), "every x must be positive");          // throws when it does not hold
            return y.Sum();
        }, new() { CheckNaN = true });                                 // and this looks at every result

        Assert.Throws<CheckException>(() => f(new float[] { 1, -1 }));

        // Forward mode, reverse mode and finite differences must agree. F64 has the digits for that.
        CheckGrads((Tensor x) => Nn.LogSumExp(x), Tensor.Linspace(-1, 1, 5, DType.F64));
    }

    [Fact]
    public void Memory()
    {
        // What happens inside of a block is computed again on the way back instead of being kept.
        var block = Checkpoint((Model m, Tensor h) => Tensor.Tanh(h.MatMul(m.W) + m.B));

        var square = new Model(Rng.Normal(keys[3], [3, 3]), Tensor.Zeros(3));
        var deep = Grad((Model m) => Enumerable.Range(0, 4).Aggregate(x, (h, _) => block(m, h)).Sum());
        var plain = Grad((Model m) => Enumerable.Range(0, 4).Aggregate(x, (h, _) => Tensor.Tanh(h.MatMul(m.W) + m.B)).Sum());
        Assert.Equal(plain(square).W.ToArray<float>(), deep(square).W.ToArray<float>());
    }

    [Fact]
    public void Arrays()
    {
        float[] numbers = [1, 2, 3, 4, 5, 6];
        var copied = Tensor.From(numbers, 2, 3);
        var wrapped = Tensor.Wrap(numbers, 2, 3);               // no copy: do not change the array afterwards
        ReadOnlySpan<float> view = wrapped.AsSpan<float>();     // no copy either
        System.Numerics.Tensors.Tensor<float> system = copied.ToSystemTensor<float>();

        Assert.Equal(6, view[5]);
        Assert.Equal([2, 3], system.Lengths.ToArray().Select(n => (int)n));
    }

    [Fact]
    public void Tables()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "iris.csv");
        File.WriteAllText(path, "length,width,kind\n5.1,3.5,setosa\n7.0,3.2,versicolor\n");

        var table = Data.ReadCsv(path);
        var inputs = Nn.Standardize(table.ToTensor("length", "width"), axis: 0);   // [n, 2]
        var (labels, classes) = table.Labels("kind");                              // 0, 1, … and their names

        Assert.Equal(["setosa", "versicolor"], classes);
        Assert.Equal([0, 1], labels.ToArray<int>());
        Assert.Equal([2, 2], inputs.Shape.ToArray());
    }

    [Fact]
    public void Pictures()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "pixel.png");
        // Two pixels, red and white, as Pillow writes them.
        File.WriteAllBytes(path, Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR4nGP8z8DA8P8/AAkFAv/EHkoWAAAAAElFTkSuQmCC"));
        string[] files = [path, path, path];

        var pictures = Np.Stack([.. files.Select(file => Data.ReadPng(file))]);  // U8 [n, height, width, 3]
        var inputs = pictures.Cast(DType.F32).Transpose(0, 3, 1, 2) / 255;       // channels first, from 0 to 1

        Assert.Equal([3, 3, 1, 2], inputs.Shape.ToArray());
        Assert.Equal([1, 1, 0, 1, 0, 1], inputs[0].ToArray<float>());
    }
}
