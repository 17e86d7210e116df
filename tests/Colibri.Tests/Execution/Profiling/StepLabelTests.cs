using Colibri.Execution;
using Colibri.Execution.Profiling;
using Colibri.Generation;
using Colibri.Tests.TestModels;
using Xunit;

namespace Colibri.Tests.Execution.Profiling;

public class StepLabelTests(ModelFiles files) : IClassFixture<ModelFiles>
{
    [Theory]
    [InlineData("blk.3.attn_q.weight", "attn_q")]
    [InlineData("model.layers.31.self_attn.q_proj.weight", "self_attn.q_proj")]
    [InlineData("h.0.attn.c_attn.weight", "attn.c_attn")]
    [InlineData("output.weight", "output")]
    [InlineData("model.embed_tokens.weight", "embed_tokens")]
    [InlineData("weight", "weight")]
    [InlineData("blk.3", "3")]
    [InlineData("", "")]
    public void Part_OfATensorsName_IsWhatBlocksShare(string name, string part) => Assert.Equal(part, StepLabel.Part(name));

    [Fact]
    public void Of_FusedLayers_NamesAllOfThem()
    {
        using var engine = Engine.Load(files.Llama("F32"), new LoadOptions { Threads = 1 });
        engine.Runner.Profile = new RunProfile();
        using var sequence = new KvSequence(engine.Pool, 1);
        var batch = new PackedBatch();
        batch.Add(sequence, [1], OutputRows.Last);
        engine.Runner.Step(batch, new float[TinyLlama.Vocabulary]);
        var labels = engine.Runner.Profile.Steps.Where(s => s.Segment == 1).Select(s => s.Label.ToString());
        Assert.Equal(
            ["norm attn_norm", "linear attn_q+attn_k+attn_v", "attention", "linear attn_output", "norm ffn_norm", "linear, gate ffn_gate+ffn_up", "linear ffn_down"],
            labels);
        Assert.Equal(["select", "norm output_norm", "linear output"], engine.Runner.Profile.Steps.Where(s => s.Segment == 3).Select(s => s.Label.ToString()));
    }
}
