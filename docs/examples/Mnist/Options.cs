using System.Globalization;

namespace Mnist;

/// <summary>The command line.</summary>
record Options(bool Eager = false, int Epochs = 5, int Batch = 128, double Rate = 2e-3, int Seed = 0, int Steps = int.MaxValue, string? Data = null)
{
    public const string Usage = "usage: Mnist [--eager] [--epochs N] [--batch N] [--lr X] [--seed N] [--steps N] [--data DIR]";

    /// <summary>Reads the options; throws a <see cref="FormatException"/> of one line where they make no sense.</summary>
    public static Options Parse(string[] args)
    {
        var o = new Options();
        for (int i = 0; i < args.Length; i++)
        {
            string Value() => ++i < args.Length ? args[i] : throw new FormatException($"{args[^1]} needs a value. {Usage}");
            int Count() => int.TryParse(Value(), NumberStyles.Integer, CultureInfo.InvariantCulture, out int n) && n > 0 ? n
                : throw new FormatException($"{args[i - 1]} needs a whole number above 0, got {args[i]}.");
            o = args[i] switch
            {
                "--eager" => o with { Eager = true },
                "--epochs" => o with { Epochs = Count() },
                "--batch" => o with { Batch = Count() },
                "--lr" => o with { Rate = double.TryParse(Value(), CultureInfo.InvariantCulture, out double x) && x > 0 ? x : throw new FormatException($"--lr needs a number above 0, got {args[i]}.") },
                "--seed" => o with { Seed = int.TryParse(Value(), CultureInfo.InvariantCulture, out int n) ? n : throw new FormatException($"--seed needs a whole number, got {args[i]}.") },
                "--steps" => o with { Steps = Count() },
                "--data" => o with { Data = Value() },
                var other => throw new FormatException($"Unknown option {other}. {Usage}"),
            };
        }
        return o;
    }
}
