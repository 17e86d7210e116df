using System.Runtime.InteropServices;
using Colibri.Execution;
using Colibri.Files;
using Colibri.Files.Quantized;
using Colibri.Generation;
using Colibri.Kernels.MatMul;
using Colibri.Tests.Kernels;
using Colibri.Tests.TestModels;
using Xunit;

namespace Colibri.Tests.Files.Quantized;

/// <summary>Folders of compressed-tensors with signed bytes and a scale per output: written here, by the published formulas.</summary>
public sealed class ChannelLayersTests : IDisposable
{
    private const string Configuration = """
        {"quant_method": "compressed-tensors", "format": "int-quantized", "ignore": ["lm_head", "re:.*down_proj"], "quantization_status": "compressed",
         "config_groups": {"group_0": {"targets": ["Linear"],
           "weights": {"num_bits": 8, "type": "int", "symmetric": true, "strategy": "channel", "group_size": null, "dynamic": false},
           "input_activations": {"num_bits": 8, "type": "int", "symmetric": true, "strategy": "token", "dynamic": true},
           "output_activations": null}}}
        """;

    private static readonly int[] Ids = [.. Enumerable.Range(0, 45).Select(i => 3 + i * 83 % 4000)];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("F32", true)]
    [InlineData("F16", true)]
    [InlineData("BF16", true)]
    [InlineData("F32", false)]
    public void Logits_FloatActivations_EqualThoseOfTheDecodedWeights(string scales, bool columnOfScales)
    {
        var (quantized, decoded) = Write(scales, columnOfScales);
        var expected = Logits(decoded, new LoadOptions { FloatActivations = true }, Ids.Length);
        var actual = Logits(quantized, new LoadOptions { FloatActivations = true }, Ids.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 1e-4);
        }
    }

    [Fact]
    public void Logits_ByteActivations_AreNearThoseOfTheDecodedWeights()
    {
        var (quantized, decoded) = Write("F32", true);
        var expected = Logits(decoded, new LoadOptions(), Ids.Length);
        var actual = Logits(quantized, new LoadOptions(), Ids.Length);
        Assert.NotEqual(expected, actual);
        double dot = 0, a = 0, b = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            (dot, a, b) = (dot + (double)expected[i] * actual[i], a + (double)expected[i] * expected[i], b + (double)actual[i] * actual[i]);
        }

        Assert.InRange(dot / Math.Sqrt(a * b), 0.9995, 1.00001);
    }

    [Fact]
    public void Logits_EveryVariantInPiecesOnAnyThreads_HaveTheSameBits()
    {
        var (quantized, _) = Write("BF16", true);
        var expected = Logits(quantized, new LoadOptions { Threads = 1, Kernels = "reference" }, Ids.Length);
        foreach (var variant in MatMulList.Channel.Variants.Where(v => v.IsSupported))
        {
            KernelTesting.AssertSame(expected, Logits(quantized, new LoadOptions { Threads = 2, Kernels = variant.Name }, Ids.Length), variant.Name);
            KernelTesting.AssertSame(expected, Logits(quantized, new LoadOptions { Threads = 3, Kernels = variant.Name }, 1, 7, 2, 30), $"{variant.Name} in pieces");
        }
    }

    [Fact]
    public void Logits_Lazily_HaveTheSameBits()
    {
        var (quantized, _) = Write("F32", true);
        var expected = Logits(quantized, new LoadOptions(), Ids.Length);
        KernelTesting.AssertSame(expected, Logits(quantized, new LoadOptions { Loading = LoadMode.Lazy }, Ids.Length), "lazy");
    }

    [Fact]
    public void Load_MixedFolder_KeepsIgnoredLayersAndCountsWhatIsBeside()
    {
        var (quantized, _) = Write("F32", true);
        using var engine = Engine.Load(quantized, new LoadOptions());
        var weights = engine.Plan.Operations.OfType<LinearOperation>().Select(o => o.Weight).ToList();
        Assert.All(weights, w => Assert.Equal(
            w.Name.Contains("_proj", StringComparison.Ordinal) && !w.Name.Contains("down_proj", StringComparison.Ordinal), w.Format.HasChannelScales));
        Assert.Equal(weights.Sum(w => w.ChannelBytes), engine.Model.CopiedBytes);
        var cost = CostCounter.Count(engine.Plan, engine.Kernels, engine.Cache, 1, 0, 1);
        Assert.Equal(2.0 * weights.Where(w => w.Format.HasChannelScales).Sum(w => (double)w.Rows * w.Columns), cost.IntegerOperations);
    }

    [Theory]
    [InlineData("\"channel\"", "\"group\"", "'strategy' is 'group'")]
    [InlineData("\"symmetric\": true, \"strategy\": \"channel\"", "\"symmetric\": false, \"strategy\": \"channel\"", "'symmetric' is false")]
    [InlineData("\"dynamic\": true", "\"dynamic\": false", "'dynamic' is false")]
    [InlineData("\"dynamic\": true", "\"dynamic\": \"local\"", "'dynamic' is false")]
    [InlineData("\"token\"", "\"tensor\"", "'strategy' is 'tensor'")]
    [InlineData("\"num_bits\": 8", "\"num_bits\": 4", "'num_bits' is 4")]
    [InlineData("\"type\": \"int\"", "\"type\": \"float\"", "'type' is 'float'")]
    [InlineData("int-quantized", "float-quantized", "'format' is 'float-quantized'")]
    [InlineData("\"input_activations\"", "\"other\"", "'input_activations' is missing")]
    [InlineData("\"output_activations\": null", "\"output_activations\": {}", "'output_activations' is there")]
    [InlineData("\"ignore\"", "\"sparsity_config\": {\"format\": \"sparse-24-bitmask\"}, \"ignore\"", "sparse-24-bitmask")]
    [InlineData("\"config_groups\"", "\"groups\"", "'config_groups' is missing")]
    [InlineData("compressed-tensors", "bitsandbytes", "'quant_method' is 'bitsandbytes'")]
    public void Of_WhatCannotBeComputed_IsNamed(string part, string replacement, string expected)
    {
        var text = $$"""{"quantization_config": {{Configuration.Replace(part, replacement, StringComparison.Ordinal)}} }""";
        var config = JsonSettings.Parse(System.Text.Encoding.UTF8.GetBytes(text), "config.json");
        var error = Assert.Throws<InputException>(() => QuantizedLayers.Of(config, new Dictionary<string, StoredTensor>()));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("config.json", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("weight_scale", null, "weight_scale [256, 1] is missing")]
    [InlineData("weight_zero_point", "", "asymmetric weights")]
    [InlineData("input_scale", "", "activations with stored scales")]
    public void Load_FaultyTensors_AreNamed(string suffix, string? add, string expected)
    {
        var (quantized, _) = QuantizedFolder.Write(_folder.Path, Configuration, (layer, values, rows, columns) =>
        {
            var stored = Quantize(values, rows, columns, "F32", true);
            var extra = new StoredPart(suffix, "F32", [1], QuantizedFolder.Floats("F32", [1]));
            return stored with { Parts = add is null ? [.. stored.Parts.Where(p => p.Suffix != suffix)] : [.. stored.Parts, extra] };
        });
        var error = Assert.Throws<InputException>(() => Engine.Load(quantized, new LoadOptions()));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Step_SteadyState_AllocatesNothing()
    {
        var (quantized, _) = Write("F32", true);
        using var engine = Engine.Load(quantized, new LoadOptions { Threads = 1 });
        using var sequence = new KvSequence(engine.Pool, Ids.Length);
        var batch = new PackedBatch();
        var logits = new float[engine.Model.Shape.Vocabulary];
        Decode(5);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Decode(20);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Decode(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                batch.Clear();
                batch.Add(sequence, [Ids[i]], OutputRows.Last);
                engine.Runner.Step(batch, logits);
            }
        }
    }

    internal static float[] Logits(string folder, LoadOptions options, params int[] pieces)
    {
        using var engine = Engine.Load(folder, options);
        using var sequence = new KvSequence(engine.Pool, Ids.Length);
        var batch = new PackedBatch();
        var width = engine.Model.Shape.Vocabulary;
        var logits = new float[Ids.Length * width];
        for (int start = 0, i = 0; start < Ids.Length; i++)
        {
            var count = Math.Min(pieces[Math.Min(i, pieces.Length - 1)], Ids.Length - start);
            batch.Clear();
            batch.Add(sequence, Ids.AsSpan(start, count), OutputRows.All);
            engine.Runner.Step(batch, logits.AsSpan(start * width));
            start += count;
        }

        return logits;
    }

    private (string Quantized, string Decoded) Write(string scales, bool columnOfScales) => QuantizedFolder.Write(
        _folder.Path, Configuration,
        (layer, values, rows, columns) => layer.EndsWith("down_proj", StringComparison.Ordinal) ? null : Quantize(values, rows, columns, scales, columnOfScales));

    // scale = max |w| / 127 of the row, q = round(w / scale); w is about q * scale.
    private static LayerOfTest Quantize(float[] values, int rows, int columns, string scaleFormat, bool columnOfScales)
    {
        var q = new sbyte[values.Length];
        var scales = new float[rows];
        var decoded = new float[values.Length];
        for (var r = 0; r < rows; r++)
        {
            var row = values.AsSpan(r * columns, columns);
            scales[r] = QuantizedFolder.Rounded(scaleFormat, row.ToArray().Max(MathF.Abs) / 127);
            for (var k = 0; k < columns; k++)
            {
                q[r * columns + k] = (sbyte)Math.Clamp(MathF.Round(row[k] / scales[r]), -128, 127);
                decoded[r * columns + k] = q[r * columns + k] * scales[r];
            }
        }

        return new LayerOfTest(
            [
                new("weight", "I8", [rows, columns], MemoryMarshal.AsBytes<sbyte>(q).ToArray()),
                new("weight_scale", scaleFormat, columnOfScales ? [rows, 1] : [rows], QuantizedFolder.Floats(scaleFormat, scales)),
            ],
            decoded);
    }
}
