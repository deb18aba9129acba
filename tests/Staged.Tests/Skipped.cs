namespace StagedDiff.Tests;

/// <summary>The (law, case) pairs that do not hold, each with its reason: tests/skipped.txt. They are run all the same, and must fail.</summary>
static class Skipped
{
    /// <summary>The list may only shrink: this is how long it is.</summary>
    public const int Most = 4;

    public static readonly (string Law, string Case, string Reason)[] Pairs =
    [
        .. from line in File.ReadAllLines(Repository.At("tests", "skipped.txt"))
           where line is [not '#', ..]
           let part = line.Split('|', StringSplitOptions.TrimEntries)
           select (part[0], part[1], part[2]),
    ];

    static readonly HashSet<(string, string)> set = [.. Pairs.Select(p => (p.Law, p.Case))];

    public static bool Contains(string law, string name) => set.Contains((law, name));
}
