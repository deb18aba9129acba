module StagedDiff.Tests.TransformTests

open StagedDiff
open Xunit

// Nothing here has an annotation but record fields: that it compiles is half of the test.

type Line = { W: Tensor; B: Tensor }

let private line = { W = tensor [ 2.0; 3.0 ]; B = tensor 1.0 }
let private x, y, z = tensor [ 1.0; -1.0 ], tensor [ 4.0; 0.5 ], tensor 2.0
let private square x = x * x |> Tensor.sum
let private loss line (x, y) = line.W * x + line.B - y |> square
let private three line x y = loss line (x, y)
let private four line x y z = loss line (x, y) * z
let private withAux line (x, y) = loss line (x, y), {| Prediction = line.W * x + line.B |}

// d = [3, -2] - [4, .5] = [-1, -2.5]; ∂W = 2·d·x, ∂B = 2·Σd
let private isGrad (g: Line) =
    near [ -2.0; 5.0 ] g.W
    near [ -7.0 ] g.B

[<Fact>]
let ``grad takes one to four curried arguments and differentiates by the first`` () =
    grad square x |> near [ 2.0; -2.0 ]
    grad loss line (x, y) |> isGrad
    grad three line x y |> isGrad
    grad four line x y z |> Tree.map (fun g -> g / 2) |> isGrad

[<Fact>]
let ``grad takes lambdas without annotations`` () =
    grad (fun x -> x * x * x) z |> near [ 12.0 ]
    grad (fun x -> x ** 2.0 |> Tensor.sum) x |> near [ 2.0; -2.0 ]
    grad (fun line -> loss line (x, y)) line |> isGrad
    grad (fun line (x, y) -> loss line (x, y)) line (x, y) |> isGrad
    grad (fun line -> line.W * x |> Tensor.sum) line |> fun g -> near [ 1.0; -1.0 ] g.W
    grad (fun (a, b) -> a * b) (z, z) |> fun (a, b) -> near [ 2.0 ] a; near [ 2.0 ] b

[<Fact>]
let ``grad composes with itself and with pipes, lists and other transforms`` () =
    let cube x = x * x * x: Tensor
    (cube |> grad |> grad |> grad) z |> near [ 6.0 ]
    [ cube; exp; sin ] |> List.map grad |> List.map (fun f -> f (tensor 0.0)) |> List.iter2 (fun d g -> near [ d ] g) [ 0.0; 1.0; 1.0 ]
    grad (jit loss) line (x, y) |> isGrad
    jit (grad loss) line (x, y) |> isGrad
    vmap (grad cube) x |> near [ 3.0; 3.0 ]
    grad (fun x -> grad cube x * 2.0) z |> near [ 24.0 ]
    jit (fun line batch -> grad loss line batch) line (x, y) |> isGrad

[<Fact>]
let ``A function that is a parameter needs its arguments written out`` () =
    let step loss model batch = grad (fun model batch -> loss model batch) model batch
    step loss line (x, y) |> isGrad

[<Fact>]
let ``valueAndGrad gives the value and the gradient`` () =
    let l, g = valueAndGrad square x
    near [ 2.0 ] l
    near [ 2.0; -2.0 ] g
    let l, g = valueAndGrad loss line (x, y)
    near [ 7.25 ] l
    isGrad g
    let l, g = valueAndGrad three line x y
    near [ 7.25 ] l
    isGrad g
    let l, g = valueAndGrad four line x y z
    near [ 14.5 ] l
    near [ -14.0 ] g.B

[<Fact>]
let ``valueAndGradAux gives what else the function returns`` () =
    let value, aux, g = valueAndGradAux withAux line (x, y)
    near [ 7.25 ] value
    near [ 3.0; -2.0 ] aux.Prediction
    isGrad g
    let _, aux, _ = valueAndGradAux (fun x -> square x, [ x; x ]) x
    Assert.Equal(2, aux.Length)
    let _, rate, _ = valueAndGradAux (fun p a b -> p * a * b, 0.5) z z z
    Assert.Equal(0.5, rate)
    let _, (), g = valueAndGradAux (fun p a b c -> p * a * b * c, ()) z z z z
    near [ 8.0 ] g

[<Fact>]
let ``vjp pulls cotangents back`` () =
    let value, pull = vjp (fun x -> sin x) x
    near [ sin 1.0; -sin 1.0 ] value
    pull (tensor [ 1.0; 2.0 ]) |> near [ cos 1.0; 2.0 * cos 1.0 ]
    vjp loss line (x, y) |> fun (_, pull) -> isGrad (pull (tensor 1.0))
    vjp three line x y |> fun (_, pull) -> isGrad (pull (tensor 1.0))
    vjp (fun line x y z -> four line x y z / 2) line x y z |> fun (_, pull) -> isGrad (pull (tensor 1.0))
    let _, pull = vjp (fun x -> {| Twice = x + x; Same = x |}) z
    pull {| Twice = tensor 1.0; Same = tensor 10.0 |} |> near [ 12.0 ]

[<Fact>]
let ``jvp pushes a direction of the first argument forward`` () =
    let value, tangent = jvp (fun x -> x * x) x (tensor [ 1.0; 0.5 ])
    near [ 1.0; 1.0 ] value
    near [ 2.0; -1.0 ] tangent
    let direction = { W = tensor [ 1.0; 1.0 ]; B = tensor 1.0 }
    jvp loss line (x, y) direction |> fun (_, d) -> near [ -4.0 ] d
    jvp three line x y direction |> fun (_, d) -> near [ -4.0 ] d
    jvp four line x y z direction |> fun (_, d) -> near [ -8.0 ] d

[<Fact>]
let ``hvp is the derivative of the gradient along a direction`` () =
    hvp (fun x -> x ** 3.0 |> Tensor.sum) x (tensor [ 1.0; 2.0 ]) |> near [ 6.0; -12.0 ]
    let v = { W = tensor [ 1.0; 0.0 ]; B = tensor 0.0 }
    let isColumn (h: Line) =
        near [ 2.0; 0.0 ] h.W
        near [ 2.0 ] h.B
    hvp loss line (x, y) v |> isColumn
    hvp three line x y v |> isColumn
    hvp four line x y z v |> Tree.map (fun t -> t / 2) |> isColumn

[<Fact>]
let ``checkGrads passes what is right and finds what is wrong`` () =
    let exact tree = Tree.map (Tensor.cast DType.F64) tree
    let line, x, y, z = exact line, exact x, exact y, exact z
    checkGrads square x
    checkGrads loss line (x, y)
    checkGrads three line x y
    checkGrads four line x y z
    Assert.Contains("finite differences", message (fun () -> checkGrads (fun x -> stopGradient x * x |> Tensor.sum) x))

[<Fact>]
let ``jit keeps the type of a function of one to four arguments`` () =
    let same expected f = near [ expected ] f
    same 2.0 (jit square x)
    same 7.25 (jit loss line (x, y))
    same 7.25 (jit three line x y)
    same 14.5 (jit four line x y z)
    let step = jit (fun line batch -> let l, g = valueAndGrad loss line batch in l, Tree.map2 (fun p g -> p - 0.1 * g) line g)
    let l, next = step line (x, y)
    same 7.25 l
    near [ 2.2; 2.5 ] next.W
    near [ 1.7 ] next.B

[<Fact>]
let ``A jitted function can be applied to some of its arguments`` () =
    let f = jit four
    let some = f line
    near [ 14.5 ] (some x y z)
    let more = some x y
    near [ 14.5 ] (more z)
    near [ 7.25 ] ((jit three line x) y)

[<Fact>]
let ``jit traces a function once for all calls of one type`` () =
    let mutable traces = 0
    let counted x =
        traces <- traces + 1
        x * z
    let counted = jit counted
    for i in 1..5 do counted (tensor i) |> ignore
    counted x |> ignore
    Assert.Equal(2, traces)

[<Fact>]
let ``jit takes closures, compositions, partial applications and unit`` () =
    let rate = tensor 0.5
    jit (fun x -> x * rate) z |> near [ 1.0 ]
    jit (exp >> log) z |> near [ 2.0 ]
    jit (four line x) y z |> near [ 14.5 ]
    jit (fun () -> z * 2.0) () |> near [ 4.0 ]
    jit (fun (rate: float) x -> rate * x: Tensor) 3.0 z |> near [ 6.0 ]
    let rec power n x = if n = 0 then tensor 1.0 else x * power (n - 1) x
    jit (power 5) z |> near [ 32.0 ]

[<Fact>]
let ``jitWith donates`` () =
    let step = jitWith (JitOptions(Donate = [| 0 |], Threads = 1)) (fun p g -> Tree.map2 (fun p g -> p - g) p g)
    let p = step (Tree.map (fun t -> t + 0.0) line) line
    near [ 0.0; 0.0 ] p.W

[<Fact>]
let ``vmap maps the first axis of one to four arguments`` () =
    let rows = tensor [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ]
    let dot a b = a * b |> Tensor.sum
    vmap Tensor.sum rows |> near [ 3.0; 7.0 ]
    vmap dot rows rows |> near [ 5.0; 25.0 ]
    vmap (fun a b c -> dot a b + c) rows rows x |> near [ 6.0; 24.0 ]
    vmap (fun a b c d -> dot a b + c * d) rows rows x x |> near [ 6.0; 26.0 ]
    vmap (vmap (fun x -> x * x)) rows |> near [ 1.0; 4.0; 9.0; 16.0 ]

[<Fact>]
let ``vmapAt says which axis of each argument is mapped`` () =
    let rows = tensor [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ]
    vmapAt [ Some 1 ] 0 Tensor.sum rows |> near [ 4.0; 6.0 ]
    vmapAt [ Some 0; None ] 0 (fun a b -> a * b |> Tensor.sum) rows x |> near [ -1.0; -1.0 ]
    vmapAt [ Some 0; None; Some -1 ] -1 (fun a b c -> a + b + c) rows x rows |> near [ 3.0; 6.0; 4.0; 7.0 ]
    vmapAt [ None; None; None; Some 0 ] 0 (fun a b c d -> a + b + c + d) z z z x |> near [ 7.0; 5.0 ]

[<Fact>]
let ``stage shows the graph of one to four arguments`` () =
    let text (staged: Staged) = staged.ToString()
    Assert.Contains("mul", text (stage (fun x -> x * x) x))
    Assert.Contains("mul", text (stage loss line (x, y)))
    Assert.Contains("mul", text (stage three line x y))
    Assert.Contains("mul", text (stage four line x y z))

[<Fact>]
let ``stopGradient is a constant to derivatives, in trees too`` () =
    grad (fun x -> stopGradient x * x) z |> near [ 2.0 ]
    let g = grad (fun line -> loss (stopGradient line) (x, y) + line.B) line
    near [ 0.0; 0.0 ] g.W
    near [ 1.0 ] g.B

[<Fact>]
let ``Wrong uses say what was expected`` () =
    let expected text f = Assert.Equal(text, message f)
    expected
        "jit: expected a function of at most 4 arguments, got one of 5. Put some of them together in a record or a tuple. (Parameter 'f')"
        (fun () -> jit (fun (a: Tensor) (_: Tensor) (_: Tensor) (_: Tensor) (_: Tensor) -> a))
    expected
        "vmap: expected a function of at most 4 arguments, got one of 5. Put some of them together in a record or a tuple. (Parameter 'f')"
        (fun () -> vmap (fun (a: Tensor) (_: Tensor) (_: Tensor) (_: Tensor) (_: Tensor) -> a))
    expected
        "vmapAt: expected 2 axes, one for each argument, got 1: [None]. (Parameter 'inAxes')"
        (fun () -> vmapAt [ None ] 0 (fun (a: Tensor) (_: Tensor) -> a))
    expected "Grad: the function must return a scalar, got f32[2]. Take Mean or Sum first, or use Vjp." (fun () -> grad (fun x -> x * x) x)
    expected "Pullback: expected a cotangent like the result, f32[2], got f32[]." (fun () -> snd (vjp (fun x -> x * x) x) z)
    Assert.StartsWith("A result is a function, ", message (fun () -> jit (fun x -> System.Func<_, _>(fun y -> x + y: Tensor)) z))
    Assert.StartsWith("The value of a symbolic tensor was read", message (fun () -> jit (fun x -> if float x > 0.0 then x else -x) z))
    Assert.StartsWith("Jit: f was traced 4 times for values of rate alone: 1, 2, 3, 4, and now 5.", message (fun () ->
        let f = [ jit (fun (rate: float) (x: Tensor) -> x * rate) ]
        for i in 1..9 do f.Head (float i) z |> ignore))

[<Fact>]
let ``Jacobians and linearisations take lambdas without annotations`` () =
    jacFwd (fun x -> x * x) x |> near [ 2.0; 0.0; 0.0; -2.0 ]
    jacRev (fun x -> x * x) x |> near [ 2.0; 0.0; 0.0; -2.0 ]
    hessian (fun x -> x * x * x |> Tensor.sum) x |> near [ 6.0; 0.0; 0.0; -6.0 ]
    let value, push = linearize (fun x -> x * x) x
    near [ 1.0; 1.0 ] value
    push y |> near [ 8.0; -1.0 ]
    perExampleGrad (fun w x -> w * w * x) z x |> near [ 4.0; -4.0 ]

[<Fact>]
let ``Custom derivatives and checkpoints are functions`` () =
    let seven = customVjp ((fun (x: Tensor) -> sin x), (fun x -> sin x, x), (fun _ ct -> 7.0 * ct))
    grad (fun x -> seven x |> Tensor.sum) x |> near [ 7.0; 7.0 ]
    let doubled = customJvp ((fun (x: Tensor) -> sin x), (fun x dx -> sin x, 2.0 * cos x * dx))
    grad doubled (tensor 0.0) |> near [ 2.0 ]
    grad (checkpoint (fun a b -> a * a * b)) z (tensor 3.0) |> near [ 12.0 ]
    Fn.Check((x .< 2.0).All(), "small")
    (fun () -> Fn.Check((x .> 0.0).All(), "positive")) |> Assert.Throws<CheckException> |> ignore
