#:project ../../../src/Ops
#:property PublishAot=false

// A ball is thrown with air's resistance: which speed and angle make it land 30 m away after 2.5 s? The flight is a loop of
// 100 small steps; Grad differentiates through all of them, and gradient descent aims. Run it with: dotnet run throw.cs
using StagedDiff;
using static StagedDiff.Fn;

static (Tensor X, Tensor Y) Flight(Tensor aim)
{
    var (speed, angle) = (aim[0], aim[1]);
    var (x, y) = (Tensor.Zero, Tensor.Zero);
    var (vx, vy) = (speed * Tensor.Cos(angle), speed * Tensor.Sin(angle));
    const double Dt = 2.5 / 100, Gravity = 9.81, Drag = 0.005;
    for (int i = 0; i < 100; i++)
    {
        var v = Tensor.Sqrt(vx * vx + vy * vy);
        (vx, vy) = (vx - Dt * Drag * v * vx, vy - Dt * (Gravity + Drag * v * vy));
        (x, y) = (x + Dt * vx, y + Dt * vy);
    }
    return (x, y);
}

static Tensor Miss(Tensor aim)
{
    var (x, y) = Flight(aim);
    return Np.Square(x - 30) + Np.Square(y);
}

// Speed in m/s and angle in radians differ in scale, so each has a rate of its own.
Tensor aim = new float[] { 10, 0.5f }, rates = new float[] { 0.05f, 0.0002f };
var step = Jit((Tensor aim) => aim - rates * Grad(Miss)(aim));
for (int i = 0; i < 400; i++) aim = step(aim);

var (landed, height) = Flight(aim);
Console.WriteLine($"throw at {(float)aim[0]:F2} m/s, {(float)aim[1] * 180 / Math.PI:F1}°: it is {landed:F2} m away and {Math.Abs((float)height):F2} m off the ground");
return (float)Miss(aim) < 0.01 ? 0 : 1;
