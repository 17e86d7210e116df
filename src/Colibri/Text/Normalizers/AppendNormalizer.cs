using System.Text;
using Colibri.Text.Pipeline;

namespace Colibri.Text.Normalizers;

/// <summary>Append: puts a string after every text that is not empty.</summary>
internal sealed class AppendNormalizer(string content) : Normalizer
{
    private readonly byte[] bytes = Encoding.UTF8.GetBytes(content);

    /// <inheritdoc/>
    public override void Apply(NormalizedText text) => text.Append(bytes);
}
