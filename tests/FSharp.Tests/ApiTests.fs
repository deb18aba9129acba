module StagedDiff.Tests.ApiTests

open System
open System.IO
open System.Reflection
open Xunit

let rec private root (folder: DirectoryInfo) =
    if File.Exists(Path.Combine(folder.FullName, "StagedDiff.sln")) then folder.FullName else root folder.Parent

let private surface (assembly: Assembly) =
    let flags = BindingFlags.Public ||| BindingFlags.Static ||| BindingFlags.Instance ||| BindingFlags.DeclaredOnly
    [ for t in assembly.GetExportedTypes() do
          for m in t.GetMembers flags -> $"{t.FullName}: {m}" ]
    |> List.sortWith (fun a b -> String.CompareOrdinal(a, b))
    |> List.map (fun line -> line + "\n")
    |> String.concat ""

[<Fact>]
let ``The public surface is the one written down`` () =
    let file = Path.Combine(root (DirectoryInfo AppContext.BaseDirectory), "tests", "api", "StagedDiff.FSharp.txt")
    let now = surface (Assembly.Load "StagedDiff.FSharp")
    if Environment.GetEnvironmentVariable "STAGEDDIFF_UPDATE_API" = "1" then File.WriteAllText(file, now)
    Assert.True(
        (File.ReadAllText file = now),
        $"The public surface is not the one in tests/api. If that is meant, run the tests once with STAGEDDIFF_UPDATE_API=1 and commit the file. It is now:\n{now}"
    )
