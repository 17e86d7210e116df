namespace Colibri.Text.PostProcessors;

/// <summary>ByteLevel: adds nothing; it may take the spaces at the ends of tokens off their spans.</summary>
internal sealed class ByteLevelProcessing(bool trimsSpans, bool addsPrefixSpace) : PostProcessor
{
    /// <inheritdoc/>
    public override SpanTrimming? Trimming => trimsSpans ? new SpanTrimming(addsPrefixSpace) : null;

    /// <inheritdoc/>
    public override int AddedTokens(bool pair) => 0;

    /// <inheritdoc/>
    public override List<TokenList> Process(List<TokenList> lists, bool addSpecialTokens) => lists;
}
