using StagedDiff;
using static StagedDiff.Fn;

// One neuron, σ(w·x + b), learns the logical functions of two inputs. AND and OR can be told apart by a line; XOR cannot,
// so the best a single neuron does there is to answer ½ to everything.
int steps = args is ["--steps", var n] ? int.Parse(n) : 2000;

Tensor inputs = new float[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } };

static Tensor Score(Neuron neuron, Tensor x) => x.MatMul(neuron.W) + neuron.B;

// The loss wants the score before the sigmoid: log σ is exact there, however far from the line a point lies.
static Tensor Loss(Neuron neuron, (Tensor X, Tensor Y) data) =>
    Losses.BinaryCrossEntropyWithLogits(Score(neuron, data.X), data.Y).Mean();

// The targets are an argument, so one compiled step serves all three functions.
var step = Jit((Neuron neuron, (Tensor, Tensor) data) =>
    Tree.Map2((p, g) => p - 1.0 * g, neuron, Grad<Neuron, (Tensor, Tensor)>(Loss)(neuron, data)));

foreach (var (name, targets) in new (string, float[])[] { ("AND", [0, 0, 0, 1]), ("OR", [0, 1, 1, 1]), ("XOR", [0, 1, 1, 0]) })
{
    var neuron = new Neuron(0.1 * Rng.Normal(Rng.Key(0), [2]), 0.0);
    for (int i = 0; i < steps; i++) neuron = step(neuron, (inputs, targets));

    var answers = Nn.Sigmoid(Score(neuron, inputs)).ToArray<float>();
    var right = answers.Zip(targets).Count(pair => pair.First > 0.5f == pair.Second > 0.5f);
    Console.WriteLine($"{name,-3} 00 → {answers[0]:F2}, 01 → {answers[1]:F2}, 10 → {answers[2]:F2}, 11 → {answers[3]:F2}: {right} of 4 right");
}

record Neuron(Tensor W, Tensor B);
