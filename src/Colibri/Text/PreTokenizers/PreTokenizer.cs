using Colibri.Text.Pipeline;

namespace Colibri.Text.PreTokenizers;

/// <summary>Cuts text into words, and may rewrite it. Immutable.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Cuts the pieces of text further.</summary>
    public abstract void Apply(PreTokenizedText text);
}
