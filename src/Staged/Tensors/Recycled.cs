using System.Runtime.InteropServices;

namespace StagedDiff;

/// <summary>
/// Large arrays whose storage nobody holds any more, handed out again: a fresh array costs a page fault every 4 KB, two to ten times what an
/// operation on it does.
/// </summary>
/// <remarks>
/// No finalizer and no count of references: an array is known to be free when its last reader says so (the cotangents of a gradient that is taken
/// on data), or the collector has found its <see cref="Storage"/> dead. That is
/// young, so a collection of the young generations finds it (20 to 50 µs). One is asked for when the arrays handed out since the last one fill <see cref="Patience"/>;
/// one of all generations, when what stays in use has doubled since. An array that was shown to the user as a span or array is never handed out again.
/// Whoever works on <see cref="Storage.Data"/> keeps the tensor alive until done.
/// </remarks>
sealed class Recycled
{
    /// <summary>Bytes from which an array is worth it: the collector's own threshold of large objects. Tests take 0.</summary>
    internal static long Least { get; set; } = 85_000;
    /// <summary>Whether returned memory is overwritten, so that tests see who still reads it.</summary>
    internal static bool Spoils { get; set; }
    /// <summary>How many arrays were returned.</summary>
    internal static long Returned { get; private set; }
    /// <summary>Bytes handed out between collections, at least: about what the caches hold.</summary>
    const long Patience = 8 << 20;

    static readonly object gate = new();
    static readonly Dictionary<(DType, long), Stack<Recycled>> free = [];
    static readonly HashSet<Recycled> used = [];
    static long issued, held, idle, full, handed;
    static int collections;

    readonly (DType Type, long Size) key;
    readonly WeakReference<Storage?> owner = new(null, trackResurrection: true);
    bool shown;
    long number;

    Recycled((DType, long) key) => (this.key, Data) = (key, Allocate(key.Item1, key.Item2));

    public Array Data { get; }

    long Bytes => key.Size * key.Type.Size();

    /// <summary>The user has seen the array, and may keep it.</summary>
    public void Show() => shown = true;

    /// <summary>The storage that has the array now.</summary>
    public void GiveTo(Storage storage)
    {
        owner.SetTarget(storage);
        number = Interlocked.Increment(ref handed);
    }

    /// <summary>How often an array was given to a storage so far.</summary>
    public static long Handed => Interlocked.Read(ref handed);

    /// <summary>Whether it was given to its storage after that.</summary>
    public bool IsSince(long handed) => number > handed;

    /// <summary>Takes the array back from a storage that nobody will read again.</summary>
    public void Return()
    {
        if (Spoils) MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(Data), Buffer.ByteLength(Data)).Fill(0xFF);
        lock (gate)
        {
            if (!used.Remove(this)) return;
            Returned++;
            Free();
        }
    }

    public static Storage Storage(DType type, long size)
    {
        if (size * type.Size() < Least) return new(Allocate(type, size));
        lock (gate) return new(Take((type, size)));
    }

    static Recycled Take((DType, long) key)
    {
        if (Find(key) is { } found) return found;
        if (collections != Collections) Sweep();
        if (Find(key) is { } swept) return swept;
        if (issued >= Math.Max(Patience, held / 2))
        {
            GC.Collect(1, GCCollectionMode.Forced, blocking: true);
            Sweep();
            if (held > Math.Max(2 * full, 4 * Patience))
            {
                GC.Collect();
                Sweep();
                full = held;
            }
            if (Find(key) is { } collected) return collected;
        }
        // What lies about in other sizes is let go before more is taken.
        if (idle > Math.Max(Patience, held))
        {
            free.Clear();
            idle = 0;
        }
        var fresh = new Recycled(key);
        (held, issued) = (held + fresh.Bytes, issued + fresh.Bytes);
        used.Add(fresh);
        return fresh;
    }

    static Recycled? Find((DType, long) key)
    {
        if (!free.TryGetValue(key, out var stack) || !stack.TryPop(out var block)) return null;
        (held, idle, issued) = (held + block.Bytes, idle - block.Bytes, issued + block.Bytes);
        used.Add(block);
        return block;
    }

    static int Collections => GC.CollectionCount(0);

    /// <summary>After a collection: takes back what has no owner.</summary>
    static void Sweep()
    {
        (collections, issued) = (Collections, 0);
        used.RemoveWhere(static block =>
        {
            if (block.owner.TryGetTarget(out _)) return false;
            block.Free();
            return true;
        });
    }

    /// <summary>No longer used: one that was shown is forgotten.</summary>
    void Free()
    {
        held -= Bytes;
        if (shown) return;
        idle += Bytes;
        if (!free.TryGetValue(key, out var stack)) free[key] = stack = [];
        stack.Push(this);
    }

    public static Array Allocate(DType type, long size) => type switch
    {
        DType.Bool => GC.AllocateUninitializedArray<bool>(checked((int)size)),
        DType.U8 => GC.AllocateUninitializedArray<byte>(checked((int)size)),
        DType.I32 => GC.AllocateUninitializedArray<int>(checked((int)size)),
        DType.U32 => GC.AllocateUninitializedArray<uint>(checked((int)size)),
        DType.I64 => GC.AllocateUninitializedArray<long>(checked((int)size)),
        DType.F32 => GC.AllocateUninitializedArray<float>(checked((int)size)),
        _ => GC.AllocateUninitializedArray<double>(checked((int)size)),
    };
}
