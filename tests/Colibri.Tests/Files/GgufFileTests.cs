using Colibri.Files;
using Xunit;

namespace Colibri.Tests.Files;

/// <summary>Lies and damage in a GGUF header: each gives one line that names the place and the fault.</summary>
public sealed class GgufFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Parse_EveryPrefixOfAFile_IsAnInputErrorOrOpens()
    {
        var whole = new GgufBytes()
            .Text("general.architecture", "llama")
            .Entry("numbers", 9, GgufBytes.Array(4, 1u, 2u))
            .Floats("w", [1, 2, 3, 4], 4).Build();
        for (var length = 1; length < whole.Length; length++)
        {
            AssertFault(whole[..length]);
        }

        Assert.Single(Parse(whole).Tensors);
    }

    [Fact]
    public void Parse_OtherVersions_AreNamed()
    {
        Assert.Contains("version 1", AssertFault(new GgufBytes { Version = 1 }.Build()));
        Assert.Contains("version 4", AssertFault(new GgufBytes { Version = 4 }.Build()));
        Assert.Contains("big-endian", AssertFault(new GgufBytes { Version = 0x03000000 }.Build()));
        Assert.Contains("no GGUF", AssertFault([.. "GGML"u8, .. new byte[64]]));
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 62)]
    [InlineData(1000UL)]
    public void Parse_CountsLargerThanTheFile_AreRefusedBeforeReading(ulong count)
    {
        Assert.Contains("number of tensors", AssertFault(new GgufBytes { ClaimedTensors = count }.Build()));
        Assert.Contains("number of metadata entries", AssertFault(new GgufBytes { ClaimedEntries = count }.Build()));
        byte[] strings = [.. GgufBytes.Le(8u), .. GgufBytes.Le(count)];
        Assert.Contains("'list'", AssertFault(new GgufBytes().Entry("list", 9, strings).Build()));
        Assert.Contains("'text'", AssertFault(new GgufBytes().Entry("text", 8, GgufBytes.Le(count)).Build()));
    }

    [Fact]
    public void Parse_ArraysNestedWithoutEnd_AreRefused()
    {
        byte[] nested = GgufBytes.Array(4, 1u);
        for (var i = 0; i < 40; i++)
        {
            nested = GgufBytes.Array(9, nested);
        }

        Assert.Contains("deep", AssertFault(new GgufBytes().Entry("nested", 9, nested).Build()));
    }

    [Fact]
    public void Parse_BadKeysAndTypes_AreRefused()
    {
        Assert.Contains("twice", AssertFault(new GgufBytes().Text("a", "1").Text("a", "2").Build()));
        Assert.Contains("is 13", AssertFault(new GgufBytes().Entry("a", 13, 1u).Build()));
        Assert.Contains("element type is 99", AssertFault(new GgufBytes().Entry("a", 9, GgufBytes.Array(99, 1ul)).Build()));
        Assert.Contains("bool", AssertFault(new GgufBytes().Entry("a", 7, (byte)2).Build()));
        Assert.Contains("0 bytes long", AssertFault(new GgufBytes().Text("", "1").Build()));
        Assert.Contains("65536 bytes long", AssertFault(new GgufBytes().Text(new string('k', 65536), "1").Build()));
        byte[] file = new GgufBytes().Text("key", "1").Build();
        file[32] = 0xff;
        Assert.Contains("not valid UTF-8", AssertFault(file));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(24u)]
    public void Parse_AlignmentThatIsNoPowerOfTwo_IsRefused(uint alignment) =>
        Assert.Contains("general.alignment", AssertFault(new GgufBytes().Entry("general.alignment", 4, alignment).Build()));

    [Fact]
    public void Parse_UnreadTensorTypes_AreNamedWithTheirTensor()
    {
        var message = AssertFault(new GgufBytes().Tensor("blk.0.odd", 19, new byte[50], 256).Tensor("more", 19, new byte[50], 256).Build());
        Assert.Contains("'blk.0.odd'", message);
        Assert.Contains("IQ1_S", message);
        Assert.Contains("19", message);
        Assert.Contains("1 more", message);
        Assert.Contains("tensor type 777", AssertFault(new GgufBytes().Tensor("x", 777, new byte[50], 256).Build()));
    }

    [Fact]
    public void Parse_BadTensorRows_AreRefusedByName()
    {
        AssertTensorFault("twice", b => b.Floats("w", [1], 1).Floats("w", [1], 1));
        AssertTensorFault("0 dimensions", b => b.Row("w", 0, 0));
        AssertTensorFault("5 dimensions", b => b.Row("w", 0, 0, 1, 1, 1, 1, 1));
        AssertTensorFault("is 0", b => b.Row("w", 0, 0, 4, 0));
        AssertTensorFault("64 bits", b => b.Row("w", 0, 0, 1UL << 32, 1UL << 32));
        AssertTensorFault("is 18446744073709551615", b => b.Row("w", 0, 0, ulong.MaxValue));
        AssertTensorFault("alignment", b => b.Row("w", 0, 4, 1));
        AssertTensorFault("blocks hold 32", b => b.Tensor("w", 2, new byte[18], 31));
        AssertTensorFault("outside", b => b.Row("w", 0, ulong.MaxValue - 31, 1));
        AssertTensorFault("truncated", b => b.Row("w", 0, 0, 1UL << 40));
        AssertTensorFault("truncated", b => b.Row("w", 0, 1UL << 62, 1));
        AssertTensorFault("overlap", b => b.Floats("v", new float[16], 16).Row("w", 0, 32, 8));
        Assert.Contains("65 bytes long", AssertFault(new GgufBytes().Floats(new string('n', 65), [1], 1).Build()));
        Assert.Single(Parse(new GgufBytes().Floats(new string('n', 64), [1], 1).Build()).Tensors);
    }

    [Fact]
    public void Parse_LineBreakInAName_StaysOneLine() =>
        Assert.DoesNotContain('\n', AssertFault(new GgufBytes().Row("w\nq", 0, 0, 1UL << 40).Build()));

    private void AssertTensorFault(string expected, Action<GgufBytes> add)
    {
        var bytes = new GgufBytes();
        add(bytes);
        var message = AssertFault(bytes.Build());
        Assert.Contains(expected, message);
        Assert.Contains("'w'", message);
    }

    private string AssertFault(byte[] bytes)
    {
        var message = Assert.Throws<InputException>(() => Parse(bytes)).Message;
        Assert.Contains("a.gguf", message);
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private GgufFile Parse(byte[] bytes)
    {
        using var file = MappedFile.Open(_folder.Write("a.gguf", bytes));
        return GgufFile.Parse(file);
    }
}
