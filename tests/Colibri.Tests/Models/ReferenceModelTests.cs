using System.Text.Json;
using Colibri.Execution;
using Colibri.Generation;
using Colibri.TestData;
using Xunit;

namespace Colibri.Tests.Models;

public class ReferenceModelTests
{
    [SkippableTheory]
    [InlineData("llama", "")]
    [InlineData("llama", "reference.gguf")]
    [InlineData("llama3", "")]
    [InlineData("gpt2", "")]
    public void Logits_EqualTheIndependentImplementation(string name, string file)
    {
        var folder = SharedData.Require($"data/reference-models/{name}");
        using var engine = Engine.Load(Path.Combine(folder, file), new LoadOptions { Threads = 2 });
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));
        foreach (var sequence in expected.RootElement.GetProperty("sequences").EnumerateArray())
        {
            var ids = sequence.GetProperty("input_ids").EnumerateArray().Select(e => e.GetInt32()).ToArray();
            var (values, _) = Npy.Read(Path.Combine(folder, sequence.GetProperty("logits").GetProperty("file").GetString()!));
            var logits = Logits(engine, ids);
            for (var i = 0; i < values.Length; i++)
            {
                Assert.True(Math.Abs(values[i] - logits[i]) <= 2e-4, $"{name} token {i / 320} value {i % 320}: {logits[i]}, expected {values[i]}");
            }
        }
    }

    internal static float[] Logits(Engine engine, int[] ids)
    {
        using var sequence = new KvSequence(engine.Pool, ids.Length);
        var batch = new PackedBatch();
        batch.Add(sequence, ids, OutputRows.All);
        var logits = new float[ids.Length * engine.Model.Shape.Vocabulary];
        engine.Runner.Step(batch, logits);
        return logits;
    }
}
