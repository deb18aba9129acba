using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace StagedDiff;

/// <summary>The memory of one running call of a program: the arrays it works on and the arena of its temporaries, kept for the next call.</summary>
sealed unsafe class Frame(int arrays)
{
    byte[] arena = [];

    public Array[] Arrays { get; } = new Array[arrays];

    /// <summary>Operands whose memory a result has taken over.</summary>
    public bool[] Taken { get; } = new bool[arrays];

    /// <summary>The arena's address, on a cache line. Pinned, so that it holds.</summary>
    public long Arena(long bytes)
    {
        if (arena.LongLength < bytes + 64) arena = GC.AllocateUninitializedArray<byte>(checked((int)(bytes + 64)), pinned: true);
        return (long)Unsafe.AsPointer(ref arena[0]) + 63 & ~63L;
    }
}

/// <summary>A program's frames: as many as calls run at once. One is at hand without a search.</summary>
sealed class Frames(int arrays)
{
    readonly ConcurrentBag<Frame> others = [];
    Frame? first;

    public Frame Rent() => Interlocked.Exchange(ref first, null) ?? (others.TryTake(out var frame) ? frame : new(arrays));

    public void Return(Frame frame)
    {
        Array.Clear(frame.Arrays);
        Array.Clear(frame.Taken);
        if (Interlocked.CompareExchange(ref first, frame, null) is not null) others.Add(frame);
    }
}
