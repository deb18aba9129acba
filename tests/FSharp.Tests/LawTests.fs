module StagedDiff.Tests.LawTests

open FsCheck
open FsCheck.FSharp
open StagedDiff
open Xunit

let private holds (gen: Gen<'a>) (law: 'a -> unit) =
    Check.One(Config.QuickThrowOnFailure.WithMaxTest 60, Prop.forAll (Arb.fromGen gen) (fun a -> law a; true))

let private number = Gen.choose (-40, 40) |> Gen.map (fun n -> float n / 16.0)
let private f64 (x: 'a) = tensorOf DType.F64 x

let private close (a: Tensor) (b: Tensor) =
    for x, y in List.zip (numbers a) (numbers b) do
        Assert.True(x = y || abs (x - y) <= 1e-9 * (1.0 + abs x + abs y), $"{x} and {y}")

/// Expressions of two variables, from what is smooth everywhere.
type Expr =
    | X
    | Y
    | Number of float
    | Sum of Expr * Expr
    | Difference of Expr * Expr
    | Product of Expr * Expr
    | Sine of Expr
    | Tanh of Expr
    | Minus of Expr
    | Quotient of Expr * Expr

let rec private value (x: Tensor, y: Tensor) expr =
    let value = value (x, y)
    match expr with
    | X -> x
    | Y -> y
    | Number n -> x * 0.0 + n
    | Sum(a, b) -> value a + value b
    | Difference(a, b) -> value a - value b
    | Product(a, b) -> value a * value b
    | Sine a -> sin (value a)
    | Tanh a -> tanh (value a)
    | Minus a -> -value a
    | Quotient(a, b) -> value a / (1.0 + value b ** 2.0)

let private expr =
    let rec sized n =
        let leaf = Gen.oneof [ Gen.constant X; Gen.constant Y; Gen.map Number number ]
        if n <= 1 then
            leaf
        else
            let part = sized (n / 2)
            let two make = Gen.map2 (fun a b -> make (a, b)) part part
            Gen.oneof [ leaf; two Sum; two Difference; two Product; two Quotient; Gen.map Sine (sized (n - 1)); Gen.map Tanh (sized (n - 1)); Gen.map Minus part ]
    Gen.sized (fun n -> sized (min n 12))

let private vectors =
    gen {
        let! n = Gen.choose (0, 20)
        let! x = Gen.listOfLength n number
        let! y = Gen.listOfLength n number
        return f64 x, f64 y
    }

let private cases = Gen.zip expr vectors
let private total expr (x, y) = value (x, y) expr |> Tensor.sum

[<Fact>]
let ``The gradient of a polynomial is its derivative`` () =
    let horner coefficients (x: Tensor) = List.foldBack (fun (c: float) y -> c + x * y) coefficients (x * 0.0)
    holds (Gen.zip (Gen.listOf number |> Gen.resize 7) number) (fun (coefficients, x) ->
        let derivative = coefficients |> List.mapi (fun i c -> float i * c) |> List.skip (min 1 coefficients.Length)
        close (horner derivative (f64 x)) (grad (horner coefficients) (f64 x)))

[<Fact>]
let ``jit equals eager to the bit`` () = holds cases (fun (expr, at) -> same (value at expr) (jit (fun at -> value at expr) at))

[<Fact>]
let ``jit of grad equals grad to the bit`` () = holds cases (fun (expr, at) -> same (grad (total expr) at) (jit (grad (total expr)) at))

[<Fact>]
let ``Forward and reverse mode agree`` () =
    holds (Gen.zip cases number) (fun ((expr, (x, y)), d) ->
        let _, tangent = jvp (total expr) (x, y) (x + d, y * d)
        let gx, gy = grad (total expr) (x, y)
        close tangent (Tensor.sum (gx * (x + d)) + Tensor.sum (gy * (y * d))))

[<Fact>]
let ``vmap equals a loop`` () =
    holds cases (fun (expr, (x, y)) ->
        if x.Size > 0L then
            let rows = [ for i in 0 .. int x.Size - 1 -> value (x[i], y[i]) expr ]
            let mapped = vmap (fun x y -> value (x, y) expr) x y
            close (f64 (List.collect numbers rows)) mapped)

[<Fact>]
let ``The product with the Hessian is symmetric`` () =
    holds (Gen.zip cases (Gen.zip number number)) (fun ((expr, (x, y)), (a, b)) ->
        let dot (u, v) (p, q) = Tensor.sum (u * p) + Tensor.sum (v * q)
        let u, v = (x * a, y + b), (x + b, y * a)
        close (dot v (hvp (total expr) (x, y) u)) (dot u (hvp (total expr) (x, y) v)))

/// Trees of all kinds of F#'s types.
type Rose =
    | Leaf of Tensor
    | Branch of Rose list
    | Named of {| Name: string; Left: Rose; Right: Rose option |}
    | Table of Map<string, Rose>
    | Both of Rose * struct (int * Rose)
    | Empty

let private rose =
    let leaf = Gen.zip (Gen.listOf number |> Gen.resize 4) (Gen.elements [ DType.F32; DType.F64 ]) |> Gen.map (fun (x, dtype) -> Leaf(tensorOf dtype x))
    let name = Gen.elements [ "a"; "b"; "c" ]
    let rec sized n =
        if n <= 1 then
            Gen.oneof [ leaf; Gen.constant Empty ]
        else
            let part = sized (n / 3)
            Gen.oneof
                [ leaf
                  Gen.listOf part |> Gen.resize 3 |> Gen.map Branch
                  Gen.map3 (fun name left right -> Named {| Name = name; Left = left; Right = right |}) name part (Gen.optionOf part)
                  Gen.listOf (Gen.zip name part) |> Gen.resize 3 |> Gen.map (Map >> Table)
                  Gen.map3 (fun a n b -> Both(a, struct (n, b))) part (Gen.choose (0, 9)) part ]
    Gen.sized (fun n -> sized (min n 30))

/// Their tensors as numbers, so that trees compare.
let rec private shown rose =
    match rose with
    | Leaf x -> $"{x.DType}%A{numbers x}"
    | Branch all -> List.map shown all |> sprintf "%A"
    | Named n -> $"{n.Name}({shown n.Left}, %A{Option.map shown n.Right})"
    | Table table -> Map.map (fun _ -> shown) table |> sprintf "%A"
    | Both(a, struct (n, b)) -> $"{shown a} {n} {shown b}"
    | Empty -> "empty"

let private is (a: Rose) (b: Rose) = Assert.Equal(shown a, shown b)

[<Fact>]
let ``A tree rebuilt from its leaves is the tree`` () =
    holds rose (fun tree ->
        is tree (Tree.rebuild tree (Tree.leaves tree))
        is tree (Tree.map id tree)
        Assert.Equal((Tree.leaves tree).Length, (Tree.paths tree).Length)
        Assert.Equal((Tree.paths tree).Length, (List.distinct (Tree.paths tree)).Length))

[<Fact>]
let ``A tree unravelled from its row is the tree`` () =
    holds rose (fun tree ->
        let row, back = Tree.ravel tree
        is tree (back row))

[<Fact>]
let ``A tree that goes through a jitted function comes back`` () =
    let round = jitWith (JitOptions(MaxTraces = 1000)) (fun tree -> Tree.map (fun x -> x + 0.0) tree)
    holds rose (fun tree -> if not (Tree.leaves tree).IsEmpty then is tree (round tree))

[<Fact>]
let ``Slices are those of F#'s arrays`` () =
    holds (Gen.map3 (fun n a b -> n, a, b) (Gen.choose (0, 8)) (Gen.choose (0, 10)) (Gen.choose (0, 10))) (fun (n, a, b) ->
        let array, x = [| 0.0 .. float n - 1.0 |], Tensor.Arange n
        near (List.ofArray array[a..b]) x[a..b]
        near (List.ofArray array[a..]) x[a..]
        near (List.ofArray array[..b]) x[..b])

[<Fact>]
let ``tensor of nested lists holds their numbers`` () =
    holds (Gen.zip (Gen.choose (0, 4)) (Gen.choose (0, 4))) (fun (n, m) ->
        let rows = [ for i in 1..n -> [ for j in 1..m -> float (10 * i + j) ] ]
        near (List.concat rows) (tensor rows)
        // No row tells how long it would be.
        Assert.Equal<int[]>([| n; (if n = 0 then 0 else m) |], (tensor rows).Shape.ToArray()))

[<Fact>]
let ``Extents add and multiply as numbers do`` () =
    Check.QuickThrowOnFailure(fun (a: int) (b: int) (c: int) ->
        let e (n: int) = Extent.op_Implicit (int64 n): Extent
        (e a + e b) * e c = Extent.op_Implicit ((int64 a + int64 b) * int64 c))
