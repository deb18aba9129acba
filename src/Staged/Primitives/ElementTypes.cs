using System.Numerics;

namespace StagedDiff;

/// <summary>Something made for a type of numbers in memory; bools are bytes of 0 and 1.</summary>
interface IForElement<R>
{
    R For<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T>;
}

static class ElementTypes
{
    /// <summary>What <paramref name="maker"/> makes for the type behind a DType.</summary>
    public static R Dispatch<R>(DType type, IForElement<R> maker) => type switch
    {
        DType.F32 => maker.For<float>(),
        DType.F64 => maker.For<double>(),
        DType.I32 => maker.For<int>(),
        DType.I64 => maker.For<long>(),
        DType.U32 => maker.For<uint>(),
        _ => maker.For<byte>(),
    };

    /// <summary>A shape seen from one axis: how many before, along and behind it.</summary>
    public static (long Outer, long N, long Inner) Around(Shape shape, int axis) =>
        (shape.Slice(0, axis).Size, shape[axis].Value, shape.Slice(axis + 1, shape.Rank - axis - 1).Size);
}
