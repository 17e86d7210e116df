using System.Text.Json;

namespace Colibri.Text.Templates;

/// <summary>What a template gets beside the conversation.</summary>
public sealed record ChatTemplateOptions
{
    /// <summary>The defaults: a generation prompt, nothing else.</summary>
    public static ChatTemplateOptions Default { get; } = new();

    /// <summary>Whether the prompt ends with the opening of the assistant's next message (add_generation_prompt).</summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>The beginning-of-text token's spelling (bos_token); left undefined where null.</summary>
    public string? BeginOfText { get; init; }

    /// <summary>The end-of-text token's spelling (eos_token); left undefined where null.</summary>
    public string? EndOfText { get; init; }

    /// <summary>The tools the model may call: a list of JSON schemas as OpenAI has them; left undefined where null.</summary>
    public JsonElement? Tools { get; init; }

    /// <summary>Documents to answer from, for templates that show them; left undefined where null.</summary>
    public JsonElement? Documents { get; init; }

    /// <summary>Further variables by name; they go before the ones above.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>The clock strftime_now() reads, in its local time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>
    /// A variable's value given as text (as in <c>--set name=value</c>): true, false, null, a number, a quoted string, a
    /// list or an object where it is JSON, and else the text itself. None, True and False are understood as well.
    /// </summary>
    /// <param name="text">The text.</param>
    public static JsonElement ParseVariable(string text)
    {
        var json = text switch
        {
            "none" or "None" => "null",
            "True" => "true",
            "False" => "false",
            _ => text,
        };
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // Not JSON: a plain text, to be quoted.
            return JsonEncoded(text);
        }
    }

    private static JsonElement JsonEncoded(string text)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStringValue(text);
        }

        using var document = JsonDocument.Parse(stream.ToArray());
        return document.RootElement.Clone();
    }
}
