using System.Runtime.InteropServices;

namespace StagedDiff;

/// <summary>Writes <c>label: tensor</c> to the console, an effect: once, in order, whatever transforms there are around it.</summary>
sealed record Print(string Label) : KernelOp
{
    public override string Name => "print";
    public override string ToString() => $"print[{Label}]";
    public override bool HasEffect => true;

    public override TensorType[] Infer(TensorType[] x) => [];
    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted) => (Apply(x), _ => [null]);
    public override Dual[] Jvp(Dual[] x)
    {
        Apply(x[0].Primal);
        return [];
    }

    public override Tensor[] Batch(Batched[] x, Extent size) => Apply(x[0].Value);
    public override Kernel Plan(TensorType[] x, long[][] strides, TensorType[] y, bool sizesVary) => new Line(Label, x[0]);

    sealed class Line(string label, TensorType type) : Kernel
    {
        public override unsafe void Run(long* addresses, int start, int end)
        {
            var storage = Storage.Allocate(type.DType, type.Shape.Size);
            int bytes = checked((int)type.Shape.Size * type.DType.Size());
            new Span<byte>((void*)addresses[0], bytes).CopyTo(MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(storage.Data), bytes));
            Console.Out.WriteLine($"{label}: {new Tensor(type, storage)}");
        }
    }
}

/// <summary>Raises a <see cref="CheckException"/> where a condition is false, an effect: once, in order, whatever transforms there are around it.</summary>
sealed record CheckTrue(string Message) : KernelOp
{
    public override string Name => "check";
    public override string ToString() => $"check[{Message}]";
    public override bool HasEffect => true;

    public override TensorType[] Infer(TensorType[] x) => x[0].DType == DType.Bool ? []
        : throw new DTypeException($"Check: expected a condition of bools, got {x[0]}. Compare first, as in x > 0.{Caller.Line()}");

    public override (Tensor[] Y, Pullback Pull) Vjp(Tensor[] x, bool[] wanted) => (Apply(x), _ => [null]);

    public override Dual[] Jvp(Dual[] x)
    {
        Apply(x[0].Primal);
        return [];
    }

    public override Tensor[] Batch(Batched[] x, Extent size) => Apply(x[0].Value);
    public override Kernel Plan(TensorType[] x, long[][] strides, TensorType[] y, bool sizesVary) => new Test(Message, x[0].Shape);

    sealed class Test(string message, Shape shape) : Kernel
    {
        public override unsafe void Run(long* addresses, int start, int end)
        {
            int at = new ReadOnlySpan<byte>((void*)addresses[0], checked((int)shape.Size)).IndexOf((byte)0);
            if (at < 0) return;
            var index = new long[shape.Rank];
            for (int a = shape.Rank - 1, rest = at; a >= 0; a--) (rest, index[a]) = Math.DivRem(rest, (int)shape[a].Value);
            throw new CheckException($"Check: {message}{(index is [] ? "" : $" (false at [{string.Join(",", index)}])")}{Caller.Line()}");
        }
    }
}
