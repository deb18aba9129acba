namespace StagedDiff;

/// <summary>How a jitted function is compiled and called.</summary>
public sealed record JitOptions
{
    /// <summary>The most threads a call may use. 0, the default: the environment variable STAGEDDIFF_THREADS, or else the number of cores.</summary>
    public int Threads { get; init; }

    /// <summary>Numbers of arguments whose memory the results may take over. A donated tensor cannot be used again.</summary>
    public int[] Donate { get; init; } = [];

    /// <summary>How many traces that differ in static parts or shapes are made before a <see cref="RetraceException"/>.</summary>
    public int MaxTraces { get; init; } = 64;

    /// <summary>Whether a call looks for NaN in its results and throws a <see cref="CheckException"/> that names the first.</summary>
    public bool CheckNaN { get; init; }

    /// <summary>Whether indices out of bounds pass silently: reads clamp, writes drop.</summary>
    public bool Unchecked { get; init; }
}
