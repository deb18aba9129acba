using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>What golden values do not tell: bounds on ill-conditioned matrices, and inputs that have no answer.</summary>
public class LinalgTests
{
    const double Unit = 1.1102230246251565e-16;    // 2⁻⁵³
    static readonly Random random = new(5);

    static Tensor Numbers(params int[] shape) => Tensor.From([.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => random.NextDouble() - 0.5)], Shape.Of(shape), DType.F64);
    static Tensor Hilbert(int n) => 1 / (Tensor.Arange(1, n + 1).Cast(DType.F64).Unsqueeze(1) + Tensor.Arange(n).Cast(DType.F64));
    static Tensor Vandermonde(int m, int n) => Np.Vander(Tensor.Linspace(0, 1, m, DType.F64), n, increasing: true);
    static Tensor Eye(int n, DType dtype = DType.F64) => Tensor.Eye(n, null, dtype);
    static double Size(Tensor x) => (double)Linalg.Norm(x);
    static double[] D(Tensor x) => x.Cast(DType.F64).ToArray<double>();

    static readonly Tensor[] hard = [Hilbert(5), Hilbert(12), Vandermonde(15, 15), Numbers(40, 40), Numbers(7, 7) * 1e-160, Numbers(7, 7) * 1e150,
        Np.Diag(Tensor.From([1, 1e-8, 1e-16, 1e-300])) + 0, Eye(6), Numbers(9, 1).MatMul(Numbers(1, 9))];

    static void Small(double error, double times, string what) => Assert.True(error <= times * Unit, $"{what}: {error / Unit:F1} units");

    // Higham, Accuracy and Stability, theorems 9.3 and 10.4: a small multiple of n units, whatever the condition.
    [Fact]
    public void Solutions_have_small_residuals_however_bad_the_matrix()
    {
        foreach (var a in hard[..6])
        {
            int n = (int)a.Shape[0];
            var b = Numbers(n, 2);
            var x = Linalg.Solve(a, b);
            Small(Size(a.MatMul(x) - b) / (Size(a) * Size(x) + Size(b)), 2 * n, $"Solve of {a.Type}");
            var definite = a.MatMul(a.T) / Size(a) + Eye(n) * Size(a) * 1e-10;
            var l = Linalg.Cholesky(definite);
            Small(Size(l.MatMul(l.T) - definite) / Size(definite), 2 * n, $"Cholesky of {a.Type}");
            x = Linalg.CholeskySolve(l, b);
            Small(Size(definite.MatMul(x) - b) / (Size(definite) * Size(x) + Size(b)), 3 * n, $"CholeskySolve of {a.Type}");
            x = Linalg.TriangularSolve(a, b, lower: false);
            Small(Size(Np.Triu(a).MatMul(x) - b) / (Size(a) * Size(x) + Size(b)), 2 * n, $"TriangularSolve of {a.Type}");
        }
    }

    [Fact]
    public void Factors_multiply_to_the_matrix_and_are_orthogonal()
    {
        foreach (var a in hard)
        {
            int n = (int)a.Shape[0];
            void Orthogonal(Tensor q, string what) => Small(Size(q.T.MatMul(q) - Eye((int)q.Shape[1])), 12 * n, $"{what} of {a.Type}");
            var (q, r) = Linalg.Qr(a);
            Orthogonal(q, "Q");
            Small(Size(q.MatMul(r) / Size(a) - a / Size(a)), 8 * n, $"Qr of {a.Type}");
            Assert.Equal(0, Size(Np.Tril(r, -1)));
            var tall = a[.., ..(n / 2)];
            (q, r) = Linalg.Qr(tall, complete: true);
            Assert.Equal((a.Shape, tall.Shape), (q.Shape, r.Shape));
            Orthogonal(q, "complete Q");
            Small(Size(q.MatMul(r) / Size(tall) - tall / Size(tall)), 8 * n, $"complete Qr of {a.Type}");
            Assert.Equal(0, Size(Np.Tril(r, -1)));
            Assert.Equal(a.Shape, Linalg.Svd(tall, fullMatrices: true).U.Shape);
            Orthogonal(Linalg.Svd(tall, fullMatrices: true).U, "full U");
            Orthogonal(Linalg.Svd(tall.T, fullMatrices: true).Vt.T, "full V");
            var (u, s, vt) = Linalg.Svd(a);
            Orthogonal(u, "U");
            Orthogonal(vt.T, "V");
            Small(Size(u.MatMul(Np.Diag(s / Size(a))).MatMul(vt) - a / Size(a)), 12 * n, $"Svd of {a.Type}");
            Assert.True((bool)(s[..^1] >= s[1..]).All() && (bool)(s >= 0).All());
            var symmetric = (a + a.T) / 2;
            var (w, v) = Linalg.Eigh(symmetric);
            Orthogonal(v, "V");
            Small(Size(v.MatMul(Np.Diag(w / Size(symmetric))).MatMul(v.T) - symmetric / Size(symmetric)), 20 * n, $"Eigh of {a.Type}");
            Assert.True((bool)(w[..^1] <= w[1..]).All());
        }
    }

    // numpy.linalg.qr of mode complete, NumPy 2.2 over LAPACK.
    [Fact]
    public void A_complete_Q_is_that_of_NumPy()
    {
        var (q, r) = Linalg.Qr(Tensor.From([1.0, 2, 3, 4, 5, 6, 7, 9], 4, 2), complete: true);
        Near.Equal([-0.10910894511799629, 0.866491259333883, 0.4466447535631092, -0.19441347614753754,
            -0.3273268353539886, 0.21307162114767558, -0.7347383238026762, -0.5546325113570948,
            -0.5455447255899811, -0.4403480170385299, 0.4994951480042917, -0.508899964031594,
            -0.7637626158259735, 0.0994334232022489, -0.10570078888236262, 0.6289729757681131], D(q), 1e-14);
        Near.Equal([-9.16515138991168, -11.674657127625595, 0, 0.8380817098475283, 0, 0, 0, 0], D(r), 1e-14);
        Near.Equal(D(q[.., ..2]), D(Linalg.Qr(Tensor.From([1.0, 2, 3, 4, 5, 6, 7, 9], 4, 2)).Q), 0);
        Assert.Equal(D(Eye(3)), D(Linalg.Qr(Tensor.Zeros([3, 0], DType.F64), complete: true).Q));
    }

    // The vectors that a complete Q adds turn as little as their space lets them.
    [Fact]
    public void What_completes_a_basis_has_its_derivative()
    {
        Tensor a = Numbers(5, 2), da = Numbers(5, 2);
        foreach (var basis in new Func<Tensor, Tensor>[] { x => Linalg.Qr(x, complete: true).Q[.., 2..], x => Linalg.Svd(x, fullMatrices: true).U[.., 2..], x => Linalg.Svd(x.T, fullMatrices: true).Vt[2..].T })
        {
            var (q, dq) = Jvp(basis, a, da);
            Small(Size(q.T.MatMul(dq)), 20, "the turn within the space");
            Near.Equal(D(dq.T.MatMul(a)), D(-q.T.MatMul(da)), 1e-13);
            Near.Equal(D(q), D(Jit(basis)(a)), 0);
        }
    }

    // Hilbert, Ein Beitrag zur Theorie des Legendre'schen Polynoms; the least eigenvalue as in MATLAB's gallery.
    [Fact]
    public void Hilberts_matrices_have_their_known_values()
    {
        Near.Equal([16, -120, 240, -140], D(Linalg.Inverse(Hilbert(4))[0]), 1e-11);
        Near.Equal([3.749295132515087e-12 * 1e12], [(double)Linalg.Det(Hilbert(5)) * 1e12], 1e-10);
        Near.Equal([Math.Log(3.749295132515087e-12)], [(double)Linalg.SlogDet(Hilbert(5)).LogAbsDet], 1e-11);
        Near.Equal([1.0931538193796657], [(double)Linalg.Svdvals(Hilbert(10))[^1] * 1e13], 1e-2);
        Near.Equal([1.5514], [(double)Linalg.Cond(Hilbert(4)) / 1e4], 1e-4);
        Assert.Equal(10, (int)Linalg.MatrixRank(Hilbert(10)));
    }

    // A polynomial's coefficients from exact values; and an optimum: the residual is orthogonal to the columns.
    [Fact]
    public void Least_squares_of_a_Vandermonde_matrix()
    {
        Tensor a = Vandermonde(30, 8), coefficients = Tensor.From([1.0, -2, 3, -4, 5, -6, 7, -8]);
        var (x, residuals, rank, _) = Linalg.Lstsq(a, a.MatMul(coefficients));
        Near.Equal(D(coefficients), D(x), 1e-9);
        Assert.Equal(8, (int)rank);
        Assert.True((double)residuals < 1e-26);
        var b = Numbers(30, 2);
        (x, residuals, _, _) = Linalg.Lstsq(a, b);
        var rest = a.MatMul(x) - b;
        Small(Size(a.T.MatMul(rest)) / (Size(a) * (Size(a) * Size(x) + Size(b))), 30, "normal equations");
        Near.Equal(D((rest * rest).Sum(0)), D(residuals));
    }

    [Fact]
    public void Least_squares_without_full_rank_takes_the_shortest()
    {
        var a = Tensor.From(new[,] { { 1.0, 1 }, { 2, 2 }, { 3, 3 } });
        var (x, _, rank, s) = Linalg.Lstsq(a, Tensor.From([2.0, 4, 6]));
        Near.Equal([1, 1], D(x));
        Assert.Equal(1, (int)rank);
        Near.Equal([Math.Sqrt(28), 0], D(s), 1e-14);
        Near.Equal([1.0, 1], D(Linalg.Lstsq(Tensor.From(new[,] { { 1.0, 1 } }), Tensor.From([2.0])).X));
    }

    // Penrose, A generalized inverse for matrices (1955).
    [Fact]
    public void The_pseudo_inverse_keeps_Penroses_conditions()
    {
        foreach (var a in new[] { Numbers(5, 3), Numbers(3, 5), Numbers(4, 2).MatMul(Numbers(2, 6)), Tensor.Zeros([2, 3], DType.F64) })
        {
            var p = Linalg.PseudoInverse(a);
            Tensor left = p.MatMul(a), right = a.MatMul(p);
            foreach (var zero in new[] { a.MatMul(left) - a, left.MatMul(p) - p, left - left.T, right - right.T }) Assert.True(Size(zero) < 1e-13);
        }
    }

    // Higham, Functions of Matrices, 10.
    [Fact]
    public void The_exponential_of_known_matrices()
    {
        Near.Equal([Math.Cos(30), Math.Sin(30), -Math.Sin(30), Math.Cos(30)], D(Linalg.Expm(Tensor.From(new[,] { { 0, 30.0 }, { -30, 0 } }))), 1e-13);
        Near.Equal([1, 2, 3 + 4, 0, 1, 4, 0, 0, 1], D(Linalg.Expm(Tensor.From(new[,] { { 0.0, 2, 3 }, { 0, 0, 4 }, { 0, 0, 0 } }))), 1e-15);
        Near.Equal([Math.E, 1000 * Math.Sinh(1), 0, 1 / Math.E], D(Linalg.Expm(Tensor.From(new[,] { { 1, 1000.0 }, { 0, -1 } }))), 1e-12);
        Assert.True(double.IsNaN(D(Linalg.Expm(Tensor.From(new[,] { { 1e9, 0 }, { 0, 1 } })))[0]));
        Near.Equal([(float)Math.E, 0, 0, (float)Math.E], Linalg.Expm(Tensor.Eye(2)).ToArray<float>());
    }

    [Fact]
    public void What_has_no_answer_is_NaN_at_once_and_jitted()
    {
        var indefinite = Tensor.From(new[] { 4.0, 2, 2, 3, 1, 2, 2, 1 }, 2, 2, 2);
        foreach (var f in new[] { Linalg.Cholesky, Jit<Tensor, Tensor>(Linalg.Cholesky) })
        {
            var l = D(f(indefinite));
            Near.Equal([2, 0, 1, Math.Sqrt(2)], l[..4]);
            Assert.All(l[4..], x => Assert.Equal(double.NaN, x));
        }
        var singular = Tensor.From(new[,] { { 1.0, 2 }, { 2, 4 } });
        foreach (var f in new Func<Tensor, Tensor>[] { Linalg.Inverse, Jit<Tensor, Tensor>(Linalg.Inverse), a => Linalg.Solve(a, Tensor.From([1.0, 1])), a => Linalg.MatrixPower(a, -1) })
            Assert.DoesNotContain(D(f(singular)), double.IsFinite);
        var (sign, log) = Linalg.SlogDet(singular);
        Assert.Equal((0.0, double.NegativeInfinity, 0.0), ((double)sign, (double)log, (double)Linalg.Det(singular)));
        Assert.Equal(0.0, (double)Linalg.Det(Np.Tile(singular, 3, 3)));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Numbers_that_are_none_end_as_NaN(double bad)
    {
        var a = Eye(4).At(2, 1).Set(bad);
        foreach (var y in new[] { Linalg.Cholesky(a), Linalg.Svd(a).U, Linalg.Svdvals(a), Linalg.Eigvalsh(a), Linalg.Eigh(a).Eigenvectors, Linalg.PseudoInverse(a), Linalg.Qr(a).Q, Linalg.Expm(a), Linalg.Inverse(a), Linalg.Lstsq(a, Eye(4)).X })
            Assert.True((bool)Np.IsNaN(y).Any() || !(bool)Np.IsFinite(y).All());
        Assert.All(D(Linalg.Svdvals(a)), x => Assert.Equal(double.NaN, x));
    }

    [Fact]
    public void The_determinant_of_an_exchange_is_its_sign()
    {
        for (int n = 1; n <= 6; n++)
        {
            var order = Enumerable.Range(0, n).OrderBy(_ => random.Next()).ToArray();
            int wrong = order.SelectMany((a, i) => order.Skip(i + 1).Where(b => b < a)).Count();
            var (sign, log) = Linalg.SlogDet(Eye(n)[Tensor.From(order)]);
            Assert.Equal((1.0 - 2 * (wrong % 2), 0.0, 1.0 - 2 * (wrong % 2)), ((double)sign, (double)log, (double)Linalg.Det(Eye(n)[Tensor.From(order)])));
        }
    }

    // d det = adj(A)ᵀ: at zeros too, up to 3 by 3.
    [Fact]
    public void The_determinant_of_a_singular_matrix_has_its_derivative()
    {
        Near.Equal([4, -2, -2, 1], D(Grad(Linalg.Det)(Tensor.From(new[,] { { 1.0, 2 }, { 2, 4 } }))));
        Near.Equal([0, 0, 0, 0, 0, 0, 0, 0, 1], D(Grad(Linalg.Det)(Np.Diag(Tensor.From([1.0, 1, 0])))));
    }

    [Fact]
    public void Equal_eigenvalues_have_a_derivative_in_what_does_not_depend_on_their_vectors()
    {
        Near.Equal(D(Eye(3)), D(Grad((Tensor a) => Linalg.Eigvalsh(a).Sum())(Eye(3))));
        Near.Equal(D(Eye(3)), D(Grad((Tensor a) => Linalg.MatrixNorm(a, MatrixOrder.Nuclear))(Eye(3))), 1e-14);
    }

    [Fact]
    public void Norms_at_zero_are_flat()
    {
        var zero = Tensor.Zeros([3], DType.F64);
        foreach (double p in new[] { 1, 1.5, 2, 3, 4 }) Assert.Equal([0.0, 0, 0], D(Grad((Tensor x) => Linalg.VectorNorm(x, p))(zero)));
        Assert.Equal([0.0, 0], D(Jvp((Tensor x) => Linalg.Norm(x, axis: 1), Tensor.Zeros([2, 3], DType.F64), Tensor.Ones([2, 3], DType.F64)).Tangent));
        Assert.Equal(2.0, (double)Linalg.Norm(Tensor.From([0.0, 3, 4]), 0));
        Assert.Equal([7.0, 6], [(double)Linalg.Norm(Tensor.From(new[,] { { 1, -2 }, { 3, 4 } }), double.PositiveInfinity), (double)Linalg.Norm(Tensor.From(new[,] { { 1, -2 }, { 3, 4 } }), 1)]);
    }

    [Fact]
    public void Single_precision_keeps_its_bounds()
    {
        var a = Numbers(60, 60).Cast(DType.F32);
        var (q, r) = Linalg.Qr(a);
        var (u, s, vt) = Linalg.Svd(a);
        var (w, v) = Linalg.Eigh(a + a.T);
        var x = Linalg.Solve(a, Tensor.Ones(60));
        foreach (double error in new[] { Size(q.MatMul(r) - a) / Size(a), Size(u.MatMul(Np.Diag(s)).MatMul(vt) - a) / Size(a), Size(v.MatMul(Np.Diag(w)).MatMul(v.T) - a - a.T) / Size(a + a.T),
            Size(a.MatMul(x) - 1) / (Size(a) * Size(x)), Size(q.T.MatMul(q) - Eye(60, DType.F32)) / 60 })
            Assert.True(error < 2e-5, $"{error}");
    }

    [Fact]
    public void Leading_axes_broadcast()
    {
        Tensor a = Numbers(2, 1, 3, 3) + 2 * Eye(3), b = Numbers(4, 3, 2);
        var x = Linalg.Solve(a, b);
        Assert.Equal("f64[2,4,3,2]", x.Type.ToString());
        Near.Equal(D(b.BroadcastTo(2, 4, 3, 2)), D(a.MatMul(x)), 1e-13);
        Assert.Equal("f64[2,1,3]", Linalg.Solve(a, Tensor.Ones([3], DType.F64)).Type.ToString());
    }

    [Fact]
    public void Wrong_shapes_are_named()
    {
        string Refusal(Action f) => Assert.ThrowsAny<Exception>(f).Message;
        Assert.StartsWith("Cholesky: expected a square matrix [b…,n,n], got f32[2,3].", Refusal(() => Linalg.Cholesky(Tensor.Zeros(2, 3))));
        Assert.StartsWith("Solve: expected [b…,m,n] and [b…,m,k] or [m], got f32[2,2] and f32[3].", Refusal(() => Linalg.Solve(Tensor.Eye(2), Tensor.Zeros(3))));
        Assert.StartsWith("Solve: shapes f32[2] and f32[3] do not broadcast", Refusal(() => Linalg.Solve(Tensor.Zeros(2, 4, 4), Tensor.Zeros(3, 4, 1))));
        Assert.StartsWith("Qr: expected a matrix [b…,m,n], got f32[3].", Refusal(() => Linalg.Qr(Tensor.Zeros(3))));
        Assert.StartsWith("Norm: expected one of the orders ±1, ±2, ±∞ for a matrix, got 3.", Refusal(() => Linalg.Norm(Tensor.Zeros(2, 2), 3)));
    }

    // An implicit function: its backward function solves systems, so it is linear, and forward mode is its transpose.
    [Fact]
    public void Custom_derivatives_may_solve_systems()
    {
        Tensor a = Numbers(3, 3) + 2 * Eye(3), d = Numbers(3);
        var solve = CustomVjp((Tensor b) => Linalg.Solve(a, b), b => (Linalg.Solve(a, b), 0), (int _, Tensor ct) => Linalg.Solve(a.T, ct));
        Near.Equal(D(Linalg.Solve(a, d)), D(Jvp(solve, Numbers(3), d).Tangent), 1e-14);
        Near.Equal(D(Linalg.Inverse(a)), D(JacRev(solve)(Numbers(3))), 1e-14);
        foreach (var (backward, transposed) in new (Func<Tensor, Tensor>, Func<Tensor, Tensor>)[]
        {
            (ct => Linalg.TriangularSolve(a, ct), t => Linalg.TriangularSolve(a, t, transposed: true)),
            (ct => Linalg.Lstsq(a, ct).X, t => Linalg.Lstsq(a.T, t).X),
        })
            Near.Equal(D(transposed(d)), D(Jvp(CustomVjp((Tensor b) => b, b => (b, 0), (int _, Tensor ct) => backward(ct)), d, d).Tangent), 1e-13);
    }

    [Fact]
    public void Random_orthogonal_matrices_are_orthogonal_and_even()
    {
        var q = Rng.Orthogonal(Rng.Key(1), 4, 3, [500], DType.F64);
        Assert.Equal("f64[500,4,3]", q.Type.ToString());
        Assert.True(Size(q.T.MatMul(q) - Eye(3)) < 1e-12);
        Assert.True(Size(Rng.Orthogonal(Rng.Key(1), 2, 5) is var w ? w.MatMul(w.T) - Tensor.Eye(2) : w) < 1e-6);
        // Haar's measure: every element has mean 0 and variance 1/n.
        Assert.All(D(q.Mean(0)), mean => Assert.True(Math.Abs(mean) < 0.1));
        Assert.All(D(Np.Square(q).Mean(0)), variance => Assert.True(Math.Abs(variance - 0.25) < 0.05));
    }
}
