using Colibri.Generation.Constraints;

namespace Colibri.Benchmarks.Text;

/// <summary>The constraints that masks are timed with, each with a text it allows, or null for random tokens.</summary>
internal static class MaskSchemas
{
    private const string Person = """{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer","minimum":0,"maximum":130},"email":{"type":"string","format":"email"},"bio":{"type":"string","maxLength":400},"tags":{"type":"array","items":{"type":"string","minLength":1,"maxLength":20},"maxItems":8}},"required":["name","age","bio"]}""";
    private const string PersonText = """{"name": "Ada Lovelace", "age": 36, "email": "ada@example.org", "bio": "An English mathematician and writer, known for her work on Mr. Babbage's proposed mechanical general-purpose computer, the \"Analytical Engine\". She was the first to see that the machine had uses beyond pure calculation – naïve or not.", "tags": ["mathematics", "history", "computing machines"]}""";
    private const string Order = """{"$defs":{"item":{"type":"object","properties":{"sku":{"type":"string","pattern":"^[A-Z]{3}-[0-9]{4}$"},"quantity":{"type":"integer","minimum":1,"maximum":99},"price":{"type":"number","minimum":0,"multipleOf":0.01},"note":{"type":["string","null"]}},"required":["sku","quantity","price"],"additionalProperties":false}},"type":"object","properties":{"id":{"type":"string","format":"uuid"},"placed":{"type":"string","format":"date-time"},"state":{"enum":["open","paid","shipped","returned"]},"items":{"type":"array","items":{"$ref":"#/$defs/item"},"minItems":1}},"required":["id","placed","state","items"]}""";
    private const string OrderText = """{"id": "123e4567-e89b-12d3-a456-426614174000", "placed": "2024-05-06T07:08:09Z", "state": "paid", "items": [{"sku": "ABC-1234", "quantity": 2, "price": 19.99, "note": "please wrap it as a present"}, {"sku": "XYZ-0001", "quantity": 10, "price": 0.5, "note": null}]}""";
    private const string Tool = """{"anyOf":[{"type":"object","properties":{"name":{"const":"get_weather"},"arguments":{"type":"object","properties":{"city":{"type":"string"},"unit":{"enum":["celsius","fahrenheit"]}},"required":["city"],"additionalProperties":false}},"required":["name","arguments"],"additionalProperties":false},{"type":"object","properties":{"name":{"const":"search"},"arguments":{"type":"object","properties":{"query":{"type":"string"},"limit":{"type":"integer"}},"required":["query"],"additionalProperties":false}},"required":["name","arguments"],"additionalProperties":false}]}""";
    private const string ToolText = """{"name": "search", "arguments": {"query": "how do humming birds keep warm at night", "limit": 5}}""";
    private const string Open = """{"type":"object","properties":{"title":{"type":"string"},"titles":{"type":"array","items":{"type":"string"}}},"additionalProperties":{"type":["string","number","boolean"]}}""";
    private const string OpenText = """{"title": "A night in the mountains", "year": 1887, "publisher": "Chapman & Hall", "rating": 4.5, "in print": false}""";
    private const string AnyText = """{"results": [{"id": 1, "text": "It was the best of times, it was the worst of times", "scores": [0.25, 1e-3, -7], "ok": true}, {"id": 2, "text": "Привет, мир 😀 東京", "scores": [], "ok": null}], "next": {"page": 2, "more": {"deep": ["a", {"b": {}}]}}}""";

    public static readonly Case[] All =
    [
        new("person (strings, limits, lengths)", () => TextConstraint.FromJsonSchema(Person), PersonText),
        new("order (references, patterns, formats)", () => TextConstraint.FromJsonSchema(Order), OrderText),
        new("tool call (anyOf, constants)", () => TextConstraint.FromJsonSchema(Tool), ToolText),
        new("further properties", () => TextConstraint.FromJsonSchema(Open), OpenText),
        new("any JSON", () => TextConstraint.FromJsonSchema("true"), AnyText),
        new("any JSON, random tokens", () => TextConstraint.FromJsonSchema("true"), null),
        new("person, random tokens", () => TextConstraint.FromJsonSchema(Person), null),
        new("regular expression, random tokens", () => TextConstraint.FromRegex("(\\w+[,;]? ){5,40}(and|or) [a-z]+\\."), null),
        new("grammar, random tokens", () => TextConstraint.FromGrammar("root ::= (line \"\\n\")+\nline ::= \"- \" word (\" \" word)*\nword ::= [a-zA-Z']+ | [0-9]+ | \"(\" line \")\""), null),
    ];

    /// <summary>A constraint with a text.</summary>
    internal sealed record Case(string Name, Func<TextConstraint> Create, string? Text);
}
