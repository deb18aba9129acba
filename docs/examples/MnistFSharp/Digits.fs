/// Images as [n, 784] in 0 … 1, and their labels, from the four MNIST files.
module Digits

open System
open System.IO
open StagedDiff

let private read folder file (item: int list) =
    let path = Path.Combine(folder, file)
    let data = Data.ReadIdx path
    if data.DType <> DType.U8 || List.tail (List.ofArray (data.Shape.ToArray())) <> item then
        raise (InvalidDataException $"{path}: expected bytes of shape %A{-1 :: item}, got {data.DType} {data.Shape}.")
    data

/// The training or test images of a folder.
let load folder part =
    let images = read folder $"{part}-images-idx3-ubyte.gz" [ 28; 28 ]
    let labels = read folder $"{part}-labels-idx1-ubyte.gz" []
    if images.Shape[0] <> labels.Shape[0] then
        raise (InvalidDataException $"{folder}: {part} has {images.Shape[0]} images but {labels.Shape[0]} labels.")
    images.Reshape(-1, 784).Cast(DType.F32) / 255, labels.Cast DType.I32

/// The folder of the data in this repository, found from where the program lies.
let folder () =
    let rec find (at: DirectoryInfo) =
        if isNull at then raise (DirectoryNotFoundException "docs/examples/data/mnist was not found above the program. Name it with --data DIR.")
        let data = Path.Combine(at.FullName, "docs", "examples", "data", "mnist")
        if Directory.Exists data then data else find at.Parent
    find (DirectoryInfo AppContext.BaseDirectory)
