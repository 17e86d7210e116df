using Colibri.Text.Pipeline;
using Colibri.Text.Unicode;

namespace Colibri.Text.Normalizers;

/// <summary>
/// BertNormalizer: cleans control characters and white space, puts spaces around Chinese characters, strips accents and
/// lowers case. Pure ASCII takes one pass; other text goes through the steps one after the other.
/// </summary>
internal sealed class BertNormalizer : Normalizer
{
    private readonly Normalizer[] steps;
    private readonly CharacterNormalizer ascii;

    /// <summary>Creates the normalizer.</summary>
    /// <param name="clean">Whether control characters go and white space becomes spaces.</param>
    /// <param name="spaceChinese">Whether Chinese characters get spaces around them.</param>
    /// <param name="stripAccents">Whether accents go; null where case is lowered.</param>
    /// <param name="lowercase">Whether case is lowered.</param>
    public BertNormalizer(bool clean, bool spaceChinese, bool? stripAccents, bool lowercase)
    {
        var list = new List<Normalizer>();
        if (clean)
        {
            list.Add(new CharacterNormalizer(Clean));
        }

        if (spaceChinese)
        {
            list.Add(new ChineseSpacing());
        }

        if (stripAccents ?? lowercase)
        {
            list.Add(new UnicodeNormalizer(compatible: false, composes: false));
            list.Add(new CharacterNormalizer(c => (CharacterClass.CategoryBit(c) & Categories.NonspacingMark) != 0 ? CharacterNormalizer.Dropped : c));
        }

        if (lowercase)
        {
            list.Add(new LowercaseNormalizer());
        }

        steps = [.. list];
        ascii = new CharacterNormalizer(c =>
        {
            var cleaned = clean ? Clean(c) : c;
            return cleaned >= 0 && lowercase ? LowercaseNormalizer.Lower(cleaned) : cleaned;
        });
    }

    /// <summary>Whether a code point is a Chinese character, by the ranges that the reference has.</summary>
    public static bool IsChinese(int codePoint) => codePoint is
        (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);

    /// <inheritdoc/>
    public override void Apply(NormalizedText text)
    {
        if (!text.Bytes.ContainsAnyExceptInRange((byte)0, (byte)0x7F))
        {
            ascii.Apply(text);
            return;
        }

        foreach (var step in steps)
        {
            step.Apply(text);
        }
    }

    private static int Clean(int codePoint)
    {
        if (codePoint is '\t' or '\n' or '\r')
        {
            return ' ';
        }

        if (codePoint is 0 or Utf8Text.Replacement || (CharacterClass.CategoryBit(codePoint) & Categories.Other) != 0)
        {
            return CharacterNormalizer.Dropped;
        }

        return CharacterClass.IsSpace(codePoint) ? ' ' : codePoint;
    }

    private sealed class ChineseSpacing : Normalizer
    {
        public override void Apply(NormalizedText text)
        {
            var bytes = text.Bytes;
            var start = 0;
            var begun = false;
            for (var i = 0; i < bytes.Length;)
            {
                var codePoint = Utf8Text.Read(bytes, i, out var size);
                if (codePoint >= 0x3400 && IsChinese(codePoint))
                {
                    if (!begun)
                    {
                        text.Begin();
                        begun = true;
                    }

                    // As in the reference: the first space takes the character's place, what follows is new.
                    text.Copy(i - start);
                    start = i + size;
                    text.Emit(' ', 0);
                    text.Emit(codePoint, 1);
                    text.Emit(' ', 1);
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
}
