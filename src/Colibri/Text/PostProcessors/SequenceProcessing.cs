namespace Colibri.Text.PostProcessors;

/// <summary>Several post-processors, one after the other.</summary>
internal sealed class SequenceProcessing(IReadOnlyList<PostProcessor> parts) : PostProcessor
{
    /// <inheritdoc/>
    public override SpanTrimming? Trimming => parts.Select(p => p.Trimming).FirstOrDefault(t => t is not null);

    /// <inheritdoc/>
    public override IEnumerable<int> AddedIds => parts.SelectMany(p => p.AddedIds);

    /// <inheritdoc/>
    public override int AddedTokens(bool pair) => parts.Sum(p => p.AddedTokens(pair));

    /// <inheritdoc/>
    public override List<TokenList> Process(List<TokenList> lists, bool addSpecialTokens)
    {
        foreach (var part in parts)
        {
            lists = part.Process(lists, addSpecialTokens);
        }

        return lists;
    }
}
