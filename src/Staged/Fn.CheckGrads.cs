using System.Globalization;

namespace StagedDiff;

public static partial class Fn
{
    /// <summary>
    /// Checks the derivatives of a function at a point: forward mode against reverse mode, and both against finite differences, along random
    /// directions, tensor by tensor; then the same for its first derivative, up to <paramref name="order"/>.
    /// </summary>
    /// <param name="f">The function; a result that is no scalar is summed with random weights.</param>
    /// <param name="x">Where. Use F64 tensors: differences of F32 have three good digits.</param>
    /// <param name="order">How many times to differentiate.</param>
    /// <param name="epsilon">The step of the differences; null for 1e-4 (F64) or 1e-2 (F32).</param>
    /// <param name="relative">How far two numbers may differ, relative to the larger; null for 1e-5 (F64) or 2e-2 (F32).</param>
    /// <param name="absolute">And beyond that; null for 1e-7 (F64) or 1e-2 (F32).</param>
    /// <exception cref="CheckException">Two derivatives differ: says both, the mode, and the path of the tensor.</exception>
    /// <remarks>Follows jax.test_util.check_grads. Not for points where f has a kink: the difference straddles it.</remarks>
    public static void CheckGrads<P>(Func<P, Tensor> f, P x, int order = 2, double? epsilon = null, double? relative = null, double? absolute = null)
    {
        var (leaves, tree) = Leaves.Of(x);
        NeedFloat("CheckGrads", leaves, typeof(P));
        bool rough = leaves.Any(t => t.DType == DType.F32);
        new GradCheck(Tree.Paths(x), epsilon ?? (rough ? 1e-2 : 1e-4), relative ?? (rough ? 2e-2 : 1e-5), absolute ?? (rough ? 1e-2 : 1e-7))
            .Check(p => f(tree.Rebuild<P>(p)), leaves, order, "f");
    }

    sealed class GradCheck(string[] paths, double epsilon, double relative, double absolute)
    {
        readonly Random random = new(1);

        public void Check(Func<Tensor[], Tensor> f, Tensor[] x, int order, string name)
        {
            Tensor? weights = null;
            Tensor g(Tensor[] x)
            {
                var y = f(x);
                if (y.Rank == 0) return y;
                weights ??= Direction(y.Type);
                return (y * weights).Sum();
            }
            var (_, pull) = Reverse.Vjp(x => [Scalar("CheckGrads", g(x))], x);
            var grads = pull([Tensor.Literal(g(x).DType, 1.0)]);
            for (int i = 0; i < x.Length; i++)
            {
                if (!x[i].DType.IsFloat()) continue;
                var v = Direction(x[i].Type);
                double forward = Number(Along(g, x, i, v));
                double reverse = grads[i] is { } d ? Number((d * v).Sum()) : 0;
                double difference = (Number(g(Step(x, i, v, epsilon))) - Number(g(Step(x, i, v, -epsilon)))) / (2 * epsilon);
                Compare(name, paths[i], "forward mode", forward, "reverse mode", reverse);
                Compare(name, paths[i], "reverse mode", reverse, "finite differences", difference);
            }
            if (order <= 1) return;
            Tensor[] u = [.. x.Select(t => t.DType.IsFloat() ? Direction(t.Type) : t)];
            Check(x => Gradient(g, x, u), x, order - 1, $"the gradient (reverse mode) of {name}");
            Check(x => Forward.Jvp(x => [g(x)], [.. x.Select((t, i) => new Dual(t, t.DType.IsFloat() ? u[i] : null))])[0] is var d ? d.Tangent ?? Prim.Zeros(d.Primal.Type) : d.Primal,
                x, order - 1, $"the derivative (forward mode) of {name}");
        }

        static Tensor Gradient(Func<Tensor[], Tensor> g, Tensor[] x, Tensor[] u)
        {
            var (y, pull) = Reverse.Vjp(x => [g(x)], x);
            var grads = pull([Tensor.Literal(y[0].DType, 1.0)]);
            Tensor? sum = null;
            for (int i = 0; i < x.Length; i++)
                if (grads[i] is { } d) sum = sum is null ? (d * u[i]).Sum() : sum + (d * u[i]).Sum();
            return sum ?? Prim.Zeros(y[0].Type);
        }

        static Tensor Along(Func<Tensor[], Tensor> g, Tensor[] x, int leaf, Tensor v)
        {
            var d = Forward.Jvp(x => [g(x)], [.. x.Select((t, i) => new Dual(t, i == leaf ? v : null))])[0];
            return d.Tangent ?? Prim.Zeros(d.Primal.Type);
        }

        static Tensor[] Step(Tensor[] x, int leaf, Tensor v, double epsilon) => [.. x.Select((t, i) => i == leaf ? t + v * epsilon : t)];

        static double Number(Tensor t) => t.Item<double>();

        Tensor Direction(TensorType type)
        {
            var data = new double[type.Shape.Size];
            for (int i = 0; i < data.Length; i++) data[i] = 2 * random.NextDouble() - 1;
            return Tensor.Wrap(data, data.Length).Reshape(type.Shape.ToArray()).Cast(type.DType);
        }

        void Compare(string name, string path, string one, double a, string other, double b)
        {
            // Written so that NaN differs from everything.
            if (Math.Abs(a - b) <= absolute + relative * Math.Max(Math.Abs(a), Math.Abs(b))) return;
            static string Said(double x) => x.ToString("R", CultureInfo.InvariantCulture);
            throw new CheckException($"CheckGrads: the derivative of {name} along a direction{(path == "" ? "" : $" in {path}")} is {Said(a)} by {one} and {Said(b)} by {other}.{Caller.Line()}");
        }
    }
}
