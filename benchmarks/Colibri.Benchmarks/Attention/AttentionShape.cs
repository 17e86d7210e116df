namespace Colibri.Benchmarks.Attention;

/// <summary>What attention of a model looks like.</summary>
internal sealed record AttentionShape(int Layers, int Heads, int KeyValueHeads, int HeadSize)
{
    /// <summary>Multiplications and additions of one query position with one key position, over all heads and layers.</summary>
    public double OperationsPerPair => 4.0 * Layers * Heads * HeadSize;
}

/// <summary>A piece of work: some sequences of one length that each compute some tokens behind it.</summary>
/// <param name="Name">As the table shows it.</param>
/// <param name="Sequences">Sequences in the batch.</param>
/// <param name="Start">Tokens that are in the cache already.</param>
/// <param name="Tokens">Tokens computed, in steps of at most <see cref="StepTokens"/>.</param>
internal sealed record AttentionWork(string Name, int Sequences, int Start, int Tokens)
{
    /// <summary>Most tokens of a step.</summary>
    public const int StepTokens = 512;

    /// <summary>The measured cases.</summary>
    public static IReadOnlyList<AttentionWork> All { get; } =
    [
        new("prompt 512", 1, 0, 512),
        new("prompt 4096", 1, 0, 4096),
        new("decode at 512", 1, 512, 1),
        new("decode at 2048", 1, 2048, 1),
        new("decode at 4095", 1, 4094, 1),
        new("16 decode at 512", 16, 512, 1),
    ];

    /// <summary>Query and key positions that meet.</summary>
    public double Pairs => Sequences * ((double)Tokens * Start + Tokens * (Tokens + 1.0) / 2);
}
