using System.Globalization;
using System.Text.Json;
using Node = Colibri.Generation.Constraints.GrammarNode;

namespace Colibri.Generation.Constraints;

/// <summary>
/// Translates a JSON Schema into a grammar. Each subschema is a rule that is found by its place, so that references are
/// calls and may be recursive. A keyword that is not held is an error, never ignored.
/// </summary>
internal sealed partial class JsonSchemaCompiler
{
    private static readonly HashSet<string> Annotations = new(StringComparer.Ordinal)
    {
        "$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
    };

    private static readonly string[] Types = ["object", "array", "string", "number", "integer", "boolean", "null"];

    // What each keyword says something about; where "type" is missing, the types of the keywords used are taken.
    private static readonly Dictionary<string, string> TypeOfKeyword = new(StringComparer.Ordinal)
    {
        ["properties"] = "object",
        ["required"] = "object",
        ["additionalProperties"] = "object",
        ["items"] = "array",
        ["prefixItems"] = "array",
        ["minItems"] = "array",
        ["maxItems"] = "array",
        ["minLength"] = "string",
        ["maxLength"] = "string",
        ["pattern"] = "string",
        ["format"] = "string",
        ["minimum"] = "number",
        ["maximum"] = "number",
        ["exclusiveMinimum"] = "number",
        ["exclusiveMaximum"] = "number",
    };

    private readonly Grammar _grammar = new();
    private readonly JsonRules _json;
    private readonly JsonElement _root;
    private readonly Dictionary<string, int> _rules = new(StringComparer.Ordinal);
    private readonly Queue<(JsonElement Schema, string Place, int Rule)> _open = new();

    private JsonSchemaCompiler(JsonElement root)
    {
        _root = root;
        _json = new JsonRules(_grammar);
    }

    /// <summary>Translates a schema.</summary>
    /// <exception cref="InputException">It is faulty or uses what is not held.</exception>
    public static Grammar Compile(string schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        try
        {
            using var document = JsonDocument.Parse(schema, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return new JsonSchemaCompiler(document.RootElement).Compile();
        }
        catch (JsonException e)
        {
            throw new InputException($"The JSON Schema is no JSON: {e.Message.ReplaceLineEndings(" ")}", e);
        }
        catch (InvalidOperationException e) when (e.Message.Contains("UTF", StringComparison.Ordinal))
        {
            throw new InputException("The JSON Schema has a string with half a surrogate pair; whole characters are expected.", e);
        }
    }

    private Grammar Compile()
    {
        _grammar.Root = ((Node.Rule)Rule(_root, "#")).Index;
        while (_open.TryDequeue(out var next))
        {
            _grammar.Define(next.Rule, Translate(next.Schema, next.Place));
        }

        return _grammar;
    }

    private Node Rule(JsonElement schema, string place)
    {
        if (!_rules.TryGetValue(place, out var rule))
        {
            rule = _grammar.Declare(place);
            _rules.Add(place, rule);
            _open.Enqueue((schema, place, rule));
        }

        return new Node.Rule(rule);
    }

    private Node Translate(JsonElement schema, string place)
    {
        if (schema.ValueKind == JsonValueKind.True)
        {
            return _json.Value;
        }

        if (schema.ValueKind == JsonValueKind.False)
        {
            return new Node.Characters(CodePointRanges.None);
        }

        Expect(schema, JsonValueKind.Object, place, "a schema", "an object, true or false");
        var used = schema.EnumerateObject().Select(p => p.Name).Where(n => !Annotations.Contains(n) && !n.StartsWith("x-", StringComparison.Ordinal)).ToList();
        foreach (var (keyword, translate) in new (string, Func<JsonElement, string, Node>)[] { ("$ref", Reference), ("anyOf", AnyOf), ("oneOf", AnyOf), ("allOf", AllOf) })
        {
            if (used.Contains(keyword))
            {
                Alone(keyword, used, place);
                return translate(schema.GetProperty(keyword), $"{place}/{keyword}");
            }
        }

        foreach (var keyword in used)
        {
            if (keyword is not ("type" or "enum" or "const") && !TypeOfKeyword.ContainsKey(keyword))
            {
                throw new InputException($"The JSON Schema uses '{keyword}' at {place}, which is not supported. Take it out, or say it with other keywords.");
            }
        }

        var types = ReadTypes(schema, used, place);
        if (used.Contains("enum") || used.Contains("const"))
        {
            return Values(schema, used, types, place);
        }

        return types is null ? _json.Value : Node.Either([.. types.Select(t => Typed(schema, t, place))]);
    }

    private Node Typed(JsonElement schema, string type, string place) => type switch
    {
        "object" => Object(schema, place),
        "array" => Array(schema, place),
        "string" => String(schema, place),
        "number" or "integer" => Number(schema, type == "integer", place),
        "boolean" => Node.Either(Node.Text("true"), Node.Text("false")),
        _ => Node.Text("null"),
    };

    private static IReadOnlyList<string>? ReadTypes(JsonElement schema, List<string> used, string place)
    {
        if (!schema.TryGetProperty("type", out var type))
        {
            var meant = used.Where(TypeOfKeyword.ContainsKey).Select(k => TypeOfKeyword[k]).Distinct().ToList();
            return meant.Count == 0 ? null : meant;
        }

        var names = new List<string>();
        foreach (var name in type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().AsEnumerable() : [type])
        {
            if (name.ValueKind != JsonValueKind.String || !Types.Contains(name.GetString()))
            {
                throw new InputException($"The JSON Schema has the type {Shorten(name)} at {place}; one of {string.Join(", ", Types)} or a list of them is expected.");
            }

            names.Add(name.GetString()!);
        }

        return names.Count > 0 ? names : throw new InputException($"The JSON Schema has an empty list of types at {place}; at least one is expected.");
    }

    private static Node Values(JsonElement schema, List<string> used, IReadOnlyList<string>? types, string place)
    {
        foreach (var other in used.Where(k => k is not ("enum" or "const" or "type")))
        {
            throw new InputException($"The JSON Schema uses '{other}' beside 'enum' or 'const' at {place}, which is not supported. List the values that are meant.");
        }

        var values = new List<JsonElement>();
        if (schema.TryGetProperty("enum", out var list))
        {
            Expect(list, JsonValueKind.Array, place, "'enum'", "a list of values");
            values.AddRange(list.EnumerateArray());
        }

        if (schema.TryGetProperty("const", out var only))
        {
            values = values.Count == 0 && !used.Contains("enum") ? [only] : [.. values.Where(v => JsonElement.DeepEquals(v, only))];
        }

        var left = values.Where(v => types is null || types.Any(t => Is(v, t))).Select(JsonRules.Spell).Distinct().ToList();
        return left.Count > 0
            ? Node.Either([.. left.Select(Node.Text)])
            : throw new InputException($"The JSON Schema allows no value at {place}: none that 'enum' or 'const' lists has the type asked for.");
    }

    private static bool Is(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var d) && d == decimal.Truncate(d),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind == JsonValueKind.Null,
    };

    private Node AnyOf(JsonElement options, string place)
    {
        Expect(options, JsonValueKind.Array, place, "it", "a list of schemas");
        return options.GetArrayLength() > 0
            ? Node.Either([.. options.EnumerateArray().Select((o, i) => Rule(o, $"{place}/{i}"))])
            : throw new InputException($"The JSON Schema has an empty list at {place}; at least one schema is expected.");
    }

    private Node AllOf(JsonElement parts, string place)
    {
        Expect(parts, JsonValueKind.Array, place, "it", "a list of schemas");
        return parts.GetArrayLength() == 1
            ? Rule(parts[0], $"{place}/0")
            : throw new InputException($"The JSON Schema uses 'allOf' with several schemas at {place}, which is not supported. Write them as one schema.");
    }

    private Node Reference(JsonElement reference, string place)
    {
        Expect(reference, JsonValueKind.String, place, "it", "a text");
        var text = reference.GetString()!;
        if (text != "#" && !text.StartsWith("#/", StringComparison.Ordinal))
        {
            throw new InputException($"The JSON Schema refers to {Shorten(reference)} at {place}; only places in the schema itself are supported, as '#' or '#/...'.");
        }

        var target = _root;
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

        return Rule(target, string.Join('/', names.Prepend("#")));
    }

    private static void Alone(string keyword, List<string> used, string place)
    {
        foreach (var other in used.Where(k => k != keyword))
        {
            throw new InputException($"The JSON Schema uses '{other}' beside '{keyword}' at {place}, which is not supported. Move it into the schemas that '{keyword}' names.");
        }
    }

    private static void Expect(JsonElement value, JsonValueKind kind, string place, string what, string expected)
    {
        if (value.ValueKind != kind)
        {
            throw new InputException($"The JSON Schema at {place}: {what} is {Shorten(value)}; {expected} is expected.");
        }
    }

    private static string Shorten(JsonElement value)
    {
        var text = value.GetRawText().ReplaceLineEndings(" ");
        return text.Length > 60 ? text[..60] + "..." : text;
    }
}
