using System.Globalization;
using System.Runtime.InteropServices;

namespace Colibri.Files;

/// <summary>
/// A mapped llama2.c checkpoint: where each tensor lies, under the name GGUF gives it. The three versions differ in order
/// and encoding, and version 2 has two orders; the order here is the same for all.
/// </summary>
internal sealed class Llama2cCheckpoint : IDisposable
{
    private readonly MappedFile _file;
    private readonly Dictionary<string, Llama2cTensor> _tensors = new(StringComparer.Ordinal);
    private long _position;

    private Llama2cCheckpoint(MappedFile file, Llama2cHeader header)
    {
        _file = file;
        Header = header;
        _position = header.DataStart;
        switch (header.Version)
        {
            case 0:
                LayOutLegacy();
                break;
            case 1:
                LayOutFloats();
                break;
            default:
                LayOutGroups();
                break;
        }
    }

    /// <summary>The sizes.</summary>
    public Llama2cHeader Header { get; }

    /// <summary>All tensors, those of a block together.</summary>
    public IEnumerable<Llama2cTensor> Tensors
    {
        get
        {
            yield return _tensors["token_embd.weight"];
            for (var i = 0; i < Header.Blocks; i++)
            {
                foreach (var name in BlockNames)
                {
                    yield return _tensors[InBlock(i, name)];
                }
            }

            yield return _tensors["output_norm.weight"];
            if (!Header.TiedOutput)
            {
                yield return _tensors["output.weight"];
            }
        }
    }

    private static string[] BlockNames { get; } =
        ["attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_down", "ffn_up"];

    /// <summary>Whether a file is a llama2.c checkpoint, by its content.</summary>
    public static bool LooksLike(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        using var file = MappedFile.Open(path);
        return Llama2cHeader.LooksLike(file.Span(0, (int)Math.Min(256, file.Length)), file.Length);
    }

    /// <summary>Opens a checkpoint.</summary>
    /// <exception cref="InputException">It is none, or its header and its length contradict each other.</exception>
    public static Llama2cCheckpoint Open(string path)
    {
        var file = MappedFile.Open(path);
        try
        {
            var start = file.Span(0, (int)Math.Min(256, file.Length));
            var header = Llama2cHeader.Read(start)
                ?? throw new InputException($"{path}: has {file.Length} bytes, less than the header of a llama2.c checkpoint.");
            if (header.Fault() is { } fault)
            {
                throw new InputException($"{path}: is no llama2.c checkpoint, or a damaged one: {fault}.");
            }

            if (header.FileBytes != file.Length)
            {
                throw new InputException($"{path}: is no llama2.c checkpoint, or a damaged one: its header ({header}) asks for {header.FileBytes} bytes, but the file has {file.Length}.");
            }

            return new Llama2cCheckpoint(file, header);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static string InBlock(int block, string name) => string.Create(CultureInfo.InvariantCulture, $"blk.{block}.{name}.weight");

    private void LayOutLegacy()
    {
        Floats("token_embd.weight", Header.Vocabulary, Header.Hidden);
        FloatsInBlocks("attn_norm", 1, Header.Hidden);
        Attention(FloatsInBlocks);
        FloatsInBlocks("ffn_norm", 1, Header.Hidden);
        FeedForward(FloatsInBlocks);
        Floats("output_norm.weight", 1, Header.Hidden);

        // Two tables of rotations, which every reader computes for itself.
        _position += (long)Header.Context * (Header.HeadSize / 2) * 2 * sizeof(float);
        if (!Header.TiedOutput)
        {
            Floats("output.weight", Header.Vocabulary, Header.Hidden);
        }
    }

    private void LayOutFloats()
    {
        Norms();
        Floats("token_embd.weight", Header.Vocabulary, Header.Hidden);
        Attention(FloatsInBlocks);
        FeedForward(FloatsInBlocks);
        if (!Header.TiedOutput)
        {
            Floats("output.weight", Header.Vocabulary, Header.Hidden);
        }
    }

    // export.py has written two orders under one version and of one size: first all scales behind all integers, since
    // runq.c each tensor's scales behind its integers. Only the content tells: an order that is not the file's takes
    // integers for scales, and half of those are no scales.
    private void LayOutGroups()
    {
        Norms();
        var together = GroupedTensors(scalesLast: false);
        var apart = GroupedTensors(scalesLast: true);
        foreach (var tensor in Faults(apart) < Faults(together) ? apart : together)
        {
            _tensors.Add(tensor.Name, tensor);
        }
    }

    private List<Llama2cTensor> GroupedTensors(bool scalesLast)
    {
        var tensors = new List<Llama2cTensor>();
        var position = _position;
        Add("token_embd.weight", Header.Vocabulary, Header.Hidden);
        Attention(AddInBlocks);
        FeedForward(AddInBlocks);
        if (!Header.TiedOutput)
        {
            Add("output.weight", Header.Vocabulary, Header.Hidden);
        }

        for (var i = 0; scalesLast && i < tensors.Count; i++)
        {
            tensors[i] = tensors[i] with { ScalesOffset = position };
            position += ScaleBytes(tensors[i]);
        }

        return tensors;

        void AddInBlocks(string name, int rows, int columns)
        {
            for (var i = 0; i < Header.Blocks; i++)
            {
                Add(InBlock(i, name), rows, columns);
            }
        }

        void Add(string name, int rows, int columns)
        {
            var tensor = new Llama2cTensor(_file, name, rows, columns, position) { GroupSize = Header.GroupSize };
            position += tensor.Count;
            tensors.Add(tensor with { ScalesOffset = position });
            position += scalesLast ? 0 : ScaleBytes(tensor);
        }

        long ScaleBytes(Llama2cTensor tensor) => tensor.Count / Header.GroupSize * sizeof(float);
    }

    // Scales that cannot be any: a scale is a largest magnitude divided by 127.
    private static long Faults(List<Llama2cTensor> tensors)
    {
        var faults = 0L;
        foreach (var tensor in tensors)
        {
            for (var group = 0L; group < tensor.Count / tensor.GroupSize; group++)
            {
                faults += tensor.Scale(group) is >= 0 and <= float.MaxValue ? 0 : 1;
            }
        }

        return faults;
    }

    private void Norms()
    {
        FloatsInBlocks("attn_norm", 1, Header.Hidden);
        FloatsInBlocks("ffn_norm", 1, Header.Hidden);
        Floats("output_norm.weight", 1, Header.Hidden);
    }

    private void Attention(Action<string, int, int> add)
    {
        add("attn_q", Header.Hidden, Header.Hidden);
        add("attn_k", Header.KeyValueSize, Header.Hidden);
        add("attn_v", Header.KeyValueSize, Header.Hidden);
        add("attn_output", Header.Hidden, Header.Hidden);
    }

    // llama2.c calls them w1, w2 and w3.
    private void FeedForward(Action<string, int, int> add)
    {
        add("ffn_gate", Header.FeedForward, Header.Hidden);
        add("ffn_down", Header.Hidden, Header.FeedForward);
        add("ffn_up", Header.FeedForward, Header.Hidden);
    }

    private void FloatsInBlocks(string name, int rows, int columns)
    {
        for (var i = 0; i < Header.Blocks; i++)
        {
            Floats(InBlock(i, name), rows, columns);
        }
    }

    private void Floats(string name, int rows, int columns)
    {
        _tensors.Add(name, new Llama2cTensor(_file, name, rows, columns, _position));
        _position += (long)rows * columns * sizeof(float);
    }
}

/// <summary>One tensor of a llama2.c checkpoint: float32, or 8-bit integers with a float32 scale for each group.</summary>
/// <param name="File">The file.</param>
/// <param name="Name">GGUF's name.</param>
/// <param name="Rows">Output values; 1 for a norm.</param>
/// <param name="Columns">Input values.</param>
/// <param name="Offset">First byte of the values.</param>
internal sealed record Llama2cTensor(MappedFile File, string Name, int Rows, int Columns, long Offset)
{
    /// <summary>Integers that share a scale, counted through all rows; 0 for float32.</summary>
    public int GroupSize { get; init; }

    /// <summary>First byte of the scales.</summary>
    public long ScalesOffset { get; init; }

    /// <summary>Number of values.</summary>
    public long Count => (long)Rows * Columns;

    /// <summary>Sizes as GGUF has them: a norm is a vector.</summary>
    public IReadOnlyList<long> Shape => Name.EndsWith("_norm.weight", StringComparison.Ordinal) ? [Columns] : [Rows, Columns];

    /// <summary>Gives values in order, exactly (a product of an integer and its scale rounds once).</summary>
    /// <param name="first">First value.</param>
    /// <param name="values">Receives them.</param>
    public void Read(long first, Span<float> values)
    {
        if (GroupSize == 0)
        {
            MemoryMarshal.Cast<byte, float>(File.Span(Offset + first * sizeof(float), values.Length * sizeof(float))).CopyTo(values);
            return;
        }

        var integers = Integers(first, values.Length);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = integers[i] * Scale((first + i) / GroupSize);
        }
    }

    /// <summary>Some of the integers.</summary>
    public ReadOnlySpan<sbyte> Integers(long first, int count) => MemoryMarshal.Cast<byte, sbyte>(File.Span(Offset + first, count));

    /// <summary>The scale of a group.</summary>
    public float Scale(long group) => MemoryMarshal.Read<float>(File.Span(ScalesOffset + group * sizeof(float), sizeof(float)));
}
