namespace StagedDiff;

/// <summary>The check that indices are in range: reads clamp and writes drop regardless, so it is made beside the kernel and raises at the call's end.</summary>
static class Bounds
{
    /// <summary>The first index outside of [−limit, limit), or null.</summary>
    public static unsafe long? FirstBad(DType type, long address, long count, long limit)
    {
        for (long i = 0; i < count; i++)
        {
            long index = type == DType.I64 ? ((long*)address)[i] : type == DType.U32 ? ((uint*)address)[i] : type == DType.U8 ? ((byte*)address)[i] : ((int*)address)[i];
            if (index < -limit || index >= limit) return index;
        }
        return null;
    }

    public static unsafe void Check(Op op, Tensor indices, long limit)
    {
        var flat = indices.Contiguous();
        fixed (byte* p = &System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(flat.Storage.Data))
            if (FirstBad(flat.DType, (long)p, flat.Size, limit) is { } bad) throw Out(op, bad, limit);
        GC.KeepAlive(flat);
    }

    public static IndexException Out(Op op, long index, long limit) =>
        new($"{op.Name}: index {Tensor.Signed(index)} is out of range for an axis of {limit}; indices are −{limit} … {limit - 1}.{Caller.Line()}");
}
