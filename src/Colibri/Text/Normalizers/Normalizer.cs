using Colibri.Text.Pipeline;

namespace Colibri.Text.Normalizers;

/// <summary>Rewrites text before it is cut into words. Immutable.</summary>
internal abstract class Normalizer
{
    /// <summary>Rewrites the text in place.</summary>
    public abstract void Apply(NormalizedText text);
}
