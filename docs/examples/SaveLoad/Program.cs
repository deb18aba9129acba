using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using StagedDiff;
using StagedDiff.IO;
using static StagedDiff.Fn;

// Trains a small model, saves it with its optimiser as safetensors, and loads both in another process, which goes on where
// this one stopped. Weights, predictions and further steps have the same bits in both.
//   SaveLoad             does all: it starts itself again to load
//   SaveLoad save FILE   trains and saves
//   SaveLoad load FILE   loads and goes on
var adam = Optim.Adam(1e-2);
var x = Rng.Normal(Rng.Key(1), [64, 3]);
var y = Tensor.Sin(x.Sum(1, keepDims: true));
var step = Jit((Training t) =>
{
    var gradient = Grad((Nn.Mlp m) => Losses.MeanSquaredError(m.Apply(x), y))(t.Model);
    var (model, state) = adam.Update(gradient, t.State, t.Model);
    return new Training(model, state);
});

switch (args)
{
    case ["save", var path]:
        Save(path);
        return 0;
    case ["load", var path]:
        Report("loaded", SafeTensors.Load(path, Start()));
        return 0;
    case []:
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.safetensors");
        try
        {
            var here = Save(file);
            var there = Again("load", file);
            Console.Write(there);
            bool same = here == there.Replace("loaded", "saved").TrimEnd();
            Console.WriteLine(same ? "the same bits in both processes" : "the bits differ");
            return same ? 0 : 1;
        }
        finally
        {
            File.Delete(file);
        }
    default:
        Console.Error.WriteLine("usage: SaveLoad [save FILE | load FILE]");
        return 1;
}

// Parameters and the optimiser's state before the first step: what a file is loaded into.
Training Start()
{
    var model = Nn.Mlp.Init(Rng.Key(0), [3, 32, 1]);
    return new(model, adam.Init(model));
}

Training Train(Training t, int steps)
{
    for (int i = 0; i < steps; i++) t = step(t);
    return t;
}

string Save(string path)
{
    var trained = Train(Start(), 200);
    SafeTensors.Save(path, trained, new Dictionary<string, string> { ["steps"] = "200" });
    return Report("saved", trained);
}

string Report(string what, Training t)
{
    var line = $"{what}: weights {Hash(t)}, predictions {Hash(t.Model.Apply(x))}, 100 steps on {Hash(Train(t, 100))}";
    Console.WriteLine(line);
    return line;
}

// A hash of every bit of every tensor.
static string Hash<T>(T tree)
{
    using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    foreach (var leaf in Tree.Leaves(tree))
        hash.AppendData(MemoryMarshal.AsBytes(leaf.DType == DType.F32 ? leaf.AsSpan<float>() : leaf.Cast(DType.F32).AsSpan<float>()));
    return Convert.ToHexString(hash.GetHashAndReset())[..16];
}

// This program again, with other arguments, as a process of its own.
static string Again(params string[] arguments)
{
    var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
    if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "SaveLoad.dll"));
    foreach (var a in arguments) start.ArgumentList.Add(a);
    using var process = Process.Start(start)!;
    var output = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return output;
}

record Training(Nn.Mlp Model, OptState State);
