using System.Globalization;
using System.Runtime;
using System.Text.Json;
using StagedDiff;
using StagedDiff.Workloads;

// The workloads of docs/benchmarks.md: checked, then timed.
//   --only tiny,chain (best one in a process: what ran before shows)   --threads 1   --mode jit|eager   --data DIR (inputs of the peers, checked against expected.json)   --json
//   --steps N (no table: N steps of each, and what memory they leave)
//   --cpu (time of the thread, not on the wall)   --explain (what each step became, and the median of each part)
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var i && i + 1 < args.Length ? args[i + 1] : null;
bool json = args.Contains("--json"), explain = args.Contains("--explain");
int threads = int.Parse(Option("--threads") ?? "1");
Environment.SetEnvironmentVariable("STAGEDDIFF_THREADS", $"{threads}");      // of eager mode
var only = Option("--only")?.Split(',');
var options = new JitOptions { Threads = threads };
var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "expected.json"))).RootElement;
Func<double> clock = args.Contains("--cpu") ? Clock.Cpu : Clock.Wall;
bool right = true;
StagedDiff.Program? made = null;
StagedDiff.Program.Made = p => made = p;

string[] modes = Option("--mode") is { } one ? [one] : ["jit", "eager"];
Workload[] workloads = [.. Workload.All.Where(w => only is null || only.Contains(w.Name))];
StepFunction Begin(Workload w, string mode) => w.Start(new(Option("--data")), mode == "jit" ? options : null);

// The process is warm: what follows times this library, not the loading of .NET's. And the runtime is done with compiling hot methods
// again, which it does on a thread beside us: where it shares our processor it would halve our speed.
Fn.Jit((Tensor x) => Tensor.Exp(x) + 1)(1.0);
if (!args.Contains("--steps"))
{
    int round = 0;
    for (long before = -1; before != JitInfo.GetCompiledMethodCount() && round < 10; round++)
    {
        before = JitInfo.GetCompiledMethodCount();
        foreach (var w in workloads)
            foreach (var mode in modes) Run(Begin(w, mode), round == 0 ? 4_000_000 : 1_000_000);
        Thread.Sleep(1000);
    }
}
if (!json && !args.Contains("--steps")) Console.WriteLine($"{"workload",-10} {"mode",-6} {"threads",7} {"median µs",10} {"min µs",10} {"first call ms",14} {"bytes/step",11}  check");
if (Option("--steps") is { } count)
{
    foreach (var w in workloads)
        foreach (var mode in modes)
            Steady.Print(w, new(Option("--data")), mode == "jit" ? options : null, int.Parse(count));
    return 0;
}
foreach (var w in workloads)
{
    double[][] First(JitOptions? o, int steps)
    {
        var step = w.Start(new(Option("--data")), o);
        return [.. Enumerable.Range(0, steps).Select(_ => w.Watch(step()))];
    }
    var (jitted, eager) = (First(options, 30), First(null, 30));
    var check = Check(w, jitted, eager);
    foreach (var mode in modes)
    {
        var step = Begin(w, mode);
        double before = clock();
        step();
        double first = (clock() - before) / 1000;
        var (median, least, bytes) = Time(step);
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(new { workload = w.Name, mode, threads, us = Math.Round(median, 3), min_us = Math.Round(least, 3), compile_ms = Math.Round(first, 2), bytes_per_step = bytes, check = jitted[0] }));
        else
            Console.WriteLine($"{w.Name,-10} {mode,-6} {threads,7} {median,10:F2} {least,10:F2} {first,14:F1} {bytes,11}  {check}");
        if (explain && mode == "jit") Console.WriteLine(Profile.Of(made!, () => step(), clock));
    }
}
return right ? 0 : 1;

// Jitted and eager agree by bits over all steps, and with the peers' numbers where the inputs are theirs.
string Check(Workload w, double[][] jitted, double[][] eager)
{
    for (int i = 0; i < jitted.Length; i++)
        if (!jitted[i].AsSpan().SequenceEqual(eager[i])) return Wrong($"step {i}: jitted {string.Join(", ", jitted[i])}, eager {string.Join(", ", eager[i])}");
    if (Option("--data") is null) return "jit = eager, 30 steps";
    double[] theirs = [.. Flat(expected.GetProperty(w.Name))], ours = [.. jitted.SelectMany(v => v).Take(theirs.Length)];
    return ours.Zip(theirs).All(p => Math.Abs(p.First - p.Second) <= 1e-4 * Math.Abs(p.Second)) ? "jit = eager, 30 steps; agrees with expected.json"
        : Wrong($"ours {string.Join(", ", ours)}, expected {string.Join(", ", theirs)}");
}

string Wrong(string what)
{
    right = false;
    return "WRONG: " + what;
}

static IEnumerable<double> Flat(JsonElement e) => e.ValueKind == JsonValueKind.Array ? e.EnumerateArray().SelectMany(Flat) : [e.GetDouble()];

// For so many µs: how often.
int Run(StepFunction step, double time)
{
    int count = 0;
    for (double start = clock(); count < 2 || clock() - start < time; count++) step();
    return count;
}

(double Median, double Least, long Bytes) Time(StepFunction step)
{
    double start = clock();
    int warm = Run(step, 500_000);
    int count = (int)Math.Max(1, 80_000 * warm / (clock() - start));
    var times = new double[21];
    long before = GC.GetAllocatedBytesForCurrentThread();
    Tensor[] last = [];
    for (int r = 0; r < times.Length; r++)
    {
        start = clock();
        for (int i = 0; i < count; i++) last = step();
        times[r] = (clock() - start) / count;
    }
    long bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / ((long)times.Length * count);
    GC.KeepAlive(last);
    Array.Sort(times);
    return (times[times.Length / 2], times[0], bytes);
}
