namespace StagedDiff;

static class Rules
{
    public static Tensor? Simplify(Op op, Tensor[] x) => null;
}
