using System.Runtime.CompilerServices;

namespace StagedDiff;

// While staging these are nodes, so that a graph carries no data of theirs.
public sealed partial class Tensor
{
    /// <summary>A tensor of zeros: F32.</summary>
    [OverloadResolutionPriority(1)]
    public static Tensor Zeros(params ReadOnlySpan<Extent> shape) => Filled(Shape.Create(shape), 0, DType.F32);
    /// <inheritdoc cref="Zeros(ReadOnlySpan{Extent})"/>
    public static Tensor Zeros(params int[] shape) => Filled(shape, 0, DType.F32);
    /// <summary>A tensor of zeros (of false) of any element type.</summary>
    public static Tensor Zeros(Shape shape, DType dtype = DType.F32) => Filled(shape, 0, dtype);

    /// <summary>A tensor of ones: F32.</summary>
    [OverloadResolutionPriority(1)]
    public static Tensor Ones(params ReadOnlySpan<Extent> shape) => Filled(Shape.Create(shape), 1, DType.F32);
    /// <inheritdoc cref="Ones(ReadOnlySpan{Extent})"/>
    public static Tensor Ones(params int[] shape) => Filled(shape, 1, DType.F32);
    /// <summary>A tensor of ones (of true) of any element type.</summary>
    public static Tensor Ones(Shape shape, DType dtype = DType.F32) => Filled(shape, 1, dtype);

    /// <summary>A tensor of one number, or of a tensor that broadcasts to the shape; of its element type unless another is asked for.</summary>
    /// <exception cref="ShapeException">The value does not broadcast to the shape.</exception>
    public static Tensor Full(Shape shape, Tensor value, DType? dtype = null)
    {
        var x = value.Cast(dtype ?? value.DType).Strong();
        return x.IsLiteral ? Filled(shape, x) : x.BroadcastTo(shape);
    }

    /// <summary>Zeros of the type and shape of <paramref name="x"/>, or of another element type.</summary>
    public static Tensor ZerosLike(Tensor x, DType? dtype = null) => Filled(x.Shape, 0, dtype ?? x.DType);
    /// <summary>Ones of the type and shape of <paramref name="x"/>, or of another element type.</summary>
    public static Tensor OnesLike(Tensor x, DType? dtype = null) => Filled(x.Shape, 1, dtype ?? x.DType);
    /// <summary>One number in the type and shape of <paramref name="x"/>, or in another element type.</summary>
    public static Tensor FullLike(Tensor x, Tensor value, DType? dtype = null) => Full(x.Shape, value, dtype ?? x.DType);

    /// <summary>A tensor of a given element type with a copy of numbers of any.</summary>
    /// <remarks>What is data stays data: the result has a value while a function is being traced, too.</remarks>
    /// <exception cref="ShapeException">The shape does not hold as many elements.</exception>
    public static Tensor From<T>(T[] data, Shape shape, DType dtype) where T : struct
    {
        if (shape.Size != data.Length) throw new ShapeException($"Tensor: {data.Length} elements do not fill the shape {shape}, which holds {shape.Size}.{Caller.Line()}");
        var x = new Tensor(new(DTypes.Of<T>(), shape), new Storage((T[])data.Clone()));
        return x.DType == dtype ? x : Trace.Now(new Cast(dtype), x);
    }

    /// <summary>The identity matrix: ones where row and column are equal; n columns unless more or fewer are asked for.</summary>
    public static Tensor Eye(int n, int? columns = null, DType dtype = DType.F32)
    {
        var type = new TensorType(DType.I32, Shape.Of(n, columns ?? n));
        return Prim.Equal(Prim.Iota(type, 0), Prim.Iota(type, 1)).To(dtype);
    }

    /// <summary>0, 1, …, n − 1: I32.</summary>
    public static Tensor Arange(int n) => Arange((Extent)n);
    /// <summary>0, 1, …, n − 1 for an extent that may be symbolic: I32.</summary>
    public static Tensor Arange(Extent n) => Prim.Iota(new(DType.I32, [n]), 0);
    /// <summary>The integers from <paramref name="start"/> towards <paramref name="stop"/>, without it: I32.</summary>
    /// <exception cref="ArgumentException">The step is 0.</exception>
    public static Tensor Arange(int start, int stop, int step = 1) => Arange((int)Steps(start, stop, step)) * step + start;
    /// <summary>start, start + step, … towards <paramref name="stop"/>, without it: F32, computed in F64.</summary>
    /// <exception cref="ArgumentException">The step is 0.</exception>
    public static Tensor Arange(double start, double stop, double step = 1, DType dtype = DType.F32) =>
        (Prim.Iota(new(DType.F64, [Steps(start, stop, step)]), 0) * step + start).Cast(dtype);

    static long Steps(double start, double stop, double step) => step != 0 ? (long)Math.Max(0, Math.Ceiling((stop - start) / step))
        : throw new ArgumentException($"Arange: a step of 0 goes nowhere.{Caller.Line()}");

    /// <summary>n numbers at equal distances from <paramref name="start"/> to <paramref name="stop"/>, both included: F32, computed in F64.</summary>
    public static Tensor Linspace(double start, double stop, int n, DType dtype = DType.F32)
    {
        var i = Prim.Iota(new(DType.F64, [n]), 0);
        // The last is exact, however the steps were rounded.
        var y = n < 2 ? i + start : Prim.Select(i < n - 1, i * ((stop - start) / (n - 1)) + start, Prim.Full([n], Literal(DType.F64, stop)));
        return y.Cast(dtype);
    }

    static Tensor Filled(Shape shape, int number, DType dtype) => Filled(shape, Literal(dtype, (long)number));

    static Tensor Filled(Shape shape, Tensor literal)
    {
        foreach (var n in shape)
            if (n.IsConstant && n.Value < 0) throw new ShapeException($"Tensor: {shape} is no shape: an extent is negative.{Caller.Line()}");
        if (Trace.IsStaging || !shape.IsConstant) return Prim.Full(shape, literal);
        var y = new Tensor(new(literal.DType, shape), Storage.Allocate(literal.DType, shape.Size));
        switch (y.Storage.Data)
        {
            case bool[] d: Array.Fill(d, literal.LiteralBits != 0); break;
            case byte[] d: Array.Fill(d, (byte)literal.LiteralBits); break;
            case int[] d: Array.Fill(d, (int)literal.LiteralBits); break;
            case uint[] d: Array.Fill(d, (uint)literal.LiteralBits); break;
            case long[] d: Array.Fill(d, literal.LiteralBits); break;
            case float[] d: Array.Fill(d, (float)literal.LiteralNumber); break;
            case double[] d: Array.Fill(d, literal.LiteralNumber); break;
        }
        return y;
    }
}
