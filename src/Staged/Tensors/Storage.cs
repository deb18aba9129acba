namespace StagedDiff;

/// <summary>
/// The memory of one or more concrete tensors: a managed array, the user's or our own. No finalizer: the collector owns it.
/// </summary>
sealed class Storage(Array data)
{
    Array? data = data;
    TensorType? gone;

    /// <summary>Set for good when a second tensor looks at this memory: then nobody may write to it in place.</summary>
    public bool Shared { get; set; }

    public Array Data => data ?? throw new StagingException(
        $"A donated tensor was used: {gone} was given to a jitted function that may overwrite it (JitOptions.Donate). Use what the function returned instead.{Caller.Line()}");

    /// <summary>The memory of a tensor that was donated: it says where it went.</summary>
    public static Storage Donated(TensorType type) => new(Array.Empty<byte>()) { data = null, gone = type };

    public static Storage Allocate(DType type, long size) => new(type switch
    {
        DType.Bool => GC.AllocateUninitializedArray<bool>(checked((int)size)),
        DType.U8 => GC.AllocateUninitializedArray<byte>(checked((int)size)),
        DType.I32 => GC.AllocateUninitializedArray<int>(checked((int)size)),
        DType.U32 => GC.AllocateUninitializedArray<uint>(checked((int)size)),
        DType.I64 => GC.AllocateUninitializedArray<long>(checked((int)size)),
        DType.F32 => GC.AllocateUninitializedArray<float>(checked((int)size)),
        _ => GC.AllocateUninitializedArray<double>(checked((int)size)),
    });
}
