using System.Text;
using StagedDiff.IO;

namespace StagedDiff.Tests;

/// <summary>Files as NumPy 2.4 wrote them: its header's text, its bytes.</summary>
public sealed class NpyTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("npy").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static byte[] File(string descr, string order, string shape, string data)
    {
        var header = $"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}";
        header = header.PadRight((10 + header.Length + 64) / 64 * 64 - 11) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, (byte)(header.Length >> 8), .. Encoding.ASCII.GetBytes(header), .. Convert.FromHexString(data)];
    }

    static Tensor Read(byte[] bytes) => Npy.Read(new MemoryStream(bytes));

    public static TheoryData<string, string, string, string, string, string> Files => new()
    {
        { "<f4", "False", "(2, 2)", "0000c03f000000c0000040400000807f", "f32[2,2]", "[[ 1.5 -2. ]\n [ 3.   inf]]" },
        { "<f8", "True", "(2, 3)", "00000000000000000000000000000840000000000000f03f000000000000104000000000000000400000000000001440", "f64[2,3]", "[[0. 1. 2.]\n [3. 4. 5.]]" },
        { ">i8", "False", "(2,)", "0000000000000001fffffffffffffffe", "i64[2]", "[ 1 -2]" },
        { "|b1", "False", "(2,)", "0100", "bool[2]", "[ True False]" },
        { "<u2", "False", "(2,)", "0100ffff", "i32[2]", "[    1 65535]" },
        { "<f2", "False", "(2,)", "0038ff7b", "f32[2]", "[5.0000e-01 6.5504e+04]" },
        { "<i4", "False", "()", "07000000", "i32[]", "7" },
        { "|u1", "False", "(0, 3)", "", "u8[0,3]", "[]" },
    };

    [Theory, MemberData(nameof(Files))]
    public void What_NumPy_wrote_is_read(string descr, string order, string shape, string data, string type, string text)
    {
        var x = Read(File(descr, order, shape, data));
        Assert.Equal((type, text), (x.Type.ToString(), x.ToString()));
    }

    [Fact]
    public void What_is_written_is_what_NumPy_writes()
    {
        var to = new MemoryStream();
        Npy.Write(to, Tensor.From(new[,] { { 1.5f, -2 }, { 3, float.PositiveInfinity } }));
        Assert.Equal(File("<f4", "False", "(2, 2)", "0000c03f000000c0000040400000807f"), to.ToArray());
        Npy.Write(to = new(), Tensor.From([true, false]));
        Assert.Equal(File("|b1", "False", "(2,)", "0100"), to.ToArray());
        Npy.Write(to = new(), Tensor.From(7));
        Assert.Equal(File("<i4", "False", "()", "07000000"), to.ToArray());
    }

    [Theory]
    [InlineData(DType.Bool)]
    [InlineData(DType.U8)]
    [InlineData(DType.I32)]
    [InlineData(DType.U32)]
    [InlineData(DType.I64)]
    [InlineData(DType.F32)]
    [InlineData(DType.F64)]
    public void Every_type_comes_back_with_its_bits(DType type)
    {
        var x = (Tensor.Arange(12).Reshape(3, 4).T - 3).Cast(type);
        var path = Path.Combine(folder, "x.npy");
        Npy.Save(path, x);
        Assert.Equal(x.Type, Npy.Load(path).Type);
        Assert.Equal(x.ToString(), Npy.Load(path).ToString());
        Npy.SaveZip(path, new Dictionary<string, Tensor> { ["a"] = x, ["b/c"] = x[0] }, compressed: type == DType.F32);
        var zip = Npy.LoadZip(path);
        Assert.Equal(["a", "b/c"], zip.Keys);
        Assert.Equal(x[0].ToString(), zip["b/c"].ToString());
    }

    // numpy.savez_compressed(f, w=arange(4, dtype=f4), b=array([1, 2], dtype=i4))
    const string Zip = "UEsDBC0AAAAIAAAAIQBSMxP7//////////8FABQAdy5ucHkBABAAkAAAAAAAAABOAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GiY6mjoKtQoUAC4GMGiwBxIOQOQAAFBLAwQt"
        + "AAAACAAAACEAC/mqLf//////////BQAUAGIubnB5AQAQAIgAAAAAAAAASwAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mirqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOpo6CrUKFAAuRgYGBiYgBgBQSwECLQMtAAAACAAAACEAUjMT+04AAACQAAAABQAAAAAAAAAA"
        + "AAAAgAEAAAAAdy5ucHlQSwECLQMtAAAACAAAACEAC/mqLUsAAACIAAAABQAAAAAAAAAAAAAAgAGFAAAAYi5ucHlQSwUGAAAAAAIAAgBmAAAABwEAAAAA";

    [Fact]
    public void An_archive_of_NumPy_is_read()
    {
        var path = Path.Combine(folder, "x.npz");
        System.IO.File.WriteAllBytes(path, Convert.FromBase64String(Zip));
        var found = Npy.LoadZip(path);
        Assert.Equal([0f, 1, 2, 3], found["w"].ToArray<float>());
        Assert.Equal([1, 2], found["b"].ToArray<int>());
        System.IO.File.WriteAllBytes(path, [1, 2, 3]);
        Assert.StartsWith($"Npy: '{path}': expected a whole zip archive, got: ", Assert.Throws<InvalidDataException>(() => Npy.LoadZip(path)).Message);
    }

    [Fact]
    public void What_is_no_such_file_is_refused()
    {
        string Refusal(byte[] bytes) => Assert.Throws<InvalidDataException>(() => Read(bytes)).Message;
        Assert.Equal("Npy: 'the stream': expected \\x93NUMPY at the start: not a .npy file.", Refusal(new byte[100]));
        Assert.Equal("Npy: 'the stream': expected as many bytes as its header says, got fewer: truncated.", Refusal(File("<f4", "False", "(9,)", "00000000")));
        Assert.Equal("Npy: 'the stream': expected as many bytes as its header says, got fewer: truncated.", Refusal([0x93]));
        Assert.StartsWith("Npy: 'the stream': expected elements of f8, i8, f4, i4, u4, f2, i2, u2, i1, u1, b1, got '|O', which is not read.", Refusal(File("|O", "False", "()", "")));
        Assert.StartsWith("Npy: 'the stream': expected elements of ", Refusal(File("<c8", "False", "()", "0000000000000000")));
        Assert.Equal("Npy: 'the stream': expected at most 2147483591 elements, got the shape (99999999999, 2).", Refusal(File("<f4", "False", "(99999999999, 2)", "")));
        Assert.Equal("Npy: 'the stream': expected a shape of whole numbers, got (1,,2).", Refusal(File("<f4", "False", "(1,,2)", "")));
        Assert.StartsWith("Npy: 'the stream': expected a header with descr, fortran_order and shape, got {'descr': 'f4', 'fortran_order': None", Refusal(File("f4", "None", "(1,)", "")));
        var path = Path.Combine(folder, "none");
        Assert.Equal($"Npy: expected a file at '{path}', got no such file.", Assert.Throws<FileNotFoundException>(() => Npy.Load(path)).Message);
    }

    [Fact]
    public void Mutated_files_are_read_or_refused() => Mutations.Run([File("<f4", "True", "(2, 2)", "0000c03f000000c0000040400000807f"), File("<u2", "False", "(2,)", "0100ffff")], bytes => Npy.Read(bytes));

    [Fact]
    public void Mutated_archives_are_read_or_refused() => Mutations.Run([Convert.FromBase64String(Zip)], bytes =>
    {
        var path = Path.Combine(folder, "m.npz");
        using (var file = System.IO.File.Create(path)) bytes.CopyTo(file);
        Npy.LoadZip(path);
    }, share: 10);
}
