using Colibri.Text.Pipeline;
using Colibri.Text.Unicode;

namespace Colibri.Text.Normalizers;

/// <summary>Replaces or drops single characters, each by itself.</summary>
/// <param name="map">What a character becomes; <see cref="Dropped"/> where it goes.</param>
internal sealed class CharacterNormalizer(Func<int, int> map) : Normalizer
{
    /// <summary>The mark of a character that goes.</summary>
    public const int Dropped = -1;

    private readonly short[] ascii = Enumerable.Range(0, 0x80).Select(c => (short)map(c)).ToArray();

    /// <summary>StripAccents: combining marks go.</summary>
    public static CharacterNormalizer WithoutMarks() =>
        new(c => (CharacterClass.CategoryBit(c) & Categories.Mark) != 0 ? Dropped : c);

    /// <summary>Nmt: control characters go, and odd white space becomes a space, as SentencePiece does for translation models.</summary>
    public static CharacterNormalizer Nmt() => new(c => c switch
    {
        (>= 0x0001 and <= 0x0008) or 0x000B or (>= 0x000E and <= 0x001F) or 0x007F or 0x008F or 0x009F => Dropped,
        0x0009 or 0x000A or 0x000C or 0x000D or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD => ' ',
        _ => c,
    });

    /// <inheritdoc/>
    public override void Apply(NormalizedText text)
    {
        var bytes = text.Bytes;
        var start = 0;
        var begun = false;
        for (var i = 0; i < bytes.Length;)
        {
            var codePoint = Utf8Text.Read(bytes, i, out var size);
            var mapped = codePoint < 0x80 ? ascii[codePoint] : map(codePoint);
            if (mapped != codePoint)
            {
                if (!begun)
                {
                    text.Begin();
                    begun = true;
                }

                text.Copy(i - start);
                start = i + size;
                if (mapped == Dropped)
                {
                    text.Drop(size);
                }
                else
                {
                    text.Emit(mapped, 0);
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
