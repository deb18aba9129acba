namespace StagedDiff.Tests;

/// <summary>
/// Memory of cotangents goes back when they are used up. Here that of all tensors does, and is spoilt on the way: whoever read it again would
/// have other bits, or none.
/// </summary>
public sealed class CotangentTests : Law
{
    [Fact]
    public void No_cotangent_is_read_after_its_memory_went_back()
    {
        string[] expected = [.. Lines()], actual = Child.Lines("returned");
        Assert.Equal("", string.Join("\n", actual.Skip(1).Except(expected)));
        Assert.Equal(expected.Length + 1, actual.Length);
        Assert.InRange(int.Parse(actual[0]), 1000, int.MaxValue);
    }

    internal static IEnumerable<string> Returned()
    {
        (Recycled.Least, Recycled.Spoils) = (0, true);
        string[] lines = [.. Lines()];
        return [Recycled.Returned.ToString(), .. lines];
    }

    static IEnumerable<string> Lines()
    {
        foreach (var c in Cases.All.Where(c => c.IsDifferentiable))
        {
            var (f, x) = OfFloats(c, c.At(DType.F32, 24).DefaultIfEmpty(c.At(DType.F32).Last()).Last());
            yield return $"{c.Name}: {Numbers.Hash(Pulled(f, x))}";
            // With a cotangent of its own for each result, and the same operand read twice.
            yield return $"{c.Name} of one: {Numbers.Hash(Pulled(t => [.. f(t), .. f(t).Select(y => y * y + y)], x, [.. f(x).Concat(f(x))]))}";
        }
        for (int seed = 0; seed < 300; seed++) yield return $"{seed}: {Numbers.Hash(Pulled(x => Tangle(seed, x), Start(seed)))}";
    }

    static Tensor[] Start(int seed) => [.. Directions([Tensor.Ones([4, 5]), Tensor.Ones([5, 4]), Tensor.Ones([5])], seed)];

    // Values read by several, views of values, views of views, sums of what passes through unchanged.
    static Tensor[] Tangle(int seed, Tensor[] x)
    {
        var random = new Random(seed);
        List<Tensor> all = [x[0], x[1].T, x[2].Reshape(1, 5).BroadcastTo(4, 5)];
        Tensor Any() => all[random.Next(all.Count)];
        for (int k = 0; k < 12; k++)
            all.Add(random.Next(10) switch
            {
                0 => Any() + Any(),
                1 => Any() - Any(),
                2 => Any() * Any(),
                3 => Tensor.Tanh(Any()),
                4 => Any().T.Reshape(4, 5),
                5 => Any().Sum(1, keepDims: true).BroadcastTo(4, 5),
                6 => Any().MatMul(Any().T).MatMul(Any()),
                7 => Prim.Concatenate(0, Any()[1..], Any()[..1]),
                8 => Prim.Select(Any() > 0, Any(), Any()),
                _ => Any().Reshape(20).Reshape(2, 10).T.Reshape(4, 5) * 0.5,
            });
        return [all[^1], all[^3] + all[^2], Any()];
    }

    [Fact]
    public void Tangled_functions_have_the_gradient_of_their_programs()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var x = Start(seed);
            Numbers.SameBits(Jitted(t => Pulled(u => Tangle(seed, u), t), x), Pulled(u => Tangle(seed, u), x), $"seed {seed}");
        }
    }

    // The copy of a view in row-major order stays with the view.
    [Fact]
    public void A_cotangent_that_is_a_view_stays()
    {
        var (_, pull) = Fn.Vjp((Tensor x) => x.Reshape(90000) is var y ? Tensor.Sin(y.Reshape(300, 300) * 2) + y.Reshape(300, 300) : x, Tensor.Full([300, 300], 0.5f));
        var ct = (Tensor.Arange(90000).Cast(DType.F32) / 90000).Reshape(300, 300).T;
        var first = pull(ct);
        Numbers.SameBits([first], [pull(ct)], "twice");
        Assert.Equal((300 * 7 + 9) / 90000f, ct[9, 7].Item<float>());
        Assert.Equal((300 * 7 + 9) / 90000f, ct.Reshape(90000)[300 * 9 + 7].Item<float>());
    }

    // What the user has before and after is left alone.
    [Fact]
    public void Large_cotangents_of_the_user_stay()
    {
        var x = Tensor.Full([300, 300], 0.5f);
        var (y, pull) = Fn.Vjp((Tensor x) => Tensor.Exp(x) * x + x.T, x);
        var ct = Tensor.Full([300, 300], 2f);
        Tensor first = pull(ct), second = pull(ct), third = pull(first);
        Numbers.SameBits([first], [second], "twice");
        Assert.Equal(2f, ct[7, 9].Item<float>());
        Assert.Equal(0.5f, x[0, 0].Item<float>());
        Assert.Equal(first[0, 0].Item<float>() / 2 * first[0, 0].Item<float>(), third[0, 0].Item<float>(), 1e-4f);
        Assert.Equal(MathF.Exp(0.5f) * 0.5f + 0.5f, y[299, 0].Item<float>(), 1e-5f);
    }
}
