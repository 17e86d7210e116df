using System.Runtime.InteropServices;
using System.Text.Json;
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
        var original = new GoldenFile(SharedData.Require("data/gguf-golden/llama-256-F32.gguf"));
        var quantized = new GoldenFile(SharedData.Require($"data/gguf-golden/llama-256-{type}.gguf"));
        var offenders = new List<string>();
        foreach (var name in quantized.Names)
        {
            var format = quantized.Format(name);
            var expected = quantized.Bytes(name);
            var actual = new byte[expected.Length];
            format.Encode(original.Decode(name), actual);
            var wrong = 0;
            for (var i = 0; i < actual.Length; i += format.BytesPerBlock)
            {
                wrong += actual.AsSpan(i, format.BytesPerBlock).SequenceEqual(expected.Slice(i, format.BytesPerBlock)) ? 0 : 1;
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
        var quantized = new GoldenFile(SharedData.Require($"data/gguf-golden/{file}.gguf"));
        using var index = JsonDocument.Parse(File.ReadAllText(SharedData.Require("data/gguf-golden/expected.json")));
        var compared = 0;
        foreach (var entry in index.RootElement.GetProperty("files").EnumerateArray())
        {
            if (entry.GetProperty("file").GetString() != $"{file}.gguf")
            {
                continue;
            }

            foreach (var tensor in entry.GetProperty("tensors").EnumerateArray())
            {
                var expected = GoldenFile.ReadNpy(SharedData.Require("data/gguf-golden/" + tensor.GetProperty("file").GetString()));
                var actual = quantized.Decode(tensor.GetProperty("name").GetString()!);
                Assert.Equal(MemoryMarshal.Cast<float, int>(expected).ToArray(), MemoryMarshal.Cast<float, int>(actual).ToArray());
                compared++;
            }
        }

        Assert.True(compared >= 2);
    }
}
