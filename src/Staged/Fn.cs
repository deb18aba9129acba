namespace StagedDiff;

/// <summary>
/// The combinators: each takes a function of tensors, or of trees of tensors (<see cref="Tree"/>), and returns a function. They nest in any order,
/// and work at once as well as inside of <c>Jit</c>.
/// </summary>
/// <remarks>
/// C# infers type arguments from lambdas whose parameters have types; a method group of a generic form needs them written out:
/// <c>Grad&lt;Model&gt;(Loss)</c>. F# needs neither.
/// </remarks>
public static partial class Fn
{
    /// <summary>The gradient of a scalar function of one tensor.</summary>
    /// <param name="f">A function with a float scalar for a result.</param>
    /// <returns>A function: x → ∂f/∂x, of the shape and type of x.</returns>
    /// <exception cref="ShapeException">The result is no scalar.</exception>
    /// <exception cref="DTypeException">The result, or the argument, is not float.</exception>
    public static Func<Tensor, Tensor> Grad(Func<Tensor, Tensor> f) => x => Differentiate("Grad", Plain(f), x).Grad;

    /// <summary>The gradient of a scalar function of a tree of tensors.</summary>
    /// <returns>A function: p → a tree like p. Integer and bool tensors are zero in it, static parts are copied.</returns>
    /// <inheritdoc cref="Grad(Func{Tensor, Tensor})"/>
    public static Func<P, P> Grad<P>(Func<P, Tensor> f) => p => Differentiate("Grad", Plain(f), p).Grad;

    /// <summary>The gradient of a scalar function by its first argument. By several: make them one tuple.</summary>
    /// <inheritdoc cref="Grad{P}(Func{P, Tensor})"/>
    public static Func<P, B, P> Grad<P, B>(Func<P, B, Tensor> f) => (p, b) => Differentiate("Grad", Plain((P x) => f(x, b)), p).Grad;

    /// <inheritdoc cref="Grad{P, B}(Func{P, B, Tensor})"/>
    public static Func<P, B, C, P> Grad<P, B, C>(Func<P, B, C, Tensor> f) => (p, b, c) => Differentiate("Grad", Plain((P x) => f(x, b, c)), p).Grad;

    /// <summary>The value and the gradient of a scalar function, for little more than the gradient alone.</summary>
    /// <returns>A function: p → (f(p), a tree like p).</returns>
    /// <inheritdoc cref="Grad{P}(Func{P, Tensor})"/>
    public static Func<P, (Tensor Value, P Grad)> ValueAndGrad<P>(Func<P, Tensor> f) => p => Without(Differentiate("ValueAndGrad", Plain(f), p));

    /// <summary>The value of a scalar function and its gradient by the first argument.</summary>
    /// <inheritdoc cref="ValueAndGrad{P}(Func{P, Tensor})"/>
    public static Func<P, B, (Tensor Value, P Grad)> ValueAndGrad<P, B>(Func<P, B, Tensor> f) =>
        (p, b) => Without(Differentiate("ValueAndGrad", Plain((P x) => f(x, b)), p));

    /// <inheritdoc cref="ValueAndGrad{P, B}(Func{P, B, Tensor})"/>
    public static Func<P, B, C, (Tensor Value, P Grad)> ValueAndGrad<P, B, C>(Func<P, B, C, Tensor> f) =>
        (p, b, c) => Without(Differentiate("ValueAndGrad", Plain((P x) => f(x, b, c)), p));

    /// <summary>The value and the gradient of a function that returns something beside the scalar: metrics, a next state.</summary>
    /// <param name="f">A function with a float scalar and anything else for a result.</param>
    /// <returns>A function: p → (the scalar, the rest, a tree like p).</returns>
    /// <inheritdoc cref="Grad{P}(Func{P, Tensor})"/>
    public static Func<P, (Tensor Value, X Aux, P Grad)> ValueAndGradAux<P, X>(Func<P, (Tensor, X)> f) => p => Differentiate("ValueAndGradAux", f, p);

    /// <summary>The same by the first of two arguments.</summary>
    /// <inheritdoc cref="ValueAndGradAux{P, X}(Func{P, ValueTuple{Tensor, X}})"/>
    public static Func<P, B, (Tensor Value, X Aux, P Grad)> ValueAndGradAux<P, B, X>(Func<P, B, (Tensor, X)> f) =>
        (p, b) => Differentiate("ValueAndGradAux", (P x) => f(x, b), p);

    /// <summary>The same by the first of three arguments.</summary>
    /// <inheritdoc cref="ValueAndGradAux{P, X}(Func{P, ValueTuple{Tensor, X}})"/>
    public static Func<P, B, C, (Tensor Value, X Aux, P Grad)> ValueAndGradAux<P, B, C, X>(Func<P, B, C, (Tensor, X)> f) =>
        (p, b, c) => Differentiate("ValueAndGradAux", (P x) => f(x, b, c), p);

    static Func<P, (Tensor, bool)> Plain<P>(Func<P, Tensor> f) => p => (f(p), false);
    static (Tensor, P) Without<P>((Tensor Value, bool, P Grad) y) => (y.Value, y.Grad);

    static (Tensor Value, X Aux, P Grad) Differentiate<P, X>(string name, Func<P, (Tensor, X)> f, P p)
    {
        var (x, tree) = Leaves.Of(p);
        NeedFloat(name, x, typeof(P));
        Structure? rest = null;
        var (y, pull) = Reverse.Vjp(x =>
        {
            var (value, aux) = f(tree.Rebuild<P>(x));
            (var others, rest) = Leaves.Of(aux);
            return [Scalar(name, value), .. others];
        }, x);
        var ct = new Tensor?[y.Length];
        ct[0] = Tensor.Literal(y[0].DType, 1.0);
        return (y[0], rest!.Rebuild<X>(y[1..]), tree.Rebuild<P>(Filled(pull(ct), x)));
    }

    static void NeedFloat(string name, Tensor[] x, Type type)
    {
        if (x is []) throw new TreeException($"{name}: there is no tensor in the argument, {TreeRule.Name(type)}: nothing to differentiate by.{Caller.Line()}");
        if (x.Any(t => t.DType.IsFloat())) return;
        // A number written as 12 is no integer by type: Grad(f)(12) is Grad(f)(12.0).
        for (int i = 0; i < x.Length; i++)
            if (x[i].IsWeak) x[i] = Tensor.Literal(DType.F32, x[i].LiteralNumber);
        if (!x.Any(t => t.DType.IsFloat())) throw new DTypeException(
            $"{name}: there is no float tensor in the argument, got {string.Join(", ", x.Select(t => t.Type))}. Cast it to F32 first.{Caller.Line()}");
    }

    static Tensor Scalar(string name, Tensor y)
    {
        if (y is null) throw new TreeException($"{name}: the function returned null instead of a tensor.{Caller.Line()}");
        if (y.Rank > 0) throw new ShapeException($"{name}: the function must return a scalar, got {y.Type}. Take Mean or Sum first, or use Vjp.{Caller.Line()}");
        if (!y.DType.IsFloat()) throw new DTypeException($"{name}: the function must return a float, got {y.Type}. Cast it to F32 first.{Caller.Line()}");
        return y;
    }

    /// <summary>Zeros where a derivative is missing, of the type of what it belongs to.</summary>
    static Tensor[] Filled(Tensor?[] d, Tensor[] x) => [.. x.Select((t, i) => d[i] ?? Prim.Zeros(t.Type))];

    /// <summary>The value of f at x, and the function that takes a cotangent of the result to the one of x.</summary>
    /// <returns>
    /// The pullback may be called any number of times. Its argument is a tree like the result; what is null in it counts as zero. What it returns is
    /// a tree like x; integer and bool tensors are zero in it.
    /// </returns>
    /// <exception cref="ShapeException">A cotangent has another shape than its result.</exception>
    public static (R Value, Func<R, A> Pullback) Vjp<A, R>(Func<A, R> f, A x)
    {
        var (leaves, tree) = Leaves.Of(x);
        NeedFloat("Vjp", leaves, typeof(A));
        Structure? result = null;
        var (y, pull) = Reverse.Vjp(x =>
        {
            (var y, result) = Leaves.Of(f(tree.Rebuild<A>(x)));
            return y;
        }, leaves);
        return (result!.Rebuild<R>(y), ct => tree.Rebuild<A>(Filled(pull(Directions("Pullback", "cotangent", "result", ct, y)), leaves)));
    }

    /// <summary>The value of f at x, and its derivative along <paramref name="dx"/>.</summary>
    /// <param name="f">The function.</param>
    /// <param name="x">Where.</param>
    /// <param name="dx">A tree like x. What is null counts as zero; integer and bool tensors are ignored.</param>
    /// <returns>The value, and a tree like it; integer and bool tensors are zero in that.</returns>
    /// <exception cref="ShapeException">A tangent has another shape than its argument.</exception>
    public static (R Value, R Tangent) Jvp<A, R>(Func<A, R> f, A x, A dx)
    {
        var (leaves, tree) = Leaves.Of(x);
        var tangents = Directions("Jvp", "tangent", "argument", dx, leaves);
        Structure? result = null;
        var y = Forward.Jvp(x =>
        {
            (var y, result) = Leaves.Of(f(tree.Rebuild<A>(x)));
            return y;
        }, [.. leaves.Select((t, i) => new Dual(t, tangents[i]))]);
        Tensor[] values = Array.ConvertAll(y, d => d.Primal);
        return (result!.Rebuild<R>(values), result.Rebuild<R>(Filled(Array.ConvertAll(y, d => d.Tangent), values)));
    }

    /// <summary>Tangents or cotangents for x, null where zero; float ones alone.</summary>
    static Tensor?[] Directions<T>(string name, string what, string of, T tree, Tensor[] x)
    {
        if (tree is null) return new Tensor?[x.Length];
        var d = new Leaves { KeepNull = true };
        d.Add(tree);
        if (d.Count != x.Length) throw new TreeException($"{name}: expected a {what} built like the {of}, with {x.Length} tensors, got {d.Count}.{Caller.Line()}");
        var all = new Tensor?[x.Length];
        for (int i = 0; i < all.Length; i++)
        {
            if (d.Tensors[i] is not { } t || !x[i].DType.IsFloat()) continue;
            if (t.IsWeak) t = t.As(x[i].DType);
            if (t.Type != x[i].Type) throw new ShapeException($"{name}: expected a {what} like the {of}, {x[i].Type}, got {t.Type}{At(tree, i)}.{Caller.Line()}");
            all[i] = t;
        }
        return all;
    }

    static string At<T>(T tree, int leaf)
    {
        var named = new Leaves { Trail = new(""), KeepNull = true };
        named.Add(tree);
        return named.Trail.Tensors[leaf] is [_, ..] path ? $" at {path}" : "";
    }

    /// <summary>The product of the Hessian of a scalar function at <paramref name="x"/> with <paramref name="v"/>: the derivative of the gradient along v.</summary>
    /// <returns>A tree like x. The Hessian itself is never made: the cost is that of a few gradients.</returns>
    /// <inheritdoc cref="Grad{P}(Func{P, Tensor})" path="/exception"/>
    public static P Hvp<P>(Func<P, Tensor> f, P x, P v) => Jvp(Grad(f), x, v).Tangent;

    /// <summary>The tensor itself, but a constant to derivatives.</summary>
    public static Tensor StopGradient(Tensor x) => Prim.StopGradient(x);

    /// <summary>The tree itself, but each tensor in it a constant to derivatives.</summary>
    public static T StopGradient<T>(T x) => Tree.Map(StopGradient, x);

    /// <summary>Writes a label and the value of a tensor to the console when the program runs, also inside of <c>Jit</c>; once for each run, whatever is differentiated.</summary>
    public static void Print(string label, Tensor x) => Prim.Print(label, x);

    /// <summary>Raises an error when the program runs and the condition is false, also inside of <c>Jit</c>; looked at once for each run, whatever is differentiated.</summary>
    /// <param name="condition">Bools, any shape: all must be true. Of a mapped function, for every example.</param>
    /// <param name="message">What the error says.</param>
    /// <exception cref="CheckException">The condition is false: says where, if it is no single bool. Under <c>Jit</c> it comes out of the call.</exception>
    /// <exception cref="DTypeException">The condition is not of bools.</exception>
    public static void Check(Tensor condition, string message) => Prim.Check(condition.Strong(), message);
}
