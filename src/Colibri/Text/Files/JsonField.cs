using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Colibri.Text.Files;

/// <summary>
/// A value in a JSON file that remembers where it stands, so that every complaint names the file and the field. Look-ups
/// check types; a missing field and one that is null count as the same.
/// </summary>
internal readonly struct JsonField
{
    private readonly JsonElement element;
    private readonly string file;

    private JsonField(JsonElement element, string file, string path)
    {
        this.element = element;
        this.file = file;
        Path = path;
    }

    /// <summary>The field's name from the top of the file, with dots.</summary>
    public string Path { get; }

    /// <summary>File and field, for errors.</summary>
    public string Place => $"{file}: '{Path}'";

    /// <summary>The value as it stands in the file.</summary>
    public string Raw => element.GetRawText();

    /// <summary>What kind of value it is.</summary>
    public JsonValueKind Kind => element.ValueKind;

    /// <summary>Parses a file's bytes.</summary>
    /// <param name="json">The bytes; UTF-8, with or without a byte order mark.</param>
    /// <param name="file">The file's name, for errors.</param>
    /// <exception cref="InputException">The bytes are not JSON, or the outermost value is not an object.</exception>
    public static JsonField Parse(ReadOnlyMemory<byte> json, string file)
    {
        if (json.Span.StartsWith("\uFEFF"u8))
        {
            json = json[3..];
        }

        if (!System.Text.Unicode.Utf8.IsValid(json.Span))
        {
            throw new InputException($"{file}: not UTF-8; a JSON file is expected.");
        }

        try
        {
            // The document is not disposed: it owns no pooled memory when parsed from memory that stays.
            var root = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 64 }).RootElement;
            return new JsonField(root, file, "").Must(JsonValueKind.Object, "an object");
        }
        catch (JsonException fault)
        {
            throw new InputException($"{file}: not JSON: {fault.Message}", fault);
        }
    }

    /// <summary>A field, if it is there and not null.</summary>
    public bool TryGet(string name, out JsonField field)
    {
        field = default;
        if (element.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        try
        {
            if (!element.TryGetProperty(name, out var found) || found.ValueKind == JsonValueKind.Null)
            {
                return false;
            }

            field = new JsonField(found, file, Join(name));
            return true;
        }
        catch (InvalidOperationException fault)
        {
            throw new InputException($"{file}: a field name in '{Path}' has half a surrogate pair; text is expected.", fault);
        }
    }

    /// <summary>A field that must be there.</summary>
    public JsonField Get(string name, string expected) =>
        TryGet(name, out var field) ? field : throw new InputException($"{file}: '{Join(name)}' is missing; {expected} is expected.");

    /// <summary>An object that must be there.</summary>
    public JsonField Object(string name) => Get(name, "an object").Must(JsonValueKind.Object, "an object");

    /// <summary>The elements of a list that must be there.</summary>
    public IEnumerable<JsonField> List(string name) => Get(name, "a list").Items();

    /// <summary>A string that must be there.</summary>
    public string Text(string name) => Get(name, "a string").AsText();

    /// <summary>A string, or null.</summary>
    public string? TextOrNull(string name) => TryGet(name, out var field) ? field.AsText() : null;

    /// <summary>A flag, or a default.</summary>
    public bool Flag(string name, bool otherwise) => TryGet(name, out var field) ? field.AsFlag() : otherwise;

    /// <summary>A flag that must be there.</summary>
    public bool Flag(string name) => Get(name, "true or false").AsFlag();

    /// <summary>A whole number within bounds that must be there.</summary>
    public int Integer(string name, int minimum = 0, int maximum = int.MaxValue) => Get(name, "a whole number").AsInteger(minimum, maximum);

    /// <summary>A whole number within bounds, or null.</summary>
    public int? IntegerOrNull(string name, int minimum = 0, int maximum = int.MaxValue) =>
        TryGet(name, out var field) ? field.AsInteger(minimum, maximum) : null;

    /// <summary>The elements of this list.</summary>
    public IEnumerable<JsonField> Items()
    {
        Must(JsonValueKind.Array, "a list");
        return Enumerate(this);

        static IEnumerable<JsonField> Enumerate(JsonField list)
        {
            var index = 0;
            foreach (var item in list.element.EnumerateArray())
            {
                yield return new JsonField(item, list.file, $"{list.Path}[{index++}]");
            }
        }
    }

    /// <summary>Elements in this list.</summary>
    public int Count => Must(JsonValueKind.Array, "a list").element.GetArrayLength();

    /// <summary>The members of this object.</summary>
    public JsonElement.ObjectEnumerator Members() => Must(JsonValueKind.Object, "an object").element.EnumerateObject();

    /// <summary>The elements of this list without paths, for long lists.</summary>
    public JsonElement.ArrayEnumerator Elements() => Must(JsonValueKind.Array, "a list").element.EnumerateArray();

    /// <summary>A member or element of this value as a field, for errors and further look-ups.</summary>
    public JsonField Within(JsonElement part, string name) => new(part, file, name.StartsWith('[') ? Path + name : Join(name));

    /// <summary>This value as a string.</summary>
    public string AsText()
    {
        Must(JsonValueKind.String, "a string");
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException fault)
        {
            throw new InputException($"{file}: '{Path}' has half a surrogate pair; text is expected.", fault);
        }
    }

    /// <summary>This value as the UTF-8 of a string.</summary>
    public byte[] AsUtf8()
    {
        Must(JsonValueKind.String, "a string");
        var raw = JsonMarshal.GetRawUtf8Value(element)[1..^1];
        return raw.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(AsText()) : raw.ToArray();
    }

    /// <summary>The UTF-8 of a member's name.</summary>
    public byte[] NameOf(JsonProperty member)
    {
        var raw = JsonMarshal.GetRawUtf8PropertyName(member);
        if (!raw.Contains((byte)'\\'))
        {
            return raw.ToArray();
        }

        try
        {
            return Encoding.UTF8.GetBytes(member.Name);
        }
        catch (InvalidOperationException fault)
        {
            throw new InputException($"{file}: a field name in '{Path}' has half a surrogate pair; text is expected.", fault);
        }
    }

    /// <summary>This value as one character.</summary>
    public Rune AsCharacter()
    {
        var text = AsText();
        return Rune.TryGetRuneAt(text, 0, out var rune) && rune.Utf16SequenceLength == text.Length
            ? rune
            : throw Wrong("one character");
    }

    /// <summary>This value as a flag.</summary>
    public bool AsFlag() => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong("true or false"),
    };

    /// <summary>This value as a whole number within bounds.</summary>
    public int AsInteger(int minimum, int maximum) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var value) && value >= minimum && value <= maximum
            ? (int)value
            : throw Wrong(maximum == int.MaxValue ? $"a whole number from {minimum} up" : $"a whole number from {minimum} to {maximum}");

    /// <summary>This value as a finite number.</summary>
    public double AsNumber() =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out var value) && double.IsFinite(value)
            ? value
            : throw Wrong("a number");

    /// <summary>This value, if it is of a kind.</summary>
    public JsonField Must(JsonValueKind kind, string expected) => element.ValueKind == kind ? this : throw Wrong(expected);

    /// <summary>The complaint that this value is not what was expected.</summary>
    public InputException Wrong(string expected) => new($"{(Path.Length == 0 ? $"{file}: holds" : $"{Place} is")} {Shown()}; {expected} is expected.");

    /// <summary>A complaint about this value.</summary>
    [DoesNotReturn]
    public void Throw(string complaint) => throw new InputException($"{file}: '{Path}' {complaint}");

    private string Shown()
    {
        var raw = element.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            _ => element.GetRawText(),
        };
        return raw.Length <= 40 ? raw : string.Concat(raw.AsSpan(0, 40), "...");
    }

    private string Join(string name) => Path.Length == 0 ? name : $"{Path}.{name}";
}
