using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using Colibri.Formats;

namespace Colibri.Files;

/// <summary>
/// Writes safetensors: one file, or shards with an index. Names and sizes are gathered first; the tensors' bytes are asked
/// for one after another while the files are written, so that memory stays bounded.
/// </summary>
internal sealed class SafetensorsWriter
{
    private readonly List<Entry> _tensors = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>The <c>__metadata__</c> entries; transformers wants <c>format</c> to be <c>pt</c>.</summary>
    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal) { ["format"] = "pt" };

    /// <summary>Adds a tensor whose bytes its author writes when the file is written.</summary>
    /// <param name="name">Once in the model, and not <c>__metadata__</c>.</param>
    /// <param name="format">A format safetensors knows.</param>
    /// <param name="shape">Sizes, outermost first.</param>
    /// <param name="author">Writes exactly the bytes this format and shape take.</param>
    /// <exception cref="InputException">The name or format cannot stand in a safetensors file.</exception>
    public void AddTensor(string name, TensorFormat format, IReadOnlyList<long> shape, TensorAuthor author)
    {
        if (format.SafetensorsType is null)
        {
            throw new InputException($"tensor {Printable.Quote(name)}: safetensors has no type for {format}. Pick one of {string.Join(", ", TensorFormat.All.Where(f => f.SafetensorsType is not null))}.");
        }

        if (name == "__metadata__" || !_names.Add(name))
        {
            throw new InputException($"tensor {Printable.Quote(name)} would be in the file twice, or has the name of the metadata.");
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(shape.Count, 16);
        ArgumentOutOfRangeException.ThrowIfNegative(shape.DefaultIfEmpty(0).Min());
        _tensors.Add(new Entry(name, format, [.. shape], format.BytesFor(shape.Aggregate(1L, (a, b) => checked(a * b))), author));
    }

    /// <summary>Adds a stored tensor as it is.</summary>
    /// <exception cref="InputException">Its name or format cannot stand in a safetensors file.</exception>
    public void AddTensor(StoredTensor tensor, string? name = null) =>
        AddTensor(name ?? tensor.Name, tensor.Format, tensor.Shape, sink => sink.WriteCopy(tensor));

    /// <summary>Writes one file. It appears whole or not at all, and an existing one is replaced only by a whole one.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="progress">Told the tensor bytes written.</param>
    /// <param name="cancellation">Ends the work and leaves nothing behind.</param>
    /// <exception cref="InputException">The path cannot be written to, or the header would be larger than the format allows.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public void Write(string path, IProgress<ByteProgress>? progress = null, CancellationToken cancellation = default) =>
        WriteAll([(path, _tensors)], null, progress, cancellation);

    /// <summary>
    /// Writes <c>model.safetensors</c> into a folder, or, where the tensors take more than a shard may, shards and their
    /// index. Nothing becomes visible before everything is written.
    /// </summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="largestShard">Tensor bytes in one file; a larger tensor gets a file of its own.</param>
    /// <param name="progress">Told the tensor bytes written.</param>
    /// <param name="cancellation">Ends the work and leaves nothing behind.</param>
    /// <exception cref="InputException">The folder cannot be written to, or holds weights in the other layout that would be read instead.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public void WriteFolder(string folder, long largestShard = 5_000_000_000, IProgress<ByteProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(largestShard, 1);
        var shards = Split(largestShard);
        var other = Path.Combine(folder, shards.Count == 1 ? SafetensorsWeights.IndexName : SafetensorsWeights.SingleName);
        if (File.Exists(other))
        {
            throw new InputException($"{other}: is there already and belongs to other weights; write into a new folder, or remove it.");
        }

        if (shards.Count == 1)
        {
            Write(Path.Combine(folder, SafetensorsWeights.SingleName), progress, cancellation);
            return;
        }

        var files = shards.Select((tensors, i) => (ShardName(i, shards.Count), tensors)).ToList();
        WriteAll([.. files.Select(f => (Path.Combine(folder, f.Item1), f.tensors))],
            (Path.Combine(folder, SafetensorsWeights.IndexName), Index(files)), progress, cancellation);
    }

    private static string ShardName(int index, int count) =>
        string.Create(CultureInfo.InvariantCulture, $"model-{index + 1:d5}-of-{count:d5}.safetensors");

    private List<List<Entry>> Split(long largest)
    {
        var shards = new List<List<Entry>> { new() };
        var size = 0L;
        foreach (var tensor in _tensors)
        {
            if (shards[^1].Count > 0 && tensor.Bytes > largest - size)
            {
                shards.Add([]);
                size = 0;
            }

            shards[^1].Add(tensor);
            size += tensor.Bytes;
        }

        return shards;
    }

    private byte[] Index(List<(string Name, List<Entry> Tensors)> files) => Json(json =>
    {
        json.WriteStartObject("metadata");
        json.WriteNumber("total_size", _tensors.Sum(t => t.Bytes));
        json.WriteEndObject();
        json.WriteStartObject("weight_map");
        foreach (var (tensor, file) in files.SelectMany(f => f.Tensors.Select(t => (t.Name, f.Name))).OrderBy(p => p.Item1, StringComparer.Ordinal))
        {
            json.WriteString(tensor, file);
        }

        json.WriteEndObject();
    }, indented: true);

    private void WriteAll(
        List<(string Path, List<Entry> Tensors)> files, (string Path, byte[] Content)? index, IProgress<ByteProgress>? progress, CancellationToken cancellation)
    {
        var written = new List<ReplacingFile>();
        try
        {
            var done = 0L;
            var total = files.Sum(f => f.Tensors.Sum(t => t.Bytes));
            foreach (var (path, tensors) in files)
            {
                var before = done;
                written.Add(new ReplacingFile(path));
                var part = progress is null ? null : new Relay(p => progress.Report(new ByteProgress(before + p.Done, total)));
                WriteContent(written[^1].Stream, tensors, part, cancellation);
                written[^1].Finish();
                done += tensors.Sum(t => t.Bytes);
            }

            if (index is { } last)
            {
                written.Add(new ReplacingFile(last.Path));
                written[^1].Stream.Write(last.Content);
                written[^1].Finish();
            }

            cancellation.ThrowIfCancellationRequested();
            written.ForEach(f => f.Publish());
        }
        finally
        {
            written.ForEach(f => f.Dispose());
        }
    }

    private void WriteContent(FileStream output, List<Entry> tensors, IProgress<ByteProgress>? progress, CancellationToken cancellation)
    {
        // Large elements first, as the reference writer orders them: every tensor then begins at a multiple of its element's size.
        var ordered = tensors.OrderByDescending(t => t.Format.BytesPerBlock).ThenBy(t => t.Name, StringComparer.Ordinal).ToList();
        var header = Header(ordered);
        if (header.Length > SafetensorsFile.LargestHeader)
        {
            throw new InputException($"{output.Name}: the header would take {header.Length} bytes; the format allows {SafetensorsFile.LargestHeader}. Use smaller shards.");
        }

        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        output.Write(length);
        output.Write(header);
        var sink = new TensorSink(output, ordered.Sum(t => t.Bytes), progress, cancellation);
        foreach (var tensor in ordered)
        {
            sink.Take(tensor.Name, tensor.Format, tensor.Bytes, tensor.Author);
        }
    }

    private byte[] Header(List<Entry> tensors)
    {
        var header = Json(json =>
        {
            if (Metadata.Count > 0)
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in Metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            var offset = 0L;
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Format.SafetensorsType);
                json.WriteStartArray("shape");
                foreach (var size in tensor.Shape)
                {
                    json.WriteNumberValue(size);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                offset += tensor.Bytes;
                json.WriteNumberValue(offset);
                json.WriteEndArray();
                json.WriteEndObject();
            }
        }, indented: false);

        // Padded with spaces, so that the data begin at a multiple of 8.
        var padded = new byte[(header.Length + 7) / 8 * 8];
        header.CopyTo(padded, 0);
        padded.AsSpan(header.Length).Fill((byte)' ');
        return padded;
    }

    private static byte[] Json(Action<Utf8JsonWriter> write, bool indented)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = indented }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    // Progress<T> would post to the thread pool, out of order.
    private sealed class Relay(Action<ByteProgress> report) : IProgress<ByteProgress>
    {
        public void Report(ByteProgress value) => report(value);
    }

    private sealed record Entry(string Name, TensorFormat Format, long[] Shape, long Bytes, TensorAuthor Author);
}
