using System.Numerics;
using System.Text;
using Colibri.Formats;

namespace Colibri.Files;

/// <summary>
/// Writes a GGUF file, version 3. Metadata and the table of tensors are gathered first; the tensors' bytes are asked for
/// one after another while the file is written, so that memory stays bounded.
/// </summary>
internal sealed class GgufWriter
{
    private const string AlignmentKey = "general.alignment";
    private const int LongestTensorName = 64;

    private readonly int _alignment;
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly MemoryStream _entries = new();
    private readonly List<Entry> _tensors = [];
    private long _dataBytes;

    /// <summary>Begins a file.</summary>
    /// <param name="alignment">Bytes to whose multiples tensors are aligned: a power of two, 8 or more.</param>
    public GgufWriter(int alignment = 32)
    {
        if (alignment < 8 || !BitOperations.IsPow2(alignment))
        {
            throw new ArgumentOutOfRangeException(nameof(alignment), alignment, "a power of two, 8 or more");
        }

        _alignment = alignment;
        if (alignment != 32)
        {
            Add(AlignmentKey, (uint)alignment);
        }
    }

    /// <summary>Adds a metadata entry; <see cref="GgufEncoding.Encode"/> says what a value can be.</summary>
    /// <exception cref="ArgumentException">The key is there already, empty or too long, or the value has no GGUF type.</exception>
    public void Add(string key, object value)
    {
        var (type, bytes) = GgufEncoding.Encode(value);
        AddEncoded(key, type, bytes);
    }

    /// <summary>Adds an array of strings given as bytes, which need not be valid UTF-8.</summary>
    /// <exception cref="ArgumentException">The key is there already, empty or too long.</exception>
    public void AddStrings(string key, IReadOnlyCollection<ReadOnlyMemory<byte>> strings) =>
        AddEncoded(key, GgufValueType.Array, GgufEncoding.EncodeStrings(strings));

    /// <summary>
    /// Copies metadata of another file byte for byte, except what belongs to that file only (alignment, split), what is
    /// here already, and what <paramref name="keep"/> declines.
    /// </summary>
    public void Copy(GgufMetadata metadata, Func<string, bool>? keep = null)
    {
        foreach (var key in metadata.Keys)
        {
            if (key != AlignmentKey && !key.StartsWith("split.", StringComparison.Ordinal) && !_keys.Contains(key) && keep?.Invoke(key) != false)
            {
                var value = metadata.Value(key)!.Value;
                AddEncoded(key, value.Type, value.Bytes);
            }
        }
    }

    /// <summary>Adds a tensor whose bytes its author writes when the file is written.</summary>
    /// <param name="name">1 to 64 bytes of UTF-8, once in the file.</param>
    /// <param name="format">A format GGUF knows.</param>
    /// <param name="shape">1 to 4 sizes, outermost first; the last is a multiple of the format's block.</param>
    /// <param name="author">Writes exactly the bytes this format and shape take.</param>
    /// <exception cref="InputException">The name, format or shape cannot stand in a GGUF file.</exception>
    public void AddTensor(string name, TensorFormat format, IReadOnlyList<long> shape, TensorAuthor author)
    {
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > LongestTensorName)
        {
            throw new InputException($"tensor {Printable.Quote(name)}: GGUF allows names of 1 to {LongestTensorName} bytes.");
        }

        if (format.GgufType is null)
        {
            throw new InputException($"tensor {Printable.Quote(name)}: GGUF has no type for {format}. Pick one of {string.Join(", ", TensorFormat.All.Where(f => f.GgufType is not null))}.");
        }

        if (shape.Count is 0 or > 4 || shape.Any(s => s <= 0) || shape[^1] % format.ValuesPerBlock != 0)
        {
            throw new InputException($"tensor {Printable.Quote(name)}: {Printable.Shape(shape)} cannot be {format} in GGUF, which takes 1 to 4 sizes, the last a multiple of {format.ValuesPerBlock}.");
        }

        if (!_names.Add(name))
        {
            throw new InputException($"tensor {Printable.Quote(name)} would be in the file twice.");
        }

        var bytes = format.BytesFor(shape.Aggregate(1L, (a, b) => checked(a * b)));
        var offset = AlignUp(_dataBytes);
        _tensors.Add(new Entry(name, format, [.. shape], offset, bytes, author));
        _dataBytes = checked(offset + bytes);
    }

    /// <summary>Adds a stored tensor as it is.</summary>
    /// <exception cref="InputException">Its name, format or shape cannot stand in a GGUF file.</exception>
    public void AddTensor(StoredTensor tensor, string? name = null) =>
        AddTensor(name ?? tensor.Name, tensor.Format, tensor.Shape.Count == 0 ? [1] : tensor.Shape, sink => sink.WriteCopy(tensor));

    /// <summary>Writes the file. It appears whole or not at all, and an existing one is replaced only by a whole one.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="progress">Told the tensor bytes written.</param>
    /// <param name="cancellation">Ends the work and leaves nothing behind.</param>
    /// <exception cref="InputException">The path cannot be written to.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public void Write(string path, IProgress<ByteProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var file = new ReplacingFile(path);
        WriteHeader(file.Stream);
        var start = AlignUp(file.Stream.Position);
        var sink = new TensorSink(file.Stream, _tensors.Sum(t => t.Bytes), progress, cancellation);
        foreach (var tensor in _tensors)
        {
            Pad(file.Stream, start + tensor.Offset);
            sink.Take(tensor.Name, tensor.Format, tensor.Bytes, tensor.Author);
        }

        if (_tensors.Count > 0)
        {
            // The reference reader wants the last tensor padded too.
            Pad(file.Stream, AlignUp(file.Stream.Position));
        }

        cancellation.ThrowIfCancellationRequested();
        file.Finish();
        file.Publish();
    }

    private void AddEncoded(string key, GgufValueType type, ReadOnlySpan<byte> value)
    {
        var utf8 = Encoding.UTF8.GetBytes(key);
        if (utf8.Length is 0 or > 65535 || !_keys.Add(key))
        {
            throw new ArgumentException($"The key '{key}' is empty, longer than 65535 bytes, or in the file already.", nameof(key));
        }

        GgufEncoding.WriteString(_entries, utf8);
        GgufEncoding.WriteUInt32(_entries, (uint)type);
        _entries.Write(value);
    }

    private void WriteHeader(Stream output)
    {
        output.Write("GGUF"u8);
        GgufEncoding.WriteUInt32(output, 3);
        GgufEncoding.WriteUInt64(output, (ulong)_tensors.Count);
        GgufEncoding.WriteUInt64(output, (ulong)_keys.Count);
        _entries.WriteTo(output);
        foreach (var tensor in _tensors)
        {
            GgufEncoding.WriteString(output, Encoding.UTF8.GetBytes(tensor.Name));
            GgufEncoding.WriteUInt32(output, (uint)tensor.Shape.Length);
            foreach (var size in tensor.Shape.Reverse())
            {
                GgufEncoding.WriteUInt64(output, (ulong)size);
            }

            GgufEncoding.WriteUInt32(output, tensor.Format.GgufType!.Value);
            GgufEncoding.WriteUInt64(output, (ulong)tensor.Offset);
        }
    }

    private static void Pad(Stream output, long position)
    {
        Span<byte> zeros = stackalloc byte[256];
        zeros.Clear();
        while (output.Position < position)
        {
            output.Write(zeros[..(int)Math.Min(zeros.Length, position - output.Position)]);
        }
    }

    private long AlignUp(long position) => checked(position + _alignment - 1) / _alignment * _alignment;

    private sealed record Entry(string Name, TensorFormat Format, long[] Shape, long Offset, long Bytes, TensorAuthor Author);
}
