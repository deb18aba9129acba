module StagedDiff.Tests.TreeTests

open System.Collections.Generic
open StagedDiff
open Xunit

type Layer = { W: Tensor; B: Tensor; Rate: float; Name: string }

[<Struct>]
type Pair = { First: Tensor; Second: Tensor }

type Shape =
    | Point
    | Circle of radius: Tensor
    | Box of width: Tensor * height: Tensor * label: string
    | Group of Shape list

type Tagged = Tagged of Tensor

[<Struct>]
type Either =
    | Left of left: Tensor
    | Right of right: int

type Nested<'a> = { Items: 'a list; Extra: 'a option; Table: Map<string, 'a> }

let private t (x: float) = tensor x
let private layer = { W = t 2.0; B = t 3.0; Rate = 0.5; Name = "first" }

/// The gradient of Σ x³/3, live, jitted, and of the jitted function, is the tree of squares; and the static parts are as they were.
let private differentiates (tree: 'a) =
    let f tree = Tree.leaves tree |> List.sumBy (fun x -> x ** 3.0 / 3.0) |> Tensor.sum
    let squares = Tree.map (fun x -> x * x) tree
    for g in [ grad f tree; jit (grad f) tree; grad (jit f) tree; jit (grad f) tree ] do
        Assert.Equal<string list>(Tree.paths tree, Tree.paths g)
        List.iter2 (fun (a: Tensor) b -> near (numbers a) b) (Tree.leaves squares) (Tree.leaves g)
    same tree (jit (Tree.map (fun x -> x + 0.0)) tree)

[<Fact>]
let ``Records are trees`` () =
    differentiates layer
    differentiates { First = t 1.0; Second = t 2.0 }
    let g = grad (fun l -> l.W * l.B * l.Rate) layer
    near [ 1.5 ] g.W
    Assert.Equal("first", g.Name)
    Assert.Equal(0.5, g.Rate)

[<Fact>]
let ``Anonymous records are trees`` () =
    differentiates {| A = t 1.0; B = [ t 2.0 ] |}
    differentiates struct {| A = t 1.0; B = t 2.0 |}
    let g = grad (fun (p: {| A: Tensor; B: Tensor |}) -> p.A * p.B) {| A = t 3.0; B = t 4.0 |}
    near [ 4.0 ] g.A

[<Fact>]
let ``Tuples are trees, struct tuples and long ones too`` () =
    differentiates (t 1.0, t 2.0)
    differentiates (struct (t 1.0, t 2.0))
    differentiates (t 1.0, (t 2.0, "name", [ t 3.0 ]))
    differentiates (t 1.0, t 2.0, t 3.0, t 4.0, t 5.0, t 6.0, t 7.0, t 8.0, t 9.0)
    differentiates (struct (t 1.0, t 2.0, t 3.0, t 4.0, t 5.0, t 6.0, t 7.0, t 8.0, t 9.0))

[<Fact>]
let ``Unions are trees`` () =
    differentiates (Circle(t 2.0))
    differentiates [ Point; Circle(t 2.0); Group [ Box(t 1.0, t 3.0, "a"); Point ] ]
    differentiates (Tagged(t 4.0))
    differentiates [ Left(t 1.0); Right 3 ]
    differentiates (Ok(t 1.0): Result<Tensor, string>)
    differentiates (Choice2Of2(t 1.0): Choice<int, Tensor>)
    let rec area shape =
        match shape with
        | Point -> t 0.0
        | Circle r -> 3.0 * r * r
        | Box(w, h, _) -> w * h
        | Group all -> List.sumBy area all
    match jit (grad area) (Group [ Circle(t 2.0); Box(t 3.0, t 4.0, "b") ]) with
    | Group [ Circle r; Box(w, h, "b") ] -> List.iter2 (fun n x -> near [ n ] x) [ 12.0; 4.0; 3.0 ] [ r; w; h ]
    | other -> failwith $"%A{other}"

[<Fact>]
let ``Lists, arrays, options and maps are trees`` () =
    differentiates [ t 1.0; t 2.0 ]
    differentiates [| t 1.0; t 2.0 |]
    differentiates [ Some(t 1.0); None ]
    differentiates (ValueSome(t 1.0), (ValueNone: Tensor voption))
    differentiates (Map [ "b", t 1.0; "a", t 2.0 ])
    differentiates (Map [ 2, [ t 1.0 ]; 1, [] ])
    differentiates (ResizeArray [ t 1.0; t 2.0 ])
    differentiates (Dictionary(dict [ "x", t 1.0 ]))
    differentiates { Items = [ layer; layer ]; Extra = Some layer; Table = Map [ "one", layer ] }
    Assert.Equal<string list>([ "[\"a\"]"; "[\"b\"]" ], Tree.paths (Map [ "b", t 1.0; "a", t 2.0 ]))

[<Fact>]
let ``Another case of a union, or another length, is another trace`` () =
    let mutable traces = 0
    let f (shapes: Shape list) =
        traces <- traces + 1
        Tree.leaves shapes |> List.sum
    let g = jit f
    near [ 3.0 ] (g [ Circle(t 1.0); Circle(t 2.0) ])
    near [ 7.0 ] (g [ Circle(t 3.0); Circle(t 4.0) ])
    near [ 3.0 ] (g [ Box(t 1.0, t 2.0, "a") ])
    near [ 3.0 ] (g [ Box(t 1.0, t 2.0, "b") ])
    near [ 5.0 ] (g [ Circle(t 5.0); Point ])
    Assert.Equal(4, traces)

[<Fact>]
let ``Functions of the Tree module`` () =
    let tree = {| A = t 3.0; B = [ tensor [ 4.0; 0.0 ] ] |}
    Tree.map (fun x -> 2 * x) tree |> fun d -> near [ 6.0 ] d.A
    Tree.map2 (fun x y -> x - y) tree tree |> fun d -> near [ 0.0; 0.0 ] d.B.Head
    Tree.leaves tree |> List.map _.Size |> fun sizes -> Assert.Equal<int64 list>([ 1L; 2L ], sizes)
    Assert.Equal<string list>([ ".A"; ".B[0]" ], Tree.paths tree)
    Tree.rebuild tree [ t 1.0; t 2.0 ] |> fun r -> near [ 2.0 ] r.B.Head
    Tree.norm tree |> near [ 5.0 ]
    let row, back = Tree.ravel tree
    near [ 3.0; 4.0; 0.0 ] row
    same tree (back row)

[<Fact>]
let ``Trees of two forms do not meet`` () =
    Assert.Equal(
        "Map2: expected two trees built alike, got 1 and 2 tensors; only one of the two has [1].",
        message (fun () -> Tree.map2 (fun a b -> a + b) [ t 1.0 ] [ t 1.0; t 2.0 ])
    )
