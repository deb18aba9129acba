using StagedDiff;
using static StagedDiff.Fn;

// The two-layer net that lectures write in NumPy: 64 examples of 1000 numbers, a hidden layer of 100 rectified units,
// 10 outputs, the squared error; everything random. Once with its backward pass written by hand, once with Grad.
int steps = args is ["--steps", var n] ? int.Parse(n) : 500;
const double Rate = 1e-6;

var keys = Rng.Split(Rng.Key(0), 4);
var x = Rng.Normal(keys[0], [64, 1000]);
var y = Rng.Normal(keys[1], [64, 10]);
var net = new Net(Rng.Normal(keys[2], [1000, 100]), Rng.Normal(keys[3], [100, 10]));

// By hand: forward, keeping what the way back needs; then back, from the loss to each weight.
(Tensor Loss, Net Gradient) ByHand(Net net)
{
    var h = x.MatMul(net.W1);
    var relu = Tensor.Maximum(h, 0);
    var prediction = relu.MatMul(net.W2);
    var loss = Np.Square(prediction - y).Sum();

    var byPrediction = 2 * (prediction - y);
    var byW2 = relu.T.MatMul(byPrediction);
    var byRelu = byPrediction.MatMul(net.W2.T);
    var byH = Np.Where(h > 0, byRelu, 0);
    var byW1 = x.T.MatMul(byH);
    return (loss, new(byW1, byW2));
}

// By the library: forward only.
Tensor Loss(Net net) => Np.Square(Nn.Relu(x.MatMul(net.W1)).MatMul(net.W2) - y).Sum();

Func<Net, (Tensor, Net)> Step(Func<Net, (Tensor Loss, Net Gradient)> valueAndGradient) => Jit((Net net) =>
{
    var (loss, gradient) = valueAndGradient(net);
    return (loss, Tree.Map2((w, g) => w - Rate * g, net, gradient));
});

var (hand, library) = (net, net);
var (byHand, byLibrary) = (Step(ByHand), Step(ValueAndGrad<Net>(Loss)));
for (int i = 0; i < steps; i++)
{
    (var lossByHand, hand) = byHand(hand);
    (var lossByLibrary, library) = byLibrary(library);
    if (i == 0 || i == steps - 1 || i % 100 == 99) Console.WriteLine($"step {i,3}: loss by hand {lossByHand:G6}, by Grad {lossByLibrary:G6}");
}

double difference = Tree.Leaves(hand).Zip(Tree.Leaves(library)).Max(pair => (double)Tensor.Abs(pair.First - pair.Second).Max());
Console.WriteLine($"greatest difference of a weight after {steps} steps: {difference:G3}");
return difference < 1e-4 ? 0 : 1;

record Net(Tensor W1, Tensor W2);
