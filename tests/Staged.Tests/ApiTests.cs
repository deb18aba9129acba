namespace StagedDiff.Tests;

/// <summary>The public surface changes on purpose only: it stands in tests/api, and a commit that changes it shows the change there.</summary>
public class ApiTests
{
    const string Update = "STAGEDDIFF_UPDATE_API";

    [Theory]
    [InlineData(typeof(Shape))]
    [InlineData(typeof(Data))]
    public void The_public_surface_is_the_one_written_down(Type any)
    {
        var assembly = any.Assembly;
        var file = Repository.At("tests", "api", assembly.GetName().Name + ".txt");
        var now = ApiText.Of(assembly);
        if (Environment.GetEnvironmentVariable(Update) == "1") File.WriteAllText(file, now);
        Assert.True(File.ReadAllText(file) == now, Changes(file, now));
    }

    static string Changes(string file, string now)
    {
        var (old, fresh) = (File.ReadAllLines(file), now.Split('\n'));
        return $"The public surface is not the one in {Path.GetRelativePath(Repository.Root, file)}. "
            + $"If that is meant, run the tests once with {Update}=1 and commit the file.\n"
            + string.Concat(old.Except(fresh).Select(line => $"- {line.Trim()}\n")) + string.Concat(fresh.Except(old).Select(line => $"+ {line.Trim()}\n"));
    }

    public abstract class Sample<T>(string? name = null, double rate = 0.5) : IDisposable where T : unmanaged
    {
        public const int Limit = 3;
        public required string Name { get; init; } = name ?? $"{rate}";
        public int this[int? axis, DType type = DType.F32] => axis ?? (int)type;
        public abstract (Shape Value, (int, T?[] Tail) Aux) Pair(params ReadOnlySpan<int> axes);
        protected virtual void Grow() { }
        public void Dispose() => GC.SuppressFinalize(this);
        public override string ToString() => Name;
        public static Sample<T> operator +(Sample<T> a, Sample<T> b) => a;
        public static implicit operator T(Sample<T> x) => default;
        public static void Read<U>(in U u, out Func<U?, int>? f) where U : class, new() => f = null;
    }

    [Fact]
    public void Declarations_read_as_in_CSharp() => Assert.Equal("""
        public abstract class StagedDiff.Tests.ApiTests.Sample<T> : IDisposable where T : unmanaged
            protected Sample(string? name = null, double rate = 0.5)
            void Dispose()
            protected virtual void Grow()
            int this[int? axis, DType type = DType.F32] { get; }
            const int Limit = 3
            required string Name { get; init; }
            abstract (Shape Value, (int, T?[] Tail) Aux) Pair(params ReadOnlySpan<int> axes)
            static void Read<U>(in U u, out Func<U?, int>? f) where U : class, new()
            static Sample<T> operator +(Sample<T> a, Sample<T> b)
            static implicit operator T(Sample<T> x)


        """, ApiText.Declaration(typeof(Sample<>)));
}
