using Colibri.Generation;
using Colibri.TestData;
using Xunit;

namespace Colibri.Tests.Generation;

public sealed class ChatSessionTests : IDisposable
{
    // No space behind the colon: an answer begins with its own, and so has the same tokens when it comes back in a prompt.
    private const string Template =
        "{{ bos_token }}{% for m in messages %}{{ m.role }}:{{ m.content }}\n{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}";

    private readonly string _folder = Directory.CreateTempSubdirectory("colibri-chat-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Ask_LaterTurns_ComputeOnlyWhatIsNewAndAnswerTheSame()
    {
        using var model = Load(Template);
        using var session = new ChatSession(model);
        foreach (var text in new[] { "It was a dark night.", "Who was there?", "And then?" })
        {
            var answer = await AnswerAsync(session, text);
            Assert.Equal(answer, session.Messages[^1].Content);
            var prompt = string.Concat(session.Messages.SkipLast(1).Select(m => $"{m.Role}:{m.Content}\n")) + "assistant:";
            Assert.Equal(await PlainAsync(model, prompt), answer);
            var first = session.Messages.Count == 2;
            Assert.Equal(first, session.Statistics!.CachedTokens == 0);
            Assert.True(first || session.Statistics.PromptTokens - session.Statistics.CachedTokens < session.Statistics.PromptTokens / 2);
        }

        Assert.Equal(["user", "assistant", "user", "assistant", "user", "assistant"], session.Messages.Select(m => m.Role));
    }

    [Fact]
    public async Task Ask_CancelledOrLeftEarly_KeepsWhatWasSaidAndGoesOn()
    {
        using var model = Load(Template);
        using var session = new ChatSession(model);
        using var source = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var token in session.AskAsync("It was", SamplingOptions.Greedy with { MaximumTokens = 400 }, source.Token))
            {
                await source.CancelAsync();
            }
        });
        Assert.Equal(2, session.Messages.Count);

        await foreach (var _ in session.AskAsync("a dark night", SamplingOptions.Greedy with { MaximumTokens = 400 }))
        {
            break;
        }

        Assert.Equal(4, session.Messages.Count);
        var prompt = string.Concat(session.Messages.Append(new("user", "and"))
            .Select(m => $"{m.Role}:{m.Content}\n")) + "assistant:";
        Assert.Equal(await PlainAsync(model, prompt), await AnswerAsync(session, "and"));
    }

    [Fact]
    public async Task System_WithAPlaceInTheTemplate_ComesFirstAndBeginsAnew()
    {
        using var model = Load(Template);
        using var session = new ChatSession(model, "Be old-fashioned.");
        await AnswerAsync(session, "Hello.");
        session.System = "Be brief.";
        Assert.Empty(session.Messages);
        Assert.Equal(await PlainAsync(model, "system:Be brief.\nuser:Hello.\nassistant:"), await AnswerAsync(session, "Hello."));
        session.System = null;
        Assert.Equal(await PlainAsync(model, "user:Hello.\nassistant:"), await AnswerAsync(session, "Hello."));
    }

    [Theory]
    [InlineData("{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no') }}{% endif %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:")]
    [InlineData("{% for m in messages %}{% if m.role != 'system' %}{{ m.role }}: {{ m.content }}\n{% endif %}{% endfor %}assistant:")]
    public async Task System_WithoutAPlaceInTheTemplate_IsSaidByTheUser(string template)
    {
        using var model = Load("{{ bos_token }}" + template);
        using var session = new ChatSession(model, "Be brief.");
        Assert.Equal(await PlainAsync(model, "user: Be brief.\n\nHello.\nassistant:"), await AnswerAsync(session, "Hello."));
    }

    [Fact]
    public async Task Ask_WithoutTemplate_ContinuesOneGrowingText()
    {
        using var model = TextModel.Load(SharedData.Starter);
        using var session = new ChatSession(model);
        Assert.False(session.HasTemplate);
        var answer = await AnswerAsync(session, "It was a dark night, and the");
        Assert.Equal(await PlainAsync(model, "It was a dark night, and the"), answer);
        Assert.Equal(await PlainAsync(model, $"It was a dark night, and the{answer} Then"), await AnswerAsync(session, " Then"));
        Assert.True(session.Statistics!.CachedTokens > 0);
        session.Reset();
        Assert.Equal(answer, await AnswerAsync(session, "It was a dark night, and the"));
    }

    [Fact]
    public async Task Ask_MoreThanTheContextHolds_SaysNothing()
    {
        using var model = TextModel.Load(SharedData.Starter, new LoadOptions { ContextLength = 64 });
        using var session = new ChatSession(model);
        var answer = await AnswerAsync(session, "It was a dark night, and the");
        await Assert.ThrowsAsync<InputException>(() => AnswerAsync(session, string.Join(' ', Enumerable.Repeat("night", 100))));
        Assert.Equal(2, session.Messages.Count);
        session.Reset();
        Assert.Equal(answer, await AnswerAsync(session, "It was a dark night, and the"));
    }

    [Fact]
    public async Task Ask_WhileAnswering_IsAnErrorOfTheCaller()
    {
        using var model = TextModel.Load(SharedData.Starter);
        using var session = new ChatSession(model);
        await foreach (var _ in session.AskAsync("It was", SamplingOptions.Greedy with { MaximumTokens = 3 }))
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => AnswerAsync(session, "a"));
            Assert.Throws<InvalidOperationException>(session.Reset);
        }

        Assert.Equal(2, session.Messages.Count);
    }

    private static async Task<string> AnswerAsync(ChatSession session, string text)
    {
        var answer = "";
        await foreach (var token in session.AskAsync(text, SamplingOptions.Greedy with { MaximumTokens = 12 }))
        {
            answer += token.Text;
        }

        return answer;
    }

    /// <summary>What the model writes behind a text, computed from its beginning.</summary>
    private static async Task<string> PlainAsync(TextModel model, string prompt)
    {
        var answer = "";
        await foreach (var token in model.Generate(prompt, SamplingOptions.Greedy with { MaximumTokens = 12 }))
        {
            answer += token.Text;
        }

        return answer;
    }

    private TextModel Load(string template)
    {
        foreach (var file in new[] { "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json" })
        {
            File.Copy(Path.Combine(SharedData.Starter, file), Path.Combine(_folder, file));
        }

        File.WriteAllText(Path.Combine(_folder, "chat_template.jinja"), template);
        return TextModel.Load(_folder);
    }
}
