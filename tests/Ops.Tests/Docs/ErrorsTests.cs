using StagedDiff.IO;
using static StagedDiff.Fn;

namespace StagedDiff.Tests;

/// <summary>The messages of docs/errors.md.</summary>
public class ErrorsTests
{
    static string Message(Action f)
    {
        var text = Assert.ThrowsAny<Exception>(f).Message;
        return text.EndsWith(')') && text.Contains(".cs:") ? text[..text.LastIndexOf(" (", StringComparison.Ordinal)] : text;
    }

    static Tensor? kept;

    record Net(Tensor W);

    [Fact]
    public void The_page_has_the_messages()
    {
        var step = Jit((Tensor w) => w + 1, new() { Donate = [0] });
        var w = Tensor.Zeros(3);
        step(w);
        var scaled = Jit((Tensor x, double rate) => x * rate);
        Jit((Tensor x) => { kept = x; return x * 2; })(Tensor.Ones(3));

        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "net.safetensors");
        SafeTensors.Save(file, new Net(Tensor.Ones(3)));

        Shown.Blocks("errors.md",
            Message(() => _ = Tensor.Ones(2, 3) + Tensor.Ones(4)),
            Message(() => Tensor.Ones(2, 3).MatMul(Tensor.Ones(2, 3))),
            Message(() => Grad((Tensor x) => x * x)(Tensor.Ones(3))),
            Message(() => Jit((Tensor x) => x.Sum() > 0 ? x : -x)(Tensor.Ones(3))),
            Message(() => _ = kept! + 1),
            Message(() => w.ToString()),
            Message(() => { for (int r = 1; r < 9; r++) scaled(Tensor.Ones(2), r); }),
            Message(() => Grad((HttpClient client) => Tensor.Ones())(new HttpClient())),
            Message(() => Grad((Tensor x) => x.Sum())(Tensor.Arange(3))),
            Message(() => Grad((Tensor scale) => CustomVjp((Tensor x) => x * scale, x => (x * scale, 0), (_, ct) => ct)(scale))(2.0)),
            Message(() => Grad((Tensor x) => Task.Factory.StartNew(() => x * 2, TaskCreationOptions.LongRunning).GetAwaiter().GetResult())(1.0)),
            Message(() => Tensor.Ones(3).Take(Tensor.From(7))),
            Message(() => SafeTensors.Load(file, new Net(Tensor.Ones(4)))).Replace(file, "net.safetensors"));
    }
}
