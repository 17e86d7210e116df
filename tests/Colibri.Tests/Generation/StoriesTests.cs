using System.Text;
using System.Text.Json;
using Colibri.Files;
using Colibri.Generation;
using Colibri.TestData;
using Xunit;

namespace Colibri.Tests.Generation;

/// <summary>A real llama2.c checkpoint, converted, against what llama2.c itself computed.</summary>
public class StoriesTests
{
    [SkippableFact]
    public async Task ConvertedCheckpoint_WritesWhatLlama2cWrites()
    {
        var folder = SharedData.Require("data/stories260k");
        var temporary = Directory.CreateTempSubdirectory("colibri-stories-").FullName;
        try
        {
            var path = Path.Combine(temporary, "stories.gguf");
            Llama2cConverter.Convert(Path.Combine(folder, "stories260K.bin"), Path.Combine(folder, "tok512.bin"), path);
            using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));
            using var model = TextModel.Load(path);
            var ids = expected.RootElement.GetProperty("greedy_tokens").EnumerateArray().Select(e => e.GetInt32()).ToArray();
            var generation = model.Generate("", SamplingOptions.Greedy with { MaximumTokens = 199 });
            var text = new StringBuilder();
            await foreach (var token in generation)
            {
                text.Append(token.Text);
            }

            Assert.Equal(ids.Take(200), generation.Ids);
            Assert.StartsWith(text.ToString(), expected.RootElement.GetProperty("text_256").GetString(), StringComparison.Ordinal);
            Assert.True(text.Length > 400);
            AssertLogits(model, ids[..32], File.ReadAllBytes(Path.Combine(folder, "logits_f32_32x512.bin")));
        }
        finally
        {
            Directory.Delete(temporary, true);
        }
    }

    private static void AssertLogits(TextModel model, int[] ids, byte[] expected) => model.Logits(ids, (position, row) =>
    {
        for (var i = 0; i < row.Length; i++)
        {
            var wanted = BitConverter.ToSingle(expected, (position * row.Length + i) * sizeof(float));
            Assert.True(Math.Abs(wanted - row[i]) < 2e-4, $"position {position}, token {i}: {row[i]}, expected {wanted}");
        }
    });
}
