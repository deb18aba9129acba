/// The F# code of docs/backprop.md: it draws what that of C# beside it draws.
module StagedDiff.Tests.BackpropTests

open System.IO
open StagedDiff
open Xunit

[<Fact>]
let ``a circuit`` () =
    let path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "product.svg")
    let product =
        stage (fun (x: Tensor) y z -> (x + y) * z)
            (tensor -2.0) (tensor 5.0) (tensor -4.0)
    File.WriteAllText(path, product.ToSvg())
    Assert.Equal(Shown.file "img/product.svg", File.ReadAllText path)
