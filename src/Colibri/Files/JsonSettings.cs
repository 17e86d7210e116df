using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace Colibri.Files;

/// <summary>A JSON object (config.json and its kin) as settings.</summary>
internal sealed class JsonSettings : Settings
{
    /// <summary>The largest configuration file that is read; real ones are a few KB, tokenizer_config.json a few hundred.</summary>
    private const long Largest = 64 << 20;

    private readonly string _file;
    private readonly string _prefix;

    private JsonSettings(JsonElement element, string file, string prefix)
    {
        Element = element;
        _file = file;
        _prefix = prefix;
    }

    /// <summary>The object itself, for what the typed look-ups do not cover.</summary>
    public JsonElement Element { get; }

    /// <inheritdoc/>
    public override string Source => _prefix.Length == 0 ? _file : $"{_file}: {_prefix.TrimEnd('.')}";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Keys => [.. Element.EnumerateObject().Select(p => p.Name)];

    /// <summary>Settings without any key, for a file that is not there.</summary>
    public static JsonSettings Empty(string source) => Parse("{}"u8, source);

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">It cannot be read, or is no JSON object.</exception>
    public static JsonSettings Load(string path) => Parse(ReadAll(path), path);

    /// <summary>Reads a small text file whole.</summary>
    /// <exception cref="InputException">It cannot be read, or is larger than 64 MB.</exception>
    public static byte[] ReadAll(string path)
    {
        using var file = MappedFile.Open(path);
        return file.Length <= Largest
            ? file.Span(0, (int)file.Length).ToArray()
            : throw new InputException($"{path}: has {file.Length} bytes; a configuration of at most {Largest} is expected.");
    }

    /// <summary>Reads JSON text.</summary>
    /// <param name="utf8">The text, with or without a byte order mark.</param>
    /// <param name="source">Where it comes from, for errors.</param>
    /// <exception cref="InputException">It is no JSON object, or holds text that is not Unicode.</exception>
    public static JsonSettings Parse(ReadOnlySpan<byte> utf8, string source)
    {
        if (utf8.StartsWith("\uFEFF"u8))
        {
            utf8 = utf8[3..];
        }

        try
        {
            Check(utf8, source);
            var element = JsonElement.Parse(utf8);
            return element.ValueKind == JsonValueKind.Object
                ? new JsonSettings(element, source, "")
                : throw new InputException($"{source}: holds a JSON {Kind(element)}; an object is expected.");
        }
        catch (JsonException e)
        {
            throw new InputException($"{source}: is not valid JSON: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <inheritdoc/>
    public override bool Has(string key) => Find(key) is not null;

    /// <inheritdoc/>
    public override long? Integer(string key, long minimum = 0, long maximum = int.MaxValue)
    {
        if (Find(key) is not { } value)
        {
            return null;
        }

        return AsInteger(value) is { } number && number >= minimum && number <= maximum
            ? number
            : throw Wrong(key, value, $"a whole number from {minimum} to {maximum}");
    }

    /// <inheritdoc/>
    public override double? Number(string key) =>
        Find(key) is { } value ? AsNumber(value) ?? throw Wrong(key, value, "a finite number") : null;

    /// <inheritdoc/>
    public override bool? Flag(string key) => Find(key) is not { } value ? null : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(key, value, "true or false"),
    };

    /// <inheritdoc/>
    public override string? Text(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong(key, value, "a string");

    /// <inheritdoc/>
    public override IReadOnlyList<double>? Numbers(string key)
    {
        if (Find(key) is not { } value)
        {
            return null;
        }

        if (AsNumber(value) is { } single)
        {
            return [single];
        }

        return value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().Select(v => AsNumber(v) ?? throw Wrong(key, value, "a list of numbers")).ToArray()
            : throw Wrong(key, value, "a list of numbers");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string>? Texts(string key)
    {
        if (Find(key) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String)
            ? value.EnumerateArray().Select(v => v.GetString()!).ToArray()
            : throw Wrong(key, value, "a list of strings");
    }

    /// <inheritdoc/>
    public override Settings? Section(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Object
            ? new JsonSettings(value, _file, $"{_prefix}{key}.")
            : throw Wrong(key, value, "an object");

    /// <summary>The value of a key, or null where it is missing or null.</summary>
    public JsonElement? Find(string key) =>
        Element.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static long? AsInteger(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number)
        {
            return null;
        }

        // Some writers spell whole numbers 4096.0 or 1e6.
        return value.TryGetInt64(out var whole) ? whole
            : AsNumber(value) is { } number && Math.Abs(number) < 1L << 53 && number == Math.Truncate(number) ? (long)number : null;
    }

    private static double? AsNumber(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? number : null;

    // The element decodes text when it is asked for, and throws on bytes that are not UTF-8 and on lone surrogates: look
    // once at all text here, so that no look-up can fail later.
    private static void Check(ReadOnlySpan<byte> utf8, string source)
    {
        if (!Utf8.IsValid(utf8))
        {
            throw new InputException($"{source}: is not valid UTF-8.");
        }

        var reader = new Utf8JsonReader(utf8);
        var text = ArrayPool<char>.Shared.Rent(1024);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !reader.ValueIsEscaped)
                {
                    continue;
                }

                if (text.Length < reader.ValueSpan.Length)
                {
                    ArrayPool<char>.Shared.Return(text);
                    text = ArrayPool<char>.Shared.Rent(reader.ValueSpan.Length);
                }

                _ = reader.CopyString(text);
            }
        }
        catch (InvalidOperationException e)
        {
            throw new InputException($"{source}: holds text that is not Unicode (half of a surrogate pair) at byte {reader.TokenStartIndex}.", e);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(text);
        }
    }

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => "flag",
        var kind => kind.ToString().ToLowerInvariant(),
    };

    private InputException Wrong(string key, JsonElement value, string expected)
    {
        var raw = value.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? $"an {Kind(value)}" : Printable.Quote(value.GetRawText());
        return new InputException($"{_file}: {Printable.Quote(_prefix + key)} is {raw}; {expected} is expected.");
    }
}
