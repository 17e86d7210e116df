using Colibri.Files;
using Colibri.TestData;
using Xunit;

namespace Colibri.Tests.Files;

public sealed class HuggingFaceSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_Starter_GivesConfigurationTensorsAndDefaults()
    {
        using var model = ModelSource.Open(SharedData.Starter);
        Assert.Equal("llama", model.Architecture);
        Assert.Equal(256, model.Settings.Required("hidden_size"));
        Assert.Equal([2], model.EndOfTextIds);
        Assert.Equal(0.8, model.GenerationDefaults.Temperature);
        Assert.Equal(0.95, model.GenerationDefaults.TopP);
        Assert.True(model.GenerationDefaults.Sample);
        Assert.Null(model.ChatTemplate);
        Assert.Equal([4096L, 256L], model.Tensors["model.embed_tokens.weight"].Shape);
        Assert.Equal("F16", model.Tensors["model.embed_tokens.weight"].Format.Name);
        Assert.EndsWith("tokenizer.json", ((HuggingFaceSource)model).TokenizerJsonPath);
        Assert.Equal(4096, model.LoadTokenizer()!.VocabularySize);
    }

    [Theory]
    [InlineData("""{"eos_token_id":5}""", """{"eos_token_id":9}""", 9)]
    [InlineData("""{"eos_token_id":5}""", """{"eos_token_id":[9,7,9]}""", 9, 7)]
    [InlineData("""{"eos_token_id":5}""", "{}", 5)]
    [InlineData("""{"eos_token_id":[1,2]}""", null, 1, 2)]
    [InlineData("""{"eos_token_id":-1}""", null)]
    [InlineData("""{"eos_token_id":null}""", """{"eos_token_id":null}""")]
    public void EndOfTextIds_ComeFromGenerationConfigFirst(string config, string? generation, params int[] expected)
    {
        _folder.Write("config.json", config);
        if (generation is not null)
        {
            _folder.Write("generation_config.json", generation);
        }

        using var model = ModelSource.Open(_folder.Path);
        Assert.Equal(expected, model.EndOfTextIds);
    }

    [Theory]
    [InlineData("generation_config.json", """{"eos_token_id":"x"}""")]
    [InlineData("generation_config.json", """{"temperature":-1}""")]
    [InlineData("generation_config.json", """{"top_p":1.5}""")]
    [InlineData("generation_config.json", """{"top_k":1.5}""")]
    [InlineData("generation_config.json", "[]")]
    [InlineData("generation_config.json", "")]
    [InlineData("config.json", """{"model_type":""")]
    [InlineData("tokenizer_config.json", """{"chat_template":5}""")]
    [InlineData("tokenizer_config.json", """{"chat_template":[{"name":"x"}]}""")]
    public void Open_FaultyFileBeside_NamesIt(string name, string content)
    {
        _folder.Write("config.json", "{}");
        _folder.Write(name, content);
        Assert.Contains(name, Assert.Throws<InputException>(() => ModelSource.Open(_folder.Path)).Message);
    }

    [Fact]
    public void GenerationDefaults_AllKeys_AreRead()
    {
        _folder.Write("config.json", "{}");
        _folder.Write("generation_config.json", """{"do_sample":false,"temperature":0.7,"top_k":-1,"top_p":0.9,"min_p":0.05,"repetition_penalty":1.1,"max_length":null}""");
        using var model = ModelSource.Open(_folder.Path);
        Assert.Equal(
            new GenerationDefaults { Sample = false, Temperature = 0.7, TopK = 0, TopP = 0.9, MinP = 0.05, RepetitionPenalty = 1.1 },
            model.GenerationDefaults);
    }

    [Fact]
    public void ChatTemplate_AllSpellings_AreFound()
    {
        _folder.Write("config.json", "{}");
        _folder.Write("tokenizer_config.json", """{"chat_template":"plain"}""");
        AssertTemplates("plain", ("default", "plain"));
        _folder.Write("tokenizer_config.json", """{"chat_template":[{"name":"default","template":"one"},{"name":"tool_use","template":"two"}]}""");
        AssertTemplates("one", ("default", "one"), ("tool_use", "two"));
        _folder.Write("chat_template.json", """{"chat_template":"three"}""");
        AssertTemplates("three", ("default", "three"), ("tool_use", "two"));
        _folder.Write("chat_template.jinja", "four\n");
        _folder.Write("additional_chat_templates/rag.jinja", "five");
        AssertTemplates("four\n", ("default", "four\n"), ("rag", "five"), ("tool_use", "two"));
    }

    [Fact]
    public void Open_TokenizerOnly_OpensAndSaysWhatIsMissing()
    {
        _folder.Write("tokenizer.json", "{}");
        using var model = ModelSource.Open(_folder.Path);
        Assert.Contains("config.json", Assert.Throws<InputException>(() => model.Architecture).Message);
        Assert.Contains("model.safetensors", Assert.Throws<InputException>(() => model.Tensors).Message);
        _folder.Write("pytorch_model.bin", "x");
        Assert.Contains("pickle", Assert.Throws<InputException>(() => model.Tensors).Message);
    }

    [SkippableTheory]
    [InlineData("bert", 64)]
    [InlineData("gpt2", null)]
    [InlineData("llama3", 64)]
    [InlineData("mistral", 64)]
    [InlineData("qwen2", 64)]
    public void Open_ReferenceModels_ReadWhole(string family, int? hidden)
    {
        using var model = ModelSource.Open(SharedData.Require($"data/reference-models/{family}"));
        Assert.Equal(family == "llama3" ? "llama" : family, model.Architecture);
        Assert.Equal(hidden, (int?)model.Settings.Integer("hidden_size"));
        Assert.Equal("float32", HuggingFaceConfig.DataType(model.Settings));
        Assert.NotEmpty(model.Tensors);
    }

    private void AssertTemplates(string single, params (string Name, string Template)[] all)
    {
        using var model = ModelSource.Open(_folder.Path);
        Assert.Equal(single, model.ChatTemplate);
        Assert.Equal(all, model.ChatTemplates.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => (t.Key, t.Value)));
    }
}
