using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace StagedDiff.Tests;

/// <summary>These tests as a program of their own: for what the runtime decides once, when a process starts (vector widths, whether there is a JIT).</summary>
static class Child
{
    // What a child does, by name: it prints these lines.
    static readonly Dictionary<string, Func<string[], IEnumerable<string>>> tasks = new()
    {
        ["bits"] = _ => InterpretedTests.Bits(),
        ["returned"] = _ => CotangentTests.Returned(),
        ["kernels"] = a => KernelTests.Run(a is [var only] ? only : null),
        ["train"] = a => TrainingTests.Hashes(int.Parse(a[0]), a[1..]),
    };

    static void Main(string[] args)
    {
        var output = Console.Out;
        Console.SetOut(TextWriter.Null);    // what tests print is no line of the task
        foreach (string line in tasks[args[0]](args[1..])) output.WriteLine(line);
    }

    /// <summary>The lines that a child prints for a task, given as the task's name and its arguments.</summary>
    /// <param name="task">Separated by blanks.</param>
    /// <param name="compiled">Whether it may compile code.</param>
    /// <param name="environment">NAME=value, of the runtime's variables; none of this process's are passed on.</param>
    public static string[] Lines(string task, bool compiled = true, params string[] environment)
    {
        var dll = typeof(Child).Assembly.Location;
        string[] exec = ["exec", "--runtimeconfig", compiled ? Config(dll) : NoJit(dll), "--depsfile", Path.ChangeExtension(dll, "deps.json"), dll];
        var start = new ProcessStartInfo(Dotnet, [.. exec, .. task.Split(' ')]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("DOTNET_")).ToArray()) start.Environment.Remove(name);
        foreach (var pair in environment) start.Environment[pair.Split('=')[0]] = pair.Split('=', 2)[1];
        using var child = Process.Start(start)!;
        var errors = child.StandardError.ReadToEndAsync();
        var lines = child.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        child.WaitForExit();
        Assert.True(child.ExitCode == 0, $"{task} ({string.Join(" ", environment)}): {errors.Result}");
        return lines;
    }

    static string Dotnet => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));

    static string Config(string dll) => Path.ChangeExtension(dll, "runtimeconfig.json");

    /// <summary>The configuration of a runtime that compiles nothing at run time.</summary>
    static string NoJit(string dll)
    {
        var config = JsonNode.Parse(File.ReadAllText(Config(dll)))!;
        config["runtimeOptions"]!["configProperties"]!["System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported"] = false;
        var path = Path.ChangeExtension(dll, "nojit.runtimeconfig.json");
        File.WriteAllText(path, config.ToJsonString());
        return path;
    }
}
