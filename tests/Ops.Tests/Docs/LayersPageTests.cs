using System.Text.RegularExpressions;

namespace StagedDiff.Tests;

/// <summary>The code of docs/layers.md, and that it names every layer.</summary>
public class LayersPageTests
{
    record Classifier(Nn.Linear Input, Nn.LayerNorm Norm, Nn.Linear Output)
    {
        public static Classifier Init(Tensor key, int inputs, int classes)
        {
            var keys = Rng.Split(key);
            return new(
                Nn.Linear.Init(keys[0], inputs, 64),
                Nn.LayerNorm.Init(64),
                Nn.Linear.Init(keys[1], 64, classes));
        }

        public Tensor Apply(Tensor x) => Output.Apply(Nn.Gelu(Norm.Apply(Input.Apply(x))));
    }

    [Fact]
    public void A_model_of_layers()
    {
        var model = Classifier.Init(Rng.Key(0), inputs: 4, classes: 3);
        var logits = model.Apply(Rng.Normal(Rng.Key(1), [16, 4]));   // [16, 3]
        var count = Tree.Leaves(model).Sum(t => t.Size);             // 643 numbers
        var paths = string.Join(' ', Tree.Paths(model));             // .Input.W .Input.B .Norm.Scale …

        Assert.Equal([16, 3], logits.Shape.ToArray());
        Assert.Equal(643, count);
        Assert.Equal(".Input.W .Input.B .Norm.Scale .Norm.Shift .Output.W .Output.B", paths);
    }

    [Fact]
    public void Averages_of_a_batch()
    {
        var x = Rng.Normal(Rng.Key(0), [32, 8]);
        var (norm, averages) = Nn.BatchNorm.Init(channels: 8);
        (var y, averages) = norm.Train(x, averages);         // in training: the averages are handed on
        var z = norm.Apply(x, averages);                     // in use

        Assert.Equal(y.Shape, z.Shape);
        Assert.NotEqual(0, (float)averages.Mean[0]);
    }

    [Fact]
    public void Sequences()
    {
        var xs = Rng.Normal(Rng.Key(0), [20, 4, 8]);         // [time, batch, features]
        var lstm = Nn.Lstm.Init(Rng.Key(1), inputs: 8, size: 16);
        var (ys, (h, c)) = lstm.Run(xs);                     // ys [20, 4, 16]; the last h and c [4, 16]

        var attention = Nn.MultiHeadAttention.Init(Rng.Key(2), features: 16, heads: 4);
        var mixed = attention.Apply(ys.Transpose(1, 0, 2), causal: true, rotary: true);   // [4, 20, 16]

        Assert.Equal(ys[^1].ToArray<float>(), h.ToArray<float>());
        Assert.Equal(h.Shape, c.Shape);
        Assert.Equal([4, 20, 16], mixed.Shape.ToArray());
    }

    [Fact]
    public void The_page_names_every_layer()
    {
        var page = File.ReadAllText(Repository.At("docs", "layers.md"));
        Assert.All(typeof(Nn).GetNestedTypes(), t => Assert.Matches($@"\| `Nn\.{Regex.Escape(t.Name)}` \|", page));
    }
}
