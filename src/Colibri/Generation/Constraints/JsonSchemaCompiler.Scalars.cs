using System.Text.Json;
using Node = Colibri.Generation.Constraints.GrammarNode;

namespace Colibri.Generation.Constraints;

/// <content>Strings and numbers.</content>
internal sealed partial class JsonSchemaCompiler
{
    private Node String(IReadOnlyList<SchemaItem> items)
    {
        var place = items[0].Place;
        var (least, most) = JsonSchemaNumbers.Counts(items, "minLength", "maxLength");
        var expressions = new Dictionary<string, Node>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            if (item.TryGet("pattern", JsonValueKind.String, "a text", out var pattern))
            {
                expressions.TryAdd("~" + pattern.GetString(), Pattern(pattern.GetString()!, item.Place));
            }

            if (item.TryGet("format", JsonValueKind.String, "a name", out var format) && Format(format, item.Place) is { } known)
            {
                expressions.TryAdd("=" + format.GetString(), known);
            }
        }

        if (expressions.Count == 0)
        {
            return least == 0 && most < 0 ? _json.String : JsonRules.Quoted(new Node.Repeat(_json.Character, least, most));
        }

        if (expressions.Count == 1 && least == 0 && most < 0)
        {
            return JsonRules.Quoted(JsonRules.Escaped(expressions.Values.First()));
        }

        try
        {
            List<IRegularSet> sets = [.. expressions.Values.Select(e => new RegularNetwork(e))];
            if (least > 0 || most >= 0)
            {
                sets.Add(new LengthSet(least, most));
            }

            return JsonRules.Quoted(RegularProduct.All(sets, JsonRules.EscapedSet));
        }
        catch (InputException e)
        {
            throw new InputException($"The JSON Schema's text at {place}: {e.Message}", e);
        }
    }

    private static Node Pattern(string pattern, string place)
    {
        try
        {
            return RegexParser.Parse(pattern, whole: false);
        }
        catch (InputException e)
        {
            throw new InputException($"The JSON Schema's pattern at {place}: {e.Message}", e);
        }
    }

    private static Node? Format(JsonElement format, string place)
    {
        var name = format.GetString()!;
        if (JsonFormats.IsNumber(name) || JsonFormats.IsAnyText(name))
        {
            return null;
        }

        return JsonFormats.Find(name) is { } known
            ? RegexParser.Parse(known, whole: true)
            : throw new InputException($"The JSON Schema uses the format {JsonSchemaDocument.Shorten(format)} at {place}, which is not supported; {string.Join(", ", JsonFormats.Names)} are. Take it out, or write it as a pattern.");
    }

    private Node Number(IReadOnlyList<SchemaItem> items, bool integer)
    {
        var (low, high) = (JsonSchemaNumbers.Low(items), JsonSchemaNumbers.High(items));
        if (JsonSchemaNumbers.Step(items) is { } step)
        {
            if (integer && decimal.Truncate(step) != step)
            {
                // An integer that is a multiple of 0.25 is any, of 1.5 one of 3.
                step = JsonSchemaNumbers.CommonMultiple(step, 1);
            }

            return NumberMultiples.Holds(step)
                ? NumberMultiples.Between(step, low, high)
                    ?? throw new JsonSchemaContradiction($"The JSON Schema allows no number at {items[0].Place}: no multiple of 'multipleOf' lies between its limits.")
                : throw new InputException($"The JSON Schema's 'multipleOf' at {items[0].Place} is not supported for integers.");
        }

        if (low is null && high is null)
        {
            return integer ? _json.Integer : _json.Number;
        }

        return NumberRange.Between(low, high, integer)
            ?? throw new JsonSchemaContradiction($"The JSON Schema allows no number at {items[0].Place}: no {(integer ? "integer" : "number")} lies between its limits.");
    }
}
