open System
open System.IO
open StagedDiff

// A linear classifier of MNIST's digits: one weight for each pixel and class, softmax, plain gradient descent. It reaches
// about 92 % on the test images; a hidden layer (Mnist, MnistFSharp) takes the rest.

type Classifier = { W: Tensor; B: Tensor }

let scores c x = x *@ c.W + c.B
let loss c (x, labels) = Losses.SoftmaxCrossEntropy(scores c x, labels) |> Tensor.mean
let accuracy c (x, labels) = scores c x |> Tensor.argMax 1 |> Tensor.equal labels |> Tensor.cast DType.F32 |> Tensor.mean

/// The images as [n, 784] in 0 … 1 and their labels, from docs/examples/data/mnist.
let load part =
    let rec find (at: DirectoryInfo) =
        let data = Path.Combine(at.FullName, "docs", "examples", "data", "mnist")
        if Directory.Exists data then data else find at.Parent
    let read kind = Data.ReadIdx(Path.Combine(find (DirectoryInfo AppContext.BaseDirectory), $"{part}-{kind}-ubyte.gz"))
    (read "images-idx3").Reshape(-1, 784).Cast(DType.F32) / 255, (read "labels-idx1").Cast DType.I32

[<EntryPoint>]
let main args =
    let steps = match args with [| "--steps"; n |] -> int n | _ -> 3000
    let (images, labels), test = load "train", load "t10k"
    let step = jit (fun c batch ->
        let loss, slope = valueAndGrad loss c batch
        loss, Tree.map2 (fun p g -> p - 0.5 * g) c slope)

    let mutable c = { W = Tensor.Zeros(784, 10); B = Tensor.Zeros 10 }
    let batches = Seq.initInfinite (fun epoch -> Data.Batches(images, labels, 128, 0L, epoch, dropLast = true)) |> Seq.concat
    for i, struct (x, y) in batches |> Seq.truncate steps |> Seq.indexed do
        let loss, next = step c (x, y)
        c <- next
        if i % 500 = 0 then printfn $"step {i, 4}: loss {loss:F4}"

    printfn $"accuracy on {test |> snd |> _.Size} test images: {100.0 * float (accuracy c test):F2} %%"
    0
