using System.Text;
using Colibri.Text.Patterns;
using Colibri.Text.Pipeline;

namespace Colibri.Text.Normalizers;

/// <summary>Replace with a regular expression: every match becomes the same text, which is taken as it is.</summary>
internal sealed class PatternReplaceNormalizer(Pattern pattern, string content) : Normalizer
{
    private readonly byte[] contentBytes = Encoding.UTF8.GetBytes(content);

    /// <inheritdoc/>
    public override void Apply(NormalizedText text)
    {
        if (text.IsEmpty)
        {
            return;
        }

        var bytes = text.Bytes;
        var matches = pattern.In(bytes);
        var start = 0;
        text.Begin();
        while (matches.MoveNext())
        {
            text.Copy(matches.Start - start);
            text.Replace(contentBytes, matches.End - matches.Start);
            start = matches.End;
        }

        text.Copy(bytes.Length - start);
        text.Commit();
    }
}
