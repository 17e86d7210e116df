using System.Text.Json;

namespace Colibri.Generation.Constraints;

/// <summary>Which keywords of a schema an item stands for.</summary>
internal enum SchemaPart
{
    /// <summary>All of it.</summary>
    All,

    /// <summary>All but references and combinations.</summary>
    Own,

    /// <summary>Its anyOf.</summary>
    AnyOf,

    /// <summary>Its oneOf.</summary>
    OneOf,
}

/// <summary>A schema, or a part of it, that must hold.</summary>
/// <param name="Schema">The schema.</param>
/// <param name="Place">Where it stands, as a JSON pointer.</param>
/// <param name="Part">Which of its keywords are meant.</param>
internal readonly record struct SchemaItem(JsonElement Schema, string Place, SchemaPart Part)
{
    /// <summary>Whether the schema has a keyword.</summary>
    public bool Has(string keyword) => Schema.ValueKind == JsonValueKind.Object && Schema.TryGetProperty(keyword, out _);

    /// <summary>The value of a keyword, checked for its kind.</summary>
    public bool TryGet(string keyword, JsonValueKind kind, string expected, out JsonElement value)
    {
        if (Schema.ValueKind != JsonValueKind.Object || !Schema.TryGetProperty(keyword, out value))
        {
            value = default;
            return false;
        }

        JsonSchemaDocument.Expect(value, kind, Place, $"'{keyword}'", expected);
        return true;
    }

    /// <summary>A schema within this one.</summary>
    public SchemaItem Within(JsonElement schema, string path) => new(schema, $"{Place}/{path}", SchemaPart.All);
}

/// <summary>Schemas that must hold together, without references and allOf.</summary>
/// <param name="Own">Schemas whose own keywords must hold.</param>
/// <param name="Groups">Combinations of which an option must hold.</param>
internal sealed record FlatSchema(List<SchemaItem> Own, List<SchemaItem> Groups);
