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
    // What works lane by lane is called: inlined it would fill the JIT's table of locals.
    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining, Called = MethodImplOptions.NoInlining;

    // ---- addresses and single elements
    [MethodImpl(Inline)] public static long Address(long table, int slot) => ((long*)table)[slot];
    [MethodImpl(Inline)] public static T Read<T>(long p) where T : unmanaged => *(T*)p;
    [MethodImpl(Inline)] public static void Write<T>(T v, long p) where T : unmanaged => *(T*)p = v;
    [MethodImpl(Inline)] public static void WriteBool(bool v, long p) => *(byte*)p = v ? (byte)1 : (byte)0;
    [MethodImpl(Inline)] public static int ReadByte(long p) => *(byte*)p;
    [MethodImpl(Inline)] public static void WriteByte(int v, long p) => *(byte*)p = (byte)v;
    [MethodImpl(Inline)] public static int ReadMask(long p) => -*(byte*)p;

    // ---- full vectors, wherever they lie
    [MethodImpl(Inline)] public static Vector512<T> Load512<T>(long p) where T : unmanaged => *(Vector512<T>*)p;
    [MethodImpl(Inline)] public static Vector256<T> Load256<T>(long p) where T : unmanaged => *(Vector256<T>*)p;
    [MethodImpl(Inline)] public static Vector128<T> Load128<T>(long p) where T : unmanaged => *(Vector128<T>*)p;
    [MethodImpl(Inline)] public static void Store<T>(Vector512<T> v, long p) where T : unmanaged => *(Vector512<T>*)p = v;
    [MethodImpl(Inline)] public static void Store<T>(Vector256<T> v, long p) where T : unmanaged => *(Vector256<T>*)p = v;
    [MethodImpl(Inline)] public static void Store<T>(Vector128<T> v, long p) where T : unmanaged => *(Vector128<T>*)p = v;

    [MethodImpl(Inline)] public static Vector512<int> Bytes512(long p) => Widen(*(Vector128<byte>*)p);
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
        if (Avx512F.IsSupported) { *(Vector128<byte>*)p = Avx512F.ConvertToVector128Byte(v); return; }
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

    // ---- masked vectors: lanes where the mask is off are neither read nor written, and hold 0
    [MethodImpl(Inline)] public static Vector512<float> MaskLoad(long p, Vector512<float> mask) => Avx512F.MaskLoad((float*)p, mask, Vector512<float>.Zero);
    [MethodImpl(Inline)] public static Vector512<double> MaskLoad(long p, Vector512<double> mask) => Avx512F.MaskLoad((double*)p, mask, Vector512<double>.Zero);
    [MethodImpl(Inline)] public static Vector256<float> MaskLoad(long p, Vector256<float> mask) => Avx.MaskLoad((float*)p, mask);
    [MethodImpl(Inline)] public static Vector256<double> MaskLoad(long p, Vector256<double> mask) => Avx.MaskLoad((double*)p, mask);
    [MethodImpl(Inline)] public static Vector128<float> MaskLoad(long p, Vector128<float> mask) => Avx.MaskLoad((float*)p, mask);
    [MethodImpl(Inline)] public static Vector128<double> MaskLoad(long p, Vector128<double> mask) => Avx.MaskLoad((double*)p, mask);
    [MethodImpl(Inline)] public static void MaskStore(Vector512<float> v, long p, Vector512<float> mask) => Avx512F.MaskStore((float*)p, mask, v);
    [MethodImpl(Inline)] public static void MaskStore(Vector512<double> v, long p, Vector512<double> mask) => Avx512F.MaskStore((double*)p, mask, v);
    [MethodImpl(Inline)] public static void MaskStore(Vector256<float> v, long p, Vector256<float> mask) => Avx.MaskStore((float*)p, mask, v);
    [MethodImpl(Inline)] public static void MaskStore(Vector256<double> v, long p, Vector256<double> mask) => Avx.MaskStore((double*)p, mask, v);
    [MethodImpl(Inline)] public static void MaskStore(Vector128<float> v, long p, Vector128<float> mask) => Avx.MaskStore((float*)p, mask, v);
    [MethodImpl(Inline)] public static void MaskStore(Vector128<double> v, long p, Vector128<double> mask) => Avx.MaskStore((double*)p, mask, v);

    [MethodImpl(Inline)]
    public static Vector512<int> MaskLoadBytes(long p, Vector512<int> mask) => Avx512BW.VL.IsSupported
        ? Avx512F.ConvertToVector512Int32(Avx512BW.VL.MaskLoad((byte*)p, Avx512F.ConvertToVector128Byte(mask.AsUInt32()), Vector128<byte>.Zero))
        : LaneGather.StridedBytes(p, 1, mask);
    [MethodImpl(Inline)] public static Vector256<int> MaskLoadBytes(long p, Vector256<int> mask) => LaneGather.StridedBytes(p, 1, mask);
    [MethodImpl(Inline)] public static Vector128<int> MaskLoadBytes(long p, Vector128<int> mask) => LaneGather.StridedBytes(p, 1, mask);
    [MethodImpl(Inline)]
    public static void MaskStoreBytes(Vector512<int> v, long p, Vector512<int> mask)
    {
        if (Avx512BW.VL.IsSupported)
            Avx512BW.VL.MaskStore((byte*)p, Avx512F.ConvertToVector128Byte(mask.AsUInt32()), Avx512F.ConvertToVector128Byte(v.AsUInt32()));
        else ScatterBytes(v, p, mask);
    }
    [MethodImpl(Inline)] public static void MaskStoreBytes(Vector256<int> v, long p, Vector256<int> mask) => ScatterBytes(v, p, mask);
    [MethodImpl(Inline)] public static void MaskStoreBytes(Vector128<int> v, long p, Vector128<int> mask) => ScatterBytes(v, p, mask);
    [MethodImpl(Called)]
    public static void ScatterBytes(Vector512<int> v, long p, Vector512<int> mask)
    {
        for (int i = 0; i < 16; i++) if (mask[i] != 0) ((byte*)p)[i] = (byte)v[i];
    }
    [MethodImpl(Called)]
    public static void ScatterBytes(Vector256<int> v, long p, Vector256<int> mask)
    {
        for (int i = 0; i < 8; i++) if (mask[i] != 0) ((byte*)p)[i] = (byte)v[i];
    }
    [MethodImpl(Called)]
    public static void ScatterBytes(Vector128<int> v, long p, Vector128<int> mask)
    {
        for (int i = 0; i < 4; i++) if (mask[i] != 0) ((byte*)p)[i] = (byte)v[i];
    }

    // ---- x·2ⁿ: by 2 to half of n, and by the rest
    public static float Scale(float x, float n)
    {
        if (float.IsNaN(n)) return n;
        int half = (int)n >> 1;
        return x * BitConverter.Int32BitsToSingle(half + 127 << 23) * BitConverter.Int32BitsToSingle((int)n - half + 127 << 23);
    }
    public static double Scale(double x, double n)
    {
        if (double.IsNaN(n)) return n;
        long half = (long)n >> 1;
        return x * BitConverter.Int64BitsToDouble(half + 1023 << 52) * BitConverter.Int64BitsToDouble((long)n - half + 1023 << 52);
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

    [MethodImpl(Called)]
    public static Vector512<T> DivideLanes<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged
    {
        var v = stackalloc T[Vector512<T>.Count];
        for (int i = 0; i < Vector512<T>.Count; i++) v[i] = Divide(a[i], b[i]);
        return Vector512.Load(v);
    }
    [MethodImpl(Called)]
    public static Vector256<T> DivideLanes<T>(Vector256<T> a, Vector256<T> b) where T : unmanaged
    {
        var v = stackalloc T[Vector256<T>.Count];
        for (int i = 0; i < Vector256<T>.Count; i++) v[i] = Divide(a[i], b[i]);
        return Vector256.Load(v);
    }
    [MethodImpl(Called)]
    public static Vector128<T> DivideLanes<T>(Vector128<T> a, Vector128<T> b) where T : unmanaged
    {
        var v = stackalloc T[Vector128<T>.Count];
        for (int i = 0; i < Vector128<T>.Count; i++) v[i] = Divide(a[i], b[i]);
        return Vector128.Load(v);
    }
    [MethodImpl(Called)]
    public static Vector512<T> RemainderLanes<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged
    {
        var v = stackalloc T[Vector512<T>.Count];
        for (int i = 0; i < Vector512<T>.Count; i++) v[i] = Remainder(a[i], b[i]);
        return Vector512.Load(v);
    }
    [MethodImpl(Called)]
    public static Vector256<T> RemainderLanes<T>(Vector256<T> a, Vector256<T> b) where T : unmanaged
    {
        var v = stackalloc T[Vector256<T>.Count];
        for (int i = 0; i < Vector256<T>.Count; i++) v[i] = Remainder(a[i], b[i]);
        return Vector256.Load(v);
    }
    [MethodImpl(Called)]
    public static Vector128<T> RemainderLanes<T>(Vector128<T> a, Vector128<T> b) where T : unmanaged
    {
        var v = stackalloc T[Vector128<T>.Count];
        for (int i = 0; i < Vector128<T>.Count; i++) v[i] = Remainder(a[i], b[i]);
        return Vector128.Load(v);
    }

    // ---- I64 to F32 rounds once, so not by way of F64
    [MethodImpl(Called)]
    public static Vector512<float> ToSingle(Vector512<long> low, Vector512<long> high)
    {
        var v = stackalloc float[16];
        for (int i = 0; i < 8; i++) (v[i], v[i + 8]) = (low[i], high[i]);
        return Vector512.Load(v);
    }
    [MethodImpl(Called)]
    public static Vector256<float> ToSingle(Vector256<long> low, Vector256<long> high)
    {
        var v = stackalloc float[8];
        for (int i = 0; i < 4; i++) (v[i], v[i + 4]) = (low[i], high[i]);
        return Vector256.Load(v);
    }
    [MethodImpl(Called)]
    public static Vector128<float> ToSingle(Vector128<long> low, Vector128<long> high) => Vector128.Create((float)low[0], low[1], high[0], high[1]);

    /// <summary>Pinned memory of this thread for accumulators: at least so many bytes, of no particular content.</summary>
    public static long Scratch(int bytes)
    {
        if (scratch is null || scratch.Length < bytes + 64) scratch = GC.AllocateUninitializedArray<byte>(Math.Max(bytes + 64, 1 << 14), pinned: true);
        return ((long)Unsafe.AsPointer(ref scratch[0]) + 63) & ~63L;
    }
    [ThreadStatic] static byte[]? scratch;
}
