namespace StagedDiff

open System
open System.Collections

/// Numbers in lists of lists, as tensors. The type says how deep they are, so that empty lists have a rank too.
type internal Nested =
    static member private Item(t: Type) =
        if t = typeof<string> then
            None
        else
            Array.append [| t |] (t.GetInterfaces())
            |> Array.tryFind (fun i -> i.IsGenericType && i.GetGenericTypeDefinition() = typedefof<seq<_>>)
            |> Option.map (fun i -> i.GetGenericArguments()[0])

    static member private Extents(x: obj, t: Type, at: string) : int list * obj list =
        match Nested.Item t with
        | None -> [], [ x ]
        | Some item ->
            let parts = [ for i, part in Seq.indexed (Seq.cast<obj> (x :?> IEnumerable)) -> Nested.Extents(part, item, $"{at}[{i}]") ]
            match parts |> List.tryFindIndex (fun (extents, _) -> extents <> fst parts.Head) with
            | Some i ->
                let said i = $"{Shape.Of(List.toArray (fst parts[i]))} in {at}[{i}]"
                raise (ShapeException $"tensor: expected sequences of equal lengths, got {said 0} and {said i}.")
            | None -> parts.Length :: (if parts.IsEmpty then Nested.Empty item else fst parts.Head), List.collect snd parts

    static member private Empty(t: Type) =
        match Nested.Item t with
        | Some item -> 0 :: Nested.Empty item
        | None -> []

    static member private Leaf(t: Type) =
        match Nested.Item t with
        | Some item -> Nested.Leaf item
        | None -> t

    static member Tensor(x: obj, t: Type, dtype: DType option) : Tensor =
        let extents, numbers = Nested.Extents(x, t, "")
        let filled (convert: obj -> 'n) natural =
            Tensor.From(Array.ofList (List.map convert numbers), Shape.Of(List.toArray extents), defaultArg dtype natural)
        match Nested.Leaf t with
        | t when t = typeof<float> -> filled unbox<float> DType.F32
        | t when t = typeof<float32> -> filled unbox<float32> DType.F32
        | t when t = typeof<int> -> filled unbox<int> DType.I32
        | t when t = typeof<int64> -> filled unbox<int64> DType.I64
        | t when t = typeof<uint32> -> filled unbox<uint32> DType.U32
        | t when t = typeof<byte> -> filled unbox<byte> DType.U8
        | t when t = typeof<bool> -> filled unbox<bool> DType.Bool
        | t -> invalidArg "numbers" $"tensor: expected numbers, or lists or arrays of numbers, got {t.Name}."
