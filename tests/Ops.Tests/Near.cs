namespace StagedDiff.Tests;

/// <summary>Numbers that agree within a few roundings of their type, relative to the larger of 1 and what is expected.</summary>
static class Near
{
    public static void Equal(double[] expected, float[] actual) => Equal(expected, Array.ConvertAll(actual, x => (double)x), 1e-6);
    public static void Equal(double[] expected, double[] actual, double tolerance = 1e-12)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])), $"[{i}]: expected {expected[i]:R}, got {actual[i]:R}");
    }
}
