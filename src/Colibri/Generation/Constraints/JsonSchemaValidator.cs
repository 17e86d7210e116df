using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Colibri.Generation.Constraints;

/// <summary>Says whether a value that a schema lists (enum, const) is what other keywords ask for.</summary>
internal sealed class JsonSchemaValidator(JsonSchemaDocument document)
{
    private const int DeepestReferences = 64;
    private const int MostSteps = 200_000;

    private readonly Dictionary<string, GrammarStates> _expressions = new(StringComparer.Ordinal);
    private int _steps;

    /// <summary>The values that the enum and const of schemas have in common and their other keywords allow.</summary>
    public List<JsonElement> Values(IReadOnlyList<SchemaItem> items)
    {
        var list = items.First(i => i.Has("enum") || i.Has("const"));
        if (list.TryGet("enum", JsonValueKind.Array, "a list of values", out var values))
        {
            return [.. values.EnumerateArray().Where(v => items.All(i => HoldsOwn(i, v, 0)))];
        }

        return [.. new[] { list.Schema.GetProperty("const") }.Where(v => items.All(i => HoldsOwn(i, v, 0)))];
    }

    /// <summary>Whether a value is valid.</summary>
    public bool Holds(SchemaItem item, JsonElement value) => Holds(item, value, 0);

    private bool Holds(SchemaItem item, JsonElement value, int depth)
    {
        if (depth > DeepestReferences || ++_steps > MostSteps)
        {
            throw new InputException($"The JSON Schema's references at {item.Place} are too deep, or too many, to compare values with.");
        }

        if (document.Flatten([item]) is not { } flat)
        {
            return false;
        }

        return flat.Own.TrueForAll(i => HoldsOwn(i, value, depth + 1)) && flat.Groups.TrueForAll(g =>
        {
            var count = JsonSchemaDocument.Options(g).Count(o => Holds(o, value, depth + 1));
            return g.Part == SchemaPart.OneOf ? count == 1 : count > 0;
        });
    }

    private bool HoldsOwn(SchemaItem item, JsonElement value, int depth)
    {
        if (JsonSchemaTypes.Named([item]) is { } types && !types.Exists(t => JsonSchemaTypes.Is(value, t)))
        {
            return false;
        }

        if ((item.TryGet("enum", JsonValueKind.Array, "a list of values", out var values) && !values.EnumerateArray().Any(v => JsonElement.DeepEquals(v, value)))
            || (item.Schema.TryGetProperty("const", out var only) && !JsonElement.DeepEquals(only, value)))
        {
            return false;
        }

        return value.ValueKind switch
        {
            JsonValueKind.Number => HoldsNumber(item, value),
            JsonValueKind.String => HoldsText(item, value.GetString()!),
            JsonValueKind.Array => HoldsArray(item, value, depth),
            JsonValueKind.Object => HoldsObject(item, value, depth),
            _ => true,
        };
    }

    private static bool HoldsNumber(SchemaItem item, JsonElement value)
    {
        var (low, high) = (JsonSchemaNumbers.Low([item]), JsonSchemaNumbers.High([item]));
        var step = JsonSchemaNumbers.Step([item]);
        if (low is null && high is null && step is null)
        {
            return true;
        }

        if (!decimal.TryParse(value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            throw new InputException($"The JSON Schema lists the number {JsonSchemaDocument.Shorten(value)} at {item.Place}, which is too large to compare with its limits.");
        }

        return (low is null || (low.Value.Exclusive ? number > low.Value.Value : number >= low.Value.Value))
            && (high is null || (high.Value.Exclusive ? number < high.Value.Value : number <= high.Value.Value))
            && (step is null || number % step.Value == 0);
    }

    private bool HoldsText(SchemaItem item, string text)
    {
        var count = text.EnumerateRunes().Count();
        if (count < (JsonSchemaNumbers.Count(item, "minLength") ?? 0) || count > (JsonSchemaNumbers.Count(item, "maxLength") ?? int.MaxValue))
        {
            return false;
        }

        return (!item.TryGet("pattern", JsonValueKind.String, "a text", out var pattern) || Matches(pattern.GetString()!, whole: false, text))
            && (!item.TryGet("format", JsonValueKind.String, "a name", out var format) || JsonFormats.Find(format.GetString()!) is not { } known || Matches(known, whole: true, text));
    }

    private bool Matches(string expression, bool whole, string text)
    {
        var key = (whole ? "=" : "~") + expression;
        if (!_expressions.TryGetValue(key, out var states))
        {
            var grammar = new Grammar();
            grammar.Root = grammar.Declare("pattern");
            grammar.Define(grammar.Root, RegexParser.Parse(expression, whole));
            _expressions.Add(key, states = new GrammarStates(GrammarCompiler.Compile(grammar)));
        }

        GrammarState? state = states.Start;
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            state = states.Step(state, value);
            if (state is null)
            {
                return false;
            }
        }

        return state.Accepting;
    }

    private bool HoldsArray(SchemaItem item, JsonElement value, int depth)
    {
        var count = value.GetArrayLength();
        if (count < (JsonSchemaNumbers.Count(item, "minItems") ?? 0) || count > (JsonSchemaNumbers.Count(item, "maxItems") ?? int.MaxValue))
        {
            return false;
        }

        var at = 0;
        foreach (var element in value.EnumerateArray())
        {
            if (JsonSchemaArrays.ItemAt(item, at++) is { } schema && !Holds(schema, element, depth + 1))
            {
                return false;
            }
        }

        return !JsonSchemaArrays.IsUnique(item) || !value.EnumerateArray().Select((a, i) => value.EnumerateArray().Skip(i + 1).Any(b => JsonElement.DeepEquals(a, b))).Any(twice => twice);
    }

    private bool HoldsObject(SchemaItem item, JsonElement value, int depth)
    {
        var count = value.EnumerateObject().Count();
        if (count < (JsonSchemaNumbers.Count(item, "minProperties") ?? 0) || count > (JsonSchemaNumbers.Count(item, "maxProperties") ?? int.MaxValue)
            || JsonSchemaObjects.Required(item).Exists(name => !value.TryGetProperty(name, out _)))
        {
            return false;
        }

        foreach (var member in value.EnumerateObject())
        {
            var schemas = JsonSchemaObjects.For(item, member.Name, pattern => Matches(pattern, whole: false, member.Name));
            if (!schemas.TrueForAll(s => Holds(s, member.Value, depth + 1)))
            {
                return false;
            }
        }

        return true;
    }
}
