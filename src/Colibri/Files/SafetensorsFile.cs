using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;
using Colibri.Formats;

namespace Colibri.Files;

/// <summary>
/// One safetensors file: its table of tensors, checked from end to end; no weights are read. Layout: a 64-bit
/// little-endian header length, a JSON object, then the tensors without holes (huggingface/safetensors).
/// </summary>
internal sealed unsafe class SafetensorsFile
{
    /// <summary>The largest header; the reference implementation has the same bound.</summary>
    public const long LargestHeader = 100_000_000;

    private const int MostDimensions = 16;

    private SafetensorsFile(IReadOnlyList<StoredTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        Tensors = tensors;
        Metadata = metadata;
    }

    /// <summary>All tensors, in the order of their bytes.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>The <c>__metadata__</c> entries.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Whether a file begins like a safetensors file: a header length that fits, then a brace.</summary>
    public static bool LooksLike(ReadOnlySpan<byte> start, long fileLength) =>
        start.Length > 8 && start[8] == (byte)'{' && BinaryPrimitives.ReadUInt64LittleEndian(start) is var n && n <= LargestHeader && (long)n <= fileLength - 8;

    /// <summary>Reads the header of a mapped file.</summary>
    /// <exception cref="InputException">It is no safetensors file, or anything in its header is at fault.</exception>
    public static SafetensorsFile Parse(MappedFile file)
    {
        if (file.Length < 10)
        {
            throw new InputException($"{file.Path}: has {file.Length} bytes, less than the smallest safetensors file. Copy or download it again.");
        }

        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(file.Span(0, 8));
        if (headerLength > LargestHeader || (long)headerLength > file.Length - 8 || file.Span(8, 1)[0] != (byte)'{')
        {
            throw new InputException($"{file.Path}: is no safetensors file, or a truncated one: its header says {headerLength} bytes (at most {LargestHeader} are allowed) beginning with '{{', in a file of {file.Length} bytes.");
        }

        var header = file.Span(8, (int)headerLength);
        if (!Utf8.IsValid(header))
        {
            throw new InputException($"{file.Path}: the header is not valid UTF-8. The file is damaged; copy or download it again.");
        }

        var dataStart = 8 + (long)headerLength;
        var (entries, metadata) = ParseHeader(file.Path, header);
        CheckCover(file.Path, entries, file.Length - dataStart);
        return new SafetensorsFile(
            [.. entries.Select(e => new StoredTensor(e.Name, e.Format, e.Shape, file.Address + dataStart + e.Begin, e.End - e.Begin, file))],
            metadata);
    }

    private static (List<Entry> Entries, Dictionary<string, string> Metadata) ParseHeader(string path, ReadOnlySpan<byte> header)
    {
        var reader = new Utf8JsonReader(header);
        var entries = new List<Entry>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var unread = new List<string>();
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                if (!names.Add(name))
                {
                    throw Fault(path, name, "appears twice");
                }

                reader.Read();
                if (reader.TokenType != JsonTokenType.StartObject)
                {
                    throw Fault(path, name, "is not described by an object");
                }

                if (name == "__metadata__")
                {
                    ReadMetadata(path, ref reader, metadata);
                }
                else if (ReadEntry(path, name, ref reader, unread) is { } entry)
                {
                    entries.Add(entry);
                }
            }

            // Only spaces may follow: anything else throws.
            while (reader.Read()) { }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InputException($"{path}: the header is not valid JSON: {e.Message.ReplaceLineEndings(" ")} The file is damaged; copy or download it again.", e);
        }

        return unread.Count == 0 ? (entries, metadata) : throw new InputException(
            $"{path}: {unread[0]}{(unread.Count > 1 ? $" (and {unread.Count - 1} more tensors)" : "")}, a type Colibri does not read. It reads "
            + $"{string.Join(", ", TensorFormat.All.Where(f => f.SafetensorsType is not null).Select(f => f.SafetensorsType))}.");
    }

    private static void ReadMetadata(string path, ref Utf8JsonReader reader, Dictionary<string, string> metadata)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String || !metadata.TryAdd(key, reader.GetString()!))
            {
                throw Fault(path, "__metadata__", $"must hold each key once, with a string; {Printable.Quote(key)} breaks this");
            }
        }
    }

    private static Entry? ReadEntry(string path, string name, ref Utf8JsonReader reader, List<string> unread)
    {
        string? type = null;
        long[]? shape = null;
        long[]? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString();
            reader.Read();
            switch (key)
            {
                case "dtype" when type is null && reader.TokenType == JsonTokenType.String:
                    type = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(path, name, "shape", ref reader, MostDimensions);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(path, name, "data_offsets", ref reader, 2);
                    break;
                case "dtype" or "shape" or "data_offsets":
                    throw Fault(path, name, $"its '{key}' appears twice or is not what the format asks for");
                default:
                    reader.Skip();
                    break;
            }
        }

        if (type is null || shape is null || offsets is not [var begin, var end])
        {
            throw Fault(path, name, "needs 'dtype', 'shape' and 'data_offsets' with two numbers");
        }

        var values = (Int128)1;
        foreach (var size in shape)
        {
            values *= size;
            if (values > long.MaxValue)
            {
                throw Fault(path, name, $"shape {Printable.Shape(shape)} has more values than 64 bits can count");
            }
        }

        if (begin > end)
        {
            throw Fault(path, name, $"its bytes end ({end}) before they begin ({begin})");
        }

        if (TensorFormat.FromSafetensors(type) is not { } format)
        {
            unread.Add($"tensor {Printable.Quote(name)} is {Printable.Quote(type)}");
            return null;
        }

        var bytes = values * format.BytesPerBlock;
        return bytes == end - begin ? new Entry(name, format, shape, begin, end)
            : throw Fault(path, name, $"{type} {Printable.Shape(shape)} takes {bytes} bytes, but {begin} to {end} are {end - begin}");
    }

    private static long[] ReadNumbers(string path, string name, string field, ref Utf8JsonReader reader, int most)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Fault(path, name, $"its '{field}' is no list");
        }

        var sizes = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var size) || size < 0 || sizes.Count == most)
            {
                throw Fault(path, name, $"its '{field}' must be at most {most} whole numbers, 0 or more");
            }

            sizes.Add(size);
        }

        return [.. sizes];
    }

    private static void CheckCover(string path, List<Entry> entries, long length)
    {
        // Stable by end as well, so that empty tensors come before what begins where they lie.
        entries.Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        var position = 0L;
        foreach (var entry in entries)
        {
            if (entry.Begin != position)
            {
                throw Fault(path, entry.Name, entry.Begin < position
                    ? $"begins at byte {entry.Begin}, inside another tensor"
                    : $"begins at byte {entry.Begin}; {position} is expected, the format allows no holes");
            }

            position = entry.End;
        }

        if (position != length)
        {
            throw new InputException($"{path}: the tensors take {position} bytes, but the file holds {length}. " + (position > length
                ? "It is truncated; copy or download it again."
                : "Bytes follow that belong to no tensor."));
        }
    }

    private static InputException Fault(string path, string name, string problem) =>
        new($"{path}: tensor {Printable.Quote(name)}: {problem}. The file is damaged; copy or download it again.");

    private sealed record Entry(string Name, TensorFormat Format, long[] Shape, long Begin, long End);
}
