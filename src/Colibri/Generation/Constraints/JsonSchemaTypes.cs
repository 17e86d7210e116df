using System.Text.Json;

namespace Colibri.Generation.Constraints;

/// <summary>The types of values that schemas allow together.</summary>
internal static class JsonSchemaTypes
{
    /// <summary>The types there are, integer beside number.</summary>
    public static readonly string[] All = ["object", "array", "string", "number", "integer", "boolean", "null"];

    /// <summary>
    /// The types to write. Where no schema names any, they are those that the keywords say something about, or all.
    /// </summary>
    /// <exception cref="JsonSchemaContradiction">No type is left.</exception>
    public static IReadOnlyList<string> Of(IReadOnlyList<SchemaItem> items)
    {
        if (Named(items) is { } named)
        {
            return named.Count > 0 ? named : throw new JsonSchemaContradiction($"The JSON Schema allows nothing at {items[0].Place}: its types exclude each other.");
        }

        var meant = items.SelectMany(i => i.Schema.EnumerateObject()).Select(m => NumberFormat(m) ?? JsonSchemaKeywords.TypeOf(m.Name)).OfType<string>().Distinct().ToList();
        return meant.Count > 0 ? meant : [.. All.Where(t => t != "integer")];
    }

    /// <summary>The types that schemas name, or null where none does.</summary>
    public static List<string>? Named(IReadOnlyList<SchemaItem> items)
    {
        List<string>? left = null;
        foreach (var item in items)
        {
            if (Read(item) is not { } types)
            {
                continue;
            }

            left = left is null ? types : [.. left.SelectMany(t => Common(t, types)).Distinct()];
        }

        // An integer is a number.
        return left?.Contains("number") == true ? left.FindAll(t => t != "integer") : left;
    }

    /// <summary>Whether a value is of a type.</summary>
    public static bool Is(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var d) && d == decimal.Truncate(d),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind == JsonValueKind.Null,
    };

    private static IEnumerable<string> Common(string type, List<string> others) =>
        others.Contains(type) ? [type]
        : type == "number" && others.Contains("integer") ? ["integer"]
        : type == "integer" && others.Contains("number") ? ["integer"]
        : [];

    private static string? NumberFormat(JsonProperty member) =>
        member.Name == "format" && member.Value.ValueKind == JsonValueKind.String && JsonFormats.IsNumber(member.Value.GetString()!) ? "number" : null;

    private static List<string>? Read(SchemaItem item)
    {
        if (!item.Schema.TryGetProperty("type", out var type))
        {
            return null;
        }

        var names = new List<string>();
        foreach (var name in type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().AsEnumerable() : [type])
        {
            if (name.ValueKind != JsonValueKind.String || !All.Contains(name.GetString()))
            {
                throw new InputException($"The JSON Schema has the type {JsonSchemaDocument.Shorten(name)} at {item.Place}; one of {string.Join(", ", All)} or a list of them is expected.");
            }

            names.Add(name.GetString()!);
        }

        if (names.Count == 0)
        {
            throw new InputException($"The JSON Schema has an empty list of types at {item.Place}; at least one is expected.");
        }

        if (item.Schema.TryGetProperty("nullable", out var nullable) && nullable.ValueKind == JsonValueKind.True && !names.Contains("null"))
        {
            names.Add("null");
        }

        return names;
    }
}
