using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace StagedDiff;

/// <summary>
/// Vectors of elements that lie apart. What generated code calls where there is an instruction for it is that instruction and no more: each
/// local of a method that is inlined counts towards those that the JIT keeps in registers. Lanes that are off are neither read nor written,
/// and hold 0. Masks are lanes of 0 or −1.
/// </summary>
static unsafe class LaneGather
{
    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining, Called = MethodImplOptions.NoInlining;

    // ---- at p + size·index, the index in elements
    [MethodImpl(Inline)] public static Vector256<float> Single256(long p, Vector256<int> index) => Avx2.GatherVector256((float*)p, index, 4);
    [MethodImpl(Inline)] public static Vector128<float> Single128(long p, Vector128<int> index) => Avx2.GatherVector128((float*)p, index, 4);
    [MethodImpl(Inline)] public static Vector256<double> Double256(long p, Vector128<int> index) => Avx2.GatherVector256((double*)p, index, 8);
    [MethodImpl(Inline)] public static Vector128<double> Double128(long p, Vector128<int> index) => Avx2.GatherVector128((double*)p, index, 8);
    [MethodImpl(Inline)]
    public static Vector256<float> Single256(long p, Vector256<int> index, Vector256<float> mask) => Avx2.GatherMaskVector256(Vector256<float>.Zero, (float*)p, index, mask, 4);
    [MethodImpl(Inline)]
    public static Vector128<float> Single128(long p, Vector128<int> index, Vector128<float> mask) => Avx2.GatherMaskVector128(Vector128<float>.Zero, (float*)p, index, mask, 4);
    [MethodImpl(Inline)]
    public static Vector256<double> Double256(long p, Vector128<int> index, Vector256<double> mask) => Avx2.GatherMaskVector256(Vector256<double>.Zero, (double*)p, index, mask, 8);
    [MethodImpl(Inline)]
    public static Vector128<double> Double128(long p, Vector128<int> index, Vector128<double> mask) => Avx2.GatherMaskVector128(Vector128<double>.Zero, (double*)p, index, mask, 8);

    // ---- the same without an instruction for it: one element after the other. Part 0 is the first half of the lanes of 8 bytes.
    [MethodImpl(Called)]
    public static Vector512<T> Pick<T>(long p, Vector512<int> index, Vector512<int> mask, int part) where T : unmanaged
    {
        var v = stackalloc T[Vector512<T>.Count];
        for (int i = 0, k = part * Vector512<T>.Count; i < Vector512<T>.Count; i++, k++) v[i] = mask[k] != 0 ? ((T*)p)[index[k]] : default;
        return Vector512.Load(v);
    }
    [MethodImpl(Called)]
    public static Vector256<T> Pick<T>(long p, Vector256<int> index, Vector256<int> mask, int part) where T : unmanaged
    {
        var v = stackalloc T[Vector256<T>.Count];
        for (int i = 0, k = part * Vector256<T>.Count; i < Vector256<T>.Count; i++, k++) v[i] = mask[k] != 0 ? ((T*)p)[index[k]] : default;
        return Vector256.Load(v);
    }
    [MethodImpl(Called)]
    public static Vector128<T> Pick<T>(long p, Vector128<int> index, Vector128<int> mask, int part) where T : unmanaged
    {
        var v = stackalloc T[Vector128<T>.Count];
        for (int i = 0, k = part * Vector128<T>.Count; i < Vector128<T>.Count; i++, k++) v[i] = mask[k] != 0 ? ((T*)p)[index[k]] : default;
        return Vector128.Load(v);
    }
    [MethodImpl(Called)]
    public static Vector512<int> PickBytes(long p, Vector512<int> index, Vector512<int> mask)
    {
        var v = stackalloc int[16];
        for (int i = 0; i < 16; i++) v[i] = mask[i] != 0 ? ((byte*)p)[index[i]] : 0;
        return Vector512.Load(v);
    }
    [MethodImpl(Called)]
    public static Vector256<int> PickBytes(long p, Vector256<int> index, Vector256<int> mask)
    {
        var v = stackalloc int[8];
        for (int i = 0; i < 8; i++) v[i] = mask[i] != 0 ? ((byte*)p)[index[i]] : 0;
        return Vector256.Load(v);
    }
    [MethodImpl(Called)]
    public static Vector128<int> PickBytes(long p, Vector128<int> index, Vector128<int> mask)
    {
        var v = stackalloc int[4];
        for (int i = 0; i < 4; i++) v[i] = mask[i] != 0 ? ((byte*)p)[index[i]] : 0;
        return Vector128.Load(v);
    }

    // ---- at p, p + step, p + 2·step, …, the step in bytes and of any size
    static bool On<T>(T mask) where T : unmanaged => sizeof(T) == 4 ? Unsafe.BitCast<T, int>(mask) != 0 : Unsafe.BitCast<T, long>(mask) != 0;

    /// <summary>Whether a vector's elements lie so close that 32 bits hold their distances in bytes.</summary>
    [MethodImpl(Inline)] static bool IsNear(long step) => (ulong)(step + (1 << 27)) < 1 << 28;

    [MethodImpl(Called)]
    public static Vector512<T> Strided<T>(long p, long step, Vector512<T> mask) where T : unmanaged
    {
        // Not Vector512.Create of two halves: the JIT takes both through memory.
        if (Avx2.IsSupported) return Strided(p, step, mask.GetLower()).ToVector512Unsafe().WithUpper(Strided(p + step * Vector256<T>.Count, step, mask.GetUpper()));
        var v = stackalloc T[Vector512<T>.Count];
        for (int i = 0; i < Vector512<T>.Count; i++, p += step) v[i] = On(mask[i]) ? *(T*)p : default;
        return Vector512.Load(v);
    }
    [MethodImpl(Inline)]
    public static Vector256<T> Strided<T>(long p, long step, Vector256<T> mask) where T : unmanaged
    {
        if (!Avx2.IsSupported || !IsNear(step)) return Singly(p, step, mask);
        return sizeof(T) == 4
            ? Avx2.GatherMaskVector256(Vector256<float>.Zero, (float*)p, Vector256<int>.Indices * (int)step, mask.AsSingle(), 1).As<float, T>()
            : Avx2.GatherMaskVector256(Vector256<double>.Zero, (double*)p, Vector128<int>.Indices * (int)step, mask.AsDouble(), 1).As<double, T>();
    }
    [MethodImpl(Inline)]
    public static Vector128<T> Strided<T>(long p, long step, Vector128<T> mask) where T : unmanaged
    {
        if (!Avx2.IsSupported || !IsNear(step)) return Singly(p, step, mask);
        return sizeof(T) == 4
            ? Avx2.GatherMaskVector128(Vector128<float>.Zero, (float*)p, Vector128<int>.Indices * (int)step, mask.AsSingle(), 1).As<float, T>()
            : Avx2.GatherMaskVector128(Vector128<double>.Zero, (double*)p, Vector128<int>.Indices * (int)step, mask.AsDouble(), 1).As<double, T>();
    }
    [MethodImpl(Called)]
    static Vector256<T> Singly<T>(long p, long step, Vector256<T> mask) where T : unmanaged
    {
        var v = stackalloc T[Vector256<T>.Count];
        for (int i = 0; i < Vector256<T>.Count; i++, p += step) v[i] = On(mask[i]) ? *(T*)p : default;
        return Vector256.Load(v);
    }
    [MethodImpl(Called)]
    static Vector128<T> Singly<T>(long p, long step, Vector128<T> mask) where T : unmanaged
    {
        var v = stackalloc T[Vector128<T>.Count];
        for (int i = 0; i < Vector128<T>.Count; i++, p += step) v[i] = On(mask[i]) ? *(T*)p : default;
        return Vector128.Load(v);
    }
    [MethodImpl(Called)]
    public static Vector512<int> StridedBytes(long p, long step, Vector512<int> mask)
    {
        var v = stackalloc int[16];
        for (int i = 0; i < 16; i++, p += step) v[i] = mask[i] != 0 ? *(byte*)p : 0;
        return Vector512.Load(v);
    }
    [MethodImpl(Called)]
    public static Vector256<int> StridedBytes(long p, long step, Vector256<int> mask)
    {
        var v = stackalloc int[8];
        for (int i = 0; i < 8; i++, p += step) v[i] = mask[i] != 0 ? *(byte*)p : 0;
        return Vector256.Load(v);
    }
    [MethodImpl(Called)]
    public static Vector128<int> StridedBytes(long p, long step, Vector128<int> mask)
    {
        var v = stackalloc int[4];
        for (int i = 0; i < 4; i++, p += step) v[i] = mask[i] != 0 ? *(byte*)p : 0;
        return Vector128.Load(v);
    }

    // ---- stores under a mask
    [MethodImpl(Called)]
    public static void Scatter<T>(Vector512<T> v, long p, Vector512<T> mask) where T : unmanaged
    {
        for (int i = 0; i < Vector512<T>.Count; i++) if (On(mask[i])) ((T*)p)[i] = v[i];
    }
    [MethodImpl(Called)]
    public static void Scatter<T>(Vector256<T> v, long p, Vector256<T> mask) where T : unmanaged
    {
        for (int i = 0; i < Vector256<T>.Count; i++) if (On(mask[i])) ((T*)p)[i] = v[i];
    }
    [MethodImpl(Called)]
    public static void Scatter<T>(Vector128<T> v, long p, Vector128<T> mask) where T : unmanaged
    {
        for (int i = 0; i < Vector128<T>.Count; i++) if (On(mask[i])) ((T*)p)[i] = v[i];
    }
}
