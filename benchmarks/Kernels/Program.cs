using System.Globalization;
using StagedDiff.Kernels;
using StagedDiff.Workloads;

// Tables of docs/benchmarks.md, in Markdown.
//   products   matrix products in GFLOP/s   [--threads 1] [--cpu: time of the thread, one thread only] [--only f32,f64,…: rows whose label contains one]
//   team       what sharing work among threads costs
//   loops      rows, columns, tiles, updates: loops alone   [--only …]   (small ones with DOTNET_TieredCompilation=0)
//   calls      a call of a jitted function, and compiling a chain of 10,000 operations
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var i && i + 1 < args.Length ? args[i + 1] : null;
switch (args.FirstOrDefault())
{
    case "products":
        Products.Print(int.Parse(Option("--threads") ?? "1"), args.Contains("--cpu") ? Clock.Cpu : Clock.Wall, Option("--only")?.Split(',') ?? [""]);
        return 0;
    case "team":
        TeamTimes.Print();
        return 0;
    case "loops":
        LoopTimes.Print(Option("--only")?.Split(',') ?? [""]);
        return 0;
    case "calls":
        CallTimes.Print();
        return 0;
    default:
        Console.Error.WriteLine("Kernels: expected products, team, loops or calls.");
        return 1;
}
