using System.Text.Json;
using Colibri.TestData;
using Colibri.Text.Templates;

namespace Colibri.Tests.Text.Templates;

/// <summary>What the tests of templates share: the golden file, a fixed clock, short ways to render.</summary>
internal static class TemplateCases
{
    public static string GoldenPath =>
        Path.Combine(SharedData.Repository, "tests", "Colibri.Tests", "Text", "Templates", "Golden", "golden.json");

    public static JsonDocument Golden() => JsonDocument.Parse(File.ReadAllBytes(GoldenPath));

    public static JsonElement Json(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    /// <summary>Renders a template over variables given as a JSON object; "messages" among them is the conversation.</summary>
    public static string Render(string template, string variables = "{}", TemplateLimits? limits = null) =>
        Render(template, Json(variables), limits);

    public static string Render(string template, JsonElement variables, TemplateLimits? limits = null)
    {
        var given = variables.EnumerateObject().ToDictionary(member => member.Name, member => member.Value);
        var messages = given.Remove("messages", out var found) ? found : Json("[]");
        return ChatTemplate.Parse(template, "test.jinja", limits).Render(messages, new ChatTemplateOptions { AddGenerationPrompt = false, Variables = given, Clock = new FixedClock() });
    }

    public static string Fault(string template, string variables = "{}", TemplateLimits? limits = null) =>
        Xunit.Assert.Throws<InputException>(() => Render(template, variables, limits)).Message;
}

/// <summary>The clock the golden file was made with.</summary>
internal sealed class FixedClock : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => new(2024, 7, 26, 15, 4, 9, 123, TimeSpan.Zero);
}
