using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace StagedDiff;

/// <summary>
/// The functions that no short sequence of machine operations computes, for the few numbers that need them. Each is called with a whole vector
/// and looks first whether any lane does.
/// </summary>
/// <remarks>
/// x = q π/2 + high + low up to a multiple of 2π, q in 0…3 and |high + low| ≤ π/4, where |x| reaches a limit; below it q = low = 0, high = x.
/// For ±∞ and NaN high is NaN. RemLarge(x, y) is x where x/y is moderate, else the exact remainder.
/// </remarks>
static class Reduction
{
    // Below, three terms of π/2 and a fused product keep every bit that counts.
    const float SingleLimit = 1 << 17;
    const double DoubleLimit = 1 << 30;
    // Below, quotients are exact integers or half an ulp from one.
    const float SingleQuotient = 1 << 22;
    const double DoubleQuotient = 1L << 51;

    public static double PiQuadrant(double x) => Math.Abs(x) < DoubleLimit ? 0 : Split(x).Quadrant;
    public static double PiHigh(double x) => Math.Abs(x) < DoubleLimit ? x : Split(x).High;
    public static double PiLow(double x) => Math.Abs(x) < DoubleLimit ? 0 : Split(x).Low;
    public static float PiQuadrant(float x) => Math.Abs(x) < SingleLimit ? 0 : (float)Split(x).Quadrant;
    public static float PiHigh(float x) => Math.Abs(x) < SingleLimit ? x : (float)Split(x).High;
    public static float PiLow(float x)
    {
        if (Math.Abs(x) < SingleLimit) return 0;
        var (_, high, low) = Split(x);
        return (float)(high - (float)high + low);
    }
    // .NET's % on floats is C's fmod: exact.
    public static double RemLarge(double x, double y) => Math.Abs(x) < DoubleQuotient * Math.Abs(y) ? x : x % y;
    public static float RemLarge(float x, float y) => Math.Abs(x) < SingleQuotient * Math.Abs(y) ? x : x % y;

    // The vectors: inlined into their callers as far as the test.
    static bool Near(Vector128<double> x) => Vector128.LessThanAll(Vector128.Abs(x), Vector128.Create(DoubleLimit));
    static bool Near(Vector128<float> x) => Vector128.LessThanAll(Vector128.Abs(x), Vector128.Create(SingleLimit));
    static bool Near(Vector256<double> x) => Vector256.LessThanAll(Vector256.Abs(x), Vector256.Create(DoubleLimit));
    static bool Near(Vector256<float> x) => Vector256.LessThanAll(Vector256.Abs(x), Vector256.Create(SingleLimit));
    static bool Near(Vector512<double> x) => Vector512.LessThanAll(Vector512.Abs(x), Vector512.Create(DoubleLimit));
    static bool Near(Vector512<float> x) => Vector512.LessThanAll(Vector512.Abs(x), Vector512.Create(SingleLimit));
    static bool Near(Vector128<double> x, Vector128<double> y) =>
        Vector128.LessThanAll(Vector128.Abs(x), Vector128.Abs(y) * DoubleQuotient);
    static bool Near(Vector128<float> x, Vector128<float> y) =>
        Vector128.LessThanAll(Vector128.Abs(x), Vector128.Abs(y) * SingleQuotient);
    static bool Near(Vector256<double> x, Vector256<double> y) =>
        Vector256.LessThanAll(Vector256.Abs(x), Vector256.Abs(y) * DoubleQuotient);
    static bool Near(Vector256<float> x, Vector256<float> y) =>
        Vector256.LessThanAll(Vector256.Abs(x), Vector256.Abs(y) * SingleQuotient);
    static bool Near(Vector512<double> x, Vector512<double> y) =>
        Vector512.LessThanAll(Vector512.Abs(x), Vector512.Abs(y) * DoubleQuotient);
    static bool Near(Vector512<float> x, Vector512<float> y) =>
        Vector512.LessThanAll(Vector512.Abs(x), Vector512.Abs(y) * SingleQuotient);

    [MethodImpl(Inline)] public static Vector128<double> PiQuadrant(Vector128<double> x) => Near(x) ? default : Each(x, PiQuadrant);
    [MethodImpl(Inline)] public static Vector256<double> PiQuadrant(Vector256<double> x) => Near(x) ? default : Each(x, PiQuadrant);
    [MethodImpl(Inline)] public static Vector512<double> PiQuadrant(Vector512<double> x) => Near(x) ? default : Each(x, PiQuadrant);
    [MethodImpl(Inline)] public static Vector128<float> PiQuadrant(Vector128<float> x) => Near(x) ? default : Each(x, PiQuadrant);
    [MethodImpl(Inline)] public static Vector256<float> PiQuadrant(Vector256<float> x) => Near(x) ? default : Each(x, PiQuadrant);
    [MethodImpl(Inline)] public static Vector512<float> PiQuadrant(Vector512<float> x) => Near(x) ? default : Each(x, PiQuadrant);

    [MethodImpl(Inline)] public static Vector128<double> PiHigh(Vector128<double> x) => Near(x) ? x : Each(x, PiHigh);
    [MethodImpl(Inline)] public static Vector256<double> PiHigh(Vector256<double> x) => Near(x) ? x : Each(x, PiHigh);
    [MethodImpl(Inline)] public static Vector512<double> PiHigh(Vector512<double> x) => Near(x) ? x : Each(x, PiHigh);
    [MethodImpl(Inline)] public static Vector128<float> PiHigh(Vector128<float> x) => Near(x) ? x : Each(x, PiHigh);
    [MethodImpl(Inline)] public static Vector256<float> PiHigh(Vector256<float> x) => Near(x) ? x : Each(x, PiHigh);
    [MethodImpl(Inline)] public static Vector512<float> PiHigh(Vector512<float> x) => Near(x) ? x : Each(x, PiHigh);

    [MethodImpl(Inline)] public static Vector128<double> PiLow(Vector128<double> x) => Near(x) ? default : Each(x, PiLow);
    [MethodImpl(Inline)] public static Vector256<double> PiLow(Vector256<double> x) => Near(x) ? default : Each(x, PiLow);
    [MethodImpl(Inline)] public static Vector512<double> PiLow(Vector512<double> x) => Near(x) ? default : Each(x, PiLow);
    [MethodImpl(Inline)] public static Vector128<float> PiLow(Vector128<float> x) => Near(x) ? default : Each(x, PiLow);
    [MethodImpl(Inline)] public static Vector256<float> PiLow(Vector256<float> x) => Near(x) ? default : Each(x, PiLow);
    [MethodImpl(Inline)] public static Vector512<float> PiLow(Vector512<float> x) => Near(x) ? default : Each(x, PiLow);

    [MethodImpl(Inline)] public static Vector128<double> RemLarge(Vector128<double> x, Vector128<double> y) => Near(x, y) ? x : Each(x, y, RemLarge);
    [MethodImpl(Inline)] public static Vector256<double> RemLarge(Vector256<double> x, Vector256<double> y) => Near(x, y) ? x : Each(x, y, RemLarge);
    [MethodImpl(Inline)] public static Vector512<double> RemLarge(Vector512<double> x, Vector512<double> y) => Near(x, y) ? x : Each(x, y, RemLarge);
    [MethodImpl(Inline)] public static Vector128<float> RemLarge(Vector128<float> x, Vector128<float> y) => Near(x, y) ? x : Each(x, y, RemLarge);
    [MethodImpl(Inline)] public static Vector256<float> RemLarge(Vector256<float> x, Vector256<float> y) => Near(x, y) ? x : Each(x, y, RemLarge);
    [MethodImpl(Inline)] public static Vector512<float> RemLarge(Vector512<float> x, Vector512<float> y) => Near(x, y) ? x : Each(x, y, RemLarge);

    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining, Apart = MethodImplOptions.NoInlining;

    [MethodImpl(Apart)]
    static Vector128<T> Each<T>(Vector128<T> x, Func<T, T> f)
    {
        for (var i = 0; i < Vector128<T>.Count; i++) x = x.WithElement(i, f(x[i]));
        return x;
    }

    [MethodImpl(Apart)]
    static Vector128<T> Each<T>(Vector128<T> x, Vector128<T> y, Func<T, T, T> f)
    {
        for (var i = 0; i < Vector128<T>.Count; i++) x = x.WithElement(i, f(x[i], y[i]));
        return x;
    }

    [MethodImpl(Apart)]
    static Vector256<T> Each<T>(Vector256<T> x, Func<T, T> f)
    {
        for (var i = 0; i < Vector256<T>.Count; i++) x = x.WithElement(i, f(x[i]));
        return x;
    }

    [MethodImpl(Apart)]
    static Vector256<T> Each<T>(Vector256<T> x, Vector256<T> y, Func<T, T, T> f)
    {
        for (var i = 0; i < Vector256<T>.Count; i++) x = x.WithElement(i, f(x[i], y[i]));
        return x;
    }

    [MethodImpl(Apart)]
    static Vector512<T> Each<T>(Vector512<T> x, Func<T, T> f)
    {
        for (var i = 0; i < Vector512<T>.Count; i++) x = x.WithElement(i, f(x[i]));
        return x;
    }

    [MethodImpl(Apart)]
    static Vector512<T> Each<T>(Vector512<T> x, Vector512<T> y, Func<T, T, T> f)
    {
        for (var i = 0; i < Vector512<T>.Count; i++) x = x.WithElement(i, f(x[i], y[i]));
        return x;
    }

    // 2/π in binary: one word of zeros, then the bits after the point.
    static ReadOnlySpan<ulong> TwoOverPi =>
    [
        0, 0xA2F9836E4E441529, 0xFC2757D1F534DDC0, 0xDB6295993C439041, 0xFE5163ABDEBBC561, 0xB7246E3A424DD2E0, 0x06492EEA09D1921C, 0xFE1DEB1CB129A73E,
        0xE88235F52EBB4484, 0xE99C7026B45F7E41, 0x3991D639835339F4, 0x9C845F8BBDF9283B, 0x1FF897FFDE05980F, 0xEF2F118B5A0A6D1F, 0x6D367ECF27CB09B7,
        0x4F463F669E5FEA2D, 0x7527BAC7EBE5F17B, 0x3D0739F78A5292EA, 0x6BFB5FB11F8D5D08, 0x56033046FC7B6BAB, 0xF0CFBC209AF4361D,
    ];

    /// <summary>
    /// Payne and Hanek's reduction of m·2^e. Bits of 2/π that count for multiples of 4 quadrants are left out, and 192 of those that follow
    /// suffice: 53 are lost to m, 2 to the quadrant, at most 62 to cancellation.
    /// </summary>
    [MethodImpl(Apart)]
    static (int Quadrant, double High, double Low) Split(double x)
    {
        if (!double.IsFinite(x)) return (0, double.NaN, double.NaN);
        var bits = BitConverter.DoubleToInt64Bits(Math.Abs(x));
        var e = (int)(bits >> 52) - 1075;
        var m = (ulong)(bits & 0xFFFFFFFFFFFFF | 1L << 52);

        // Three words of 2/π whose first bit, times 2^e, stands for 2 quadrants.
        var first = e - 2 + 64;
        ulong Word(int i)
        {
            var (word, bit) = ((first >> 6) + i, first & 63);
            return bit == 0 ? TwoOverPi[word] : TwoOverPi[word] << bit | TwoOverPi[word + 1] >> 64 - bit;
        }
        UInt128 high = (UInt128)m * Word(0) << 64, middle = (UInt128)m * Word(1), low = (UInt128)m * Word(2);
        var top = high + middle + (low >> 64); // with the last 64 bits in low: x · 2/π modulo 4, in units of 2^−126
        var quadrant = (int)(top >> 126);
        UInt128 rest = top << 2 | (ulong)low >> 62;
        var last = (ulong)low << 2;

        // To the nearest quadrant, then the magnitude's first 128 bits.
        var negative = rest >> 127 != 0;
        if (negative) (quadrant, rest, last) = (quadrant + 1, ~rest + (last == 0 ? 1u : 0u), ~last + 1);
        var zeros = (int)UInt128.LeadingZeroCount(rest);
        if (zeros > 0) rest = rest << zeros | (zeros < 64 ? last >> 64 - zeros : (UInt128)last << zeros - 64);

        // Times π/2, in double-double.
        double a = (ulong)(rest >> 75), b = Math.ScaleB((ulong)(rest >> 22) & 0x1FFFFFFFFFFFFF, -53);
        var p = a * (Math.PI / 2);
        var error = Math.FusedMultiplyAdd(a, Math.PI / 2, -p) + (a * 6.123233995736766e-17 + b * (Math.PI / 2));
        var scale = Math.ScaleB(negative != x < 0 ? -1 : 1, -53 - zeros);
        var sum = p + error;
        return ((x < 0 ? -quadrant : quadrant) & 3, sum * scale, (error - (sum - p)) * scale);
    }
}
