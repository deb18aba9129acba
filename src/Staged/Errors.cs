namespace StagedDiff;

/// <summary>Shapes that do not fit an operation.</summary>
public sealed class ShapeException(string message) : ArgumentException(message);

/// <summary>Element types that do not fit an operation.</summary>
public sealed class DTypeException(string message) : ArgumentException(message);

/// <summary>A value that cannot be flattened to tensors and static parts.</summary>
public sealed class TreeException(string message) : ArgumentException(message);

/// <summary>An index outside of the extent of its axis.</summary>
public sealed class IndexException(string message) : ArgumentException(message);

/// <summary>A tensor used where its trace does not allow it: its value while staged, a variable after its trace, a donated tensor.</summary>
public sealed class StagingException(string message) : InvalidOperationException(message);

/// <summary>A jitted function traced too often.</summary>
public sealed class RetraceException(string message) : InvalidOperationException(message);

/// <summary>A condition given to <c>Check</c>, <c>CheckGrads</c> or <c>CheckNaN</c> that does not hold.</summary>
public sealed class CheckException(string message) : InvalidOperationException(message);
