using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>The code of docs/getting-started.md.</summary>
public class GettingStartedTests
{
    record Line(Tensor Slope, Tensor Offset);

    [Fact]
    public void A_line_through_points()
    {
        var Console = new StringWriter();
        var x = Tensor.Linspace(0, 1, 50);
        var y = 3 * x - 1;
        Tensor Loss(Line line) => Losses.MeanSquaredError(line.Slope * x + line.Offset, y);
        var line = new Line(0.0, 0.0);
        var step = Jit((Line line) => Tree.Map2((p, g) => p - 0.5 * g, line, Grad<Line>(Loss)(line)));
        for (int i = 0; i < 200; i++) line = step(line);
        Console.WriteLine($"{line.Slope} {line.Offset}");
        Near.Equal([3, -1], [(double)line.Slope, (double)line.Offset], 1e-3);
    }
}
