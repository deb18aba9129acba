namespace StagedDiff.Tests;

/// <summary>Loops that are alike but for numbers in them have one kernel, which takes those from its table.</summary>
public class AlikeTests
{
    static Tensor X(DType type, int n) => Tensor.From([.. Enumerable.Range(0, n).Select(k => (k * 37 % 101 - 50) / 40.0)], [n]).Cast(type);

    static Tensor Chain(Tensor y, int ops)
    {
        for (int i = 0; i < ops; i++) y = (i % 10) switch { 0 => Tensor.Exp(-y * y), 3 => y * (1 + i / 4096f), 6 => Tensor.Maximum(y, i / -512f), _ => y + i / 8192f };
        return y;
    }

    // Steps of Runge and Kutta's method on y' = −y·c + e^(−t): the time is a number in each.
    static Tensor Steps(Tensor y, Tensor c)
    {
        const float h = 1 / 64f;
        for (int n = 0; n < 120; n++)
        {
            float t = n * h;
            Tensor F(Tensor y, float t) => Tensor.Tanh(y) * -c + Tensor.Sin(y * MathF.Exp(-t) + t);
            var (a, b) = (F(y, t), F(y, t));
            b = F(y + a * (h / 2), t + h / 2);
            var d = F(y + b * (h / 2), t + h / 2);
            y = y + (a + b * 2 + d * 2 + F(y + d * h, t + h)) * (h / 6);
        }
        return y;
    }

    static (int Nests, int Kernels) Compiled(Func<Tensor[], Tensor[]> f, Tensor[] x) =>
        Program.Compile(Graph.Of(x.Select(t => t.Type), f), new()).Alike;

    [Theory, InlineData(DType.F32, 1000), InlineData(DType.F64, 1000), InlineData(DType.F32, 7), InlineData(DType.F32, 40000)]
    public void A_long_chain_has_few_kernels_and_the_same_bits(DType type, int n)
    {
        Func<Tensor[], Tensor[]> f = x => [Chain(x[0], 2500)];
        var x = X(type, n);
        var y = f([x]);
        for (int threads = 1; threads <= 3; threads++) Numbers.SameBits(y, Fn.Jit<Tensor[], Tensor[]>(x => f(x), new() { Threads = threads })([x]), $"{type} [{n}], {threads} threads");
        var (nests, kernels) = Compiled(f, [x]);
        Assert.InRange(nests, 30, 500);
        Assert.InRange(kernels, 1, nests / 3);
    }

    [Fact]
    public void Its_gradient_too()
    {
        Func<Tensor[], Tensor[]> f = Fn.Grad((Tensor[] x) => Steps(x[0], x[1]).Sum());
        Tensor[] x = [X(DType.F32, 900), X(DType.F32, 900) * 0.5f];
        Numbers.SameBits(f(x), Fn.Jit<Tensor[], Tensor[]>(x => f(x), new() { Threads = 2 })(x), "gradient of steps");
    }

    [Fact]
    public void Steps_of_a_method_have_few_kernels()
    {
        Func<Tensor[], Tensor[]> f = x => [Steps(x[0], x[1])];
        Tensor[] x = [X(DType.F32, 900), X(DType.F32, 900)];
        Numbers.SameBits(f(x), Fn.Jit<Tensor[], Tensor[]>(x => f(x))(x), "steps");
        var (nests, kernels) = Compiled(f, x);
        Assert.InRange(nests, 20, 500);
        Assert.InRange(kernels, 1, nests / 2);
    }

    // The numbers of one program are not those of another that has its kernel.
    [Fact]
    public void Programs_that_share_a_kernel_keep_their_own_numbers()
    {
        var x = X(DType.F32, 1000);
        var jitted = new[] { 0.5f, -3f }.Select(scale => Fn.Jit<Tensor[], Tensor[]>(x => [.. Enumerable.Range(0, 8).SelectMany(k => new[] { Chain(x[0] * (scale + k), 300) })])).ToArray();
        foreach (int turn in new[] { 0, 1, 0 })
            Numbers.SameBits([.. Enumerable.Range(0, 8).Select(k => Chain(x * ((turn == 0 ? 0.5f : -3f) + k), 300))], jitted[turn]([x]), $"turn {turn}");
    }

    [Fact]
    public void Rows_and_bands_take_numbers_too()
    {
        var x = Tensor.From([.. Enumerable.Range(0, 6 * 33 * 65).Select(k => (k * 37 % 101 - 50) / 40.0)], [6, 33, 65]).Cast(DType.F32);
        Func<Tensor[], Tensor[]> f = x =>
        {
            var y = x[0];
            for (int k = 1; k <= 9; k++)
            {
                y = y * (k / 7f) - (y * y).Sum(-1, keepDims: true) * (0.01f * k);
                y = y.MatMul(y.Transpose(0, 2, 1)).MatMul(y) * (1f / (40 + k));
                y = Tensor.Tanh(y * (k / 11f));
            }
            return [y];
        };
        Numbers.SameBits(f([x]), Fn.Jit<Tensor[], Tensor[]>(x => f(x), new() { Threads = 1 })([x]), "one thread");
        Numbers.SameBits(f([x]), Fn.Jit<Tensor[], Tensor[]>(x => f(x), new() { Threads = 3 })([x]), "three threads");
    }
}
