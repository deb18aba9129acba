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
