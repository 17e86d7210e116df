namespace Colibri.Files;

/// <summary>Reads weights ahead of their first use.</summary>
public static class WeightLoading
{
    /// <summary>Up to this many parameters, <see cref="LoadMode.Auto"/> reads all weights when the model loads.</summary>
    public const long DefaultThreshold = 3_000_000_000;

    private const long ChunkBytes = 8 << 20;

    /// <summary>Whether a mode reads all weights when the model loads.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="parameters">The model's parameters.</param>
    /// <param name="threshold">The most parameters that Auto reads at once.</param>
    public static bool ReadsAtOnce(LoadMode mode, long parameters, long threshold = DefaultThreshold) => mode switch
    {
        LoadMode.Resident => true,
        LoadMode.Lazy => false,
        _ => parameters <= threshold,
    };

    /// <summary>Reads a model's weights as the mode says.</summary>
    /// <param name="source">The opened model.</param>
    /// <param name="mode">When weights are read.</param>
    /// <param name="threads">Threads that read at the same time.</param>
    /// <param name="progress">Told the bytes read; calls come from several threads, one at a time, in ascending order.</param>
    /// <param name="cancellation">Ends the work; what was read stays.</param>
    /// <returns>Whether all weights were read.</returns>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static bool Load(ModelSource source, LoadMode mode, int threads = 4, IProgress<ByteProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!ReadsAtOnce(mode, source.Parameters))
        {
            return false;
        }

        ReadAll(source.Tensors.Values.Select(t => t.Range).OfType<MappedRange>(), threads, progress, cancellation);
        return true;
    }

    /// <summary>Reads and maps stretches of files on several threads, in the order of the file.</summary>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    internal static void ReadAll(IEnumerable<MappedRange> ranges, int threads, IProgress<ByteProgress>? progress, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        var chunks = MappedRange.Join(ranges).SelectMany(Cut).ToList();
        var total = chunks.Sum(c => c.Length);
        var done = 0L;
        var gate = new Lock();
        var next = -1;
        void Work()
        {
            for (var i = Interlocked.Increment(ref next); i < chunks.Count; i = Interlocked.Increment(ref next))
            {
                cancellation.ThrowIfCancellationRequested();
                chunks[i].File.Populate(chunks[i].Offset, chunks[i].Length);
                lock (gate)
                {
                    done += chunks[i].Length;
                    progress?.Report(new ByteProgress(done, total));
                }
            }
        }

        try
        {
            Parallel.Invoke([.. Enumerable.Repeat(Work, Math.Min(threads, Math.Max(1, chunks.Count)))]);
        }
        catch (AggregateException e) when (cancellation.IsCancellationRequested && e.InnerExceptions.All(i => i is OperationCanceledException))
        {
            throw new OperationCanceledException(cancellation);
        }
    }

    private static IEnumerable<MappedRange> Cut(MappedRange range)
    {
        for (var offset = range.Offset; offset < range.End; offset += ChunkBytes)
        {
            yield return range with { Offset = offset, Length = Math.Min(ChunkBytes, range.End - offset) };
        }
    }
}
