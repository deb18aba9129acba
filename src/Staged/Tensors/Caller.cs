using System.Diagnostics;

namespace StagedDiff;

/// <summary>The user's line, for errors: found by walking the stack when one is thrown, never otherwise.</summary>
static class Caller
{
    /// <summary><c> (Model.cs:41)</c>, or nothing when the user's code has no symbols.</summary>
    public static string Line()
    {
        foreach (var frame in new StackTrace(1, true).GetFrames())
        {
            var assembly = frame.GetMethod()?.Module.Assembly.GetName().Name;
            if (assembly is null || assembly.StartsWith("StagedDiff.", StringComparison.Ordinal) || assembly.StartsWith("System.", StringComparison.Ordinal)
                || assembly is "FSharp.Core" or "Anonymously Hosted DynamicMethods Assembly") continue;
            return frame.GetFileName() is { } file ? $" ({Path.GetFileName(file)}:{frame.GetFileLineNumber()})" : "";
        }
        return "";
    }
}
