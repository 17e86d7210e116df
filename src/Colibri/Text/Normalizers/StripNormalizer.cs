using Colibri.Text.Pipeline;
using Colibri.Text.Unicode;

namespace Colibri.Text.Normalizers;

/// <summary>Strip: white space at the start and the end goes.</summary>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    /// <inheritdoc/>
    public override void Apply(NormalizedText text)
    {
        var bytes = text.Bytes;
        var start = 0;
        while (left && start < bytes.Length && CharacterClass.IsSpace(Utf8Text.Read(bytes, start, out var size)))
        {
            start += size;
        }

        var end = bytes.Length;
        while (right && end > start && CharacterClass.IsSpace(Utf8Text.ReadBefore(bytes, end, out var size)))
        {
            end -= size;
        }

        if (start > 0 || end < bytes.Length)
        {
            text.Begin();
            text.Drop(start);
            text.Copy(end - start);
            text.Commit();
        }
    }
}
