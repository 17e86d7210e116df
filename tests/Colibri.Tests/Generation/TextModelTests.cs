using System.Text;
using Colibri.Generation;
using Colibri.TestData;
using Colibri.Tests.TestModels;
using Xunit;

namespace Colibri.Tests.Generation;

public class TextModelTests(ModelFiles files) : IClassFixture<ModelFiles>
{
    private const string Prompt = "It was a dark night, and the";

    [Fact]
    public async Task Generate_ManyAtATime_EachGetsWhatItGetsAlone()
    {
        using var model = TextModel.Load(SharedData.Starter, new LoadOptions { MaximumSequences = 3 });
        var prompts = Enumerable.Range(0, 7).Select(i => string.Concat(Enumerable.Repeat("The old man went home. ", i))).ToArray();
        var alone = new List<string>();
        foreach (var prompt in prompts)
        {
            alone.Add(await Text(model.Generate(prompt, Sampling(prompt.Length))));
        }

        var together = await Task.WhenAll(prompts.Select(p => Task.Run(() => Text(model.Generate(p, Sampling(p.Length))))));
        Assert.Equal(alone, together);

        static SamplingOptions Sampling(int seed) => new() { MaximumTokens = 20, Seed = (ulong)seed, Temperature = 1 };
    }

    [Fact]
    public async Task Generate_EmptyPrompt_StartsFromTheBeginningOfText()
    {
        using var model = TextModel.Load(SharedData.Starter);
        var generation = model.Generate("", SamplingOptions.Greedy with { MaximumTokens = 5 });
        Assert.NotEmpty(await Text(generation));
        Assert.Equal(1, generation.Ids[0]);
    }

    [Fact]
    public async Task Generate_DecoderThatStripsTheFirstSpace_KeepsTheOneBehindThePrompt()
    {
        var folder = Directory.CreateTempSubdirectory("colibri-space-").FullName;
        try
        {
            foreach (var file in new[] { "config.json", "model.safetensors", "tokenizer.json" })
            {
                File.Copy(Path.Combine(SharedData.Starter, file), Path.Combine(folder, file));
            }

            // As SentencePiece models do.
            var json = Path.Combine(folder, "tokenizer.json");
            var tokenizer = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(json))!;
            tokenizer["decoder"] = System.Text.Json.Nodes.JsonNode.Parse("""{"type":"Sequence","decoders":[{"type":"ByteLevel"},{"type":"Strip","content":" ","start":1,"stop":0}]}""");
            File.WriteAllText(json, tokenizer.ToJsonString());
            using var model = TextModel.Load(folder);
            var spaces = 0;
            foreach (var prompt in new[] { Prompt, "", " The", "He said", "\"I", "a\n" })
            {
                var ids = model.Encode(prompt);
                var generation = model.Generate(ids, SamplingOptions.Greedy with { MaximumTokens = 12 });
                var text = await Text(generation);
                Assert.Equal(model.Tokenizer!.Decode([.. generation.Ids]), model.Tokenizer.Decode(ids) + text);
                spaces += text.StartsWith(' ') ? 1 : 0;
            }

            Assert.InRange(spaces, 2, 5);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public async Task Generate_StopText_EndsBeforeItAndNeverShowsIt()
    {
        using var model = TextModel.Load(SharedData.Starter);
        var whole = await Text(model.Generate(Prompt, SamplingOptions.Greedy with { MaximumTokens = 30 }));
        var stop = whole.Substring(whole.IndexOf("the sun", StringComparison.Ordinal), 6);
        var generation = model.Generate(Prompt, SamplingOptions.Greedy with { MaximumTokens = 30, Stop = ["never", stop] });
        FinishReason? finish = null;
        var text = new StringBuilder();
        await foreach (var token in generation)
        {
            text.Append(token.Text);
            finish = token.Finish;
        }

        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], text.ToString());
        Assert.Equal(FinishReason.Stop, finish);
    }

    [Fact]
    public async Task Generate_Cancelled_EndsAndTheModelGoesOn()
    {
        // Slow enough that the model is not done before a busy machine gets to cancelling.
        using var model = TextModel.Load(SharedData.Starter, new LoadOptions { Kernels = "reference" });
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var token in model.Generate(Prompt, SamplingOptions.Greedy, cancellation.Token))
            {
                await cancellation.CancelAsync();
            }
        });
        Assert.NotEmpty(await Text(model.Generate(Prompt, SamplingOptions.Greedy with { MaximumTokens = 3 })));
    }

    [Fact]
    public async Task Generate_LeftInTheMiddle_FreesItsPlace()
    {
        using var model = TextModel.Load(SharedData.Starter, new LoadOptions { MaximumSequences = 1 });
        for (var i = 0; i < 3; i++)
        {
            await foreach (var token in model.Generate(Prompt, SamplingOptions.Greedy))
            {
                break;
            }
        }

        Assert.NotEmpty(await Text(model.Generate(Prompt, SamplingOptions.Greedy with { MaximumTokens = 3 })));
    }

    [Fact]
    public async Task Generate_FullContext_EndsWithLength()
    {
        using var model = TextModel.Load(SharedData.Starter, new LoadOptions { ContextLength = 16 });
        FinishReason? finish = null;
        var generation = model.Generate(Prompt, SamplingOptions.Greedy with { IgnoreEndOfText = true });
        await foreach (var token in generation)
        {
            finish = token.Finish;
        }

        Assert.Equal(FinishReason.Length, finish);
        Assert.Equal(16, generation.Ids.Count);
    }

    [Fact]
    public void Generate_PromptLongerThanTheContext_SaysBothLengths()
    {
        using var model = TextModel.Load(SharedData.Starter, new LoadOptions { ContextLength = 8 });
        var error = Assert.Throws<InputException>(() => model.Generate(Prompt));
        Assert.Contains("9 tokens", error.Message, StringComparison.Ordinal);
        Assert.Contains("8", error.Message, StringComparison.Ordinal);
        Assert.Contains("at most 1024", error.Message, StringComparison.Ordinal);

        // No longer context is advised where there is none.
        using var whole = TextModel.Load(SharedData.Starter);
        Assert.EndsWith("Shorten the prompt.", Assert.Throws<InputException>(() => whole.Generate(new int[1025])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_WeightsThatAreNotNumbers_AreAClearError()
    {
        var folder = Directory.CreateTempSubdirectory("colibri-nan-").FullName;
        try
        {
            using var model = TextModel.Load(TinyLlama.Write(folder, "F32", nanShare: 0.001f));
            var error = await Assert.ThrowsAsync<InputException>(() => Text(model.Generate([1, 2, 3], SamplingOptions.Greedy)));
            Assert.Matches(@"gguf: the model computed values that are not finite numbers: tensor 'blk\.0\.attn_k\.weight' holds NaN in row \d+, column \d+\. The file is damaged\.$", error.Message);
            Assert.Equal(error.Message, Assert.Throws<InputException>(() => model.Logits([1, 2, 3], (_, _) => { })).Message);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public async Task Generate_LessMemoryThanTheModel_GivesTheSame()
    {
        var path = files.Llama("F32", 256, 8192);
        var forecast = MemoryForecast.For(path);
        using var free = TextModel.Load(path);
        using var limited = TextModel.Load(path, new LoadOptions { MaximumMemory = forecast.Total - forecast.Weights / 4 });
        var sampling = SamplingOptions.Greedy with { MaximumTokens = 12 };
        Assert.Equal(await Ids(free.Generate([5, 6, 7], sampling)), await Ids(limited.Generate([5, 6, 7], sampling)));
    }

    [Theory]
    [InlineData(34u)]
    [InlineData(4096u)]
    [InlineData(1u << 20)]
    [InlineData(1u)]
    public void Load_MoreRotatedValuesThanAHeadHasOrAnOddNumber_NamesTheKey(uint rotated)
    {
        var folder = Directory.CreateTempSubdirectory("colibri-test-").FullName;
        try
        {
            var error = Assert.Throws<InputException>(() => TextModel.Load(TinyLlama.Write(folder, "F32", others: ("llama.rope.dimension_count", rotated))));
            Assert.Contains($"{rotated} values of each head are to be rotated (rope.dimension_count)", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public void Load_MuchTooLittleMemory_SaysWhatIsNeeded()
    {
        var error = Assert.Throws<InputException>(() => TextModel.Load(SharedData.Starter, new LoadOptions { MaximumMemory = 1_000_000 }));
        Assert.Contains("context", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("threads")]
    [InlineData("context length")]
    public void Load_OptionsOutOfRange_NameThemselves(string what)
    {
        var options = what == "threads" ? new LoadOptions { Threads = 0 } : new LoadOptions { ContextLength = 0 };
        Assert.Contains(what, Assert.Throws<InputException>(() => TextModel.Load(SharedData.Starter, options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dispose_WhileGenerating_EndsTheGeneration()
    {
        var model = TextModel.Load(SharedData.Starter);
        var generation = model.Generate(Prompt, SamplingOptions.Greedy with { IgnoreEndOfText = true });
        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            await foreach (var token in generation)
            {
                model.Dispose();
            }
        });
    }

    private static async Task<string> Text(TextGeneration generation)
    {
        var text = new StringBuilder();
        await foreach (var token in generation)
        {
            text.Append(token.Text);
        }

        return text.ToString();
    }

    private static async Task<IReadOnlyList<int>> Ids(TextGeneration generation)
    {
        await Text(generation);
        return generation.Ids;
    }
}
