using System.Text.Json;
using Node = Colibri.Generation.Constraints.GrammarNode;

namespace Colibri.Generation.Constraints;

/// <content>Arrays.</content>
internal sealed partial class JsonSchemaCompiler
{
    // All orders of so many values that must differ are about a thousand places.
    private const int MostUnique = 10;
    private const int DeepestValues = 12;

    private Node Array(IReadOnlyList<SchemaItem> items)
    {
        var place = items[0].Place;
        var (least, most) = JsonSchemaNumbers.Counts(items, "minItems", "maxItems");
        var own = items.Select(i => (Item: i, Prefix: JsonSchemaArrays.Prefix(i), Others: JsonSchemaArrays.Rest(i))).ToList();
        var prefix = new List<Node>();
        for (var i = 0; i < own.Max(o => o.Prefix.Count); i++)
        {
            var at = i;
            if (Element(own.Select(o => at < o.Prefix.Count ? o.Prefix[at] : o.Others)) is not { } element)
            {
                break;
            }

            prefix.Add(element);
        }

        // Behind listed items come others only where something is said of them, or they are needed.
        var whole = prefix.Count == own.Max(o => o.Prefix.Count);
        var rest = own.Select(o => o.Others).ToList();
        var item = whole && (prefix.Count == 0 || least > prefix.Count || rest.Exists(r => r is not null)) ? Element(rest) : null;
        if (item is null)
        {
            if (least > prefix.Count)
            {
                throw new JsonSchemaContradiction($"The JSON Schema asks for {least} items at {place}, but allows only {prefix.Count}.");
            }

            most = most < 0 ? prefix.Count : Math.Min(most, prefix.Count);
        }

        if (items.Any(JsonSchemaArrays.IsUnique) && (most < 0 || most > 1))
        {
            return _json.Array(Unique(rest, prefix.Count, least, most, place));
        }

        return _json.Array(Elements(prefix, item, least, most));
    }

    private Node? Element(IEnumerable<SchemaItem?> schemas)
    {
        var all = schemas.OfType<SchemaItem>().ToList();
        return all.Exists(s => s.Schema.ValueKind == JsonValueKind.False) ? null : Rule(all);
    }

    private Node Elements(List<Node> prefix, Node? item, int least, int most)
    {
        if (most == 0)
        {
            return Node.Nothing;
        }

        if (prefix.Count == 0)
        {
            var list = _json.List(item!, least, most);
            return least > 0 ? list : Node.Optional(list);
        }

        // Behind the items that have schemas of their own come those that share one.
        var count = most < 0 ? prefix.Count : Math.Min(most, prefix.Count);
        var rest = item is null || count == most ? Node.Nothing
            : new Node.Repeat(Node.All(_json.Comma, item, _json.Space), Math.Max(0, least - count), most < 0 ? -1 : most - count);
        for (var i = count - 1; i >= 0; i--)
        {
            var element = i == 0 ? Node.All(prefix[i], _json.Space, rest) : Node.All(_json.Comma, prefix[i], _json.Space, rest);
            rest = _grammar.Add("items", i < least ? element : Node.Optional(element));
        }

        return rest;
    }

    // Elements that must differ: a place for each set of values that were written.
    private Node.Network Unique(List<SchemaItem?> schemas, int prefix, int least, int most, string place)
    {
        var values = prefix == 0 ? Finite([.. schemas.OfType<SchemaItem>()], 0) : null;
        if (values is null || values.Count > MostUnique)
        {
            throw new InputException($"The JSON Schema uses 'uniqueItems' at {place}, which is supported for items that are one of at most {MostUnique} values (enum, const, boolean, null) only. Take it out, or list the values.");
        }

        if (least > values.Count)
        {
            throw new JsonSchemaContradiction($"The JSON Schema asks for {least} items that differ at {place}, but there are only {values.Count} values for them.");
        }

        var places = new List<Node.NetworkPlace>();
        for (var written = 0; written < 1 << values.Count; written++)
        {
            var count = int.PopCount(written);
            var moves = new List<(Node, int)>();
            for (var i = 0; i < values.Count && (most < 0 || count < most); i++)
            {
                if ((written >> i & 1) == 0)
                {
                    var value = Node.All(Node.Text(values[i]), _json.Space);
                    moves.Add((count == 0 ? value : Node.All(_json.Comma, value), written | (1 << i)));
                }
            }

            places.Add(new Node.NetworkPlace(moves, count >= least));
        }

        return new Node.Network(places);
    }

    // The values that schemas allow together, spelled, or null where they are not finitely many.
    private List<string>? Finite(List<SchemaItem> items, int depth)
    {
        if (depth > DeepestValues)
        {
            return null;
        }

        if (_document.Flatten(items) is not { } flat)
        {
            return [];
        }

        if (flat.Groups.Count > 0)
        {
            var all = new List<string>();
            foreach (var option in JsonSchemaDocument.Options(flat.Groups[0]))
            {
                if (Finite([.. flat.Own, option, .. flat.Groups.Skip(1)], depth + 1) is not { } some)
                {
                    return null;
                }

                all.AddRange(some);
                if (all.Distinct().Count() > MostUnique)
                {
                    return null;
                }
            }

            if (flat.Groups[0].Part == SchemaPart.OneOf)
            {
                new JsonSchemaExclusion(_document, _validator).Check(flat.Own, JsonSchemaDocument.Options(flat.Groups[0]), flat.Groups[0].Place);
            }

            return [.. all.Distinct()];
        }

        if (flat.Own.Exists(i => i.Has("enum") || i.Has("const")))
        {
            var values = new List<JsonElement>();
            foreach (var value in _validator.Values(flat.Own).Where(v => !values.Exists(known => JsonElement.DeepEquals(known, v))))
            {
                values.Add(value);
            }

            return values.ConvertAll(JsonRules.Spell);
        }

        return JsonSchemaTypes.Named(flat.Own) is { } types && types.TrueForAll(t => t is "boolean" or "null")
            ? [.. types.SelectMany(t => t == "null" ? (string[])["null"] : ["true", "false"])]
            : null;
    }
}
