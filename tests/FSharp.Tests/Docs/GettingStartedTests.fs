/// The code of docs/getting-started.md: it prints what that of C# beside it prints.
module StagedDiff.Tests.GettingStartedTests

open System.IO
open StagedDiff
open Xunit

type Line = { Slope: Tensor; Offset: Tensor }

let private tensors out =
    let printfn format = fprintfn out format
    let x = tensor [ [ 1.0; 2.0; 3.0 ]; [ 4.0; 5.0; 6.0 ] ]
    printfn $"{x.DType} {x.Shape}"
    printfn $"{2 * x + 1}"
    printfn $"{x[*, 1]}"
    printfn $"{x[1, 1..]}"
    printfn $"{x.Mean 0}"
    printfn $"{x *@ x.T}"

let private gradients out =
    let printfn format = fprintfn out format
    let f x : Tensor = x * sin x
    printfn $"{grad f (tensor 2.0)}"
    printfn $"{grad (grad f) (tensor 2.0)}"

let private anyCode out =
    let printfn format = fprintfn out format
    let root (a: Tensor) =
        let rec better (x: Tensor) =
            if (abs (x * x - a) .<= 1e-6).Item() then x
            else better ((x + a / x) / 2)
        better (tensor 1.0)

    printfn $"{root (tensor 2.0)}"
    printfn $"{grad root (tensor 2.0)}"

let private aModelIsARecord out =
    let printfn format = fprintfn out format
    let xs = Tensor.Linspace(0.0, 1.0, 50)
    let ys = 3.0 * xs - 1.0
    let loss line =
        Losses.MeanSquaredError(line.Slope * xs + line.Offset, ys)
    let step =
        jit (fun line ->
            Tree.map2 (fun p g -> p - 0.5 * g) line (grad loss line))
    let start = { Slope = tensor 0.0; Offset = tensor 0.0 }
    let line = Seq.fold (fun line _ -> step line) start (seq { 1..200 })
    printfn $"{line.Slope:F3} {line.Offset:F3}"

let private mapped out =
    let printfn format = fprintfn out format
    let distance (a: Tensor) b = sqrt (Tensor.sum (Np.Square(a - b)))
    let origin = tensor [ 0.0; 0.0 ]
    let points = tensor [ [ 3.0; 4.0 ]; [ 5.0; 12.0 ]; [ 8.0; 15.0 ] ]
    let distances = vmapAt [ None; Some 0 ] 0 distance
    let slopes = vmapAt [ None; Some 0 ] 0 (grad distance)
    printfn $"{distances origin points}"
    printfn $"{slopes origin points}"

let private randomNumbers out =
    let printfn format = fprintfn out format
    let keys = Rng.Split(Rng.Key 42, 2)
    printfn $"{Rng.Normal(keys[0], Shape.Of 3)}"
    printfn $"{Rng.Permutation(keys[1], 5)}"

[<Fact>]
let ``the page shows what is printed`` () =
    let printed f =
        let out = new StringWriter(NewLine = "\n")
        f (out :> TextWriter)
        out.ToString().TrimEnd()
    let sections = [ tensors; gradients; anyCode; aModelIsARecord; mapped; randomNumbers ]
    Assert.Equal<string>(Shown.blocks "getting-started.md", List.map printed sections)
