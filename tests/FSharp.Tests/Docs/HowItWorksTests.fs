/// The F# code of docs/index.md and docs/how-it-works.md: it prints what that of C# beside it prints.
module StagedDiff.Tests.HowItWorksTests

open System.IO
open StagedDiff
open Xunit

[<Fact>]
let ``the first page shows what is printed`` () =
    let out = new StringWriter(NewLine = "\n")
    let printfn format = fprintfn out format
    let f (x: Tensor) = Tensor.sum (x * sin x)
    let slope = jit (grad f)
    printfn $"{slope (Tensor.Linspace(0.0, 1.0, 5))}"

    printfn $"{(stage (grad f) (Tensor.ones [ 5 ])).Graph}"
    Assert.Equal<string>(Shown.blocks "index.md", [ out.ToString().TrimEnd() ])

[<Fact>]
let ``the graph is that of the page`` () =
    let x = Tensor.Linspace(-1.0, 1.0, 8)
    let f w x = Np.Square(tanh (w * x)).Mean()
    let staged = stage f (tensor 0.5) x
    Assert.Equal<string>(List.take 2 (Shown.blocks "how-it-works.md"), [ staged.Graph.ToString().TrimEnd(); staged.GradGraph.ToString().TrimEnd() ])
    Assert.DoesNotContain("delegateArg", staged.Explain() + staged.ToSvg())
