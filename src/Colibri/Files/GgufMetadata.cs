using System.Globalization;
using System.Runtime.InteropServices;

namespace Colibri.Files;

/// <summary>
/// All metadata of a GGUF file. Values stay in the file and are decoded when they are asked for; valid while the file is
/// open.
/// </summary>
internal sealed class GgufMetadata(string source, IReadOnlyList<string> keys, IReadOnlyDictionary<string, GgufValue> values) : Settings
{
    /// <inheritdoc/>
    public override string Source { get; } = source;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Keys { get; } = keys;

    /// <summary>The value of a key as it lies in the file, or null where the key is missing.</summary>
    public GgufValue? Value(string key) => values.TryGetValue(key, out var value) ? value : null;

    /// <inheritdoc/>
    public override bool Has(string key) => values.ContainsKey(key);

    /// <inheritdoc/>
    public override long? Integer(string key, long minimum = 0, long maximum = int.MaxValue)
    {
        if (Value(key) is not { } value)
        {
            return null;
        }

        return value.AsInteger() is { } number && number >= minimum && number <= maximum
            ? number
            : throw Wrong(key, value, $"a whole number from {minimum} to {maximum}");
    }

    /// <inheritdoc/>
    public override double? Number(string key)
    {
        if (Value(key) is not { } value)
        {
            return null;
        }

        return value.AsNumber() is { } number && double.IsFinite(number) ? number : throw Wrong(key, value, "a finite number");
    }

    /// <inheritdoc/>
    public override bool? Flag(string key) =>
        Value(key) is { } value ? value.AsFlag() ?? throw Wrong(key, value, "true or false") : null;

    /// <inheritdoc/>
    public override string? Text(string key) =>
        Value(key) is { } value ? value.AsText() ?? throw Wrong(key, value, "a string") : null;

    /// <inheritdoc/>
    public override IReadOnlyList<double>? Numbers(string key)
    {
        if (Value(key) is not { } value)
        {
            return null;
        }

        if (value.AsNumber() is { } single)
        {
            return [single];
        }

        if (value.Type != GgufValueType.Array || !(value.ElementType.IsInteger() || value.ElementType.IsFloat()))
        {
            throw Wrong(key, value, "a list of numbers");
        }

        return value.Elements().Select(e => e.AsNumber()!.Value).ToArray();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string>? Texts(string key) => Strings(key);

    /// <summary>An array of strings that stay in the file, or null where the key is missing.</summary>
    /// <exception cref="InputException">The value is not an array of strings.</exception>
    public GgufStrings? Strings(string key)
    {
        if (Value(key) is not { } value)
        {
            return null;
        }

        return value.Type == GgufValueType.Array && value.ElementType == GgufValueType.String && value.Count <= Array.MaxLength
            ? new GgufStrings(value.File, value.ElementsOffset, (int)value.Count)
            : throw Wrong(key, value, "an array of strings");
    }

    /// <summary>An array of float32, or null where the key is missing. Any array of numbers will do.</summary>
    /// <exception cref="InputException">The value is not an array of numbers.</exception>
    public float[]? Floats(string key)
    {
        if (Value(key) is { Type: GgufValueType.Array, ElementType: GgufValueType.Float32, Count: <= int.MaxValue / 4 } floats)
        {
            return MemoryMarshal.Cast<byte, float>(floats.File.Span(floats.ElementsOffset, (int)floats.Count * 4)).ToArray();
        }

        return Numbers(key)?.Select(n => (float)n).ToArray();
    }

    /// <summary>An array of whole numbers, or null where the key is missing.</summary>
    /// <exception cref="InputException">The value is not an array of whole numbers that fit 32 bits.</exception>
    public int[]? Integers(string key)
    {
        if (Value(key) is not { } value)
        {
            return null;
        }

        if (value.Type != GgufValueType.Array || !value.ElementType.IsInteger())
        {
            throw Wrong(key, value, "an array of whole numbers");
        }

        if (value is { ElementType: GgufValueType.Int32, Count: <= int.MaxValue / 4 })
        {
            return MemoryMarshal.Cast<byte, int>(value.File.Span(value.ElementsOffset, (int)value.Count * 4)).ToArray();
        }

        return value.Elements().Select(e => e.AsInteger() is >= int.MinValue and <= int.MaxValue and var n
            ? (int)n
            : throw Wrong(key, value, "an array of whole numbers that fit 32 bits")).ToArray();
    }

    private InputException Wrong(string key, GgufValue value, string expected) => new(string.Create(CultureInfo.InvariantCulture,
        $"{Source}: {Printable.Quote(key)} is {value.Type.Name()} {value.Describe(4)}; {expected} is expected."));
}
