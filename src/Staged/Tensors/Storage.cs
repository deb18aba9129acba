namespace StagedDiff;

/// <summary>
/// The memory of one or more concrete tensors: a managed array, the user's or our own. No finalizer: the collector owns it.
/// </summary>
sealed class Storage
{
    readonly Recycled? block;
    Array? data;
    TensorType? gone;

    public Storage(Array data) => this.data = data;

    public Storage(Recycled block)
    {
        (this.block, data) = (block, block.Data);
        block.GiveTo(this);
    }

    /// <summary>Set for good when a second tensor looks at this memory: then nobody may write to it in place.</summary>
    public bool Shared { get; set; }

    /// <summary>The array. Keep the tensor alive for as long as you use it: afterwards it may be another's.</summary>
    public Array Data => data ?? throw new StagingException(
        $"A donated tensor was used: {gone} was given to a jitted function that may overwrite it (JitOptions.Donate). Use what the function returned instead.{Caller.Line()}");

    /// <summary>The array for the user, who may keep it.</summary>
    public Array Shown
    {
        get
        {
            block?.Show();
            return Data;
        }
    }

    /// <summary>The memory of a tensor that was donated: it says where it went.</summary>
    public static Storage Donated(TensorType type) => new(Array.Empty<byte>()) { data = null, gone = type };

    public static Storage Allocate(DType type, long size) => Recycled.Storage(type, size);
}
