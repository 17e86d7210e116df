using Colibri.Text.Pipeline;

namespace Colibri.Text.PreTokenizers;

/// <summary>Cuts with a splitter.</summary>
internal sealed class SplitPreTokenizer(ISplitter splitter) : SplitterPreTokenizer
{
    /// <inheritdoc/>
    public override void Split(ReadOnlySpan<byte> text, PieceList parts) => splitter.Split(text, parts);
}
