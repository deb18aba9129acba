using System.Text.RegularExpressions;

namespace StagedDiff.Tests;

/// <summary>Every line of code in the documentation is a line of a test and is seen whole, and every link leads somewhere.</summary>
public class PageTests
{
    public static TheoryData<string> Pages => [.. Directory.GetFiles(Repository.At("docs"), "*.md").Append(Repository.At("README.md")).Select(f => Path.GetRelativePath(Repository.Root, f).Replace('\\', '/'))];

    static string[] Lines(string text) =>
        [.. text.Split('\n').Select(line => line.Trim()).Where(line => line is not ("" or "{" or "}") && !line.StartsWith("using ") && !line.StartsWith("open "))];

    static HashSet<string> Tested(string folder, string ending) =>
        [.. Directory.GetFiles(Repository.At("tests", folder, "Docs"), $"*{ending}").SelectMany(f => Lines(File.ReadAllText(f)))];

    static readonly Dictionary<string, HashSet<string>> tested = new() { ["csharp"] = Tested("Ops.Tests", ".cs"), ["fsharp"] = Tested("FSharp.Tests", ".fs") };

    [Theory, MemberData(nameof(Pages))]
    public void Code_is_that_of_a_test(string page)
    {
        foreach (Match block in Regex.Matches(File.ReadAllText(Repository.At(page)), "```(csharp|fsharp)\n(.*?)\n```", RegexOptions.Singleline))
            Assert.DoesNotContain(Lines(block.Groups[2].Value), line => !tested[block.Groups[1].Value].Contains(line));
    }

    [Theory, MemberData(nameof(Pages))]
    public void Code_fits_the_page(string page)
    {
        if (page.StartsWith("README")) return;
        foreach (Match block in Regex.Matches(File.ReadAllText(Repository.At(page)), "```(csharp|fsharp)\n(.*?)\n```", RegexOptions.Singleline))
            Assert.All(block.Groups[2].Value.Split('\n'), line => Assert.InRange(line.Length, 0, 104));
    }

    [Theory, MemberData(nameof(Pages))]
    public void Links_lead_to_files(string page)
    {
        foreach (Match link in Regex.Matches(File.ReadAllText(Repository.At(page)), @"\]\((?!https?:)([^)#]+)(#[^)]*)?\)"))
        {
            // The site's pages are made of those beside this one.
            var to = Path.Combine(Path.GetDirectoryName(Repository.At(page))!, link.Groups[1].Value.Replace(".html", ".md"));
            Assert.True(File.Exists(to) || Directory.Exists(to) || link.Groups[1].Value.StartsWith("reference/"), $"{page} links to {link.Groups[1].Value}, which is not there.");
        }
    }
}
