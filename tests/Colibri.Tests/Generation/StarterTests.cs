using System.Text;
using System.Text.Json;
using Colibri.Generation;
using Colibri.TestData;
using Xunit;

namespace Colibri.Tests.Generation;

public class StarterTests
{
    [Fact]
    public async Task Generate_Greedy_WritesTheExpectedText()
    {
        using var model = TextModel.Load(SharedData.Starter);
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(SharedData.Starter, "expected.json")));
        foreach (var prompt in expected.RootElement.GetProperty("prompts").EnumerateArray())
        {
            var text = prompt.GetProperty("prompt").GetString()!;
            Assert.Equal(Ints(prompt.GetProperty("prompt_ids")), model.Encode(text));
            var greedy = Ints(prompt.GetProperty("greedy_ids"));
            var generation = model.Generate(text, SamplingOptions.Greedy with { MaximumTokens = greedy.Length });
            var written = new StringBuilder();
            await foreach (var token in generation)
            {
                written.Append(token.Text);
            }

            Assert.Equal(greedy, generation.Ids.Skip(generation.Statistics.PromptTokens));
            Assert.Equal(prompt.GetProperty("greedy_text").GetString(), written.ToString());
        }
    }

    [Fact]
    public void Logits_EqualTheFloat64Implementation()
    {
        using var model = TextModel.Load(SharedData.Starter);
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(SharedData.Starter, "expected.json")));
        foreach (var prompt in expected.RootElement.GetProperty("prompts").EnumerateArray())
        {
            var logits = prompt.GetProperty("logits");
            var (values, shape) = Npy.Read(Path.Combine(SharedData.Starter, logits.GetProperty("file").GetString()!));
            var positions = 0;
            model.Logits(Ints(logits.GetProperty("ids")), (position, row) =>
            {
                positions++;
                for (var i = 0; i < row.Length; i++)
                {
                    var wanted = values[position * shape[1] + i];
                    Assert.True(Math.Abs(wanted - row[i]) <= 2e-4, $"position {position}, token {i}: {row[i]}, expected {wanted}");
                }
            });
            Assert.Equal(shape[0], positions);
        }
    }

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetInt32())];
}
