using System.Text;
using Colibri.Text.Pipeline;

namespace Colibri.Text.Normalizers;

/// <summary>Replace with a plain string: every occurrence becomes something else.</summary>
/// <param name="pattern">What to look for; empty finds nothing.</param>
/// <param name="content">What to put there.</param>
internal sealed class ReplaceNormalizer(string pattern, string content) : Normalizer
{
    private readonly byte[] patternBytes = Encoding.UTF8.GetBytes(pattern);
    private readonly byte[] contentBytes = Encoding.UTF8.GetBytes(content);

    /// <inheritdoc/>
    public override void Apply(NormalizedText text)
    {
        var bytes = text.Bytes;
        if (patternBytes.Length == 0 || bytes.IndexOf(patternBytes) < 0)
        {
            return;
        }

        text.Begin();
        for (var at = 0; ;)
        {
            var found = bytes[at..].IndexOf(patternBytes);
            if (found < 0)
            {
                text.Copy(bytes.Length - at);
                break;
            }

            text.Copy(found);
            text.Replace(contentBytes, patternBytes.Length);
            at += found + patternBytes.Length;
        }

        text.Commit();
    }
}
