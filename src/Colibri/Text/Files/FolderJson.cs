using System.Text.Json;
using Colibri.Text.AddedTokens;

namespace Colibri.Text.Files;

/// <summary>Writes the parts of a tokenizer.json that several kinds of vocabulary files need, and reads the whole.</summary>
internal static class FolderJson
{
    /// <summary>Writes a tokenizer.json in memory and reads it.</summary>
    /// <param name="file">The vocabulary's file, for errors.</param>
    /// <param name="config">What lies beside it.</param>
    /// <param name="added">The added tokens.</param>
    /// <param name="write">Writes the stages and the model.</param>
    public static TokenizerParts Read(string file, TokenizerConfig config, List<AddedToken> added, Action<Utf8JsonWriter> write)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("added_tokens");
            foreach (var token in added)
            {
                json.WriteStartObject();
                json.WriteNumber("id", token.Id);
                json.WriteString("content", token.Content);
                json.WriteBoolean("single_word", token.SingleWord);
                json.WriteBoolean("lstrip", token.StripsLeft);
                json.WriteBoolean("rstrip", token.StripsRight);
                json.WriteBoolean("normalized", token.Normalized);
                json.WriteBoolean("special", token.Special);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            write(json);
            json.WriteEndObject();
        }

        return TokenizerJson.Read(memory.ToArray(), file, config);
    }

    /// <summary>A template that puts tokens around a text and between two; a token that is null or unknown is left out.</summary>
    /// <param name="json">Takes the field 'post_processor'.</param>
    /// <param name="before">The token before.</param>
    /// <param name="after">The token after each text.</param>
    /// <param name="id">The id of a token, or -1.</param>
    /// <param name="pairSeparators">How many of them stand between two texts; 1 also puts the first token before the second text where nothing ends the first.</param>
    /// <param name="secondType">The type id of the second text.</param>
    public static void WriteAround(Utf8JsonWriter json, string? before, string? after, Func<string, int> id, int pairSeparators, int secondType)
    {
        before = before is not null && id(before) >= 0 ? before : null;
        after = after is not null && id(after) >= 0 ? after : null;
        json.WriteStartObject("post_processor");
        json.WriteString("type", "TemplateProcessing");
        json.WriteStartArray("single");
        Token(before, 0);
        Text("A", 0);
        Token(after, 0);
        json.WriteEndArray();
        json.WriteStartArray("pair");
        Token(before, 0);
        Text("A", 0);
        for (var i = 0; i < pairSeparators; i++)
        {
            Token(after, 0);
        }

        Text("B", secondType);
        Token(after, secondType);
        json.WriteEndArray();
        json.WriteStartObject("special_tokens");
        foreach (var token in new[] { before, after }.OfType<string>().Distinct())
        {
            json.WriteStartObject(token);
            json.WriteString("id", token);
            json.WriteStartArray("ids");
            json.WriteNumberValue(id(token));
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            json.WriteStringValue(token);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();

        void Token(string? token, int type)
        {
            if (token is not null)
            {
                Part("SpecialToken", token, type);
            }
        }

        void Text(string name, int type) => Part("Sequence", name, type);

        void Part(string kind, string name, int type)
        {
            json.WriteStartObject();
            json.WriteStartObject(kind);
            json.WriteString("id", name);
            json.WriteNumber("type_id", type);
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }

    /// <summary>RoBERTa's way around texts.</summary>
    public static void WriteRoberta(Utf8JsonWriter json, string? begin, string? end, bool prefix, Func<string, int> id)
    {
        json.WriteStartObject("post_processor");
        json.WriteString("type", "RobertaProcessing");
        foreach (var (name, token) in new[] { ("cls", begin ?? "<s>"), ("sep", end ?? "</s>") })
        {
            json.WriteStartArray(name);
            json.WriteStringValue(token);
            json.WriteNumberValue(id(token));
            json.WriteEndArray();
        }

        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("add_prefix_space", prefix);
        json.WriteEndObject();
    }
}
