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

    static void Same(string path, string text)
    {
        if (update) File.WriteAllText(path, text);
        Assert.True(File.Exists(path) && File.ReadAllText(path) == text, $"{Path.GetFileName(path)} does not show what the code beside it prints. Run the tests once with STAGEDDIFF_UPDATE_DOCS=1 and look at it.");
    }
}
