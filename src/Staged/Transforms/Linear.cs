namespace StagedDiff;

/// <summary>Whether a graph is linear in some of its inputs, as far as its ops tell.</summary>
static class Linear
{
    enum Kind : byte { Free, Zero, Linear, Fault }

    /// <summary>
    /// Null if the marked outputs are linear in the marked inputs and the others do not depend on them; else what is in the way: "tanh of it".
    /// </summary>
    public static string? Fault(Graph g, bool[] marked, IEnumerable<bool> outputs)
    {
        string? fault = null;
        static Kind Literal(Tensor t) => t.LiteralBits == 0 || t.DType.IsFloat() && t.LiteralNumber == 0 ? Kind.Zero : Kind.Free;
        Kind[] Walk(Graph g, IReadOnlyList<Kind> inputs) => g.Interpret(inputs, Literal, (node, x) =>
        {
            if (node.Op is Call call) return Walk(call.Body, x);
            var y = Of(node.Op, x);
            if (y == Kind.Fault && !x.Contains(Kind.Fault)) fault ??= $"{node.Op.Name} of it";
            return [.. node.Outputs.Select(_ => y)];
        });
        var y = Walk(g, [.. marked.Select(m => m ? Kind.Linear : Kind.Free)]);
        bool[] wanted = [.. outputs];
        for (int i = 0; i < y.Length; i++)
            if (wanted[i] ? y[i] == Kind.Free : y[i] == Kind.Linear) fault ??= wanted[i] ? "a result without it" : "a value that depends on it";
        return y.Contains(Kind.Fault) || fault is "a result without it" or "a value that depends on it" ? fault : null;
    }

    static Kind Of(Op op, Kind[] x)
    {
        if (x.Contains(Kind.Fault)) return Kind.Fault;
        if (!x.Contains(Kind.Linear)) return x.Length > 0 && x[0] == Kind.Zero && op is MoveOp or Cast ? Kind.Zero : Kind.Free;
        bool Is(int i) => x[i] == Kind.Linear;
        bool All(params int[] operands) => operands.All(i => x[i] is Kind.Linear or Kind.Zero);
        bool No(params int[] operands) => operands.All(i => x[i] != Kind.Linear);
        return op switch
        {
            Neg or MoveOp or Sum or CumSum or Windowed { IsLinear: true } => true,
            Cast c => c.To.IsFloat(),
            Add or Sub => All(0, 1),
            Mul or MulZ or Dot => !(Is(0) && Is(1)),
            Div => No(1),
            Select => No(0) && All(1, 2),
            Pad => All(0, 1),
            Concatenate => All([.. Enumerable.Range(0, x.Length)]),
            Gather or DynamicSlice => No(1),
            ScatterAdd or ScatterSet => No(1) && All(0, 2),
            DynamicUpdate => No(2) && All(0, 1),
            Recurrence or TriangularSolve => No(0),
            LuSolve => No(0, 1, 2),
            LeastSquares => No(0, 1, 2, 3),
            Late => No(1),
            _ => false,
        } ? Kind.Linear : Kind.Fault;
    }
}
