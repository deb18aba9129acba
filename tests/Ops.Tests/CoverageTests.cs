using System.Reflection;

namespace StagedDiff.Tests;

public class CoverageTests
{
    static readonly string tests = string.Concat(Repository.Sources("tests/Ops.Tests").Select(s => s.Text));

    [Theory]
    [InlineData(typeof(Losses))]
    [InlineData(typeof(Nn))]
    [InlineData(typeof(Optim))]
    [InlineData(typeof(Schedules))]
    [InlineData(typeof(Rng))]
    public void Every_public_function_is_called_by_a_test(Type type) => Assert.Empty(
        from part in type.GetNestedTypes().Prepend(type)
        from member in part.GetMembers(BindingFlags.Public | BindingFlags.Static).OfType<MethodInfo>()
        where !member.IsSpecialName
        let name = $"{(part == type ? "" : type.Name + ".")}{part.Name}.{member.Name}"
        where !tests.Contains(name)
        select name);
}
