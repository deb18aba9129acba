using System.Globalization;

namespace StagedDiff;

/// <summary>What one run of a kernel takes: arithmetic on floats, and the bytes of memory that it touches, each counted once.</summary>
readonly record struct Cost(double Flops, double Bytes)
{
    /// <summary>The cost of a nest over buffers of these types; null where an extent is open.</summary>
    public static Cost? Of(Nest nest, TensorType[] buffers) =>
        nest.Extents.All(e => e.IsConstant) && buffers.All(b => b.Shape.IsConstant) ? new(Arithmetic(nest), Touched(nest, buffers)) : null;

    /// <summary>The cost of a routine.</summary>
    public static Cost? Of(KernelOp op, TensorType[] x, TensorType[] y) =>
        x.Concat(y).All(t => t.Shape.IsConstant) ? new(op.Flops(x), x.Concat(y).Sum(t => (double)t.Shape.Size * t.DType.Size())) : null;

    static double Touched(Nest nest, TensorType[] buffers)
    {
        double Points(Affine at) => at.Computed.IsEmpty ? at.Loops.Where(t => t.Factor != 0).Aggregate(1.0, (n, t) => n * nest.Extents[t.Variable].Value) : double.PositiveInfinity;
        var loads = nest.Stores.SelectMany(s => s.At.Computed.Select(t => t.Value).Append(s.Value)).SelectMany(Simplify.All).OfType<Load>().Distinct();
        return loads.Select(l => (l.Buffer, l.At)).Concat(nest.Stores.Select(s => (s.Buffer, s.At))).Distinct().GroupBy(a => a.Buffer)
            .Sum(g => Math.Min(g.Sum(a => Points(a.At)), buffers[g.Key].Shape.Size) * buffers[g.Key].DType.Size());
    }

    public override string ToString() => (Flops > 0 ? Si(Flops, "flop") + ", " : "") + Si(Bytes, "B");

    /// <summary>Three digits and a prefix.</summary>
    public static string Si(double x, string unit)
    {
        int k = 0;
        for (; x >= 999.5 && k < 4; k++) x /= 1000;
        return x.ToString("G3", CultureInfo.InvariantCulture) + " " + (k == 0 ? "" : "kMGT"[k - 1]) + unit;
    }

    /// <summary>Each operation as often as the loops come by the place where all that it reads is known.</summary>
    static double Arithmetic(Nest nest)
    {
        var levels = new Levels(nest);
        return nest.Stores.Select(s => s.Value).SelectMany(Simplify.All).Distinct().Sum(v => v switch
        {
            Apply a when a.X[0].Type.IsFloat() => Of(a.Fun) * levels.Runs(levels.Of(a)),
            Folded f when f.Type.IsFloat() => levels.Runs(levels.Inner),
            _ => 0,
        }) + nest.Stores.Where(s => s.Down is not null && s.Value.Type.IsFloat()).Sum(_ => levels.Runs(levels.Inner));
    }

    static int Of(Fun fun) => fun switch
    {
        Fun.Fma => 2,
        Fun.Neg or Fun.Abs or Fun.Sqrt or Fun.Add or Fun.Sub or Fun.Mul or Fun.Div or Fun.Rem or Fun.Max or Fun.Min or Fun.Scale => 1,
        _ => 0,
    };
}
