namespace StagedDiff;

/// <summary>How a jitted function is compiled and called.</summary>
public sealed record JitOptions
{
    readonly int? maxTraces;

    /// <summary>The most threads a call may use. 0, the default: the environment variable STAGEDDIFF_THREADS, or else the number of cores.</summary>
    public int Threads { get; init; }

    /// <summary>Numbers of arguments whose memory the results may take over, from 0. A donated tensor cannot be used again.</summary>
    public int[] Donate { get; init; } = [];

    /// <summary>
    /// Axes whose extent is left open, in all tensors of an argument: <c>(1, 0, "batch")</c> makes one program of every batch size of argument 1.
    /// Tensors without that axis are left as they are.
    /// </summary>
    /// <remarks>Calls from inside of another traced function ignore it: they have the extents of that trace.</remarks>
    public (int Argument, int Axis, string Name)[] Symbolic { get; init; } = [];

    /// <summary>
    /// How many traces are made before a <see cref="RetraceException"/>: 64 by default. Without setting it, four that differ in one static
    /// part alone are enough.
    /// </summary>
    public int MaxTraces { get => maxTraces ?? 64; init => maxTraces = value; }

    /// <summary>Whether a call looks for NaN in its results and throws a <see cref="CheckException"/> that names the first.</summary>
    public bool CheckNaN { get; init; }

    /// <summary>Whether indices out of bounds pass silently: reads clamp, writes drop.</summary>
    public bool Unchecked { get; init; }

    /// <summary>How many traces may differ in one static part alone.</summary>
    internal int MaxValues => maxTraces ?? 4;

    /// <summary>Equal for equal options: records compare arrays by reference.</summary>
    internal string Key => $"{this with { Donate = [], Symbolic = [] }} {maxTraces} {string.Join(',', Donate)} {string.Join(',', Symbolic)}";
}
