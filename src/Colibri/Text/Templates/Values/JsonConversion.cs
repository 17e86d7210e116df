using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Colibri.Text.Templates;

/// <summary>Makes values of JSON: what a conversation, tools and variables are given as. Keys keep their order.</summary>
internal static class JsonConversion
{
    private const int MaxDepth = 256;

    /// <param name="element">The JSON.</param>
    /// <param name="what">What it is, for messages.</param>
    /// <param name="size">Grows by the characters and items read.</param>
    /// <exception cref="InputException">The JSON nests too deeply, or holds text that is not Unicode or a number without end.</exception>
    public static TemplateValue ToValue(JsonElement element, string what, ref long size) => ToValue(element, what, ref size, 0);

    private static TemplateValue ToValue(JsonElement element, string what, ref long size, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new InputException($"{what}: the JSON nests more than {MaxDepth} deep");
        }

        size++;
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var dict = new DictValue(element.GetPropertyCount());
                foreach (var property in element.EnumerateObject())
                {
                    string name;
                    try
                    {
                        name = property.Name;
                    }
                    catch (InvalidOperationException fault)
                    {
                        throw NotText(what, fault);
                    }

                    size += name.Length;
                    dict.Set(new StringValue(name), ToValue(property.Value, what, ref size, depth + 1));
                }

                return dict;
            case JsonValueKind.Array:
                var items = new List<TemplateValue>(element.GetArrayLength());
                foreach (var item in element.EnumerateArray())
                {
                    items.Add(ToValue(item, what, ref size, depth + 1));
                }

                return new ListValue(items);
            case JsonValueKind.String:
                try
                {
                    var text = element.GetString()!;
                    size += text.Length;
                    return StringValue.Of(text);
                }
                catch (InvalidOperationException fault)
                {
                    throw NotText(what, fault);
                }

            case JsonValueKind.Number:
                return Number(element, what);
            case JsonValueKind.True:
                return BoolValue.True;
            case JsonValueKind.False:
                return BoolValue.False;
            case JsonValueKind.Null:
                return NoneValue.Instance;
            default:
                throw new InputException($"{what}: there is no JSON value");
        }
    }

    private static TemplateValue Number(JsonElement element, string what)
    {
        if (element.TryGetInt64(out var small))
        {
            return IntValue.Of(small);
        }

        var text = element.GetRawText();
        if (text.Length <= 4300 && !text.AsSpan().ContainsAny('.', 'e', 'E'))
        {
            return IntValue.Of(BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
        }

        return element.TryGetDouble(out var real)
            ? new FloatValue(real)
            : throw new InputException($"{what}: the number {PythonText.OneLine(text, 40)} cannot be read");
    }

    private static InputException NotText(string what, InvalidOperationException fault) =>
        new($"{what}: a text in the JSON has half a surrogate pair and is not Unicode", fault);
}
