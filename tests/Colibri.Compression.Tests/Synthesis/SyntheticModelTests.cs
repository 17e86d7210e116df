using System.Text;
using Colibri.Compression.Recipes;
using Colibri.Compression.Synthesis;
using Colibri.Files;
using Colibri.TestData;
using Xunit;

namespace Colibri.Compression.Tests.Synthesis;

public sealed class SyntheticModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("colibri-synth").FullName;

    private string Out => Path.Combine(_folder, "model.gguf");

    public static TheoryData<string> Recipes => [.. TensorRecipe.All.Select(r => r.Name)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Write_EveryRecipe_OpensWithAllTensors(string recipe)
    {
        SyntheticModel.Write(Out, SmallShapes.Qwen, TensorRecipe.Parse(recipe));

        using var source = ModelSource.Open(Out);
        Assert.Equal("qwen2", source.Architecture);
        Assert.Equal(SmallShapes.Qwen.Parameters, source.Tensors.Values.Sum(t => t.Count));
        Assert.Equal([320L, 256L], source.Tensors["token_embd.weight"].Shape);
        Assert.Equal([64L, 256L], source.Tensors["blk.1.attn_k.weight"].Shape);
        Assert.Equal([256L, 512L], source.Tensors["blk.1.ffn_down.weight"].Shape);
        Assert.Equal([64L], source.Tensors["blk.0.attn_v.bias"].Shape);
        Assert.False(source.Tensors.ContainsKey("output.weight"));
        Assert.Equal(2, source.Settings.Required("qwen2.block_count"));
        Assert.Equal(2, source.Settings.Required("qwen2.attention.head_count_kv"));
    }

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Write_EveryRecipe_DecodesToSaneWeights(string recipe)
    {
        SyntheticModel.Write(Out, SmallShapes.Llama, TensorRecipe.Parse(recipe));

        using var source = ModelSource.Open(Out);
        foreach (var tensor in source.Tensors.Values)
        {
            var values = new float[tensor.Count];
            tensor.Format.Decode(tensor.Span, values);
            Assert.DoesNotContain(values, v => !float.IsFinite(v));
            if (tensor.Name.EndsWith("norm.weight", StringComparison.Ordinal))
            {
                Assert.DoesNotContain(values, v => v != 1);
            }
            else
            {
                Assert.InRange(Math.Sqrt(values.Average(v => (double)v * v)), 0.018, 0.022);
            }
        }
    }

    [Fact]
    public void Write_Twice_GivesTheSameBytes()
    {
        SyntheticModel.Write(Out, SmallShapes.Llama, TensorRecipe.Parse("Q4_K_M"), seed: 5);
        var first = File.ReadAllBytes(Out);
        SyntheticModel.Write(Out, SmallShapes.Llama, TensorRecipe.Parse("Q4_K_M"), seed: 5);
        var second = File.ReadAllBytes(Out);
        SyntheticModel.Write(Out, SmallShapes.Llama, TensorRecipe.Parse("Q4_K_M"), seed: 6);

        Assert.Equal(first, second);
        Assert.NotEqual(first, File.ReadAllBytes(Out));
    }

    [Fact]
    public void Write_TensorsOfOneFormat_Differ()
    {
        SyntheticModel.Write(Out, SmallShapes.Llama, TensorRecipe.Parse("Q4_0"));

        using var source = ModelSource.Open(Out);
        Assert.False(source.Tensors["blk.0.attn_q.weight"].Span.SequenceEqual(source.Tensors["blk.1.attn_q.weight"].Span));
        Assert.False(source.Tensors["blk.0.ffn_up.weight"].Span.SequenceEqual(source.Tensors["blk.0.ffn_gate.weight"].Span));
    }

    [Fact]
    public void Write_VocabularyOfAFolder_IsFilledUp()
    {
        SyntheticModel.Write(Out, SmallShapes.Llama with { Vocabulary = 5000 }, TensorRecipe.Parse("Q4_0"), SharedData.Starter);

        using var source = GgufSource.Open(Out);
        var tokens = source.Metadata.Strings("tokenizer.ggml.tokens")!;
        var types = source.Metadata.Integers("tokenizer.ggml.token_type")!;
        Assert.Equal(5000, tokens.Count);
        Assert.Equal(5000, types.Length);
        Assert.Equal(["<unk>", "<s>", "</s>"], tokens.Take(3));
        Assert.Equal("[PAD4999]", tokens[4999]);
        Assert.Equal([3, 3, 3, 1], types.Take(4));
        Assert.Equal(5, types[4999]);
        Assert.Equal("gpt2", source.Metadata.Text("tokenizer.ggml.model"));
        Assert.Equal("gpt-2", source.Metadata.Text("tokenizer.ggml.pre"));
        Assert.Equal(1, source.Metadata.Integer("tokenizer.ggml.bos_token_id"));
        Assert.True(source.Metadata.Flag("tokenizer.ggml.add_bos_token"));
    }

    [Fact]
    public void Write_VocabularyOfAFile_IsCutTogetherWithItsMerges()
    {
        var large = Path.Combine(_folder, "large.gguf");
        SyntheticModel.Write(large, SmallShapes.Llama with { Vocabulary = 4096 }, TensorRecipe.Parse("Q4_0"), SharedData.Starter);
        SyntheticModel.Write(Out, SmallShapes.Llama, TensorRecipe.Parse("Q4_0"), large);

        using var source = GgufSource.Open(Out);
        using var whole = GgufSource.Open(large);
        var tokens = source.Metadata.Strings("tokenizer.ggml.tokens")!.ToHashSet();
        var merges = source.Metadata.Strings("tokenizer.ggml.merges")!;
        Assert.Equal(320, source.Metadata.Strings("tokenizer.ggml.tokens")!.Count);
        Assert.InRange(merges.Count, 1, whole.Metadata.Strings("tokenizer.ggml.merges")!.Count - 1);
        Assert.All(merges, merge => Assert.Contains(merge.Replace(" ", "", StringComparison.Ordinal), tokens));
        Assert.Equal(whole.Metadata.Text("tokenizer.ggml.pre"), source.Metadata.Text("tokenizer.ggml.pre"));
    }

    [Fact]
    public void Write_VocabularyIdsThatWereCutOff_AreLeftOut()
    {
        var vocabulary = new SyntheticVocabulary
        {
            Tokens = [.. Enumerable.Range(0, 8).Select(i => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes($"t{i}"))],
            Types = [],
            Values = [new("tokenizer.ggml.bos_token_id", 1u), new("tokenizer.ggml.eos_token_id", 7u)],
        };
        var writer = new GgufWriter();
        vocabulary.AddTo(writer, 4);
        writer.Write(Out);

        using var source = GgufSource.Open(Out);
        Assert.True(source.Metadata.Has("tokenizer.ggml.bos_token_id"));
        Assert.False(source.Metadata.Has("tokenizer.ggml.eos_token_id"));
    }

    [Fact]
    public void Write_BytePieceVocabulary_ScoresFollowTheMerges()
    {
        var bytes = string.Join(", ", Enumerable.Range(0, 256).Select(b => $"\"<0x{b:X2}>\": {b + 1}"));
        File.WriteAllText(Path.Combine(_folder, "tokenizer.json"), $$$"""
            {"added_tokens": [{"id": 0, "content": "<unk>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}],
             "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"},
             "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "\u2581"}, "content": " " }, {"type": "ByteFallback"}, {"type": "Fuse"}] },
             "model": {"type": "BPE", "byte_fallback": true, "fuse_unk": true, "unk_token": "<unk>",
                       "vocab": {"<unk>": 0, {{{bytes}}}, "a": 257, "b": 258, "ab": 259, "aab": 260}, "merges": ["a b", "a ab"]}}
            """);

        SyntheticModel.Write(Out, SmallShapes.Llama, TensorRecipe.Parse("Q4_0"), _folder);

        using var source = GgufSource.Open(Out);
        Assert.Equal("llama", source.Metadata.Text("tokenizer.ggml.model"));
        Assert.False(source.Metadata.Flag("tokenizer.ggml.add_space_prefix"));
        Assert.Equal([2, 6], source.Metadata.Integers("tokenizer.ggml.token_type")!.Take(2));
        Assert.Equal([6, 1, 1, 1, 1, 5], source.Metadata.Integers("tokenizer.ggml.token_type")!.Skip(256).Take(6));

        // What no merge makes scores worst.
        Assert.Equal([0f, -3, -3, -1, -2, -1000], source.Metadata.Floats("tokenizer.ggml.scores")!.Skip(256).Take(6));
    }

    [Theory]
    [InlineData("""{"model": {"type": "Unigram", "unk_id": 0, "vocab": [["a", 0]]}}""", "byte-pair encoding is expected")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 2000000000}, "merges": []}}""", "2000000000")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}""", "-1")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}}""", "no pair")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}}}""", "merges")]
    [InlineData("""{"version": "1.0"}""", "'model' is missing")]
    public void Write_FaultyTokenizer_SaysWhatIsWrong(string json, string expected)
    {
        File.WriteAllText(Path.Combine(_folder, "tokenizer.json"), json);

        var fault = Assert.Throws<InputException>(() => SyntheticModel.Write(Out, SmallShapes.Llama, TensorRecipe.Parse("Q4_0"), _folder));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.Contains("tokenizer.json", fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Out));
    }

    [Fact]
    public void Write_VocabularyFromAModelWithoutOne_IsRefused()
    {
        var none = Path.Combine(_folder, "none.gguf");
        SyntheticModel.Write(none, SmallShapes.Llama, TensorRecipe.Parse("Q4_0"));

        var fault = Assert.Throws<InputException>(() => SyntheticModel.Write(Out, SmallShapes.Llama, TensorRecipe.Parse("Q4_0"), none));

        Assert.Contains("no tokenizer", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Cancelled_LeavesNothing()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();

        Assert.Throws<OperationCanceledException>(() => SyntheticModel.Write(Out, SmallShapes.Llama, TensorRecipe.Parse("F32"), cancellation: cancellation.Token));

        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Write_Progress_EndsAtOne()
    {
        var last = new Last();

        SyntheticModel.Write(Out, SmallShapes.Llama, TensorRecipe.Parse("F32"), progress: last);

        Assert.Equal(1, last.Value);
    }

    [Fact]
    public void RopeFactors_KeepShortWavesAndStretchLongOnes()
    {
        var factors = SyntheticModel.RopeFactors(SyntheticShape.Parse("llama-3.2-1b"));

        Assert.Equal(32, factors.Length);
        Assert.Equal(1, factors[0]);
        Assert.Equal(32, factors[^1]);
        Assert.Equal(factors.Order(), factors);
    }

    private sealed class Last : IProgress<double>
    {
        public double Value { get; private set; }

        public void Report(double value) => Value = value;
    }
}
