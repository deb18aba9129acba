namespace StagedDiff

open System

/// Indices as F# writes them, the end of a range included: <c>x[1..2, *]</c>, <c>x[0, 3..]</c>.
/// Indices without a range are the indexer of Tensor itself.
[<AutoOpen>]
module Slicing =
    let private range (first: int option) (last: int option) : Slice =
        let start = Index(defaultArg first 0)
        let stop = match last with Some i -> Index(i + 1) | None -> Index.End
        Slice.op_Implicit (Range(start, stop))

    let private at (i: int) : Slice = Slice.op_Implicit i

    type Tensor with
        /// <summary>A part of a tensor of 1 or more axes.</summary>
        member x.GetSlice(a0, b0) = x[range a0 b0]
        /// <summary>A part of a tensor of 2 or more axes.</summary>
        member x.GetSlice(a0, b0, a1, b1) = x[range a0 b0, range a1 b1]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(a0, b0, i1) = x[range a0 b0, at i1]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(i0, a1, b1) = x[at i0, range a1 b1]
        /// <summary>A part of a tensor of 3 or more axes.</summary>
        member x.GetSlice(a0, b0, a1, b1, a2, b2) = x[range a0 b0, range a1 b1, range a2 b2]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(a0, b0, a1, b1, i2) = x[range a0 b0, range a1 b1, at i2]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(a0, b0, i1, a2, b2) = x[range a0 b0, at i1, range a2 b2]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(a0, b0, i1, i2) = x[range a0 b0, at i1, at i2]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(i0, a1, b1, a2, b2) = x[at i0, range a1 b1, range a2 b2]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(i0, a1, b1, i2) = x[at i0, range a1 b1, at i2]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(i0, i1, a2, b2) = x[at i0, at i1, range a2 b2]
        /// <summary>A part of a tensor of 4 or more axes.</summary>
        member x.GetSlice(a0, b0, a1, b1, a2, b2, a3, b3) = x[range a0 b0, range a1 b1, range a2 b2, range a3 b3]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(a0, b0, a1, b1, a2, b2, i3) = x[range a0 b0, range a1 b1, range a2 b2, at i3]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(a0, b0, a1, b1, i2, a3, b3) = x[range a0 b0, range a1 b1, at i2, range a3 b3]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(a0, b0, a1, b1, i2, i3) = x[range a0 b0, range a1 b1, at i2, at i3]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(a0, b0, i1, a2, b2, a3, b3) = x[range a0 b0, at i1, range a2 b2, range a3 b3]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(a0, b0, i1, a2, b2, i3) = x[range a0 b0, at i1, range a2 b2, at i3]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(a0, b0, i1, i2, a3, b3) = x[range a0 b0, at i1, at i2, range a3 b3]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(a0, b0, i1, i2, i3) = x[range a0 b0, at i1, at i2, at i3]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(i0, a1, b1, a2, b2, a3, b3) = x[at i0, range a1 b1, range a2 b2, range a3 b3]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(i0, a1, b1, a2, b2, i3) = x[at i0, range a1 b1, range a2 b2, at i3]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(i0, a1, b1, i2, a3, b3) = x[at i0, range a1 b1, at i2, range a3 b3]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(i0, a1, b1, i2, i3) = x[at i0, range a1 b1, at i2, at i3]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(i0, i1, a2, b2, a3, b3) = x[at i0, at i1, range a2 b2, range a3 b3]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(i0, i1, a2, b2, i3) = x[at i0, at i1, range a2 b2, at i3]
        /// <summary>The same, an integer drops its axis.</summary>
        member x.GetSlice(i0, i1, i2, a3, b3) = x[at i0, at i1, at i2, range a3 b3]
