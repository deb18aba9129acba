using System.Collections.Immutable;

namespace StagedDiff.Tests;

public class TreeTests
{
    record Layer(Tensor W, Tensor B);
    record Mlp(Layer[] Hidden, double Rate, string Name);
    record struct Pair(Tensor A, int N);
    record WithMore(Tensor W) { public Tensor? Bias { get; init; } }
    record Animal(Tensor Legs);
    record Dog(Tensor Legs, Tensor Tail) : Animal(Legs);
    record Chain(Tensor W, Chain? Next);
    sealed class Plain(Tensor w) { public Tensor W => w; }
    sealed class Settable { public Tensor? W { get; set; } public int N; }
    sealed class Secret(Tensor w) { public Tensor Open() => w; }

    static Tensor T(params float[] x) => Tensor.From(x);
    static readonly Mlp mlp = new([new(T(1), T(2)), new(T(3), T(4))], 0.5, "m");
    static Tensor Twice(Tensor x) => x * 2;
    static void Same(Tensor expected, Tensor? x) => Assert.Equal(expected.ToArray<float>(), x!.ToArray<float>());

    [Fact]
    public void A_tensor_is_a_tree() => Assert.Equal([""], Tree.Paths(T(1)));

    [Fact]
    public void Paths_read_as_one_would_write_them() => Assert.Equal([".Hidden[0].W", ".Hidden[0].B", ".Hidden[1].W", ".Hidden[1].B"], Tree.Paths(mlp));

    [Fact]
    public void Static_parts_are_copied()
    {
        var twice = Tree.Map(Twice, mlp);
        Same(T(8), twice.Hidden[1].B);
        Assert.Equal((0.5, "m"), (twice.Rate, twice.Name));
    }

    [Fact]
    public void Containers_tuples_and_structs_are_trees()
    {
        var x = (T(1), new List<Tensor> { T(2) }, ImmutableArray.Create(T(3)), new Pair(T(4), 5), new { A = T(6) }, Tuple.Create(T(7), "s"), 8, T(9), (Tensor?)null);
        Assert.Equal([".Item1", ".Item2[0]", ".Item3[0]", ".Item4.A", ".Item5.A", ".Item6.Item1", ".Rest.Item1"], Tree.Paths(x));
        var y = Tree.Map(Twice, x);
        Same(T(8), y.Item4.A);
        Same(T(18), y.Item8);
        Assert.Equal((5, "s", 8, null), (y.Item4.N, y.Item6.Item2, y.Item7, y.Item9));
    }

    [Fact]
    public void Dictionaries_keep_their_order_and_comparer()
    {
        var x = new Dictionary<string, Tensor>(StringComparer.OrdinalIgnoreCase) { ["b"] = T(1), ["a"] = T(2) };
        Assert.Equal(["[\"b\"]", "[\"a\"]"], Tree.Paths(x));
        Same(T(4), Tree.Map(Twice, x)["A"]);
        Same(T(6), Tree.Map(Twice, new SortedDictionary<int, Tensor> { [3] = T(3) })[3]);
        Same(T(8), Tree.Map(Twice, ImmutableDictionary<string, Tensor>.Empty.Add("k", T(4)))["k"]);
        Same(T(8), Tree.Map(Twice, ImmutableSortedDictionary<string, Tensor>.Empty.Add("k", T(4)))["k"]);
    }

    [Fact]
    public void What_the_constructor_leaves_out_is_set()
    {
        Same(T(4), Tree.Map(Twice, new WithMore(T(1)) { Bias = T(2) }).Bias);
        Same(T(2), Tree.Map(Twice, new Settable { W = T(1), N = 3 }).W);
    }

    [Fact]
    public void Classes_follow_the_rule_of_records() => Same(T(2), Tree.Map(Twice, new Plain(T(1))).W);

    [Fact]
    public void A_value_keeps_its_own_type() => Same(T(4), Assert.IsType<Dog>(Tree.Map<Animal>(Twice, new Dog(T(1), T(2)))).Tail);

    [Fact]
    public void Types_may_hold_themselves() => Assert.Equal([".W", ".Next.W"], Tree.Paths(new Chain(T(1), new(T(2), null))));

    [Fact]
    public void An_interface_is_what_it_holds() => Same(T(2), Tree.Map<IReadOnlyList<Tensor>>(Twice, new List<Tensor> { T(1) })[0]);

    [Fact]
    public void Two_trees_map_together() => Same(T(9), Tree.Map2((a, b) => a + b, (T(1), 2), (T(8), 3)).Item1);

    [Fact]
    public void Trees_built_otherwise_do_not() => Assert.Equal("Map2: expected two trees built alike, got 1 and 2 tensors; only one of the two has [1].",
        Messages.Of<TreeException>(() => Tree.Map2((a, b) => a, [T(1)], new[] { T(1), T(2) })));

    [Fact]
    public void Ravel_and_back()
    {
        var (flat, unravel) = Tree.Ravel((Tensor.From(new float[,] { { 1, 2 } }), Tensor.From(new[] { 3 })));
        Same(T(1, 2, 3), flat);
        var (a, b) = unravel(flat * 2);
        Assert.Equal("f32[1,2] i32[1]", $"{a.DType.Name()}{a.Shape} {b.DType.Name()}{b.Shape}");
    }

    [Fact]
    public void The_norm_is_over_all_float_tensors() => Assert.Equal(5, Tree.Norm((T(3), T(4), Tensor.From(new[] { 7 }))).Item<float>());

    [Fact]
    public void Leaves_rebuild_the_tree() => Same(T(4), Tree.Rebuild(mlp, Tree.Leaves(mlp)).Hidden[1].B);

    [Fact]
    public void Too_few_leaves_do_not() => Assert.Equal("Rebuild: (Tensor, Tensor) has 2 tensors here, got 1.",
        Messages.Of<TreeException>(() => Tree.Rebuild((T(1), T(2)), [T(1)])));

    [Fact]
    public void A_type_that_hides_tensors_is_no_tree() => Assert.Equal(
        "Secret at .Item2 holds tensors but is no tree. Make it a record, or give it a public constructor whose parameters match its public members by name and type.",
        Messages.Of<TreeException>(() => Tree.Leaves((1, new Secret(T(1))))));

    [Fact]
    public void A_static_value_needs_equality() => Assert.Equal(
        "A static value without equality: Random at .Item2 is neither a tensor nor made of tensors, and two of them are never equal. Make it a record, override Equals and GetHashCode, or pass the numbers it holds.",
        Messages.Of<TreeException>(() => Tree.Leaves((T(1), new Random(1)))));

    [Fact]
    public void A_lazy_sequence_is_no_tree() => Assert.Equal(
        "A lazy sequence at .Item1 is no tree: IEnumerable<Tensor> is evaluated when it is read, maybe after its trace. Use an array or a list.",
        Messages.Of<TreeException>(() => Tree.Leaves((Enumerable.Range(0, 2).Select(i => T(i)), 1))));

    [Fact]
    public void Without_a_compiler_reflection_does_the_same()
    {
        var code = TreeCode<Layer>.Reflected(TreeRule.Form(typeof(Layer))!);
        var leaves = new Leaves();
        code.Flatten(mlp.Hidden[1], leaves);
        var reader = new Reader(leaves.Tensors.ToArray(), leaves.ToStructure());
        Assert.Equal(mlp.Hidden[1], code.Rebuild(ref reader));
    }
}
