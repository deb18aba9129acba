using System.Text;
using StagedDiff;
using static StagedDiff.Fn;

// Two half moons that no line can part, a small MLP that parts them, and a picture of how: the probability of the second
// moon over the plane, white where the two are equally likely.
var (steps, file) = (1000, "two-moons.svg");
for (int i = 0; i + 1 < args.Length; i += 2)
    if (args[i] == "--steps") steps = int.Parse(args[i + 1]);
    else if (args[i] == "--out") file = args[i + 1];

const int Points = 200;
var keys = Rng.Split(Rng.Key(0), 3);
var (x, labels) = Moons(keys[0], keys[1]);

var adam = Optim.Adam(1e-2);
var model = Nn.Mlp.Init(keys[2], [2, 16, 16, 1]);
var state = adam.Init(model);
var step = Jit((Nn.Mlp m, OptState s, Tensor x, Tensor labels) =>
{
    var (loss, gradient) = ValueAndGrad((Nn.Mlp m) => Losses.BinaryCrossEntropyWithLogits(Logits(m, x), labels).Mean())(m);
    var (next, state) = adam.Update(gradient, s, m);
    return (loss, next, state);
}, new() { Donate = [0, 1] });

for (int i = 0; i < steps; i++)
{
    (var loss, model, state) = step(model, state, x, labels);
    if (i % 200 == 0) Console.WriteLine($"step {i,4}: loss {loss:F4}");
}
var right = Tensor.Equal((Logits(model, x) > 0).Cast(DType.F32), labels).Cast(DType.F32).Mean();
Console.WriteLine($"{100 * (float)right:F1} % of {2 * Points} points on the right side; see {Path.GetFileName(file)}");
File.WriteAllText(file, Picture(model));

static Tensor Logits(Nn.Mlp m, Tensor x) => m.Apply(x, Tensor.Tanh)[.., 0];

// The upper moon is a half circle about the origin, the lower one its mirror image, shifted to reach into the first.
static (Tensor X, Tensor Labels) Moons(Tensor angles, Tensor noise)
{
    var t = Rng.Uniform(angles, [Points], 0, Math.PI);
    var upper = Np.Stack([Tensor.Cos(t), Tensor.Sin(t)], axis: 1);
    var lower = Np.Stack([1 - Tensor.Cos(t), 0.5 - Tensor.Sin(t)], axis: 1);
    var x = Np.Concatenate([upper, lower]) + 0.1 * Rng.Normal(noise, [2 * Points, 2]);
    return (x, Np.Concatenate([Tensor.Zeros(Points), Tensor.Ones(Points)]));
}

string Picture(Nn.Mlp model)
{
    const int Columns = 70, Rows = 50, Cell = 8;
    const double Left = -1.5, Top = 1.5, Size = 4.0 / Columns;

    // The middle of every cell at once, as [rows · columns, 2].
    var column = (Left + Size * (Tensor.Arange(Columns) + 0.5)).BroadcastTo(Rows, Columns);
    var row = (Top - Size * (Tensor.Arange(Rows) + 0.5)).Unsqueeze(1).BroadcastTo(Rows, Columns);
    var p = Nn.Sigmoid(Logits(model, Np.Stack([column.Reshape(-1), row.Reshape(-1)], axis: 1))).ToArray<float>();

    var svg = new StringBuilder();
    svg.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Columns * Cell} {Rows * Cell}\" width=\"{Columns * Cell}\" height=\"{Rows * Cell}\">\n");
    for (int i = 0; i < Rows; i++)
        for (int from = 0, to; from < Columns; from = to)
        {
            // Cells of one colour that lie side by side are one rectangle.
            var colour = Colour(p[i * Columns + from]);
            for (to = from + 1; to < Columns && Colour(p[i * Columns + to]) == colour;) to++;
            svg.Append($"<rect x=\"{from * Cell}\" y=\"{i * Cell}\" width=\"{(to - from) * Cell}\" height=\"{Cell}\" fill=\"{colour}\"/>\n");
        }
    var points = x.ToArray<float>();
    for (int i = 0; i < 2 * Points; i++)
        svg.Append($"<circle cx=\"{(points[2 * i] - Left) / Size * Cell:F1}\" cy=\"{(Top - points[2 * i + 1]) / Size * Cell:F1}\" r=\"3\" fill=\"{(i < Points ? "#124a8c" : "#a03a10")}\" stroke=\"#fff\" stroke-width=\"0.6\"/>\n");
    return svg.Append("</svg>\n").ToString();
}

// Blue for the first moon, orange for the second, in 8 shades from white to each.
static string Colour(float p)
{
    var shade = (int)Math.Round(Math.Abs(p - 0.5) * 2 * 8);
    var (r, g, b) = p < 0.5 ? (0x7f, 0xb2, 0xe8) : (0xf2, 0xa6, 0x7a);
    int Mix(int full) => 255 + (full - 255) * shade / 8;
    return $"#{Mix(r):x2}{Mix(g):x2}{Mix(b):x2}";
}
