using System.Text.Json;

namespace StagedDiff.Tests;

/// <summary>Values of PyTorch, made by tests/golden/pytorch.py and committed beside it.</summary>
static class Golden
{
    public sealed record Packed(int[] Shape, double[] Data)
    {
        public Tensor Tensor => StagedDiff.Tensor.From(Data, [.. Shape]) is var x && Shape.Length == 0 ? x.Reshape(Shape) : x;
    }

    /// <summary>
    /// A function's inputs, its value, the gradient of Σ wᵢ·valueᵢ by each float input, and along a direction the derivatives of the value and of that gradient.
    /// </summary>
    public sealed record Case(string Name, Packed[] Inputs, Packed Value, double[][] Grads, double[] Tangent, double[][] Second)
    {
        public Tensor[] X => [.. Inputs.Select(x => x.Tensor)];

        /// <summary>"solve" of "solve #2": the function, of several inputs.</summary>
        public string Function => Name.Split(" #")[0];

        /// <summary>Value and derivatives are those of PyTorch; jitted ones have the same bits; CheckGrads agrees.</summary>
        public void Check(Func<Tensor[], Tensor> f, double tolerance = 1e-12, bool differences = true)
        {
            Near.Equal(Value.Data, f(X).ToArray<double>(), tolerance);
            Assert.Equal(Value.Shape, f(X).Shape.ToArray());
            var w = Tensor.From([.. Enumerable.Range(0, Value.Data.Length).Select(i => i % 5 - 1.5)], Value.Shape, DType.F64);
            Tensor[] along = [.. Inputs.Select((x, k) => Tensor.From([.. Enumerable.Range(0, x.Data.Length).Select(i => ((3 * i + 2 * k) % 7 - 3) / 4.0)], x.Shape, DType.F64))];
            Tensor loss(Tensor[] x) => (f(x) * w).Sum();
            Equal(Grads, Fn.Grad<Tensor[]>(loss)(X), tolerance);
            Near.Equal(Tangent, Fn.Jvp(f, X, along).Tangent.ToArray<double>(), tolerance);
            Equal(Second, Fn.Hvp<Tensor[]>(loss, X, along), 10 * tolerance);
            SameBits(f, X);
            if (differences) Fn.CheckGrads<Tensor[]>(f, X);
        }

        static void Equal(double[][] expected, Tensor[] actual, double tolerance)
        {
            for (int i = 0; i < expected.Length; i++) Near.Equal(expected[i], actual[i].ToArray<double>(), tolerance);
        }
    }

    public sealed record Family<T>(string Source, T[] Cases);

    static readonly JsonSerializerOptions options = new() { PropertyNameCaseInsensitive = true };

    public static T[] Read<T>(string family) =>
        JsonSerializer.Deserialize<Family<T>>(File.ReadAllText(Repository.At("tests", "golden", family + ".json")), options)!.Cases;

    /// <summary>Jitted, value and gradient have the bits of eager ones.</summary>
    public static void SameBits<P>(Func<P, Tensor> f, P x)
    {
        var both = Fn.ValueAndGrad<P>(p => f(p).Sum());
        Assert.Equal(Bits(f(x)), Bits(Fn.Jit(f)(x)));
        Assert.Equal(Bits(both(x)), Bits(Fn.Jit(both)(x)));
    }

    /// <summary>All bits of all tensors of a tree; NaNs are equal.</summary>
    public static ulong[] Bits<T>(T tree) =>
        [.. Tree.Leaves(tree).SelectMany(t => t.Cast(DType.F64).ToArray<double>()).Select(d => double.IsNaN(d) ? ulong.MaxValue : BitConverter.DoubleToUInt64Bits(d))];
}
