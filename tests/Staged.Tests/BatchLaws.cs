namespace StagedDiff.Tests;

/// <summary>A mapped function is a loop over the batch, and commutes with derivatives.</summary>
public sealed class BatchLaws : Law
{
    const int Size = 3;

    static Tensor At(Tensor t, int axis, int b) => Prim.Reshape(Prim.Slice(t, axis, b, b + 1), t.Shape.Drop(axis));

    static Tensor Stack(Tensor[] x) => Prim.Concatenate(0, Array.ConvertAll(x, t => Prim.Reshape(t, t.Shape.Prepend(1))));

    static Tensor ToFront(Tensor t, int axis) => Prim.Permute(t, [axis, .. Enumerable.Range(0, t.Rank).Where(a => a != axis)]);

    /// <summary>Which operands are mapped, and along which axis: every operand at every axis, alone and together with the others.</summary>
    static IEnumerable<int[]> Axes(Tensor[] x)
    {
        for (int mapped = 1; mapped < 1 << x.Length; mapped++)
            for (int turn = 0; turn <= x.Max(t => t.Rank); turn++)
                if (turn == 0 || x.Where((t, i) => (mapped >> i & 1) == 1).Any(t => t.Rank >= turn))
                    yield return [.. x.Select((t, i) => (mapped >> i & 1) == 0 ? -1 : Math.Min(turn, t.Rank))];
    }

    /// <summary>Operands with a batch along these axes: no two of a batch are alike.</summary>
    static Tensor[] Batches(Case c, DType type, Tensor[] x, int[] axes)
    {
        Shape[] shapes = [.. x.Select((t, i) => axes[i] < 0 ? t.Shape : t.Shape.Insert(axes[i], Size))];
        return c.At(type, shapes);
    }

    [Theory, MemberData(nameof(Every))]
    public void Vmap_equals_a_loop(string name) => Holds(name, c =>
    {
        foreach (var one in c.At(c.Types[^1], 24).Take(5))
            foreach (var axes in Axes(one))
            {
                var x = Batches(c, c.Types[^1], one, axes);
                Batched[] batched = [.. x.Select((t, i) => axes[i] < 0 ? new Batched(t, false) : new(ToFront(t, axes[i]), true))];
                var loop = Enumerable.Range(0, Size).Select(b => c.F([.. x.Select((t, i) => axes[i] < 0 ? t : At(t, axes[i], b))])).ToArray();
                Tensor[] expected = [.. loop[0].Select((_, k) => Stack([.. loop.Select(y => y[k].Strong())]))];
                Numbers.SameBits(expected, Batching.Vmap(c.F, batched, Size), $"{Where(c, one)} mapped at [{string.Join(", ", axes)}]");
            }
    });

    [Theory, MemberData(nameof(Differentiable))]
    public void Grad_of_vmap_equals_vmap_of_grad(string name) => Holds(name, c =>
    {
        foreach (var one in c.At(DType.F64, 24).Take(4))
        {
            var x = Batches(c, DType.F64, one, Array.ConvertAll(one, _ => 0));
            bool[] active = Array.ConvertAll(x, t => t.DType.IsFloat());
            Tensor[] Floats(Tensor[] y) => [.. y.Where(t => t.DType.IsFloat())];
            Tensor[] Mapped(Func<Tensor[], Tensor[]> f, Tensor[] t) => Batching.Vmap(f, Array.ConvertAll(t, u => new Batched(u, true)), Size);
            Tensor[] Some(Tensor[] t) => [.. t.Where((_, i) => active[i])];
            Numbers.SameBits(Some(Pulled(t => Floats(Mapped(c.F, t)), x)), Mapped(t => Some(Pulled(u => Floats(c.F(u)), t)), x), $"gradient of {Where(c, one)}");
        }
    });
}
