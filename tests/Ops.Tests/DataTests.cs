namespace StagedDiff.Tests;

public sealed class DataTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("data").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Save(string text)
    {
        var path = Path.Combine(folder, "x");
        File.WriteAllText(path, text);
        return path;
    }

    [Fact]
    public void A_table_has_names_and_types()
    {
        var t = Data.ReadCsv(Save("""
            length,count,ok,kind,"a ""quoted"" name"
            1.5,3,true,setosa,1
            ,4,False,virginica,2
            -2e3,5,true,"setosa",3
            """));
        Assert.Equal(["length", "count", "ok", "kind", "a \"quoted\" name"], t.Names);
        Assert.Equal(3, t.Count);
        Assert.Equal([1.5, double.NaN, -2000], t["length"].ToArray<double>());
        Assert.Equal([3L, 4, 5], t["count"].ToArray<long>());
        Assert.Equal([true, false, true], t["ok"].ToArray<bool>());
        Assert.Equal(["setosa", "virginica", "setosa"], t.Text("kind"));
        var (labels, classes) = t.Labels("kind");
        Assert.Equal([0, 1, 0], labels.ToArray<int>());
        Assert.Equal(["setosa", "virginica"], classes);
        Assert.Equal([1.5f, 3, float.NaN, 4, -2000, 5], t.ToTensor("length", "count").ToArray<float>());
        Assert.Equal(Shape.Of(3, 4), t.ToTensor().Shape);
        Assert.StartsWith("ReadCsv: 'x': expected numbers in the column kind, got \"setosa\". Use Text, or Labels.", Assert.Throws<ArgumentException>(() => t["kind"]).Message.Replace(Path.Combine(folder, "x"), "x"));
        Assert.StartsWith("ReadCsv: 'x': expected one of the columns length, count, ok, kind, a \"quoted\" name, got lenght.", Assert.Throws<ArgumentException>(() => t["lenght"]).Message.Replace(Path.Combine(folder, "x"), "x"));
    }

    [Fact]
    public void A_table_may_have_no_header_and_another_separator()
    {
        var t = Data.ReadCsv(Save("1;2\n3;4\n"), header: false, separator: ';');
        Assert.Equal(["0", "1"], t.Names);
        Assert.Equal([1f, 2, 3, 4], t.ToTensor().ToArray<float>());
        Assert.Equal(0, Data.ReadCsv(Save("")).Count);
        Assert.Equal(Shape.Of(0, 2), Data.ReadCsv(Save("a,b\n")).ToTensor().Shape);
    }

    [Fact]
    public void A_table_that_is_none_is_refused()
    {
        string Refusal(string text) => Assert.Throws<InvalidDataException>(() => Data.ReadCsv(Save(text))).Message.Replace(Path.Combine(folder, "x"), "x");
        Assert.Equal("ReadCsv: 'x': expected 2 values in line 3, got 1.", Refusal("a,b\n1,2\n3\n"));
        Assert.Equal("ReadCsv: 'x': expected a separator after a closing quote in line 2, got \"\"x\"y,2\".", Refusal("a,b\n\"x\"y,2\n"));
        Assert.Equal("ReadCsv: 'x': expected each column's name once, got a twice.", Refusal("a,a\n1,2\n"));
        Assert.StartsWith("ReadCsv: expected a file at ", Assert.Throws<FileNotFoundException>(() => Data.ReadCsv("none")).Message);
    }

    [Fact]
    public void Cifar_has_labels_before_its_images()
    {
        var bytes = new byte[2 * 3073];
        (bytes[0], bytes[1], bytes[3073], bytes[^1]) = (7, 200, 9, 255);
        var path = Path.Combine(folder, "cifar");
        File.WriteAllBytes(path, bytes);
        var (images, labels) = Data.ReadCifar(path);
        Assert.Equal([7, 9], labels.ToArray<int>());
        Assert.Equal(Shape.Of(2, 3, 32, 32), images.Shape);
        Assert.Equal((200, 255), ((int)images[0, 0, 0, 0].Cast(DType.I32), (int)images[1, 2, 31, 31].Cast(DType.I32)));
        Assert.Equal($"ReadCifar: '{path}': expected a multiple of 3074 bytes, got 6146: truncated, or of the other data set.", Assert.Throws<InvalidDataException>(() => Data.ReadCifar(path, 2)).Message);
    }

    [Fact]
    public void What_is_made_ahead_comes_in_order_on_another_thread()
    {
        int me = Environment.CurrentManagedThreadId, made = 0;
        IEnumerable<int> Source()
        {
            for (int i = 0; i < 100; i++)
            {
                Assert.NotEqual(me, Environment.CurrentManagedThreadId);
                made++;
                yield return i;
            }
        }
        Assert.Equal(Enumerable.Range(0, 100), Data.Prefetch(Source(), 3));
        made = 0;
        Assert.Equal([0, 1], Data.Prefetch(Source(), 3).Take(2));
        Assert.InRange(made, 2, 7);
    }

    [Fact]
    public void What_fails_ahead_fails_in_its_place()
    {
        static IEnumerable<int> Source()
        {
            yield return 1;
            throw new InvalidDataException("bad row");
        }
        var seen = new List<int>();
        Assert.Equal("bad row", Assert.Throws<InvalidDataException>(() => { foreach (int i in Data.Prefetch(Source())) seen.Add(i); }).Message);
        Assert.Equal([1], seen);
    }
}
