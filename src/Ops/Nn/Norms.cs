namespace StagedDiff;

// Layers that keep numbers of about one size: shifted and scaled by mean and variance, then by what is learned.
public static partial class Nn
{
    /// <summary>Each row, the last axis, to mean 0 and variance 1, times Scale plus Shift.</summary>
    /// <param name="Scale">[features].</param>
    /// <param name="Shift">[features].</param>
    /// <remarks>Ba, Kiros and Hinton, Layer normalization (2016). Follows torch.nn.LayerNorm.</remarks>
    public sealed record LayerNorm(Tensor Scale, Tensor Shift)
    {
        /// <summary>Scale 1, shift 0.</summary>
        public static LayerNorm Init(int features, DType dtype = DType.F32) => new(Tensor.Ones([features], dtype), Tensor.Zeros([features], dtype));

        /// <summary>[b…, features] → [b…, features].</summary>
        /// <param name="x">Float.</param>
        /// <param name="epsilon">Added to the variance, which is divided by n.</param>
        /// <exception cref="ShapeException">The last axis is not of the features' extent.</exception>
        public Tensor Apply(Tensor x, double epsilon = 1e-5) => Standard(Features("LayerNorm", x, -1, Scale), [x.Rank - 1], epsilon) * Scale + Shift;
    }

    /// <summary>Each row, the last axis, divided by its root mean square, times Scale.</summary>
    /// <param name="Scale">[features].</param>
    /// <remarks>Zhang and Sennrich, Root mean square layer normalization (2019). Follows flax.nnx.RMSNorm.</remarks>
    public sealed record RmsNorm(Tensor Scale)
    {
        /// <summary>Scale 1.</summary>
        public static RmsNorm Init(int features, DType dtype = DType.F32) => new(Tensor.Ones([features], dtype));

        /// <summary>[b…, features] → [b…, features].</summary>
        /// <param name="x">Float.</param>
        /// <param name="epsilon">Added to the mean square.</param>
        /// <exception cref="ShapeException">The last axis is not of the features' extent.</exception>
        public Tensor Apply(Tensor x, double epsilon = 1e-6)
        {
            x = Features("RmsNorm", x, -1, Scale);
            return x * Prim.Rsqrt((x * x).Mean(-1, keepDims: true) + epsilon) * Scale;
        }
    }

    /// <summary>Each group of channels of each example to mean 0 and variance 1, times Scale plus Shift by channel.</summary>
    /// <param name="Scale">[channels].</param>
    /// <param name="Shift">[channels].</param>
    /// <param name="Groups">How many groups of channels that lie together.</param>
    /// <remarks>Wu and He, Group normalization (2018). Follows torch.nn.GroupNorm.</remarks>
    public sealed record GroupNorm(Tensor Scale, Tensor Shift, int Groups)
    {
        /// <summary>Scale 1, shift 0.</summary>
        /// <exception cref="ArgumentOutOfRangeException">The groups do not divide the channels.</exception>
        public static GroupNorm Init(int groups, int channels, DType dtype = DType.F32) => groups > 0 && channels % groups == 0
            ? new(Tensor.Ones([channels], dtype), Tensor.Zeros([channels], dtype), groups)
            : throw new ArgumentOutOfRangeException(nameof(groups), $"GroupNorm: expected a number of groups that divides {channels} channels, got {groups}.{Caller.Line()}");

        /// <summary>[b, channels, …] → [b, channels, …].</summary>
        /// <param name="x">Float.</param>
        /// <param name="epsilon">Added to the variance, which is divided by n.</param>
        /// <exception cref="ShapeException">Axis 1 is not of the channels' extent.</exception>
        public Tensor Apply(Tensor x, double epsilon = 1e-5)
        {
            Features("GroupNorm", x, 1, Scale);
            var grouped = x.Reshape([x.Shape[0], (Extent)Groups, .. x.Shape.Skip(1).Aggregate((Extent)1, (a, b) => a * b).DividedBy(Groups) is { } n ? new[] { n } : []]);
            return Standard(grouped, [2], epsilon).Reshape(x.Shape) * Along(Scale, x, 1) + Along(Shift, x, 1);
        }
    }

    /// <summary>Each channel to mean 0 and variance 1 over the batch and all else, times Scale plus Shift.</summary>
    /// <param name="Scale">[channels].</param>
    /// <param name="Shift">[channels].</param>
    /// <remarks>
    /// Ioffe and Szegedy, Batch normalization (2015). Follows torch.nn.BatchNorm. What is averaged over steps is no parameter: it is passed in and comes
    /// back, beside the loss (ValueAndGradAux).
    /// </remarks>
    public sealed record BatchNorm(Tensor Scale, Tensor Shift)
    {
        /// <summary>Scale 1, shift 0; and averages of mean 0 and variance 1.</summary>
        public static (BatchNorm Layer, BatchAverages Averages) Init(int channels, DType dtype = DType.F32) =>
            (new(Tensor.Ones([channels], dtype), Tensor.Zeros([channels], dtype)), new(Tensor.Zeros([channels], dtype), Tensor.Ones([channels], dtype)));

        /// <summary>In training: [b, channels, …] by its own mean and variance, and the averages with these in them.</summary>
        /// <param name="x">[b, channels, …]; float.</param>
        /// <param name="averages">Of the last step. They have no derivatives.</param>
        /// <param name="momentum">How much of the averages stays; PyTorch's is 1 less this.</param>
        /// <param name="epsilon">Added to the variance, which is divided by n; the average is of that divided by n − 1.</param>
        /// <exception cref="ShapeException">Axis 1 is not of the channels' extent.</exception>
        public (Tensor Y, BatchAverages Averages) Train(Tensor x, BatchAverages averages, double momentum = 0.9, double epsilon = 1e-5)
        {
            int[] axes = [.. Enumerable.Range(0, Features("BatchNorm", x, 1, Scale).Rank).Where(a => a != 1)];
            var mean = x.Mean(axes, keepDims: true);
            var d = x - mean;
            var variance = (d * d).Mean(axes, keepDims: true);
            var n = Tensor.Number(axes.Aggregate((Extent)1, (n, a) => n * x.Shape[a]), x.DType);
            Tensor Next(Tensor old, Tensor now) => momentum * old + (1 - momentum) * Fn.StopGradient(now).Reshape(old.Shape);
            return (d * Prim.Rsqrt(variance + epsilon) * Along(Scale, x, 1) + Along(Shift, x, 1),
                new(Next(averages.Mean, mean), Next(averages.Variance, variance * (n / Tensor.Maximum(n - 1, 1)))));
        }

        /// <summary>In use: [b, channels, …] by the averages.</summary>
        /// <param name="x">[b, channels, …]; float.</param>
        /// <param name="averages">Of training.</param>
        /// <param name="epsilon">As in training.</param>
        /// <exception cref="ShapeException">Axis 1 is not of the channels' extent.</exception>
        public Tensor Apply(Tensor x, BatchAverages averages, double epsilon = 1e-5)
        {
            Features("BatchNorm", x, 1, Scale);
            return (x - Along(averages.Mean, x, 1)) * Along(Prim.Rsqrt(averages.Variance + epsilon) * Scale, x, 1) + Along(Shift, x, 1);
        }
    }

    /// <summary>What <see cref="BatchNorm"/> averages over steps of training.</summary>
    /// <param name="Mean">[channels].</param>
    /// <param name="Variance">[channels].</param>
    public sealed record BatchAverages(Tensor Mean, Tensor Variance);

    /// <summary>A vector along an axis of x.</summary>
    static Tensor Along(Tensor v, Tensor x, int axis) => v.Reshape([.. x.Shape.Select((_, a) => a == axis ? v.Shape[0] : (Extent)1)]);

    static Tensor Features(string name, Tensor x, int axis, Tensor scale)
    {
        int a = axis < 0 ? x.Rank + axis : axis;
        if (x.Rank > a && a >= 0 && x.Shape[a] == scale.Shape[0] && x.DType.IsFloat()) return x.Strong();
        throw new ShapeException($"{name}: expected a float tensor with {scale.Shape[0]} features along axis {(axis < 0 ? $"−{-axis}" : axis)}, got {x.Type}.{Caller.Line()}");
    }
}
