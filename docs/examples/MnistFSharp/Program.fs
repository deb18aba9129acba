open System
open Spectre.Console
open StagedDiff

// An MLP 784-128-10 on MNIST, trained with Adam; the whole step is jitted.
type Model = { W1: Tensor; B1: Tensor; W2: Tensor; B2: Tensor }
let init seed =
    let keys = Rng.Split(Rng.Key seed)
    { W1 = Nn.HeNormal(keys[0], 784, 128); B1 = Tensor.Zeros 128; W2 = Nn.HeNormal(keys[1], 128, 10); B2 = Tensor.Zeros 10 }
let logits model x = Nn.Relu(x *@ model.W1 + model.B1) *@ model.W2 + model.B2
let loss model (x, labels) = Losses.SoftmaxCrossEntropy(logits model x, labels) |> Tensor.mean
let accuracy model (x, labels) = logits model x |> Tensor.argMax 1 |> Tensor.equal labels |> Tensor.cast DType.F32 |> Tensor.mean
let train args =
    let known = [ "--epochs"; "--batch"; "--lr"; "--seed"; "--steps"; "--data" ]
    let options = args |> Array.filter ((<>) "--eager") |> Array.chunkBySize 2
    for o in options do
        if o.Length < 2 || not (List.contains o[0] known) then
            raise (FormatException $"""{o[0]}: an unknown option, or one without a value. Known: --eager {String.Join(" X ", known)} X""")
    let value name = options |> Array.tryFind (fun o -> o[0] = name) |> Option.map Array.last
    let number name least fallback =
        match value name |> Option.map (fun text -> Double.TryParse(text, Globalization.CultureInfo.InvariantCulture)) with
        | None -> fallback
        | Some(true, x) when x >= least -> x
        | _ -> raise (FormatException $"{name}: expected a number, {least} or more, got {(value name).Value}.")
    let epochs, batch, most = int (number "--epochs" 1 5), int (number "--batch" 1 128), int (number "--steps" 1 1e9)
    let rate, seed = number "--lr" 0 2e-3, int64 (number "--seed" 0 0)
    let folder = value "--data" |> Option.defaultWith Digits.folder
    let (images, labels), test = Digits.load folder "train", Digits.load folder "t10k"
    let adam = Optim.Adam rate
    let step model state batch =
        let loss, gradient = valueAndGrad loss model batch
        let struct (model, state) = adam.Update(gradient, state, model)
        loss, model, state
    let jitted, accuracy = jitWith (JitOptions(Donate = [| 0; 1 |])) step, jit accuracy
    let run = if Array.contains "--eager" args then step else jitted
    let model, state =
        AnsiConsole.Progress().HideCompleted(true).Start<Model * OptState>(fun progress ->
            let mutable model, steps, watch = init seed, 0, Diagnostics.Stopwatch()
            let mutable state, first = adam.Init model, TimeSpan.Zero
            for epoch in 1..epochs do
                let mutable sum, bar = 0.0, progress.AddTask($"epoch {epoch}", true, float (min (int images.Shape[0].Value / batch) (most - steps)))
                for struct (x, y) in Data.Batches(images, labels, batch, seed + int64 epoch) |> Seq.truncate (most - steps) do
                    watch.Start()
                    let loss, m, s = run model state (x, y)
                    watch.Stop()
                    model <- m; state <- s; sum <- sum + float loss; steps <- steps + 1
                    if steps = 1 then first <- watch.Elapsed
                    bar.Increment 1.0
                printfn $"epoch {epoch}: mean loss {sum / bar.Value:F4}, test accuracy {100.0 * float (accuracy model test):F2} %%"
            printfn $"first step {first.TotalMilliseconds:F0} ms, then {(watch.Elapsed - first).TotalMicroseconds / float (steps - 1):F0} µs a step"
            model, state)
    let struct (x, y) = Data.Batches(images, labels, batch) |> Seq.head
    let time f = (let t = Diagnostics.Stopwatch.StartNew() in (for _ in 1..40 do f model state (x, y) |> ignore); t.Elapsed.TotalMicroseconds / 40.0)
    let median times = times |> Array.sort |> Array.item 3
    let a, b = Array.unzip [| for _ in 1..7 -> time (jit step), time step |]
    printfn $"µs a step: jitted {median a:F0}, eager {median b:F0}, eager / jitted {median b / median a:F1}"
[<EntryPoint>]
let main args =
    try train args; 0
    with :? IO.IOException | :? IO.InvalidDataException | :? FormatException as e -> eprintfn $"{e.Message}"; 1
