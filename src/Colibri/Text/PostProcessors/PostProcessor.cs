namespace Colibri.Text.PostProcessors;

/// <summary>Puts special tokens around the tokens of a text or of a pair, and sets type ids. Immutable.</summary>
internal abstract class PostProcessor
{
    /// <summary>How many tokens are added, which truncation leaves room for.</summary>
    public abstract int AddedTokens(bool pair);

    /// <summary>Processes one list or two; what comes out is joined in the end.</summary>
    /// <param name="lists">The tokens of the text, and of the second one.</param>
    /// <param name="addSpecialTokens">Whether special tokens are wanted.</param>
    public abstract List<TokenList> Process(List<TokenList> lists, bool addSpecialTokens);

    /// <summary>How spans lose the spaces at their ends, or null where they keep them.</summary>
    public virtual SpanTrimming? Trimming => null;

    /// <summary>All ids it can add.</summary>
    public virtual IEnumerable<int> AddedIds => [];
}

/// <summary>Spaces that byte-level tokens begin and end with are taken off their spans.</summary>
/// <param name="KeepsAddedSpace">Whether one space before the first token counts as added, and its span is left alone.</param>
internal sealed record SpanTrimming(bool KeepsAddedSpace);
