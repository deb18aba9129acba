namespace StagedDiff;

// How operands of different types and shapes meet: here alone. The table of types is DTypes.Promote; docs/numerics.md shows it.
public sealed partial class Tensor
{
    /// <summary>Two operands as tensors of one element type and one shape: literals typed, types promoted, shapes broadcast.</summary>
    internal static (Tensor A, Tensor B) Meet(string name, Tensor a, Tensor b)
    {
        if (a.DType == b.DType && !a.IsWeak && !b.IsWeak && a.Shape == b.Shape) return (a, b);
        var (type, shape) = (Common(name, a, b), Broadcast(name, a, b));
        return (a.To(type).Expand(shape), b.To(type).Expand(shape));
    }

    /// <summary>The type two operands meet in. A literal gives way, unless it needs a fraction or a number and the other has none.</summary>
    internal static DType Common(string name, Tensor a, Tensor b) => (a.IsWeak, b.IsWeak) switch
    {
        (true, true) => a.DType.IsFloat() ? a.DType : b.DType,
        (true, false) => Beside(name, a, b),
        (false, true) => Beside(name, b, a),
        _ => DTypes.Promote(a.DType, b.DType),
    };

    static DType Beside(string name, Tensor literal, Tensor x)
    {
        if (x.DType.IsFloat()) return x.DType;
        if (literal.DType.IsFloat()) return DType.F32;
        if (x.DType == DType.Bool) return DType.I32;
        var typed = literal.As(x.DType);
        return typed.LiteralBits == literal.LiteralBits ? x.DType
            : throw new DTypeException($"{name}: the number {literal.LiteralBits} does not fit {x.DType.Name()}, the elements of {x.Type}. "
                + $"Cast the tensor first.{Caller.Line()}");
    }

    /// <summary>The shape in which tensors meet: axes are aligned at the last, an extent of 1 stretches.</summary>
    /// <exception cref="ShapeException">They do not broadcast.</exception>
    internal static Shape Broadcast(string name, params ReadOnlySpan<Tensor> x)
    {
        var shape = x[0].Shape;
        foreach (var t in x[1..])
            shape = shape.Rank == 0 ? t.Shape : t.Rank == 0 || shape == t.Shape ? shape : Stretch(shape, t.Shape)
                ?? throw new ShapeException(NoBroadcast(name, x));
        return shape;
    }

    static Shape? Stretch(Shape a, Shape b)
    {
        var y = new Extent[Math.Max(a.Rank, b.Rank)];
        for (int i = 1; i <= y.Length; i++)
        {
            Extent one = 1, m = i <= a.Rank ? a[^i] : one, n = i <= b.Rank ? b[^i] : one;
            if (m != n && m != 1 && n != 1) return null;
            y[^i] = m == 1 ? n : m;
        }
        return Shape.Create(y);
    }

    static string NoBroadcast(string name, ReadOnlySpan<Tensor> x)
    {
        for (int i = 1; ; i++)
        {
            Extent[] extents = [.. x.ToArray().Where(t => t.Rank >= i).Select(t => t.Shape[^i]).Where(n => n != 1).Distinct()];
            if (extents is [var m, var n, ..])
                return $"{name}: shapes {string.Join(" and ", x.ToArray().Select(t => t.Type))} do not broadcast: axis −{i} is {m} and {n}."
                    + Caller.Line();
        }
    }

    /// <summary>This tensor with another element type: a weak literal as it is written, so no digit is lost on the way.</summary>
    internal Tensor To(DType type) => IsWeak ? As(type) : DType == type ? this : Prim.Cast(this, type);

    /// <summary>This tensor with another shape of as many elements.</summary>
    internal Tensor Shaped(Shape shape) => Shape == shape ? this : Prim.Reshape(this, shape);

    /// <summary>This tensor repeated up to a shape that it broadcasts to.</summary>
    internal Tensor Expand(Shape shape)
    {
        if (Shape == shape) return this;
        // A number with data is looked at again and again: the view that the op would give, without the op.
        if (Rank == 0 && IsConcrete && !Trace.IsStaging) return new(this, shape, Offset, new long[shape.Rank]);
        if (Rank == 0) return Prim.Broadcast(this, shape, AllAxes(shape.Rank));
        // An axis that stretches is dropped and made anew.
        int lead = shape.Rank - Rank;
        int[] made = [.. Enumerable.Range(0, shape.Rank).Where(a => a < lead || Shape[a - lead] != shape[a])];
        return Prim.Broadcast(Shaped(Without(shape, made)), shape, [.. made]);
    }

    static readonly Axes[] first = [[], [0], [0, 1], [0, 1, 2], [0, 1, 2, 3]];

    static Axes AllAxes(int rank) => rank < first.Length ? first[rank] : [.. Enumerable.Range(0, rank)];

    static Shape Without(Shape shape, int[] axes) => [.. shape.Where((_, a) => !axes.Contains(a))];

    /// <summary>A number beside <paramref name="x"/>: of its type at once where that is a float, so that no second object is made.</summary>
    static Tensor Beside(Tensor x, double number) => x.DType.IsFloat() && !x.IsWeak ? Literal(x.DType, number) : Weak(number);
    static Tensor Beside(Tensor x, int number) => x.DType.IsFloat() && !x.IsWeak ? Literal(x.DType, (double)number) : Weak((long)number);

    /// <summary>f of operands that meet; two weak literals give a weak one, computed in 64 bits.</summary>
    static Tensor Both(string name, Tensor a, Tensor b, Func<Tensor, Tensor, Tensor> f)
    {
        if (a.IsWeak && b.IsWeak)
        {
            var wide = a.DType.IsFloat() || b.DType.IsFloat() ? DType.F64 : DType.I64;
            return Weaken(f(a.As(wide), b.As(wide)));
        }
        var (x, y) = Meet(name, a, b);
        return f(x, y);
    }

    /// <summary>Arithmetic: true and false count as 1 and 0.</summary>
    static Tensor Arithmetic(string name, Tensor a, Tensor b, Func<Tensor, Tensor, Tensor> f) =>
        a.DType == DType.Bool && b.DType == DType.Bool ? Both(name, a, b, (x, y) => f(Counted(x), Counted(y))) : Both(name, a, b, f);

    /// <summary>Arithmetic whose result has a fraction: integers become F32.</summary>
    static Tensor Fractional(string name, Tensor a, Tensor b, Func<Tensor, Tensor, Tensor> f) =>
        a.DType.IsFloat() || b.DType.IsFloat() ? Both(name, a, b, f)
        : a.IsWeak && b.IsWeak ? Both(name, Weak((double)a.LiteralBits), b, f)
        : Both(name, a, b, (x, y) => f(x.To(DType.F32), y.To(DType.F32)));

    static Tensor Logic(string name, Tensor a, Tensor b, Func<Tensor, Tensor, Tensor> f) =>
        a.DType.IsFloat() || b.DType.IsFloat()
            ? throw new DTypeException($"{name}: expected bools or integers, got {a.Type} and {b.Type}. Compare first, as in x > 0.{Caller.Line()}")
            : Both(name, a, b, f);

    /// <summary>f at each element, a float: integers become F32; a weak literal stays weak.</summary>
    internal static Tensor Floating(Tensor x, Func<Tensor, Tensor> f) =>
        x.IsWeak ? Weaken(f(x.As(DType.F64))) : f(x.DType.IsFloat() ? x : x.To(DType.F32));

    /// <summary>f at each element, in its own type; a weak literal stays weak.</summary>
    static Tensor Same(Tensor x, Func<Tensor, Tensor> f) => x.IsWeak ? Weaken(f(x.As(x.DType.IsFloat() ? DType.F64 : DType.I64))) : f(x);

    /// <summary>Bools as 1 and 0, so that they can be counted; others as they are.</summary>
    static Tensor Counted(Tensor x) => x.DType == DType.Bool ? x.To(DType.I32) : x;

    /// <summary>A number computed from weak literals alone, as one.</summary>
    static Tensor Weaken(Tensor y)
    {
        if (y.DType == DType.Bool || !y.IsConcrete) return y;
        var literal = y.IsLiteral ? y : y.ToLiteral();
        return literal.DType.IsFloat() ? Weak(literal.LiteralNumber) : Weak(literal.LiteralBits);
    }
}
