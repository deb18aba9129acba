/// What the documentation shows as printed.
module StagedDiff.Tests.Shown

open System
open System.IO
open System.Text.RegularExpressions

let rec private root (folder: DirectoryInfo) =
    if File.Exists(Path.Combine(folder.FullName, "StagedDiff.sln")) then folder.FullName else root folder.Parent

/// The text of a file below docs.
let file path = File.ReadAllText(Path.Combine(root (DirectoryInfo AppContext.BaseDirectory), "docs", path))

/// The blocks of a page that name no language. The tests of C# write them.
let blocks page =
    [ for block in Regex.Matches(file page, "^```([a-z]*)\n(.*?)\n```$", RegexOptions.Singleline ||| RegexOptions.Multiline) do
          if block.Groups[1].Value = "" then block.Groups[2].Value ]
