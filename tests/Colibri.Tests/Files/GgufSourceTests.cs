using Colibri.Files;
using Colibri.TestData;
using Xunit;

namespace Colibri.Tests.Files;

public sealed class GgufSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2u)]
    [InlineData(3u)]
    public void Open_HandBuiltFile_GivesMetadataShapesAndValues(uint version)
    {
        var path = _folder.Write("a.gguf", new GgufBytes { Version = version }
            .Text("general.architecture", "llama")
            .Entry("llama.block_count", 4, 7u)
            .Floats("first", [1, 2, 3], 3)
            .Floats("second", [1, 2, 3, 4, 5, 6], 3, 2)
            .Build());
        using var source = (GgufSource)ModelSource.Open(path);
        Assert.Equal(version, source.Version);
        Assert.Equal("llama", source.Architecture);
        Assert.Equal(ModelLayout.Gguf, source.Layout);
        Assert.Equal(7, source.Settings.Required("llama.block_count"));
        Assert.Equal(["first", "second"], source.Tensors.Keys);
        Assert.Equal([2L, 3L], source.Tensors["second"].Shape);
        var row = new float[3];
        source.Tensors["second"].AsWeight().DecodeRow(1, row);
        Assert.Equal([4, 5, 6], row);
    }

    [Fact]
    public void Open_AlignmentOtherThan32_FindsTensors()
    {
        var path = _folder.Write("a.gguf", new GgufBytes { Alignment = 128 }
            .Entry("general.alignment", 4, 128u)
            .Floats("first", [1], 1).Floats("second", [2], 1).Build());
        using var source = GgufSource.Open(path);
        Assert.Equal(128, source.Tensors["second"].Range!.Value.Offset - source.Tensors["first"].Range!.Value.Offset);
        Assert.Equal(BitConverter.GetBytes(2f), source.Tensors["second"].Span.ToArray());
    }

    [Fact]
    public void Open_FirstPartOfSplit_GivesTensorsOfAllParts()
    {
        var paths = WriteSplit(3, 3);
        using var source = GgufSource.Open(paths[0]);
        Assert.Equal(["t0", "t1", "t2"], source.Tensors.Keys.Order());
        Assert.Equal(BitConverter.GetBytes(2f), source.Tensors["t2"].Span.ToArray());
    }

    [Fact]
    public void Open_LaterPartOfSplit_NamesTheFirst()
    {
        var paths = WriteSplit(3, 3);
        var message = Assert.Throws<InputException>(() => GgufSource.Open(paths[1])).Message;
        Assert.Contains("part 2", message);
        Assert.Contains("m-00001-of-00003.gguf", message);
    }

    [Fact]
    public void Open_PartMissing_NamesIt()
    {
        var paths = WriteSplit(3, 3);
        File.Delete(paths[2]);
        Assert.Contains("m-00003-of-00003.gguf", Assert.Throws<InputException>(() => GgufSource.Open(paths[0])).Message);
    }

    [Fact]
    public void Open_PartsOfDifferentModels_AreRefused()
    {
        var paths = WriteSplit(3, 4);
        Assert.Contains("split.tensors.count", Assert.Throws<InputException>(() => GgufSource.Open(paths[0])).Message);
        File.Copy(paths[1], paths[2], overwrite: true);
        Assert.Contains("part 2 of 3", Assert.Throws<InputException>(() => GgufSource.Open(paths[0])).Message);
    }

    [Fact]
    public void Open_SplitFileRenamed_SaysWhatTheNameMustBe()
    {
        var paths = WriteSplit(2, 2);
        var renamed = _folder.File("model.gguf");
        File.Move(paths[0], renamed);
        Assert.Contains("-00001-of-00002.gguf", Assert.Throws<InputException>(() => GgufSource.Open(renamed)).Message);
    }

    [Fact]
    public void EndOfTextIds_SeveralKeys_GivesEachOnce()
    {
        var path = _folder.Write("a.gguf", new GgufBytes()
            .Entry("tokenizer.ggml.eos_token_id", 4, 2u)
            .Entry("tokenizer.ggml.eot_token_id", 4, 9u)
            .Entry("tokenizer.ggml.eom_token_id", 4, 2u)
            .Build());
        using var source = GgufSource.Open(path);
        Assert.Equal([2, 9], source.EndOfTextIds);
    }

    [Fact]
    public void ChatTemplates_NamedOnes_AreFound()
    {
        var path = _folder.Write("a.gguf", new GgufBytes()
            .Text("tokenizer.chat_template", "plain")
            .Entry("tokenizer.chat_templates", 9, GgufBytes.Array(8, "tool_use"))
            .Text("tokenizer.chat_template.tool_use", "tools")
            .Entry("general.sampling.temp", 6, 0.5f)
            .Build());
        using var source = GgufSource.Open(path);
        Assert.Equal("plain", source.ChatTemplate);
        Assert.Equal("tools", source.ChatTemplates["tool_use"]);
        Assert.Equal(0.5, source.GenerationDefaults.Temperature);
    }

    [Fact]
    public void Architecture_Missing_IsAnInputError()
    {
        using var source = GgufSource.Open(_folder.Write("a.gguf", new GgufBytes().Build()));
        Assert.Contains("general.architecture", Assert.Throws<InputException>(() => source.Architecture).Message);
    }

    [SkippableTheory]
    [InlineData("llama")]
    [InlineData("qwen2")]
    public void Open_FileWrittenByAnotherProject_HoldsTheSameWeights(string family)
    {
        using var gguf = ModelSource.Open(SharedData.Require($"data/reference-models/{family}/reference.gguf"));
        using var folder = ModelSource.Open(SharedData.Require($"data/reference-models/{family}"));
        Assert.Equal(family, gguf.Architecture);
        Assert.Equal(folder.Tensors["model.embed_tokens.weight"].Shape, gguf.Tensors["token_embd.weight"].Shape);
        Assert.Equal(folder.Tensors["model.embed_tokens.weight"].Span, gguf.Tensors["token_embd.weight"].Span);
        Assert.Equal(folder.Tensors["model.layers.1.mlp.down_proj.weight"].Span, gguf.Tensors["blk.1.ffn_down.weight"].Span);
    }

    [SkippableFact]
    public void Open_VocabularyFiles_ReadEveryKey()
    {
        var folder = SharedData.Require("data/tokenizers/gguf");
        foreach (var file in Directory.GetFiles(folder, "*.gguf"))
        {
            using var source = GgufSource.Open(file);
            Assert.Empty(source.Tensors);
            Assert.All(source.Settings.Keys, key => Assert.NotEmpty(source.Metadata.Value(key)!.Value.Describe(3)));
            var tokens = source.Metadata.Strings("tokenizer.ggml.tokens")!;
            var types = source.Metadata.Integers("tokenizer.ggml.token_type")!;
            Assert.Equal(types.Length, tokens.Count);
            Assert.True(tokens.Count > 30000);
            Assert.Equal(tokens.Count, tokens.Distinct().Count());
        }
    }

    [SkippableTheory]
    [InlineData("llama-spm", "Hello World", 15043, 2787)]
    [InlineData("gpt-2", "Hello World", 15496, 2159)]
    public void LoadTokenizer_VocabularyFiles_Tokenize(string family, string text, params int[] expected)
    {
        using var source = ModelSource.Open(SharedData.Require($"data/tokenizers/gguf/ggml-vocab-{family}.gguf"));
        Assert.Equal(expected, source.LoadTokenizer()!.Encode(text, addSpecialTokens: false));
    }

    [Fact]
    public void LoadTokenizer_NoneInTheFile_IsNull()
    {
        using var none = GgufSource.Open(_folder.Write("a.gguf", new GgufBytes().Build()));
        Assert.Null(none.LoadTokenizer());
        using var said = GgufSource.Open(_folder.Write("b.gguf", new GgufBytes().Text("tokenizer.ggml.model", "no_vocab").Build()));
        Assert.Null(said.LoadTokenizer());
        using var lost = GgufSource.Open(_folder.Write("c.gguf", new GgufBytes().Text("tokenizer.ggml.model", "llama").Build()));
        Assert.Contains("tokenizer.ggml.tokens", Assert.Throws<InputException>(() => lost.LoadTokenizer()).Message);
    }

    private List<string> WriteSplit(int parts, int claimedTensors)
    {
        var paths = new List<string>();
        for (var i = 0; i < parts; i++)
        {
            var bytes = new GgufBytes()
                .Entry("split.no", 2, (ushort)i)
                .Entry("split.count", 2, (ushort)parts)
                .Entry("split.tensors.count", 5, claimedTensors)
                .Floats($"t{i}", [i], 1)
                .Build();
            paths.Add(_folder.Write($"m-{i + 1:d5}-of-{parts:d5}.gguf", bytes));
        }

        return paths;
    }
}
