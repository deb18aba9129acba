using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace StagedDiff;

/// <summary>An array of one axis.</summary>
sealed class ArrayTree<T> : TreeType<T[]?>
{
    // Found when first used: a type may hold arrays of itself.
    TreeType<T>? item;

    public override void Flatten(T[]? value, Leaves into) => Items.Flatten(item ??= TreeType<T>.It, value, value is null, into);
    public override T[]? Rebuild(ref Reader from) => Items.Rebuild(item ??= TreeType<T>.It, ref from);
}

/// <summary>A List.</summary>
sealed class ListTree<T> : ReferenceTree<List<T>>
{
    protected override void FlattenParts(List<T> value, Leaves into) => Items.Flatten(TreeType<T>.It, CollectionsMarshal.AsSpan(value), false, into);
    protected override List<T> RebuildParts(ref Reader from) => [.. Items.Rebuild(TreeType<T>.It, ref from)!];
}

/// <summary>An ImmutableArray; a default one counts as null.</summary>
sealed class ImmutableArrayTree<T> : TreeType<ImmutableArray<T>>
{
    public override void Flatten(ImmutableArray<T> value, Leaves into) =>
        Items.Flatten(TreeType<T>.It, value.IsDefault ? default : value.AsSpan(), value.IsDefault, into);
    public override ImmutableArray<T> Rebuild(ref Reader from) => ImmutableCollectionsMarshal.AsImmutableArray(Items.Rebuild(TreeType<T>.It, ref from));
}

/// <summary>A list of F#, built from its end.</summary>
sealed class FSharpListTree<T, L>(Func<L> empty, Func<T, L, L> cons) : TreeType<L> where L : class, IEnumerable<T>
{
    public override void Flatten(L value, Leaves into) => Items.Flatten(TreeType<T>.It, value is null ? default : (T[])[.. value], value is null, into);

    public override L Rebuild(ref Reader from)
    {
        if (Items.Rebuild(TreeType<T>.It, ref from) is not { } items) return null!;
        var list = empty();
        for (int i = items.Length - 1; i >= 0; i--) list = cons(items[i], list);
        return list;
    }
}

static class Items
{
    public static void Flatten<T>(TreeType<T> tree, ReadOnlySpan<T> items, bool missing, Leaves into)
    {
        into.Mark(missing ? -1 : items.Length);
        for (int i = 0; i < items.Length; i++)
        {
            if (into.Trail is not null) into.Enter(i);
            tree.Flatten(items[i], into);
            if (into.Trail is not null) into.Leave();
        }
    }

    public static T[]? Rebuild<T>(TreeType<T> tree, ref Reader from)
    {
        int n = (int)from.Mark();
        if (n < 0) return null;
        var items = n == 0 ? [] : new T[n];
        for (int i = 0; i < n; i++) items[i] = tree.Rebuild(ref from);
        return items;
    }
}

/// <summary>A dictionary, in its own order; keys and comparer are static.</summary>
sealed class DictionaryTree<K, V, D>(Func<D, object?> comparer, Func<KeyValuePair<K, V>[], object?, D> build) : ReferenceTree<D>
    where D : IEnumerable<KeyValuePair<K, V>>
{
    protected override void FlattenParts(D value, Leaves into)
    {
        into.Static(comparer(value));
        KeyValuePair<K, V>[] items = [.. value];
        into.Mark(items.Length);
        foreach (var (key, item) in items)
        {
            into.Enter(key is string ? $"[\"{key}\"]" : $"[{key}]");
            TreeType<K>.It.Flatten(key, into);
            TreeType<V>.It.Flatten(item, into);
            into.Leave();
        }
    }

    protected override D RebuildParts(ref Reader from)
    {
        var order = from.Static();
        var items = new KeyValuePair<K, V>[from.Mark()];
        for (int i = 0; i < items.Length; i++)
        {
            var key = TreeType<K>.It.Rebuild(ref from);
            items[i] = new(key, TreeType<V>.It.Rebuild(ref from));
        }
        return build(items, order);
    }
}

/// <summary>The dictionaries that are trees.</summary>
static class Dictionaries
{
    public static TreeType Mutable<K, V>() where K : notnull => new DictionaryTree<K, V, Dictionary<K, V>>(
        d => d.Comparer, (items, comparer) => new(items, (IEqualityComparer<K>?)comparer));

    public static TreeType Sorted<K, V>() where K : notnull => new DictionaryTree<K, V, SortedDictionary<K, V>>(
        d => d.Comparer, (items, comparer) =>
        {
            var d = new SortedDictionary<K, V>((IComparer<K>?)comparer);
            foreach (var (key, item) in items) d.Add(key, item);
            return d;
        });

    public static TreeType SortedList<K, V>() where K : notnull => new DictionaryTree<K, V, SortedList<K, V>>(
        d => d.Comparer, (items, comparer) =>
        {
            var d = new SortedList<K, V>((IComparer<K>?)comparer);
            foreach (var (key, item) in items) d.Add(key, item);
            return d;
        });

    public static TreeType Immutable<K, V>() where K : notnull => new DictionaryTree<K, V, ImmutableDictionary<K, V>>(
        d => d.KeyComparer, (items, comparer) => ImmutableDictionary.CreateRange((IEqualityComparer<K>?)comparer, items));

    public static TreeType ImmutableSorted<K, V>() where K : notnull => new DictionaryTree<K, V, ImmutableSortedDictionary<K, V>>(
        d => d.KeyComparer, (items, comparer) => ImmutableSortedDictionary.CreateRange((IComparer<K>?)comparer, items));

    /// <summary>F#'s Map, from its constructor that takes tuples.</summary>
    public static TreeType FSharpMap<K, V, D>() where D : class, IEnumerable<KeyValuePair<K, V>>
    {
        var make = typeof(D).GetConstructor([typeof(IEnumerable<Tuple<K, V>>)])!;
        return new DictionaryTree<K, V, D>(_ => null, (items, _) => (D)make.Invoke([Array.ConvertAll(items, i => Tuple.Create(i.Key, i.Value))]));
    }
}
