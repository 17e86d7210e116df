using Colibri.Files;
using Xunit;

namespace Colibri.Tests.Files;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Parse_HandBuiltFile_GivesTensorsAndMetadata()
    {
        var bytes = SafetensorsBytes.Build(
            """{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},"a":{"data_offsets":[0,4],"shape":[],"dtype":"F32","extra":{"x":[1]}}}   """,
            SafetensorsBytes.Floats(1, 2, 3));
        using var file = MappedFile.Open(_folder.Write("a.safetensors", bytes));
        var parsed = SafetensorsFile.Parse(file);
        Assert.Equal("pt", parsed.Metadata["format"]);
        Assert.Equal(["a", "b"], parsed.Tensors.Select(t => t.Name));
        Assert.Empty(parsed.Tensors[0].Shape);
        Assert.Equal(SafetensorsBytes.Floats(2, 3), parsed.Tensors[1].Span.ToArray());
    }

    [Fact]
    public void Parse_EmptyTensors_AreAllowed()
    {
        var bytes = SafetensorsBytes.Build(
            """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"none":{"dtype":"F32","shape":[0,5],"data_offsets":[4,4]},"zero":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""",
            SafetensorsBytes.Floats(1));
        using var file = MappedFile.Open(_folder.Write("a.safetensors", bytes));
        Assert.Equal(3, SafetensorsFile.Parse(file).Tensors.Count);
    }

    [Fact]
    public void Parse_EveryPrefixOfAFile_IsAnInputError()
    {
        var whole = SafetensorsBytes.Build("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", new byte[8]);
        for (var length = 1; length < whole.Length; length++)
        {
            AssertFault("", whole[..length]);
        }
    }

    [Theory]
    [InlineData("is 'Q9'", """{"a":{"dtype":"Q9","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("takes 12 bytes", """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""")]
    [InlineData("64 bits", """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""")]
    [InlineData("takes 36893488147419103228 bytes", """{"a":{"dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,8]}}""")]
    [InlineData("before they begin", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""")]
    [InlineData("no holes", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""")]
    [InlineData("inside another", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""")]
    [InlineData("Bytes follow", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("truncated", """{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""")]
    [InlineData("appears twice", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("appears twice", """{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("'dtype', 'shape' and", """{"a":{"dtype":"F32","shape":[2]}}""")]
    [InlineData("'dtype', 'shape' and", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""")]
    [InlineData("whole numbers", """{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""")]
    [InlineData("whole numbers", """{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""")]
    [InlineData("whole numbers", """{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}""")]
    [InlineData("whole numbers", """{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}}""")]
    [InlineData("its 'shape' is no list", """{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""")]
    [InlineData("not described", """{"a":1}""")]
    [InlineData("__metadata__", """{"__metadata__":{"a":1}}""")]
    [InlineData("__metadata__", """{"__metadata__":{"a":"1","a":"1"}}""")]
    [InlineData("not valid JSON", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} x""")]
    [InlineData("not valid JSON", """{"a\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("not valid JSON", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""")]
    public void Parse_LyingHeader_SaysWhat(string expected, string header) =>
        AssertFault(expected, SafetensorsBytes.Build(header, new byte[8]));

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(100_000_001UL)]
    [InlineData(80UL)]
    [InlineData(0UL)]
    public void Parse_HeaderLengthThatCannotBe_IsRefused(ulong length) =>
        AssertFault("", SafetensorsBytes.Build("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", new byte[8], length));

    private void AssertFault(string expected, byte[] bytes)
    {
        using var file = MappedFile.Open(_folder.Write("a.safetensors", bytes));
        var message = Assert.Throws<InputException>(() => SafetensorsFile.Parse(file)).Message;
        Assert.Contains("a.safetensors", message);
        Assert.Contains(expected, message);
        Assert.DoesNotContain('\n', message);
    }
}
