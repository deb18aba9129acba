using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace StagedDiff;

/// <summary>The memory for the temporaries of one running call of a program, kept for the next call.</summary>
sealed unsafe class Frame
{
    byte[] arena = [];

    /// <summary>The arena's address, on a cache line. Pinned, so that it holds.</summary>
    public long Arena(long bytes)
    {
        if (arena.LongLength < bytes + 64) arena = GC.AllocateUninitializedArray<byte>(checked((int)(bytes + 64)), pinned: true);
        return (long)Unsafe.AsPointer(ref arena[0]) + 63 & ~63L;
    }
}

/// <summary>A program's frames: as many as calls run at once. One is at hand without a search.</summary>
sealed class Frames
{
    readonly ConcurrentBag<Frame> others = [];
    Frame? first;

    public Frame Rent() => Interlocked.Exchange(ref first, null) ?? (others.TryTake(out var frame) ? frame : new());

    public void Return(Frame frame)
    {
        if (Interlocked.CompareExchange(ref first, frame, null) is not null) others.Add(frame);
    }
}
