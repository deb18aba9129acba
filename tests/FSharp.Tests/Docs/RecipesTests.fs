/// The F# code of docs/recipes.md.
module StagedDiff.Tests.RecipesTests

open System.IO
open StagedDiff
open Xunit

type Model = { W: Tensor; B: Tensor }

let private x = Rng.Normal(Rng.Key 0, Shape.Of(32, 3))
let private y = Rng.Normal(Rng.Key 1, Shape.Of 32)
let private start () = { W = Rng.Normal(Rng.Key 2, Shape.Of 3); B = tensor 0.5 }
let private apply m (x: Tensor) = x *@ m.W + m.B
let private loss m (x, y) = Losses.MeanSquaredError(apply m x, y)

[<Fact>]
let ``a training loop`` () =
    let model = start ()
    let optimiser = Optim.Adam 1e-2
    let step =
        jitWith (JitOptions(Donate = [| 0; 1 |])) (fun model state batch ->
            let loss, gradient = valueAndGrad loss model batch
            let struct (model, state) = optimiser.Update(gradient, state, model)
            loss, model, state)

    let mutable m, state = model, optimiser.Init model
    for epoch in 0..19 do
        for struct (x, y) in Data.Batches(x, y, 8, epoch = epoch) do
            let _, next, s = step m state (x, y)
            m <- next
            state <- s
    Assert.True(float (loss m (x, y)) < float (loss (start ()) (x, y)))

[<Fact>]
let ``something beside the loss`` () =
    let model = start ()
    let f m =
        let prediction = apply m x
        let worst = abs (prediction - y) |> Tensor.max
        Losses.MeanSquaredError(prediction, y), {| Prediction = prediction; Worst = worst |}
    let loss, aux, gradient = valueAndGradAux f model
    printfn $"loss {loss}, worst {aux.Worst}"
    Assert.Equal(32L, aux.Prediction.Size)
    Assert.NotEqual(0.0, float gradient.B)

[<Fact>]
let ``schedules and clipping`` () =
    let optimiser =
        Optim.Chain(
            Optim.ClipByGlobalNorm 1.0,
            Optim.AdamW(
                Schedules.WarmupCosine(0.0, 3e-3, 100, 1000),
                weightDecay = 0.01, decays = fun path -> path.EndsWith ".W"))
    let own = Optim.Sgd((fun step -> 1e-3 / sqrt (1 + step / 10)), momentum = 0.9)
    let model = start ()
    let struct (first, _) = optimiser.Update(grad loss model (x, y), optimiser.Init model, model)
    let struct (second, _) = own.Update(grad loss model (x, y), own.Init model, model)
    Assert.Equal(float model.B, float first.B)
    Assert.NotEqual(float model.B, float second.B)

[<Fact>]
let ``keys, and an ensemble`` () =
    let draw key = { W = Rng.Normal(key, Shape.Of 3); B = tensor 0.0 }
    let models = vmap draw (Rng.Split(Rng.Key 0, 5))
    let train m x y = Tree.map2 (fun p g -> p - 0.1 * g) m (grad loss m (x, y))
    let step = jit (vmapAt [ Some 0; None; None ] 0 train)
    let trained = Seq.fold (fun models _ -> step models x y) models (seq { 1..100 })
    let predictions = vmapAt [ Some 0; None ] 0 apply trained x
    Assert.Equal<int[]>([| 5; 32 |], predictions.Shape.ToArray())
    Assert.InRange(float (predictions.Std(0).Max()), 0.0, 1e-3)

[<Fact>]
let ``saving`` () =
    let model, optimiser = start (), Optim.Adam 1e-3
    let path, state = Path.Combine(Directory.CreateTempSubdirectory().FullName, "run.safetensors"), optimiser.Init model
    IO.SafeTensors.Save(path, (model, state))
    let loaded, loadedState = IO.SafeTensors.Load(path, (model, state))
    Assert.Equal<float32[]>(model.W.ToArray(), loaded.W.ToArray())
    Assert.Equal(0, int loadedState.Step)

[<Fact>]
let ``a minimum`` () =
    let model = start ()
    let fit = Optim.Minimize((fun m -> loss m (x, y)), model, tolerance = 1e-4)
    printfn $"{fit.Value:F6} after {fit.Steps} steps, converged: {fit.Converged}"
    Assert.True(fit.Converged && float (Tree.norm fit.Gradient) < 2e-4)

[<Fact>]
let ``per example, and second derivatives`` () =
    let gradients = perExampleGrad (fun m (x, y) -> Np.Square(apply m x - y)) (start ()) (x, y)
    Assert.Equal<int[]>([| 32; 3 |], gradients.W.Shape.ToArray())

    let rosenbrock (p: Tensor) = Np.Square(1 - p[0]) + 100 * Np.Square(p[1] - p[0] * p[0])
    let at, direction = tensor [ -1.0; 2.0 ], tensor [ 1.0; 0.0 ]
    let hv = hvp rosenbrock at direction
    let h = hessian rosenbrock at
    let j = jacRev (fun p -> Np.Stack [| p[0] * p[1]; sin p[0]; p[1] |]) at
    Assert.Equal<float32[]>([| 402f; 400f |], hv.ToArray())
    Assert.Equal<float32[]>([| 402f; 400f; 400f; 200f |], h.ToArray())
    Assert.Equal<int[]>([| 3; 2 |], j.Shape.ToArray())

[<Fact>]
let ``own gradients`` () =
    let round = customVjp ((fun (x: Tensor) -> round x), (fun x -> round x, 0), (fun _ ct -> ct))
    let cut = customVjp ((fun (x: Tensor) -> x), (fun x -> x, 0), (fun _ ct -> Np.Clip(ct, -1.0, 1.0)))
    let log1pExp = customJvp ((fun x -> log (1 + exp x)), (fun x dx -> log (1 + exp x), Nn.Sigmoid x * dx))
    Assert.Equal(1.0, float (grad round (tensor 0.3)))
    Assert.Equal(1.0, float (grad (fun x -> 5 * cut x) (tensor 0.3)))
    Assert.Equal(1.0, float (grad log1pExp (tensor 200.0)))

[<Fact>]
let ``options`` () =
    let anyRows = JitOptions(Symbolic = [| struct (0, 0, "rows") |])
    let norms = jitWith anyRows (fun (x: Tensor) -> sqrt (Np.Square(x).Sum 1))
    for n in 1..5 do
        Assert.Equal(int64 n, (norms (Tensor.ones [ n; 4 ])).Size)
