using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace StagedDiff;

/// <summary>
/// What generated code calls: loads and stores (pointers have no expression nodes) and the few operations that have no vector form.
/// One set of names for every width; the emitter picks by operand type. Masks are int lanes of 0 or −1.
/// </summary>
static unsafe class LaneMath
{
    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    // ---- addresses and single elements
    [MethodImpl(Inline)] public static long Address(long table, int slot) => ((long*)table)[slot];
    [MethodImpl(Inline)] public static T Read<T>(long p) where T : unmanaged => *(T*)p;
    [MethodImpl(Inline)] public static void Write<T>(T v, long p) where T : unmanaged => *(T*)p = v;
    [MethodImpl(Inline)] public static T ReadIf<T>(bool inside, long p) where T : unmanaged => inside ? *(T*)p : default;
    [MethodImpl(Inline)] public static void WriteBool(bool v, long p) => *(byte*)p = v ? (byte)1 : (byte)0;
    [MethodImpl(Inline)] public static int ReadByte(long p) => *(byte*)p;
    [MethodImpl(Inline)] public static void WriteByte(int v, long p) => *(byte*)p = (byte)v;
    [MethodImpl(Inline)] public static int ReadMask(long p) => -*(byte*)p;

    // ---- full vectors
    [MethodImpl(Inline)] public static Vector512<T> Load512<T>(long p) where T : unmanaged => Vector512.Load((T*)p);
    [MethodImpl(Inline)] public static Vector256<T> Load256<T>(long p) where T : unmanaged => Vector256.Load((T*)p);
    [MethodImpl(Inline)] public static Vector128<T> Load128<T>(long p) where T : unmanaged => Vector128.Load((T*)p);
    [MethodImpl(Inline)] public static void Store<T>(Vector512<T> v, long p) where T : unmanaged => v.Store((T*)p);
    [MethodImpl(Inline)] public static void Store<T>(Vector256<T> v, long p) where T : unmanaged => v.Store((T*)p);
    [MethodImpl(Inline)] public static void Store<T>(Vector128<T> v, long p) where T : unmanaged => v.Store((T*)p);

    [MethodImpl(Inline)] public static Vector512<int> Bytes512(long p) => Widen(Vector128.Load((byte*)p));
    [MethodImpl(Inline)]
    public static Vector256<int> Bytes256(long p)
    {
        var (low, high) = Vector128.Widen(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)p).AsByte()));
        return Vector256.Create(low, high).AsInt32();
    }
    [MethodImpl(Inline)] public static Vector128<int> Bytes128(long p) => Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(uint*)p).AsByte())).AsInt32();
    [MethodImpl(Inline)]
    static Vector512<int> Widen(Vector128<byte> b)
    {
        if (Avx512F.IsSupported) return Avx512F.ConvertToVector512Int32(b);
        var (low, high) = Vector256.Widen(Vector256.Create(Vector128.WidenLower(b), Vector128.WidenUpper(b)));
        return Vector512.Create(low, high).AsInt32();
    }

    [MethodImpl(Inline)]
    public static void StoreBytes(Vector512<int> v, long p)
    {
        if (Avx512F.IsSupported) { Avx512F.ConvertToVector128Byte(v).Store((byte*)p); return; }
        StoreBytes(v.GetLower(), p);
        StoreBytes(v.GetUpper(), p + 8);
    }
    [MethodImpl(Inline)]
    public static void StoreBytes(Vector256<int> v, long p)
    {
        var words = Vector128.Narrow(v.GetLower().AsUInt32(), v.GetUpper().AsUInt32());
        *(ulong*)p = Vector128.Narrow(words, words).AsUInt64().ToScalar();
    }
    [MethodImpl(Inline)]
    public static void StoreBytes(Vector128<int> v, long p)
    {
        var words = Vector128.Narrow(v.AsUInt32(), v.AsUInt32());
        *(uint*)p = Vector128.Narrow(words, words).AsUInt32().ToScalar();
    }

    // ---- masked vectors: lanes where the mask is 0 are neither read nor written, and hold 0
    [MethodImpl(Inline)]
    public static Vector512<T> MaskLoad<T>(long p, Vector512<T> mask) where T : unmanaged
    {
        if (Avx512F.IsSupported)
            return sizeof(T) == 4 ? Avx512F.MaskLoad((float*)p, mask.AsSingle(), Vector512<float>.Zero).As<float, T>()
                : Avx512F.MaskLoad((double*)p, mask.AsDouble(), Vector512<double>.Zero).As<double, T>();
        return Gather(p, (long)sizeof(T), mask);
    }
    [MethodImpl(Inline)]
    public static Vector256<T> MaskLoad<T>(long p, Vector256<T> mask) where T : unmanaged
    {
        if (Avx.IsSupported)
            return sizeof(T) == 4 ? Avx.MaskLoad((float*)p, mask.AsSingle()).As<float, T>() : Avx.MaskLoad((double*)p, mask.AsDouble()).As<double, T>();
        return Gather(p, (long)sizeof(T), mask);
    }
    [MethodImpl(Inline)]
    public static Vector128<T> MaskLoad<T>(long p, Vector128<T> mask) where T : unmanaged
    {
        if (Avx.IsSupported)
            return sizeof(T) == 4 ? Avx.MaskLoad((float*)p, mask.AsSingle()).As<float, T>() : Avx.MaskLoad((double*)p, mask.AsDouble()).As<double, T>();
        return Gather(p, (long)sizeof(T), mask);
    }
    [MethodImpl(Inline)]
    public static void MaskStore<T>(Vector512<T> v, long p, Vector512<T> mask) where T : unmanaged
    {
        if (Avx512F.IsSupported)
        {
            if (sizeof(T) == 4) Avx512F.MaskStore((float*)p, mask.AsSingle(), v.AsSingle());
            else Avx512F.MaskStore((double*)p, mask.AsDouble(), v.AsDouble());
            return;
        }
        Scatter(v, p, mask);
    }
    [MethodImpl(Inline)]
    public static void MaskStore<T>(Vector256<T> v, long p, Vector256<T> mask) where T : unmanaged
    {
        if (Avx.IsSupported)
        {
            if (sizeof(T) == 4) Avx.MaskStore((float*)p, mask.AsSingle(), v.AsSingle());
            else Avx.MaskStore((double*)p, mask.AsDouble(), v.AsDouble());
            return;
        }
        Scatter(v, p, mask);
    }
    [MethodImpl(Inline)]
    public static void MaskStore<T>(Vector128<T> v, long p, Vector128<T> mask) where T : unmanaged
    {
        if (Avx.IsSupported)
        {
            if (sizeof(T) == 4) Avx.MaskStore((float*)p, mask.AsSingle(), v.AsSingle());
            else Avx.MaskStore((double*)p, mask.AsDouble(), v.AsDouble());
            return;
        }
        Scatter(v, p, mask);
    }

    // ---- lane by lane: strides, bytes under a mask, computed addresses
    static bool On<T>(T mask) where T : unmanaged => sizeof(T) == 4 ? Unsafe.BitCast<T, int>(mask) != 0 : Unsafe.BitCast<T, long>(mask) != 0;

    public static Vector512<T> Gather<T>(long p, long step, Vector512<T> mask) where T : unmanaged =>
        Both(Gather(p, step, mask.GetLower()), Gather(p + step * Vector256<T>.Count, step, mask.GetUpper()));
    [MethodImpl(Inline)]
    public static Vector256<T> Gather<T>(long p, long step, Vector256<T> mask) where T : unmanaged
    {
        if (!Avx2.IsSupported || !IsNear(step)) return Singly(p, step, mask);
        return sizeof(T) == 4
            ? Avx2.GatherMaskVector256(Vector256<float>.Zero, (float*)p, Vector256<int>.Indices * (int)step, mask.AsSingle(), 1).As<float, T>()
            : Avx2.GatherMaskVector256(Vector256<double>.Zero, (double*)p, Vector128<int>.Indices * (int)step, mask.AsDouble(), 1).As<double, T>();
    }
    // Not Vector512.Create of two halves: the JIT takes both through memory.
    [MethodImpl(Inline)]
    static Vector512<T> Both<T>(Vector256<T> lower, Vector256<T> upper) where T : unmanaged => lower.ToVector512Unsafe().WithUpper(upper);
    /// <summary>Whether a vector's elements lie so close that 32 bits hold their distances in bytes.</summary>
    [MethodImpl(Inline)]
    static bool IsNear(long step) => (ulong)(step + (1 << 27)) < 1 << 28;
    static Vector256<T> Singly<T>(long p, long step, Vector256<T> mask) where T : unmanaged
    {
        var v = stackalloc T[Vector256<T>.Count];
        for (int i = 0; i < Vector256<T>.Count; i++, p += step) v[i] = On(mask[i]) ? *(T*)p : default;
        return Vector256.Load(v);
    }
    [MethodImpl(Inline)]
    public static Vector128<T> Gather<T>(long p, long step, Vector128<T> mask) where T : unmanaged
    {
        if (!Avx2.IsSupported || !IsNear(step)) return Singly(p, step, mask);
        return sizeof(T) == 4
            ? Avx2.GatherMaskVector128(Vector128<float>.Zero, (float*)p, Vector128<int>.Indices * (int)step, mask.AsSingle(), 1).As<float, T>()
            : Avx2.GatherMaskVector128(Vector128<double>.Zero, (double*)p, Vector128<int>.Indices * (int)step, mask.AsDouble(), 1).As<double, T>();
    }
    static Vector128<T> Singly<T>(long p, long step, Vector128<T> mask) where T : unmanaged
    {
        var v = stackalloc T[Vector128<T>.Count];
        for (int i = 0; i < Vector128<T>.Count; i++, p += step) v[i] = On(mask[i]) ? *(T*)p : default;
        return Vector128.Load(v);
    }
    [MethodImpl(Inline)]
    public static Vector512<T> Strided512<T>(long p, long step) where T : unmanaged =>
        Both(Strided256<T>(p, step), Strided256<T>(p + step * Vector256<T>.Count, step));
    [MethodImpl(Inline)]
    public static Vector256<T> Strided256<T>(long p, long step) where T : unmanaged
    {
        if (!Avx2.IsSupported || !IsNear(step)) return Singly(p, step, Vector256<T>.AllBitsSet);
        return sizeof(T) == 4
            ? Avx2.GatherVector256((float*)p, Vector256<int>.Indices * (int)step, 1).As<float, T>()
            : Avx2.GatherVector256((double*)p, Vector128<int>.Indices * (int)step, 1).As<double, T>();
    }
    [MethodImpl(Inline)]
    public static Vector128<T> Strided128<T>(long p, long step) where T : unmanaged
    {
        if (!Avx2.IsSupported || !IsNear(step)) return Singly(p, step, Vector128<T>.AllBitsSet);
        return sizeof(T) == 4
            ? Avx2.GatherVector128((float*)p, Vector128<int>.Indices * (int)step, 1).As<float, T>()
            : Avx2.GatherVector128((double*)p, Vector128<int>.Indices * (int)step, 1).As<double, T>();
    }
    static void Scatter<T>(Vector512<T> v, long p, Vector512<T> mask) where T : unmanaged
    {
        for (int i = 0; i < Vector512<T>.Count; i++) if (On(mask[i])) ((T*)p)[i] = v[i];
    }
    static void Scatter<T>(Vector256<T> v, long p, Vector256<T> mask) where T : unmanaged
    {
        for (int i = 0; i < Vector256<T>.Count; i++) if (On(mask[i])) ((T*)p)[i] = v[i];
    }
    static void Scatter<T>(Vector128<T> v, long p, Vector128<T> mask) where T : unmanaged
    {
        for (int i = 0; i < Vector128<T>.Count; i++) if (On(mask[i])) ((T*)p)[i] = v[i];
    }

    [MethodImpl(Inline)]
    public static Vector512<int> MaskLoadBytes(long p, Vector512<int> mask) => Avx512BW.VL.IsSupported
        ? Avx512F.ConvertToVector512Int32(Avx512BW.VL.MaskLoad((byte*)p, Avx512F.ConvertToVector128Byte(mask.AsUInt32()), Vector128<byte>.Zero))
        : GatherBytes(p, 1, mask);
    public static Vector256<int> MaskLoadBytes(long p, Vector256<int> mask) => GatherBytes(p, 1, mask);
    public static Vector128<int> MaskLoadBytes(long p, Vector128<int> mask) => GatherBytes(p, 1, mask);
    public static Vector512<int> GatherBytes(long p, long step, Vector512<int> mask)
    {
        var v = stackalloc int[16];
        for (int i = 0; i < 16; i++, p += step) v[i] = mask[i] != 0 ? *(byte*)p : 0;
        return Vector512.Load(v);
    }
    public static Vector256<int> GatherBytes(long p, long step, Vector256<int> mask)
    {
        var v = stackalloc int[8];
        for (int i = 0; i < 8; i++, p += step) v[i] = mask[i] != 0 ? *(byte*)p : 0;
        return Vector256.Load(v);
    }
    public static Vector128<int> GatherBytes(long p, long step, Vector128<int> mask)
    {
        var v = stackalloc int[4];
        for (int i = 0; i < 4; i++, p += step) v[i] = mask[i] != 0 ? *(byte*)p : 0;
        return Vector128.Load(v);
    }
    [MethodImpl(Inline)]
    public static void MaskStoreBytes(Vector512<int> v, long p, Vector512<int> mask)
    {
        if (Avx512BW.VL.IsSupported)
            Avx512BW.VL.MaskStore((byte*)p, Avx512F.ConvertToVector128Byte(mask.AsUInt32()), Avx512F.ConvertToVector128Byte(v.AsUInt32()));
        else ScatterBytes(v, p, mask);
    }
    public static void MaskStoreBytes(Vector256<int> v, long p, Vector256<int> mask) => ScatterBytes(v, p, mask);
    public static void MaskStoreBytes(Vector128<int> v, long p, Vector128<int> mask) => ScatterBytes(v, p, mask);
    public static void ScatterBytes(Vector512<int> v, long p, Vector512<int> mask)
    {
        for (int i = 0; i < 16; i++) if (mask[i] != 0) ((byte*)p)[i] = (byte)v[i];
    }
    public static void ScatterBytes(Vector256<int> v, long p, Vector256<int> mask)
    {
        for (int i = 0; i < 8; i++) if (mask[i] != 0) ((byte*)p)[i] = (byte)v[i];
    }
    public static void ScatterBytes(Vector128<int> v, long p, Vector128<int> mask)
    {
        for (int i = 0; i < 4; i++) if (mask[i] != 0) ((byte*)p)[i] = (byte)v[i];
    }

    // Computed addresses: p + size·index, the index in elements, one vector of ints for all lanes; part 0 is the first half of 8-byte lanes.
    public static Vector512<T> Pick<T>(long p, Vector512<int> index, Vector512<int> mask, int part) where T : unmanaged
    {
        if (sizeof(T) == 4) return Both(Pick<T>(p, index.GetLower(), mask.GetLower(), 0), Pick<T>(p, index.GetUpper(), mask.GetUpper(), 0));
        var (i, m) = part == 0 ? (index.GetLower(), mask.GetLower()) : (index.GetUpper(), mask.GetUpper());
        return Both(Pick<T>(p, i, m, 0), Pick<T>(p, i, m, 1));
    }
    public static Vector256<T> Pick<T>(long p, Vector256<int> index, Vector256<int> mask, int part) where T : unmanaged
    {
        if (!Avx2.IsSupported)
        {
            var v = stackalloc T[Vector256<T>.Count];
            for (int i = 0, k = part * Vector256<T>.Count; i < Vector256<T>.Count; i++, k++) v[i] = mask[k] != 0 ? ((T*)p)[index[k]] : default;
            return Vector256.Load(v);
        }
        if (sizeof(T) == 4) return Avx2.GatherMaskVector256(Vector256<float>.Zero, (float*)p, index, mask.AsSingle(), 4).As<float, T>();
        var (at, on) = part == 0 ? (index.GetLower(), mask.GetLower()) : (index.GetUpper(), mask.GetUpper());
        return Avx2.GatherMaskVector256(Vector256<double>.Zero, (double*)p, at, Vector256.WidenLower(on.ToVector256Unsafe()).AsDouble(), 8).As<double, T>();
    }
    public static Vector128<T> Pick<T>(long p, Vector128<int> index, Vector128<int> mask, int part) where T : unmanaged
    {
        var v = stackalloc T[Vector128<T>.Count];
        for (int i = 0, k = part * Vector128<T>.Count; i < Vector128<T>.Count; i++, k++) v[i] = mask[k] != 0 ? ((T*)p)[index[k]] : default;
        return Vector128.Load(v);
    }
    public static Vector512<int> PickBytes(long p, Vector512<int> index, Vector512<int> mask)
    {
        var v = stackalloc int[16];
        for (int i = 0; i < 16; i++) v[i] = mask[i] != 0 ? ((byte*)p)[index[i]] : 0;
        return Vector512.Load(v);
    }
    public static Vector256<int> PickBytes(long p, Vector256<int> index, Vector256<int> mask)
    {
        var v = stackalloc int[8];
        for (int i = 0; i < 8; i++) v[i] = mask[i] != 0 ? ((byte*)p)[index[i]] : 0;
        return Vector256.Load(v);
    }
    public static Vector128<int> PickBytes(long p, Vector128<int> index, Vector128<int> mask)
    {
        var v = stackalloc int[4];
        for (int i = 0; i < 4; i++) v[i] = mask[i] != 0 ? ((byte*)p)[index[i]] : 0;
        return Vector128.Load(v);
    }

    // ---- integers: no vector division exists; x/0 is 0 and x%0 is x, MinValue/−1 wraps
    [MethodImpl(Inline)] public static int Divide(int a, int b) => b == 0 ? 0 : b == -1 ? unchecked(-a) : a / b;
    [MethodImpl(Inline)] public static uint Divide(uint a, uint b) => b == 0 ? 0 : a / b;
    [MethodImpl(Inline)] public static long Divide(long a, long b) => b == 0 ? 0 : b == -1 ? unchecked(-a) : a / b;
    [MethodImpl(Inline)] public static int Remainder(int a, int b) => b == 0 ? a : b == -1 ? 0 : a % b;
    [MethodImpl(Inline)] public static uint Remainder(uint a, uint b) => b == 0 ? a : a % b;
    [MethodImpl(Inline)] public static long Remainder(long a, long b) => b == 0 ? a : b == -1 ? 0 : a % b;

    static T Divide<T>(T a, T b) where T : unmanaged =>
        typeof(T) == typeof(int) ? Unsafe.BitCast<int, T>(Divide(Unsafe.BitCast<T, int>(a), Unsafe.BitCast<T, int>(b)))
        : typeof(T) == typeof(uint) ? Unsafe.BitCast<uint, T>(Divide(Unsafe.BitCast<T, uint>(a), Unsafe.BitCast<T, uint>(b)))
        : Unsafe.BitCast<long, T>(Divide(Unsafe.BitCast<T, long>(a), Unsafe.BitCast<T, long>(b)));
    static T Remainder<T>(T a, T b) where T : unmanaged =>
        typeof(T) == typeof(int) ? Unsafe.BitCast<int, T>(Remainder(Unsafe.BitCast<T, int>(a), Unsafe.BitCast<T, int>(b)))
        : typeof(T) == typeof(uint) ? Unsafe.BitCast<uint, T>(Remainder(Unsafe.BitCast<T, uint>(a), Unsafe.BitCast<T, uint>(b)))
        : Unsafe.BitCast<long, T>(Remainder(Unsafe.BitCast<T, long>(a), Unsafe.BitCast<T, long>(b)));

    public static Vector512<T> DivideLanes<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged
    {
        var v = stackalloc T[Vector512<T>.Count];
        for (int i = 0; i < Vector512<T>.Count; i++) v[i] = Divide(a[i], b[i]);
        return Vector512.Load(v);
    }
    public static Vector256<T> DivideLanes<T>(Vector256<T> a, Vector256<T> b) where T : unmanaged
    {
        var v = stackalloc T[Vector256<T>.Count];
        for (int i = 0; i < Vector256<T>.Count; i++) v[i] = Divide(a[i], b[i]);
        return Vector256.Load(v);
    }
    public static Vector128<T> DivideLanes<T>(Vector128<T> a, Vector128<T> b) where T : unmanaged
    {
        var v = stackalloc T[Vector128<T>.Count];
        for (int i = 0; i < Vector128<T>.Count; i++) v[i] = Divide(a[i], b[i]);
        return Vector128.Load(v);
    }
    public static Vector512<T> RemainderLanes<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged
    {
        var v = stackalloc T[Vector512<T>.Count];
        for (int i = 0; i < Vector512<T>.Count; i++) v[i] = Remainder(a[i], b[i]);
        return Vector512.Load(v);
    }
    public static Vector256<T> RemainderLanes<T>(Vector256<T> a, Vector256<T> b) where T : unmanaged
    {
        var v = stackalloc T[Vector256<T>.Count];
        for (int i = 0; i < Vector256<T>.Count; i++) v[i] = Remainder(a[i], b[i]);
        return Vector256.Load(v);
    }
    public static Vector128<T> RemainderLanes<T>(Vector128<T> a, Vector128<T> b) where T : unmanaged
    {
        var v = stackalloc T[Vector128<T>.Count];
        for (int i = 0; i < Vector128<T>.Count; i++) v[i] = Remainder(a[i], b[i]);
        return Vector128.Load(v);
    }

    // ---- I64 to F32 rounds once, so not by way of F64
    public static Vector512<float> ToSingle(Vector512<long> low, Vector512<long> high)
    {
        var v = stackalloc float[16];
        for (int i = 0; i < 8; i++) (v[i], v[i + 8]) = (low[i], high[i]);
        return Vector512.Load(v);
    }
    public static Vector256<float> ToSingle(Vector256<long> low, Vector256<long> high)
    {
        var v = stackalloc float[8];
        for (int i = 0; i < 4; i++) (v[i], v[i + 4]) = (low[i], high[i]);
        return Vector256.Load(v);
    }
    public static Vector128<float> ToSingle(Vector128<long> low, Vector128<long> high) => Vector128.Create((float)low[0], low[1], high[0], high[1]);

    // ---- horizontal folds: halves onto halves, the same tree at every width
    [MethodImpl(Inline)]
    static Vector128<T> Swap<T>(Vector128<T> v, bool pairs) where T : unmanaged =>
        pairs ? Vector128.Shuffle(v.AsInt64(), Vector128.Create(1L, 0)).As<long, T>() : Vector128.Shuffle(v.AsInt32(), Vector128.Create(1, 0, 3, 2)).As<int, T>();
    [MethodImpl(Inline)] public static T FoldSum<T>(Vector512<T> v) where T : unmanaged => FoldSum(v.GetLower() + v.GetUpper());
    [MethodImpl(Inline)] public static T FoldSum<T>(Vector256<T> v) where T : unmanaged => FoldSum(v.GetLower() + v.GetUpper());
    [MethodImpl(Inline)]
    public static T FoldSum<T>(Vector128<T> v) where T : unmanaged
    {
        v += Swap(v, true);
        if (sizeof(T) == 4) v += Swap(v, false);
        return v.ToScalar();
    }
    [MethodImpl(Inline)] public static T FoldProd<T>(Vector512<T> v) where T : unmanaged => FoldProd(v.GetLower() * v.GetUpper());
    [MethodImpl(Inline)] public static T FoldProd<T>(Vector256<T> v) where T : unmanaged => FoldProd(v.GetLower() * v.GetUpper());
    [MethodImpl(Inline)]
    public static T FoldProd<T>(Vector128<T> v) where T : unmanaged
    {
        v *= Swap(v, true);
        if (sizeof(T) == 4) v *= Swap(v, false);
        return v.ToScalar();
    }
    [MethodImpl(Inline)] public static T FoldMax<T>(Vector512<T> v) where T : unmanaged => FoldMax(Vector256.Max(v.GetLower(), v.GetUpper()));
    [MethodImpl(Inline)] public static T FoldMax<T>(Vector256<T> v) where T : unmanaged => FoldMax(Vector128.Max(v.GetLower(), v.GetUpper()));
    [MethodImpl(Inline)]
    public static T FoldMax<T>(Vector128<T> v) where T : unmanaged
    {
        v = Vector128.Max(v, Swap(v, true));
        if (sizeof(T) == 4) v = Vector128.Max(v, Swap(v, false));
        return v.ToScalar();
    }
    [MethodImpl(Inline)] public static T FoldMin<T>(Vector512<T> v) where T : unmanaged => FoldMin(Vector256.Min(v.GetLower(), v.GetUpper()));
    [MethodImpl(Inline)] public static T FoldMin<T>(Vector256<T> v) where T : unmanaged => FoldMin(Vector128.Min(v.GetLower(), v.GetUpper()));
    [MethodImpl(Inline)]
    public static T FoldMin<T>(Vector128<T> v) where T : unmanaged
    {
        v = Vector128.Min(v, Swap(v, true));
        if (sizeof(T) == 4) v = Vector128.Min(v, Swap(v, false));
        return v.ToScalar();
    }

    /// <summary>Pinned memory of this thread for accumulators: at least so many bytes, of no particular content.</summary>
    public static long Scratch(int bytes)
    {
        if (scratch is null || scratch.Length < bytes + 64) scratch = GC.AllocateUninitializedArray<byte>(Math.Max(bytes + 64, 1 << 14), pinned: true);
        return ((long)Unsafe.AsPointer(ref scratch[0]) + 63) & ~63L;
    }
    [ThreadStatic] static byte[]? scratch;
}
