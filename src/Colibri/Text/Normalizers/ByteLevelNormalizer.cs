using Colibri.Text.Pipeline;
using Colibri.Text.Unicode;

namespace Colibri.Text.Normalizers;

/// <summary>ByteLevel: spells each byte as a character of the byte alphabet.</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    /// <inheritdoc/>
    public override void Apply(NormalizedText text)
    {
        if (text.IsEmpty)
        {
            return;
        }

        var bytes = text.Bytes;
        text.Begin();
        for (var i = 0; i < bytes.Length;)
        {
            var size = Utf8Text.LengthOf(bytes[i]);
            for (var k = 0; k < size; k++)
            {
                text.Emit(ByteAlphabet.CodePoint(bytes[i + k]), k == 0 ? 0 : 1);
            }

            i += size;
        }

        text.Commit();
    }
}
