using System.Runtime.InteropServices;
using System.Text.Json;
using Colibri.Files;
using Colibri.Generation;
using Colibri.TestData;
using Xunit;

namespace Colibri.Tests.Files;

public sealed class Llama2cConverterTests : IDisposable
{
    private static readonly Llama2cBytes Small = new(0, 8, 12, 2, 4, 2, 300, 16, Tied: true);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<int, int, int, int, int, int, int, bool> Shapes => new()
    {
        // version, hidden, feed-forward, blocks, heads, key heads, vocabulary, tied
        { 0, 8, 12, 2, 4, 4, 300, true },
        { 0, 8, 12, 3, 4, 1, 300, false },
        { 0, 18, 7, 1, 3, 3, 261, true },
        { 0, 6, 5, 1, 1, 1, 259, false },
        { 1, 8, 12, 2, 4, 2, 300, true },
        { 1, 12, 10, 3, 2, 1, 333, false },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Convert_FloatCheckpoints_PutsEveryValueInItsPlace(
        int version, int hidden, int feedForward, int blocks, int heads, int kvHeads, int vocabulary, bool tied)
    {
        var checkpoint = new Llama2cBytes(version, hidden, feedForward, blocks, heads, kvHeads, vocabulary, 16, tied);
        using var model = Convert(checkpoint);
        Assert.Equal(blocks * 9 + (tied ? 2 : 3), model.Tensors.Count);
        Assert.All(model.Tensors.Values, t =>
        {
            var (kind, block) = Parts(t.Name);
            var values = MemoryMarshal.Cast<byte, float>(t.Span);
            for (var i = 0; i < values.Length; i++)
            {
                Assert.Equal(Llama2cBytes.Value(kind, block, i), values[i]);
            }
        });
        Assert.Equal([vocabulary, hidden], model.Tensors["token_embd.weight"].Shape);
        Assert.Equal([hidden / heads * kvHeads, hidden], model.Tensors["blk.0.attn_k.weight"].Shape);
        Assert.Equal([hidden, feedForward], model.Tensors["blk.0.ffn_down.weight"].Shape);
        Assert.Equal([hidden], model.Tensors["blk.0.ffn_norm.weight"].Shape);
        Assert.Equal(hidden / heads, model.Settings.Required("llama.rope.dimension_count"));
        Assert.Equal(16, model.Settings.Required("llama.context_length"));
        Assert.Equal(kvHeads, model.Settings.Required("llama.attention.head_count_kv"));
    }

    [Theory]
    [InlineData(32, true, false)]
    [InlineData(64, false, false)]
    [InlineData(16, true, false)]
    [InlineData(4, false, false)]
    [InlineData(32, true, true)]
    [InlineData(64, false, true)]
    [InlineData(16, true, true)]
    public void Convert_GroupedCheckpoint_DecodesExactly(int groupSize, bool tied, bool scalesLast)
    {
        var checkpoint = new Llama2cBytes(2, 64, 128, 2, 4, 2, 300, 16, tied, groupSize, scalesLast);
        using var model = Convert(checkpoint);
        Assert.All(model.Tensors.Values, t =>
        {
            var (kind, block) = Parts(t.Name);
            var values = MemoryMarshal.Cast<byte, float>(t.Span);
            for (var i = 0; i < values.Length; i++)
            {
                Assert.Equal(Grouped(kind, block, i, groupSize), values[i]);
            }
        });
    }

    [Theory]
    [InlineData(32, "Q8_0", false)]
    [InlineData(64, "Q8_0", false)]
    [InlineData(64, "Q8_0", true)]
    [InlineData(16, "F32", false)]
    public void Convert_GroupedCheckpointKeepingIntegers_WritesQ8_0WhereGroupsFit(int groupSize, string expected, bool scalesLast)
    {
        var checkpoint = new Llama2cBytes(2, 64, 128, 2, 4, 2, 300, 16, Tied: false, groupSize, scalesLast);
        using var model = Convert(checkpoint, keepIntegers: true);
        Assert.Equal("F32", model.Tensors["blk.1.attn_norm.weight"].Format.Name);
        Assert.Equal(expected == "Q8_0" ? 7 : 0, model.Settings.Integer("general.file_type"));
        foreach (var tensor in model.Tensors.Values.Where(t => t.Shape.Count == 2))
        {
            Assert.Equal(expected, tensor.Format.Name);
            var (kind, block) = Parts(tensor.Name);
            var decoded = new float[tensor.Count];
            tensor.Format.Decode(tensor.Span, decoded);
            for (var i = 0; i < decoded.Length; i++)
            {
                var exact = Grouped(kind, block, i, groupSize);
                Assert.Equal(exact, decoded[i], Math.Abs(exact) * 0.0005f + 1e-7f);
            }
        }
    }

    [Theory]
    [InlineData(72000f)]
    [InlineData(1e-30f)]
    [InlineData(3e-6f)]
    public void Convert_KeepingIntegersWithAScaleThatHalfPrecisionLacks_WritesThatTensorAsFloats(float scale)
    {
        var shape = new Llama2cBytes(2, 64, 64, 1, 2, 2, 300, 16, Tied: true, 32);
        var bytes = shape.Build();
        BitConverter.TryWriteBytes(bytes.AsSpan(256 + (3 * 64 * 4) + (300 * 64) + (2 * 4)), scale);
        Llama2cConverter.Convert(_folder.Write("c.bin", bytes), null, _folder.File("out.gguf"), keepIntegers: true);
        using var model = GgufSource.Open(_folder.File("out.gguf"));
        Assert.Equal("F32", model.Tensors["token_embd.weight"].Format.Name);
        Assert.Equal("Q8_0", model.Tensors["blk.0.attn_q.weight"].Format.Name);
        Assert.Equal(Llama2cBytes.Integer("token_embd", 0, 70) * scale, MemoryMarshal.Cast<byte, float>(model.Tensors["token_embd.weight"].Span)[70]);
    }

    [Fact]
    public void Convert_Tokenizer_BecomesSentencePieceVocabulary()
    {
        using var model = Convert(Small);
        var metadata = model.Metadata;
        Assert.Equal("llama", metadata.Text("tokenizer.ggml.model"));
        var tokens = metadata.Strings("tokenizer.ggml.tokens")!;
        Assert.Equal(["<unk>", "<s>", "</s>", "<0x00>", "<0x01>"], tokens.Take(5));
        Assert.Equal("\u2581t299", tokens[299]);
        Assert.Equal([2, 3, 3, 6, 6], metadata.Integers("tokenizer.ggml.token_type")![..5]);
        Assert.Equal(1, metadata.Integers("tokenizer.ggml.token_type")![299]);
        Assert.Equal(-40f, metadata.Floats("tokenizer.ggml.scores")![299]);
        Assert.Equal(1, metadata.Integer("tokenizer.ggml.bos_token_id"));
        Assert.Equal([2, 1], model.EndOfTextIds);
        Assert.True(metadata.Flag("tokenizer.ggml.add_bos_token"));
    }

    [Fact]
    public void Convert_WithoutTokenizer_SaysSoInTheFile()
    {
        var path = _folder.Write("c.bin", Small.Build());
        Llama2cConverter.Convert(path, null, _folder.File("out.gguf"));
        using var model = GgufSource.Open(_folder.File("out.gguf"));
        Assert.Equal("no_vocab", model.Metadata.Text("tokenizer.ggml.model"));
        Assert.Equal("c", model.Metadata.Text("general.name"));
    }

    [Fact]
    public void Convert_HeaderThatLies_IsAnInputError()
    {
        var good = Small.Build();
        for (var field = 0; field < 7; field++)
        {
            foreach (var lie in new[] { 0, -1, 1, int.MaxValue, int.MinValue, 65536 })
            {
                var bytes = good.ToArray();
                BitConverter.TryWriteBytes(bytes.AsSpan(field * 4), lie);
                AssertFault(bytes);
            }
        }

        AssertFault(good[..^1]);
        AssertFault([.. good, 0]);
        AssertFault(good[..20]);
        var newer = new Llama2cBytes(1, 8, 12, 2, 4, 2, 300, 16, Tied: true).Build();
        newer[4] = 3;
        Assert.Contains("version 3", AssertFault(newer));
        var groups = new Llama2cBytes(2, 64, 64, 1, 2, 2, 300, 16, Tied: true, 32).Build();
        BitConverter.TryWriteBytes(groups.AsSpan(37), 0);
        Assert.Contains("group_size", AssertFault(groups));
        BitConverter.TryWriteBytes(groups.AsSpan(37), 48);
        Assert.Contains("group_size", AssertFault(groups));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Convert_OneDamagedScale_IsNamedInEitherOrder(bool scalesLast)
    {
        var shape = new Llama2cBytes(2, 64, 64, 1, 2, 2, 300, 16, Tied: true, 32, scalesLast);
        var bytes = shape.Build();
        var norms = 256 + (3 * 64 * 4);
        var integers = 300 * 64;
        var others = (4 * 64 * 64) + (3 * 64 * 64);
        var scales = norms + integers + (scalesLast ? others : 0);
        BitConverter.TryWriteBytes(bytes.AsSpan(scales + (2 * 4)), float.NaN);
        var message = AssertFault(bytes);
        Assert.Contains("token_embd.weight", message);
        Assert.Contains("row 1, column 0", message);
    }

    [Fact]
    public void Convert_WeightsThatAreNotFinite_AreNamed()
    {
        var bytes = Small.Build();
        BitConverter.TryWriteBytes(bytes.AsSpan(28 + (9 * 4)), float.NaN);
        var message = AssertFault(bytes);
        Assert.Contains("token_embd.weight", message);
        Assert.Contains("row 1, column 1", message);
        Assert.False(File.Exists(_folder.File("out.gguf")));
    }

    [Fact]
    public void Convert_TokenizerThatDoesNotFit_IsAnInputError()
    {
        AssertFault(Small.Build(), Llama2cBytes.Tokenizer(299));
        AssertFault(Small.Build(), Llama2cBytes.Tokenizer(301));
        AssertFault(Small.Build(), Llama2cBytes.Tokenizer(300)[..^1]);
        foreach (var length in new[] { -1, 9, int.MaxValue })
        {
            var bytes = Llama2cBytes.Tokenizer(300);
            BitConverter.TryWriteBytes(bytes.AsSpan(8), length);
            Assert.Contains("token 0", AssertFault(Small.Build(), bytes));
        }

        var twice = Llama2cBytes.Tokenizer(300);
        var text = twice.AsSpan().IndexOf(" t299"u8);
        " t298"u8.CopyTo(twice.AsSpan(text));
        Assert.Contains("the same text for tokens 298 and 299", AssertFault(Small.Build(), twice));
        var score = Llama2cBytes.Tokenizer(300);
        BitConverter.TryWriteBytes(score.AsSpan(4), float.NaN);
        AssertFault(Small.Build(), score);
    }

    [Fact]
    public void Convert_Cancelled_LeavesNothing()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        var path = _folder.Write("c.bin", Small.Build());
        Assert.Throws<OperationCanceledException>(() => Llama2cConverter.Convert(path, null, _folder.File("out.gguf"), cancellation: cancellation.Token));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [SkippableFact]
    public void Convert_Stories260K_ComputesTheExpectedLogits()
    {
        var folder = SharedData.Require("data/stories260k");
        var output = _folder.File("stories.gguf");
        Llama2cConverter.Convert(Path.Combine(folder, "stories260K.bin"), Path.Combine(folder, "tok512.bin"), output);
        using var model = GgufSource.Open(output);
        Assert.Equal("\u2581t", model.Metadata.Strings("tokenizer.ggml.tokens")![259]);
        var logits = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(folder, "logits_f32_32x512.bin"))).ToArray();
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json")));
        var ids = expected.RootElement.GetProperty("greedy_tokens").EnumerateArray().Select(e => e.GetInt32()).ToArray();
        var tokenizer = model.LoadTokenizer()!;
        Assert.StartsWith(tokenizer.Decode(ids.AsSpan(0, 200)).TrimStart(), expected.RootElement.GetProperty("text_256").GetString());
        var llama = new NaiveLlama(model);
        for (var position = 0; position < 12; position++)
        {
            var actual = llama.Step(ids[position]);
            Assert.Equal(512, actual.Length);
            Assert.All(actual.Zip(logits[(position * 512)..]), p => Assert.Equal(p.Second, p.First, 2e-4));
            Assert.Equal(ids[position + 1], Array.IndexOf(actual, actual.Max()));
        }
    }

    [SkippableFact]
    public void Convert_Stories260K_GeneratesTheExpectedTokens()
    {
        var folder = SharedData.Require("data/stories260k");
        var output = _folder.File("stories.gguf");
        Llama2cConverter.Convert(Path.Combine(folder, "stories260K.bin"), Path.Combine(folder, "tok512.bin"), output);
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json")));
        var ids = expected.RootElement.GetProperty("greedy_tokens").EnumerateArray().Select(e => e.GetInt32()).ToArray();
        using var model = TextModel.Load(output, new LoadOptions { Threads = 1, FloatActivations = true });
        Assert.Equal([1], model.Encode(""));
        var next = new List<int>();
        model.Logits(ids[..^1], (_, row) => next.Add(TensorMax(row)));
        Assert.Equal(ids[1..], next);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Convert_RandomWeightsOfAnyShape_RunAsThePlainForwardPass(
        int version, int hidden, int feedForward, int blocks, int heads, int kvHeads, int vocabulary, bool tied)
    {
        var bytes = new Llama2cBytes(version, hidden, feedForward, blocks, heads, kvHeads, vocabulary, 16, tied).Build();
        var random = new Random(hidden);
        for (var i = version == 0 ? 28 : 256; i < bytes.Length; i += 4)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(i), (float)(random.NextDouble() - 0.4));
        }

        var output = _folder.File("out.gguf");
        Llama2cConverter.Convert(_folder.Write("c.bin", bytes), null, output);
        using var source = GgufSource.Open(output);
        using var model = TextModel.Load(output, new LoadOptions { Threads = 2, FloatActivations = true });
        int[] ids = [1, 5, 258, 0, 77, 5, 5, 130];
        var naive = new NaiveLlama(source);
        model.Logits(ids, (position, row) =>
        {
            var expected = naive.Step(ids[position]);
            for (var i = 0; i < row.Length; i++)
            {
                Assert.Equal(expected[i], row[i], 2e-4);
            }
        });
    }

    private static int TensorMax(ReadOnlySpan<float> row)
    {
        var best = 0;
        for (var i = 1; i < row.Length; i++)
        {
            best = row[i] > row[best] ? i : best;
        }

        return best;
    }

    private static (string Kind, int Block) Parts(string name)
    {
        var parts = name.Split('.');
        return parts[0] == "blk" ? (parts[2], int.Parse(parts[1])) : (parts[0], 0);
    }

    private static float Grouped(string kind, int block, long i, int groupSize) => kind.EndsWith("_norm", StringComparison.Ordinal)
        ? Llama2cBytes.Value(kind, block, i)
        : Llama2cBytes.Integer(kind, block, i) * Llama2cBytes.Scale(kind, block, i / groupSize);

    private GgufSource Convert(Llama2cBytes checkpoint, bool keepIntegers = false)
    {
        var output = _folder.File("out.gguf");
        Llama2cConverter.Convert(
            _folder.Write("c.bin", checkpoint.Build()), _folder.Write("t.bin", Llama2cBytes.Tokenizer(checkpoint.Vocabulary)), output, keepIntegers);
        return GgufSource.Open(output);
    }

    private string AssertFault(byte[] checkpoint, byte[]? tokenizer = null)
    {
        var message = Assert.Throws<InputException>(() => Llama2cConverter.Convert(
            _folder.Write("c.bin", checkpoint), tokenizer is null ? null : _folder.Write("t.bin", tokenizer), _folder.File("out.gguf"))).Message;
        Assert.Contains(tokenizer is null ? "c.bin" : "t.bin", message);
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
