using System.Runtime.InteropServices;
using Colibri.Execution;
using Colibri.Files;
using Colibri.Files.Quantized;
using Colibri.Generation;
using Colibri.Tests.Kernels;
using Colibri.Tests.TestModels;
using Xunit;

namespace Colibri.Tests.Files.Quantized;

/// <summary>
/// Folders of GPTQ, AWQ and compressed-tensors in four bits: quantized here by rounding, packed and decoded as the formats'
/// documents say, and compared with a model of the decoded weights.
/// </summary>
public sealed class NibbleLayersTests : IDisposable
{
    private static readonly int[] AwqOrder = [0, 2, 4, 6, 1, 3, 5, 7];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gptq", 128, true)]
    [InlineData("gptq", 64, false)]
    [InlineData("gptq", 32, false)]
    [InlineData("gptq", -1, false)]
    [InlineData("gptq_v2", 128, false)]
    [InlineData("gptq_v2", 32, true)]
    [InlineData("mislabelled", 128, true)]
    [InlineData("awq", 128, false)]
    [InlineData("awq", 32, false)]
    [InlineData("pack", 128, true)]
    [InlineData("pack", 32, false)]
    [InlineData("pack", -1, true)]
    public void Logits_FloatActivations_EqualThoseOfTheDecodedWeights(string kind, int group, bool symmetric)
    {
        var (quantized, decoded) = Write(kind, group, symmetric, kind == "pack" ? "BF16" : "F16");
        var expected = ChannelLayersTests.Logits(decoded, new LoadOptions { FloatActivations = true }, 45);
        var actual = ChannelLayersTests.Logits(quantized, new LoadOptions { FloatActivations = true }, 45);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 1e-4);
        }
    }

    [Theory]
    [InlineData("gptq")]
    [InlineData("awq")]
    [InlineData("pack")]
    public void Logits_ByteActivations_AreNearThemAndTheSameOnAnyThreadsInPiecesAndInEveryVariant(string kind)
    {
        var (quantized, decoded) = Write(kind, 128, kind == "pack", "F16");
        var near = ChannelLayersTests.Logits(decoded, new LoadOptions(), 45);
        var expected = ChannelLayersTests.Logits(quantized, new LoadOptions { Threads = 1, Kernels = "reference" }, 45);
        Assert.InRange(near.Zip(expected).Sum(p => Math.Pow(p.First - p.Second, 2)) / near.Sum(v => (double)v * v), 1e-12, 1e-3);
        foreach (var kernels in new[] { "portable-128", null })
        {
            foreach (var threads in new[] { 1, 3 })
            {
                var options = new LoadOptions { Threads = threads, Kernels = kernels };
                KernelTesting.AssertSame(expected, ChannelLayersTests.Logits(quantized, options, 45), $"{kernels}, {threads} threads");
                KernelTesting.AssertSame(expected, ChannelLayersTests.Logits(quantized, options, 1, 9, 3, 32), $"{kernels}, {threads} threads, pieces");
            }
        }
    }

    [Fact]
    public void Load_Gptq_CountsCopiesInsteadOfWhatTheyReplace()
    {
        var (quantized, _) = Write("gptq", 128, false, "F16");
        using var engine = Engine.Load(quantized, new LoadOptions());
        var layers = engine.Plan.Operations.OfType<LinearOperation>().Select(o => o.Weight).Where(w => w.Name.Contains("_proj", StringComparison.Ordinal)).ToList();
        Assert.All(layers, w => Assert.Equal("INT4_G128", w.Format.Name));
        Assert.Equal(layers.Sum(w => w.Bytes), engine.Model.CopiedBytes);
        var replaced = engine.Source.Tensors.Values.Where(t => t.Name.EndsWith("qweight", StringComparison.Ordinal) || t.Name.EndsWith("qzeros", StringComparison.Ordinal));
        var forecast = MemoryForecast.For(quantized);
        Assert.Equal(engine.Source.Tensors.Values.Sum(t => t.Bytes) - replaced.Sum(t => t.Bytes) + layers.Sum(w => w.Bytes), forecast.Weights);
    }

    [Theory]
    [InlineData("\"bits\": 4", "\"bits\": 3", "'bits' is 3")]
    [InlineData("\"checkpoint_format\": \"gptq\"", "\"checkpoint_format\": \"marlin\"", "'checkpoint_format' is 'marlin'")]
    [InlineData("\"sym\"", "\"dynamic\": {\"-:.*\": {}}, \"sym\"", "'dynamic'")]
    [InlineData("\"quant_method\": \"gptq\"", "\"quant_method\": \"awq\", \"version\": \"gemv\"", "'version' is 'gemv'")]
    [InlineData("\"quant_method\": \"gptq\"", "\"quant_method\": \"awq\", \"zero_point\": false", "'zero_point' is false")]
    public void Of_WhatCannotBeComputed_IsNamed(string part, string replacement, string expected) =>
        AssertRefused(Configuration("gptq", 128, true).Replace(part, replacement, StringComparison.Ordinal), expected);

    [Theory]
    [InlineData("\"num_bits\": 4", "\"num_bits\": 8", "'num_bits' is 8")]
    [InlineData("\"strategy\": \"group\"", "\"strategy\": \"block\"", "'strategy' is 'block'")]
    [InlineData("\"input_activations\": null", "\"input_activations\": {\"num_bits\": 8, \"dynamic\": false}", "'dynamic' is false")]
    public void Of_PackQuantizedThatCannotBeComputed_IsNamed(string part, string replacement, string expected) =>
        AssertRefused(Configuration("pack", 128, true).Replace(part, replacement, StringComparison.Ordinal), expected);

    [Theory]
    [InlineData("g_idx", "cannot be computed yet")]
    [InlineData("qzeros", "qzeros [2, 32] is missing")]
    public void Load_FaultyTensors_AreNamed(string suffix, string expected)
    {
        var (quantized, _) = QuantizedFolder.Write(_folder.Path, Configuration("gptq", 128, false), (layer, values, rows, columns) =>
        {
            var stored = Quantize("gptq", values, rows, columns, 128, false, "F16");
            var order = Enumerable.Range(0, columns).Select(k => (columns - 1 - k) / 128).ToArray();
            var part = new StoredPart("g_idx", "I32", [columns], MemoryMarshal.AsBytes<int>(order).ToArray());
            return stored with { Parts = suffix == "g_idx" ? [.. stored.Parts.Where(p => p.Suffix != suffix), part] : [.. stored.Parts.Where(p => p.Suffix != suffix)] };
        });
        var error = Assert.Throws<InputException>(() => Engine.Load(quantized, new LoadOptions()));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_GroupsThatAreNoMultipleOf32_AreNamed()
    {
        var (quantized, _) = Write("gptq", 16, false, "F16");
        var error = Assert.Throws<InputException>(() => Engine.Load(quantized, new LoadOptions()));
        Assert.Contains("in groups of 16", error.Message, StringComparison.Ordinal);
    }

    private static void AssertRefused(string configuration, string expected)
    {
        var config = JsonSettings.Parse(System.Text.Encoding.UTF8.GetBytes($$"""{"quantization_config": {{configuration}} }"""), "config.json");
        var error = Assert.Throws<InputException>(() => QuantizedLayers.Of(config, new Dictionary<string, StoredTensor>()));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private (string Quantized, string Decoded) Write(string kind, int group, bool symmetric, string scales) => QuantizedFolder.Write(
        _folder.Path, Configuration(kind, group, symmetric),
        (_, values, rows, columns) => Quantize(kind, values, rows, columns, group < 0 ? columns : group, symmetric, scales));

    private static string Configuration(string kind, int group, bool symmetric)
    {
        var flag = symmetric ? "true" : "false";
        return kind switch
        {
            "awq" => $$"""{"quant_method": "awq", "bits": 4, "group_size": {{group}}, "zero_point": true, "version": "gemm", "modules_to_not_convert": null}""",
            "pack" => $$$$"""
                {"quant_method": "compressed-tensors", "format": "pack-quantized", "ignore": ["lm_head"],
                 "config_groups": {"group_0": {"targets": ["Linear"], "input_activations": null, "output_activations": null,
                   "weights": {"num_bits": 4, "type": "int", "symmetric": {{{{flag}}}}, "strategy": "{{{{(group < 0 ? "channel" : "group")}}}}", "group_size": {{{{(group < 0 ? "null" : $"{group}")}}}}, "dynamic": false} } } }
                """,
            _ => $$"""{"quant_method": "gptq", "bits": 4, "group_size": {{group}}, "sym": {{flag}}, "desc_act": false, "damp_percent": 0.01, "checkpoint_format": "{{(kind == "gptq_v2" ? "gptq_v2" : "gptq")}}"}""",
        };
    }

    // By rounding: symmetric around 8, or from the least to the largest value; weight = scale * (q - zero).
    private static LayerOfTest Quantize(string kind, float[] values, int rows, int columns, int group, bool symmetric, string scaleFormat)
    {
        var groups = columns / group;
        var q = new int[rows, columns];
        var zeros = new int[rows, groups];
        var scales = new float[rows, groups];
        var decoded = new float[values.Length];
        for (var r = 0; r < rows; r++)
        {
            for (var g = 0; g < groups; g++)
            {
                var x = values.AsSpan(r * columns + g * group, group).ToArray();
                var (least, most) = (Math.Min(x.Min(), 0), Math.Max(x.Max(), 0));
                var scale = QuantizedFolder.Rounded(scaleFormat, symmetric ? Math.Max(-least, most) / 7.5f : (most - least) / 15);
                var zero = symmetric ? 8 : (int)Math.Clamp(MathF.Round(-least / scale), kind is "gptq" ? 1 : 0, 15);
                (scales[r, g], zeros[r, g]) = (scale, zero);
                for (var i = 0; i < group; i++)
                {
                    var k = g * group + i;
                    q[r, k] = (int)Math.Clamp(MathF.Round(x[i] / scale) + zero, 0, 15);
                    decoded[r * columns + k] = scale * (q[r, k] - zero);
                }
            }
        }

        return new LayerOfTest(kind == "pack" ? Packed() : kind == "awq" ? Awq() : Gptq(), decoded);

        IReadOnlyList<StoredPart> Gptq()
        {
            var stored = kind == "gptq" ? 1 : 0;
            return
            [
                Words("qweight", columns / 8, rows, (line, column, i) => q[column, line * 8 + i]),
                Words("qzeros", groups, rows / 8, (line, column, i) => zeros[column * 8 + i, line] - stored),
                Scales("scales", groups, rows, (line, column) => scales[column, line]),
                new("g_idx", "I32", [columns], MemoryMarshal.AsBytes<int>(Enumerable.Range(0, columns).Select(k => k / group).ToArray()).ToArray()),
            ];
        }

        IReadOnlyList<StoredPart> Awq() =>
        [
            Words("qweight", columns, rows / 8, (line, column, i) => q[column * 8 + AwqOrder[i], line]),
            Words("qzeros", groups, rows / 8, (line, column, i) => zeros[column * 8 + AwqOrder[i], line]),
            Scales("scales", groups, rows, (line, column) => scales[column, line]),
        ];

        IReadOnlyList<StoredPart> Packed() =>
        [
            Words("weight_packed", rows, columns / 8, (line, column, i) => q[line, column * 8 + i]),
            Scales("weight_scale", rows, groups, (line, column) => scales[line, column]),
            new("weight_shape", "I64", [2], MemoryMarshal.AsBytes<long>([rows, columns]).ToArray()),
            .. symmetric ? [] : new[] { Words("weight_zero_point", rows / 8, groups, (line, column, i) => zeros[line * 8 + i, column]) },
        ];

        StoredPart Scales(string suffix, int lines, int width, Func<int, int, float> value)
        {
            var all = new float[lines * width];
            for (var i = 0; i < all.Length; i++)
            {
                all[i] = value(i / width, i % width);
            }

            return new StoredPart(suffix, scaleFormat, [lines, width], QuantizedFolder.Floats(scaleFormat, all));
        }
    }

    private static StoredPart Words(string suffix, int lines, int width, Func<int, int, int, int> value)
    {
        var words = new uint[lines * width];
        for (var w = 0; w < words.Length; w++)
        {
            for (var i = 0; i < 8; i++)
            {
                words[w] |= (uint)value(w / width, w % width, i) << (4 * i);
            }
        }

        return new StoredPart(suffix, "I32", [lines, width], MemoryMarshal.AsBytes<uint>(words).ToArray());
    }
}
