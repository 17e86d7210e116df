using Colibri.Text.Pipeline;

namespace Colibri.Text.PreTokenizers;

/// <summary>Several pre-tokenizers, one after the other.</summary>
internal sealed class SequencePreTokenizer(IReadOnlyList<PreTokenizer> parts) : PreTokenizer
{
    /// <summary>The parts, in order.</summary>
    public IReadOnlyList<PreTokenizer> Parts { get; } = parts;

    /// <inheritdoc/>
    public override void Apply(PreTokenizedText text)
    {
        foreach (var part in Parts)
        {
            part.Apply(text);
        }
    }
}
