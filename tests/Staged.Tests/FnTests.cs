using static StagedDiff.Fn;

namespace StagedDiff.Tests;

public class FnTests
{
    record Model(Tensor W, Tensor Steps, string Name);

    static Tensor T(params float[] x) => Tensor.From(x);
    static void Same(Tensor expected, Tensor? x) => Assert.Equal((expected.Shape, expected.ToString()), (x!.Shape, x.ToString()));
    static readonly Tensor rows = Tensor.From(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } });

    [Fact]
    public void Grad_of_a_tensor() => Same(6.0, Grad(x => x * x)(3.0));

    [Fact]
    public void Grad_is_by_the_first_argument()
    {
        Same(T(3, 4), Grad((Tensor x, Tensor y) => (x * y).Sum())(T(1, 2), T(3, 4)));
        Same(T(6, 8), Grad((Tensor x, Tensor y, int n) => (x * y * n).Sum())(T(1, 2), T(3, 4), 2));
    }

    [Fact]
    public void Integers_are_zero_and_static_parts_copied_in_a_gradient()
    {
        var g = Grad((Model m) => (m.W * m.Steps).Sum())(new(T(1, 2), Tensor.From(new[] { 3, 4 }), "n"));
        Same(T(3, 4), g.W);
        Same(Tensor.From(new[] { 0, 0 }), g.Steps);
        Assert.Equal("n", g.Name);
    }

    [Fact]
    public void What_the_function_does_not_use_has_gradient_zero() => Same(T(0, 0), Grad(((Tensor A, Tensor B) p) => p.A.Sum())((T(1), T(2, 3))).B);

    [Fact]
    public void ValueAndGrad_gives_both()
    {
        var (value, grad) = ValueAndGrad((Tensor x, Tensor y) => (x * y).Sum())(T(1, 2), T(3, 4));
        Same(11.0, value);
        Same(T(3, 4), grad);
    }

    [Fact]
    public void Aux_comes_through_without_its_trace()
    {
        var (value, aux, grad) = ValueAndGradAux((Tensor x) => ((x * x).Sum(), (Twice: x * 2, Label: "a")))(T(1, 2));
        Same(5.0, value);
        Same(T(2, 4), aux.Twice);
        Assert.True(aux.Twice.IsConcrete);
        Assert.Equal("a", aux.Label);
    }

    [Fact]
    public void A_pullback_serves_many_cotangents_and_null_is_zero()
    {
        var (_, pull) = Vjp((Tensor x) => (x * x, x.Sum()), T(1, 2));
        Same(T(2, 4), pull((T(1, 1), null!)));
        Same(T(1, 1), pull((null!, 1.0)));
        Same(T(0, 0), pull(default));
    }

    [Fact]
    public void Jvp_ignores_tangents_of_integers()
    {
        var (_, dy) = Jvp(((Tensor X, Tensor N) p) => (p.X * p.N, p.N), (T(1, 2), Tensor.From(new[] { 3, 3 })), (T(1, 0), Tensor.From(new[] { 9, 9 })));
        Same(T(3, 0), dy.Item1);
        Same(Tensor.From(new[] { 0, 0 }), dy.Item2);
    }

    [Fact]
    public void Hvp_is_the_derivative_of_the_gradient() => Same(T(6, 24), Hvp((Tensor x) => (x * x * x).Sum(), T(1, 2), T(1, 2)));

    [Fact]
    public void StopGradient_is_a_constant() => Same(T(2, 3), Grad((Tensor x) => (StopGradient(x) * x).Sum())(T(2, 3)));

    [Fact]
    public void Transforms_nest()
    {
        Same(12.0, Grad(Grad(x => x * x * x))(2.0));
        Same(rows * 2, Vmap(Grad((Tensor r) => (r * r).Sum()))(rows));
        Same(rows * 2, Jit(Vmap(Jit(Grad((Tensor r) => (r * r).Sum()))))(rows));
        Same(12.0, Jit(Grad(Jit(Grad(x => x * x * x))))(2.0));
    }

    [Fact]
    public void Live_control_flow_has_gradients()
    {
        static Tensor Halve(Tensor x)
        {
            while (Tensor.Abs(x) > 5) x = x / 2;
            return x;
        }
        Same(0.125, Grad(Halve)(33.0));
    }

    [Fact]
    public void Vmap_maps_any_axis_to_any_axis()
    {
        Same(T(6, 15), Vmap((Tensor r) => r.Sum())(rows));
        Same(T(5, 7, 9), Vmap((Tensor r) => r.Sum(), inAxis: 1)(rows));
        Same(rows * 2, Vmap((Tensor r) => r * 2, inAxis: -1, outAxis: -1)(rows));
        Same(rows * T(1, 2, 3), Vmap((Tensor r, Tensor w) => r * w, 0, null)(rows, T(1, 2, 3)));
        Same(rows * T(1, 2, 3), Vmap((Tensor a, Tensor b, int n) => a * b * n, 1, 0, null, outAxis: 1)(rows, T(1, 2, 3), 1));
    }

    [Fact]
    public void Results_that_do_not_depend_on_the_batch_are_repeated() => Same(T(7, 7), Vmap((Tensor r) => Tensor.From(7f))(rows));

    [Fact]
    public void CheckGrads_passes_what_is_right() => CheckGrads(((Tensor A, Tensor B) p) => p.A * Tensor.Sin(p.B), (Tensor.From([0.3, 0.7]), Tensor.From([1.3, 0.7])));

    [Fact]
    public void CheckGrads_names_the_tensor_and_both_numbers() => Assert.Matches(
        @"^CheckGrads: the derivative of f along a direction in \.B is 0 by reverse mode and -?0\.\d+ by finite differences\.$",
        Messages.Of<CheckException>(() => CheckGrads(((Tensor A, Tensor B) p) => (p.A * StopGradient(p.B)).Sum(), (Tensor.From([0.3]), Tensor.From([1.3])))
            ).Replace(".Item2", ".B"));

    [Fact]
    public void Bad_gradients_say_what_to_do()
    {
        Assert.Equal("Grad: the function must return a scalar, got f32[2]. Take Mean or Sum first, or use Vjp.", Messages.Of<ShapeException>(() => Grad((Tensor x) => x * 2)(T(1, 2))));
        Assert.Equal("Grad: the function must return a float, got bool[]. Cast it to F32 first.", Messages.Of<DTypeException>(() => Grad((Tensor x) => x.Sum() > 0)(T(1, 2))));
        Assert.Equal("Grad: there is no float tensor in the argument, got i32[1]. Cast it to F32 first.", Messages.Of<DTypeException>(() => Grad((Tensor x) => x.Sum())(Tensor.From([1]))));
        Assert.Equal("Grad: there is no tensor in the argument, int: nothing to differentiate by.", Messages.Of<TreeException>(() => Grad((int n) => T(n).Sum())(3)));
        Assert.Equal("Pullback: expected a cotangent like the result, f32[2], got f32[1].", Messages.Of<ShapeException>(() => Vjp((Tensor x) => x * x, T(1, 2)).Pullback(T(1))));
        Assert.Equal("Jvp: expected a tangent like the argument, f32[2], got f32[1] at .Item1.", Messages.Of<ShapeException>(() => Jvp(((Tensor X, int N) p) => p.X, (T(1, 2), 1), (T(1), 1))));
    }

    [Fact]
    public void Bad_batches_say_what_to_do()
    {
        Assert.Equal("Vmap: expected one extent along all mapped axes, got 2 in argument 1 (f32[2,3], axis 0) and 3 in argument 2 (f32[3], axis 0).",
            Messages.Of<ShapeException>(() => Vmap((Tensor a, Tensor b) => a)(rows, T(1, 2, 3))));
        Assert.Equal("Vmap: argument 2.Item1 has no axis 0: it is f32[]. Pass null for the axis of an argument that every example gets whole.",
            Messages.Of<ShapeException>(() => Vmap((Tensor a, (Tensor, int) b) => a)(rows, (1.0, 2))));
        Assert.Equal("Vmap: no tensor is mapped. Give an argument with tensors an axis.", Messages.Of<ShapeException>(() => Vmap((Tensor a) => a, null)(rows)));
        Assert.Equal("Vmap: the results have no axis 5: one is f32[2,3] with the batch in front.", Messages.Of<ShapeException>(() => Vmap((Tensor a) => a, 0, 5)(rows)));
    }
}
