namespace StagedDiff;

/// <summary>
/// Word <paramref name="Part"/> (0 or 1) of Threefry-2x32 with 20 rounds of the counter (c0, c1) under the key (k0, k1), elementwise.
/// Source: Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (2011); the bits of Random123 and JAX.
/// </summary>
sealed record Threefry(int Part) : Elementwise("threefry")
{
    static readonly int[][] rotations = [[13, 15, 26, 6], [17, 29, 16, 24]];

    protected override string Attributes => $"{Part}";
    protected override DType ResultType(TensorType[] x) => Array.TrueForAll(x, t => t.DType == DType.U32) ? DType.U32
        : throw new DTypeException($"threefry: expected keys and counters of u32, got {string.Join(" and ", x)}. Use x.Cast(DType.U32).{Caller.Line()}");
    protected override Tensor? Times(Tensor t, int i, Tensor[] x, Tensor y) => null;

    protected override Value Code(Value[] x)
    {
        Value[] key = [x[0], x[1], x[0] ^ x[1] ^ x[0].Like(0x1BD11BDA)];
        var (a, b) = (x[2] + key[0], x[3] + key[1]);
        for (int group = 0; group < 5; group++)
        {
            foreach (int r in rotations[group % 2])
            {
                a += b;
                b = (b << r | b >> (32 - r)) ^ a;
            }
            (a, b) = (a + key[(group + 1) % 3], b + key[(group + 2) % 3] + (group + 1));
        }
        return Part == 0 ? a : b;
    }
}
