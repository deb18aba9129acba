using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace StagedDiff;

/// <summary>What the machine offers to the tile of a product.</summary>
static class TileLanes
{
    /// <summary>Without a JIT trees are interpreted, without hardware FMA a vector is a detour: both take the plain loops.</summary>
    public static readonly bool Available =
        RuntimeFeature.IsDynamicCodeCompiled && Vector128.IsHardwareAccelerated && (Fma.IsSupported || AdvSimd.Arm64.IsSupported);

    public static readonly int Bytes = Vector512.IsHardwareAccelerated ? 64 : Vector256.IsHardwareAccelerated ? 32 : 16;

    public static readonly int Registers = Avx512F.IsSupported && Bytes == 64 || AdvSimd.Arm64.IsSupported ? 32 : 16;

    static readonly Type Open = Bytes switch { 64 => typeof(TileLanes512<>), 32 => typeof(TileLanes256<>), _ => typeof(TileLanes128<>) };

    static readonly Type FusedHome = Bytes switch { 64 => typeof(Vector512), 32 => typeof(Vector256), _ => typeof(Vector128) };

    /// <summary>Brings a line to the second cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Fetch(long p)
    {
        if (Sse.IsSupported) Sse.Prefetch1((void*)p);
    }

    /// <summary>The helpers of one element type at the machine's width; the emitter calls them by name.</summary>
    public static Type Of(DType type) => Open.MakeGenericType(type.Clr());

    public static Type VectorOf(DType type) => Of(type).GetMethod("Load")!.ReturnType;

    /// <summary>The fused multiply-add of vectors; null for integers, which multiply and add.</summary>
    public static MethodInfo? FusedOf(DType type) =>
        VectorOf(type) is var v && type.IsFloat() ? FusedHome.GetMethod("FusedMultiplyAdd", [v, v, v]) : null;
}

// Three classes with the same names, one a width. They differ in a digit and in the masked moves, for which .NET has no common name.

static unsafe class TileLanes512<T> where T : unmanaged
{
    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    [MethodImpl(Inline)] public static Vector512<T> Load(long p, long o) => Vector512.Load((T*)(p + o));
    [MethodImpl(Inline)] public static void Store(long p, long o, Vector512<T> v) => v.Store((T*)(p + o));
    [MethodImpl(Inline)] public static Vector512<T> Broadcast0(long p, long step) => Vector512.Create(*(T*)p);
    [MethodImpl(Inline)] public static Vector512<T> Broadcast1(long p, long step) => Vector512.Create(*(T*)(p + step));
    [MethodImpl(Inline)] public static Vector512<T> Broadcast2(long p, long step) => Vector512.Create(*(T*)(p + step * 2));

    /// <summary>All bits set in the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(Inline)]
    public static Vector512<T> Mask(long count) => sizeof(T) == 4
        ? Vector512.LessThan(Vector512<int>.Indices, Vector512.Create((int)count)).As<int, T>()
        : Vector512.LessThan(Vector512<long>.Indices, Vector512.Create(count)).As<long, T>();

    [MethodImpl(Inline)]
    public static Vector512<T> LoadMasked(long p, long o, Vector512<T> mask) => sizeof(T) == 4
        ? Avx512F.MaskLoad((float*)(p + o), mask.AsSingle(), Vector512<float>.Zero).As<float, T>()
        : Avx512F.MaskLoad((double*)(p + o), mask.AsDouble(), Vector512<double>.Zero).As<double, T>();

    [MethodImpl(Inline)]
    public static void StoreMasked(long p, long o, Vector512<T> mask, Vector512<T> v)
    {
        if (sizeof(T) == 4) Avx512F.MaskStore((float*)(p + o), mask.AsSingle(), v.AsSingle());
        else Avx512F.MaskStore((double*)(p + o), mask.AsDouble(), v.AsDouble());
    }
}

static unsafe class TileLanes256<T> where T : unmanaged
{
    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    [MethodImpl(Inline)] public static Vector256<T> Load(long p, long o) => Vector256.Load((T*)(p + o));
    [MethodImpl(Inline)] public static void Store(long p, long o, Vector256<T> v) => v.Store((T*)(p + o));
    [MethodImpl(Inline)] public static Vector256<T> Broadcast0(long p, long step) => Vector256.Create(*(T*)p);
    [MethodImpl(Inline)] public static Vector256<T> Broadcast1(long p, long step) => Vector256.Create(*(T*)(p + step));
    [MethodImpl(Inline)] public static Vector256<T> Broadcast2(long p, long step) => Vector256.Create(*(T*)(p + step * 2));

    [MethodImpl(Inline)]
    public static Vector256<T> Mask(long count) => sizeof(T) == 4
        ? Vector256.LessThan(Vector256<int>.Indices, Vector256.Create((int)count)).As<int, T>()
        : Vector256.LessThan(Vector256<long>.Indices, Vector256.Create(count)).As<long, T>();

    [MethodImpl(Inline)]
    public static Vector256<T> LoadMasked(long p, long o, Vector256<T> mask) => sizeof(T) == 4
        ? Avx.MaskLoad((float*)(p + o), mask.AsSingle()).As<float, T>()
        : Avx.MaskLoad((double*)(p + o), mask.AsDouble()).As<double, T>();

    [MethodImpl(Inline)]
    public static void StoreMasked(long p, long o, Vector256<T> mask, Vector256<T> v)
    {
        if (sizeof(T) == 4) Avx.MaskStore((float*)(p + o), mask.AsSingle(), v.AsSingle());
        else Avx.MaskStore((double*)(p + o), mask.AsDouble(), v.AsDouble());
    }
}

static unsafe class TileLanes128<T> where T : unmanaged
{
    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    [MethodImpl(Inline)] public static Vector128<T> Load(long p, long o) => Vector128.Load((T*)(p + o));
    [MethodImpl(Inline)] public static void Store(long p, long o, Vector128<T> v) => v.Store((T*)(p + o));
    [MethodImpl(Inline)] public static Vector128<T> Broadcast0(long p, long step) => Vector128.Create(*(T*)p);
    [MethodImpl(Inline)] public static Vector128<T> Broadcast1(long p, long step) => Vector128.Create(*(T*)(p + step));
    [MethodImpl(Inline)] public static Vector128<T> Broadcast2(long p, long step) => Vector128.Create(*(T*)(p + step * 2));

    [MethodImpl(Inline)]
    public static Vector128<T> Mask(long count) => sizeof(T) == 4
        ? Vector128.LessThan(Vector128<int>.Indices, Vector128.Create((int)count)).As<int, T>()
        : Vector128.LessThan(Vector128<long>.Indices, Vector128.Create(count)).As<long, T>();

    // Not all machines of this width have masked moves; at most three elements go one by one.
    public static Vector128<T> LoadMasked(long p, long o, Vector128<T> mask)
    {
        var v = Vector128<T>.Zero;
        for (int i = 0; i < Vector128<T>.Count && mask.AsByte()[i * sizeof(T)] != 0; i++) v = v.WithElement(i, ((T*)(p + o))[i]);
        return v;
    }

    public static void StoreMasked(long p, long o, Vector128<T> mask, Vector128<T> v)
    {
        for (int i = 0; i < Vector128<T>.Count && mask.AsByte()[i * sizeof(T)] != 0; i++) ((T*)(p + o))[i] = v[i];
    }
}
