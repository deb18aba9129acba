/// Layers, losses, optimisers and samplers as they are written in F#.
module StagedDiff.Tests.LayerTests

open StagedDiff
open Xunit

type Model = { Attention: Nn.MultiHeadAttention; Norm: Nn.LayerNorm; Head: Nn.Linear }

[<Fact>]
let ``a model of layers learns`` () =
    let keys = Rng.Split(Rng.Key 0, 4)
    let x = Rng.Normal(keys[0], Shape.Of(4, 6, 8))
    let labels = Rng.RandInt(keys[1], Shape.Of(4, 6), 0, 3)
    let start =
        { Attention = Nn.MultiHeadAttention.Init(keys[2], 8, 2)
          Norm = Nn.LayerNorm.Init 8
          Head = Nn.Linear.Init(keys[3], 8, 3, weights = fun key inputs outputs dtype -> Nn.HeNormal(key, inputs, outputs, dtype)) }

    let apply m x = m.Norm.Apply(x + m.Attention.Apply(x, causal = true, rotary = true)) |> Nn.Gelu |> m.Head.Apply
    let loss m (x, y) = Losses.SoftmaxCrossEntropy(apply m x, y, smoothing = 0.1) |> Tensor.mean

    let optimiser =
        Optim.Chain(
            Optim.ClipByGlobalNorm 1.0,
            Optim.AdamW(Schedules.WarmupCosine(0.0, 0.05, 5, 40, last = 1e-3), decays = fun path -> path.EndsWith ".W"))

    let step =
        jit (fun model state batch ->
            let loss, gradient = valueAndGrad loss model batch
            let struct (model, state) = optimiser.Update(gradient, state, model)
            loss, model, state)

    let mutable model, state, losses = start, optimiser.Init start, []
    for _ in 1..40 do
        let l, m, s = step model state (x, labels)
        model <- m
        state <- s
        losses <- float l :: losses
    Assert.True(List.head losses < 0.7 * List.last losses, $"{losses}")

[<Fact>]
let ``optimisers take functions and dictionaries`` () =
    let p = tensor [ 1.0; -2.0 ]
    let check (optimiser: Optimizer) = optimiser.Update(p, optimiser.Init p, p) |> ignore
    check (Optim.Sgd(fun (step: Tensor) -> 0.1 / (step + 1.0)))
    check (Optim.Inject(dict [ "rate", 0.1 ] |> System.Collections.Generic.Dictionary, fun h -> Optim.Adam h["rate"]))
    check (Optim.Partition((fun path -> if path = "" then 0 else 1), Optim.Lion 0.1, Optim.SetToZero()))
    check (Optim.MultiSteps(Optim.Muon 0.1, 2))
    Assert.Equal(0.25, (Schedules.Linear(1.0, 0.0, 4, delay = 1).Invoke(Tensor.From 4)).Item<float>(), 12)

[<Fact>]
let ``samplers take shapes`` () =
    let key = Rng.Key 3
    Assert.Equal<Shape>(Shape.Of(2, 3), Rng.Gumbel(key, Shape.Of(2, 3)).Shape)
    Assert.Equal<Shape>(Shape.Of 5, Rng.Bernoulli(key, 0.3, Shape.Of 5).Shape)
    let struct (ys, _) = Nn.Gru.Init(key, 2, 3).Run(Tensor.Ones(4, 1, 2))
    Assert.Equal<Shape>(Shape.Of(4, 1, 3), ys.Shape)
