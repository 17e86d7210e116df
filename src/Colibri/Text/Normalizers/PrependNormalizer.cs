using System.Text;
using Colibri.Text.Pipeline;

namespace Colibri.Text.Normalizers;

/// <summary>Prepend: puts a string before every text that is not empty.</summary>
internal sealed class PrependNormalizer(string content) : Normalizer
{
    private readonly byte[] bytes = Encoding.UTF8.GetBytes(content);

    /// <inheritdoc/>
    public override void Apply(NormalizedText text) => text.Prepend(bytes);
}
