using System.Text.Json;

namespace Colibri.Generation.Constraints;

/// <summary>The keywords of JSON Schema that are held, and what type each says something about.</summary>
internal static class JsonSchemaKeywords
{
    private static readonly HashSet<string> Annotations = new(StringComparer.Ordinal)
    {
        "$schema", "$id", "id", "$comment", "$defs", "definitions", "$anchor", "$dynamicAnchor", "$vocabulary", "title", "description", "default",
        "example", "examples", "deprecated", "readOnly", "writeOnly", "contentMediaType", "contentEncoding", "contentSchema", "externalDocs",
        "discriminator", "xml", "markdownDescription", "enumDescriptions",
    };

    private static readonly HashSet<string> Combinations = new(StringComparer.Ordinal) { "$ref", "allOf", "anyOf", "oneOf" };

    private static readonly HashSet<string> General = new(StringComparer.Ordinal) { "type", "enum", "const", "nullable" };

    // Where "type" is missing, the types of the keywords used are taken.
    private static readonly Dictionary<string, string> TypeOfKeyword = new(StringComparer.Ordinal)
    {
        ["properties"] = "object",
        ["required"] = "object",
        ["additionalProperties"] = "object",
        ["patternProperties"] = "object",
        ["unevaluatedProperties"] = "object",
        ["minProperties"] = "object",
        ["maxProperties"] = "object",
        ["items"] = "array",
        ["additionalItems"] = "array",
        ["prefixItems"] = "array",
        ["minItems"] = "array",
        ["maxItems"] = "array",
        ["uniqueItems"] = "array",
        ["minLength"] = "string",
        ["maxLength"] = "string",
        ["pattern"] = "string",
        ["format"] = "string",
        ["minimum"] = "number",
        ["maximum"] = "number",
        ["exclusiveMinimum"] = "number",
        ["exclusiveMaximum"] = "number",
        ["multipleOf"] = "number",
    };

    /// <summary>The type a keyword says something about, or null.</summary>
    public static string? TypeOf(string keyword) => TypeOfKeyword.GetValueOrDefault(keyword);

    /// <summary>Throws where a schema uses a keyword that is not held.</summary>
    public static void Check(SchemaItem item)
    {
        foreach (var member in item.Schema.EnumerateObject())
        {
            if (!IsKnown(member.Name))
            {
                throw new InputException($"The JSON Schema uses '{member.Name}' at {item.Place}, which is not supported. Take it out, or say it with other keywords.");
            }
        }
    }

    /// <summary>Whether a schema has keywords of its own that allow less than everything.</summary>
    public static bool SaysAnything(SchemaItem item) =>
        item.Schema.EnumerateObject().Any(m => General.Contains(m.Name) || (TypeOfKeyword.ContainsKey(m.Name) && !(m.Name == "uniqueItems" && m.Value.ValueKind == JsonValueKind.False)));

    private static bool IsKnown(string name) =>
        Annotations.Contains(name) || Combinations.Contains(name) || General.Contains(name) || TypeOfKeyword.ContainsKey(name) || name.StartsWith("x-", StringComparison.Ordinal);
}
