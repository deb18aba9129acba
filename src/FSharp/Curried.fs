namespace StagedDiff

open System
open System.Reflection
open Microsoft.FSharp.Core.OptimizedClosures
open Microsoft.FSharp.Reflection

// Functions of C# as curried functions of F#. Each inherits the class of F# whose arguments arrive all at once: a call costs what that of
// a delegate does.

type internal Curried1<'a, 'r>(f: Func<'a, 'r>) =
    inherit FSharpFunc<'a, 'r>()
    member _.Function = f
    override _.Invoke a = f.Invoke a

type internal Curried2<'a, 'b, 'r>(f: Func<'a, 'b, 'r>) =
    inherit FSharpFunc<'a, 'b, 'r>()
    member _.Function = f
    override _.Invoke a = fun b -> f.Invoke(a, b)
    override _.Invoke(a, b) = f.Invoke(a, b)

type internal Curried3<'a, 'b, 'c, 'r>(f: Func<'a, 'b, 'c, 'r>) =
    inherit FSharpFunc<'a, 'b, 'c, 'r>()
    member _.Function = f
    override _.Invoke a = fun b c -> f.Invoke(a, b, c)
    override _.Invoke(a, b, c) = f.Invoke(a, b, c)

type internal Curried4<'a, 'b, 'c, 'd, 'r>(f: Func<'a, 'b, 'c, 'd, 'r>) =
    inherit FSharpFunc<'a, 'b, 'c, 'd, 'r>()
    member _.Function = f
    override _.Invoke a = fun b c d -> f.Invoke(a, b, c, d)
    override _.Invoke(a, b, c, d) = f.Invoke(a, b, c, d)

/// A transform that keeps a function's type, for each number of arguments.
[<AbstractClass>]
type internal Transform() =
    abstract Of: Func<'a, 'r> -> Func<'a, 'r>
    abstract Of: Func<'a, 'b, 'r> -> Func<'a, 'b, 'r>
    abstract Of: Func<'a, 'b, 'c, 'r> -> Func<'a, 'b, 'c, 'r>
    abstract Of: Func<'a, 'b, 'c, 'd, 'r> -> Func<'a, 'b, 'c, 'd, 'r>

type internal Curry =
    /// The function itself as a delegate: bound to its own class, so that Jit sees what it captures and what its parameters are called.
    static member private Bound<'f when 'f :> Delegate>(f: obj, [<ParamArray>] parameters: Type[]) =
        let invoke = f.GetType().GetMethod("Invoke", BindingFlags.Public ||| BindingFlags.Instance, parameters)
        Delegate.CreateDelegate(typeof<'f>, f, invoke) :?> 'f

    static member To1(f: 'a -> 'r) : Func<'a, 'r> =
        match box f with
        | :? Curried1<'a, 'r> as f -> f.Function
        | f -> Curry.Bound(f, typeof<'a>)

    static member To2(f: 'a -> 'b -> 'r) : Func<'a, 'b, 'r> =
        match box f with
        | :? Curried2<'a, 'b, 'r> as f -> f.Function
        | _ -> Curry.Bound(FSharpFunc<'a, 'b, 'r>.Adapt f, typeof<'a>, typeof<'b>)

    static member To3(f: 'a -> 'b -> 'c -> 'r) : Func<'a, 'b, 'c, 'r> =
        match box f with
        | :? Curried3<'a, 'b, 'c, 'r> as f -> f.Function
        | _ -> Curry.Bound(FSharpFunc<'a, 'b, 'c, 'r>.Adapt f, typeof<'a>, typeof<'b>, typeof<'c>)

    static member To4(f: 'a -> 'b -> 'c -> 'd -> 'r) : Func<'a, 'b, 'c, 'd, 'r> =
        match box f with
        | :? Curried4<'a, 'b, 'c, 'd, 'r> as f -> f.Function
        | _ -> Curry.Bound(FSharpFunc<'a, 'b, 'c, 'd, 'r>.Adapt f, typeof<'a>, typeof<'b>, typeof<'c>, typeof<'d>)

    static member From(f: Func<'a, 'r>) : 'a -> 'r = Curried1 f |> box |> unbox
    static member From(f: Func<'a, 'b, 'r>) : 'a -> 'b -> 'r = Curried2 f |> box |> unbox
    static member From(f: Func<'a, 'b, 'c, 'r>) : 'a -> 'b -> 'c -> 'r = Curried3 f |> box |> unbox
    static member From(f: Func<'a, 'b, 'c, 'd, 'r>) : 'a -> 'b -> 'c -> 'd -> 'r = Curried4 f |> box |> unbox

    static member With1(t: Transform, f: 'a -> 'r) = Curry.From(t.Of(Curry.To1 f))
    static member With2(t: Transform, f: 'a -> 'b -> 'r) = Curry.From(t.Of(Curry.To2 f))
    static member With3(t: Transform, f: 'a -> 'b -> 'c -> 'r) = Curry.From(t.Of(Curry.To3 f))
    static member With4(t: Transform, f: 'a -> 'b -> 'c -> 'd -> 'r) = Curry.From(t.Of(Curry.To4 f))

/// How many arguments a function takes is in its type: 'r may be a function type. Read once for each type, never in a call.
type internal Arity<'a, 'r> private () =
    static let rec types (t: Type) =
        if FSharpType.IsFunction t then
            let x, r = FSharpType.GetFunctionElements t
            x :: types r
        else
            [ t ]

    static let parts = typeof<'a> :: types typeof<'r>

    static let transform =
        lazy
            let flags = BindingFlags.NonPublic ||| BindingFlags.Public ||| BindingFlags.Static
            let generic = typeof<Curry>.GetMethod($"With{List.length parts - 1}", flags)
            generic.MakeGenericMethod(List.toArray parts).CreateDelegate<Func<Transform, 'a -> 'r, 'a -> 'r>>()

    static member Count = List.length parts - 1

    static member Transform(name: string, t: Transform, f: 'a -> 'r) : 'a -> 'r =
        if Arity<'a, 'r>.Count > 4 then
            let hint = "Put some of them together in a record or a tuple."
            invalidArg (nameof f) $"{name}: expected a function of at most 4 arguments, got one of {Arity<'a, 'r>.Count}. {hint}"
        transform.Value.Invoke(t, f)
