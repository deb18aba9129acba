namespace StagedDiff;

/// <summary>
/// The memory of one or more concrete tensors: a managed array, the user's or our own. No finalizer: the collector owns it.
/// </summary>
sealed class Storage
{
    Array? data;                        // null when it was donated, or returned
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
    public Array Data => data ?? throw Gone();

    StagingException Gone() => note is Recycled ? new($"A cotangent was read after its memory had been handed on: please report it.{Caller.Line()}") : new(
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

    /// <summary>Set where a tensor keeps this memory for later, beside whoever was given it.</summary>
    public bool Kept { get; set; }

    /// <summary>Whether its memory came with it after so many others, and goes back with <see cref="Return"/>.</summary>
    public bool IsSince(long handed) => note is Recycled block && !Kept && block.IsSince(handed);

    /// <summary>Gives the memory back: by whoever knows that no tensor over it will be read again.</summary>
    public void Return()
    {
        if (data is null) return;
        data = null;
        (note as Recycled)?.Return();
    }

    /// <summary>What tensors of a type are left with when they are donated: it says where their memory went.</summary>
    public static Storage Donated(TensorType type) => new(type);

    /// <summary>Memory that is nobody else's before or after: that of a literal, which many tensors share.</summary>
    public static Storage Own(DType type, long size) => new(Recycled.Allocate(type, size));

    public static Storage Allocate(DType type, long size) => Recycled.Storage(type, size);
}
