using System.Buffers.Binary;

namespace Colibri.Files;

/// <summary>
/// The header of a llama2.c checkpoint: version 0 (seven numbers, then float32), 1 (a 256-byte header, then float32) or 2
/// (the same header, then int8 in groups). Layout: karpathy/llama2.c, <c>export.py</c> and <c>run.c</c>.
/// </summary>
internal sealed record Llama2cHeader
{
    /// <summary>"24ka" as a little-endian number: versions 1 and later begin with it.</summary>
    public const uint Magic = 0x616b3432;

    private const int LegacyBytes = 28;
    private const int HeaderBytes = 256;

    /// <summary>0, 1 or 2.</summary>
    public required int Version { get; init; }

    /// <summary>Values of a hidden state.</summary>
    public required int Hidden { get; init; }

    /// <summary>Values inside the feed-forward layer.</summary>
    public required int FeedForward { get; init; }

    /// <summary>Number of blocks.</summary>
    public required int Blocks { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Tokens.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>The longest context.</summary>
    public required int Context { get; init; }

    /// <summary>Whether the output layer is the embedding table.</summary>
    public required bool TiedOutput { get; init; }

    /// <summary>Values that share a scale (version 2), or 0.</summary>
    public required int GroupSize { get; init; }

    /// <summary>Values of one head.</summary>
    public int HeadSize => Hidden / Heads;

    /// <summary>Values of all key heads, or all value heads, of one token.</summary>
    public int KeyValueSize => HeadSize * KeyValueHeads;

    /// <summary>Bytes before the first tensor.</summary>
    public int DataStart => Version == 0 ? LegacyBytes : HeaderBytes;

    /// <summary>The size a file with this header has: exact, or more than any file can have.</summary>
    public Int128 FileBytes
    {
        get
        {
            Int128 hidden = Hidden, blocks = Blocks;
            var norms = ((blocks * 2) + 1) * hidden;
            var table = hidden * Vocabulary;
            var matrices = (table * (TiedOutput ? 1 : 2)) + (blocks * hidden * (((Int128)2 * Hidden) + ((Int128)2 * KeyValueSize) + ((Int128)3 * FeedForward)));
            return DataStart + Version switch
            {
                0 => (norms + matrices + ((Int128)Context * (HeadSize / 2) * 2)) * 4,
                1 => (norms + matrices) * 4,
                _ => (norms * 4) + matrices + (matrices / GroupSize * 4),
            };
        }
    }

    /// <summary>Whether most of the numbers are of a size that such numbers have.</summary>
    public bool IsPlausible => new[] { Hidden, FeedForward, Blocks, Heads, KeyValueHeads, Vocabulary, Context }.Count(n => n is > 0 and < 1 << 24) >= 5;

    /// <summary>Whether the start of a file and its length are those of a llama2.c checkpoint.</summary>
    public static bool LooksLike(ReadOnlySpan<byte> start, long fileLength) =>
        Read(start) is { } header && (header.Version > 0 || (header.Fault() is null && header.FileBytes == fileLength));

    /// <summary>Reads the numbers without judging them; null where there are too few bytes.</summary>
    public static Llama2cHeader? Read(ReadOnlySpan<byte> start)
    {
        if (start.Length < LegacyBytes)
        {
            return null;
        }

        var legacy = BinaryPrimitives.ReadUInt32LittleEndian(start) != Magic;
        if (!legacy && start.Length < HeaderBytes)
        {
            return null;
        }

        var version = legacy ? 0 : BinaryPrimitives.ReadInt32LittleEndian(start[4..]);
        var numbers = start[(legacy ? 0 : 8)..];
        var vocabulary = Number(numbers, 5);
        return new Llama2cHeader
        {
            Version = version,
            Hidden = Number(numbers, 0),
            FeedForward = Number(numbers, 1),
            Blocks = Number(numbers, 2),
            Heads = Number(numbers, 3),
            KeyValueHeads = Number(numbers, 4),

            // Version 0 says with a negative size that the output layer is stored apart.
            Vocabulary = legacy && vocabulary is < 0 and > int.MinValue ? -vocabulary : vocabulary,
            Context = Number(numbers, 6),
            TiedOutput = legacy ? vocabulary > 0 : start[36] != 0,
            GroupSize = version == 2 ? BinaryPrimitives.ReadInt32LittleEndian(start[37..]) : 0,
        };
    }

    /// <summary>What is impossible about the numbers, or null.</summary>
    public string? Fault()
    {
        if (Version is < 0 or > 2)
        {
            return $"its header says version {Version}; versions 0, 1 and 2 are read";
        }

        foreach (var (name, value) in new[]
        {
            ("dim", Hidden), ("hidden_dim", FeedForward), ("n_layers", Blocks), ("n_heads", Heads),
            ("n_kv_heads", KeyValueHeads), ("vocab_size", Vocabulary), ("seq_len", Context),
        })
        {
            if (value <= 0)
            {
                return $"its header says {name} = {value}; a number above 0 is expected";
            }
        }

        if (Hidden % Heads != 0 || HeadSize % 2 != 0)
        {
            return $"its header says dim = {Hidden} and n_heads = {Heads}; heads of an even, whole size are expected";
        }

        if (Heads % KeyValueHeads != 0)
        {
            return $"its header says n_heads = {Heads} and n_kv_heads = {KeyValueHeads}; a whole number of query heads per key head is expected";
        }

        return Version == 2 && (GroupSize <= 0 || Hidden % GroupSize != 0 || ((long)Hidden * FeedForward) % GroupSize != 0)
            ? $"its header says group_size = {GroupSize}, which does not divide the weights (dim = {Hidden}, hidden_dim = {FeedForward})"
            : null;
    }

    /// <summary>The header's numbers, for errors.</summary>
    public override string ToString() =>
        $"dim {Hidden}, hidden_dim {FeedForward}, n_layers {Blocks}, n_heads {Heads}, n_kv_heads {KeyValueHeads}, vocab_size {Vocabulary}, seq_len {Context}";

    private static int Number(ReadOnlySpan<byte> numbers, int index) => BinaryPrimitives.ReadInt32LittleEndian(numbers[(index * 4)..]);
}
