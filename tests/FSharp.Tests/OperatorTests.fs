module StagedDiff.Tests.OperatorTests

open StagedDiff
open Xunit

let private x = tensor [ [ 1.0; 2.0; 3.0 ]; [ 4.0; 5.0; 6.0 ] ]
let private v = tensor [ 1.0; 4.0; 9.0 ]

[<Fact>]
let ``F#'s own functions take tensors`` () =
    let each (f: Tensor -> Tensor) (g: float -> float) = f v |> near (List.map g [ 1.0; 4.0; 9.0 ])
    each exp exp
    each log log
    each log10 log10
    each sqrt sqrt
    each sin sin
    each cos cos
    each tan tan
    each sinh sinh
    each cosh cosh
    each tanh tanh
    each atan atan
    each (fun x -> asin (x / 9.0)) (fun x -> asin (x / 9.0))
    each (fun x -> acos (x / 9.0)) (fun x -> acos (x / 9.0))
    each (fun x -> atan2 x v) (fun _ -> atan 1.0)
    each abs abs
    each floor floor
    each ceil ceil
    each round round
    each truncate truncate
    each (fun x -> -x) (fun x -> -x)
    each (fun x -> x ** 2.0) (fun x -> x ** 2.0)
    each (fun x -> x ** 2) (fun x -> x ** 2.0)
    each (fun x -> tensor 2.0 ** x) (fun x -> 2.0 ** x)
    each (fun x -> pown x 3) (fun x -> x ** 3.0)

[<Fact>]
let ``Bits of integers move with F#'s operators`` () =
    let n = Tensor.From [| 5; -8 |]
    n <<< 1 |> near [ 10.0; -16.0 ]
    n >>> 1 |> near [ 2.0; -4.0 ]

[<Fact>]
let ``Cumulative and sorting functions are pipes`` () =
    x |> Tensor.cumSum 1 |> near [ 1.0; 3.0; 6.0; 4.0; 9.0; 15.0 ]
    x |> Tensor.cumProd 0 |> near [ 1.0; 2.0; 3.0; 4.0; 10.0; 18.0 ]
    -x |> Tensor.sort 1 |> near [ -3.0; -2.0; -1.0; -6.0; -5.0; -4.0 ]
    x |> Tensor.argSort 1 |> near [ 0.0; 1.0; 2.0; 0.0; 1.0; 2.0 ]
    let values, places = x |> Tensor.topK 1
    near [ 3.0; 6.0 ] values
    near [ 2.0; 2.0 ] places
    x.At(0).Set(tensor 7.0) |> near [ 7.0; 7.0; 7.0; 4.0; 5.0; 6.0 ]
    x.DynamicSlice(Tensor.From [| 1; 1 |], Shape.Of(1, 2)) |> near [ 5.0; 6.0 ]

[<Fact>]
let ``F#'s own sums and averages take tensors`` () =
    List.sum [ v; v ] |> near [ 2.0; 8.0; 18.0 ]
    List.sumBy (fun x -> x * v) [ v; v ] |> near [ 2.0; 32.0; 162.0 ]
    List.average [ v; 3 * v ] |> near [ 2.0; 8.0; 18.0 ]
    Seq.averageBy (fun x -> x * 2) [ v; v ] |> near [ 2.0; 8.0; 18.0 ]
    List.reduce (*) [ v; v ] |> near [ 1.0; 16.0; 81.0 ]
    grad (fun xs -> List.sum xs * List.average xs) [ tensor 2.0; tensor 4.0 ] |> List.iter (near [ 6.0 ])

[<Fact>]
let ``Numbers stand on either side of an operator`` () =
    v + 1 |> near [ 2.0; 5.0; 10.0 ]
    1.0 + v |> near [ 2.0; 5.0; 10.0 ]
    v - 1.0f |> near [ 0.0; 3.0; 8.0 ]
    10 - v |> near [ 9.0; 6.0; 1.0 ]
    2 * v / 4.0 |> near [ 0.5; 2.0; 4.5 ]
    v % 4 |> near [ 1.0; 0.0; 1.0 ]

[<Fact>]
let ``Comparisons are elementwise, with a number on either side`` () =
    v .> 4.0 |> near [ 0.0; 0.0; 1.0 ]
    v .>= 4 |> near [ 0.0; 1.0; 1.0 ]
    v .< 4.0f |> near [ 1.0; 0.0; 0.0 ]
    4 .<= v |> near [ 0.0; 1.0; 1.0 ]
    v .= v |> near [ 1.0; 1.0; 1.0 ]
    4.0 .<> v |> near [ 1.0; 0.0; 1.0 ]
    Assert.Equal(DType.Bool, (v .> 0).DType)

[<Fact>]
let ``Comparisons bind weaker than sums, and infer`` () =
    let between low high x = (x .> low - v) &&& (x .< high + v)
    between v v v |> near [ 1.0; 1.0; 1.0 ]
    let positive x = x .> 0.0
    positive v |> near [ 1.0; 1.0; 1.0 ]
    let either x = (x .< 2) ||| (x .> 8)
    either v |> near [ 1.0; 0.0; 1.0 ]

[<Fact>]
let ``The matrix product binds like a product`` () =
    let a, b, c = tensor [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ], tensor [ [ 0.0; 1.0 ]; [ 1.0; 0.0 ] ], tensor 1.0
    a *@ b + c |> near [ 3.0; 2.0; 5.0; 4.0 ]
    c + a *@ b |> near [ 3.0; 2.0; 5.0; 4.0 ]
    a *@ b *@ a |> near [ 5.0; 8.0; 13.0; 20.0 ]
    [ b; b ] |> List.fold ( *@ ) a |> near [ 1.0; 2.0; 3.0; 4.0 ]

[<Fact>]
let ``tensor takes numbers and nested lists, arrays and sequences`` () =
    let is dtype shape (x: Tensor) =
        Assert.Equal(dtype, x.DType)
        Assert.Equal<int[]>(shape, x.Shape.ToArray())
    is DType.F32 [||] (tensor 1.0)
    is DType.F32 [| 2 |] (tensor [ 1.0; 2.0 ])
    is DType.F32 [| 2 |] (tensor [| 1.0f; 2.0f |])
    is DType.F32 [| 3 |] (tensor (seq { for i in 1..3 -> float i }))
    is DType.I32 [| 2; 1 |] (tensor [ [ 1 ]; [ 2 ] ])
    is DType.I64 [| 1; 1; 2 |] (tensor [ [ [ 1L; 2L ] ] ])
    is DType.U8 [| 2 |] (tensor "ab"B)
    is DType.Bool [| 1; 2 |] (tensor [| [ true; false ] |])
    is DType.F64 [| 2 |] (tensorOf DType.F64 [ 0.1; 0.2 ])
    is DType.F32 [| 0; 0 |] (tensor ([]: float list list))
    is DType.F32 [| 2; 0 |] (tensor ([ []; [] ]: float list list))
    Assert.Equal(0.1, (tensorOf DType.F64 0.1).Item<float>())
    tensor [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ] |> near [ 1.0; 2.0; 3.0; 4.0 ]

[<Fact>]
let ``tensor says what is wrong with its argument`` () =
    let expected text f = Assert.Equal(text, message f)
    expected "tensor: expected sequences of equal lengths, got [2] in [0] and [1] in [1]." (fun () -> tensor [ [ 1.0; 2.0 ]; [ 3.0 ] ])
    expected "tensor: expected sequences of equal lengths, got [1] in [1][0] and [2] in [1][1]." (fun () ->
        tensor [ [ [ 1 ]; [ 1 ] ]; [ [ 1 ]; [ 1; 2 ] ] ])
    expected "tensor: expected numbers, or lists or arrays of numbers, got String. (Parameter 'numbers')" (fun () -> tensor [ "1" ])

[<Fact>]
let ``Slices include their ends, as F#'s`` () =
    x[0] |> near [ 1.0; 2.0; 3.0 ]
    x[-1] |> near [ 4.0; 5.0; 6.0 ]
    x[1, 2] |> near [ 6.0 ]
    x[0..0] |> near [ 1.0; 2.0; 3.0 ]
    x[*, 1..] |> near [ 2.0; 3.0; 5.0; 6.0 ]
    x[*, ..1] |> near [ 1.0; 2.0; 4.0; 5.0 ]
    x[0, *] |> near [ 1.0; 2.0; 3.0 ]
    x[*, 0] |> near [ 1.0; 4.0 ]
    x[1.., 1..1] |> near [ 5.0 ]
    x[1, 0..1] |> near [ 4.0; 5.0 ]
    x[tensor [ 1; 0 ]] |> near [ 4.0; 5.0; 6.0; 1.0; 2.0; 3.0 ]
    x[x .> 4] |> near [ 5.0; 6.0 ]
    x[Slice.Ellipsis, 2] |> near [ 3.0; 6.0 ]
    x[Slice.All, Slice.NewAxis, 2] |> near [ 3.0; 6.0 ]

[<Fact>]
let ``Slices of three and four axes mix ranges with integers`` () =
    let y = Tensor.Arange(24).Reshape(2, 3, 4)
    y[0, 1.., 2] |> near [ 6.0; 10.0 ]
    y[*, 0, 0..1] |> near [ 0.0; 1.0; 12.0; 13.0 ]
    y[1, *, *] |> fun t -> Assert.Equal(12L, t.Size)
    y[*, *, 3] |> near [ 3.0; 7.0; 11.0; 15.0; 19.0; 23.0 ]
    y[1, 2, 2..] |> near [ 22.0; 23.0 ]
    y[0..0, 0..0, 0..0] |> near [ 0.0 ]
    let z = y.Reshape(1, 2, 3, 4)
    z[0, *, 1, 1] |> near [ 5.0; 17.0 ]
    z[*, 1.., 2.., 3..] |> near [ 23.0 ]
    z[0, 0, 0, 1..2] |> near [ 1.0; 2.0 ]
    z[*, 0, *, 0] |> near [ 0.0; 4.0; 8.0 ]

[<Fact>]
let ``Slices are differentiated and staged`` () =
    grad (fun x -> x *@ x.T |> fun y -> y[0, *] |> Tensor.sum) (tensor [ [ 1.0 ]; [ 2.0 ] ]) |> near [ 4.0; 1.0 ]
    jit (fun (x: Tensor) -> x[*, 1..2]) x |> near [ 2.0; 3.0; 5.0; 6.0 ]

[<Fact>]
let ``Functions of the Tensor module take the tensor last`` () =
    x |> Tensor.reshape [ 3; -1 ] |> Tensor.sumAlong 0 |> near [ 9.0; 12.0 ]
    x |> Tensor.transpose |> Tensor.meanAlong 1 |> near [ 2.5; 3.5; 4.5 ]
    x |> Tensor.permute [ 1; 0 ] |> Tensor.maxAlong 0 |> near [ 3.0; 6.0 ]
    x |> Tensor.minAlong 1 |> near [ 1.0; 4.0 ]
    [ Tensor.sum; Tensor.mean; Tensor.max; Tensor.min ] |> List.map (fun f -> f x) |> List.iter2 (fun n t -> near [ n ] t) [ 21.0; 3.5; 6.0; 1.0 ]
    x |> Tensor.argMax 1 |> near [ 2.0; 2.0 ]
    x |> Tensor.argMin 0 |> near [ 0.0; 0.0; 0.0 ]
    v |> Tensor.unsqueeze 0 |> Tensor.squeeze 0 |> Tensor.broadcastTo [ 2; 3 ] |> Tensor.sum |> near [ 28.0 ]
    v |> Tensor.maximum (tensor 3.0) |> Tensor.minimum (tensor 5.0) |> near [ 3.0; 4.0; 5.0 ]
    x |> Tensor.cast DType.I32 |> fun t -> Assert.Equal(DType.I32, t.DType)
    Tensor.zeros [ 2 ] + Tensor.ones [ 2 ] + Tensor.full [ 2 ] (tensor 3.0) |> near [ 4.0; 4.0 ]

[<Fact>]
let ``The module and the class Tensor stand side by side`` () =
    Tensor.Zeros(2, 3) + Tensor.zeros [ 2; 3 ] |> Tensor.sum |> near [ 0.0 ]
    Tree.Norm [ v ] - Tree.norm [ v ] |> near [ 0.0 ]
