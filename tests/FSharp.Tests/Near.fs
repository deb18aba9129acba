[<AutoOpen>]
module StagedDiff.Tests.Near

open StagedDiff
open Xunit

let numbers (x: Tensor) = x.Cast(DType.F64).ToArray<float>() |> List.ofArray

/// Whether a tensor holds these numbers, in row-major order, up to the rounding of F32.
let near (expected: float list) (x: Tensor) =
    let ok = expected.Length = int x.Size && List.forall2 (fun (a: float) b -> a = b || abs (a - b) <= 1e-5 * (1.0 + abs a)) expected (numbers x)
    Assert.True(ok, $"expected %A{expected}, got {x}")

/// Whether two trees hold the same tensors to the bit.
let same (a: 'a) (b: 'a) =
    Assert.Equal<string list>(Tree.paths a, Tree.paths b)
    for x, y in List.zip (Tree.leaves a) (Tree.leaves b) do
        Assert.Equal<int list>([ for n in x.Shape -> int n.Value ], [ for n in y.Shape -> int n.Value ])
        Assert.Equal<float list>(numbers x, numbers y)

let message (f: unit -> 'a) =
    try
        f () |> ignore
        "nothing was thrown"
    with e ->
        let text = e.Message
        if text.EndsWith ')' && text.Contains " (" && text.Contains ".fs:" then text[.. text.LastIndexOf " (" - 1] else text
