using System.Runtime.InteropServices;

namespace StagedDiff;

/// <summary>What is done while arrays are held still.</summary>
unsafe interface IPinned
{
    void Run(long* addresses);
}

/// <summary>
/// The arrays of tensors held still while native addresses into them are in use: each by a <c>fixed</c> on the stack, which costs nothing to
/// the collector. The tensors must be kept alive.
/// </summary>
static unsafe class Pinned
{
    /// <summary>Runs something with the address of each array's first element at addresses[0…]: those of operands, then those of results.</summary>
    public static void Run<T>(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y, long* addresses, T now) where T : struct, IPinned => Next(x, y, addresses, addresses, now);

    static void Next<T>(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y, long* to, long* addresses, T now) where T : struct, IPinned
    {
        if (x.Length == 0)
        {
            if (y.Length == 0) now.Run(addresses);
            else Next(y, default, to, addresses, now);
            return;
        }
        if (x.Length < 4)
        {
            fixed (byte* a = &First(x[0]))
            {
                to[0] = (long)a;
                Next(x[1..], y, to + 1, addresses, now);
            }
            return;
        }
        fixed (byte* a = &First(x[0]), b = &First(x[1]), c = &First(x[2]), d = &First(x[3]))
        {
            (to[0], to[1], to[2], to[3]) = ((long)a, (long)b, (long)c, (long)d);
            Next(x[4..], y, to + 4, addresses, now);
        }
    }

    static ref byte First(Tensor t) => ref MemoryMarshal.GetArrayDataReference(t.Storage.Data);
}
