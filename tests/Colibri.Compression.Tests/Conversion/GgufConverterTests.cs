using System.Text.Json;
using System.Text.Json.Nodes;
using Colibri.Compression.Conversion;
using Colibri.Compression.Recipes;
using Colibri.Files;
using Colibri.Formats;
using Colibri.Generation;
using Colibri.TestData;
using Xunit;

namespace Colibri.Compression.Tests.Conversion;

public sealed class GgufConverterTests : IDisposable
{
    // The family's GGUF files order the values of a head otherwise, so sums over a head round otherwise: a few units in the
    // last place of logits around 10.
    private const float OtherOrder = 5e-5f;

    private readonly string _folder = Directory.CreateTempSubdirectory("colibri-convert").FullName;

    private string Out => Path.Combine(_folder, "out.gguf");

    public static TheoryData<string> Recipes => [.. TensorRecipe.All.Select(r => r.Name)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(null, OtherOrder)]
    [InlineData("F32", OtherOrder)]
    [InlineData("F16", OtherOrder)]
    [InlineData("Q8_0", 0.5f)]
    [InlineData("Q4_K_M", 3f)]
    public async Task Convert_Starter_ComputesTheSameWithinTheFormat(string? type, float tolerance)
    {
        Convert(SharedData.Starter, type);

        using var folder = TextModel.Load(SharedData.Starter);
        using var file = TextModel.Load(Out, new LoadOptions { FloatActivations = true });
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(SharedData.Starter, "expected.json")));
        foreach (var prompt in expected.RootElement.GetProperty("prompts").EnumerateArray())
        {
            var ids = Ints(prompt.GetProperty("logits").GetProperty("ids"));
            AssertNear(Logits(folder, ids), Logits(file, ids), tolerance);
            var text = prompt.GetProperty("prompt").GetString()!;
            Assert.Equal(Ints(prompt.GetProperty("prompt_ids")), file.Encode(text));
            if (tolerance == OtherOrder)
            {
                var greedy = Ints(prompt.GetProperty("greedy_ids"));
                var generation = file.Generate(text, SamplingOptions.Greedy with { MaximumTokens = greedy.Length });
                await foreach (var _ in generation)
                {
                }

                Assert.Equal(greedy, generation.Ids.Skip(generation.Statistics.PromptTokens));
            }
        }
    }

    [SkippableTheory]
    [InlineData("gpt2", "", 0f)]
    [InlineData("llama", "", OtherOrder)]
    [InlineData("llama3", "", OtherOrder)]
    [InlineData("llama3", """{"rope_type":"linear","factor":4.0}""", OtherOrder)]
    [InlineData("llama3", """{"rope_type":"dynamic","factor":4.0}""", OtherOrder)]
    [InlineData("llama3", """{"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":64}""", OtherOrder)]
    [InlineData("llama3", """{"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":64,"attention_factor":1.4,"beta_fast":16.0}""", OtherOrder)]
    public void Convert_ReferenceModel_ComputesTheSame(string name, string scaling, float tolerance)
    {
        var model = Copy(SharedData.Require($"data/reference-models/{name}"), scaling.Length == 0 ? null : config => config["rope_scaling"] = JsonNode.Parse(scaling));

        var notes = Convert(model, null);

        Assert.Contains(notes, n => n.Contains("no tokenizer", StringComparison.Ordinal));
        Assert.Equal(scaling.Contains("dynamic", StringComparison.Ordinal), notes.Any(n => n.Contains("no counterpart in GGUF", StringComparison.Ordinal)));
        using var folder = TextModel.Load(model);
        using var file = TextModel.Load(Out);
        int[] ids = [.. Enumerable.Range(0, 60).Select(i => i * 37 % 320)];
        AssertNear(Logits(folder, ids), Logits(file, ids), tolerance);
    }

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Convert_EveryRecipe_GivesEachTensorItsFormat(string type)
    {
        var recipe = TensorRecipe.Parse(type);

        Convert(SharedData.Starter, type);

        using var source = GgufSource.Open(Out);
        Assert.Equal(recipe.FileType, source.Metadata.Integer("general.file_type"));
        var model = new RecipeModel(8, 2, TiedHead: true);
        Assert.All(source.Tensors.Values, t => Assert.Equal(recipe.FormatOf(t.Name, t.Shape, model)?.Format.Name ?? "F32", t.Format.Name));
        Assert.Equal(74, source.Tensors.Count);
    }

    [Fact]
    public void Convert_Starter_KeepsTokenizerAndHabits()
    {
        var model = Copy(SharedData.Starter, null);
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(model, "tokenizer_config.json")))!;
        config["chat_template"] = "{{ bos_token }}{% for m in messages %}{{ m.content }}\n{% endfor %}";
        File.WriteAllText(Path.Combine(model, "tokenizer_config.json"), config.ToJsonString());

        Convert(model, null);

        using var folder = ModelSource.Open(model);
        using var file = ModelSource.Open(Out);
        Assert.Equal(folder.ChatTemplate, file.ChatTemplate);
        Assert.Equal(folder.EndOfTextIds, file.EndOfTextIds);
        Assert.Equal(folder.GenerationDefaults.Temperature!.Value, file.GenerationDefaults.Temperature!.Value, 1e-6);
        Assert.Equal(folder.GenerationDefaults.TopP!.Value, file.GenerationDefaults.TopP!.Value, 1e-6);
        var (expected, found) = (folder.LoadTokenizer()!, file.LoadTokenizer()!);
        Assert.Equal(expected.BeginOfTextId, found.BeginOfTextId);
        Assert.Equal(expected.EndOfTextId, found.EndOfTextId);
        var prose = File.ReadAllText(Path.Combine(SharedData.Repository, "README.md"));
        string[] texts = ["", " ", "  two", "It's 1999, isn't it?\r\n\tYes.", "<s>said</s> <unk>", "naïve façade 日本語 🙂", prose, prose.ToUpperInvariant()];
        Assert.All(texts, text => Assert.Equal(expected.Encode(text), found.Encode(text)));
        Assert.All(texts, text => Assert.Equal(expected.Encode(text, addSpecialTokens: false, parseSpecialTokens: false), found.Encode(text, addSpecialTokens: false, parseSpecialTokens: false)));
        Assert.All(texts, text => Assert.Equal(expected.Decode(expected.Encode(text)), found.Decode(found.Encode(text))));
    }

    [Fact]
    public void Convert_GgufToGguf_IsTheSameAsFromTheFolder()
    {
        Convert(SharedData.Starter, "Q4_K_M");
        var direct = Path.Combine(_folder, "direct.gguf");
        File.Move(Out, direct);
        Convert(SharedData.Starter, "F32");
        var wide = Path.Combine(_folder, "wide.gguf");
        File.Move(Out, wide);

        Convert(wide, "Q4_K_M");

        using var first = GgufSource.Open(direct);
        using var second = GgufSource.Open(Out);
        Assert.Equal(first.Metadata.Keys.Order(), second.Metadata.Keys.Order());
        Assert.Equal(first.Tensors.Keys, second.Tensors.Keys);
        Assert.All(first.Tensors.Values, t => Assert.True(t.Span.SequenceEqual(second.Tensors[t.Name].Span), t.Name));
    }

    [Fact]
    public void Convert_AnyNumberOfThreads_GivesTheSameBytes()
    {
        GgufConverter.Convert(SharedData.Starter, Out, new ConversionOptions { Recipe = TensorRecipe.Parse("Q3_K_M"), Threads = 1 });
        var one = File.ReadAllBytes(Out);
        GgufConverter.Convert(SharedData.Starter, Out, new ConversionOptions { Recipe = TensorRecipe.Parse("Q3_K_M"), Threads = 3 });

        Assert.Equal(one, File.ReadAllBytes(Out));
    }

    [Fact]
    public void Convert_Pure_EveryMatrixGetsTheFormat()
    {
        GgufConverter.Convert(SharedData.Starter, Out, new ConversionOptions { Recipe = TensorRecipe.Parse("Q4_K_M"), Pure = true });

        using var source = ModelSource.Open(Out);
        Assert.All(source.Tensors.Values, t => Assert.Equal(t.Shape.Count == 1 ? "F32" : "Q4_K", t.Format.Name));
    }

    [SkippableFact]
    public void Convert_RowsThatFillNoBlock_AreSaid()
    {
        var notes = Convert(SharedData.Require("data/reference-models/llama"), "Q4_K_M");

        Assert.Contains(notes, n => n.Contains("no Q4_K blocks and become Q5_0", StringComparison.Ordinal));
        using var source = ModelSource.Open(Out);
        Assert.Equal(TensorFormat.Parse("Q5_0"), source.Tensors["blk.0.attn_q.weight"].Format);
    }

    [Fact]
    public void Convert_QuantizedAlready_IsRefusedUnlessAllowed()
    {
        Convert(SharedData.Starter, "Q8_0");
        var quantized = Path.Combine(_folder, "q8.gguf");
        File.Move(Out, quantized);

        var fault = Assert.Throws<InputException>(() => Convert(quantized, "Q4_0"));
        Assert.Contains("--allow-requantize", fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Out));

        GgufConverter.Convert(quantized, Out, new ConversionOptions { Recipe = TensorRecipe.Parse("Q4_0"), AllowRequantize = true });
        using var source = ModelSource.Open(Out);
        Assert.Equal("Q4_0", source.Tensors["blk.0.attn_q.weight"].Format.Name);
    }

    [Theory]
    [InlineData("model_type", "\"mamba\"", "'mamba'")]
    [InlineData("num_hidden_layers", "9", "is missing")]
    [InlineData("vocab_size", "4095", "expected [4095, 256]")]
    [InlineData("rope_scaling", """{"rope_type":"yarn","factor":2.0,"truncate":false}""", "no counterpart")]
    [InlineData("quantization_config", """{"quant_method":"awq","bits":4,"group_size":128}""", "only float weights can be converted")]
    public void Convert_WhatDoesNotFit_SaysWhatIsWrong(string key, string value, string expected)
    {
        var model = Copy(SharedData.Starter, config => config[key] = JsonNode.Parse(value));

        var fault = Assert.Throws<InputException>(() => Convert(model, null));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Out));
    }

    [Fact]
    public void Convert_TensorsInShards_AreAllFound()
    {
        var model = Copy(SharedData.Starter, null);
        File.Delete(Path.Combine(model, "model.safetensors"));
        using (var source = ModelSource.Open(SharedData.Starter))
        {
            var writer = new SafetensorsWriter();
            source.Tensors.Values.ToList().ForEach(t => writer.AddTensor(t));
            writer.WriteFolder(model, largestShard: 4_000_000);
        }

        Assert.True(Directory.GetFiles(model, "model-*.safetensors").Length > 2);

        Convert(SharedData.Starter, null);
        using var whole = ModelSource.Open(Out);
        var second = Path.Combine(_folder, "second.gguf");
        GgufConverter.Convert(model, second);

        using var sharded = ModelSource.Open(second);
        Assert.All(whole.Tensors.Values, t => Assert.True(t.Span.SequenceEqual(sharded.Tensors[t.Name].Span), t.Name));
    }

    [Fact]
    public void Convert_OntoItsInput_IsRefused()
    {
        Convert(SharedData.Starter, null);
        var before = File.GetLastWriteTimeUtc(Out);
        var link = Path.Combine(_folder, "link.gguf");
        File.CreateSymbolicLink(link, Out);

        Assert.Contains("is the input itself", Assert.Throws<InputException>(() => GgufConverter.Convert(Out, Out)).Message, StringComparison.Ordinal);
        Assert.Contains("is the input itself", Assert.Throws<InputException>(() => GgufConverter.Convert(link, Out)).Message, StringComparison.Ordinal);
        Assert.Equal(before, File.GetLastWriteTimeUtc(Out));
    }

    [Fact]
    public void Convert_WeightsThatAreNoNumbersOrDoNotFit_AreNamed()
    {
        var file = Path.Combine(_folder, "faulty.gguf");
        foreach (var (value, type, expected) in new[] { (float.NaN, "Q8_0", "holds NaN in row 1, column 3"), (1e6f, "F16", "too large for F16 in row 1, column 3") })
        {
            var writer = new GgufWriter();
            writer.Add("general.architecture", "any");
            var values = new float[64];
            values[35] = value;
            writer.AddTensor("blk.0.some.weight", TensorFormat.Parse("F32"), [2, 32], sink => sink.WriteValues(values));
            writer.Write(file);

            var message = Assert.Throws<InputException>(() => Convert(file, type)).Message;
            Assert.StartsWith($"{file}: tensor 'blk.0.some.weight' ", message, StringComparison.Ordinal);
            Assert.Contains(expected, message, StringComparison.Ordinal);
            Assert.False(File.Exists(Out));
        }
    }

    [Fact]
    public void Convert_Cancelled_LeavesNothing()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => GgufConverter.Convert(SharedData.Starter, Out, null, cancellation.Token));

        Assert.Empty(Directory.GetFiles(_folder));
    }

    private IReadOnlyList<string> Convert(string input, string? type) =>
        GgufConverter.Convert(input, Out, new ConversionOptions { Recipe = type is null ? null : TensorRecipe.Parse(type), Threads = 2 });

    private string Copy(string folder, Action<JsonObject>? change)
    {
        var copy = Path.Combine(_folder, "model");
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.GetFiles(folder).Where(f => !f.EndsWith(".npy", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        var path = Path.Combine(copy, "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change?.Invoke(config);
        File.WriteAllText(path, config.ToJsonString());
        return copy;
    }

    private static float[] Logits(TextModel model, int[] ids)
    {
        var all = new List<float>();
        model.Logits(ids, (_, row) => all.AddRange(row.ToArray()));
        return [.. all];
    }

    private static void AssertNear(float[] expected, float[] found, float tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        var worst = expected.Zip(found, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(worst <= tolerance, $"{worst} apart, at most {tolerance} expected");
    }

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetInt32())];
}
