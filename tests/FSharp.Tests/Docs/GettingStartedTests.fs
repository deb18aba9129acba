/// The code of docs/getting-started.md.
module StagedDiff.Tests.GettingStartedTests

open System.IO
open StagedDiff
open Xunit

type Line = { Slope: Tensor; Offset: Tensor }

[<Fact>]
let ``a line through points`` () =
    let out = new StringWriter()
    let printfn format = fprintfn out format
    let x = Tensor.Linspace(0.0, 1.0, 50)
    let y = 3.0 * x - 1.0
    let loss line = Losses.MeanSquaredError(line.Slope * x + line.Offset, y)
    let step = jit (fun line -> Tree.map2 (fun p g -> p - 0.5 * g) line (grad loss line))
    let mutable line = { Slope = tensor 0.0; Offset = tensor 0.0 }
    for _ in 1..200 do line <- step line
    printfn $"{line.Slope} {line.Offset}"
    Assert.Equal(3.0, float line.Slope, 1e-3)
    Assert.Equal(-1.0, float line.Offset, 1e-3)
