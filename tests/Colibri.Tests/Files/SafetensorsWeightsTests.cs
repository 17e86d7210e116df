using Colibri.Files;
using Xunit;

namespace Colibri.Tests.Files;

public sealed class SafetensorsWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_HandBuiltShards_GivesMappedTensorsOnly()
    {
        _folder.Write("one.safetensors", One("a", 1));
        _folder.Write("two.safetensors", One("b", 2));
        _folder.Write("stray.safetensors", One("c", 3));
        _folder.Write("model.safetensors.index.json", """{"metadata":{},"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}""");
        using var weights = SafetensorsWeights.Open(_folder.Path)!;
        Assert.Equal(["a", "b"], weights.Tensors.Keys.Order());
        Assert.Equal(BitConverter.GetBytes(2f), weights.Tensors["b"].Span.ToArray());
    }

    [Fact]
    public void Open_OneFileOfAnotherName_IsTaken()
    {
        _folder.Write("weights.safetensors", One("a", 1));
        using (var weights = SafetensorsWeights.Open(_folder.Path))
        {
            Assert.Single(weights!.Tensors);
        }

        _folder.Write("more.safetensors", One("b", 1));
        Assert.Contains("2 safetensors files", Assert.Throws<InputException>(() => SafetensorsWeights.Open(_folder.Path)).Message);
    }

    [Fact]
    public void Open_NoWeights_IsNull() => Assert.Null(SafetensorsWeights.Open(_folder.Path));

    [Theory]
    [InlineData("../one.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("sub\\\\one.safetensors")]
    [InlineData("..")]
    [InlineData("")]
    public void Open_ShardNameThatLeavesTheFolder_IsRefused(string name)
    {
        _folder.Write("model.safetensors.index.json", $$$"""{"weight_map":{"a":"{{{name}}}"}}""");
        Assert.Contains("same folder", Assert.Throws<InputException>(() => SafetensorsWeights.Open(_folder.Path)).Message);
    }

    [Theory]
    [InlineData("missing from the folder", """{"weight_map":{"a":"gone.safetensors"}}""")]
    [InlineData("lacks tensors", """{"weight_map":{"a":"one.safetensors","z":"one.safetensors"}}""")]
    [InlineData("appears twice", """{"weight_map":{"a":"one.safetensors","a":"one.safetensors"}}""")]
    [InlineData("'weight_map' is missing", "{}")]
    [InlineData("'weight_map' is no object", """{"weight_map":[]}""")]
    [InlineData("same folder", """{"weight_map":{"a":1}}""")]
    [InlineData("not valid JSON", "{")]
    public void Open_LyingIndex_SaysWhat(string expected, string index)
    {
        _folder.Write("one.safetensors", One("a", 1));
        _folder.Write("model.safetensors.index.json", index);
        Assert.Contains(expected, Assert.Throws<InputException>(() => SafetensorsWeights.Open(_folder.Path)).Message);
    }

    private static byte[] One(string name, float value) =>
        SafetensorsBytes.Build($$$"""{"{{{name}}}":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", SafetensorsBytes.Floats(value));
}
