using Colibri.Text.Pipeline;

namespace Colibri.Text.Normalizers;

/// <summary>Several normalizers, one after the other.</summary>
internal sealed class SequenceNormalizer(IReadOnlyList<Normalizer> parts) : Normalizer
{
    /// <summary>The parts, in order.</summary>
    public IReadOnlyList<Normalizer> Parts { get; } = parts;

    /// <inheritdoc/>
    public override void Apply(NormalizedText text)
    {
        foreach (var part in Parts)
        {
            part.Apply(text);
        }
    }
}
