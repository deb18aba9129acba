namespace StagedDiff.Tests;

/// <summary>The drawings of the documentation: written anew with STAGEDDIFF_UPDATE_DOCS=1.</summary>
static class Drawn
{
    public static void Same(string name, string svg)
    {
        var path = Repository.At("docs", "img", $"{name}.svg");
        if (Environment.GetEnvironmentVariable("STAGEDDIFF_UPDATE_DOCS") == "1") File.WriteAllText(path, svg);
        Assert.True(File.Exists(path) && File.ReadAllText(path) == svg, $"docs/img/{name}.svg is not what the code beside it draws. Run the tests once with STAGEDDIFF_UPDATE_DOCS=1 and look at it.");
    }
}
