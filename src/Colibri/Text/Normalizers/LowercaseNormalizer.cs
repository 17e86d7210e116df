using System.Text;
using Colibri.Text.Pipeline;
using Colibri.Text.Unicode;

namespace Colibri.Text.Normalizers;

/// <summary>Lowercase: each character by itself, with Unicode's full mapping (of which only U+0130 becomes two characters).</summary>
internal sealed class LowercaseNormalizer : Normalizer
{
    private const int DottedCapitalI = 0x130;
    private const int DotAbove = 0x307;

    /// <summary>The lower case form of a code point.</summary>
    public static int Lower(int codePoint) => codePoint < 0x80
        ? codePoint is >= 'A' and <= 'Z' ? codePoint | 0x20 : codePoint
        : codePoint == DottedCapitalI ? 'i' : Rune.IsValid(codePoint) ? Rune.ToLowerInvariant(new Rune(codePoint)).Value : codePoint;

    /// <inheritdoc/>
    public override void Apply(NormalizedText text)
    {
        var bytes = text.Bytes;
        var start = 0;
        var begun = false;
        for (var i = 0; i < bytes.Length;)
        {
            var codePoint = Utf8Text.Read(bytes, i, out var size);
            var lower = Lower(codePoint);
            if (lower != codePoint)
            {
                if (!begun)
                {
                    text.Begin();
                    begun = true;
                }

                text.Copy(i - start);
                start = i + size;
                text.Emit(lower, 0);
                if (codePoint == DottedCapitalI)
                {
                    text.Emit(DotAbove, 1);
                }
            }

            i += size;
        }

        if (begun)
        {
            text.Copy(bytes.Length - start);
            text.Commit();
        }
    }
}
