using Colibri.Text.Pipeline;

namespace Colibri.Text.PreTokenizers;

/// <summary>A pre-tokenizer that only cuts.</summary>
internal abstract class SplitterPreTokenizer : PreTokenizer, ISplitter
{
    /// <inheritdoc/>
    public sealed override void Apply(PreTokenizedText text) => text.Split(this);

    /// <inheritdoc/>
    public abstract void Split(ReadOnlySpan<byte> text, PieceList parts);
}
