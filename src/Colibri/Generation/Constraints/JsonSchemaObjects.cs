using System.Text.Json;

namespace Colibri.Generation.Constraints;

/// <summary>What the keywords of objects say.</summary>
internal static class JsonSchemaObjects
{
    /// <summary>The listed properties in order.</summary>
    public static List<(string Name, SchemaItem Schema)> Properties(SchemaItem item) =>
        item.TryGet("properties", JsonValueKind.Object, "an object of schemas", out var listed)
            ? [.. listed.EnumerateObject().Select(p => (p.Name, item.Within(p.Value, $"properties/{JsonSchemaDocument.Escape(p.Name)}")))]
            : [];

    /// <summary>The patterns of names with their schemas.</summary>
    public static List<(string Pattern, SchemaItem Schema)> Patterns(SchemaItem item) =>
        item.TryGet("patternProperties", JsonValueKind.Object, "an object of schemas", out var listed)
            ? [.. listed.EnumerateObject().Select(p => (p.Name, item.Within(p.Value, $"patternProperties/{JsonSchemaDocument.Escape(p.Name)}")))]
            : [];

    /// <summary>The schema of further properties, or null where nothing is said of them.</summary>
    public static SchemaItem? Additional(SchemaItem item) =>
        item.Schema.TryGetProperty("additionalProperties", out var additional) ? item.Within(additional, "additionalProperties") : null;

    /// <summary>The names that must be there.</summary>
    public static List<string> Required(SchemaItem item)
    {
        if (!item.Schema.TryGetProperty("required", out var names) || names.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            // In the first drafts it was a flag of a property, which says nothing about its own value.
            return [];
        }

        JsonSchemaDocument.Expect(names, JsonValueKind.Array, item.Place, "'required'", "a list of names");
        var required = new List<string>();
        foreach (var name in names.EnumerateArray())
        {
            JsonSchemaDocument.Expect(name, JsonValueKind.String, item.Place, "a name of 'required'", "a text");
            required.Add(name.GetString()!);
        }

        return required;
    }

    /// <summary>The schemas that the value of a property must meet.</summary>
    public static List<SchemaItem> For(SchemaItem item, string name, Func<string, bool> matches)
    {
        var schemas = Properties(item).Where(p => p.Name == name).Select(p => p.Schema).Concat(Patterns(item).Where(p => matches(p.Pattern)).Select(p => p.Schema)).ToList();
        if (schemas.Count == 0 && Additional(item) is { } additional)
        {
            schemas.Add(additional);
        }

        return schemas;
    }
}
