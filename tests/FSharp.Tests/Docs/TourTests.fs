/// The tour of the README, line for line, and what it prints.
module StagedDiff.Tests.TourTests

open System.IO
open StagedDiff
open Xunit

type Mlp = { W: Tensor; B: Tensor; V: Tensor }

[<Fact>]
let ``the tour prints what it says`` () =
    let out = new StringWriter(NewLine = "\n")
    let printfn format = fprintfn out format

    let rec halved (x: Tensor) = if (abs x .> 5).Item() then halved (x / 2) else x * x
    printfn $"{grad halved (tensor 12.0)}"                  // 1.5, for (x/4)² is x/8 at 12
    printfn $"{grad (grad (grad exp)) (tensor 0.0)}"        // 1.0

    // Transforms nest: the gradient by w for each row of xs.
    let w, xs = tensor [ 1.0; -2.0 ], tensor [ [ 2.0; 1.0 ]; [ 3.0; 4.0 ] ]
    let perRow = vmapAt [ None; Some 0 ] 0 (grad (fun w x -> Tensor.sum (w * x) ** 2.0))
    printfn $"{perRow w xs}"                                // [[0 0] [-30 -40]]

    // A model is any value made of tensors.
    let keys = Rng.Split(Rng.Key 0, 3)
    let initial = { W = Nn.GlorotUniform(keys[0], 3, 32); B = Tensor.Zeros 32; V = Nn.GlorotUniform(keys[1], 32, 1) }
    let apply m x = tanh (x *@ m.W + m.B) *@ m.V
    let loss m (x, y) = Losses.MeanSquaredError(apply m x, y) |> Tensor.mean

    // A training step is a pure function. jit traces and compiles it at its first call, its gradient and its optimiser with it.
    let adam = Optim.Adam 1e-2
    let step =
        jit (fun model state batch ->
            let loss, gradient = valueAndGrad loss model batch
            let struct (model, state) = adam.Update(gradient, state, model)
            loss, model, state)

    let x = Rng.Normal(keys[2], Shape.Of(64, 3))
    let batch = x, sin (x.Sum(1, keepDims = true))
    let mutable model, state = initial, adam.Init initial
    for i in 0..400 do
        let loss, m, s = step model state batch
        model <- m
        state <- s
        if i % 200 = 0 then printfn $"{i}: {loss:F4}"

    // What a function was traced to, and what that was compiled to.
    printfn $"{(stage (grad (fun x -> sin x * x |> Tensor.sum)) x).Graph}"
    printfn $"{(stage apply model x).Explain()}"

    let lines = out.ToString().Split '\n'
    Assert.Equal<string[]>([| "1.5"; "1.0"; "[[  0.   0.]"; " [-30. -40.]]" |], lines[..3])
    let losses = [ for line in lines[4..6] -> float (line.Split(' ')[1]) ]
    Assert.InRange(losses[0], 0.4, 1.5)
    Assert.InRange(losses[2], 0.0, 0.01)
    Assert.Equal("  b:f32[64,3] = sin a", lines[8])
    Assert.Contains(lines, fun (line: string) -> line.StartsWith("  2. loop over [64,32]: add, tanh → f32[64,32] (", System.StringComparison.Ordinal))
