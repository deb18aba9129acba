namespace StagedDiff;

/// <summary>
/// Values made of tensors: a tensor; tuples, arrays, lists, dictionaries; records, classes and structs by the longest public constructor whose
/// parameters match public members by name and type; F# records, unions, lists, options and maps. What is no tensor and holds none is static:
/// it is compared by value and copied through.
/// </summary>
public static class Tree
{
    /// <summary>The tensors of <paramref name="tree"/>, in the order of its members.</summary>
    /// <exception cref="TreeException">A part is no tree.</exception>
    public static Tensor[] Leaves<T>(T tree) => StagedDiff.Leaves.Of(tree).Tensors;

    /// <summary>Where each tensor of <paramref name="tree"/> stands, as one would write it: <c>.Hidden[1].W</c>; empty for a tensor alone.</summary>
    /// <returns>One path for each of <see cref="Leaves"/>, in the same order.</returns>
    /// <exception cref="TreeException">A part is no tree.</exception>
    public static string[] Paths<T>(T tree)
    {
        var leaves = new Leaves { Trail = new("") };
        leaves.Add(tree);
        return [.. leaves.Trail.Tensors];
    }

    /// <summary>A value like <paramref name="like"/> with other tensors: all that is static is copied.</summary>
    /// <exception cref="TreeException">There are not as many tensors as in <paramref name="like"/>.</exception>
    public static T Rebuild<T>(T like, IReadOnlyList<Tensor> leaves)
    {
        var (old, structure) = StagedDiff.Leaves.Of(like);
        if (old.Length != leaves.Count) throw new TreeException($"Rebuild: {TreeRule.Name(typeof(T))} has {old.Length} tensors here, got {leaves.Count}.{Caller.Line()}");
        return structure.Rebuild<T>([.. leaves]);
    }

    /// <summary>The tree of <paramref name="f"/>(x) for each tensor x.</summary>
    /// <exception cref="TreeException">A part is no tree.</exception>
    public static T Map<T>(Func<Tensor, Tensor> f, T tree)
    {
        var (leaves, structure) = StagedDiff.Leaves.Of(tree);
        return structure.Rebuild<T>(Array.ConvertAll(leaves, t => f(t)));
    }

    /// <summary>The tree of <paramref name="f"/>(x, y) for each tensor x of <paramref name="a"/> and the one in its place in <paramref name="b"/>.</summary>
    /// <exception cref="TreeException">A part is no tree, or the two are not built alike.</exception>
    /// <remarks>Static parts are those of <paramref name="a"/>.</remarks>
    public static T Map2<T>(Func<Tensor, Tensor, Tensor> f, T a, T b)
    {
        var (x, structure) = StagedDiff.Leaves.Of(a);
        var y = Leaves(b);
        if (x.Length != y.Length || !Paths(a).AsSpan().SequenceEqual(Paths(b))) throw Unlike("Map2", a, b);
        return structure.Rebuild<T>([.. x.Zip(y, f)]);
    }

    static TreeException Unlike<T>(string op, T a, T b)
    {
        string[] x = Paths(a), y = Paths(b);
        var where = x.Except(y).Concat(y.Except(x)).FirstOrDefault();
        return new($"{op}: expected two trees built alike, got {x.Length} and {y.Length} tensors{(where is null ? "" : $"; only one of the two has {where}")}.{Caller.Line()}");
    }

    /// <summary>All elements of all tensors in one row, and the function that makes such a tree of such a row.</summary>
    /// <returns>A tensor of one axis, in the element type that holds all of them; and its inverse, which restores each tensor's shape and element type.</returns>
    /// <exception cref="TreeException">A part is no tree.</exception>
    /// <remarks>Follows jax.flatten_util.ravel_pytree.</remarks>
    public static (Tensor Flat, Func<Tensor, T> Unravel) Ravel<T>(T tree)
    {
        var (leaves, structure) = StagedDiff.Leaves.Of(tree);
        TensorType[] types = Array.ConvertAll(leaves, t => t.Type);
        int[] sizes = Array.ConvertAll(types, t => checked((int)t.Shape.Size));
        int total = sizes.Sum();
        var type = leaves is [] ? DType.F32 : types.Select(t => t.DType).Aggregate(DTypes.Promote);
        Tensor[] rows = [.. leaves.Select((t, i) => t.Cast(type).Reshape(sizes[i]))];
        return (leaves is [] ? Prim.Zeros(new(type, [0])) : Prim.Concatenate(0, rows), Unravel);

        T Unravel(Tensor flat)
        {
            if (flat.Rank != 1 || flat.Shape[0] != total) throw new ShapeException($"Unravel: expected {new TensorType(type, [total])}, got {flat.Type}.{Caller.Line()}");
            int at = 0;
            return structure.Rebuild<T>([.. types.Select((t, i) => flat[at..(at += sizes[i])].Reshape(t.Shape.ToArray()).Cast(t.DType))]);
        }
    }

    /// <summary>The Euclidean norm of all elements of all float tensors: √Σx².</summary>
    /// <returns>A scalar.</returns>
    /// <exception cref="TreeException">A part is no tree, or there is no float tensor.</exception>
    public static Tensor Norm<T>(T tree)
    {
        Tensor? sum = null;
        foreach (var t in Leaves(tree))
            if (t.DType.IsFloat()) sum = sum is null ? (t * t).Sum() : sum + (t * t).Sum();
        return Tensor.Sqrt(sum ?? throw new TreeException($"Norm: {TreeRule.Name(typeof(T))} has no float tensor.{Caller.Line()}"));
    }
}
