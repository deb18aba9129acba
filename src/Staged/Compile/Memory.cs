namespace StagedDiff;

/// <summary>Where temporaries lie in the arena of a call: blocks whose lives overlap do not.</summary>
static class Memory
{
    /// <summary>First and last step that touch a block, and its bytes.</summary>
    public readonly record struct Life(int First, int Last, long Bytes);

    /// <summary>Offsets of the blocks, aligned to cache lines, and the arena's size: each takes the lowest gap that is free while it lives.</summary>
    public static (long[] Offsets, long Bytes) Plan(Life[] lives)
    {
        var offsets = new long[lives.Length];
        var placed = new List<int>();
        long size = 0;
        foreach (int k in Enumerable.Range(0, lives.Length).OrderByDescending(k => lives[k].Bytes).ThenBy(k => k))
        {
            long bytes = (lives[k].Bytes + 63) & ~63L, at = 0;
            foreach (int o in placed.Where(o => lives[o].First <= lives[k].Last && lives[k].First <= lives[o].Last).OrderBy(o => offsets[o]))
                if (offsets[o] < at + bytes) at = Math.Max(at, offsets[o] + ((lives[o].Bytes + 63) & ~63L));
            offsets[k] = at;
            placed.Add(k);
            size = Math.Max(size, at + bytes);
        }
        return (offsets, size);
    }
}
