namespace StagedDiff.Tests;

/// <summary>One line a case; every op has one.</summary>
static class Cases
{
    static readonly DType[] floats = [DType.F32, DType.F64], ints = [DType.I32, DType.I64, DType.U32, DType.U8], bits = [DType.Bool, .. ints], sums = [.. floats, DType.I32, DType.I64, DType.U32],
        numbers = [.. floats, .. ints], all = [.. floats, .. bits], bools = [DType.Bool], words = [DType.U32], f64 = [DType.F64];

    const string Every = "-|0|1|3|5|7|17|33|65|100|2x0x3|3x5|2x3x4";
    const string Many = "270001";

    static Case Each(string name, Func<Tensor, Tensor> f, Operands x, DType[]? types = null) => new(name, t => [f(t[0])], [x], Every, types ?? floats, "n|nx3", Many);
    static Case Each(string name, Func<Tensor, Tensor, Tensor> f, Operands x, Operands y, DType[]? types = null) =>
        new(name, t => [f(t[0], t[1])], [x, y], Every, types ?? floats, "n|nx3", Many);
    static Case On(string name, Func<Tensor, Tensor> f, string shapes, DType[]? types = null, string open = "", string large = "", Operands? x = null) =>
        new(name, t => [f(t[0])], [x ?? near], shapes, types ?? all, open, large);
    static Case On(string name, Func<Tensor, Tensor, Tensor> f, string shapes, DType[]? types = null, string open = "", string large = "", Operands? y = null) =>
        new(name, t => [f(t[0], t[1])], [near, y ?? near], shapes, types ?? all, open, large);

    static readonly Operands near = new(-2, 2), positive = new(0.2, 3), small = new(0.7, 1.4), condition = new(0, 1, DType.Bool), word = new(0, 4e9, DType.U32);

    /// <summary>Indices into an axis of n.</summary>
    static Operands Index(int n, DType type = DType.I32) => new(-n, n, type, Whole: true);

    static Axes AllAxes(Tensor x) => [.. Enumerable.Range(0, x.Rank)];
    static Tensor False => Tensor.Literal(DType.Bool, 0);

    public static readonly Case[] All =
    [
        // one number
        Each("neg", Prim.Neg, near, numbers),
        Each("abs", Prim.Abs, near, numbers),
        Each("sign", Prim.Sign, near, numbers),
        Each("exp", Prim.Exp, near),
        Each("log", Prim.Log, positive),
        Each("log1p", Prim.Log1p, new(-0.8, 3)),
        Each("expm1", Prim.Expm1, near),
        Each("sqrt", Prim.Sqrt, positive),
        Each("rsqrt", Prim.Rsqrt, positive),
        Each("sin", Prim.Sin, near),
        Each("cos", Prim.Cos, near),
        Each("tan", Prim.Tan, new(-1.2, 1.2)),
        Each("tanh", Prim.Tanh, near),
        Each("logistic", Prim.Logistic, near),
        Each("erf", Prim.Erf, near),
        Each("erfc", Prim.Erfc, near),
        Each("erf inv", Prim.ErfInv, new(-0.9, 0.9)),
        Each("asin", Prim.Asin, new(-0.9, 0.9)),
        Each("acos", Prim.Acos, new(-0.9, 0.9)),
        Each("atan", Prim.Atan, near),
        Each("sinh", Prim.Sinh, near),
        Each("cosh", Prim.Cosh, near),
        Each("asinh", Prim.Asinh, near),
        Each("acosh", Prim.Acosh, new(1.2, 4)),
        Each("atanh", Prim.Atanh, new(-0.9, 0.9)),
        Each("log gamma", Prim.LogGamma, new(0.3, 12)),
        Each("digamma", Prim.Digamma, new(0.4, 9)),
        Each("polygamma", x => Prim.Polygamma(2, x), new(0.8, 9)),
        Each("floor", Prim.Floor, near),
        Each("ceiling", Prim.Ceiling, near),
        Each("round", Prim.Round, near),
        Each("truncate", Prim.Truncate, near),
        Each("not", Prim.Not, near, bits),
        Each("stop gradient", Prim.StopGradient, near, all),
        Each("cast to f32", x => Prim.Cast(x, DType.F32), near, all),
        Each("cast to f64", x => Prim.Cast(x, DType.F64), near, all),
        Each("cast to i32", x => Prim.Cast(x, DType.I32), near, all),
        Each("cast to i64", x => Prim.Cast(x, DType.I64), near, all),
        Each("cast to u32", x => Prim.Cast(x, DType.U32), near, all),
        Each("cast to u8", x => Prim.Cast(x, DType.U8), near, all),
        Each("cast to bool", x => Prim.Cast(x, DType.Bool), near, all),

        // two or more
        Each("add", Prim.Add, near, near, numbers),
        Each("sub", Prim.Sub, near, near, numbers),
        Each("mul", Prim.Mul, near, near, numbers),
        Each("mulz", Prim.MulZ, near, near),
        Each("div", Prim.Div, near, positive, numbers),
        Each("rem", Prim.Rem, new(-5, 5), positive, numbers),
        Each("pow", Prim.Pow, positive, near, floats),
        Each("pow of integers", Prim.Pow, near, new(-1, 1), ints),
        Each("atan2", Prim.Atan2, near, positive),
        Each("maximum", Prim.Max, near, near, numbers),
        Each("minimum", Prim.Min, near, near, numbers),
        Each("and", Prim.And, near, near, bits),
        Each("or", Prim.Or, near, near, bits),
        Each("xor", Prim.Xor, near, near, bits),
        Each("shift left", Prim.ShiftLeft, near, new(-0.3, 7), ints),
        Each("shift right", Prim.ShiftRight, near, new(-0.3, 7), ints),
        Each("less", Prim.Less, new(-0.4, 0.4), new(-0.4, 0.4), all),
        Each("less equal", Prim.LessEqual, new(-0.4, 0.4), new(-0.4, 0.4), all),
        Each("equal", Prim.Equal, new(-0.4, 0.4), new(-0.4, 0.4), all),
        Each("not equal", Prim.NotEqual, new(-0.4, 0.4), new(-0.4, 0.4), all),
        new("select", x => [Prim.Select(x[0], x[1], x[2])], [condition, near, near], Every, all, "n|nx3", Many),
        new("threefry", x => [new Threefry(0).Of(x), new Threefry(1).Of(x)], [word, word, word, word], Every, words, "n|nx3", Many),

        // moving data
        On("broadcast a number", x => Prim.Broadcast(x, [3, 2], [0, 1]), "-", all, "", "-"),
        On("broadcast to rows", x => Prim.Broadcast(x, [4, x.Shape[0]], [0]), "0|1|5|17", all, "n", "70001"),
        On("broadcast to columns", x => Prim.Broadcast(x, [x.Shape[0], 5, 2], [1, 2]), "0|1|5|17", all, "n", "70001"),
        On("broadcast between", x => Prim.Broadcast(x, [x.Shape[0], 3, x.Shape[1]], [1]), "0x2|1x1|5x3|3x17", all, "nx4", "600x500"),
        On("transpose", Prim.Transpose, "0x3|1x1|3x5|17x33|2x3x4", all, "nx4|4xn", "600x500"),
        On("permute", x => Prim.Permute(x, [2, 0, 1]), "0x2x3|1x1x1|3x5x7|2x17x3", all, "nx4x2", "70x60x70"),
        On("slice", x => Prim.Slice(x, [1, 2], [3, 5], [1, 1]), "3x5|7x17", all, "", "600x500"),
        On("slice steps", x => Prim.Slice(x, [1, 0], [x.Shape[0], x.Shape[1]], [2, 3]), "1x1|3x5|7x17|65x2", all, "", "1400x1500"),
        On("slice of nothing", x => Prim.Slice(x, 0, 1, 1), "1|3|5x2", all),
        On("slice to the end", x => Prim.Slice(x, 0, 1, x.Shape[0]), "1|3|5x2", all, "n|nx3"),
        On("reverse", x => Prim.Reverse(x, AllAxes(x)), "0|1|5|17|65|3x5|2x3x4", all, "nx3", "600x500"),
        On("reverse rows", x => Prim.Reverse(x, [0]), "0x3|1x1|3x5|65x2", all, "nx3", "600x500"),
        On("reshape flat", x => Prim.Reshape(x, [x.Shape.Count]), "-|0x3|1x1|3x5|2x3x4", all, "nx3", "600x500"),
        On("reshape apart", x => Prim.Reshape(x, [x.Shape[0], 2, 3]), "0x6|1x6|5x6|17x6", all, "nx6", "50000x6"),
        On("reshape across", x => Prim.Reshape(x, [x.Shape[1], x.Shape[0]]), "0x3|1x1|3x4|6x4|17x3", all, "nx4", "600x500"),
        On("reshape of a transpose", x => Prim.Reshape(Prim.Transpose(x), [x.Shape.Count]), "0x3|1x1|3x4|17x3", all, "nx4", "600x500"),

        // around and together
        On("pad", (x, v) => Prim.Pad(x, v, [1, 2], [2, 0], [0, 0]), "0x3 -|1x1 -|3x5 -|17x7 -", all, "nx3 -", "600x500 -"),
        On("pad between", (x, v) => Prim.Pad(x, v, [1, 0], [0, 3], [2, 1]), "0x3 -|1x1 -|3x5 -|17x7 -", all, "nx3 -", "300x200 -"),
        On("pad with zeros", x => Prim.Pad(x, Tensor.Literal(x.DType, 0), [2], [3], [0]), "0|1|5|17|65", all, "n", Many),
        On("concatenate rows", (x, y) => Prim.Concatenate(0, x, y), "0x3 2x3|2x3 2x3|2x3 5x3|5x3 2x3|1x1 1x1|17x2 3x2", all, "nx3 nx3", "300x300 200x300"),
        On("concatenate columns", (x, y) => Prim.Concatenate(1, x, y), "3x0 3x2|2x2 2x2|2x5 2x3|3x1 3x1|2x17 2x33", all, "nx3 nx2", "300x300 300x200"),
        new("concatenate three", x => [Prim.Concatenate(0, x)], [near, near, near], "1 2 3|0 0 1|5 5 5|17 1 65", all, "n n 3", "70000 70000 70000"),
        On("concatenate with itself", x => Prim.Concatenate(0, x, Prim.Neg(x)), "0|1|5|65", numbers, "n|nx2", "70000"),
        On("iota", x => Prim.Add(x, Prim.Iota(x.Type, x.Rank - 1)), "0|1|5|17|65|3x5|2x3x4", numbers, "n|nx3", "600x500"),
        On("iota down", x => Prim.Mul(x, Prim.Iota(x.Type, 0)), "0|1|5|17|65|3x5|2x3x4", numbers, "n|nx3", "600x500"),

        // indices
        On("gather rows", (x, i) => Prim.Gather(x, i, 0), "3x4 5|3x1 0|3 7|3x2 2x2|3x4 -", all, "", "3x50000 4", Index(3)),
        On("gather columns", (x, i) => Prim.Gather(x, i, 1), "2x3 5|1x3 17|0x3 2|2x3x4 2x2|2x3 -", all, "nx3 5", "300x3 400", Index(3)),
        On("gather by i64", (x, i) => Prim.Gather(x, i, 0), "3x4 5|3 17", all, "", "3x40000 4", Index(3, DType.I64)),
        On("gather as many indices", (x, i) => Prim.Gather(x, i, 0), "3x4 n|3 n", all, "3x4 n", "3x40000 4", Index(3)) with { Shapes = "3x4 5|3 17" },
        On("gather in each row", (x, i) => new Gather(1, 1).Of(x, i), "2x3 2x5|1x3 1x1|3x3 3x3|2x3x4 2x2|0x3 0x2", all, "nx3 nx2", "300x3 300x200", Index(3)),
        On("gather or nothing", (x, i) => new Gather(0, 0, Outside.Drop).Of(x, i), "3x4 5|3 7", all, "", "3x40000 4", Index(3)),
        new("scatter add", x => [Prim.ScatterAdd(x[0], x[1], x[2], 0)], [near, Index(3), near], "3x4 5 5x4|3 7 7|3 0 0|3x2 2x2 2x2x2|3 - -", numbers, "3 n n", "3x20000 9 9x20000"),
        new("scatter add columns", x => [Prim.ScatterAdd(x[0], x[1], x[2], 1)], [near, Index(3), near], "2x3 5 2x5|0x3 2 0x2|2x3x4 2 2x2x4", numbers, "nx3 2 nx2", "900x3 70 900x70"),
        new("scatter add in each row", x => [new ScatterAdd(1, 1).Of(x)], [near, Index(3), near], "2x3 2x5 2x5|1x3 1x1 1x1|2x3x4 2x2 2x2x4", numbers, "nx3 nx2 nx2", "900x3 900x70 900x70"),
        new("scatter add or nearest", x => [new ScatterAdd(0, 0, Outside.Clamp).Of(x)], [near, Index(3), near], "3x4 5 5x4|3 7 7", numbers, "", "3x20000 9 9x20000"),
        new("scatter set", x => [new ScatterSet(0).Of(x)], [near, Index(3), near], "3x4 5 5x4|3 7 7|3 0 0|3x2 2x2 2x2x2|3 - -", all, "3 n n", "3x20000 9 9x20000"),
        new("scatter set columns", x => [new ScatterSet(1).Of(x)], [near, Index(3), near], "2x3 5 2x5|0x3 2 0x2|2x3x4 2 2x2x4", numbers, "nx3 2 nx2", "900x3 70 900x70"),
        new("scatter set in each row", x => [new ScatterSet(1, 1).Of(x)], [near, Index(3, DType.I64), near], "2x3 2x5 2x5|1x3 1x1 1x1|2x3x4 2x2 2x2x4", all, "nx3 nx2 nx2", "900x3 900x70 900x70"),
        new("scatter mul", x => [new ScatterMul(0).Of(x)], [near, Index(3), small], "3x4 5 5x4|3 4 4|3 0 0|3 - -", numbers, "3 n n", "3x20000 9 9x20000"),
        new("scatter max", x => [new ScatterMax(0).Of(x)], [near, Index(3), near], "3x4 5 5x4|3 7 7|3 0 0|3 - -", numbers, "3 n n", "3x20000 9 9x20000"),
        new("scatter min in each row", x => [new ScatterMin(1, 1).Of(x)], [near, Index(3), near], "2x3 2x5 2x5|1x3 1x1 1x1|2x3x4 2x2 2x2x4", numbers, "nx3 nx2 nx2", "900x3 900x70 900x70"),
        On("dynamic slice", (x, i) => Prim.DynamicSlice(x, i, [2, 3]), "3x5 2|2x3 2|17x65 2", all, "", "", Index(3)),
        On("dynamic slice of rows", (x, i) => Prim.DynamicSlice(x, i, [2, x.Shape[1]]), "3x5 2|2x3 2|3x0 2", all, "3xn 2", "4x90000 2", Index(3, DType.I64)),
        On("dynamic slice in each row", (x, i) => new DynamicSlice([2], 1).Of(x, i), "3x5 3x1|2x3 2x1|0x3 0x1", all, "nx5 nx1", "90000x3 90000x1", Index(3)),
        new("dynamic update", x => [Prim.DynamicUpdate(x[0], x[1], x[2])], [near, near, Index(3)], "3x5 2x3 2|2x3 2x3 2|7x17 2x0 2|17 5 1", all, "3xn 2x1 2", "300x400 20x30 2"),
        new("dynamic update in each row", x => [new DynamicUpdate(1).Of(x)], [near, near, Index(3)], "3x5 3x2 3x1|2x3 2x3 2x1", all, "nx5 nx2 nx1", "300x400 300x7 300x1"),
        On("index of several tensors", (x, i) => x[i, Tensor.From([0, 1, -1, 1, 0])], "3x2 5|3x4x2 5", all, "", "", Index(3)),

        // folds
        On("sum", x => Prim.Sum(x, [0]), "0|1|3|5|7|17|33|65|100|1000", sums, "n", "300001"),
        On("sum of rows", x => Prim.Sum(x, [1]), "0x3|3x0|1x1|3x5|5x65|17x7|3x200", sums, "nx5", "300x1000"),
        On("sum of columns", x => Prim.Sum(x, [0]), "0x3|3x0|1x1|3x5|65x5|7x17|100x1|1100x2", sums, "nx5", "1000x300"),
        On("sum between", x => Prim.Sum(x, [1]), "2x3x4|1x1x1|2x0x3|3x65x2|3x65x1", sums, "nx5x2", "30x100x100"),
        On("sum over several", x => Prim.Sum(x, [0, 2]), "2x3x4|1x1x1|2x0x3|3x5x65", sums, "nx5x2", "30x100x100"),
        On("sum over all", x => Prim.Sum(x, AllAxes(x)), "-|2x3x4|1x1x1|2x0x3|3x5x65", sums, "nx5x2", "30x100x100"),
        On("sum of a transpose", x => Prim.Sum(Prim.Transpose(x), [1]), "3x5|65x3|17x7", sums, "nx5", "1000x300"),
        On("sum of exp", x => Prim.Sum(Prim.Exp(x), [x.Rank - 1]), "0|1|7|65|3x100", floats, "nx5", "300x1000"),
        On("prod", x => Prim.Prod(x, [0]), "0|1|2|3|5|7|17|33|65|100", sums, "", "300001", small),
        On("prod of rows", x => Prim.Prod(x, [1]), "0x3|3x0|1x1|3x5|5x65", sums, "nx5", "300x1000", small),
        On("prod of columns", x => Prim.Prod(x, [0]), "0x3|3x0|1x1|3x5|65x5|65x1", sums, "", "1000x300", small),
        On("max", x => Prim.Max(x, [0]), "1|3|5|7|17|33|65|100", all, "n", "300001"),
        On("max of rows", x => Prim.Max(x, [1]), "0x3|1x1|3x5|5x65", all, "nx5", "300x1000"),
        On("max of columns", x => Prim.Max(x, [0]), "3x0|1x1|3x5|65x5", all, "nx5", "1000x300"),
        On("min", x => Prim.Min(x, [0]), "1|3|5|7|17|33|65|100", all, "n", "300001"),
        On("min of rows", x => Prim.Min(x, [1]), "0x3|1x1|3x5|5x65", all, "nx5", "300x1000"),
        On("min of columns", x => Prim.Min(x, [0]), "3x0|1x1|3x5|65x5", all, "nx5", "1000x300"),
        On("arg max", x => Prim.ArgMax(x, x.Rank - 1), "1|5|65|0x3|3x5|2x3x4", all, "nx5", "300x1000"),
        On("arg min", x => Prim.ArgMin(x, 0), "1|5|65|3x0|3x5|2x3x4", all, "", "1000x300"),

        // along an axis
        On("cumsum", x => Prim.CumSum(x, 0, false), "0|1|3|17|100|3x5|2x3x4", sums, "n|nx3", "300x1000"),
        On("cumsum of rows", x => Prim.CumSum(x, 1, true), "0x3|3x0|1x1|3x5|5x65|2x3x4", sums, "nx5", "300x1000"),
        On("cumprod", x => Prim.CumProd(x, 0, false), "0|1|3|7|17|3x5|2x3x4", sums, "n|nx3", "300x1000", small),
        On("cumprod of rows", x => Prim.CumProd(x, 1, true), "0x3|3x0|1x1|3x5|2x3x4", sums, "nx5", "300x1000", small),
        On("cummax", x => Prim.CumMax(x, 0, false), "0|1|3|7|17|3x5|2x3x4", numbers, "n|nx3", "300x1000"),
        On("cummax of rows", x => Prim.CumMax(x, 1, true), "0x3|3x0|1x1|3x5|2x3x4", numbers, "nx5", "300x1000"),
        On("cummin", x => Prim.CumMin(x, x.Rank - 1, false), "0|1|3|7|17|3x5|2x3x4", numbers, "n|nx3", "300x1000"),
        On("cummin back", x => Prim.CumMin(x, 0, true), "0|1|3|7|17|3x5|2x3x4", numbers, "n|nx3", "300x1000"),
        On("cumlogsumexp", x => Prim.CumLogSumExp(x, x.Rank - 1, false), "0|1|3|7|17|3x5|2x3x4", floats, "nx5", "300x1000"),
        On("cumlogsumexp back", x => Prim.CumLogSumExp(x, 0, true), "0|1|3|7|17|3x5", floats, "", "100x100"),
        On("recurrence", (a, b) => Prim.Recurrence(a, b, 0, false), "0 0|1 1|3 3|17 17|3x5 3x5|2x3x4 2x3x4", sums, "n n|nx3 nx3", "300x1000 300x1000"),
        On("recurrence back", (a, b) => Prim.Recurrence(a, b, 1, true), "0x3 0x3|3x0 3x0|3x5 3x5|2x3x4 2x3x4", sums, "nx3 nx3", "300x1000 300x1000"),
        On("argsort", x => Prim.ArgSort(x, 0, false), "0|1|3|17|100|3x5|2x3x4", all, "n|nx3", "1000x30"),
        On("argsort down", x => Prim.ArgSort(x, x.Rank - 1, true), "0|1|3|17|3x5|2x3x4", all, "nx3", "1000x30"),
        On("sort", x => x.Sort(), "0|1|3|17|100|3x5|2x3x4", all, "n|nx3", "1000x30"),
        On("sort columns down", x => x.Sort(0, true), "0|1|3|17|3x5|2x3x4", all, "nx3", "1000x30"),
        new("sort together", x => Prim.Sort(x, 0, false, 2), [near, near, near], "0|1|7|17|3x5", all, "nx3", "1000x30"),
        new("top k", x => { var (y, i) = x[0].TopK(2); return [y, i]; }, [near], "2|3|17|3x5|2x3x4", all, "nx3", "1000x30"),
        On("sum of windows", x => Prim.Window(FoldKind.Sum, x, [2, 3], [1, 2]), "2x3|3x5|4x8|17x9", sums, "", "300x400"),
        On("max of windows", x => Prim.Window(FoldKind.Max, x, [2, 3], [2, 1]), "2x3|3x5|4x6|17x9", numbers, "", "300x400"),
        On("min of windows in each row", x => Prim.Window(FoldKind.Min, x, [1, 3], [1, 2]), "0x3|2x3|3x5|4x6", numbers, "nx5", "300x400"),
        On("max of large windows", x => Prim.LargeWindow(FoldKind.Max, x, [2, 3], [1, 2], [x.Shape[0] - 1, (x.Shape[1].Value - 1) / 2]), "2x3|3x5|4x6", numbers, "", "300x400"),

        // products
        On("dot", Prim.Dot, "1x1 1x1|3x4 4x5|0x3 3x2|2x0 0x3|1x7 7x1|1x5 5x3|5x3 3x1|17x33 33x3", sums, "nx3 3x2", "400x150 150x90"),
        On("dot of batches", Prim.Dot, "2x3x4 2x4x5|1x1x1 1x1x1|0x2x3 0x3x2|3x1x5 3x5x1", sums, "nx3x4 nx4x2", "9x120x60 9x60x80"),
        On("dot of a transpose", (x, y) => Prim.Dot(Prim.Transpose(x), Prim.Transpose(y)), "4x3 5x4|1x1 1x1|7x17 3x7", sums, "3xn 2x3", "150x400 90x150"),
        On("dot general", (x, y) => Prim.DotGeneral(x, y, [1, 3], [2, 0], [0], [1]), "2x3x4x5 5x2x3|1x1x1x1 1x1x1", sums),
        On("dot of vectors", (x, y) => x.MatMul(y), "0 0|1 1|5 5|65 65", sums, "n n", "300001 300001"),
        On("matrix by vector", (x, y) => x.MatMul(y), "3x4 4|1x1 1|0x3 3|17x65 65", sums, "nx4 4", "3000x1000 1000"),
        On("vector by matrix", (x, y) => x.MatMul(y), "4 4x3|1 1x1|3 3x0|65 65x17", sums, "n nx4", "1000 1000x3000"),
        On("matmul broadcasts", (x, y) => x.MatMul(y), "2x1x3x4 5x4x2|3x4 2x4x1", sums),

        // calls and effects
        On("checkpoint", x => new Checkpoint(Graph.Of([x.Type], y => [Prim.Sin(y[0]), Prim.Exp(Prim.Sin(y[0]))]), "f").Apply(x)[1], "-|0|5|65|3x5", floats, "nx3", "131149"),
        On("checkpoint of two", (x, y) => Fn.Checkpoint(((Tensor X, Tensor Y) p) => Tensor.Tanh(p.X * p.Y) * p.X)((x, y)), "- -|0 0|5 5|3x5 3x5", floats, "nx3 nx3"),
        On("late", (x, y) => new Late().Of(x * 2, y), "- -|0 0|5 5|3x5 2", floats, "nx3 nx3"),
        On("custom vjp", (x, y) => Fn.CustomVjp(((Tensor X, Tensor Y) p) => Prim.Exp(p.X) * p.Y, p => (Prim.Exp(p.X) * p.Y, (Prim.Exp(p.X), p.Y)), ((Tensor E, Tensor Y) s, Tensor ct) => (ct * s.E * s.Y, ct * s.E))((x, y)),
            "- -|0 0|5 5|3x5 3x5", floats, "nx3 nx3"),
        On("custom jvp", (x, y) => Fn.CustomJvp(((Tensor X, Tensor Y) p) => Prim.Sin(p.X) * p.Y, (p, d) => (Prim.Sin(p.X) * p.Y, Prim.Cos(p.X) * p.Y * d.X + Prim.Sin(p.X) * d.Y))((x, y)),
            "- -|0 0|5 5|3x5 3x5", floats, "nx3 nx3"),
        On("check", x => { Prim.Check(Prim.Or(Prim.Equal(x, x), Prim.NotEqual(x, x)), "never"); return Prim.Neg(x); }, "-|0|3|2x2", numbers, "n"),
        On("call", x => Prim.Call(Graph.Of([x.Type], y => [Prim.Sin(y[0]), Prim.Mul(y[0], y[0])]), "f", x)[0], "-|0|5|65|3x5", floats, "nx3", Many),
        new("call of two", x => Prim.Call(Graph.Of(x.Select(t => t.Type), y => [Prim.Mul(y[0], Prim.Exp(y[1])), Prim.Less(y[0], y[1])]), "f", x), [near, near], "-|0|5|65|3x5", floats, "nx3", Many),
        On("print", x => { Prim.Print("a case", x); return Prim.Neg(x); }, "-|0|3|2x2", numbers, "n"),

        // members of tensors, and compositions
        On("add broadcasts", (x, y) => x + y, "3x1 4|- 5|2x3 3|5x1 1x7|3x1 0", numbers, "nx3 3", "300x1 1x400"),
        On("multiply broadcasts", (x, y) => x * y, "3x1 4|- 5|2x3 3|5x1 1x7|2x3x4 3x1", numbers, "nx3 3", "300x1 1x400"),
        On("divide", (x, y) => x / (y * y + 1), "5|3x1 4", numbers, "nx3 3"),
        On("power", x => Tensor.Pow(x, 3) + Tensor.Pow(x, 2), "-|5|3x5", numbers, "nx3"),
        On("mean", x => x.Mean(), "1|5|3x5|65", numbers, "nx3"),
        On("variance of rows", x => x.Var(1), "1x1|3x5|2x65", floats, "nx5", "300x1000"),
        On("softmax", Softmax, "1x1|0x3|3x5|2x65|2x3x4", floats, "nx5", "300x1000"),
        On("log sum exp", LogSumExp, "1x1|0x3|3x5|2x65|2x3x4", floats, "nx5", "300x1000"),
        On("layer norm", x => (x - x.Mean(-1, true)) * Prim.Rsqrt(x.Var(-1, true) + 1e-5), "3x5|2x65", floats, "nx5", "300x1000"),
        On("column norm", x => x / Tensor.Sqrt((x * x).Sum(0, true)), "5x3|65x2", floats, "nx5", "1000x300"),
        On("where", x => Prim.Select(x > 0.5, x * x, Tensor.Exp(x)), "-|0|5|65|3x5", floats, "nx3", Many),
        On("clamp", x => Tensor.Minimum(Tensor.Maximum(x, -0.7), 0.9), "-|0|5|65|3x5", floats, "nx3", Many),
        On("polynomial", x => 1 + x * (2 - x * (0.5 + x * x / 3)), "-|0|5|65|3x5", floats, "nx3", Many),
        On("index", x => x[1, ^1] + x[0, 0], "2x3|3x5x2", numbers),
        On("part set", (x, v) => x.At(1.., Slice.Step(.., -2)).Set(v), "3x5 3|2x3 2", all),
        new("parts multiplied", x => [x[0].At(x[1], 0).Multiply(x[2])], [near, Index(2), small], "2x3 5 -|3x2x4 5 4", numbers),
        On("ranges", x => x[1.., Slice.Step(.., -2)], "2x3|3x5|4x5x2", all),
        new("perceptrons", x => [Tensor.Tanh(x[0].MatMul(x[1]) + x[2]).MatMul(x[3])], [near, near, near, near], "5x3 3x4 4 4x2|1x1 1x1 1 1x1", floats, "nx3 3x4 4 4x2", "7000x30 30x40 40 40x20"),
        new("cross entropy", x => [((LogSumExp(x[0]) - (x[0] * x[1]).Sum(1)) / 5).Sum()], [near, near], "3x5 3x5|1x1 1x1", floats, "nx5 nx5", "300x1000 300x1000"),
        new("two results", x => [x[0] + x[1], x[0] * x[1], x[0] > x[1]], [near, near], "-|0|5|3x5", floats, "nx3", Many),
        new("an operand back", x => [x[0], x[1], x[0]], [near, near], "-|0|5|3x5", all, "nx3"),
        new("an operand not read", x => [Prim.Neg(x[1])], [near, near], "-|0|5|3x5", numbers, "nx3"),
        On("a constant", x => Tensor.Ones(2) * 3, "-|5", floats),

        .. OpsCases.All,
    ];

    static Tensor Softmax(Tensor x)
    {
        var e = Tensor.Exp(x - x.Max(-1, true));
        return e / e.Sum(-1, true);
    }

    static Tensor LogSumExp(Tensor x)
    {
        var most = Prim.StopGradient(x.Max(-1, true));
        return (Tensor.Log(Tensor.Exp(x - most).Sum(-1, true)) + most).Sum(-1);
    }

    public static readonly Dictionary<string, Case> ByName = All.ToDictionary(c => c.Name);

    /// <summary>Every op that the cases apply.</summary>
    public static HashSet<Type> Ops()
    {
        var found = new HashSet<Type>();
        void Add(Graph g)
        {
            foreach (var node in g.Nodes)
            {
                found.Add(node.Op.GetType());
                if (node.Op is Region r) Add(r.Body);
            }
        }
        foreach (var c in All) Add(Graph.Trace(c.At(c.Types[0], c.Variants(c.Shapes)[^1]).Select(t => t.Type), c.F).Graph);
        return found;
    }
}
