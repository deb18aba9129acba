using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text.RegularExpressions;

namespace StagedDiff.Tests;

/// <summary>What code prints and draws in the documentation: written anew with STAGEDDIFF_UPDATE_DOCS=1.</summary>
static class Shown
{
    static readonly bool update = Environment.GetEnvironmentVariable("STAGEDDIFF_UPDATE_DOCS") == "1";

    public static void Drawing(string name, string svg) => Same(Repository.At("docs", "img", $"{name}.svg"), svg);

    /// <summary>The blocks of a page that name no language are these texts, in their order.</summary>
    public static void Blocks(string page, params object[] texts)
    {
        var path = Repository.At("docs", page);
        int n = 0;
        Same(path, Regex.Replace(File.ReadAllText(path), "^```([a-z]*)\n(.*?)\n```$", block => block.Groups[1].Value != "" ? block.Value : $"```\n{texts[n++].ToString()!.TrimEnd()}\n```", RegexOptions.Singleline | RegexOptions.Multiline));
        Assert.Equal(texts.Length, n);
    }

    /// <summary>The pages show the loops of 512-bit vectors; where others run, those lines are left out.</summary>
    static string AtThisWidth(string text) =>
        RuntimeFeature.IsDynamicCodeSupported && Vector512.IsHardwareAccelerated ? text : Regex.Replace(text, "\n {5}[^\n]* × [^\n]*", "");

    static void Same(string path, string text)
    {
        if (update) File.WriteAllText(path, text);
        Assert.True(File.Exists(path) && AtThisWidth(File.ReadAllText(path)) == AtThisWidth(text), $"{Path.GetFileName(path)} does not show what the code beside it prints. Run the tests once with STAGEDDIFF_UPDATE_DOCS=1 and look at it.");
    }
}
