using System.Numerics;
using Colibri.Formats;

namespace Colibri.Files;

/// <summary>
/// One GGUF file (version 2 or 3, little-endian): its metadata and its table of tensors, checked from end to end; no
/// weights are read. Layout: ggml, <c>docs/gguf.md</c>.
/// </summary>
internal sealed unsafe class GgufFile
{
    private const int LongestKey = 65535;
    private const int LongestTensorName = 64;
    private const int MostDimensions = 4;
    private const int DefaultAlignment = 32;
    private const int LeastEntryBytes = 8 + 1 + 4 + 1;
    private const int LeastTensorBytes = 8 + 1 + 4 + 8 + 4 + 8;

    private GgufFile(uint version, GgufMetadata metadata, long alignment, IReadOnlyList<StoredTensor> tensors)
    {
        Version = version;
        Metadata = metadata;
        Alignment = alignment;
        Tensors = tensors;
    }

    /// <summary>2 or 3.</summary>
    public uint Version { get; }

    /// <summary>All metadata.</summary>
    public GgufMetadata Metadata { get; }

    /// <summary>Bytes to whose multiples tensors are aligned.</summary>
    public long Alignment { get; }

    /// <summary>All tensors, in the order of the table.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Reads the header of a mapped file.</summary>
    /// <exception cref="InputException">It is no GGUF file Colibri reads, or anything in its header is at fault.</exception>
    public static GgufFile Parse(MappedFile file)
    {
        var cursor = new GgufCursor(file);
        var version = ReadVersion(file, cursor);
        var tensorCount = cursor.ReadCount("the number of tensors", LeastTensorBytes);
        var entryCount = cursor.ReadCount("the number of metadata entries", LeastEntryBytes);
        var metadata = ReadMetadata(file, cursor, entryCount);
        var alignment = metadata.Integer("general.alignment", 1, 1L << 31) ?? DefaultAlignment;
        if (!BitOperations.IsPow2(alignment) || alignment < 8)
        {
            throw new InputException($"{file.Path}: 'general.alignment' is {alignment}; a power of two from 8 up is expected.");
        }

        return new GgufFile(version, metadata, alignment, ReadTensors(file, cursor, tensorCount, alignment));
    }

    private static uint ReadVersion(MappedFile file, GgufCursor cursor)
    {
        var magic = cursor.ReadUInt32("the magic number");
        const uint gguf = 0x46554747;
        const uint reversed = 0x47475546;
        if (magic is not (gguf or reversed))
        {
            throw new InputException($"{file.Path}: does not begin with 'GGUF'; this is no GGUF file.");
        }

        var version = cursor.ReadUInt32("the version");
        if (magic == reversed || ((version & 0xffff) == 0 && version != 0))
        {
            throw new InputException($"{file.Path}: is a big-endian GGUF file; Colibri reads little-endian ones. Convert it with gguf-py's gguf_convert_endian.");
        }

        return version is 2 or 3 ? version : throw new InputException(
            $"{file.Path}: is GGUF version {version}; Colibri reads versions 2 and 3." + (version == 1 ? " Convert the model again with a current converter." : ""));
    }

    private static GgufMetadata ReadMetadata(MappedFile file, GgufCursor cursor, long count)
    {
        var keys = new List<string>();
        var values = new Dictionary<string, GgufValue>(StringComparer.Ordinal);
        for (var i = 0L; i < count; i++)
        {
            cursor.Enter("metadata entry", i);
            var key = cursor.ReadName("the key", LongestKey);
            cursor.Enter("metadata entry", i, key);
            var type = cursor.ReadType("the value's type");
            var start = cursor.Position;
            cursor.SkipValue(type);
            if (!values.TryAdd(key, new GgufValue(file, type, start, cursor.Position - start)))
            {
                throw cursor.Fault("the key appears twice");
            }

            keys.Add(key);
        }

        return new GgufMetadata(file.Path, keys, values);
    }

    private static StoredTensor[] ReadTensors(MappedFile file, GgufCursor cursor, long count, long alignment)
    {
        var table = new List<Entry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var unread = new List<string>();
        for (var i = 0L; i < count; i++)
        {
            cursor.Enter("tensor", i);
            var name = cursor.ReadName("the name", LongestTensorName);
            cursor.Enter("tensor", i, name);
            if (!names.Add(name))
            {
                throw cursor.Fault("the name appears twice");
            }

            if (ReadEntry(cursor, name, alignment, unread) is { } entry)
            {
                table.Add(entry);
            }
        }

        if (unread.Count > 0)
        {
            throw new InputException($"{file.Path}: {unread[0]}{(unread.Count > 1 ? $" (and {unread.Count - 1} more tensors)" : "")}, "
                + $"a format Colibri does not read. It reads {string.Join(", ", TensorFormat.All.Where(f => f.GgufType is not null))}.");
        }

        // Checked here and not before: a file without tensors may end right behind its metadata.
        var start = (cursor.Position + alignment - 1) / alignment * alignment;
        return Place(file, table, start);
    }

    private static Entry? ReadEntry(GgufCursor cursor, string name, long alignment, List<string> unread)
    {
        var dimensions = cursor.ReadUInt32("the number of dimensions");
        if (dimensions is 0 or > MostDimensions)
        {
            throw cursor.Fault($"has {dimensions} dimensions; 1 to {MostDimensions} are expected");
        }

        var shape = new long[dimensions];
        var values = (Int128)1;
        for (var d = 0; d < dimensions; d++)
        {
            var size = cursor.ReadUInt64("a dimension");
            if (size is 0 or > long.MaxValue)
            {
                throw cursor.Fault($"dimension {d} is {size}; a size of 1 or more is expected");
            }

            shape[dimensions - 1 - d] = (long)size;
            values *= size;
            if (values > long.MaxValue)
            {
                throw cursor.Fault("has more values than 64 bits can count");
            }
        }

        var type = cursor.ReadUInt32("the tensor type");
        var offset = cursor.ReadUInt64("the offset");
        if (TensorFormat.FromGguf(type) is not { } format)
        {
            unread.Add($"tensor {Printable.Quote(name)} is {GgmlTypeNames.Describe(type)}");
            return null;
        }

        if (shape[^1] % format.ValuesPerBlock != 0)
        {
            throw cursor.Fault($"rows of {shape[^1]} values cannot be {format.Name}, whose blocks hold {format.ValuesPerBlock}");
        }

        var bytes = values / format.ValuesPerBlock * format.BytesPerBlock;
        if (offset > long.MaxValue || bytes > long.MaxValue)
        {
            throw cursor.Fault($"{format.Name} {Printable.Shape(shape)} at offset {offset} lies outside any file");
        }

        if ((long)offset % alignment != 0)
        {
            throw cursor.Fault($"its offset {offset} is not a multiple of the alignment {alignment}");
        }

        return new Entry(name, format, shape, (long)offset, (long)bytes);
    }

    private static StoredTensor[] Place(MappedFile file, List<Entry> table, long start)
    {
        var room = Math.Max(0, file.Length - start);
        foreach (var entry in table)
        {
            if (entry.Offset > room || entry.Bytes > room - entry.Offset)
            {
                throw new InputException($"{file.Path}: tensor {Printable.Quote(entry.Name)} ({entry.Format} {Printable.Shape(entry.Shape)}) needs {entry.Bytes} bytes from byte "
                    + $"{(Int128)start + entry.Offset} on, but the file ends at byte {file.Length}. The file is truncated; copy or download it again.");
            }
        }

        Entry? last = null;
        foreach (var entry in table.OrderBy(e => e.Offset))
        {
            if (last is not null && entry.Offset < last.Offset + last.Bytes)
            {
                throw new InputException($"{file.Path}: tensors {Printable.Quote(last.Name)} and {Printable.Quote(entry.Name)} overlap. The file is damaged; copy or download it again.");
            }

            last = entry;
        }

        return [.. table.Select(e => new StoredTensor(e.Name, e.Format, e.Shape, file.Address + start + e.Offset, e.Bytes, file))];
    }

    private sealed record Entry(string Name, TensorFormat Format, long[] Shape, long Offset, long Bytes);
}
