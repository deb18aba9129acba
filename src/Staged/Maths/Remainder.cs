using static StagedDiff.Values;

namespace StagedDiff;

static partial class Maths
{
    /// <summary>The exact remainder of truncated division, with the sign of x, as C's fmod: NaN for x = ±∞ or y = 0; x for y = ±∞.</summary>
    public static Value Rem(Value x, Value y)
    {
        // Quotients that may not be exact integers (none, mostly) are dealt with lane by lane.
        var a = Abs(Apply(Fun.RemLarge, x, y));
        var b = Abs(y);
        // The quotient rounds up to an integer at most, so this is exact and at most b too low.
        var rest = Fma(-Floor(a / b), b, a);
        rest = Select(rest < 0, rest + b, rest);
        return WithSignOf(x, Select(a < b, a, rest));
    }
}
