using System.Text.RegularExpressions;

namespace StagedDiff.Tests;

/// <summary>What <c>Explain()</c> says, for tests that run at every width of vector.</summary>
static class Explained
{
    /// <summary>Without the lines on loops and vectors: the only ones indented by five.</summary>
    public static string WithoutLoops(this string text) => Regex.Replace(text, "\n {5}[^\n]*", "");
}
