using System.Text;
using Colibri.Files;
using Xunit;

namespace Colibri.Tests.Files;

public sealed class RopeSettingsTests
{
    [Theory]
    [InlineData("""{"rope_theta":500000.0,"rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":64}}""")]
    [InlineData("""{"rope_parameters":{"rope_theta":500000.0,"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":64}}""")]
    [InlineData("""{"rope_theta":500000.0,"rope_scaling":{"type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":64}}""")]
    [InlineData("""{"rope_theta":500000.0,"original_max_position_embeddings":64,"rope_parameters":{"rope_type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4}}""")]
    public void FromHuggingFace_BothSpellings_ReadAlike(string config) => Assert.Equal(
        new RopeSettings { Kind = "llama3", Theta = 500000, Factor = 8, LowFrequencyFactor = 1, HighFrequencyFactor = 4, OriginalContext = 64 },
        RopeSettings.FromHuggingFace(Parse(config)));

    [Theory]
    [InlineData("{}", "default", null)]
    [InlineData("""{"rope_theta":10000.0,"rope_scaling":null}""", "default", 10000.0)]
    [InlineData("""{"rope_parameters":{"rope_type":"default","rope_theta":10000.0}}""", "default", 10000.0)]
    [InlineData("""{"rope_scaling":{"type":"su"}}""", "longrope", null)]
    public void FromHuggingFace_PlainModels_HaveNoStretch(string config, string kind, double? theta) =>
        Assert.Equal(new RopeSettings { Kind = kind, Theta = theta }, RopeSettings.FromHuggingFace(Parse(config)));

    [Fact]
    public void FromHuggingFace_ParametersPerLayerKind_AreToldApart()
    {
        var config = Parse("""{"rope_parameters":{"full_attention":{"rope_type":"linear","rope_theta":1000000,"factor":8},"sliding_attention":{"rope_type":"default","rope_theta":10000}}}""");
        Assert.Equal(1000000, RopeSettings.FromHuggingFace(config, "full_attention").Theta);
        Assert.Equal(1000000, RopeSettings.FromHuggingFace(config).Theta);
        Assert.Equal(10000, RopeSettings.FromHuggingFace(config, "sliding_attention").Theta);
        Assert.Contains("'other'", Assert.Throws<InputException>(() => RopeSettings.FromHuggingFace(config, "other")).Message);
    }

    [Fact]
    public void FromHuggingFace_YarnAndLongRope_KeepTheirNumbers()
    {
        var yarn = RopeSettings.FromHuggingFace(Parse("""{"rope_scaling":{"rope_type":"yarn","factor":4,"beta_fast":32,"beta_slow":1,"attention_factor":1.1,"mscale":0.7,"truncate":false}}"""));
        Assert.Equal((32.0, 1.0, 1.1, 0.7, false), (yarn.BetaFast, yarn.BetaSlow, yarn.AttentionFactor, yarn.Scale, yarn.Truncate));
        var longrope = RopeSettings.FromHuggingFace(Parse("""{"partial_rotary_factor":0.5,"rope_scaling":{"type":"longrope","short_factor":[1,2],"long_factor":[3,4]}}"""));
        Assert.Equal([3.0, 4.0], longrope.LongFactors!);
        Assert.Equal(0.5, longrope.PartialFactor);
    }

    [Theory]
    [InlineData("""{"rope_theta":0}""")]
    [InlineData("""{"rope_theta":-1}""")]
    [InlineData("""{"rope_theta":"x"}""")]
    [InlineData("""{"rope_scaling":{"factor":0}}""")]
    [InlineData("""{"rope_scaling":5}""")]
    [InlineData("""{"rope_scaling":{"rope_type":5}}""")]
    public void FromHuggingFace_ImpossibleNumbers_AreInputErrors(string config) =>
        Assert.Contains("c.json", Assert.Throws<InputException>(() => RopeSettings.FromHuggingFace(Parse(config))).Message);

    [Fact]
    public void FromGguf_NewAndOldKeys_AreRead()
    {
        using var folder = new TemporaryFolder();
        using var yarn = GgufSource.Open(folder.Write("a.gguf", new GgufBytes()
            .Entry("qwen2.rope.freq_base", 6, 1e6f).Text("qwen2.rope.scaling.type", "yarn")
            .Entry("qwen2.rope.scaling.factor", 6, 4f).Entry("qwen2.rope.scaling.original_context_length", 4, 32768u)
            .Entry("qwen2.rope.dimension_count", 4, 64u).Build()));
        Assert.Equal(
            new RopeSettings { Kind = "yarn", Theta = 1e6, Factor = 4, OriginalContext = 32768, Dimensions = 64 },
            RopeSettings.FromGguf(yarn.Settings, "qwen2"));
        using var old = GgufSource.Open(folder.Write("b.gguf", new GgufBytes().Entry("llama.rope.scale_linear", 6, 2f).Build()));
        Assert.Equal(new RopeSettings { Kind = "linear", Factor = 2 }, RopeSettings.FromGguf(old.Settings, "llama"));
        using var none = GgufSource.Open(folder.Write("c.gguf", new GgufBytes().Text("llama.rope.scaling.type", "none").Build()));
        Assert.Equal(new RopeSettings(), RopeSettings.FromGguf(none.Settings, "llama"));
    }

    [Fact]
    public void DataTypeAndTextPart_BothSpellings_ReadAlike()
    {
        Assert.Equal("bfloat16", HuggingFaceConfig.DataType(Parse("""{"torch_dtype":"bfloat16"}""")));
        Assert.Equal("bfloat16", HuggingFaceConfig.DataType(Parse("""{"dtype":"torch.bfloat16"}""")));
        Assert.Null(HuggingFaceConfig.DataType(Parse("{}")));
        Assert.Equal(7, HuggingFaceConfig.TextPart(Parse("""{"text_config":{"n":7}}""")).Integer("n"));
        Assert.Equal(8, HuggingFaceConfig.TextPart(Parse("""{"n":8}""")).Integer("n"));
    }

    private static JsonSettings Parse(string text) => JsonSettings.Parse(Encoding.UTF8.GetBytes(text), "c.json");
}
