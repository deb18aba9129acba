namespace StagedDiff.Tests;

/// <summary>A function made of elementwise ops is, on large data, one loop. Alone, because it counts what the process compiles.</summary>
[Collection(nameof(EagerTests))]
public class ComposedTests
{
    static Tensor[] F(Tensor[] x) => [x[0] * 0.9 + x[1], Tensor.Sqrt(x[1] * x[1]) / (x[0] + 2)];

    [Fact]
    public void Its_results_are_those_of_the_ops()
    {
        Tensor[] x = [Tensor.Arange(5000).Cast(DType.F32), Tensor.Arange(5000).Cast(DType.F32) / 7];
        int before = LoopKernel.Compiled;
        var composed = new Together(F).Of(x);
        Assert.Equal(before + 1, LoopKernel.Compiled);
        var plain = F(x);
        for (int k = 0; k < 2; k++) Assert.Equal(plain[k].ToArray<float>(), composed[k].ToArray<float>());
    }

    [Fact]
    public void A_number_from_outside_is_an_operand()
    {
        Tensor[] x = [Tensor.Full([5000], 2f)];
        float At(int n)
        {
            var rate = Tensor.From((double)n);
            return new Together(x => [x[0] * rate.Cast(DType.F32) + 0.25]).Of(x)[0][4999].Item<float>();
        }
        Assert.Equal(2.25f, At(1));
        int before = LoopKernel.Compiled;
        Assert.Equal(14.25f, At(7));
        Assert.Equal(before, LoopKernel.Compiled);
    }

    [Fact]
    public void It_is_asked_once_for_tensors_of_the_same_types()
    {
        int asked = 0;
        var f = new Together(x => { asked++; return F(x); });
        foreach (int[] shape in new int[][] { [5000], [40, 200], [100] })
        {
            Tensor[] x = [Tensor.Full(shape, 2f), Tensor.Full(shape, 3f)];
            Numbers.SameBits(F(x), f.Of(x), string.Join(',', shape));
            Assert.Equal(1, asked);
        }
        f.Of([Tensor.Full([5000], 2.0).Cast(DType.F64), Tensor.Full([5000], 3.0).Cast(DType.F64)]);
        Assert.Equal(2, asked);
    }

    [Fact]
    public void Other_functions_and_small_tensors_are_left_alone()
    {
        int asked = 0;
        Tensor[] x = [Tensor.Full([5000], 2f)];
        Assert.Same(x[0], new Together(x => [x[0]]).Of(x)[0]);
        var f = new Together(x => { asked++; return F(x); });
        f.Of([Tensor.Full([5], 2f), Tensor.Full([5], 2f)]);
        f.Of([Tensor.Full([5], 2f), Tensor.Full([5], 2f)]);
        Assert.Equal(2, asked);
        Assert.Equal([100, 5000], f.Of([Tensor.Full([5000], 2f), Tensor.Full([100, 5000], 2f)])[0].Shape.ToArray());
    }
}
