namespace StagedDiff;

public static partial class Fn
{
    /// <summary>The value of f at x, and its derivative there as a function of the direction: for many directions at one point.</summary>
    /// <returns>
    /// The pushforward may be called any number of times; f runs once. It takes a tree like x, in which null counts as zero, to a tree like the
    /// result. Integer and bool tensors are ignored going in and zero coming out.
    /// </returns>
    /// <exception cref="ShapeException">A tangent has another shape than its argument.</exception>
    /// <remarks>Follows jax.linearize. It is the transpose of the pullback, so it keeps what <see cref="Vjp"/> keeps.</remarks>
    public static (R Value, Func<A, R> Pushforward) Linearize<A, R>(Func<A, R> f, A x)
    {
        var (leaves, tree) = Leaves.Of(x);
        NeedFloat("Linearize", leaves, typeof(A));
        Structure? result = null;
        var (y, pull) = Reverse.Vjp(x =>
        {
            (var y, result) = Leaves.Of(f(tree.Rebuild<A>(x)));
            return y;
        }, leaves);
        // A cotangent of the pullback's result is a tangent of x. An argument that no result depends on has none.
        int[] floats = [.. Enumerable.Range(0, y.Length).Where(i => y[i].DType.IsFloat())];
        var reached = new bool[leaves.Length];
        var (_, push) = Reverse.Vjp(ct =>
        {
            var outs = new Tensor?[y.Length];
            for (int k = 0; k < floats.Length; k++) outs[floats[k]] = ct[k];
            var ins = pull(outs);
            for (int i = 0; i < ins.Length; i++) reached[i] = ins[i] is not null;
            return [.. ins.OfType<Tensor>()];
        }, [.. floats.Select(i => Prim.Zeros(y[i].Type))]);

        R Pushforward(A dx)
        {
            var tangents = Directions("Pushforward", "tangent", "argument", dx, leaves);
            var dy = push([.. tangents.Where((_, i) => reached[i])]);
            var all = new Tensor?[y.Length];
            for (int k = 0; k < floats.Length; k++) all[floats[k]] = dy[k];
            return result!.Rebuild<R>(Filled(all, y));
        }
        return (result!.Rebuild<R>(y), Pushforward);
    }

    /// <summary>The Jacobian of a function of one tensor, by columns: one forward derivative for each element of x, all in one batch. For few elements of x.</summary>
    /// <returns>A function: x → ∂f/∂x, of the shape of the result followed by that of x.</returns>
    /// <exception cref="DTypeException">x or the result is not float.</exception>
    /// <remarks>Follows jax.jacfwd. Always dense.</remarks>
    public static Func<Tensor, Tensor> JacFwd(Func<Tensor, Tensor> f) => x =>
    {
        x = x.Strong();
        NeedFloat("JacFwd", [x], typeof(Tensor));
        var columns = Batching.Vmap(basis =>
        {
            var d = Forward.Jvp(t => [Float("JacFwd", f(t[0]))], [new(x, basis[0])])[0];
            return [d.Tangent ?? Prim.Zeros(d.Primal.Type)];
        }, [new(Basis(x.Type), true)], x.Shape.Count)[0];
        return Moved(columns, 0, columns.Rank - 1).Reshape([.. columns.Shape.Skip(1), .. x.Shape]);
    };

    /// <summary>The Jacobian of a function of one tensor, by rows: one pullback for each element of the result, all in one batch. For few elements of the result.</summary>
    /// <remarks>Follows jax.jacrev. Always dense.</remarks>
    /// <inheritdoc cref="JacFwd(Func{Tensor, Tensor})"/>
    public static Func<Tensor, Tensor> JacRev(Func<Tensor, Tensor> f) => x =>
    {
        x = x.Strong();
        NeedFloat("JacRev", [x], typeof(Tensor));
        var (y, pull) = Reverse.Vjp(t => [Float("JacRev", f(t[0]))], [x]);
        var rows = Batching.Vmap(basis => [pull([basis[0]])[0] ?? Prim.Zeros(x.Type)], [new(Basis(y[0].Type), true)], y[0].Shape.Count)[0];
        return rows.Reshape([.. y[0].Shape, .. x.Shape]);
    };

    /// <summary>The second derivatives of a scalar function of one tensor.</summary>
    /// <returns>A function: x → ∂²f/∂x², of the shape of x twice.</returns>
    /// <exception cref="ShapeException">The result is no scalar.</exception>
    /// <exception cref="DTypeException">x or the result is not float.</exception>
    /// <remarks>Forward mode over reverse mode. Always dense: for products with a vector alone see <see cref="Hvp"/>.</remarks>
    public static Func<Tensor, Tensor> Hessian(Func<Tensor, Tensor> f) => JacFwd(x => Differentiate("Hessian", Plain(f), x).Grad);

    /// <summary>The gradients of a scalar function by its first argument, one for each example of a batch.</summary>
    /// <param name="f">A function of parameters and one example, which does not know of the batch, with a float scalar for a result.</param>
    /// <returns>A function: parameters and a batch (examples along axis 0 of every tensor) → a tree like the parameters, with that axis in front.</returns>
    /// <exception cref="ShapeException">The result is no scalar, or the tensors of the batch differ in their number of examples.</exception>
    /// <remarks>Not a loop: one batch of pullbacks. For clipping each example's gradient, for their variance, for influence.</remarks>
    public static Func<P, B, P> PerExampleGrad<P, B>(Func<P, B, Tensor> f) => Vmap<P, B, P>((p, b) => Differentiate("PerExampleGrad", Plain((P x) => f(x, b)), p).Grad, null);

    /// <summary>For each element of a tensor the tensor that is 1 there and else 0: [count, shape…].</summary>
    static Tensor Basis(TensorType type)
    {
        TensorType square = new(DType.I32, [type.Shape.Count, type.Shape.Count]);
        return Prim.Cast(Prim.Equal(Prim.Iota(square, 0), Prim.Iota(square, 1)), type.DType).Reshape([type.Shape.Count, .. type.Shape]);
    }

    static Tensor Float(string name, Tensor y) => y.DType.IsFloat() ? y.Strong()
        : throw new DTypeException($"{name}: the function must return a float, got {y.Type}. Cast it to F32 first.{Caller.Line()}");
}
