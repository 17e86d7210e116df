using System.Text.Json.Nodes;
using Colibri.Files;
using Colibri.Formats;
using Colibri.Generation;
using Colibri.TestData;
using Colibri.Tests.Files;
using Colibri.Tests.TestModels;
using Xunit;

namespace Colibri.Tests.Models;

/// <summary>Configurations that contradict their tensors, or hold numbers that make no sense.</summary>
public sealed class LyingConfigurationTests : IDisposable
{
    // What loading a model of these sizes may take; a million layers looked up by name would take gigabytes.
    private const long MostAllocated = 8 << 20;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(22u, "'llama.block_count' is 22, but there are tensors for 2 blocks (21 tensors in all)")]
    [InlineData(1_000_000u, "'llama.block_count' is 1000000, but there are tensors for 2 blocks")]
    [InlineData(int.MaxValue, "'llama.block_count' is 2147483647, but there are tensors for 2 blocks")]
    [InlineData(1u, "'llama.block_count' is 1, but there are tensors for 2 blocks (for example 'blk.1.")]
    [InlineData(3u, "blk.2.attn_norm.weight [256] is missing")]
    public void Load_GgufBlocksThatAreNotThere_SaysSoAtOnce(uint blocks, string expected)
    {
        var path = TinyLlama.Write(_folder.Path, "F32", others: ("llama.block_count", blocks));
        Assert.Contains(expected, FaultAtOnce(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("num_hidden_layers", 1_000_000)]
    [InlineData("num_hidden_layers", 2)]
    [InlineData("rms_norm_eps", -1)]
    [InlineData("rms_norm_eps", 1e300)]
    public void Load_FolderWithANumberThatLies_NamesTheKey(string key, double value)
    {
        var path = CopyWith(SharedData.Starter, c => c[key] = value);
        Assert.Contains($"config.json: '{key}' is", FaultAtOnce(path), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("n_layer", 1_000_000)]
    [InlineData("n_layer", 1)]
    [InlineData("layer_norm_epsilon", -1e-5)]
    public void Load_Gpt2FolderWithANumberThatLies_NamesTheKey(string key, double value) =>
        Assert.Contains($"config.json: '{key}' is", Fault(CopyWith(SharedData.Require("data/reference-models/gpt2"), c => c[key] = value)), StringComparison.Ordinal);

    [Theory]
    [InlineData(-1f)]
    [InlineData(2f)]
    public void Load_EpsilonOutOfRange_NamesTheKey(float epsilon)
    {
        var path = TinyLlama.Write(_folder.Path, "F32", others: ("llama.attention.layer_norm_rms_epsilon", epsilon));
        Assert.Contains($"'llama.attention.layer_norm_rms_epsilon' is {epsilon}; a number from 0 to 1 is expected", Fault(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData((1u << 30) + 32, "8 heads of 1073741856 values each cannot be computed")]
    [InlineData(int.MaxValue, "8 heads of 2147483647 values each cannot be computed")]
    [InlineData(65537u, "8 heads of 65537 values each cannot be computed")]
    [InlineData(64u, "blk.0.attn_q.weight is [256, 256], expected [512, 256]")]
    public void Load_GgufHeadsOfASizeThatLies_SaysSoAtOnce(uint size, string expected)
    {
        var path = TinyLlama.Write(_folder.Path, "F32", others: ("llama.attention.key_length", size));
        Assert.Contains(expected, FaultAtOnce(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1 << 30)]
    [InlineData((1 << 30) + 32)]
    [InlineData(1 << 28)]
    public void Load_FolderHeadsOfASizeThatLies_SaysSoAtOnce(int size)
    {
        var path = CopyWith(SharedData.Starter, c => c["head_dim"] = size);
        Assert.Contains($"heads of {size} values each cannot be computed", FaultAtOnce(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("generation_config.json")]
    public void Load_FolderThatEndsWithATokenOutsideTheVocabulary_SaysSo(string file)
    {
        var path = CopyWith(SharedData.Starter, _ => { });
        var config = JsonNode.Parse(File.ReadAllText(_folder.File(file)))!.AsObject();
        config["eos_token_id"] = new JsonArray(2, 4096);
        File.WriteAllText(_folder.File(file), config.ToJsonString());
        File.Delete(_folder.File(file == "config.json" ? "generation_config.json" : "none"));
        Assert.Contains("token 4096 (eos_token_id, or what is like it), which is outside the vocabulary of 4096", Fault(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "rope_type": "yarn", "factor": 2, "original_max_position_embeddings": 512 }""", 1)]
    [InlineData("""{ "rope_type": "yarn", "factor": 2, "original_max_position_embeddings": 512, "attention_factor": 1e300 }""", 10000)]
    public void Load_FolderWhoseRotaryNumbersGiveNone_NamesTheScaling(string scaling, int theta)
    {
        var path = CopyWith(SharedData.Starter, c =>
        {
            c.Remove("rope_parameters");
            c["rope_scaling"] = JsonNode.Parse(scaling);
            c["rope_theta"] = theta;
        });
        Assert.Contains("config.json: rope scaling 'yarn' gives frequencies or a scale of attention that are no numbers", Fault(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_GgufValuesOfAnotherSizeThanKeys_NamesTheKey() => Assert.Contains(
        "'llama.attention.value_length' is 64; heads whose values have another size than their keys (32)",
        Fault(TinyLlama.Write(_folder.Path, "F32", others: ("llama.attention.value_length", 64u))), StringComparison.Ordinal);

    [Theory]
    [InlineData(1u)]
    [InlineData(4u)]
    [InlineData(24u)]
    public void Load_GgufAlignmentThatIsNone_NamesTheKey(uint alignment)
    {
        // Not by the writer, which would lay the tensors out by it.
        var bytes = File.ReadAllBytes(TinyLlama.Write(_folder.Path, "F32", others: ("general.alignmenu", alignment)));
        bytes[bytes.AsSpan().IndexOf("general.alignmenu"u8) + 16] = (byte)'t';
        Assert.Contains($"'general.alignment' is {alignment}; a power of two from 8 up is expected", Fault(_folder.Write("a.gguf", bytes)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Load_RotaryDivisorThatIsNone_NamesTensorAndPlace(float divisor)
    {
        using var source = GgufSource.Open(TinyLlama.Write(_folder.Path, "F32"));
        var divisors = Enumerable.Repeat(1f, 16).ToArray();
        divisors[3] = divisor;
        var writer = Copy(source);
        writer.AddTensor("rope_freqs.weight", TensorFormat.Parse("F32"), [16], sink => sink.WriteValues(divisors));
        writer.Write(_folder.File("divisors.gguf"));
        Assert.Contains($"'rope_freqs.weight' holds {divisor} at 3", Fault(_folder.File("divisors.gguf")), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ManyMissingTensors_ShowsSomeAndListsAll()
    {
        using var source = GgufSource.Open(TinyLlama.Write(_folder.Path, "F32"));
        var writer = Copy(source, t => !t.Name.Contains("ffn", StringComparison.Ordinal) && !t.Name.Contains("attn_", StringComparison.Ordinal));
        writer.Write(_folder.File("missing.gguf"));
        var error = Assert.Throws<InputException>(() => TextModel.Load(_folder.File("missing.gguf")));
        Assert.Contains("; and 10 more.", error.Message, StringComparison.Ordinal);
        Assert.Equal(18, error.Details.Count);
        Assert.Contains("blk.1.ffn_down.weight [256, 512] is missing", error.Details);
    }

    [Fact]
    public void Load_GgufTokensFewerThanRows_SaysBothNumbers()
    {
        var tokens = Enumerable.Range(0, 100).Select(i => $"t{i}").ToArray();
        var path = TinyLlama.Write(_folder.Path, "F32", others: [
            ("tokenizer.ggml.model", "llama"), ("tokenizer.ggml.tokens", tokens), ("tokenizer.ggml.scores", new float[100]), ("tokenizer.ggml.token_type", Enumerable.Repeat(1, 100).ToArray())]);
        var fault = Fault(path);
        Assert.Contains("the tokenizer has 100 tokens, but the model's vocabulary has 300", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(299, 300, "scores")]
    [InlineData(300, 299, "token_type")]
    [InlineData(301, 300, "scores")]
    public void Load_GgufTokenListsOfOtherLengths_NamesTheList(int scores, int types, string list)
    {
        var tokens = Enumerable.Range(0, 300).Select(i => $"t{i}").ToArray();
        var path = TinyLlama.Write(_folder.Path, "F32", others: [
            ("tokenizer.ggml.model", "llama"), ("tokenizer.ggml.tokens", tokens), ("tokenizer.ggml.scores", new float[scores]), ("tokenizer.ggml.token_type", Enumerable.Repeat(1, types).ToArray())]);
        Assert.Contains($"'tokenizer.ggml.{list}' has {Math.Max(scores, types) + Math.Min(scores, types) - 300} entries; one for each of 300 tokens", Fault(path), StringComparison.Ordinal);
    }

    private static GgufWriter Copy(GgufSource source, Func<StoredTensor, bool>? keep = null)
    {
        var writer = new GgufWriter();
        writer.Copy(source.Metadata, _ => true);
        foreach (var tensor in source.Tensors.Values.Where(keep ?? (_ => true)))
        {
            writer.AddTensor(tensor);
        }

        return writer;
    }

    private static string FaultAtOnce(string path)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var fault = Fault(path);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
        return fault;
    }

    private static string Fault(string path)
    {
        var message = Assert.Throws<InputException>(() => TextModel.Load(path)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private string CopyWith(string folder, Action<JsonObject> change)
    {
        foreach (var file in Directory.GetFiles(folder, "*.json").Concat(Directory.GetFiles(folder, "*.safetensors")))
        {
            File.Copy(file, _folder.File(Path.GetFileName(file)), overwrite: true);
        }

        var config = JsonNode.Parse(File.ReadAllText(_folder.File("config.json")))!.AsObject();
        change(config);
        File.WriteAllText(_folder.File("config.json"), config.ToJsonString());
        return _folder.Path;
    }
}
