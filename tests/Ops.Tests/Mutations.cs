namespace StagedDiff.Tests;

/// <summary>
/// Damaged files: each is read, or refused with an <see cref="InvalidDataException"/> that says where, and neither takes much memory.
/// A sample; a million with STAGEDDIFF_EXHAUSTIVE=1.
/// </summary>
static class Mutations
{
    const long MostBytes = 8 << 20;

    public static void Run(byte[][] files, Action<Stream> read, int share = 1)
    {
        int count = (Environment.GetEnvironmentVariable("STAGEDDIFF_EXHAUSTIVE") == "1" ? 1_000_000 : 5_000) / share;
        var random = new Random(1);
        int refused = 0;
        for (int i = 0; i < count; i++)
        {
            var bytes = files[random.Next(files.Length)].ToList();
            for (int n = random.Next(1, 4); n > 0; n--) Change(bytes, random);
            byte[] mutated = [.. bytes];
            long before = GC.GetAllocatedBytesForCurrentThread();
            try { read(random.Next(2) == 0 ? new MemoryStream(mutated) : new OneWay(mutated)); }
            catch (InvalidDataException e) { refused += e.Message.Contains("expected") ? 1 : throw new InvalidOperationException($"A message without what was expected: {e.Message}", e); }
            catch (Exception e) { throw new InvalidOperationException($"File {i}, {Convert.ToHexString(mutated)}", e); }
            long taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(taken < MostBytes, $"File {i} of {mutated.Length} bytes took {taken} bytes of memory: {Convert.ToHexString(mutated)}");
        }
        Assert.InRange(refused, count / 4, count);
    }

    static void Change(List<byte> bytes, Random random)
    {
        if (bytes.Count == 0) return;
        int at = random.Next(bytes.Count), other = random.Next(bytes.Count);
        switch (random.Next(7))
        {
            case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case 1: bytes[at] = (byte)random.Next(256); break;
            case 2: bytes[at] = (byte)"0123456789{}[]()\",:-' "[random.Next(22)]; break;
            case 3: bytes.RemoveAt(at); break;
            case 4: bytes.Insert(at, bytes[other]); break;
            case 5: bytes.RemoveRange(Math.Min(at, other), Math.Min(Math.Abs(at - other), bytes.Count - 1)); break;
            default: bytes.InsertRange(at, bytes.GetRange(Math.Min(at, other), Math.Min(64, Math.Abs(at - other)))); break;
        }
    }

    /// <summary>A stream that does not tell how long it is, and gives a few bytes at a time.</summary>
    sealed class OneWay(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
        public override int Read(Span<byte> to) => base.Read(to[..Math.Min(to.Length, 7)]);
        public override int Read(byte[] to, int at, int count) => base.Read(to, at, Math.Min(count, 7));
    }
}
