using System.Globalization;

namespace StagedDiff.Tests;

/// <summary>Linear algebra against PyTorch: value, gradient, derivative along a direction, second order, jitted bits.</summary>
public class LinalgGoldenTests
{
    static readonly Golden.Case[] cases = Golden.Read<Golden.Case>("linalg");

    static Tensor Definite(Tensor x) => x.MatMul(x.T) + Tensor.Eye((int)x.Shape[^1], null, DType.F64);
    static Tensor Symmetric(Tensor x) => x + x.T;

    /// <summary>Onto the space of the columns that a matrix has beyond another's.</summary>
    static Tensor Projector(Tensor q, Tensor x) => q[Slice.Ellipsis, (int)x.Shape[^1]..] is var b ? b.MatMul(b.T) : q;

    static readonly Dictionary<string, Func<Tensor[], Tensor>> functions = new()
    {
        ["cholesky"] = x => Linalg.Cholesky(Definite(x[0])),
        ["cholesky of the symmetric part"] = x => Linalg.Cholesky(x[0]),
        ["cholesky solve"] = x => Linalg.CholeskySolve(Linalg.Cholesky(Definite(x[0])), x[1]),
        ["solve"] = x => Linalg.Solve(x[0], x[1]),
        ["triangular solve, lower"] = x => Linalg.TriangularSolve(x[0], x[1]),
        ["triangular solve, upper"] = x => Linalg.TriangularSolve(x[0], x[1], lower: false),
        ["triangular solve, lower, unit"] = x => Linalg.TriangularSolve(x[0], x[1], unitDiagonal: true),
        ["triangular solve, upper, unit"] = x => Linalg.TriangularSolve(x[0], x[1], lower: false, unitDiagonal: true),
        ["inverse"] = x => Linalg.Inverse(x[0]),
        ["det"] = x => Linalg.Det(x[0]),
        ["slogdet"] = x => Linalg.SlogDet(x[0]).LogAbsDet,
        ["q of qr"] = x => Linalg.Qr(x[0]).Q,
        ["r of qr"] = x => Linalg.Qr(x[0]).R,
        ["singular values"] = x => Linalg.Svdvals(x[0]),
        ["projector of u"] = x => Linalg.Svd(x[0]).U[Slice.Ellipsis, ..1] is var u ? u.MatMul(u.T) : null!,
        ["squares of v"] = x => Np.Square(Linalg.Svd(x[0]).Vt),
        ["polar factor"] = x => Linalg.Svd(x[0]) is var (u, _, vt) ? u.MatMul(vt) : null!,
        ["eigenvalues"] = x => Linalg.Eigvalsh(Symmetric(x[0])),
        ["squares of eigenvectors"] = x => Np.Square(Linalg.Eigh(Symmetric(x[0])).Eigenvectors),
        ["root of a matrix"] = x => Linalg.Eigh(Definite(x[0])) is var (w, v) ? v.MatMul(Np.Diag(Np.Sqrt(w))).MatMul(v.T) : null!,
        ["least squares"] = x => Linalg.Lstsq(x[0], x[1]).X,
        ["least squares, by qr"] = x => Linalg.Lstsq(x[0], x[1]).X,
        ["pseudo-inverse"] = x => Linalg.PseudoInverse(x[0]),
        ["pseudo-inverse of rank 1"] = x => Linalg.PseudoInverse(x[0].MatMul(x[1])),
        ["expm"] = x => Linalg.Expm(x[0]),
        ["condition number"] = x => Linalg.Cond(x[0]),
        ["log of a normal density"] = x => Linalg.Cholesky(Definite(x[1])) is var l
            ? -0.5 * Np.Square(Linalg.TriangularSolve(l, x[0].T)).Sum(0) - Np.Log(Np.Diagonal(l)).Sum() - 1.5 * Math.Log(2 * Math.PI) : null!,
        ["complement of q"] = x => Projector(Linalg.Qr(x[0], complete: true).Q, x[0]),
        ["complement of u"] = x => Projector(Linalg.Svd(x[0], fullMatrices: true).U, x[0]),
        ["complement of v"] = x => Projector(Linalg.Svd(x[0].T, fullMatrices: true).Vt.T, x[0]),
        ["schur complement"] = x => x[0] - x[1].T.MatMul(Linalg.Solve(Definite(x[0]), x[1])),
    };

    static readonly Dictionary<string, MatrixOrder> orders = new()
    {
        ["fro"] = MatrixOrder.Frobenius,
        ["nuc"] = MatrixOrder.Nuclear,
        ["1"] = MatrixOrder.One,
        ["2"] = MatrixOrder.Two,
        ["inf"] = MatrixOrder.Infinity,
        ["-1"] = MatrixOrder.MinusOne,
        ["-2"] = MatrixOrder.MinusTwo,
        ["-inf"] = MatrixOrder.MinusInfinity,
    };

    static Func<Tensor[], Tensor> Function(string name)
    {
        if (functions.TryGetValue(name, out var f)) return f;
        string last = name.Split(' ')[^1];
        if (name.StartsWith("power ")) return x => Linalg.MatrixPower(x[0], int.Parse(last, CultureInfo.InvariantCulture));
        if (name.StartsWith("matrix norm ")) return x => Linalg.MatrixNorm(x[0], orders[last]);
        double order = last switch { "inf" => double.PositiveInfinity, "-inf" => double.NegativeInfinity, _ => double.Parse(last, CultureInfo.InvariantCulture) };
        return x => Linalg.VectorNorm(x[0], order, -1);
    }

    public static TheoryData<string> Names => [.. cases.Select(c => c.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Value_and_derivatives_are_those_of_PyTorch(string name)
    {
        var c = cases.Single(c => c.Name == name);
        c.Check(Function(c.Function), 1e-11, differences: false);
    }

    [Fact]
    public void Every_function_here_has_a_golden_case() => Assert.Empty(functions.Keys.Except(cases.Select(c => c.Function)));
}
