using System.Globalization;
using System.Text.Json;

namespace Colibri.Generation.Constraints;

/// <summary>A JSON Schema's text: finds what references mean and takes combinations apart.</summary>
internal sealed class JsonSchemaDocument(JsonElement root)
{
    /// <summary>The whole schema.</summary>
    public JsonElement Root => root;

    /// <summary>Takes references and allOf apart, or gives null where nothing can hold.</summary>
    /// <exception cref="InputException">A schema is faulty or uses what is not held.</exception>
    public FlatSchema? Flatten(IEnumerable<SchemaItem> items)
    {
        var flat = new FlatSchema([], []);
        var done = new HashSet<(string, SchemaPart)>();
        foreach (var item in items)
        {
            if (!Add(item, flat, done, []))
            {
                return null;
            }
        }

        return flat;
    }

    /// <summary>The options of an anyOf or oneOf.</summary>
    public static List<SchemaItem> Options(SchemaItem group)
    {
        var keyword = group.Part == SchemaPart.OneOf ? "oneOf" : "anyOf";
        var list = group.Schema.GetProperty(keyword);
        return [.. List(list, $"{group.Place}/{keyword}").Select((o, i) => group.Within(o, $"{keyword}/{i}"))];
    }

    /// <summary>Throws where a value is not of a kind.</summary>
    public static void Expect(JsonElement value, JsonValueKind kind, string place, string what, string expected)
    {
        if (value.ValueKind != kind)
        {
            throw new InputException($"The JSON Schema at {place}: {what} is {Shorten(value)}; {expected} is expected.");
        }
    }

    /// <summary>A value for an error.</summary>
    public static string Shorten(JsonElement value)
    {
        var text = value.GetRawText().ReplaceLineEndings(" ");
        return text.Length > 60 ? text[..60] + "..." : text;
    }

    /// <summary>A name as a part of a place.</summary>
    public static string Escape(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    /// <summary>What a reference means.</summary>
    public SchemaItem Resolve(SchemaItem item)
    {
        var reference = item.Schema.GetProperty("$ref");
        var place = $"{item.Place}/$ref";
        Expect(reference, JsonValueKind.String, place, "it", "a text");
        var text = reference.GetString()!;
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("$id", out var id) && id.ValueKind == JsonValueKind.String && id.GetString() is { Length: > 0 } own)
        {
            // The schema's own name before the place.
            var bare = own.TrimEnd('#');
            text = text == bare ? "#" : text.StartsWith(bare + "#", StringComparison.Ordinal) ? text[bare.Length..] : text;
        }

        if (text.StartsWith('#') && text.Length > 1 && text[1] != '/')
        {
            return FindAnchor(root, "#", text[1..], 0) ?? throw new InputException($"The JSON Schema refers to {Shorten(reference)} at {place}, which is not there.");
        }

        if (text != "#" && !text.StartsWith("#/", StringComparison.Ordinal))
        {
            throw new InputException($"The JSON Schema refers to {Shorten(reference)} at {place}; only places in the schema itself are supported, as '#' or '#/...'.");
        }

        var target = root;
        var names = Uri.UnescapeDataString(text).Split('/').Skip(1).ToList();
        foreach (var name in names.Select(n => n.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)))
        {
            if (target.ValueKind == JsonValueKind.Object && target.TryGetProperty(name, out var member))
            {
                target = member;
            }
            else if (target.ValueKind == JsonValueKind.Array && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < target.GetArrayLength())
            {
                target = target[index];
            }
            else
            {
                throw new InputException($"The JSON Schema refers to {Shorten(reference)} at {place}, which is not there.");
            }
        }

        return new SchemaItem(target, string.Join('/', names.Prepend("#")), SchemaPart.All);
    }

    private bool Add(SchemaItem item, FlatSchema flat, HashSet<(string, SchemaPart)> done, HashSet<string> references)
    {
        if (item.Schema.ValueKind == JsonValueKind.True)
        {
            return true;
        }

        if (item.Schema.ValueKind == JsonValueKind.False)
        {
            return false;
        }

        Expect(item.Schema, JsonValueKind.Object, item.Place, "a schema", "an object, true or false");
        if (item.Part is SchemaPart.AnyOf or SchemaPart.OneOf)
        {
            if (done.Add((item.Place, item.Part)))
            {
                flat.Groups.Add(item);
            }

            return true;
        }

        if (item.Part == SchemaPart.All)
        {
            // A reference that leads back to itself before anything is said holds for nothing.
            if (!references.Add(item.Place))
            {
                return false;
            }

            JsonSchemaKeywords.Check(item);
            if (item.Has("$ref") && !Add(Resolve(item), flat, done, references))
            {
                return false;
            }

            if (item.Schema.TryGetProperty("allOf", out var parts))
            {
                var i = 0;
                foreach (var part in List(parts, $"{item.Place}/allOf"))
                {
                    if (!Add(item.Within(part, $"allOf/{i++}"), flat, done, references))
                    {
                        return false;
                    }
                }
            }

            references.Remove(item.Place);
            foreach (var (keyword, part) in new[] { ("anyOf", SchemaPart.AnyOf), ("oneOf", SchemaPart.OneOf) })
            {
                if (item.Has(keyword) && done.Add((item.Place, part)))
                {
                    flat.Groups.Add(item with { Part = part });
                }
            }
        }

        if (JsonSchemaKeywords.SaysAnything(item) && done.Add((item.Place, SchemaPart.Own)))
        {
            flat.Own.Add(item with { Part = SchemaPart.Own });
        }

        return true;
    }

    private static JsonElement.ArrayEnumerator List(JsonElement list, string place)
    {
        Expect(list, JsonValueKind.Array, place, "it", "a list of schemas");
        return list.GetArrayLength() > 0
            ? list.EnumerateArray()
            : throw new InputException($"The JSON Schema has an empty list at {place}; at least one schema is expected.");
    }

    private static SchemaItem? FindAnchor(JsonElement schema, string place, string name, int depth)
    {
        if (depth > 40)
        {
            return null;
        }

        if (schema.ValueKind == JsonValueKind.Object)
        {
            foreach (var keyword in new[] { "$anchor", "$dynamicAnchor" })
            {
                if (schema.TryGetProperty(keyword, out var anchor) && anchor.ValueKind == JsonValueKind.String && anchor.GetString() == name)
                {
                    return new SchemaItem(schema, place, SchemaPart.All);
                }
            }

            foreach (var member in schema.EnumerateObject())
            {
                if (member.Name is not ("enum" or "const" or "default" or "examples") && FindAnchor(member.Value, $"{place}/{Escape(member.Name)}", name, depth + 1) is { } found)
                {
                    return found;
                }
            }
        }
        else if (schema.ValueKind == JsonValueKind.Array)
        {
            var i = 0;
            foreach (var element in schema.EnumerateArray())
            {
                if (FindAnchor(element, $"{place}/{i++}", name, depth + 1) is { } found)
                {
                    return found;
                }
            }
        }

        return null;
    }
}
