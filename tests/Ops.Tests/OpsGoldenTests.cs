using System.Globalization;

namespace StagedDiff.Tests;

/// <summary>Operators and NumPy's functions against PyTorch: value, gradient, derivative along a direction, second order, jitted bits.</summary>
public class OpsGoldenTests
{
    static readonly Golden.Case[] cases = Golden.Read<Golden.Case>("ops");
    static readonly Tensor rows = Tensor.From([2, 0, 2]);
    static readonly Tensor chosen = Np.Nonzero(Tensor.From([1, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0]))[0];

    static Func<Tensor[], Tensor> Of(Func<Tensor, Tensor> f) => x => f(x[0]);
    static Func<Tensor[], Tensor> Of(Func<Tensor, Tensor, Tensor> f) => x => f(x[0], x[1]);

    static readonly Dictionary<string, Func<Tensor[], Tensor>> functions = new()
    {
        ["exp"] = Of(Np.Exp),
        ["expm1"] = Of(Np.Expm1),
        ["exp2"] = Of(Np.Exp2),
        ["sin"] = Of(Np.Sin),
        ["cos"] = Of(Np.Cos),
        ["tan"] = Of(Np.Tan),
        ["asin"] = Of(Np.Asin),
        ["acos"] = Of(Np.Acos),
        ["atan"] = Of(Np.Atan),
        ["sinh"] = Of(Np.Sinh),
        ["cosh"] = Of(Np.Cosh),
        ["tanh"] = Of(Np.Tanh),
        ["asinh"] = Of(Np.Asinh),
        ["acosh"] = Of(Np.Acosh),
        ["atanh"] = Of(Np.Atanh),
        ["sigmoid"] = Of(Nn.Sigmoid),
        ["erf"] = Of(Np.Erf),
        ["erfc"] = Of(Np.Erfc),
        ["erfinv"] = Of(Np.ErfInv),
        ["logit"] = Of(x => Np.Log(x / (1 - x))),
        ["sinc"] = Of(Np.Sinc),
        ["square"] = Of(Np.Square),
        ["abs"] = Of(Np.Abs),
        ["neg"] = Of(Np.Negative),
        ["deg2rad"] = Of(Np.Deg2Rad),
        ["rad2deg"] = Of(Np.Rad2Deg),
        ["floor"] = Of(Np.Floor),
        ["sign"] = Of(Np.Sign),
        ["softplus"] = Of(Nn.Softplus),
        ["log"] = Of(Np.Log),
        ["log2"] = Of(Np.Log2),
        ["log10"] = Of(Np.Log10),
        ["log1p"] = Of(Np.Log1p),
        ["sqrt"] = Of(Np.Sqrt),
        ["rsqrt"] = Of(x => 1 / Np.Sqrt(x)),
        ["reciprocal"] = Of(Np.Reciprocal),
        ["log gamma"] = Of(Np.LogGamma),
        ["digamma"] = Of(Np.Digamma),
        ["trigamma"] = Of(x => Np.Polygamma(1, x)),
        ["cbrt"] = Of(Np.Cbrt),
        ["power of 2.5"] = Of(x => Np.Power(x, 2.5)),
        ["log of 1 + exp(-x²)"] = Of(x => Np.Log1p(Np.Exp(-x * x))),
        ["add"] = Of((x, y) => x + y),
        ["subtract"] = Of((x, y) => x - y),
        ["multiply"] = Of((x, y) => x * y),
        ["divide"] = Of((x, y) => x / y),
        ["atan2"] = Of(Np.Atan2),
        ["maximum"] = Of(Np.Maximum),
        ["minimum"] = Of(Np.Minimum),
        ["hypot"] = Of(Np.Hypot),
        ["logaddexp"] = Of(Np.LogAddExp),
        ["where less"] = Of((x, y) => Np.Where(x < y, x * y, y * y)),
        ["fmod"] = Of(Np.Fmod),
        ["remainder"] = Of(Np.Remainder),
        ["copysign"] = Of(Np.CopySign),
        ["power"] = Of(Np.Power),
        ["clip"] = Of(x => Np.Clip(x, -0.5, 0.7)),
        ["clip by tensors"] = x => Np.Clip(x[0], x[1], x[2]),
        ["quantile by q"] = Of((x, q) => Np.Quantile(x, q, 1)),
        ["nansum"] = Of(x => Np.NanSum(Np.Where(x > 1, double.NaN, x), 1)),
        ["nanmean"] = Of(x => Np.NanMean(Np.Where(x > 1, double.NaN, x), 1)),
        ["nan to num"] = Of(x => Np.NanToNum(Np.Where(x > 1, double.NaN, x), 0.25)),
        ["cov"] = Of(x => Np.Cov(x)),
        ["corrcoef"] = Of(Np.CorrCoef),
        ["average"] = Of((x, w) => Np.Average(x, w, 1)),
        ["matmul"] = Of(Np.MatMul),
        ["tensordot 0"] = Of((a, b) => Np.Tensordot(a, b, 0)),
        ["tensordot 1"] = Of((a, b) => Np.Tensordot(a, b, 1)),
        ["tensordot 2"] = Of((a, b) => Np.Tensordot(a, b)),
        ["tensordot of axes"] = Of((a, b) => Np.Tensordot(a, b, [0, 2], [1, 0])),
        ["inner"] = Of(Np.Inner),
        ["outer"] = Of(Np.Outer),
        ["kron"] = Of(Np.Kron),
        ["cross"] = Of(Np.Cross),
        ["transpose"] = Of(x => Np.Transpose(x)),
        ["move axis"] = Of(x => Np.MoveAxis(x, 0, -1)),
        ["swap axes"] = Of(x => Np.SwapAxes(x, 0, 2)),
        ["rot90"] = Of(x => Np.Rot90(x)),
        ["tile"] = Of(x => Np.Tile(x, 2, 2)),
        ["concatenate"] = Of((x, y) => Np.Concatenate([x, y, x], 1)),
        ["stack"] = Of((x, y) => Np.Stack([x, y], 1)),
        ["split"] = Of(x => Np.Split(x, 2, 1) is [var a, var b] ? a * b : x),
        ["pad"] = Of(x => Np.Pad(x, [(0, 1), (1, 2)], value: 0.5)),
        ["pad reflect"] = Of(x => Np.Pad(x, [(0, 0), (1, 1), (2, 1)], PadMode.Reflect)),
        ["pad edge"] = Of(x => Np.Pad(x, [(0, 0), (1, 0), (2, 1)], PadMode.Edge)),
        ["pad wrap"] = Of(x => Np.Pad(x, [(0, 0), (1, 0), (2, 1)], PadMode.Wrap)),
        ["trace"] = Of(x => Np.Trace(x)),
        ["vander"] = Of(x => Np.Vander(x, 4)),
        ["trapezoid of points"] = Of((y, x) => Np.Trapezoid(y, x)),
        ["conv full"] = Of((a, v) => Np.Convolve(a, v)),
        ["conv same"] = Of((a, v) => Np.Convolve(a, v, ConvolveMode.Same)),
        ["correlate"] = Of((a, v) => Np.Correlate(a, v)),
        ["linspace"] = Of((a, b) => Np.Linspace(a, b, 5)),
        ["polyval"] = Of(Np.PolyVal),
        ["index"] = Of(x => x[1.., Slice.Step(.., 2)] * x[0, 1]),
        ["index of rows"] = Of(x => x[rows]),
        ["index of elements"] = Of(x => x[rows, Tensor.From([1, 3, 1])]),
        // Under Jit the mask's value must be known: the elements in order, by their places.
        ["index by a mask"] = Of(x => x.Reshape(-1)[chosen]),
        ["take along axis"] = Of(x => Np.TakeAlongAxis(x, Tensor.From(new[,] { { 0, 3 }, { 1, 1 }, { 2, 0 } }), 1)),
        ["at add"] = Of((x, v) => x.At(rows).Add(v)),
        ["at set"] = Of((x, v) => x.At(Tensor.From([2, 0])).Set(v)),
        ["at multiply"] = Of((x, v) => x.At(0).Multiply(v)),
        ["segments"] = Of(w => Np.Bincount(rows, 3, w)),
        ["unfold"] = Of(x => x[Tensor.Arange(4).Unsqueeze(1) + Tensor.Arange(3)].Prod(1)),
    };

    /// <summary>Functions along an axis: "sum, axis 0".</summary>
    static readonly Dictionary<string, Func<Tensor, int?, Tensor>> along = new()
    {
        ["sum"] = (x, a) => Np.Sum(x, a),
        ["mean"] = (x, a) => Np.Mean(x, a),
        ["var"] = (x, a) => Np.Var(x, a, ddof: 1),
        ["std"] = (x, a) => Np.Std(x, a),
        ["max"] = (x, a) => Np.Max(x, a),
        ["min"] = (x, a) => Np.Min(x, a),
        ["prod"] = (x, a) => Np.Prod(x, a),
        ["logsumexp"] = (x, a) => Nn.LogSumExp(x, a),
        ["norm"] = (x, a) => Linalg.Norm(x, axis: a),
        ["norm 3"] = (x, a) => Linalg.VectorNorm(x, 3, a),
        ["cumsum"] = (x, a) => Np.CumSum(x, a),
        ["cumprod"] = (x, a) => Np.CumProd(x, a),
        ["logcumsumexp"] = (x, a) => Np.CumLogSumExp(x, a),
        ["cummax"] = (x, a) => Np.CumMax(x, a),
        ["softmax"] = (x, a) => Nn.Softmax(x, a!.Value),
        ["log softmax"] = (x, a) => Nn.LogSoftmax(x, a!.Value),
        ["sort"] = (x, a) => Np.Sort(x, a!.Value),
        ["sort down"] = (x, a) => Np.Sort(x, a!.Value, true),
        ["top 2"] = (x, a) => Np.TopK(x, 2, a!.Value).Values,
        ["median"] = (x, a) => Np.Median(x, a),
        ["diff"] = (x, a) => Np.Diff(x, 1, a!.Value),
        ["trapezoid"] = (x, a) => Np.Trapezoid(x, axis: a!.Value),
        ["flip"] = (x, a) => Np.Flip(x, a),
        ["roll"] = (x, a) => Np.Roll(x, 2, a),
        ["repeat"] = (x, a) => Np.Repeat(x, 2, a),
    };

    /// <summary>Functions of a diagonal: "tril −1".</summary>
    static readonly Dictionary<string, Func<Tensor, int, Tensor>> diagonals = new()
    {
        ["diagonal"] = (x, k) => Np.Diagonal(x, k),
        ["diag"] = Np.Diag,
        ["diag embed"] = Np.DiagEmbed,
        ["tril"] = Np.Tril,
        ["triu"] = Np.Triu,
    };

    static Func<Tensor[], Tensor> Function(string name)
    {
        if (functions.TryGetValue(name, out var f)) return f;
        if (name.StartsWith("einsum ")) return x => Np.Einsum(name["einsum ".Length..], x);
        if (name.StartsWith("quantile, "))
            return x => Np.Quantile(x[0], Tensor.From([0.2, 0.45, 0.9]), 1, method: Enum.Parse<QuantileMethod>(name["quantile, ".Length..], ignoreCase: true));
        if (name.Split(", ") is [var reduction, var of])
            return x => along[reduction](x[0], of == "all" ? null : int.Parse(of["axis ".Length..], CultureInfo.InvariantCulture));
        int last = name.LastIndexOf(' ');
        return x => diagonals[name[..last]](x[0], int.Parse(name[(last + 1)..], CultureInfo.InvariantCulture));
    }

    public static TheoryData<string> Names => [.. cases.Select(c => c.Name)];

    // torch.polygamma has nine digits.
    static double Tolerance(string name) => name is "log gamma" or "digamma" or "trigamma" ? 3e-9 : 1e-12;

    [Theory, MemberData(nameof(Names))]
    public void Value_and_derivatives_are_those_of_PyTorch(string name)
    {
        var c = cases.Single(c => c.Name == name);
        c.Check(Function(c.Function), Tolerance(c.Function), differences: false);
    }

    [Fact]
    public void Every_function_here_has_a_golden_case() => Assert.Empty(functions.Keys.Except(cases.Select(c => c.Function)));
}
