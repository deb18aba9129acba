namespace StagedDiff;

/// <summary>
/// An op that works element by element on operands of one shape. Its code and its partial derivatives are all it states;
/// both modes, batching and fusion follow.
/// </summary>
abstract record Elementwise : MapOp
{
    public sealed override string Name => ToString();
    public sealed override bool IsElementwise => true;

    /// <summary>The element type of the result; throws where the operands' do not fit.</summary>
    protected abstract DType ResultType(DType[] x);

    /// <summary>The number at one element.</summary>
    protected abstract Value Code(Value[] x);

    /// <summary>The tangent t times ∂y/∂xᵢ; null where it is zero everywhere. Linear in t.</summary>
    protected abstract Tensor? Times(Tensor t, int i, Tensor[] x, Tensor y);

    public sealed override TensorType[] Infer(TensorType[] x)
    {
        for (int i = 1; i < x.Length; i++)
            if (x[i].Shape != x[0].Shape) throw new ShapeException($"{Name}: expected operands of one shape, got {string.Join(" and ", x)}.{Caller.Line()}");
        return [new(ResultType(Array.ConvertAll(x, t => t.DType)), x[0].Shape)];
    }

    public sealed override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var y = Of(x);
        return ([y], ct => [.. x.Select((t, i) => wanted[i] && t.DType.IsFloat() ? Times(ct[0]!, i, x, y) : null)]);
    }

    public sealed override Dual[] Jvp(Dual[] x)
    {
        Tensor[] p = Array.ConvertAll(x, d => d.Primal);
        var y = Of(p);
        Tensor? sum = null;
        for (int i = 0; i < x.Length; i++)
            if (x[i].Tangent is { } t && Times(t, i, p, y) is { } part) sum = sum is null ? part : sum + part;
        return [new(y, sum)];
    }

    public sealed override Tensor[] Batch(Batched[] x, Extent size) => Apply(Array.ConvertAll(x, b => b.Mapped ? b.Value : Prim.Lead(b.Value, size)));

    public sealed override Value At(Affine[] i, Read[] x, TensorType[] types, TensorType y, Value? guard) => Code(Array.ConvertAll(x, r => r(i, guard)));
}
