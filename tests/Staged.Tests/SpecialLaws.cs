namespace StagedDiff.Tests;

/// <summary>NaN, ±∞, ±0, denormals and the largest numbers: compiled code, literals and rules give what the ops give one by one.</summary>
public sealed class SpecialLaws : Law
{
    static readonly double[] special = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0.0, -0.0, 1, -1, 0.5, 2, -3];

    static readonly Dictionary<DType, Array> values = new()
    {
        [DType.F32] = (float[])[.. special.Select(x => (float)x), float.Epsilon, -float.Epsilon, 1e-40f, float.MaxValue, float.MinValue, 1.17549435e-38f],
        [DType.F64] = (double[])[.. special, double.Epsilon, -double.Epsilon, 1e-310, double.MaxValue, double.MinValue, 2.2250738585072014e-308],
        [DType.I32] = (int[])[0, 1, -1, 2, 31, 32, 33, -7, int.MaxValue, int.MinValue],
        [DType.I64] = (long[])[0, 1, -1, 2, 31, 63, 64, 65, -7, long.MaxValue, long.MinValue],
        [DType.U32] = (uint[])[0, 1, 2, 31, 32, 33, int.MaxValue, uint.MaxValue],
        [DType.U8] = (byte[])[0, 1, 2, 7, 8, 9, 127, 128, 255],
        [DType.Bool] = (bool[])[false, true],
    };

    internal static Array Values(DType type) => values[type];

    /// <summary>Every combination of special values of some operands, as vectors.</summary>
    internal static Tensor[] Combinations(DType[] types)
    {
        int[] counts = [.. types.Select(t => values[t].Length)];
        int size = counts.Aggregate((a, b) => a * b), step = 1;
        var all = new Tensor[types.Length];
        for (int k = 0; k < types.Length; step *= counts[k++])
        {
            var data = Array.CreateInstance(types[k].Clr(), size);
            for (int i = 0; i < size; i++) data.SetValue(values[types[k]].GetValue(i / step % counts[k]), i);
            all[k] = Tensor.Wrap(data, size);
        }
        return all;
    }

    /// <summary>Cases that work element by element: any operands of one shape.</summary>
    static bool IsElementwise(Case c) => c.Shapes.StartsWith("-|0|", StringComparison.Ordinal) && c.X.Length <= 3;

    public static TheoryData<string> Elementwise => [.. Cases.All.Where(IsElementwise).Select(c => c.Name)];

    [Theory, MemberData(nameof(Elementwise))]
    public void Special_values_have_the_same_bits_jitted(string name) => Holds(name, c =>
    {
        foreach (var type in c.Types)
        {
            var x = Combinations([.. c.X.Select(o => o.Type ?? type)]);
            Numbers.SameBits(c.F(x), Jitted(c.F, x), Where(c, x));
        }
    });

    public static TheoryData<string> Others => [.. Cases.All.Where(c => !IsElementwise(c)).Select(c => c.Name)];

    [Theory, MemberData(nameof(Others))]
    public void Special_values_anywhere_have_the_same_bits_jitted(string name) => Holds(name, c =>
    {
        var random = new Random(1);
        foreach (var type in c.Types.Take(2))
            foreach (var x in c.At(type, 400).TakeLast(2))
            {
                Tensor[] mixed = [.. x.Select((t, i) => c.X[i].Type is null ? Mixed(t, random) : t)];
                Numbers.SameBits(c.F(mixed), Jitted(c.F, mixed), Where(c, x));
            }
    });

    static Tensor Mixed(Tensor t, Random random)
    {
        var data = (Array)t.Contiguous().Storage.Data.Clone();
        for (int i = 0; i < data.Length; i++)
            if (random.Next(3) == 0) data.SetValue(values[t.DType].GetValue(random.Next(values[t.DType].Length)), i);
        return Numbers.Shaped(data, t.Shape);
    }

    public static TheoryData<string> ElementwiseDifferentiable => [.. Cases.All.Where(c => IsElementwise(c) && c.IsDifferentiable).Select(c => c.Name)];

    [Theory, MemberData(nameof(ElementwiseDifferentiable))]
    public void Derivatives_at_special_values_have_the_same_bits_jitted(string name) => Holds(name, c =>
    {
        foreach (var type in new[] { DType.F32, DType.F64 })
        {
            var (f, x) = OfFloats(c, Combinations([.. c.X.Select(o => o.Type ?? type)]));
            foreach (var ct in new[] { 1.0, 0, double.PositiveInfinity })
            {
                Tensor[] Pull(Tensor[] t) => Pulled(f, t, [.. f(t).Select(y => Prim.Full(y.Shape, Tensor.Literal(y.DType, ct)))]);
                Numbers.SameBits(Pull(x), Jitted(Pull, x), $"pullback of {ct} by {Where(c, x)}");
                Tensor[] Push(Tensor[] t) => Pushed(f, t, Array.ConvertAll(t, u => Prim.Full(u.Shape, Tensor.Literal(u.DType, ct))));
                Numbers.SameBits(Push(x), Jitted(Push, x), $"tangent {ct} of {Where(c, x)}");
            }
        }
    });

    /// <summary>Cases of elementwise ops alone.</summary>
    public static TheoryData<string> Foldable => [.. Cases.All.Where(c => IsElementwise(c) && Graph.Trace(c.X.Select(o => new TensorType(o.Type ?? c.Types[0], [])), c.F).Graph.Nodes
        .All(n => n.Op is MapOp { IsElementwise: true })).Select(c => c.Name)];

    [Theory, MemberData(nameof(Foldable))]
    public void Literals_fold_to_the_bits_of_the_op(string name) => Holds(name, c =>
    {
        foreach (var type in c.Types)
        {
            DType[] types = [.. c.X.Select(o => o.Type ?? type)];
            var x = Combinations(types);
            // Every combination of two, some of three.
            for (int i = 0; i < x[0].Size; i += c.X.Length == 3 ? 7 : 1)
            {
                Tensor[] numbers = [.. x.Select(t => t[i])], literals = [.. numbers.Select(t => t.ToLiteral())];
                var graph = Graph.Of([], _ => c.F(literals));
                Assert.Equal(0, graph.Count);
                Numbers.SameBits(c.F(numbers), [.. graph.Outputs], $"{c.Name} of {string.Join(", ", numbers.AsEnumerable())}");
            }
        }
    });

    /// <summary>A live number is never a constant: what is right at 0 and 1 is the derivative near them.</summary>
    [Theory, MemberData(nameof(ElementwiseDifferentiable))]
    public void Live_and_staged_derivatives_agree_at_minus_one_zero_and_one(string name) => Holds(name, c =>
    {
        double[] points = [-1, -0.0, 0, 1];
        foreach (double a in points)
            foreach (double b in points)
            {
                var (f, x) = OfFloats(c, [.. c.X.Select((o, i) => o.Type is DType.Bool ? Tensor.From(a > 0) : Tensor.From(i == 0 ? a : b))]);
                var (literal, _) = OfFloats(c, [.. c.X.Select(o => Tensor.Literal(o.Type ?? DType.F64, a))]);
                Tensor[] weak = [.. x.Select(t => Tensor.Weak(t.Item<double>()).As(DType.F64))];
                var live = Pulled(f, x);
                Numbers.SameBits(live, Pulled(f, weak), $"literals, {c.Name} at {a}, {b}");
                Numbers.SameBits(live, Jitted(t => Pulled(f, t), x), $"staged, {c.Name} at {a}, {b}");
                Numbers.SameBits(live, Jitted(_ => Pulled(f, weak), []), $"staged literals, {c.Name} at {a}, {b}");
                Numbers.Near(Pulled(f, x), Jitted(t => Pulled(u => Jitless(f, u), t), x), 1e-14, $"a call, {c.Name} at {a}, {b}");
            }
    });

    static Tensor[] Jitless(Func<Tensor[], Tensor[]> f, Tensor[] x)
    {
        var (graph, captured) = Graph.Trace(x.Select(t => t.Type), f);
        return new Call(graph, "f").Apply([.. x, .. captured]);
    }
}
