using System.Diagnostics;
using System.Globalization;
using Mnist;
using Spectre.Console;
using StagedDiff;
using static StagedDiff.Fn;

// Trains an MLP 784-128-10 on MNIST with Adam, the whole step jitted, and prints its accuracy on the test images.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (Console.IsOutputRedirected) AnsiConsole.Profile.Capabilities.Ansi = false;
try
{
    Run(Options.Parse(args));
    return 0;
}
catch (Exception e) when (e is FormatException or IOException or InvalidDataException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

static void Run(Options options)
{
    var folder = options.Data ?? Digits.Folder();
    var (train, test) = (Digits.Load(folder, "train"), Digits.Load(folder, "t10k"));
    Console.WriteLine($"{train.Count} training and {test.Count} test images; {(options.Eager ? "eager" : "jitted")}, batch {options.Batch}, rate {options.Rate}, seed {options.Seed}");

    var adam = Optim.Adam(options.Rate);
    var model = Model.Init(Rng.Key(options.Seed));
    var state = adam.Init(model);

    (Tensor Loss, Model, OptState) Step(Model m, OptState s, (Tensor X, Tensor Labels) batch)
    {
        var (loss, gradient) = ValueAndGrad((Model m) => m.Loss(batch.X, batch.Labels))(m);
        var (next, state) = adam.Update(gradient, s, m);
        return (loss, next, state);
    }

    Func<Model, OptState, (Tensor, Tensor), (Tensor Loss, Model, OptState)> eager = Step, jitted = Jit(eager, new() { Donate = [0, 1] });
    var step = options.Eager ? eager : jitted;
    var accuracy = Jit((Model m, Tensor x, Tensor labels) => m.Accuracy(x, labels));

    var perEpoch = train.Count / options.Batch;
    var watch = new Stopwatch();
    double first = 0;
    int steps = 0;
    AnsiConsole.Progress().HideCompleted(true).Start(progress =>
    {
        for (int epoch = 1; epoch <= options.Epochs && steps < options.Steps; epoch++)
        {
            var task = progress.AddTask($"epoch {epoch}", maxValue: Math.Min(perEpoch, options.Steps - steps));
            double sum = 0;
            int count = 0;
            foreach (var batch in Data.Batches(train.Images, train.Labels, options.Batch, seed: options.Seed + epoch))
            {
                if (steps >= options.Steps) break;
                watch.Start();
                (var loss, model, state) = step(model, state, batch);
                watch.Stop();
                if (steps++ == 0) first = watch.Elapsed.TotalMilliseconds;
                sum += loss.Item<float>();
                count++;
                task.Increment(1);
            }
            AnsiConsole.MarkupLineInterpolated($"epoch {epoch}: training loss {sum / count:F4}, test accuracy {100 * accuracy(model, test.Images, test.Labels).Item<float>():F2} %");
        }
    });
    Console.WriteLine($"test accuracy {100 * accuracy(model, test.Images, test.Labels).Item<float>():F2} % after {steps} steps");
    Console.WriteLine($"first step (trace, differentiate, compile, run) {first:F0} ms; then {(watch.Elapsed.TotalMilliseconds - first) * 1000 / Math.Max(1, steps - 1):F0} µs a step");

    // Both ways on one batch, in turns, so that their ratio means something on a busy machine.
    var one = Data.Batches(train.Images, train.Labels, options.Batch, seed: 0).First();
    var (a, b) = (new List<double>(), new List<double>());
    for (int round = 0; round < 7; round++)
    {
        a.Add(Measure(Jit(eager)));
        b.Add(Measure(eager));
    }
    a.Sort();
    b.Sort();
    Console.WriteLine($"µs a step: jitted {a[3]:F0}, eager {b[3]:F0}, eager / jitted {b[3] / a[3]:F1}");

    double Measure(Func<Model, OptState, (Tensor, Tensor), (Tensor, Model, OptState)> f)
    {
        for (int i = 0; i < 5; i++) f(model, state, one);
        var t = Stopwatch.StartNew();
        for (int i = 0; i < 40; i++) f(model, state, one);
        return t.Elapsed.TotalMicroseconds / 40;
    }
}
