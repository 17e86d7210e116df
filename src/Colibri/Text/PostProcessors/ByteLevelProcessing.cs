namespace Colibri.Text.PostProcessors;

/// <summary>ByteLevel: adds nothing.</summary>
internal sealed class ByteLevelProcessing : PostProcessor
{
    /// <inheritdoc/>
    public override int AddedTokens(bool pair) => 0;

    /// <inheritdoc/>
    public override List<TokenList> Process(List<TokenList> lists, bool addSpecialTokens) => lists;
}
