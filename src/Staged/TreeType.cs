using System.Collections.Concurrent;

namespace StagedDiff;

/// <summary>How values of one type come apart into tensors and structure, and are made again. One for each type, made when first met.</summary>
abstract class TreeType
{
    static readonly ConcurrentDictionary<Type, TreeType> known = new();

    public static TreeType Of(Type type) => known.TryGetValue(type, out var tree) ? tree : known.GetOrAdd(type, TreeRule.Make);

    public abstract void FlattenObject(object? value, Leaves into);
    public abstract object? RebuildObject(ref Reader from);
}

/// <inheritdoc cref="TreeType"/>
abstract class TreeType<T> : TreeType
{
    public static readonly TreeType<T> It = (TreeType<T>)Of(typeof(T));

    public abstract void Flatten(T value, Leaves into);
    public abstract T Rebuild(ref Reader from);

    /// <summary>Takes a value apart. The name stands before the paths in errors.</summary>
    public void Add(T value, Leaves into, string name = "")
    {
        try { Flatten(value, into); }
        catch (TreeException) when (into.Trail is null)
        {
            // Once more, keeping the path to what is wrong.
            Flatten(value, into.WithTrail(name));
            throw;
        }
    }

    /// <summary>Takes the next argument of a function apart.</summary>
    public void Argument(T value, Leaves into)
    {
        into.BeginArgument();
        Add(value, into);
        into.EndArgument();
    }

    public sealed override void FlattenObject(object? value, Leaves into) => Flatten((T)value!, into);
    public sealed override object? RebuildObject(ref Reader from) => Rebuild(ref from);
}

/// <summary>A type whose values may be null, or of a type derived from it: which, is part of the structure.</summary>
abstract class ReferenceTree<T> : TreeType<T>
{
    protected abstract void FlattenParts(T value, Leaves into);
    protected abstract T RebuildParts(ref Reader from);

    /// <summary>For interfaces and abstract types no value is exactly of them.</summary>
    protected virtual bool IsExact(Type type) => type == typeof(T);

    public sealed override void Flatten(T value, Leaves into)
    {
        if (value is null) into.Mark(0);
        else if (IsExact(value.GetType()))
        {
            into.Mark(1);
            FlattenParts(value, into);
        }
        else
        {
            into.Mark(2);
            var type = TreeRule.TypeOf(value);
            into.Static(type);
            Of(type).FlattenObject(value, into);
        }
    }

    public sealed override T Rebuild(ref Reader from) => from.Mark() switch
    {
        0 => default!,
        1 => RebuildParts(ref from),
        _ => (T)Of((Type)from.Static()!).RebuildObject(ref from)!,
    };
}

/// <summary>A tensor.</summary>
sealed class LeafTree : TreeType<Tensor>
{
    public override void Flatten(Tensor value, Leaves into) => into.Tensor(value);
    public override Tensor Rebuild(ref Reader from) => from.Tensor()!;
}

/// <summary>A static number of at most eight bytes: bool, int, double, an enum, ….</summary>
sealed class NumberTree<T> : TreeType<T> where T : struct
{
    public override void Flatten(T value, Leaves into) => into.Number(value);
    public override T Rebuild(ref Reader from) => from.Number<T>();
}

/// <summary>A static value, compared by Equals.</summary>
sealed class StaticTree<T> : TreeType<T>
{
    public override void Flatten(T value, Leaves into) => into.Static(value);
    public override T Rebuild(ref Reader from) => (T)from.Static()!;
}

/// <summary>A static value of a class that others derive from.</summary>
sealed class OpenStaticTree<T> : ReferenceTree<T>
{
    protected override void FlattenParts(T value, Leaves into) => into.Static(value);
    protected override T RebuildParts(ref Reader from) => (T)from.Static()!;
}

/// <summary>A delegate or F# function: static among arguments, refused among results.</summary>
sealed class FunctionTree<T> : TreeType<T>
{
    public override void Flatten(T value, Leaves into) => into.Function(value);
    public override T Rebuild(ref Reader from) => (T)from.Static()!;
}

/// <summary>A type that is no tree.</summary>
sealed class RefusedTree<T>(string message) : TreeType<T>
{
    public override void Flatten(T value, Leaves into) => into.Refuse(value, message);
    public override T Rebuild(ref Reader from) => (T)from.Static()!;
}

/// <summary>An interface, an abstract class, object: the value's own type decides.</summary>
sealed class OpenTree<T> : ReferenceTree<T>
{
    protected override bool IsExact(Type type) => false;
    protected override void FlattenParts(T value, Leaves into) => throw new InvalidOperationException();
    protected override T RebuildParts(ref Reader from) => throw new InvalidOperationException();
}

/// <summary>A number or struct that may be missing.</summary>
sealed class NullableTree<T> : TreeType<T?> where T : struct
{
    public override void Flatten(T? value, Leaves into)
    {
        into.Mark(value.HasValue ? 1 : 0);
        if (value is { } v) TreeType<T>.It.Flatten(v, into);
    }

    public override T? Rebuild(ref Reader from) => from.Mark() == 0 ? null : TreeType<T>.It.Rebuild(ref from);
}

/// <summary>A struct made of members.</summary>
sealed class StructTree<T>(Func<TreeCode<T>> compile) : TreeType<T>
{
    TreeCode<T>? code;
    TreeCode<T> Code => code ??= compile();

    public override void Flatten(T value, Leaves into) => Code.Flatten(value, into);
    public override T Rebuild(ref Reader from) => Code.Rebuild(ref from);
}

/// <summary>A class made of members.</summary>
sealed class ClassTree<T>(Func<TreeCode<T>> compile) : ReferenceTree<T>
{
    TreeCode<T>? code;
    TreeCode<T> Code => code ??= compile();

    protected override void FlattenParts(T value, Leaves into) => Code.Flatten(value, into);
    protected override T RebuildParts(ref Reader from) => Code.Rebuild(ref from);
}

/// <summary>An F# union: which case, and its fields.</summary>
sealed class UnionTree<T>(Func<T, int> tag, Func<TreeCode<T>[]> compile) : TreeType<T>
{
    TreeCode<T>[]? cases;
    TreeCode<T>[] Cases => cases ??= compile();

    public override void Flatten(T value, Leaves into)
    {
        // None of an option is null.
        int which = value is null ? -1 : tag(value);
        into.Mark(which);
        if (which >= 0) Cases[which].Flatten(value, into);
    }

    public override T Rebuild(ref Reader from) => (int)from.Mark() is >= 0 and var which ? Cases[which].Rebuild(ref from) : default!;
}
