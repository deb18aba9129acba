using StagedDiff;

namespace Mnist;

/// <summary>A dense layer: x·W + B.</summary>
record Layer(Tensor W, Tensor B)
{
    public static Layer Init(Tensor key, int inputs, int outputs) => new(Nn.HeNormal(key, inputs, outputs), Tensor.Zeros(outputs));

    public Tensor Apply(Tensor x) => x.MatMul(W) + B;
}

/// <summary>784 pixels → 128 hidden units → 10 classes.</summary>
record Model(Layer Hidden, Layer Output)
{
    public static Model Init(Tensor key)
    {
        var keys = Rng.Split(key);
        return new(Layer.Init(keys[0], 784, 128), Layer.Init(keys[1], 128, 10));
    }

    public Tensor Logits(Tensor x) => Output.Apply(Nn.Relu(Hidden.Apply(x)));

    public Tensor Loss(Tensor x, Tensor labels) => Losses.SoftmaxCrossEntropy(Logits(x), labels).Mean();

    public Tensor Accuracy(Tensor x, Tensor labels) => Tensor.Equal(Logits(x).ArgMax(1), labels).Cast(DType.F32).Mean();
}
