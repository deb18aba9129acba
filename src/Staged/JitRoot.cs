using System.Reflection;
using System.Runtime.CompilerServices;

namespace StagedDiff;

/// <summary>A field that a jitted function reads, of its closure or an object it leads to, or static: looked at before each call.</summary>
abstract class Root(string path)
{
    /// <summary>The captured variable, for errors.</summary>
    public string Path { get; } = path;

    /// <summary>Says at which captured tensors this field leads to; those are no longer bound to what was seen while tracing.</summary>
    public virtual void Bind(Tensor[] captured, Tensor?[] bound) { }

    /// <summary>Asked after tracing: whether this is an input. What changed meanwhile is state that the function itself writes: a counter, a list it fills.</summary>
    public virtual bool IsInput => true;

    /// <summary>Whether the trace still holds; puts the tensors found now in their places.</summary>
    public abstract bool Holds(Span<Tensor> operands);

    public virtual bool IsStatic => true;
    public abstract object? Seen { get; }
    public abstract object? Now { get; }

    public static Root Of(object holder, FieldInfo field, string path)
    {
        var type = field.FieldType;
        var kind = type == typeof(Tensor) ? typeof(TensorRoot)
            : Closure.IsLink(field) ? typeof(LinkRoot)
            : TreeRule.MayHoldTensor(type) || type.Name == "FSharpRef`1" ? typeof(TreeRoot<>).MakeGenericType(type)
            : typeof(StaticRoot<>).MakeGenericType(type);
        return (Root)Activator.CreateInstance(kind, holder, field, path)!;
    }

    /// <summary>Whether a tensor is the one that was traced, or can take its place: literals are part of the code.</summary>
    protected static bool CanReplace(Tensor? seen, Tensor? now, bool captured) => ReferenceEquals(seen, now)
        || seen is not null && now is not null && !(captured && seen.Type != now.Type)
            && (!seen.IsLiteral && !now.IsLiteral || seen.IsLiteral && now.IsLiteral && seen.IsWeak == now.IsWeak && seen.DType == now.DType && seen.LiteralBits == now.LiteralBits);
}

/// <summary>A field that leads to another holder: the same object as ever, or all below it is new.</summary>
sealed class LinkRoot(object holder, FieldInfo field, string path) : Root(path)
{
    readonly Func<object, object?> get = Getters.Of<object?>(field);
    readonly object? seen = field.GetValue(holder);

    public override bool Holds(Span<Tensor> operands) => ReferenceEquals(get(holder), seen);
    public override bool IsStatic => false;
    public override object? Seen => seen;
    public override object? Now => get(holder);
}

/// <summary>A variable that holds a tensor. Another tensor of its type takes its place.</summary>
sealed class TensorRoot(object holder, FieldInfo field, string path) : Root(path)
{
    readonly Func<object, Tensor?> get = Getters.Of<Tensor?>(field);
    readonly Tensor? seen = (Tensor?)field.GetValue(holder);
    int place = -1;

    public override void Bind(Tensor[] captured, Tensor?[] bound)
    {
        place = Array.IndexOf(captured, seen);
        if (place >= 0) bound[place] = null;
    }

    public override bool Holds(Span<Tensor> operands)
    {
        var now = get(holder);
        if (!CanReplace(seen, now, place >= 0)) return false;
        if (place >= 0) operands[place] = now!;
        return true;
    }

    public override bool IsStatic => seen is { IsLiteral: true };
    public override object? Seen => seen;
    public override object? Now => get(holder);
}

/// <summary>A variable that holds a tree of tensors: a model, a list of layers.</summary>
sealed class TreeRoot<T>(object holder, FieldInfo field, string path) : Root(path)
{
    readonly Func<object, T> get = Getters.Of<T>(field);
    readonly (Tensor[] Tensors, Structure Structure) seen = Apart((T)field.GetValue(holder)!);
    int[] places = [];

    static (Tensor[], Structure) Apart(T value)
    {
        var leaves = new Leaves { Lenient = true };
        TreeType<T>.It.Flatten(value, leaves);
        return (leaves.Tensors.ToArray(), leaves.ToStructure());
    }

    public override bool IsInput => Apart(get(holder)).Item2.Matches(seen.Structure);

    public override void Bind(Tensor[] captured, Tensor?[] bound)
    {
        places = Array.ConvertAll(seen.Tensors, t => Array.IndexOf(captured, t));
        foreach (int p in places)
            if (p >= 0) bound[p] = null;
    }

    public override bool Holds(Span<Tensor> operands)
    {
        var (now, structure) = Apart(get(holder));
        if (now.Length != places.Length || !structure.Matches(seen.Structure)) return false;
        for (int i = 0; i < now.Length; i++)
        {
            if (!CanReplace(seen.Tensors[i], now[i], places[i] >= 0)) return false;
            if (places[i] >= 0) operands[places[i]] = now[i];
        }
        return true;
    }

    public override bool IsStatic => false;
    public override object? Seen => null;
    public override object? Now => get(holder);
}

/// <summary>Any other variable: compared by Equals.</summary>
sealed class StaticRoot<T>(object holder, FieldInfo field, string path) : Root(path)
{
    readonly Func<object, T> get = Getters.Of<T>(field);
    readonly T seen = (T)field.GetValue(holder)!;

    public override bool IsInput => Holds([]);

    public override bool Holds(Span<Tensor> operands)
    {
        var (now, seen) = (get(holder), this.seen);
        // By bits: −0 is another constant than 0.
        if (typeof(T) == typeof(double)) return Unsafe.As<T, long>(ref now) == Unsafe.As<T, long>(ref seen);
        if (typeof(T) == typeof(float)) return Unsafe.As<T, int>(ref now) == Unsafe.As<T, int>(ref seen);
        return EqualityComparer<T>.Default.Equals(now, seen);
    }

    public override object? Seen => seen;
    public override object? Now => get(holder);
}

/// <summary>Functions that read a field, compiled once.</summary>
static class Getters
{
    static readonly System.Collections.Concurrent.ConcurrentDictionary<FieldInfo, Delegate> known = new();

    public static Func<object, T> Of<T>(FieldInfo field) => (Func<object, T>)known.GetOrAdd(field, f => TreeCode<object>.Getter<T>(f));
}
