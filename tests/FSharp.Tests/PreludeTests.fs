module StagedDiff.Tests.PreludeTests

open FsCheck.FSharp
open StagedDiff
open Xunit

[<Fact>]
let ``Extents add and multiply as numbers do`` () =
    let agrees (a: int) (b: int) (c: int) =
        let e (n: int) = Extent.op_Implicit (int64 n): Extent
        (e a + e b) * e c = Extent.op_Implicit ((int64 a + int64 b) * int64 c)

    FsCheck.Check.QuickThrowOnFailure agrees
