using System.Text.Json;

namespace Colibri.Generation.Constraints;

/// <summary>What the keywords of arrays say.</summary>
internal static class JsonSchemaArrays
{
    /// <summary>The schemas of the first elements.</summary>
    public static List<SchemaItem> Prefix(SchemaItem item)
    {
        if (item.TryGet("prefixItems", JsonValueKind.Array, "a list of schemas", out var prefix))
        {
            return [.. prefix.EnumerateArray().Select((p, i) => item.Within(p, $"prefixItems/{i}"))];
        }

        // As earlier drafts wrote it.
        return item.Schema.TryGetProperty("items", out var items) && items.ValueKind == JsonValueKind.Array
            ? [.. items.EnumerateArray().Select((p, i) => item.Within(p, $"items/{i}"))]
            : [];
    }

    /// <summary>The schema of the elements behind those, or null where any will do.</summary>
    public static SchemaItem? Rest(SchemaItem item)
    {
        var keyword = item.Schema.TryGetProperty("items", out var items) && items.ValueKind == JsonValueKind.Array ? "additionalItems" : "items";
        return item.Schema.TryGetProperty(keyword, out var rest) ? item.Within(rest, keyword) : null;
    }

    /// <summary>The schema of an element, or null.</summary>
    public static SchemaItem? ItemAt(SchemaItem item, int at)
    {
        var prefix = Prefix(item);
        return at < prefix.Count ? prefix[at] : Rest(item);
    }

    /// <summary>Whether elements must differ.</summary>
    public static bool IsUnique(SchemaItem item)
    {
        if (!item.Schema.TryGetProperty("uniqueItems", out var unique))
        {
            return false;
        }

        return unique.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? unique.GetBoolean()
            : throw new InputException($"The JSON Schema at {item.Place}: 'uniqueItems' is {JsonSchemaDocument.Shorten(unique)}; true or false is expected.");
    }
}
