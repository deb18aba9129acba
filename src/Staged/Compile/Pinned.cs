using System.Runtime.InteropServices;

namespace StagedDiff;

/// <summary>Arrays held still while native addresses into them are in use: each by a <c>fixed</c> on the stack, which costs nothing to the collector.</summary>
static unsafe class Pinned
{
    public delegate void Action<T>(long* addresses, T state);

    /// <summary>Calls f with the address of each array's first element, at addresses[0…].</summary>
    public static void Run<T>(ReadOnlySpan<Array> arrays, long* addresses, T state, Action<T> f) => Next(arrays, 0, addresses, state, f);

    static void Next<T>(ReadOnlySpan<Array> arrays, int k, long* addresses, T state, Action<T> f)
    {
        int left = arrays.Length - k;
        if (left == 0) { f(addresses, state); return; }
        if (left < 4)
        {
            fixed (byte* a = &MemoryMarshal.GetArrayDataReference(arrays[k]))
            {
                addresses[k] = (long)a;
                Next(arrays, k + 1, addresses, state, f);
            }
            return;
        }
        fixed (byte* a = &MemoryMarshal.GetArrayDataReference(arrays[k]), b = &MemoryMarshal.GetArrayDataReference(arrays[k + 1]),
                     c = &MemoryMarshal.GetArrayDataReference(arrays[k + 2]), d = &MemoryMarshal.GetArrayDataReference(arrays[k + 3]))
        {
            (addresses[k], addresses[k + 1], addresses[k + 2], addresses[k + 3]) = ((long)a, (long)b, (long)c, (long)d);
            Next(arrays, k + 4, addresses, state, f);
        }
    }
}
