namespace StagedDiff.Tests;

/// <summary>The source tree these tests were built from, for the tests that read it.</summary>
static class Repository
{
    public static readonly string Root = Find(new(AppContext.BaseDirectory));

    static string Find(DirectoryInfo? folder) =>
        folder is null ? throw new DirectoryNotFoundException("No StagedDiff.sln above the tests: run them inside the source tree.")
        : File.Exists(Path.Combine(folder.FullName, "StagedDiff.sln")) ? folder.FullName : Find(folder.Parent);

    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>The C# files under a folder of the repository: their paths below it, with forward slashes, and their text.</summary>
    public static IEnumerable<(string Path, string Text)> Sources(string folder) =>
        from file in Directory.EnumerateFiles(At(folder), "*.cs", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(At(folder), file).Replace('\\', '/')
        where !path.StartsWith("bin/") && !path.StartsWith("obj/")
        orderby path
        select (path, File.ReadAllText(file));
}
