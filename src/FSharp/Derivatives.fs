namespace StagedDiff

open System

// Overloads by delegates: F# turns a function into a delegate of as many arguments as it has, lambdas without annotations too,
// and what such a call returns is known to inference. Overloads by F#'s own function types infer less (FS0041).

/// <summary>
/// Derivatives of curried functions, by their first argument: <c>let l, g = valueAndGrad loss layers batch</c>. To differentiate by several
/// arguments make them one record or tuple.
/// </summary>
/// <remarks>
/// A function takes one to four arguments. One that is itself a parameter without a type has an unknown number of them (FS0041): write them
/// out, as in <c>valueAndGrad (fun p batch -> loss p batch)</c>.
/// </remarks>
[<AbstractClass; Sealed; AutoOpen>]
type Derivatives private () =
    static member private Plain(struct (value: Tensor, grad: 'p)) = value, grad
    static member private Plain(struct (value: Tensor, aux: 'x, grad: 'p)) = value, aux, grad
    static member private Pair(value: Tensor, aux: 'x) = struct (value, aux)

    /// <summary>The gradient of a scalar function by its first argument: a tree like that argument.</summary>
    /// <exception cref="T:StagedDiff.ShapeException">The result is no scalar.</exception>
    /// <exception cref="T:StagedDiff.DTypeException">The result, or the argument, is not float.</exception>
    static member grad(f: Func<'p, Tensor>) : 'p -> 'p = Curry.From(Fn.Grad f)
    /// <summary>The gradient of a scalar function by the first of two arguments.</summary>
    static member grad(f: Func<'p, 'b, Tensor>) : 'p -> 'b -> 'p = Curry.From(Fn.Grad f)
    /// <summary>The gradient of a scalar function by the first of three arguments.</summary>
    static member grad(f: Func<'p, 'b, 'c, Tensor>) : 'p -> 'b -> 'c -> 'p = Curry.From(Fn.Grad f)
    /// <summary>The gradient of a scalar function by the first of four arguments.</summary>
    static member grad(f: Func<'p, 'b, 'c, 'd, Tensor>) : 'p -> 'b -> 'c -> 'd -> 'p =
        Curry.From(Func<_, _, _, _, _>(fun p b c d -> Fn.Grad<'p>(fun p -> f.Invoke(p, b, c, d)).Invoke p))

    /// <summary>The value of a scalar function and its gradient by the first argument, for little more than the gradient alone.</summary>
    /// <returns>A function that gives <c>value, gradient</c>.</returns>
    /// <exception cref="T:StagedDiff.ShapeException">The result is no scalar.</exception>
    /// <exception cref="T:StagedDiff.DTypeException">The result, or the argument, is not float.</exception>
    static member valueAndGrad(f: Func<'p, Tensor>) : 'p -> Tensor * 'p =
        let g = Fn.ValueAndGrad f
        Curry.From(Func<_, _>(fun p -> Derivatives.Plain(g.Invoke p)))
    /// <summary>The value of a scalar function and its gradient by the first of two arguments.</summary>
    static member valueAndGrad(f: Func<'p, 'b, Tensor>) : 'p -> 'b -> Tensor * 'p =
        let g = Fn.ValueAndGrad f
        Curry.From(Func<_, _, _>(fun p b -> Derivatives.Plain(g.Invoke(p, b))))
    /// <summary>The value of a scalar function and its gradient by the first of three arguments.</summary>
    static member valueAndGrad(f: Func<'p, 'b, 'c, Tensor>) : 'p -> 'b -> 'c -> Tensor * 'p =
        let g = Fn.ValueAndGrad f
        Curry.From(Func<_, _, _, _>(fun p b c -> Derivatives.Plain(g.Invoke(p, b, c))))
    /// <summary>The value of a scalar function and its gradient by the first of four arguments.</summary>
    static member valueAndGrad(f: Func<'p, 'b, 'c, 'd, Tensor>) : 'p -> 'b -> 'c -> 'd -> Tensor * 'p =
        Curry.From(Func<_, _, _, _, _>(fun p b c d -> Derivatives.Plain(Fn.ValueAndGrad<'p>(fun p -> f.Invoke(p, b, c, d)).Invoke p)))

    /// <summary>The value and the gradient of a function that returns something beside the scalar: metrics, a next state.</summary>
    /// <param name="f">A function with <c>scalar, rest</c> for a result.</param>
    /// <returns>A function that gives <c>scalar, rest, gradient</c>.</returns>
    static member valueAndGradAux(f: Func<'p, Tensor * 'x>) : 'p -> Tensor * 'x * 'p =
        let g = Fn.ValueAndGradAux<'p, 'x>(fun p -> Derivatives.Pair(f.Invoke p))
        Curry.From(Func<_, _>(fun p -> Derivatives.Plain(g.Invoke p)))
    /// <summary>The same by the first of two arguments.</summary>
    static member valueAndGradAux(f: Func<'p, 'b, Tensor * 'x>) : 'p -> 'b -> Tensor * 'x * 'p =
        let g = Fn.ValueAndGradAux<'p, 'b, 'x>(fun p b -> Derivatives.Pair(f.Invoke(p, b)))
        Curry.From(Func<_, _, _>(fun p b -> Derivatives.Plain(g.Invoke(p, b))))
    /// <summary>The same by the first of three arguments.</summary>
    static member valueAndGradAux(f: Func<'p, 'b, 'c, Tensor * 'x>) : 'p -> 'b -> 'c -> Tensor * 'x * 'p =
        let g = Fn.ValueAndGradAux<'p, 'b, 'c, 'x>(fun p b c -> Derivatives.Pair(f.Invoke(p, b, c)))
        Curry.From(Func<_, _, _, _>(fun p b c -> Derivatives.Plain(g.Invoke(p, b, c))))
    /// <summary>The same by the first of four arguments.</summary>
    static member valueAndGradAux(f: Func<'p, 'b, 'c, 'd, Tensor * 'x>) : 'p -> 'b -> 'c -> 'd -> Tensor * 'x * 'p =
        Curry.From(Func<_, _, _, _, _>(fun p b c d ->
            Derivatives.Plain(Fn.ValueAndGradAux<'p, 'x>(fun p -> Derivatives.Pair(f.Invoke(p, b, c, d))).Invoke p)))

    static member private Pull(f: 'p -> 'r, p: 'p) : 'r * ('r -> 'p) =
        let struct (y, pull) = Fn.Vjp(Func<'p, 'r> f, p)
        y, Curry.From pull

    /// <summary>The value of a function, and the function that takes a cotangent of the result to the one of the first argument.</summary>
    /// <returns>A function that gives <c>value, pullback</c>.</returns>
    /// <exception cref="T:StagedDiff.ShapeException">The pullback gets a cotangent of another shape than the result.</exception>
    static member vjp(f: Func<'p, 'r>) : 'p -> 'r * ('r -> 'p) =
        Curry.From(Func<_, _>(fun p -> Derivatives.Pull(f.Invoke, p)))
    /// <summary>The same by the first of two arguments.</summary>
    static member vjp(f: Func<'p, 'b, 'r>) : 'p -> 'b -> 'r * ('r -> 'p) =
        Curry.From(Func<_, _, _>(fun p b -> Derivatives.Pull((fun p -> f.Invoke(p, b)), p)))
    /// <summary>The same by the first of three arguments.</summary>
    static member vjp(f: Func<'p, 'b, 'c, 'r>) : 'p -> 'b -> 'c -> 'r * ('r -> 'p) =
        Curry.From(Func<_, _, _, _>(fun p b c -> Derivatives.Pull((fun p -> f.Invoke(p, b, c)), p)))
    /// <summary>The same by the first of four arguments.</summary>
    static member vjp(f: Func<'p, 'b, 'c, 'd, 'r>) : 'p -> 'b -> 'c -> 'd -> 'r * ('r -> 'p) =
        Curry.From(Func<_, _, _, _, _>(fun p b c d -> Derivatives.Pull((fun p -> f.Invoke(p, b, c, d)), p)))

    static member private Push(f: 'p -> 'r, p: 'p, dp: 'p) : 'r * 'r =
        let struct (y, dy) = Fn.Jvp(Func<'p, 'r> f, p, dp)
        y, dy

    /// <summary>The value of a function, and its derivative along a direction of the first argument; the direction comes last.</summary>
    /// <returns>A function that gives <c>value, tangent</c>: <c>jvp f x dx</c>.</returns>
    /// <exception cref="T:StagedDiff.ShapeException">The direction has another shape than the argument.</exception>
    static member jvp(f: Func<'p, 'r>) : 'p -> 'p -> 'r * 'r =
        Curry.From(Func<_, _, _>(fun p dp -> Derivatives.Push(f.Invoke, p, dp)))
    /// <summary>The same for two arguments: <c>jvp f p batch dp</c>.</summary>
    static member jvp(f: Func<'p, 'b, 'r>) : 'p -> 'b -> 'p -> 'r * 'r =
        Curry.From(Func<_, _, _, _>(fun p b dp -> Derivatives.Push((fun p -> f.Invoke(p, b)), p, dp)))
    /// <summary>The same for three arguments.</summary>
    static member jvp(f: Func<'p, 'b, 'c, 'r>) : 'p -> 'b -> 'c -> 'p -> 'r * 'r =
        Curry.From(Func<_, _, _, _, _>(fun p b c dp -> Derivatives.Push((fun p -> f.Invoke(p, b, c)), p, dp)))
    /// <summary>The same for four arguments.</summary>
    static member jvp(f: Func<'p, 'b, 'c, 'd, 'r>) : 'p -> 'b -> 'c -> 'd -> 'p -> 'r * 'r =
        fun p b c d dp -> Derivatives.Push((fun p -> f.Invoke(p, b, c, d)), p, dp)

    /// <summary>
    /// The product of the Hessian of a scalar function by its first argument with a direction, which comes last: <c>hvp f x v</c>.
    /// </summary>
    static member hvp(f: Func<'p, Tensor>) : 'p -> 'p -> 'p =
        Curry.From(Func<_, _, _>(fun p v -> Fn.Hvp(f, p, v)))
    /// <summary>The same for two arguments: <c>hvp loss p batch v</c>.</summary>
    static member hvp(f: Func<'p, 'b, Tensor>) : 'p -> 'b -> 'p -> 'p =
        Curry.From(Func<_, _, _, _>(fun p b v -> Fn.Hvp((fun p -> f.Invoke(p, b)), p, v)))
    /// <summary>The same for three arguments.</summary>
    static member hvp(f: Func<'p, 'b, 'c, Tensor>) : 'p -> 'b -> 'c -> 'p -> 'p =
        Curry.From(Func<_, _, _, _, _>(fun p b c v -> Fn.Hvp((fun p -> f.Invoke(p, b, c)), p, v)))
    /// <summary>The same for four arguments.</summary>
    static member hvp(f: Func<'p, 'b, 'c, 'd, Tensor>) : 'p -> 'b -> 'c -> 'd -> 'p -> 'p =
        fun p b c d v -> Fn.Hvp((fun p -> f.Invoke(p, b, c, d)), p, v)

    static member private Line(f: Func<'p, 'r>, p: 'p) : 'r * ('p -> 'r) =
        let struct (y, push) = Fn.Linearize(f, p)
        y, Curry.From push

    /// <summary>The value of a function, and its derivative there as a function of the direction; the function runs once.</summary>
    /// <returns>A function that gives <c>value, pushforward</c>.</returns>
    /// <exception cref="T:StagedDiff.ShapeException">The pushforward gets a direction of another shape than the argument.</exception>
    static member linearize(f: Func<'p, 'r>) : 'p -> 'r * ('p -> 'r) =
        Curry.From(Func<_, _>(fun p -> Derivatives.Line(f, p)))

    /// <summary>The Jacobian of a function of one tensor, by columns: for few elements of the argument.</summary>
    static member jacFwd(f: Func<Tensor, Tensor>) : Tensor -> Tensor = Curry.From(Fn.JacFwd f)
    /// <summary>The Jacobian of a function of one tensor, by rows: for few elements of the result.</summary>
    static member jacRev(f: Func<Tensor, Tensor>) : Tensor -> Tensor = Curry.From(Fn.JacRev f)
    /// <summary>The second derivatives of a scalar function of one tensor.</summary>
    /// <exception cref="T:StagedDiff.ShapeException">The result is no scalar.</exception>
    static member hessian(f: Func<Tensor, Tensor>) : Tensor -> Tensor = Curry.From(Fn.Hessian f)
    /// <summary>The gradients by the first argument, one for each example of a batch.</summary>
    /// <exception cref="T:StagedDiff.ShapeException">The result is no scalar.</exception>
    static member perExampleGrad(f: Func<'p, 'b, Tensor>) : 'p -> 'b -> 'p = Curry.From(Fn.PerExampleGrad f)

    /// <summary>A function with a pullback of its own: <c>forward x</c> gives the value and what is saved, <c>backward saved ct</c> the cotangent of x.</summary>
    static member customVjp(f: Func<'a, 'r>, forward: Func<'a, 'r * 's>, backward: Func<'s, 'r, 'a>) : 'a -> 'r =
        let pair = Func<'a, struct ('r * 's)>(fun a -> let y, saved = forward.Invoke a in struct (y, saved))
        Curry.From(Fn.CustomVjp(f, pair, backward))
    /// <summary>A function with a forward derivative of its own: <c>rule x dx</c> gives the value and its tangent.</summary>
    static member customJvp(f: Func<'a, 'r>, rule: Func<'a, 'a, 'r * 'r>) : 'a -> 'r =
        let pair = Func<'a, 'a, struct ('r * 'r)>(fun x dx -> let y, dy = rule.Invoke(x, dx) in struct (y, dy))
        Curry.From(Fn.CustomJvp(f, pair))

    /// <summary>Checks derivatives by the first argument, twice: the modes against each other and against finite differences.</summary>
    /// <exception cref="T:StagedDiff.CheckException">Two derivatives differ: says both numbers.</exception>
    /// <remarks><c>Fn.CheckGrads</c> has options for the order and the tolerances. Use F64 tensors.</remarks>
    static member checkGrads(f: Func<'p, Tensor>) : 'p -> unit =
        Curry.From(Func<_, _>(fun p -> Fn.CheckGrads(f, p)))
    /// <summary>The same for two arguments.</summary>
    static member checkGrads(f: Func<'p, 'b, Tensor>) : 'p -> 'b -> unit =
        Curry.From(Func<_, _, _>(fun p b -> Fn.CheckGrads((fun p -> f.Invoke(p, b)), p)))
    /// <summary>The same for three arguments.</summary>
    static member checkGrads(f: Func<'p, 'b, 'c, Tensor>) : 'p -> 'b -> 'c -> unit =
        Curry.From(Func<_, _, _, _>(fun p b c -> Fn.CheckGrads((fun p -> f.Invoke(p, b, c)), p)))
    /// <summary>The same for four arguments.</summary>
    static member checkGrads(f: Func<'p, 'b, 'c, 'd, Tensor>) : 'p -> 'b -> 'c -> 'd -> unit =
        Curry.From(Func<_, _, _, _, _>(fun p b c d -> Fn.CheckGrads((fun p -> f.Invoke(p, b, c, d)), p)))

    /// <summary>Traces a function for arguments like the given ones, to be looked at: its graph, its derivative, its kernels.</summary>
    static member stage(f: Func<'a, 'r>) : 'a -> Staged = Curry.From(Func<_, _>(fun a -> Fn.Stage(f, a)))
    /// <summary>The same for two arguments.</summary>
    static member stage(f: Func<'a, 'b, 'r>) : 'a -> 'b -> Staged = Curry.From(Func<_, _, _>(fun a b -> Fn.Stage(f, a, b)))
    /// <summary>The same for three arguments.</summary>
    static member stage(f: Func<'a, 'b, 'c, 'r>) : 'a -> 'b -> 'c -> Staged =
        Curry.From(Func<_, _, _, _>(fun a b c -> Fn.Stage(f, a, b, c)))
    /// <summary>The same for four arguments.</summary>
    static member stage(f: Func<'a, 'b, 'c, 'd, 'r>) : 'a -> 'b -> 'c -> 'd -> Staged =
        Curry.From(Func<_, _, _, _, _>(fun a b c d -> Fn.Stage(f, a, b, c, d)))
