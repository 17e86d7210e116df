using System.Text.Json;
using Node = Colibri.Generation.Constraints.GrammarNode;

namespace Colibri.Generation.Constraints;

/// <summary>
/// Translates a JSON Schema into a grammar. Schemas that must hold together (allOf, a reference with keywords beside it, an
/// option with what stands around its anyOf) are one rule, found by their places, so that references are calls and may be
/// recursive. A keyword that is not held is an error, never ignored.
/// </summary>
internal sealed partial class JsonSchemaCompiler
{
    private readonly Grammar _grammar = new();
    private readonly JsonRules _json;
    private readonly JsonSchemaDocument _document;
    private readonly JsonSchemaValidator _validator;
    private readonly Dictionary<string, int> _rules = new(StringComparer.Ordinal);
    private readonly Queue<(IReadOnlyList<SchemaItem> Items, int Rule)> _open = new();

    private JsonSchemaCompiler(JsonElement root)
    {
        _document = new JsonSchemaDocument(root);
        _validator = new JsonSchemaValidator(_document);
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
        _grammar.Root = Rule([new SchemaItem(_document.Root, "#", SchemaPart.All)]) is Node.Rule root ? root.Index : throw new InvalidOperationException("The schema is no rule.");
        while (_open.TryDequeue(out var next))
        {
            _grammar.Define(next.Rule, Translate(next.Items));
        }

        return _grammar;
    }

    private Node Rule(JsonElement schema, string place) => Rule([new SchemaItem(schema, place, SchemaPart.All)]);

    private Node Rule(IReadOnlyList<SchemaItem> items)
    {
        items = [.. items.DistinctBy(i => (i.Place, i.Part))];
        var key = string.Join('\n', items.Select(i => $"{i.Part} {i.Place}").Order(StringComparer.Ordinal));
        if (!_rules.TryGetValue(key, out var rule))
        {
            rule = _grammar.Declare(items.Count == 0 ? "anything" : items[0].Place);
            _rules.Add(key, rule);
            _open.Enqueue((items, rule));
        }

        return new Node.Rule(rule);
    }

    private Node Translate(IReadOnlyList<SchemaItem> items)
    {
        if (_document.Flatten(items) is not { } flat)
        {
            return Node.Never;
        }

        if (flat.Groups.Count > 0)
        {
            return Choose(flat);
        }

        if (flat.Own.Count == 0)
        {
            return _json.Value;
        }

        try
        {
            return Together(flat.Own);
        }
        catch (JsonSchemaContradiction e)
        {
            // Schemas of different places may contradict each other; where nothing else can come, the grammar says so.
            return flat.Own.Count > 1 ? Node.Never : throw new InputException(e.Message, e);
        }
    }

    // One of the options of the first group, together with everything else.
    private Node Choose(FlatSchema flat)
    {
        var group = flat.Groups[0];
        var options = JsonSchemaDocument.Options(group);
        if (group.Part == SchemaPart.OneOf)
        {
            new JsonSchemaExclusion(_document, _validator).Check(flat.Own, options, group.Place);
        }

        return Node.Either([.. options.Select(option => Rule([.. flat.Own, option, .. flat.Groups.Skip(1)]))]);
    }

    private Node Together(IReadOnlyList<SchemaItem> items)
    {
        var types = JsonSchemaTypes.Of(items);
        if (items.Any(i => i.Has("enum") || i.Has("const")))
        {
            return Values(items);
        }

        return Node.Either([.. types.Select(t => Typed(items, t))]);
    }

    private Node Typed(IReadOnlyList<SchemaItem> items, string type) => type switch
    {
        "object" => Object(items),
        "array" => Array(items),
        "string" => String(items),
        "number" or "integer" => Number(items, type == "integer"),
        "boolean" => Node.Either(Node.Text("true"), Node.Text("false")),
        _ => Node.Text("null"),
    };

    private Node Values(IReadOnlyList<SchemaItem> items)
    {
        var left = _validator.Values(items).Select(JsonRules.Spell).Distinct().ToList();
        return left.Count > 0
            ? Node.Either([.. left.Select(Node.Text)])
            : throw new JsonSchemaContradiction($"The JSON Schema allows no value at {items[0].Place}: none that 'enum' or 'const' lists is what the rest asks for.");
    }
}

/// <summary>Nothing can be what a schema asks for.</summary>
internal sealed class JsonSchemaContradiction(string message) : Exception(message);
