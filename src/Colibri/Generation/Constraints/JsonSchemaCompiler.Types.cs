using System.Globalization;
using System.Text.Json;
using Node = Colibri.Generation.Constraints.GrammarNode;

namespace Colibri.Generation.Constraints;

/// <summary>What the keywords of each type say.</summary>
internal sealed partial class JsonSchemaCompiler
{
    private const int MostCount = 1_000_000;

    private Node Object(JsonElement schema, string place)
    {
        var properties = new List<(string Name, Node Value)>();
        if (schema.TryGetProperty("properties", out var listed))
        {
            Expect(listed, JsonValueKind.Object, place, "'properties'", "an object of schemas");
            properties.AddRange(listed.EnumerateObject().Select(p => (p.Name, Rule(p.Value, $"{place}/properties/{Escape(p.Name)}"))));
        }

        var more = schema.TryGetProperty("additionalProperties", out var additional);
        var any = more && additional.ValueKind == JsonValueKind.True;
        more &= additional.ValueKind != JsonValueKind.False;
        var others = !more || any ? _json.Value : Rule(additional, $"{place}/additionalProperties");

        // Without a word about further properties, an object that lists some has only these.
        more |= listed.ValueKind == JsonValueKind.Undefined && additional.ValueKind == JsonValueKind.Undefined;
        var required = new HashSet<string>(StringComparer.Ordinal);
        if (schema.TryGetProperty("required", out var names))
        {
            Expect(names, JsonValueKind.Array, place, "'required'", "a list of names");
            foreach (var name in names.EnumerateArray())
            {
                Expect(name, JsonValueKind.String, place, "a name of 'required'", "a text");
                required.Add(name.GetString()!);
            }
        }

        var known = properties.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var name in required.Where(n => !known.Contains(n)))
        {
            // Properties that are required but not listed are further properties.
            if (additional.ValueKind == JsonValueKind.False)
            {
                throw new InputException($"The JSON Schema requires the property '{name}' at {place}, but neither 'properties' nor 'additionalProperties' allows it.");
            }

            properties.Add((name, others));
        }

        return _json.Object(Members(properties, required, more ? others : null, place));
    }

    // Members in order. Two rules for each place: nothing written yet, or a comma is needed. Built from the end.
    private Node Members(List<(string Name, Node Value)> properties, HashSet<string> required, Node? others, string place)
    {
        Node first = Node.Nothing, later = Node.Nothing;
        if (others is not null)
        {
            var name = properties.Count == 0 ? _json.String : _json.OtherThan(properties.Select(p => p.Name));
            var member = _json.Member(name, others);
            first = _json.Members(member);
            later = new Node.Repeat(Node.All(_json.Comma, member), 0, -1);
        }

        for (var i = properties.Count - 1; i >= 0; i--)
        {
            var member = _json.Member(Node.Text(JsonRules.Spell(properties[i].Name)), properties[i].Value);
            var written = _grammar.Add($"{place} behind '{properties[i].Name}'", later);
            var (with, withComma) = (Node.All(member, written), Node.All(_json.Comma, member, written));
            var needed = required.Contains(properties[i].Name);
            first = needed ? with : Node.Either(with, _grammar.Add($"{place} without '{properties[i].Name}'", first));
            later = needed ? withComma : Node.Either(withComma, written);
        }

        return first;
    }

    private Node Array(JsonElement schema, string place)
    {
        var (least, most) = (Count(schema, "minItems", place) ?? 0, Count(schema, "maxItems", place) ?? -1);
        CheckOrder(least, most, "minItems", "maxItems", place);
        var prefix = new List<Node>();
        if (schema.TryGetProperty("prefixItems", out var listed))
        {
            Expect(listed, JsonValueKind.Array, place, "'prefixItems'", "a list of schemas");
            prefix.AddRange(listed.EnumerateArray().Select((p, i) => Rule(p, $"{place}/prefixItems/{i}")));
        }

        Node? item = null;
        if (schema.TryGetProperty("items", out var items))
        {
            if (items.ValueKind == JsonValueKind.Array)
            {
                throw new InputException($"The JSON Schema uses 'items' with a list at {place}, which is not supported. Name it 'prefixItems'.");
            }

            item = items.ValueKind == JsonValueKind.False ? null : Rule(items, $"{place}/items");
        }
        else if (prefix.Count == 0 || least > prefix.Count)
        {
            item = _json.Value;
        }

        if (item is null)
        {
            if (least > prefix.Count)
            {
                throw new InputException($"The JSON Schema asks for {least} items at {place}, but allows only {prefix.Count}.");
            }

            most = most < 0 ? prefix.Count : Math.Min(most, prefix.Count);
        }

        return _json.Array(Elements(prefix, item, least, most));
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

    private Node String(JsonElement schema, string place)
    {
        var (least, most) = (Count(schema, "minLength", place) ?? 0, Count(schema, "maxLength", place) ?? -1);
        CheckOrder(least, most, "minLength", "maxLength", place);
        var hasPattern = schema.TryGetProperty("pattern", out var pattern);
        var hasFormat = schema.TryGetProperty("format", out var format);
        if ((hasPattern ? 1 : 0) + (hasFormat ? 1 : 0) + (least > 0 || most >= 0 ? 1 : 0) > 1)
        {
            throw new InputException($"The JSON Schema uses more than one of 'pattern', 'format' and 'minLength' or 'maxLength' at {place}, which is not supported. Write all of it as one pattern.");
        }

        if (hasFormat)
        {
            Expect(format, JsonValueKind.String, place, "'format'", "a name");
            return JsonFormats.Find(format.GetString()!) is { } known
                ? JsonRules.Quoted(JsonRules.Escaped(RegexParser.Parse(known, whole: true)))
                : throw new InputException($"The JSON Schema uses the format {Shorten(format)} at {place}, which is not supported; {string.Join(", ", JsonFormats.Names)} are. Take it out, or write it as a pattern.");
        }

        if (!hasPattern)
        {
            return least == 0 && most < 0 ? _json.String : JsonRules.Quoted(new Node.Repeat(_json.Character, least, most));
        }

        Expect(pattern, JsonValueKind.String, place, "'pattern'", "a text");
        try
        {
            return JsonRules.Quoted(JsonRules.Escaped(RegexParser.Parse(pattern.GetString()!, whole: false)));
        }
        catch (InputException e)
        {
            throw new InputException($"The JSON Schema's 'pattern' at {place}: {e.Message}", e);
        }
    }

    private Node Number(JsonElement schema, bool integer, string place)
    {
        var low = Stricter(Limit(schema, "minimum", false, place), Limit(schema, "exclusiveMinimum", true, place), 1);
        var high = Stricter(Limit(schema, "maximum", false, place), Limit(schema, "exclusiveMaximum", true, place), -1);
        if (low is null && high is null)
        {
            return integer ? _json.Integer : _json.Number;
        }

        return NumberRange.Between(low, high, integer)
            ?? throw new InputException($"The JSON Schema allows no number at {place}: no {(integer ? "integer" : "number")} lies between its limits.");
    }

    private static NumberLimit? Stricter(NumberLimit? a, NumberLimit? b, int sign) =>
        a is null ? b : b is null ? a : decimal.Compare(b.Value.Value, a.Value.Value) * sign >= 0 ? b : a;

    private static NumberLimit? Limit(JsonElement schema, string keyword, bool exclusive, string place)
    {
        if (!schema.TryGetProperty(keyword, out var value))
        {
            return null;
        }

        Expect(value, JsonValueKind.Number, place, $"'{keyword}'", "a number");
        var text = value.GetRawText();
        return text.Count(char.IsAsciiDigit) <= 28 && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var limit)
            && decimal.Abs(limit) < 1e18m && (limit == 0 ? !text.AsSpan().TrimStart('-').ContainsAny("123456789") : decimal.Abs(limit) > 1e-9m)
            ? new NumberLimit(limit, exclusive)
            : throw new InputException($"The JSON Schema has the {keyword} {Shorten(value)} at {place}; a number of at most 28 digits between 1e-9 and 1e18 in size is supported.");
    }

    private static int? Count(JsonElement schema, string keyword, string place)
    {
        if (!schema.TryGetProperty(keyword, out var value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) && count is >= 0 and <= MostCount
            ? count
            : throw new InputException($"The JSON Schema has the {keyword} {Shorten(value)} at {place}; a whole number from 0 to {MostCount} is expected.");
    }

    private static void CheckOrder(int least, int most, string first, string second, string place)
    {
        if (most >= 0 && most < least)
        {
            throw new InputException($"The JSON Schema allows nothing at {place}: {first} {least} is above {second} {most}.");
        }
    }

    private static string Escape(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
