namespace StagedDiff.Tests;

// Linear algebra.
static partial class OpsCases
{
    const string Squares = "1x1|3x3|2x3x3", Anys = "1x1|4x2|2x4|2x3x2|3x3";

    static Tensor Identity(Tensor x) => Tensor.Eye((int)x.Shape[^1], null, x.DType);

    /// <summary>Symmetric and positive definite.</summary>
    static Tensor Definite(Tensor x) => x.MatMul(x.T) + Identity(x);

    /// <summary>Far from singular.</summary>
    static Tensor Regular(Tensor x) => x + 5 * Identity(x);

    /// <summary>No two singular values or eigenvalues near each other.</summary>
    static Tensor Spread(Tensor x)
    {
        int n = (int)x.Shape[^1], m = (int)x.Shape[^2];
        return 0.3 * x + Tensor.Eye(m, n, x.DType) * (2 + 3 * Tensor.Arange(n).Cast(x.DType));
    }

    /// <summary>Onto the space of the columns that a square matrix has beyond another's: which basis it has is no matter.</summary>
    static Tensor Beyond(Tensor q, Tensor x) => q[Slice.Ellipsis, Math.Min((int)x.Shape[^1], (int)x.Shape[^2])..] is var b ? b.MatMul(b.T) : q;

    static Case[] Matrices =>
    [
        On("Linalg.Cholesky", x => Linalg.Cholesky(Definite(x)), "0x0|" + Squares, floats, "nx3x3", "50x30x30"),
        On("Linalg.CholeskySolve", (x, b) => Linalg.CholeskySolve(Linalg.Cholesky(Definite(x)), b), "3x3 3|2x3x3 3x2", floats, "nx3x3 nx3x2"),
        On("Linalg.Solve", (x, b) => Linalg.Solve(Regular(x), b), "0x0 0|1x1 1|3x3 3|3x3 3x2|2x3x3 3x2|3x3 2x3x1", floats, "nx3x3 nx3x2", "70x20x20 70x20x3"),
        On("Linalg.TriangularSolve", (x, b) => Linalg.TriangularSolve(Regular(x), b), "1x1 1|3x3 3|2x3x3 3x2", floats, "nx3x3 nx3x2", "70x20x20 70x20x3"),
        On("Linalg.TriangularSolve, upper", (x, b) => Linalg.TriangularSolve(Regular(x), b, lower: false), "3x3 3|2x3x3 3x2", floats, "nx3x3 nx3x2"),
        On("Linalg.TriangularSolve, transposed", (x, b) => Linalg.TriangularSolve(Regular(x), b, transposed: true), "3x3 3|2x3x3 3x2", floats, "nx3x3 nx3x2"),
        On("Linalg.TriangularSolve, unit", (x, b) => Linalg.TriangularSolve(x, b, unitDiagonal: true), "3x3 3|2x3x3 3x2", floats, "nx3x3 nx3x2"),
        On("Linalg.Inverse", x => Linalg.Inverse(Regular(x)), "0x0|" + Squares, floats, "nx3x3"),
        On("Linalg.Det", Linalg.Det, "0x0|1x1|2x2|3x3|4x4|2x5x5", floats, "nx3x3"),
        new("Linalg.SlogDet", x => Linalg.SlogDet(x[0]) is var (s, l) ? [s, l] : [], [near], Squares + "|4x4", floats, "nx3x3"),
        new("Linalg.Qr", x => Linalg.Qr(Spread(x[0])) is var (q, r) ? [q, r] : [], [near], "2x0|" + Anys, floats, "nx3x2", "40x30x20"),
        new("Linalg.Qr complete", x => Linalg.Qr(Spread(x[0]), complete: true) is var (q, r) ? [Beyond(q, x[0]), r] : [], [near], "2x0|" + Anys, floats, "nx3x2", "40x30x20"),
        new("Linalg.Svd of full matrices", x => Linalg.Svd(Spread(x[0]), fullMatrices: true) is var (u, s, vt) ? [Beyond(u, x[0]), s, Beyond(vt.T, x[0].T)] : [], [near], Anys, floats, "nx3x2", "40x30x20"),
        new("Linalg.Eigh", x => Linalg.Eigh(Spread(x[0])) is var (w, v) ? [w, v] : [], [near], "0x0|" + Squares, floats, "nx3x3", "40x20x20"),
        On("Linalg.Eigvalsh", x => Linalg.Eigvalsh(Spread(x)), Squares, floats, "nx3x3"),
        new("Linalg.Svd", x => Linalg.Svd(Spread(x[0])) is var (u, s, v) ? [u, s, v] : [], [near], "2x0|" + Anys, floats, "nx3x2", "40x30x20"),
        On("Linalg.Svdvals", x => Linalg.Svdvals(Spread(x)), Anys, floats, "nx3x2"),
        On("Linalg.Lstsq", (a, b) => Linalg.Lstsq(Spread(a), b).X, "3x3 3|4x2 4x2|2x4 2|2x3x2 3", floats, "nx3x2 nx3x1", "40x30x20 40x30x2"),
        On("Linalg.PseudoInverse", x => Linalg.PseudoInverse(Spread(x)), Anys, floats, "nx3x2"),
        On("Linalg.MatrixRank", x => Linalg.MatrixRank(Spread(x)), Anys, floats, "nx3x2"),
        On("Linalg.Cond", x => Linalg.Cond(Spread(x)), Anys, floats, "nx3x2"),
        On("Linalg.MatrixPower", x => Linalg.MatrixPower(x, 5), Squares, floats, "nx3x3"),
        On("Linalg.MatrixPower, negative", x => Linalg.MatrixPower(Regular(x), -2), Squares, floats, "nx3x3"),
        On("Linalg.Expm", x => Linalg.Expm(x, 4), "0x0|" + Squares, floats, "nx3x3"),
        On("Linalg.Norm", x => Linalg.Norm(x), "-|5|3x5|2x3x4", floats, "nx3"),
        On("Linalg.VectorNorm", x => Linalg.VectorNorm(x, 3, -1), "5|3x5|2x3x4", floats, "nx3", "", positive),
        On("Linalg.VectorNorm, greatest", x => Linalg.VectorNorm(x, double.PositiveInfinity, 0, true), "5|3x5|2x3x4", floats, "5xn"),
        .. Enum.GetValues<MatrixOrder>().Select(order => On($"Linalg.MatrixNorm {order}", x => Linalg.MatrixNorm(Spread(x), order), Anys, floats, "nx3x2")),
    ];
}
