/// Losses, samplers, optimisers, data and files as they are written in F#.
module StagedDiff.Tests.AreaTests

open System.IO
open StagedDiff
open StagedDiff.IO
open Xunit

let x = tensor [ [ 1.0; 2.0 ]; [ 3.0; 5.0 ] ]

[<Fact>]
let ``Functions with options are pipes`` () =
    same (Nn.Softmax x) (x |> Nn.Softmax)
    near [ 0.0; 1.0; 0.0; 1.0 ] (x |> Nn.Relu |> Nn.Sparsemax)
    near [ 2.5 ] (x |> Np.Median)
    near [ 1.0; 4.0; 9.0; 25.0 ] (x |> Nn.Identity |> Np.Square)
    let slope = grad (Nn.LogSoftmax >> Tensor.sum) x |> Tensor.sumAlong 1
    near [ 0.0; 0.0 ] slope
    near [ sqrt 39.0 ] (x |> Np.Norm)

[<Fact>]
let ``losses take functions and options`` () =
    let wanted = Nn.OneHot(Tensor.From [| 1; 0 |], 2)
    let cross = Losses.SoftmaxCrossEntropy(x, wanted)
    near (numbers cross) (Losses.FenchelYoung((fun s -> Nn.LogSumExp(s, -1)), x, wanted))
    near (numbers cross) (Losses.RankingSoftmax(x, wanted))
    near [ 0.0; 2.0 ] (Losses.MulticlassSparsemax(x, Tensor.From [| 1; 0 |]))
    let loss w (x, y) = Losses.Huber(x *@ w, y, delta = 0.5) |> Tensor.mean
    checkGrads loss (tensorOf DType.F64 [ 0.3; -0.2 ]) (x.Cast DType.F64, tensorOf DType.F64 [ 1.0; 0.0 ])
    near [ 0.0 ] (Losses.GeneralizedDice(wanted, wanted))

[<Fact>]
let ``samplers take keys, parameters and shapes`` () =
    let key = Rng.Key 1
    let mean = tensor [ 3.0; 40.0 ]
    same (Rng.Poisson(key, mean)) (jit (fun k -> Rng.Poisson(k, mean)) key)
    Assert.Equal<int list>([ 0; 1; 2; 3; 4 ], (jit (fun k -> Rng.Permutation(k, 5)) key).ToArray<int>() |> Array.sort |> List.ofArray)
    near [ 10.0 ] (Rng.Multinomial(key, 10, tensor [ 0.3; 0.7 ]) |> Tensor.sum)
    Assert.Equal<Shape>(Shape.Of 4, Rng.Binomial(key, 10, 0.3, Shape.Of 4).Shape)
    Assert.Equal<Shape>(Shape.Of(7, 2), Rng.MultivariateNormal(key, Np.Zeros 2, Np.Eye 2, Shape.Of 7).Shape)
    let cov c = Rng.MultivariateNormal(key, tensorOf DType.F64 [ 0.0; 0.0 ], c) |> Tensor.sum
    checkGrads cov (tensorOf DType.F64 [ [ 2.0; 0.5 ]; [ 0.5; 1.0 ] ])
    Assert.Equal<Shape>(Shape.Of 2, Rng.Choice(key, x, Shape.Of(), replace = false).Shape)

[<Fact>]
let ``a minimum of curried and tupled functions`` () =
    let bowl (w: Tensor, b: Tensor) = Tensor.sum ((w - 3.0) ** 2.0) + (b - 1.0) ** 2.0
    let found = Optim.Minimize(bowl, (tensor [ 0.0; 1.0 ], tensor 0.0))
    near [ 3.0; 3.0; 1.0 ] (fst (Tree.ravel found.Parameters))
    Assert.True(found.Converged && found.Steps < 10)
    Assert.True((Optim.Minimize(jit bowl, (tensor [ 0.0; 1.0 ], tensor 0.0), maxSteps = 1)).Steps = 1)

[<Fact>]
let ``matrices have complete bases`` () =
    let tall = tensorOf DType.F64 [ [ 1.0 ]; [ 2.0 ]; [ 2.0 ] ]
    let struct (q, r) = Linalg.Qr(tall, complete = true)
    near [ 1.0; 0.0; 0.0; 0.0; 1.0; 0.0; 0.0; 0.0; 1.0 ] (q.T *@ q)
    near [ -3.0; 0.0; 0.0 ] r
    let struct (u, s, vt) = Linalg.Svd(tall, fullMatrices = true)
    Assert.Equal<Shape list>([ Shape.Of(3, 3); Shape.Of 1; Shape.Of(1, 1) ], [ u.Shape; s.Shape; vt.Shape ])
    let reduced (x: Tensor) = let struct (q, _) = Linalg.Qr x in q
    near [ -1.0 / 3.0; -2.0 / 3.0; -2.0 / 3.0 ] (reduced tall)

[<Fact>]
let ``data comes from files and goes to them`` () =
    let folder = Directory.CreateTempSubdirectory("areas").FullName
    let at name = Path.Combine(folder, name)
    try
        File.WriteAllText(at "t.csv", "a,b\n1,2\n3,4\n5,6\n")
        let table = Data.ReadCsv(at "t.csv")
        near [ 1.0; 2.0; 3.0; 4.0; 5.0; 6.0 ] (table.ToTensor())
        near [ 2.0; 4.0; 6.0 ] table["b"]
        let rows = [ for struct (x, _) in Data.Prefetch(Data.Batches(table.ToTensor "a", table["b"], 2, shuffle = false)) -> x |> Tensor.sum |> float ]
        Assert.Equal<float list>([ 4.0; 5.0 ], rows)

        let model = {| W = x; B = [ tensor 1.0 ] |}
        SafeTensors.Save(at "m.safetensors", model)
        same model (SafeTensors.Load(at "m.safetensors", {| model with W = Np.ZerosLike x |}))
        Npy.SaveZip(at "m.npz", dict [ "w", x ] |> System.Collections.Generic.Dictionary)
        same x (Npy.LoadZip(at "m.npz")["w"])

        // One grey pixel, as Pillow writes it.
        File.WriteAllBytes(at "p.png", System.Convert.FromBase64String "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGOQAAAAGgAZLYj0NgAAAABJRU5ErkJggg==")
        near [ 24.0 ] (Data.ReadPng(at "p.png"))
    finally
        Directory.Delete(folder, true)
