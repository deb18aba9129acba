using StagedDiff;
using static StagedDiff.Fn;

// A plane through 200 noisy points: y = 2·x₀ − 3.4·x₁ + 4.2 and a little noise. Gradient descent finds it again.
int steps = args is ["--steps", var n] ? int.Parse(n) : 100;

var keys = Rng.Split(Rng.Key(0));
var x = Rng.Normal(keys[0], [200, 2]);
Tensor trueW = new float[] { 2, -3.4f };
var y = x.MatMul(trueW) + 4.2 + 0.01 * Rng.Normal(keys[1], [200]);

Tensor Loss(Plane p) => Losses.MeanSquaredError(x.MatMul(p.W) + p.B, y);

// One step: both parameters go down the slope. Jit compiles value, gradient and update into one program.
var step = Jit((Plane p) =>
{
    var (loss, slope) = ValueAndGrad<Plane>(Loss)(p);
    return (loss, Tree.Map2((v, g) => v - 0.1 * g, p, slope));
});

var plane = new Plane(Tensor.Zeros(2), 0.0);
for (int i = 0; i < steps; i++)
{
    (var loss, plane) = step(plane);
    if (i % 20 == 0) Console.WriteLine($"step {i,3}: loss {loss:F5}");
}
Console.WriteLine($"found w = {plane.W}, b = {plane.B}; made with w = {trueW}, b = 4.2");

// At the minimum the residuals are orthogonal to the data: that is what a gradient of zero says.
var residuals = y - x.MatMul(plane.W) - plane.B;
Console.WriteLine($"residuals by data: {(float)Tensor.Abs(residuals.MatMul(x) / 200).Max():0.0e0}, their mean: {(float)Tensor.Abs(residuals.Mean()):0.0e0}");

record Plane(Tensor W, Tensor B);
