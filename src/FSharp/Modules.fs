namespace StagedDiff

open System

/// <summary>What tensors can do, as functions that take the tensor last: <c>x |> Tensor.reshape [2; -1] |> Tensor.sumAlong 0</c>.</summary>
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Tensor =
    /// <summary>The same elements under another shape, one extent of which may be −1.</summary>
    let reshape (shape: seq<int>) (x: Tensor) = x.Reshape(Seq.toArray shape)
    /// <summary>Repeated along new leading axes and along axes of extent 1.</summary>
    let broadcastTo (shape: seq<int>) (x: Tensor) = x.BroadcastTo(Seq.toArray shape)
    /// <summary>The axes in another order.</summary>
    let permute (axes: seq<int>) (x: Tensor) = x.Transpose(Seq.toArray axes)
    /// <summary>The last two axes swapped.</summary>
    let transpose (x: Tensor) = x.T
    /// <summary>With a new axis of extent 1.</summary>
    let unsqueeze (axis: int) (x: Tensor) = x.Unsqueeze axis
    /// <summary>Without an axis of extent 1.</summary>
    let squeeze (axis: int) (x: Tensor) = x.Squeeze axis
    /// <summary>The elements converted.</summary>
    let cast (dtype: DType) (x: Tensor) = x.Cast dtype

    /// <summary>The sum of all elements.</summary>
    let sum (x: Tensor) = x.Sum()
    /// <summary>The sum along an axis.</summary>
    let sumAlong (axis: int) (x: Tensor) = x.Sum axis
    /// <summary>The mean of all elements.</summary>
    let mean (x: Tensor) = x.Mean()
    /// <summary>The mean along an axis.</summary>
    let meanAlong (axis: int) (x: Tensor) = x.Mean axis
    /// <summary>The greatest of all elements.</summary>
    let max (x: Tensor) = x.Max()
    /// <summary>The greatest element along an axis.</summary>
    let maxAlong (axis: int) (x: Tensor) = x.Max axis
    /// <summary>The least of all elements.</summary>
    let min (x: Tensor) = x.Min()
    /// <summary>The least element along an axis.</summary>
    let minAlong (axis: int) (x: Tensor) = x.Min axis
    /// <summary>Where the greatest element stands along an axis.</summary>
    let argMax (axis: int) (x: Tensor) = x.ArgMax axis
    /// <summary>Where the least element stands along an axis.</summary>
    let argMin (axis: int) (x: Tensor) = x.ArgMin axis

    /// <summary>The sums of the elements so far along an axis.</summary>
    let cumSum (axis: int) (x: Tensor) = x.CumSum axis
    /// <summary>The products of the elements so far along an axis.</summary>
    let cumProd (axis: int) (x: Tensor) = x.CumProd axis
    /// <summary>The elements in ascending order along an axis.</summary>
    let sort (axis: int) (x: Tensor) = x.Sort axis
    /// <summary>Where the elements of the sorted tensor stand, along an axis.</summary>
    let argSort (axis: int) (x: Tensor) = x.ArgSort axis
    /// <summary>The k greatest elements along the last axis, and where they stand.</summary>
    let topK (k: int) (x: Tensor) =
        let struct (values, indices) = x.TopK k
        values, indices

    /// <summary>Whether the elements of two tensors are equal: Bool.</summary>
    let equal (a: Tensor) (b: Tensor) = Tensor.Equal(a, b)
    /// <summary>The greater of two, element by element.</summary>
    let maximum (a: Tensor) (b: Tensor) = Tensor.Maximum(a, b)
    /// <summary>The less of two, element by element.</summary>
    let minimum (a: Tensor) (b: Tensor) = Tensor.Minimum(a, b)

    /// <summary>Zeros: F32.</summary>
    let zeros (shape: seq<int>) = Tensor.Zeros(Seq.toArray shape)
    /// <summary>Ones: F32.</summary>
    let ones (shape: seq<int>) = Tensor.Ones(Seq.toArray shape)
    /// <summary>One number in all places.</summary>
    let full (shape: seq<int>) (value: Tensor) = Tensor.Full(Shape.Of(Seq.toArray shape), value)

/// <summary>Values made of tensors: records, unions, tuples, lists, options, maps, and what these hold.</summary>
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Tree =
    /// <summary>The tree of f x for each tensor x.</summary>
    /// <exception cref="T:StagedDiff.TreeException">A part is no tree.</exception>
    let map (f: Tensor -> Tensor) (tree: 'a) : 'a = Tree.Map(f, tree)
    /// <summary>The tree of f x y for each tensor x of one tree and y in its place in another.</summary>
    /// <exception cref="T:StagedDiff.TreeException">The two are not built alike.</exception>
    let map2 (f: Tensor -> Tensor -> Tensor) (a: 'a) (b: 'a) : 'a = Tree.Map2(f, a, b)
    /// <summary>The tensors in a tree.</summary>
    let leaves (tree: 'a) : Tensor list = List.ofArray (Tree.Leaves tree)
    /// <summary>Where each tensor stands: <c>.Hidden[1].W</c>.</summary>
    let paths (tree: 'a) : string list = List.ofArray (Tree.Paths tree)
    /// <summary>A tree like another, with other tensors.</summary>
    /// <exception cref="T:StagedDiff.TreeException">There are not as many tensors.</exception>
    let rebuild (like: 'a) (leaves: seq<Tensor>) : 'a = Tree.Rebuild(like, Seq.toArray leaves)
    /// <summary>All elements in one row, and the function that makes such a tree of such a row.</summary>
    let ravel (tree: 'a) : Tensor * (Tensor -> 'a) =
        let struct (row, back) = Tree.Ravel tree
        row, Curry.From(back: Func<Tensor, 'a>)
    /// <summary>The Euclidean norm of all elements.</summary>
    let norm (tree: 'a) : Tensor = Tree.Norm tree
