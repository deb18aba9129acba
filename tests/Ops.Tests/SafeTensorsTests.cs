using System.Text;
using StagedDiff.IO;

namespace StagedDiff.Tests;

/// <summary>Files made by hand after the description of the format: eight bytes of length, a header in JSON, the data.</summary>
public sealed class SafeTensorsTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("safetensors").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string At(string name = "x.safetensors") => Path.Combine(folder, name);

    record Layer(Tensor W, Tensor B);
    record Model(string Name, Layer[] Layers, Dictionary<string, Tensor> More, Tensor Count);

    static Model Example => new("m", [new(Nn.HeNormal(Rng.Key(1), 3, 4), Tensor.Zeros(4)), new(Nn.HeNormal(Rng.Key(2), 4, 2).T, Tensor.Zeros(0, 5))],
        new() { ["mask"] = Tensor.From([true, false, true]), ["f64"] = Tensor.From([double.NaN, -0.0, 1e300]), ["u8"] = Tensor.From([1, 255]).Cast(DType.U8) }, Tensor.From(7L));

    static byte[] File(string header, string data = "") => [.. BitConverter.GetBytes((long)Encoding.UTF8.GetByteCount(header)), .. Encoding.UTF8.GetBytes(header), .. Convert.FromHexString(data)];

    static IReadOnlyDictionary<string, Tensor> Read(byte[] bytes) => SafeTensors.Read(new MemoryStream(bytes));

    static string[] Bits<P>(P tree) => [.. Tree.Leaves(tree).Select(t =>
    {
        var to = new MemoryStream();
        Elements.Write(to, t);
        return $"{t.Type} {Convert.ToHexString(to.ToArray())}";
    })];

    [Fact]
    public void A_tree_comes_back_with_its_bits()
    {
        SafeTensors.Save(At(), Example, new Dictionary<string, string> { ["made by"] = "a test" });
        var blank = new Model("other", [.. Example.Layers.Select(l => new Layer(Tensor.ZerosLike(l.W), l.B))], Example.More, Tensor.From(0L));
        var found = SafeTensors.Load(At(), blank);
        Assert.Equal("other", found.Name);
        Assert.Equal(Bits(Example), Bits(found));
        Assert.Equal("a test", SafeTensors.Metadata(At())["made by"]);
        Assert.Equal([At()], Directory.GetFiles(folder));
        Assert.Equal(Bits(Tensor.From(2f)), Bits(SafeTensors.Read(Written(Tensor.From(2f)), Tensor.Zeros())));
    }

    static MemoryStream Written<P>(P tree)
    {
        var to = new MemoryStream();
        SafeTensors.Write(to, tree);
        to.Position = 0;
        return to;
    }

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        var bytes = Written((Tensor.From([1f, 2]), Tensor.From([true]))).ToArray();
        const string header = """{".Item1":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},".Item2":{"dtype":"BOOL","shape":[1],"data_offsets":[8,9]}}""";
        Assert.Equal(File(header.PadRight((header.Length + 7) / 8 * 8), "0000803f0000004001"), bytes);
    }

    [Fact]
    public void Other_writers_may_space_order_and_narrow_as_they_like()
    {
        var found = Read(File("""{ "__metadata__": {"format":"pt"}, "b": {"data_offsets":[4,8], "shape":[2], "dtype":"BF16"}, "a":{"dtype":"F16","shape":[1,2],"data_offsets":[0,4]}, "c":{"dtype":"I8","shape":[],"data_offsets":[8,9]} }  """, "003c00c0803f20c1ff"));
        Assert.Equal([1f, -2], found["a"].ToArray<float>());
        Assert.Equal([1f, -10], found["b"].ToArray<float>());
        Assert.Equal(-1, (int)found["c"]);
        Assert.Empty(Read(File("{}")));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "00000000", "8 bytes for \"a\", F32 [2], got data_offsets [0, 4]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "0000", "4 bytes of data, got 2: truncated")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "0000000000", "4 bytes of data, got 5: something follows the data")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", "000000", "data without holes or overlaps, but \"b\" starts at 1, and what is before it ends at 2")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", "0000", "data without holes or overlaps, but \"a\" starts at 1, and what is before it ends at 0")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", "", "each name once, got \"a\" twice")]
    [InlineData("""{"a":{"dtype":"C64","shape":[0],"data_offsets":[0,0]}}""", "", "elements of F64, I64, F32, I32, U32, F16, BF16, I16, U16, I8, U8, BOOL for \"a\", got C64, which is not read")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", "", "at most 2147483591 elements for \"a\", got the shape [4294967296,4294967296]")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}}""", "", "whole numbers that are not negative in shapes and offsets")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,0]}}""", "", "whole numbers that are not negative in shapes and offsets")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0]}}""", "", "a dtype, a shape and two data_offsets for \"a\", got fewer")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}}""", "", "a dtype, a shape and data_offsets for \"a\", got x besides")]
    [InlineData("""{"a":[[[[[[[[]]]]]]]]}""", "", "StartObject in the header, got StartArray")]
    [InlineData("""[]""", "", "a header that starts with '{'")]
    [InlineData("""{} {}""", "", "a header in JSON, got an error")]
    public void A_wrong_file_is_refused_in_a_line(string header, string data, string wanted) =>
        Assert.StartsWith($"SafeTensors: 'the stream': expected {wanted}", Assert.Throws<InvalidDataException>(() => Read(File(header, data))).Message);

    [Fact]
    public void A_header_that_cannot_be_is_refused()
    {
        string Refusal(byte[] bytes) => Assert.Throws<InvalidDataException>(() => Read(bytes)).Message;
        Assert.Equal("SafeTensors: 'the stream': expected a header of at least 8 bytes, got fewer: truncated.", Refusal([1, 2]));
        Assert.Equal("SafeTensors: 'the stream': expected a header of 2 to 100000000 bytes, got 18446744073709551615: not a safetensors file.", Refusal([255, 255, 255, 255, 255, 255, 255, 255]));
        Assert.Equal("SafeTensors: 'the stream': expected a header of 99 bytes, got 2: truncated.", Refusal([99, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}']));
        Assert.Equal($"SafeTensors: expected a file at '{At("none")}', got no such file.", Assert.Throws<FileNotFoundException>(() => SafeTensors.Load(At("none"))).Message);
    }

    [Fact]
    public void Another_tree_is_refused()
    {
        SafeTensors.Save(At(), (A: Tensor.Zeros(2), B: Tensor.Zeros(3)));
        string Refusal<P>(P like) => Assert.Throws<InvalidDataException>(() => SafeTensors.Load(At(), like)).Message.Replace(At(), "x");
        Assert.Equal("SafeTensors: 'x' was not saved from such a tree: it lacks \".Item3\".", Refusal((Tensor.Zeros(2), Tensor.Zeros(3), Tensor.Zeros(1))));
        Assert.Equal("SafeTensors: 'x' was not saved from such a tree: it lacks \"[0]\"; it has besides \".Item1\", \".Item2\".", Refusal(new[] { Tensor.Zeros(2) }));
        Assert.Equal("SafeTensors: 'x': expected f32[4] for \".Item2\", got f32[3].", Refusal((Tensor.Zeros(2), Tensor.Zeros(4))));
    }

    [Fact]
    public void Mutated_files_are_read_or_refused() => Mutations.Run([Written(Example).ToArray(), Written((Tensor.From([1f, 2]), Tensor.From([true]))).ToArray(), File("{}")], from => SafeTensors.Read(from));
}
