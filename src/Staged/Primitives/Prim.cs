namespace StagedDiff;

/// <summary>
/// The primitives as functions. Operands have equal shapes and element types already; what changes nothing is left out.
/// Reductions are in Reduce.cs, products in Contract.cs.
/// </summary>
static partial class Prim
{
    public static Tensor Neg(Tensor x) => new Neg().Of(x);
    public static Tensor Abs(Tensor x) => new Abs().Of(x);
    public static Tensor Sign(Tensor x) => new Sign().Of(x);
    public static Tensor Exp(Tensor x) => new Exp().Of(x);
    public static Tensor Log(Tensor x) => new Log().Of(x);
    public static Tensor Log1p(Tensor x) => new Log1p().Of(x);
    public static Tensor Expm1(Tensor x) => new Expm1().Of(x);
    public static Tensor Sqrt(Tensor x) => new Sqrt().Of(x);
    public static Tensor Rsqrt(Tensor x) => new Rsqrt().Of(x);
    public static Tensor Sin(Tensor x) => new Sin().Of(x);
    public static Tensor Cos(Tensor x) => new Cos().Of(x);
    public static Tensor Tan(Tensor x) => new Tan().Of(x);
    public static Tensor Tanh(Tensor x) => new Tanh().Of(x);
    public static Tensor Logistic(Tensor x) => new Logistic().Of(x);
    public static Tensor Erf(Tensor x) => new Erf().Of(x);
    public static Tensor Erfc(Tensor x) => new Erfc().Of(x);
    public static Tensor ErfInv(Tensor x) => new ErfInv().Of(x);
    public static Tensor Asin(Tensor x) => new Asin().Of(x);
    public static Tensor Acos(Tensor x) => new Acos().Of(x);
    public static Tensor Atan(Tensor x) => new Atan().Of(x);
    public static Tensor Sinh(Tensor x) => new Sinh().Of(x);
    public static Tensor Cosh(Tensor x) => new Cosh().Of(x);
    public static Tensor Asinh(Tensor x) => new Asinh().Of(x);
    public static Tensor Acosh(Tensor x) => new Acosh().Of(x);
    public static Tensor Atanh(Tensor x) => new Atanh().Of(x);
    public static Tensor LogGamma(Tensor x) => new LogGamma().Of(x);
    public static Tensor Digamma(Tensor x) => new Digamma().Of(x);
    public static Tensor Polygamma(int order, Tensor x) => new Polygamma(order).Of(x);
    public static Tensor Floor(Tensor x) => new Floor().Of(x);
    public static Tensor Ceiling(Tensor x) => new Ceiling().Of(x);
    public static Tensor Round(Tensor x) => new Round().Of(x);
    public static Tensor Truncate(Tensor x) => new Truncate().Of(x);
    public static Tensor Not(Tensor x) => new Not().Of(x);
    public static Tensor StopGradient(Tensor x) => new StopGradient().Of(x);
    public static Tensor Cast(Tensor x, DType to) => x.DType == to ? x : new Cast(to).Of(x);

    public static Tensor Add(Tensor a, Tensor b) => new Add().Of(a, b);
    public static Tensor Sub(Tensor a, Tensor b) => new Sub().Of(a, b);
    public static Tensor Mul(Tensor a, Tensor b) => new Mul().Of(a, b);
    public static Tensor MulZ(Tensor a, Tensor b) => new MulZ().Of(a, b);
    public static Tensor Div(Tensor a, Tensor b) => new Div().Of(a, b);
    public static Tensor Rem(Tensor a, Tensor b) => new Rem().Of(a, b);
    public static Tensor Pow(Tensor a, Tensor b) => new Pow().Of(a, b);
    public static Tensor Atan2(Tensor a, Tensor b) => new Atan2().Of(a, b);
    public static Tensor Max(Tensor a, Tensor b) => new Maximum().Of(a, b);
    public static Tensor Min(Tensor a, Tensor b) => new Minimum().Of(a, b);
    public static Tensor And(Tensor a, Tensor b) => new And().Of(a, b);
    public static Tensor Or(Tensor a, Tensor b) => new Or().Of(a, b);
    public static Tensor Xor(Tensor a, Tensor b) => new Xor().Of(a, b);
    public static Tensor ShiftLeft(Tensor a, Tensor b) => new ShiftLeft().Of(a, b);
    public static Tensor ShiftRight(Tensor a, Tensor b) => new ShiftRight().Of(a, b);
    public static Tensor Less(Tensor a, Tensor b) => new Less().Of(a, b);
    public static Tensor LessEqual(Tensor a, Tensor b) => new LessEqual().Of(a, b);
    public static Tensor Greater(Tensor a, Tensor b) => Less(b, a);
    public static Tensor GreaterEqual(Tensor a, Tensor b) => LessEqual(b, a);
    public static Tensor Equal(Tensor a, Tensor b) => new Equal().Of(a, b);
    public static Tensor NotEqual(Tensor a, Tensor b) => new NotEqual().Of(a, b);
    public static Tensor Select(Tensor c, Tensor a, Tensor b) => new Select().Of(c, a, b);

    /// <summary>x repeated along the axes <paramref name="added"/> of <paramref name="shape"/>; the others are its own.</summary>
    public static Tensor Broadcast(Tensor x, Shape shape, Axes added) => added.Count == 0 ? x : new Broadcast(shape, added).Of(x);
    public static Tensor Reshape(Tensor x, Shape shape) => x.Shape == shape ? x : new Reshape(x.Shape, shape).Of(x);

    /// <summary>Axis a of the result is axis order[a] of x.</summary>
    public static Tensor Permute(Tensor x, Axes order) => new Permute(order) is { IsIdentity: false } op ? op.Of(x) : x;

    public static Tensor Slice(Tensor x, Shape starts, Shape limits, Axes steps) =>
        starts.All(n => n == 0) && limits == x.Shape && steps.All(n => n == 1) ? x : new SliceOp(starts, limits, steps).Of(x);

    /// <summary>x from start to before limit along one axis.</summary>
    public static Tensor Slice(Tensor x, int axis, Extent start, Extent limit) =>
        Slice(x, [.. x.Shape.Select((_, a) => a == axis ? start : (Extent)0)], x.Shape.With(axis, limit), [.. x.Shape.Select(_ => 1)]);

    public static Tensor Reverse(Tensor x, Axes axes) => axes.Count == 0 ? x : new Flip(axes).Of(x);

    /// <summary>Rank-0 value before, after and between the elements of x.</summary>
    public static Tensor Pad(Tensor x, Tensor value, Shape lo, Shape hi, Axes interior)
    {
        // Nothing is between fewer than two.
        Axes between = [.. interior.Select((n, a) => x.Shape[a] == 0 || x.Shape[a] == 1 ? 0 : n)];
        return lo.Concat(hi).All(n => n == 0) && between.All(n => n == 0) ? x : new Pad(lo, hi, between).Of(x, value);
    }

    public static Tensor Concatenate(int axis, params Tensor[] x) => x.Length == 1 ? x[0] : new Concatenate(axis).Of(x);
    public static Tensor Iota(TensorType type, int axis) => new Iota(type, axis).Of();

    /// <summary>x[…, indices, …] along an axis, NumPy's take: indices below 0 count from the end, those outside mean the nearest.</summary>
    public static Tensor Gather(Tensor x, Tensor indices, int axis) => new Gather(axis).Of(x, indices);

    /// <summary>x with updates added at indices along an axis, one after another; those outside are dropped.</summary>
    public static Tensor ScatterAdd(Tensor x, Tensor indices, Tensor updates, int axis) => new ScatterAdd(axis).Of(x, indices, updates);

    /// <summary>Both words of Threefry-2x32.</summary>
    public static (Tensor, Tensor) Threefry(Tensor k0, Tensor k1, Tensor c0, Tensor c1) =>
        (new Threefry(0).Of(k0, k1, c0, c1), new Threefry(1).Of(k0, k1, c0, c1));

    public static void Print(string label, Tensor x) => new Print(label).Apply(x);
    public static void Check(Tensor condition, string message) => new CheckTrue(message).Apply(condition);
    public static Tensor[] Call(Graph body, string title, params Tensor[] x) => new Call(body, title).Apply(x);

    /// <summary>A number, of rank 0, in every element.</summary>
    public static Tensor Full(Shape shape, Tensor number) => Broadcast(number, shape, [.. Enumerable.Range(0, shape.Rank)]);
    public static Tensor Zeros(TensorType type) => Full(type.Shape, Tensor.Literal(type.DType, 0));
    public static Tensor Ones(TensorType type) => Full(type.Shape, Tensor.Literal(type.DType, 1));

    /// <summary>x for each of a batch: a new axis 0.</summary>
    public static Tensor Lead(Tensor x, Extent size) => Broadcast(x, x.Shape.Prepend(size), [0]);
    public static Tensor Lead(Batched x, Extent size) => x.Mapped ? x.Value : Lead(x.Value, size);
}
