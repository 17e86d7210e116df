using Colibri.Execution;
using Colibri.Files;

namespace Colibri.Generation;

/// <summary>Tells the files which block a step is in, so that weights stay within the memory allowed.</summary>
internal sealed class WeightStreaming : IBlockObserver, IDisposable
{
    private const long MebiByte = 1 << 20;

    private readonly WeightResidency _residency;

    private WeightStreaming(WeightResidency residency) => _residency = residency;

    /// <summary>Plans which weights stay and which are streamed.</summary>
    /// <param name="source">The files.</param>
    /// <param name="plan">The plan; its segments are what is streamed.</param>
    /// <param name="limit">The most bytes of weights in memory.</param>
    /// <param name="others">Bytes that are needed for other things, for errors.</param>
    /// <param name="path">The model, for errors.</param>
    /// <exception cref="InputException">The largest segment does not fit.</exception>
    public static WeightStreaming Create(ModelSource source, Plan plan, long limit, long others, string path)
    {
        var finder = new RangeFinder(source);
        var segments = plan.Segments.Select(s => s.SelectMany(o => o.Weights).Select(finder.Find).OfType<MappedRange>().ToHashSet()).ToList();

        // What two segments use (a table that is both embedding and output) is not worth letting go between them.
        var shared = segments.SelectMany(s => s).GroupBy(r => r).Where(g => g.Count() > 1).Select(g => g.Key).ToHashSet();
        var blocks = segments.Select(s => (IReadOnlyList<MappedRange>)[.. s.Except(shared)]).ToList();
        try
        {
            return new WeightStreaming(new WeightResidency(blocks, [.. shared], limit));
        }
        catch (InputException e)
        {
            var least = (WeightResidency.LeastBytes(blocks, [.. shared]) + others + MebiByte - 1) / MebiByte;
            throw new InputException($"{path}: {e.Message} Allow at least {least} MiB in all (--max-memory {least}M), or take a smaller model.", e);
        }
    }

    /// <inheritdoc/>
    public void Before(int segment) => _residency.BeforeBlock(segment);

    /// <inheritdoc/>
    public void After(int segment) => _residency.AfterBlock(segment);

    /// <inheritdoc/>
    public void Dispose() => _residency.Dispose();

    private sealed unsafe class RangeFinder(ModelSource source)
    {
        private readonly StoredTensor[] _tensors = [.. source.Tensors.Values.OrderBy(t => (nint)t.Address)];

        // The tensor whose bytes hold the weight's first byte; weights may be a part of a tensor.
        public MappedRange? Find(Formats.Weight weight)
        {
            var (low, high) = (0, _tensors.Length - 1);
            while (low < high)
            {
                var middle = (low + high + 1) / 2;
                (low, high) = _tensors[middle].Address <= weight.Address ? (middle, high) : (low, middle - 1);
            }

            var tensor = _tensors[low];
            return weight.Address >= tensor.Address && weight.Address < tensor.Address + tensor.Bytes ? tensor.Range : null;
        }
    }
}
