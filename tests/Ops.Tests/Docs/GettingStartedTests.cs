using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>The code of docs/getting-started.md, and what it prints.</summary>
public class GettingStartedTests
{
    record Line(Tensor Slope, Tensor Offset);

    readonly List<StringWriter> printed = [];

    StringWriter Printed()
    {
        printed.Add(new() { NewLine = "\n" });
        return printed[^1];
    }

    [Fact]
    public void The_page_shows_what_is_printed()
    {
        Tensors();
        Gradients();
        Any_code();
        A_model_is_a_record();
        Mapped();
        Random_numbers();
        Shown.Blocks("getting-started.md", [.. printed]);
    }

    void Tensors()
    {
        var Console = Printed();
        Tensor x = new float[,] { { 1, 2, 3 }, { 4, 5, 6 } };
        Console.WriteLine($"{x.DType} {x.Shape}");
        Console.WriteLine(2 * x + 1);
        Console.WriteLine(x[.., 1]);
        Console.WriteLine(x[1, 1..]);
        Console.WriteLine(x.Mean(0));
        Console.WriteLine(x.MatMul(x.T));
    }

    void Gradients()
    {
        var Console = Printed();
        var f = (Tensor x) => x * Tensor.Sin(x);
        Console.WriteLine(Grad(f)(2.0));
        Console.WriteLine(Grad(Grad(f))(2.0));
        Near.Equal([Math.Sin(2) + 2 * Math.Cos(2), 2 * Math.Cos(2) - 2 * Math.Sin(2)], [(double)Grad(f)(2.0), (double)Grad(Grad(f))(2.0)], 1e-6);
    }

    void Any_code()
    {
        var Console = Printed();
        Tensor Root(Tensor a)
        {
            Tensor x = 1;
            while (Tensor.Abs(x * x - a) > 1e-6)
                x = (x + a / x) / 2;
            return x;
        }

        Console.WriteLine(Root(2.0));
        Console.WriteLine(Grad(Root)(2.0));
        Assert.Equal(1 / (2 * Math.Sqrt(2)), (double)Grad(Root)(2.0), 1e-6);
        Assert.Throws<StagingException>(() => Jit((Func<Tensor, Tensor>)Root)(2.0));
    }

    void A_model_is_a_record()
    {
        var Console = Printed();
        var xs = Tensor.Linspace(0, 1, 50);
        var ys = 3 * xs - 1;
        Tensor Loss(Line line) =>
            Losses.MeanSquaredError(line.Slope * xs + line.Offset, ys);
        var step = Jit((Line line) =>
            Tree.Map2((p, g) => p - 0.5 * g, line, Grad<Line>(Loss)(line)));
        var line = new Line(0.0, 0.0);
        for (int i = 0; i < 200; i++) line = step(line);
        Console.WriteLine($"{line.Slope:F3} {line.Offset:F3}");
        Near.Equal([3, -1], [(double)line.Slope, (double)line.Offset], 1e-3);
    }

    void Mapped()
    {
        var Console = Printed();
        Tensor Distance(Tensor a, Tensor b) =>
            Tensor.Sqrt(Np.Square(a - b).Sum());
        Tensor origin = new float[] { 0, 0 };
        Tensor points = new float[,] { { 3, 4 }, { 5, 12 }, { 8, 15 } };
        var distances = Vmap<Tensor, Tensor, Tensor>(Distance, inAxis1: null);
        var slopes = Vmap(Grad<Tensor, Tensor>(Distance), inAxis1: null);
        Console.WriteLine(distances(origin, points));
        Console.WriteLine(slopes(origin, points));
    }

    void Random_numbers()
    {
        var Console = Printed();
        var keys = Rng.Split(Rng.Key(42), 2);
        Console.WriteLine(Rng.Normal(keys[0], [3]));
        Console.WriteLine(Rng.Permutation(keys[1], 5));
    }
}
