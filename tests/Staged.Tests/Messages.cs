using System.Text.RegularExpressions;

namespace StagedDiff.Tests;

/// <summary>What an error says, without the line at its end.</summary>
static partial class Messages
{
    public static string Of<E>(Action f) where E : Exception => Line().Replace(Assert.Throws<E>(f).Message, "");

    [GeneratedRegex(@" \([A-Za-z]+\.(cs|fs):\d+\)$")]
    private static partial Regex Line();
}
