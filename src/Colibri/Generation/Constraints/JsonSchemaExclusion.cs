using System.Text.Json;

namespace Colibri.Generation.Constraints;

/// <summary>
/// Whether the options of a oneOf exclude each other, so that what is written for one is valid under no other. Told by
/// types, listed values, limits, and properties that one option requires and another excludes; where that does not
/// suffice, the schema is refused.
/// </summary>
internal sealed class JsonSchemaExclusion(JsonSchemaDocument document, JsonSchemaValidator validator)
{
    private const int Deepest = 12;
    private const int MostComparisons = 20_000;

    private readonly Dictionary<string, bool> _known = new(StringComparer.Ordinal);

    /// <summary>Throws where two options may hold at once.</summary>
    /// <param name="around">What else must hold.</param>
    /// <param name="options">The options.</param>
    /// <param name="place">Where they stand.</param>
    public void Check(IReadOnlyList<SchemaItem> around, List<SchemaItem> options, string place)
    {
        for (var i = 0; i < options.Count; i++)
        {
            for (var k = 0; k < options.Count; k++)
            {
                if (i != k && !Excludes([.. around, options[i]], [options[k]], 0))
                {
                    throw new InputException($"The JSON Schema uses 'oneOf' at {place}, and whether options {Math.Min(i, k)} and {Math.Max(i, k)} can hold at once cannot be told, which is not supported. Use 'anyOf', or give the options types, constants or required properties that exclude each other.");
                }
            }
        }
    }

    // Whether no text written for some schemas is valid under others.
    private bool Excludes(IReadOnlyList<SchemaItem> written, IReadOnlyList<SchemaItem> others, int depth)
    {
        if (depth > Deepest || _known.Count > MostComparisons)
        {
            return false;
        }

        // A comparison that comes down to itself tells nothing.
        var key = $"{string.Join('\n', written.Select(Name))}\n\n{string.Join('\n', others.Select(Name))}";
        if (!_known.TryGetValue(key, out var known))
        {
            _known.Add(key, false);
            _known[key] = known = Compare(written, others, depth);
        }

        return known;

        static string Name(SchemaItem item) => $"{item.Part} {item.Place}";
    }

    private bool Compare(IReadOnlyList<SchemaItem> written, IReadOnlyList<SchemaItem> others, int depth)
    {
        if (document.Flatten(written) is not { } a || document.Flatten(others) is not { } b)
        {
            return true;
        }

        if (a.Groups.Count > 0)
        {
            return JsonSchemaDocument.Options(a.Groups[0]).TrueForAll(o => Excludes([.. a.Own, o, .. a.Groups.Skip(1)], others, depth + 1));
        }

        if (b.Groups.Count > 0)
        {
            // A oneOf holds for fewer than an anyOf of the same options.
            return JsonSchemaDocument.Options(b.Groups[0]).TrueForAll(o => Excludes(written, [.. b.Own, o, .. b.Groups.Skip(1)], depth + 1));
        }

        return b.Own.Count > 0 && a.Own.Count > 0 && ExcludesOwn(a.Own, b.Own, depth);
    }

    private bool ExcludesOwn(List<SchemaItem> written, List<SchemaItem> others, int depth)
    {
        if (written.Exists(i => i.Has("enum") || i.Has("const")))
        {
            return validator.Values(written).TrueForAll(v => others.Exists(o => !validator.Holds(o, v)));
        }

        IReadOnlyList<string> types;
        try
        {
            types = JsonSchemaTypes.Of(written);
        }
        catch (JsonSchemaContradiction)
        {
            return true;
        }

        var values = others.Exists(i => i.Has("enum") || i.Has("const")) ? validator.Values(others) : null;
        var allowed = JsonSchemaTypes.Named(others);
        return types.All(type =>
            (allowed is not null && !allowed.Exists(t => t == type || (t is "number" or "integer" && type is "number" or "integer")))
            || (values is not null && values.Where(v => JsonSchemaTypes.Is(v, type)).All(v => written.Exists(w => !validator.Holds(w, v))))
            || ExcludesType(written, others, type, depth));
    }

    private bool ExcludesType(List<SchemaItem> written, List<SchemaItem> others, string type, int depth) => type switch
    {
        "object" => ExcludesObject(written, others, depth),
        "array" => Apart(written, others, "minItems", "maxItems"),
        "string" => Apart(written, others, "minLength", "maxLength"),
        "number" or "integer" => ApartNumbers(written, others),
        _ => false,
    };

    private bool ExcludesObject(List<SchemaItem> written, List<SchemaItem> others, int depth)
    {
        var open = written.Exists(i => i.Has("patternProperties") || JsonSchemaObjects.Additional(i) is { Schema.ValueKind: not JsonValueKind.False })
            || !written.Exists(i => i.Has("properties") || JsonSchemaObjects.Additional(i) is not null);
        var listed = written.SelectMany(JsonSchemaObjects.Properties).ToList();
        var always = written.SelectMany(JsonSchemaObjects.Required).ToHashSet(StringComparer.Ordinal);
        var needed = others.SelectMany(JsonSchemaObjects.Required).ToHashSet(StringComparer.Ordinal);

        // What the others need and is never written.
        if (!open && needed.Any(n => !always.Contains(n) && !listed.Exists(p => p.Name == n)))
        {
            return true;
        }

        // What is always written and the others do not allow.
        if (always.Any(n => others.Exists(o => !o.Has("patternProperties") && JsonSchemaObjects.Additional(o) is { Schema.ValueKind: JsonValueKind.False }
            && !JsonSchemaObjects.Properties(o).Exists(p => p.Name == n))))
        {
            return true;
        }

        // What is always written, or always needed, with values that are always different.
        foreach (var name in always.Concat(needed).Distinct())
        {
            var mine = listed.FindAll(p => p.Name == name).ConvertAll(p => p.Schema);
            var theirs = others.SelectMany(JsonSchemaObjects.Properties).Where(p => p.Name == name).Select(p => p.Schema).ToList();
            if (mine.Count > 0 && theirs.Count > 0 && Excludes(mine, theirs, depth + 1))
            {
                return true;
            }
        }

        return Apart(written, others, "minProperties", "maxProperties");
    }

    private static bool Apart(List<SchemaItem> written, List<SchemaItem> others, string first, string second)
    {
        try
        {
            var (a, b) = (JsonSchemaNumbers.Counts(written, first, second), JsonSchemaNumbers.Counts(others, first, second));
            return (a.Most >= 0 && a.Most < b.Least) || (b.Most >= 0 && b.Most < a.Least);
        }
        catch (JsonSchemaContradiction)
        {
            return true;
        }
    }

    private static bool ApartNumbers(List<SchemaItem> written, List<SchemaItem> others) =>
        Below(JsonSchemaNumbers.High(written), JsonSchemaNumbers.Low(others)) || Below(JsonSchemaNumbers.High(others), JsonSchemaNumbers.Low(written));

    private static bool Below(NumberLimit? high, NumberLimit? low) =>
        high is { } h && low is { } l && (h.Value < l.Value || (h.Value == l.Value && (h.Exclusive || l.Exclusive)));
}
