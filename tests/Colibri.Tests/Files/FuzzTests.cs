using System.Diagnostics;
using Colibri.Files;
using Xunit;

namespace Colibri.Tests.Files;

/// <summary>
/// Damaged files, the same ones on every run: each opens, or gives one line; nothing crashes, hangs, or takes memory that
/// the file's size does not explain.
/// </summary>
public sealed class FuzzTests : IDisposable
{
    private const int Mutations = 2500;

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Gguf_Damaged_OpensOrSaysWhy()
    {
        var whole = new GgufBytes()
            .Text("general.architecture", "llama").Text("tokenizer.chat_template", "{{ x }}").Entry("general.alignment", 4, 32u)
            .Entry("llama.block_count", 4, 2u).Entry("llama.rope.freq_base", 6, 1e4f).Entry("llama.rope.scaling.type", 8, "yarn")
            .Text("tokenizer.ggml.model", "llama").Entry("tokenizer.ggml.tokens", 9, GgufBytes.Array(8, "<unk>", "a", "bc"))
            .Entry("tokenizer.ggml.scores", 9, GgufBytes.Array(6, 0f, 1f, 2f))
            .Entry("tokenizer.ggml.token_type", 9, GgufBytes.Array(5, 2, 1, 1))
            .Entry("nested", 9, GgufBytes.Array(9, GgufBytes.Array(5, 1), GgufBytes.Array(8, "x")))
            .Entry("flag", 7, true).Entry("big", 10, ulong.MaxValue).Entry("tokenizer.ggml.eos_token_id", 4, 2u)
            .Floats("token_embd.weight", new float[24], 8, 3)
            .Tensor("blk.0.attn_q.weight", 2, new byte[36], 32, 2)
            .Floats("output_norm.weight", new float[8], 8)
            .Build();
        Run(whole, "a.gguf", 1, _folder.File("a.gguf"));
    }

    [Fact]
    public void Safetensors_Damaged_OpensOrSaysWhy()
    {
        _folder.Write("config.json", """{"model_type":"llama"}""");
        var whole = SafetensorsBytes.Build(
            """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"F32","shape":[4],"data_offsets":[24,40]},"e":{"dtype":"F32","shape":[0],"data_offsets":[40,40]}}""",
            new byte[40]);
        Run(whole, "model.safetensors", 2, _folder.Path);
    }

    [Fact]
    public void Index_Damaged_OpensOrSaysWhy()
    {
        _folder.Write("config.json", """{"model_type":"llama"}""");
        _folder.Write("one.safetensors", SafetensorsBytes.Build("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", new byte[4]));
        Run("""{"metadata":{"total_size":4},"weight_map":{"a":"one.safetensors"}}"""u8.ToArray(), "model.safetensors.index.json", 3, _folder.Path);
    }

    [Theory]
    [InlineData("config.json", """{"model_type":"llama","hidden_size":64,"rope_theta":1e4,"rope_scaling":{"rope_type":"llama3","factor":8.0,"original_max_position_embeddings":64},"eos_token_id":[1,2],"tie_word_embeddings":true,"text_config":{"a":[1,2.5,"\u00e9"]}}""")]
    [InlineData("generation_config.json", """{"eos_token_id":[1,2],"do_sample":true,"temperature":0.8,"top_k":40,"top_p":0.9,"min_p":0.05,"repetition_penalty":1.1}""")]
    [InlineData("tokenizer_config.json", """{"chat_template":[{"name":"default","template":"{{ a }}"},{"name":"tool_use","template":"b\n"}],"bos_token":"<s>","model_max_length":1e30}""")]
    public void Json_Damaged_OpensOrSaysWhy(string name, string text)
    {
        _folder.Write("config.json", """{"model_type":"llama"}""");
        _folder.Write("model.safetensors", SafetensorsBytes.Build("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", new byte[4]));
        Run(System.Text.Encoding.UTF8.GetBytes(text), name, 4, _folder.Path);
    }

    [Fact]
    public void Llama2c_Damaged_ConvertsOrSaysWhy()
    {
        var tokenizer = _folder.Write("t.bin", Llama2cBytes.Tokenizer(300));
        var output = _folder.File("out.gguf");
        foreach (var version in new[] { 0, 1, 2 })
        {
            var whole = new Llama2cBytes(version, 8, 16, 1, 2, 1, 300, 4, Tied: true, version == 2 ? 8 : 0).Build();
            Run(whole, "c.bin", 5, path => Llama2cConverter.Convert(path, tokenizer, output), Mutations / 5);
        }

        var checkpoint = _folder.Write("c.bin", new Llama2cBytes(0, 8, 16, 1, 2, 1, 300, 4, Tied: true).Build());
        Run(Llama2cBytes.Tokenizer(300), "t.bin", 6, path => Llama2cConverter.Convert(checkpoint, path, output), Mutations / 5);
    }

    private void Run(byte[] whole, string name, int seed, string model)
    {
        // Asking every key for every type throws by the dozen, and exceptions are what takes the time.
        var round = 0;
        Run(whole, name, seed, _ => OpenAndRead(model, everyKey: round++ % 10 == 0), Mutations);
    }

    private void Run(byte[] whole, string name, int seed, Action<string> act, int mutations)
    {
        var mutator = new Mutator(seed);
        act(_folder.Write(name, whole));
        var opened = 0;
        for (var i = 0; i < mutations; i++)
        {
            var bytes = mutator.Mutate(whole);
            var path = _folder.Write(name, bytes);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var watch = Stopwatch.StartNew();
            try
            {
                act(path);
                opened++;
            }
            catch (InputException e)
            {
                Assert.DoesNotContain('\n', e.Message);
                Assert.InRange(e.Message.Length, 20, 2000);
            }
            catch (Exception e)
            {
                Assert.Fail($"mutation {i} of seed {seed}: {e}");
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < AllowedBytes(bytes.Length), $"mutation {i} of seed {seed}: {allocated} bytes allocated for a file of {bytes.Length}");
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"mutation {i} of seed {seed}: took {watch.Elapsed}");
        }

        // Some damage is harmless (a flipped weight), most is not: neither may be all there is.
        Assert.InRange(opened, 1, mutations - 1);
    }

    // Writers' buffers and the like, and a fixed amount for each byte of the file.
    private static long AllowedBytes(int fileLength) => (3 << 20) + (fileLength * 200L);

    private static void OpenAndRead(string path, bool everyKey)
    {
        using var model = ModelSource.Open(path);
        var sum = 0L;
        foreach (var tensor in model.Tensors.Values)
        {
            foreach (var b in tensor.Span)
            {
                sum += b;
            }

            if (tensor.Count > 0 && tensor.Format.IsNumeric)
            {
                var row = new float[tensor.AsWeight().Columns];
                tensor.AsWeight().DecodeRow(0, row);
            }
        }

        GC.KeepAlive(sum);
        _ = model.EndOfTextIds;
        Try(() => model.Architecture);
        Try(() => model.ChatTemplates);
        Try(() => model.GenerationDefaults);
        Try(() => model.LoadTokenizer());
        Try(() => HuggingFaceConfig.DataType(model.Settings));
        Try(() => RopeSettings.FromHuggingFace(HuggingFaceConfig.TextPart(model.Settings)));
        Try(() => RopeSettings.FromGguf(model.Settings, "llama"));
        foreach (var key in everyKey ? model.Settings.Keys : [])
        {
            Try(() => model.Settings.Integer(key));
            Try(() => model.Settings.Number(key));
            Try(() => model.Settings.Flag(key));
            Try(() => model.Settings.Text(key));
            Try(() => model.Settings.Numbers(key));
            Try(() => model.Settings.Texts(key)?.Count(t => t.Length > 1));
            Try(() => model.Settings.Section(key));
            Try(() => (model as GgufSource)?.Metadata.Value(key)?.Describe(4));
            Try(() => (model as GgufSource)?.Metadata.Integers(key));
            Try(() => (model as GgufSource)?.Metadata.Floats(key));
        }
    }

    private static void Try(Func<object?> act)
    {
        try
        {
            GC.KeepAlive(act());
        }
        catch (InputException e)
        {
            Assert.DoesNotContain('\n', e.Message);
        }
    }
}
