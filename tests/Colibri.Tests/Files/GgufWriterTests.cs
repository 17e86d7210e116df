using Colibri.Files;
using Colibri.Formats;
using Colibri.TestData;
using Xunit;

namespace Colibri.Tests.Files;

public sealed class GgufWriterTests : IDisposable
{
    private static readonly TensorFormat F32 = TensorFormat.Parse("F32");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_SmallFile_IsByteForByteTheHandBuiltOne()
    {
        var expected = new GgufBytes()
            .Text("general.architecture", "llama")
            .Entry("u8", 0, (byte)1).Entry("i8", 1, (sbyte)-1).Entry("u16", 2, (ushort)2).Entry("i16", 3, (short)-2)
            .Entry("u32", 4, 3u).Entry("i32", 5, -3).Entry("f32", 6, 0.5f).Entry("flag", 7, true)
            .Entry("u64", 10, 4ul).Entry("i64", 11, -4L).Entry("f64", 12, 0.25)
            .Entry("texts", 9, GgufBytes.Array(8, "a", "", "ü"))
            .Entry("ints", 9, GgufBytes.Array(5, 1, -2)).Entry("uints", 9, GgufBytes.Array(4, 1u))
            .Entry("flags", 9, GgufBytes.Array(7, true, false)).Entry("none", 9, GgufBytes.Array(6))
            .Entry("nested", 9, GgufBytes.Array(9, GgufBytes.Array(5, 1), GgufBytes.Array(8, "x")))
            .Floats("first", [1, 2, 3], 3)
            .Floats("second", [1, 2, 3, 4, 5, 6], 3, 2)
            .Build();
        var writer = new GgufWriter();
        writer.Add("general.architecture", "llama");
        foreach (var (key, value) in new (string, object)[]
        {
            ("u8", (byte)1), ("i8", (sbyte)-1), ("u16", (ushort)2), ("i16", (short)-2), ("u32", 3u), ("i32", -3), ("f32", 0.5f), ("flag", true),
            ("u64", 4ul), ("i64", -4L), ("f64", 0.25), ("texts", new[] { "a", "", "ü" }), ("ints", new[] { 1, -2 }), ("uints", new[] { 1u }),
            ("flags", new[] { true, false }), ("none", Array.Empty<float>()), ("nested", new object[] { new[] { 1 }, new[] { "x" } }),
        })
        {
            writer.Add(key, value);
        }

        writer.AddTensor("first", F32, [3], sink => sink.WriteValues([1, 2, 3]));
        writer.AddTensor("second", F32, [2, 3], sink => sink.WriteValues([1, 2, 3, 4, 5, 6]));
        var path = _folder.File("a.gguf");
        writer.Write(path);

        // The writer pads behind the last tensor too, as other readers want it.
        var written = File.ReadAllBytes(path);
        Assert.Equal(expected, written[..expected.Length]);
        Assert.True(written.Length - expected.Length < 32 && written[expected.Length..].All(b => b == 0));
    }

    [Fact]
    public void Metadata_EveryType_ComesBackTyped()
    {
        var writer = new GgufWriter();
        writer.Add("u64", ulong.MaxValue);
        writer.Add("i64", long.MinValue);
        writer.Add("f64", Math.PI);
        writer.Add("u8", (byte)200);
        writer.Add("flag", true);
        writer.Add("shorts", new short[] { -1, 2 });
        writer.Add("nan", float.NaN);
        writer.Add("text", "line\nü");
        writer.AddStrings("raw", [new byte[] { 0xff, 0x41 }, Array.Empty<byte>()]);
        var path = _folder.File("a.gguf");
        writer.Write(path);
        using var source = GgufSource.Open(path);
        var metadata = source.Metadata;
        Assert.Equal(1.8446744073709552e19, metadata.Number("u64"));
        Assert.Contains("18446744073709551615", Assert.Throws<InputException>(() => metadata.Integer("u64")).Message);
        Assert.Equal(long.MinValue, metadata.Integer("i64", long.MinValue, long.MaxValue));
        Assert.Equal(Math.PI, metadata.Number("f64"));
        Assert.Equal(200, metadata.Integer("u8"));
        Assert.Throws<InputException>(() => metadata.Integer("u8", 0, 100));
        Assert.True(metadata.Flag("flag"));
        Assert.Throws<InputException>(() => metadata.Flag("u8"));
        Assert.Equal([-1.0, 2.0], metadata.Numbers("shorts"));
        Assert.Equal([-1, 2], metadata.Integers("shorts")!);
        Assert.Equal([-1f, 2f], metadata.Floats("shorts")!);
        Assert.Equal([200.0], metadata.Numbers("u8"));
        Assert.Throws<InputException>(() => metadata.Number("nan"));
        Assert.Equal("line\nü", metadata.Text("text"));
        Assert.Throws<InputException>(() => metadata.Strings("shorts"));
        Assert.Throws<InputException>(() => metadata.Numbers("text"));
        Assert.Equal([0xff, 0x41], metadata.Strings("raw")!.Utf8(0).ToArray());
        Assert.Equal(["\uFFFDA", ""], metadata.Texts("raw"));
        Assert.Null(metadata.Text("absent"));
        Assert.Equal("[-1, 2]", metadata.Value("shorts").ToString());
    }

    [Theory]
    [InlineData(8)]
    [InlineData(64)]
    [InlineData(4096)]
    public void Write_Alignments_AreReadBack(int alignment)
    {
        var writer = new GgufWriter(alignment);
        writer.AddTensor("a", F32, [1], sink => sink.WriteValues([1]));
        writer.AddTensor("b", F32, [1], sink => sink.WriteValues([2]));
        var path = _folder.File("a.gguf");
        writer.Write(path);
        using var source = GgufSource.Open(path);
        Assert.Equal(0, source.Tensors["b"].Range!.Value.Offset % alignment);
        Assert.Equal(BitConverter.GetBytes(2f), source.Tensors["b"].Span.ToArray());
    }

    [Fact]
    public void Write_EveryGgufFormat_RoundTripsItsBytes()
    {
        var random = new Random(1);
        var writer = new GgufWriter();
        var expected = new Dictionary<string, byte[]>();
        foreach (var format in TensorFormat.All.Where(f => f.GgufType is not null))
        {
            var bytes = new byte[format.BytesFor(3L * format.ValuesPerBlock * 2)];
            random.NextBytes(bytes);
            expected[format.Name] = bytes;
            writer.AddTensor(format.Name, format, [3, format.ValuesPerBlock * 2], sink => sink.Write(bytes));
        }

        var path = _folder.File("a.gguf");
        writer.Write(path);
        using var source = GgufSource.Open(path);
        Assert.All(expected, e => Assert.Equal(e.Value, source.Tensors[e.Key].Span.ToArray()));
        Assert.All(expected, e => Assert.Equal(e.Key, source.Tensors[e.Key].Format.Name));
    }

    [SkippableFact]
    public void Copy_FileWrittenByAnotherProject_IsTheSameFile()
    {
        var original = SharedData.Require("data/gguf-golden/llama-256-Q4_0.gguf");
        using var source = GgufSource.Open(original);
        var writer = new GgufWriter();
        writer.Copy(source.Metadata);
        foreach (var tensor in source.Tensors.Values)
        {
            writer.AddTensor(tensor);
        }

        var copy = _folder.File("copy.gguf");
        writer.Write(copy);
        Assert.Equal(File.ReadAllBytes(original), File.ReadAllBytes(copy));
    }

    [Fact]
    public void Write_CancelledOrFailed_LeavesTheOldFileAndNothingElse()
    {
        var path = _folder.Write("a.gguf", "old");
        using var cancellation = new CancellationTokenSource();
        var cancelled = new GgufWriter();
        cancelled.AddTensor("a", F32, [4], sink => cancellation.Cancel());
        cancelled.AddTensor("b", F32, [1], sink => sink.WriteValues([1]));
        Assert.ThrowsAny<Exception>(() => cancelled.Write(path, null, cancellation.Token));

        var late = new GgufWriter();
        late.AddTensor("a", F32, [1], sink => { sink.WriteValues([1]); cancellation.Cancel(); });
        Assert.Throws<OperationCanceledException>(() => late.Write(path, null, cancellation.Token));

        var failing = new GgufWriter();
        failing.AddTensor("a", F32, [1], _ => throw new IOException("no space"));
        Assert.Throws<IOException>(() => failing.Write(path));

        var tooMuch = new GgufWriter();
        tooMuch.AddTensor("a", F32, [1], sink => sink.WriteValues([1, 2]));
        Assert.Throws<InvalidOperationException>(() => tooMuch.Write(path));

        var tooLittle = new GgufWriter();
        tooLittle.AddTensor("a", F32, [2], sink => sink.WriteValues([1]));
        Assert.Throws<InvalidOperationException>(() => tooLittle.Write(path));

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Write_OverTheFileItReads_ReplacesIt()
    {
        var path = _folder.Write("a.gguf", new GgufBytes().Text("general.architecture", "llama").Floats("w", [5], 1).Build());
        using (var source = GgufSource.Open(path))
        {
            var writer = new GgufWriter();
            writer.Copy(source.Metadata);
            writer.AddTensor(source.Tensors["w"], "renamed");
            writer.Write(path);
            Assert.Equal(BitConverter.GetBytes(5f), source.Tensors["w"].Span.ToArray());
        }

        using var replaced = GgufSource.Open(path);
        Assert.Equal(BitConverter.GetBytes(5f), replaced.Tensors["renamed"].Span.ToArray());
    }

    [Fact]
    public void Write_PathThatCannotBeWritten_IsAnInputError()
    {
        var writer = new GgufWriter();
        Assert.Throws<InputException>(() => writer.Write(_folder.Path));
        Assert.Throws<InputException>(() => writer.Write(_folder.File("no/such/a.gguf")));
        Assert.Throws<InputException>(() => writer.Write(""));
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains("device", Assert.Throws<InputException>(() => writer.Write("/dev/null")).Message);
        }
    }

    [SkippableFact]
    public void Write_ThroughALink_ReplacesWhatItPointsTo()
    {
        Skip.If(OperatingSystem.IsWindows(), "links need rights there");
        var target = _folder.Write("target.gguf", "old");
        var link = _folder.File("link.gguf");
        File.CreateSymbolicLink(link, target);
        new GgufWriter().Write(link);
        Assert.Equal(target, new FileInfo(link).LinkTarget);
        Assert.Equal("GGUF", File.ReadAllText(target)[..4]);
    }

    [Fact]
    public void AddTensor_WhatGgufCannotHold_IsRefusedByName()
    {
        var writer = new GgufWriter();
        var q4 = TensorFormat.Parse("Q4_0");
        Assert.Contains("'w'", Assert.Throws<InputException>(() => writer.AddTensor("w", q4, [2, 33], _ => { })).Message);
        Assert.Throws<InputException>(() => writer.AddTensor("w", F32, [1, 1, 1, 1, 1], _ => { }));
        Assert.Throws<InputException>(() => writer.AddTensor("w", F32, [0], _ => { }));
        Assert.Throws<InputException>(() => writer.AddTensor(new string('n', 65), F32, [1], _ => { }));
        writer.AddTensor("w", F32, [1], _ => { });
        Assert.Throws<InputException>(() => writer.AddTensor("w", F32, [1], _ => { }));
        writer.Add("key", 1);
        Assert.Throws<ArgumentException>(() => writer.Add("key", 1));
        Assert.Throws<ArgumentException>(() => writer.Add("decimal", 1m));
        Assert.Throws<ArgumentException>(() => writer.Add("mixed", new object[] { new[] { 1 }, 2 }));
    }

    [Fact]
    public void Write_LargeTensorInPieces_KeepsMemoryBoundedAndReportsProgress()
    {
        var writer = new GgufWriter();
        const int rows = 256;
        var row = Enumerable.Range(0, 1 << 16).Select(i => (float)i).ToArray();
        writer.AddTensor("w", F32, [rows, row.Length], sink =>
        {
            for (var i = 0; i < rows; i++)
            {
                sink.WriteValues(row);
            }
        });
        var reports = new List<ByteProgress>();
        var path = _folder.File("a.gguf");
        var before = GC.GetAllocatedBytesForCurrentThread();
        writer.Write(path, new ListProgress<ByteProgress>(reports));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 8 << 20);
        Assert.Equal(new ByteProgress((long)rows * row.Length * 4, (long)rows * row.Length * 4), reports[^1]);
        Assert.Equal(reports.Select(r => r.Done).Order(), reports.Select(r => r.Done));
    }
}
