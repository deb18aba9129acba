using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>
/// What each mistake is answered, word by word: the operation, what it wanted, what it got, what to do. The line of the mistake follows in
/// parentheses; that it is there is a test of its own.
/// </summary>
public class BadInputTests
{
    static Tensor T(params float[] x) => Tensor.From(x);
    static readonly Tensor rows = Tensor.Ones(2, 3);

    static void Says<E>(string expected, Func<object?> f) where E : Exception => Assert.Equal(expected, Messages.Of<E>(() => f()));

    [Fact]
    public void A_message_ends_with_the_line_of_the_mistake() =>
        Assert.Matches(@" \(BadInputTests\.cs:\d+\)$", Assert.Throws<ShapeException>(() => rows + T(1, 2)).Message);

    /// <summary>A message is put together where it is thrown; those that are passed on got their line there.</summary>
    [Fact]
    public void Every_message_ends_with_the_line() => Assert.Empty(
        from source in Repository.Sources("src/Staged").Concat(Repository.Sources("src/Ops"))
        from node in CSharpSyntaxTree.ParseText(source.Text).GetRoot().DescendantNodes().OfType<BaseObjectCreationExpressionSyntax>()
        let type = node is ObjectCreationExpressionSyntax o ? o.Type.ToString() : node.Ancestors().OfType<BaseMethodDeclarationSyntax>().FirstOrDefault() is MethodDeclarationSyntax m ? m.ReturnType.ToString() : ""
        where type is nameof(ShapeException) or nameof(DTypeException) or nameof(TreeException) or nameof(IndexException) or nameof(StagingException) or nameof(RetraceException) or nameof(CheckException)
        where node.ToString() is var text && text.Contains('"') && !text.Contains("Caller.Line()")
        select $"{source.Path}: {node}");

    [Fact]
    public void Shapes_that_do_not_broadcast()
    {
        Says<ShapeException>("Add: shapes f32[2,3] and f32[2] do not broadcast: axis −1 is 3 and 2.", () => rows + T(1, 2));
        Says<ShapeException>("Pow: shapes f32[2,3] and f32[2] do not broadcast: axis −1 is 3 and 2.", () => Tensor.Pow(rows, T(1, 2)));
        Says<ShapeException>("Add: shapes f32[2,3] and f32[2] do not broadcast: axis −1 is 3 and 2.", () => Jit((Tensor x, Tensor y) => x + y)(rows, T(1, 2)));
    }

    [Fact]
    public void Shapes_that_do_not_contract()
    {
        Says<ShapeException>("MatMul: expected [b…,m,k]·[b…,k,n], got f32[2,3] and f32[2,3]; did you mean x.MatMul(y.T)?", () => rows.MatMul(rows));
        Says<ShapeException>("MatMul: expected [b…,m,k]·[b…,k,n], got f32[2,3] and f32[2]; did you mean x.T.MatMul(y)?", () => rows.MatMul(T(1, 2)));
        Says<ShapeException>("Dot: expected [a…,k]·[b…,k,n], got f32[2,3] and f32[4].", () => rows.Dot(T(1, 2, 3, 4)));
        Says<ShapeException>("MatMul: expected [b…,m,k]·[b…,k,n], got f32[] and f32[2,3]; multiply by a number with *.", () => Tensor.From(1f).MatMul(rows));
    }

    [Fact]
    public void Element_types()
    {
        Says<DTypeException>("And: expected bools or integers, got f32[1] and f32[1]. Compare first, as in x > 0.", () => T(1) & T(1));
        Says<DTypeException>("ToArray: expected to read f32[1] as float, got double. Use x.Cast(DType.F64) first.", () => T(1).ToArray<double>());
        Says<DTypeException>("Tensor: expected elements of bool, byte, int, uint, long, float or double, got decimal. Convert them first.", () => Tensor.From(1m));
        Says<DTypeException>("Grad: the function must return a float, got i32[]. Cast it to F32 first.", () => Grad(x => x.ArgMax(0))(T(1, 2)));
    }

    [Fact]
    public void Axes()
    {
        Says<ShapeException>("Sum: axis 2 is out of range for f32[2,3]; axes are −2 … 1.", () => rows.Sum(2));
        Says<ShapeException>("ArgMax: axis −3 is out of range for f32[2,3]; axes are −2 … 1.", () => rows.ArgMax(-3));
        Says<ShapeException>("Sum: axis 0 is out of range for f32[]; it has no axes.", () => Tensor.From(1f).Sum(0));
    }

    [Fact]
    public void The_gradient_of_what_is_no_scalar() =>
        Says<ShapeException>("Grad: the function must return a scalar, got f32[2]. Take Mean or Sum first, or use Vjp.", () => Grad(x => x * 2)(T(1, 2)));

    sealed class Secret(Tensor w) { public Tensor Open() => w; }

    [Fact]
    public void A_type_that_is_no_tree() => Says<TreeException>(
        "Secret holds tensors but is no tree. Make it a record, or give it a public constructor whose parameters match its public members by name and type.",
        () => Jit((Secret x) => x.Open())(new(T(1))));

    [Fact]
    public void No_tensor_among_the_results() => Says<TreeException>(
        "Jit: there is no tensor among the results of a lambda in No_tensor_among_the_results: it returns int.", () => Jit((Tensor x) => 3)(T(1)));

    [Fact]
    public void A_static_value_without_equality() => Says<TreeException>(
        "A static value without equality: Random is neither a tensor nor made of tensors, and two of them are never equal. Make it a record, override Equals and GetHashCode, or pass the numbers it holds.",
        () => Jit((Tensor x, Random r) => x * r.Next())(T(1), new(1)));

    [Fact]
    public void Use_after_donation()
    {
        var x = T(1, 2) + 0;
        Jit((Tensor x) => x * 2, new() { Donate = [0] })(x);
        const string gone = "A donated tensor was used: f32[2] was given to a jitted function that may overwrite it (JitOptions.Donate). Use what the function returned instead.";
        Says<StagingException>(gone, () => x + 1);
        Says<StagingException>(gone, () => x.ToArray<float>());
        Says<StagingException>(gone, () => Jit((Tensor x) => x + 1)(x));
    }

    [Fact]
    public void A_variable_after_its_trace()
    {
        Tensor kept = null!;
        Jit((Tensor x) => kept = x * 2)(T(1));
        const string late = "a variable (f32[1]) of the jitted function a lambda in A_variable_after_its_trace was used after that function had returned. "
            + "Return it from the function instead of keeping it in a field. (A static field that is first used while tracing is set there: use it once before.)";
        Says<StagingException>("add: " + late, () => kept + 1);
        Says<StagingException>("add: " + late, () => Jit((Tensor x) => x + kept)(T(1)));
        Says<StagingException>("mul: " + late, () => Grad(x => kept * x)(T(1)));
    }

    [Fact]
    public void A_variable_in_another_trace()
    {
        const string late = "a variable (f32[]) of a gradient being taken was used after that function had returned. "
            + "Return it from the function instead of keeping it in a field. (A static field that is first used while tracing is set there: use it once before.)";
        Says<StagingException>("add: " + late, () => Jit((Tensor x) =>
        {
            Tensor inner = null!;
            Grad(y => inner = y * x)(x);
            return inner + x;
        })(Tensor.From(1f)));
    }

    [Fact]
    public void The_value_of_a_symbolic_tensor()
    {
        const string unread = "The value of a symbolic tensor was read: {0} is a variable of the jitted function a lambda in The_value_of_a_symbolic_tensor and has no value while it is traced. "
            + "Use Np.Where for what depends on it, Fn.Print to show it, or leave out Jit: then it has a value.";
        Says<StagingException>(string.Format(unread, "f32[1]"), () => Jit((Tensor x) => x * x.Item<float>())(T(1)));
        Says<StagingException>(string.Format(unread, "f32[1]"), () => Jit((Tensor x) => x.ToArray<float>()[0] > 0 ? x : -x)(T(1)));
        Says<StagingException>(string.Format(unread, "bool[]"), () => Jit((Tensor x) => { while (x.Sum() > 5) x /= 2; return x; })(T(1)));
        Says<StagingException>(string.Format(unread, "f32[]"), () => Jit((Tensor x) => Grad(y => y.Item<float>() * y)(x))(Tensor.From(1f)));
    }

    [Fact]
    public void A_wrong_reshape()
    {
        Says<ShapeException>("Reshape: 6 elements of f32[2,3] do not fill [4,2].", () => rows.Reshape(4, 2));
        Says<ShapeException>("Reshape: 6 elements of f32[2,3] do not fill [4,-1].", () => rows.Reshape(4, -1));
        Says<ShapeException>("Reshape: 6 elements of f32[2,3] do not fill [-1,-1]; only one extent may be −1.", () => rows.Reshape(-1, -1));
    }

    [Fact]
    public void An_index_out_of_range()
    {
        Says<IndexException>("Index: 2 is out of range for axis 0 of f32[2,3], which has 2 elements.", () => rows[2]);
        Says<IndexException>("gather: index 7 is out of range for an axis of 2; indices are −2 … 1.", () => rows[Tensor.From([0, 7])]);
        Says<IndexException>("gather: index −3 is out of range for an axis of 2; indices are −2 … 1.", () => Jit((Tensor x, Tensor i) => x[i])(rows, Tensor.From([0, -3])));
    }

    sealed class Model
    {
        public Tensor? Activation { get; set; }
        public Tensor Forward(Tensor x) => Activation = x * 2;
    }

    [Fact]
    public void A_tensor_kept_in_a_field()
    {
        var model = new Model();
        Jit<Tensor, Tensor>(model.Forward)(T(1));
        const string late = "a variable (f32[1]) of the jitted function Forward was used after that function had returned. "
            + "Return it from the function instead of keeping it in a field. (A static field that is first used while tracing is set there: use it once before.)";
        Says<StagingException>("mul: " + late, () => model.Activation! * 2);
        Says<StagingException>("add: " + late, () => Jit((Tensor x) => x + model.Activation!)(T(1)));
        Says<StagingException>("Jit: a lambda in A_tensor_kept_in_a_field: " + late, () => Jit((Tensor x) => x * 2)(model.Activation!));
    }

    [Fact]
    public void A_retrace_storm()
    {
        var f = Jit((Tensor x, double rate) => x * rate);
        for (int i = 0; i < 4; i++) f(T(1), i / 2.0);
        Says<RetraceException>("Jit: a lambda in A_retrace_storm was traced 4 times for values of rate alone: 0, 0.5, 1, 1.5, and now 7. "
            + "Make it a Tensor, so that one trace serves all, or set JitOptions.MaxTraces.", () => f(T(1), 7));
    }

    [Fact]
    public void A_function_for_a_result() => Says<TreeException>(
        "A result is a function, Func<Tensor, Tensor>: results are tensors and static values. Call it with all its arguments.",
        () => Jit((Tensor x) => (Func<Tensor, Tensor>)(y => x * y))(T(1)));
}
