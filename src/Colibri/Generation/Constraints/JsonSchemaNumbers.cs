using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Colibri.Generation.Constraints;

/// <summary>What the keywords of numbers, and of counts, say together.</summary>
internal static class JsonSchemaNumbers
{
    private const int MostCount = 1_000_000;

    /// <summary>The strictest lower limit, or null.</summary>
    public static NumberLimit? Low(IReadOnlyList<SchemaItem> items)
    {
        NumberLimit? low = null;
        foreach (var item in items)
        {
            // In the draft of 2013 the exclusive ones were flags.
            low = Stricter(low, Limit(item, "minimum", Flag(item, "exclusiveMinimum")), 1);
            low = Flag(item, "exclusiveMinimum") is not null ? low : Stricter(low, Limit(item, "exclusiveMinimum", true), 1);
            low = Stricter(low, FormatLimits(item)?.Low, 1);
        }

        return low;
    }

    /// <summary>The strictest upper limit, or null.</summary>
    public static NumberLimit? High(IReadOnlyList<SchemaItem> items)
    {
        NumberLimit? high = null;
        foreach (var item in items)
        {
            high = Stricter(high, Limit(item, "maximum", Flag(item, "exclusiveMaximum")), -1);
            high = Flag(item, "exclusiveMaximum") is not null ? high : Stricter(high, Limit(item, "exclusiveMaximum", true), -1);
            high = Stricter(high, FormatLimits(item)?.High, -1);
        }

        return high;
    }

    /// <summary>The number that all are multiples of, or null.</summary>
    public static decimal? Step(IReadOnlyList<SchemaItem> items)
    {
        decimal? step = null;
        foreach (var item in items)
        {
            if (!item.TryGet("multipleOf", JsonValueKind.Number, "a number above 0", out var value))
            {
                continue;
            }

            if (!decimal.TryParse(value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture, out var next) || !NumberMultiples.Holds(next))
            {
                throw new InputException($"The JSON Schema has the multipleOf {JsonSchemaDocument.Shorten(value)} at {item.Place}; a whole number from 1 to {NumberMultiples.LargestStep}, or such a number times a power of ten (0.01, 0.25, 5000), is supported.");
            }

            step = step is null ? next : CommonMultiple(step.Value, next);
            if (!NumberMultiples.Holds(step.Value))
            {
                throw new InputException($"The JSON Schema uses several 'multipleOf' at {item.Place} whose least common multiple is too large to be supported.");
            }
        }

        return step;
    }

    /// <summary>A count, or null.</summary>
    public static int? Count(SchemaItem item, string keyword)
    {
        if (!item.Schema.TryGetProperty(keyword, out var value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var count) && count == decimal.Truncate(count) && count is >= 0 and <= MostCount
            ? (int)count
            : throw new InputException($"The JSON Schema has the {keyword} {JsonSchemaDocument.Shorten(value)} at {item.Place}; a whole number from 0 to {MostCount} is expected.");
    }

    /// <summary>The strictest of two counts over some schemas: at least, and at most (-1 is without limit).</summary>
    /// <exception cref="JsonSchemaContradiction">No count is left.</exception>
    public static (int Least, int Most) Counts(IReadOnlyList<SchemaItem> items, string first, string second)
    {
        var least = items.Max(i => Count(i, first) ?? 0);
        var most = items.Min(i => Count(i, second) ?? int.MaxValue);
        return most >= least
            ? (least, most == int.MaxValue ? -1 : most)
            : throw new JsonSchemaContradiction($"The JSON Schema allows nothing at {items[0].Place}: {first} {least} is above {second} {most}.");
    }

    /// <summary>The least number that is a multiple of two; 0 where it is too large.</summary>
    public static decimal CommonMultiple(decimal a, decimal b)
    {
        var scale = 1m;
        while (decimal.Truncate(a * scale) != a * scale || decimal.Truncate(b * scale) != b * scale)
        {
            scale *= 10;
        }

        var (x, y) = (new BigInteger(a * scale), new BigInteger(b * scale));
        var common = x / BigInteger.GreatestCommonDivisor(x, y) * y;
        return common < new BigInteger(1e18m) ? (decimal)common / scale : 0;
    }

    private static bool? Flag(SchemaItem item, string keyword) =>
        item.Schema.TryGetProperty(keyword, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null;

    private static (NumberLimit Low, NumberLimit High)? FormatLimits(SchemaItem item) =>
        item.Schema.TryGetProperty("format", out var format) && format.ValueKind == JsonValueKind.String ? format.GetString() switch
        {
            "int32" => (new(int.MinValue, false), new(int.MaxValue, false)),

            // One digit less than the type holds, as all numbers here.
            "int64" => (new(-999_999_999_999_999_999, false), new(999_999_999_999_999_999, false)),
            _ => null,
        }
        : null;

    private static NumberLimit? Stricter(NumberLimit? a, NumberLimit? b, int sign)
    {
        if (a is null || b is null)
        {
            return a ?? b;
        }

        var order = decimal.Compare(b.Value.Value, a.Value.Value) * sign;
        return order > 0 || (order == 0 && b.Value.Exclusive) ? b : a;
    }

    private static NumberLimit? Limit(SchemaItem item, string keyword, bool? exclusive)
    {
        if (!item.TryGet(keyword, JsonValueKind.Number, "a number", out var value))
        {
            return null;
        }

        var text = value.GetRawText();
        return text.Count(char.IsAsciiDigit) <= 28 && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var limit)
            && decimal.Abs(limit) < 1e18m && (limit == 0 ? !text.AsSpan().TrimStart('-').ContainsAny("123456789") : decimal.Abs(limit) > 1e-9m)
            ? new NumberLimit(limit, exclusive ?? false)
            : throw new InputException($"The JSON Schema has the {keyword} {JsonSchemaDocument.Shorten(value)} at {item.Place}; a number of at most 28 digits between 1e-9 and 1e18 in size is supported.");
    }
}
