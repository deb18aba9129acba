namespace StagedDiff;

/// <summary>
/// The memory of one or more concrete tensors: a managed array, the user's or our own. No finalizer: the collector owns it.
/// </summary>
sealed class Storage
{
    readonly Array? data;
    readonly object? note;              // the Recycled that data comes from; of what was donated its type

    public Storage(Array data) => this.data = data;

    Storage(TensorType type) => note = type;

    public Storage(Recycled block)
    {
        (note, data) = (block, block.Data);
        block.GiveTo(this);
    }

    /// <summary>Set for good when a second tensor looks at this memory: then nobody may write to it in place.</summary>
    public bool Shared { get; set; }

    /// <summary>The array. Keep the tensor alive for as long as you use it: afterwards it may be another's.</summary>
    public Array Data => data ?? throw new StagingException(
        $"A donated tensor was used: {note} was given to a jitted function that may overwrite it (JitOptions.Donate). Use what the function returned instead.{Caller.Line()}");

    /// <summary>The array for the user, who may keep it.</summary>
    public Array Shown
    {
        get
        {
            (note as Recycled)?.Show();
            return Data;
        }
    }

    /// <summary>What tensors of a type are left with when they are donated: it says where their memory went.</summary>
    public static Storage Donated(TensorType type) => new(type);

    public static Storage Allocate(DType type, long size) => Recycled.Storage(type, size);
}
