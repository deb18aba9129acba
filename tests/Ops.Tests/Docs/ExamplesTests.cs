using System.Diagnostics;
using System.Text;

namespace StagedDiff.Tests;

/// <summary>The examples run, each as a process of its own, and print what docs/examples.md shows.</summary>
public class ExamplesTests
{
    static string Run(string example, params string[] args)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var program = Repository.At("docs", "examples", example, "bin", configuration, "net10.0", $"{example}.dll");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [program, .. args]) { RedirectStandardOutput = true, StandardOutputEncoding = Encoding.UTF8 };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{example} ended with {process.ExitCode}: {output}");
        return output.ReplaceLineEndings("\n");
    }

    static string Temporary(string name) => Path.Combine(Directory.CreateTempSubdirectory().FullName, name);

    [Fact]
    public void The_page_shows_what_they_print()
    {
        var picture = Temporary("two-moons.svg");
        Shown.Blocks("examples.md", Run("LinearRegression"), Run("Perceptron"), Run("Softmax"), Run("TwoMoons", "--out", picture), Run("TwoLayerNet"), Run("SaveLoad"));
        Shown.Drawing("two-moons", File.ReadAllText(picture));
    }

    [Fact]
    public void What_one_process_saved_has_the_same_bits_in_another()
    {
        var file = Temporary("model.safetensors");
        var saved = Run("SaveLoad", "save", file);
        Assert.Matches("^saved: weights [0-9A-F]{16}, predictions [0-9A-F]{16}, 100 steps on [0-9A-F]{16}\n$", saved);
        Assert.Equal(saved["saved".Length..], Run("SaveLoad", "load", file)["loaded".Length..]);
    }
}
