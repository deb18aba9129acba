namespace StagedDiff

type private Jitting(options: JitOptions) =
    inherit Transform()
    override _.Of(f: System.Func<'a, 'r>) = Fn.Jit(f, options)
    override _.Of(f: System.Func<'a, 'b, 'r>) = Fn.Jit(f, options)
    override _.Of(f: System.Func<'a, 'b, 'c, 'r>) = Fn.Jit(f, options)
    override _.Of(f: System.Func<'a, 'b, 'c, 'd, 'r>) = Fn.Jit(f, options)

type private Mapping(axes: int -> System.Nullable<int>, outAxis: int) =
    inherit Transform()
    override _.Of(f: System.Func<'a, 'r>) = Fn.Vmap(f, axes 0, outAxis)
    override _.Of(f: System.Func<'a, 'b, 'r>) = Fn.Vmap(f, axes 0, axes 1, outAxis)
    override _.Of(f: System.Func<'a, 'b, 'c, 'r>) = Fn.Vmap(f, axes 0, axes 1, axes 2, outAxis)
    override _.Of(f: System.Func<'a, 'b, 'c, 'd, 'r>) = Fn.Vmap(f, axes 0, axes 1, axes 2, axes 3, outAxis)

type private Saving() =
    inherit Transform()
    override _.Of(f: System.Func<'a, 'r>) = Fn.Checkpoint f
    override _.Of(f: System.Func<'a, 'b, 'r>) = Fn.Checkpoint f
    override _.Of(f: System.Func<'a, 'b, 'c, 'r>) = Fn.Checkpoint f
    override _.Of(f: System.Func<'a, 'b, 'c, 'd, 'r>) = Fn.Checkpoint f

/// Transforms that keep a function's type, of one to four curried arguments, and operators.
[<AutoOpen>]
module Prelude =
    /// <summary>
    /// The same function, traced once for each kind of arguments and compiled as the options say:
    /// <c>jitWith (JitOptions(Donate = [| 0 |])) step</c>.
    /// </summary>
    /// <exception cref="T:System.ArgumentException">The function takes more than four arguments.</exception>
    let jitWith (options: JitOptions) (f: 'a -> 'b) : 'a -> 'b = Arity<'a, 'b>.Transform("jit", Jitting options, f)

    /// <summary>The same function, traced once for each kind of arguments and compiled; see <c>Fn.Jit</c>.</summary>
    /// <exception cref="T:System.ArgumentException">The function takes more than four arguments.</exception>
    let jit (f: 'a -> 'b) : 'a -> 'b = jitWith (JitOptions()) f

    /// <summary>A function of one example as a function of a batch of them, along given axes: <c>vmapAt [Some 0; None] 0 f</c>.</summary>
    /// <param name="inAxes">For each argument the axis that counts the examples, or None: every example gets it whole.</param>
    /// <param name="outAxis">Where that axis shall be in the results.</param>
    /// <param name="f">A function of one example.</param>
    /// <exception cref="T:System.ArgumentException">There are not as many axes as arguments, or more than four.</exception>
    let vmapAt (inAxes: int option list) (outAxis: int) (f: 'a -> 'b) : 'a -> 'b =
        if inAxes.Length <> Arity<'a, 'b>.Count then
            let got = $"got {inAxes.Length}: %A{inAxes}"
            invalidArg (nameof inAxes) $"vmapAt: expected {Arity<'a, 'b>.Count} axes, one for each argument, {got}."
        Arity<'a, 'b>.Transform("vmapAt", Mapping((fun i -> Option.toNullable inAxes[i]), outAxis), f)

    /// <summary>A function of one example as a function of a batch of them, along the first axis of all tensors.</summary>
    /// <exception cref="T:System.ArgumentException">The function takes more than four arguments.</exception>
    let vmap (f: 'a -> 'b) : 'a -> 'b = Arity<'a, 'b>.Transform("vmap", Mapping((fun _ -> System.Nullable 0), 0), f)

    /// <summary>The same function, whose inner values are not kept for its pullback but computed again; see <c>Fn.Checkpoint</c>.</summary>
    /// <exception cref="T:System.ArgumentException">The function takes more than four arguments.</exception>
    let checkpoint (f: 'a -> 'b) : 'a -> 'b = Arity<'a, 'b>.Transform("checkpoint", Saving(), f)

    /// <summary>The tensor or tree itself, but a constant to derivatives.</summary>
    let stopGradient (x: 'a) : 'a = Fn.StopGradient<'a> x

    /// <summary>The matrix product, which binds like <c>*</c>: [b…,m,k]·[b…,k,n] → [b…,m,n].</summary>
    /// <exception cref="T:StagedDiff.ShapeException">The inner axes differ.</exception>
    let ( *@ ) (a: Tensor) (b: Tensor) = a.MatMul b

    /// <summary>Whether a is greater than b, element by element; either may be a number.</summary>
    let inline (.>) (a: ^a) (b: ^b) : Tensor = ((^a or ^b): (static member Greater: ^a * ^b -> Tensor) (a, b))

    /// <summary>Whether a is at least b, element by element; either may be a number.</summary>
    let inline (.>=) (a: ^a) (b: ^b) : Tensor = ((^a or ^b): (static member GreaterEqual: ^a * ^b -> Tensor) (a, b))

    /// <summary>Whether a is less than b, element by element; either may be a number.</summary>
    let inline (.<) (a: ^a) (b: ^b) : Tensor = ((^a or ^b): (static member Less: ^a * ^b -> Tensor) (a, b))

    /// <summary>Whether a is at most b, element by element; either may be a number.</summary>
    let inline (.<=) (a: ^a) (b: ^b) : Tensor = ((^a or ^b): (static member LessEqual: ^a * ^b -> Tensor) (a, b))

    /// <summary>Whether a equals b, element by element; either may be a number.</summary>
    let inline (.=) (a: ^a) (b: ^b) : Tensor = ((^a or ^b): (static member Equal: ^a * ^b -> Tensor) (a, b))

    /// <summary>Whether a differs from b, element by element; either may be a number.</summary>
    let inline (.<>) (a: ^a) (b: ^b) : Tensor = ((^a or ^b): (static member NotEqual: ^a * ^b -> Tensor) (a, b))

    /// <summary>
    /// A tensor of numbers, or of lists, arrays or sequences of them, nested to any depth: <c>tensor [[1.0; 2.0]; [3.0; 4.0]]</c>.
    /// </summary>
    /// <returns>F32 of float and float32; I32 of int, U8 of byte, Bool of bool, and so on.</returns>
    /// <exception cref="T:StagedDiff.ShapeException">Sequences beside each other differ in length.</exception>
    /// <exception cref="T:System.ArgumentException">What the argument is made of is no number.</exception>
    let tensor (numbers: 'a) : Tensor = Nested.Tensor(numbers, typeof<'a>, None)

    /// <summary>A tensor of a given element type from numbers, nested as for <c>tensor</c>: <c>tensorOf DType.F64 [1.0; 2.0]</c>.</summary>
    /// <exception cref="T:StagedDiff.ShapeException">Sequences beside each other differ in length.</exception>
    /// <exception cref="T:System.ArgumentException">What the argument is made of is no number.</exception>
    let tensorOf (dtype: DType) (numbers: 'a) : Tensor = Nested.Tensor(numbers, typeof<'a>, Some dtype)
