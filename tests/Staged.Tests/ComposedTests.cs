namespace StagedDiff.Tests;

/// <summary>A function made of elementwise ops is, on large data, one loop for each result. Alone, because it counts what the process compiles.</summary>
[Collection(nameof(EagerTests))]
public class ComposedTests
{
    static Tensor[] F(Tensor[] x) => [x[0] * 0.9 + x[1], Tensor.Sqrt(x[1] * x[1]) / (x[0] + 2)];

    [Fact]
    public void Its_results_are_those_of_the_ops()
    {
        Tensor[] x = [Tensor.Arange(5000).Cast(DType.F32), Tensor.Arange(5000).Cast(DType.F32) / 7];
        var (composed, plain) = (Composed.Now(F, x)!, F(x));
        for (int k = 0; k < 2; k++) Assert.Equal(plain[k].ToArray<float>(), composed[k].ToArray<float>());
    }

    [Fact]
    public void A_number_from_outside_is_an_operand()
    {
        Tensor[] x = [Tensor.Full([5000], 2f)];
        float At(int n)
        {
            var rate = Tensor.From((double)n);
            return Composed.Now(x => [x[0] * rate.Cast(DType.F32) + 0.25], x)![0][4999].Item<float>();
        }
        Assert.Equal(2.25f, At(1));
        int before = LoopKernel.Compiled;
        Assert.Equal(14.25f, At(7));
        Assert.Equal(before, LoopKernel.Compiled);
    }

    [Fact]
    public void Other_functions_and_small_tensors_are_left_alone()
    {
        Tensor[] x = [Tensor.Full([5000], 2f)];
        Assert.Null(Composed.Now(x => [x[0]], x));
        Assert.Null(Composed.Now(F, [Tensor.Full([5], 2f), Tensor.Full([5], 2f)]));
        Assert.Null(Composed.Now(F, [x[0], Tensor.Full([50, 100], 2f)]));
    }
}
