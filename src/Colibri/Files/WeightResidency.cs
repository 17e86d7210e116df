namespace Colibri.Files;

/// <summary>
/// Keeps the weights of a model that is larger than the memory allowed within that memory: what every step needs and as
/// many leading blocks as fit stay; the other blocks are read into the page cache while their predecessor computes, come
/// into the process as they are touched, and leave it when they are done.
/// </summary>
/// <remarks>
/// One runner calls <see cref="BeforeBlock"/> and <see cref="AfterBlock"/> in the order of the blocks; neither allocates.
/// A block is any piece of a step's work, so the engine may count the output layer or an embedding table as one. Dispose
/// before the files are closed.
/// </remarks>
internal sealed class WeightResidency : IDisposable
{
    /// <summary>
    /// Touching one page of a file can bring in all that the page cache keeps in one piece with it: up to 2 MB where pages
    /// are 4 KB (measured on Linux 6.18, ext4). So sizes are counted, and pages released, in these units.
    /// </summary>
    public const int Granularity = 2 << 20;

    private readonly MappedRange[][] _blocks;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread? _reader;
    private volatile int _wanted = -1;
    private volatile bool _disposed;

    /// <summary>Plans what stays.</summary>
    /// <param name="blocks">For each block in order, where its weights lie.</param>
    /// <param name="always">Weights that every step needs outside the blocks.</param>
    /// <param name="limit">The most bytes of weights in this process's memory.</param>
    /// <exception cref="InputException">The limit is below <see cref="LeastBytes"/>.</exception>
    public WeightResidency(IReadOnlyList<IReadOnlyList<MappedRange>> blocks, IReadOnlyList<MappedRange> always, long limit)
    {
        var least = LeastBytes(blocks, always);
        if (limit < least)
        {
            var others = Bytes(always) is > 0 and var bytes ? $" ({Printable.Bytes(bytes)} that every step uses, and the largest block)" : " (the largest block)";
            throw new InputException($"the memory allowed leaves {Printable.Bytes(limit)} for weights; this model needs at least {Printable.Bytes(least)}{others}.");
        }

        ResidentBlocks = blocks.Count;
        for (PeakBytes = Peak(blocks, always, ResidentBlocks); PeakBytes > limit; PeakBytes = Peak(blocks, always, ResidentBlocks))
        {
            ResidentBlocks--;
        }

        _blocks = [.. blocks.Select(ranges => MappedRange.Join(ranges, Granularity).ToArray())];
        if (Streams)
        {
            foreach (var range in _blocks.Skip(ResidentBlocks).SelectMany(b => b))
            {
                range.File.AdvisePieces(range.Offset, range.Length, Granularity);
            }

            _reader = new Thread(ReadAhead) { IsBackground = true, Name = "colibri read ahead" };
            _reader.Start();
        }
    }

    /// <summary>How many leading blocks stay in memory once they were used.</summary>
    public int ResidentBlocks { get; }

    /// <summary>Whether any block is streamed.</summary>
    public bool Streams => ResidentBlocks < _blocks.Length;

    /// <summary>The most bytes of weights that are in memory at a time, neighbouring pages included.</summary>
    public long PeakBytes { get; }

    /// <summary>The smallest limit under which a model runs: what every step needs, and the largest block.</summary>
    public static long LeastBytes(IReadOnlyList<IReadOnlyList<MappedRange>> blocks, IReadOnlyList<MappedRange> always) =>
        Peak(blocks, always, 0);

    /// <summary>Call before a block computes: starts reading the next one, where it is streamed.</summary>
    public void BeforeBlock(int block)
    {
        var next = block + 1 < _blocks.Length ? block + 1 : 0;
        if (next >= ResidentBlocks)
        {
            _wanted = next;
            _wake.Set();
        }
    }

    /// <summary>Call after a block has computed: releases it, where it is streamed.</summary>
    public void AfterBlock(int block)
    {
        if (block < ResidentBlocks)
        {
            return;
        }

        foreach (var range in _blocks[block])
        {
            range.File.Release(range.Offset, range.Length, Granularity);
        }
    }

    /// <summary>Waits for reading ahead that runs, and starts no more.</summary>
    public void Dispose()
    {
        _disposed = true;
        _wake.Set();
        _reader?.Join();
        _wake.Dispose();
    }

    // What stays is counted together, so that neighbours share their outer units; a streamed block comes on top.
    private static long Peak(IReadOnlyList<IReadOnlyList<MappedRange>> blocks, IReadOnlyList<MappedRange> always, int resident) =>
        Bytes([.. always, .. blocks.Take(resident).SelectMany(b => b)]) + blocks.Skip(resident).Select(Bytes).DefaultIfEmpty(0).Max();

    private static long Bytes(IReadOnlyList<MappedRange> ranges) => MappedRange.Join(ranges, Granularity).Sum(r =>
        ((r.End + Granularity - 1) / Granularity * Granularity) - (r.Offset / Granularity * Granularity));

    // Asking for many pages can wait for the disk's queue, so it does not happen on the thread that computes.
    private void ReadAhead()
    {
        while (true)
        {
            _wake.WaitOne();
            if (_disposed)
            {
                return;
            }

            foreach (var range in _blocks[_wanted])
            {
                range.File.ReadAhead(range.Offset, range.Length);
            }
        }
    }
}
