namespace StagedDiff.Tests;

/// <summary>Threads change no bit, of values and of gradients, where there is work enough that they really share it.</summary>
[Collection("Threads")]
public sealed class ThreadLaws : Law
{
    // What one thread does alone, for there is little to do.
    static readonly string[] alone = ["dot of vectors", "broadcast a number", "slice"];

    public static TheoryData<string> Large => [.. Cases.All.Where(c => c.Large != "").Select(c => c.Name)];
    public static TheoryData<string> LargeDifferentiable => [.. Cases.All.Where(c => c.Large != "" && c.IsDifferentiable).Select(c => c.Name)];

    static ThreadLaws() => NestStep.SmallWork = 1 << 18;

    static void SameOnAllThreads(Func<Tensor[], Tensor[]> f, Tensor[] x, string where)
    {
        var y = f(x);
        for (int threads = 1; threads <= 3; threads++) Numbers.SameBits(y, Jitted(f, x, threads), $"{threads} threads, {where}");
    }

    [Theory, MemberData(nameof(Large))]
    public void Threads_change_no_bit(string name) => Holds(name, c =>
    {
        int jobs = Team.Jobs;
        foreach (var type in c.Types.Take(1).Union(c.Types.TakeLast(1)))
            foreach (var shapes in c.Variants(c.Large)) SameOnAllThreads(c.F, c.At(type, shapes), $"{c.Name} of {type.Name()}");
        Assert.Equal(!alone.Contains(name), Team.Jobs > jobs);
    });

    [Theory, MemberData(nameof(LargeDifferentiable))]
    public void Threads_change_no_bit_of_a_gradient(string name) => Holds(name, c =>
    {
        foreach (var shapes in c.Variants(c.Large))
        {
            var (f, x) = OfFloats(c, c.At(DType.F32, shapes));
            SameOnAllThreads(t => Pulled(f, t), x, $"the gradient of {c.Name}");
        }
    });
}
