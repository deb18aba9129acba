namespace StagedDiff;

/// <summary>
/// An op that works element by element on operands of one shape. Its code and its partial derivatives are all it states;
/// both modes, batching and fusion follow.
/// </summary>
abstract record Elementwise(string Title) : MapOp
{
    public sealed override string Name => Title;
    public sealed override bool IsElementwise => true;
    protected virtual string Attributes => "";
    public sealed override string ToString() => Attributes is "" ? Title : $"{Title}[{Attributes}]";

    /// <summary>The element type of the result; throws where the operands' do not fit.</summary>
    protected abstract DType ResultType(TensorType[] x);

    /// <summary>The number at one element.</summary>
    protected abstract Value Code(Value[] x);

    /// <summary>The tangent t times ∂y/∂xᵢ; null where it is zero everywhere. Linear in t.</summary>
    protected abstract Tensor? Times(Tensor t, int i, Tensor[] x, Tensor y);

    public sealed override TensorType[] Infer(TensorType[] x)
    {
        for (int i = 1; i < x.Length; i++)
            if (x[i].Shape != x[0].Shape) throw new ShapeException($"{Name}: expected operands of one shape, got {string.Join(" and ", x)}.{Caller.Line()}");
        return [new(ResultType(x), x[0].Shape)];
    }

    public sealed override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted)
    {
        var y = Of(x);
        return ([y], ct => [.. x.Select((t, i) => wanted[i] && t.DType.IsFloat() ? Partial.Now(this, i, ct[0]!, x, y) ?? Times(ct[0]!, i, x, y) : null)]);
    }

    /// <summary>See <see cref="Times"/>.</summary>
    internal Tensor? Product(Tensor t, int i, Tensor[] x, Tensor y) => Times(t, i, x, y);

    /// <summary>See <see cref="Code"/>.</summary>
    internal Value Element(Value[] x) => Code(x);

    public sealed override Dual[] Jvp(Dual[] x)
    {
        Tensor[] p = Array.ConvertAll(x, d => d.Primal);
        var y = Of(p);
        Tensor? sum = null;
        for (int i = 0; i < x.Length; i++)
            if (x[i].Tangent is { } t && Times(t, i, p, y) is { } part) sum = sum is null ? part : sum + part;
        return [new(y, sum)];
    }

    public sealed override Tensor[] Batch(Batched[] x, Extent size) => Apply(Array.ConvertAll(x, b => Prim.Lead(b, size)));

    public sealed override Value At(Affine[] i, Read[] x, TensorType[] types, TensorType y, Value? guard)
    {
        var values = new Value[x.Length];
        for (int k = 0; k < x.Length; k++) values[k] = x[k](i, guard);
        return Code(values);
    }

    // What an op takes: operands of one element type, of a kind.
    protected DType Floats(TensorType[] x) => One(x, x[0].DType.IsFloat(), "floats", "F32");
    protected DType Numbers(TensorType[] x) => One(x, x[0].DType != DType.Bool, "numbers", "I32");
    protected DType Integers(TensorType[] x) => One(x, x[0].DType.IsInteger(), "integers", "I32");
    protected DType Bits(TensorType[] x) => One(x, !x[0].DType.IsFloat(), "integers or bools", "I32");
    protected DType Any(TensorType[] x) => One(x, true, "", "");

    DType One(TensorType[] x, bool fits, string kind, string cast) =>
        !fits ? throw new DTypeException($"{Name}: expected {kind}, got {string.Join(" and ", x)}. Use x.Cast(DType.{cast}).{Caller.Line()}")
        : Differ(x)
            ? throw new DTypeException($"{Name}: expected operands of one element type, got {string.Join(" and ", x)}. Cast one of them.{Caller.Line()}")
            : x[0].DType;

    static bool Differ(TensorType[] x)
    {
        foreach (var t in x)
            if (t.DType != x[0].DType) return true;
        return false;
    }
}

/// <summary>y = f(x), elementwise; of floats unless it says otherwise. Without <see cref="Times(Tensor, Tensor, Tensor)"/> its derivative is zero.</summary>
abstract record Unary(string Title) : Elementwise(Title)
{
    protected override DType ResultType(TensorType[] x) => Floats(x);
    protected abstract Value Code(Value x);
    protected virtual Tensor? Times(Tensor t, Tensor x, Tensor y) => null;

    protected sealed override Value Code(Value[] x) => Code(x[0]);
    protected sealed override Tensor? Times(Tensor t, int i, Tensor[] x, Tensor y) => Times(t, x[0], y);
}

/// <summary>y = f(a, b), elementwise; of numbers unless it says otherwise.</summary>
abstract record Binary(string Title) : Elementwise(Title)
{
    protected override DType ResultType(TensorType[] x) => Numbers(x);
    protected abstract Value Code(Value a, Value b);

    /// <summary>t·∂y/∂a.</summary>
    protected virtual Tensor? First(Tensor t, Tensor a, Tensor b, Tensor y) => null;

    /// <summary>t·∂y/∂b.</summary>
    protected virtual Tensor? Second(Tensor t, Tensor a, Tensor b, Tensor y) => null;

    protected sealed override Value Code(Value[] x) => Code(x[0], x[1]);
    protected sealed override Tensor? Times(Tensor t, int i, Tensor[] x, Tensor y) => i == 0 ? First(t, x[0], x[1], y) : Second(t, x[0], x[1], y);
}
