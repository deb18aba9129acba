namespace StagedDiff;

public sealed partial class Tensor
{
    /// <summary>
    /// The matrix product: [b…,m,k]·[b…,k,n] → [b…,m,n]; leading axes broadcast. A vector counts as a row on the left, as a column on the right,
    /// and loses that axis again.
    /// </summary>
    /// <exception cref="ShapeException">The inner extents differ, the leading axes do not broadcast, or an operand is a number.</exception>
    /// <remarks>Follows numpy.matmul.</remarks>
    public Tensor MatMul(Tensor other)
    {
        var type = Common("MatMul", this, other);
        var (a, b) = (Summed(To(type)), Summed(other.To(type)));
        if (a.Rank == 0 || b.Rank == 0) throw Mismatch("MatMul", this, other);
        var x = a.Rank == 1 ? a.Unsqueeze(0) : a;
        var y = b.Rank == 1 ? b.Unsqueeze(1) : b;
        if (x.Shape[^1] != y.Shape[^2]) throw Mismatch("MatMul", this, other);
        var z = Product(x, y, this, other);
        if (b.Rank == 1) z = z.Squeeze(-1);
        return a.Rank == 1 ? z.Squeeze(b.Rank == 1 ? -1 : -2) : z;
    }

    static Tensor Product(Tensor a, Tensor b, Tensor left, Tensor right)
    {
        // One matrix for all rows: a single product, with the same bits.
        if (b.Rank == 2 && a.Rank > 2)
            return Prim.Dot(a.Reshape(Leading(a.Shape, 1).Count, a.Shape[^1]), b).Shaped(a.Shape.With(a.Rank - 1, b.Shape[1]));
        if (a.Rank == b.Rank && Leading(a.Shape, 2) == Leading(b.Shape, 2)) return Prim.Dot(a, b);
        var batch = Stretch(Leading(a.Shape, 2), Leading(b.Shape, 2))
            ?? throw new ShapeException($"MatMul: the leading axes of {left.Type} and {right.Type} do not broadcast.{Caller.Line()}");
        return Prim.Dot(a.Expand([.. batch, a.Shape[^2], a.Shape[^1]]), b.Expand([.. batch, b.Shape[^2], b.Shape[^1]]));
    }

    static Shape Leading(Shape shape, int less) => shape.Slice(0, shape.Rank - less);

    static ShapeException Mismatch(string name, Tensor a, Tensor b)
    {
        var hint = a.Rank == 0 || b.Rank == 0 ? "; multiply by a number with *."
            : b.Rank > 1 && a.Shape[^1] == b.Shape[^1] ? $"; did you mean x.{name}(y.T)?"
            : a.Rank > 1 && a.Shape[^2] == b.Shape[b.Rank > 1 ? ^2 : ^1] ? $"; did you mean x.T.{name}(y)?" : ".";
        return new($"{name}: expected {(name == "Dot" ? "[a…,k]·[b…,k,n]" : "[b…,m,k]·[b…,k,n]")}, got {a.Type} and {b.Type}{hint}{Caller.Line()}");
    }

    /// <summary>
    /// The sum of products over the last axis of this and the last but one of the other: [a…,k]·[b…,k,n] → [a…,b…,n]; of two vectors a number.
    /// A number multiplies.
    /// </summary>
    /// <exception cref="ShapeException">The extents that meet differ.</exception>
    /// <remarks>Follows numpy.dot: the leading axes of both stand in the result, where <see cref="MatMul"/> lines them up.</remarks>
    public Tensor Dot(Tensor other)
    {
        if (Rank == 0 || other.Rank == 0) return this * other;
        int r = other.Rank;
        if (Shape[^1] != other.Shape[Math.Max(0, r - 2)]) throw Mismatch("Dot", this, other);
        if (r <= 2) return MatMul(other);
        var rows = other.Permuted([r - 2, .. Enumerable.Range(0, r - 2), r - 1]);
        return MatMul(rows.Reshape(Shape[^1], Leading(other.Shape, 2).Count * other.Shape[^1])).Reshape([.. Leading(Shape, 1), .. Leading(other.Shape, 2), other.Shape[^1]]);
    }
}
