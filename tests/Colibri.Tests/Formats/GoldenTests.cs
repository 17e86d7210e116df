using System.Text.Json;
using Colibri.Files;
using Colibri.TestData;
using Xunit;

namespace Colibri.Tests.Formats;

/// <summary>Against files that llama-quantize made and the values that gguf-py and ggml decode from them, bit for bit.</summary>
public class GoldenTests
{
    public static TheoryData<string> Quantized => ["Q4_0", "Q5_0", "Q8_0", "Q6_K", "Q4_K_M"];

    [SkippableTheory]
    [MemberData(nameof(Quantized))]
    public void Encode_TensorsOfTheOriginal_GivesTheBytesOfTheReference(string type)
    {
        using var original = GgufSource.Open(SharedData.Require("data/gguf-golden/llama-256-F32.gguf"));
        using var quantized = GgufSource.Open(SharedData.Require($"data/gguf-golden/llama-256-{type}.gguf"));
        var offenders = new List<string>();
        foreach (var (name, tensor) in quantized.Tensors)
        {
            var format = tensor.Format;
            var actual = new byte[tensor.Bytes];
            format.Encode(Decode(original.Tensors[name]), actual);
            var wrong = 0;
            for (var i = 0; i < actual.Length; i += format.BytesPerBlock)
            {
                var same = actual.AsSpan(i, format.BytesPerBlock).SequenceEqual(tensor.Slice(i, format.BytesPerBlock));
                wrong += same ? 0 : 1;
            }

            if (wrong > 0)
            {
                offenders.Add($"{name} ({format}): {wrong} of {actual.Length / format.BytesPerBlock} blocks");
            }
        }

        Assert.Empty(offenders);
    }

    [SkippableTheory]
    [InlineData("llama-256-Q4_0")]
    [InlineData("llama-256-Q5_0")]
    [InlineData("llama-256-Q8_0")]
    [InlineData("llama-256-Q6_K")]
    [InlineData("llama-256-Q4_K_M")]
    [InlineData("qwen2-256-Q4_K_M")]
    [InlineData("qwen2-256-Q8_0")]
    public void Decode_QuantizedFile_GivesTheValuesOfTheReference(string file)
    {
        using var quantized = GgufSource.Open(SharedData.Require($"data/gguf-golden/{file}.gguf"));
        using var index = JsonDocument.Parse(File.ReadAllText(SharedData.Require("data/gguf-golden/expected.json")));
        var entry = index.RootElement.GetProperty("files").EnumerateArray().Single(e => e.GetProperty("file").GetString() == $"{file}.gguf");
        var tensors = entry.GetProperty("tensors").EnumerateArray().ToArray();
        Assert.NotEmpty(tensors);
        foreach (var tensor in tensors)
        {
            var expected = Npy.Read(SharedData.Require("data/gguf-golden/" + tensor.GetProperty("file").GetString()));
            var actual = Decode(quantized.Tensors[tensor.GetProperty("name").GetString()!]);
            Bits.AssertSame(expected.Values, actual);
        }
    }

    private static float[] Decode(StoredTensor tensor)
    {
        var values = new float[tensor.Count];
        tensor.Format.Decode(tensor.Span, values);
        return values;
    }
}
