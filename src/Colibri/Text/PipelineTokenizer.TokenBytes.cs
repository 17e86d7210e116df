using System.Text;
using Colibri.Text.Decoders;
using Colibri.Text.Unicode;
using Decoder = Colibri.Text.Decoders.Decoder;

namespace Colibri.Text;

/// <summary>The bytes of single tokens.</summary>
internal sealed partial class PipelineTokenizer
{
    private const int Unknown = int.MinValue;

    private int neighbour = Unknown;

    /// <inheritdoc/>
    public override bool TryGetTokenBytes(int id, out byte[] bytes)
    {
        bytes = [];
        if (!TryTextToDecode(id, skipSpecialTokens: true, out var text))
        {
            return false;
        }

        if (Uses<ByteLevelDecoder>(decoder))
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            bytes = ByteAlphabet.TryDecode(utf8) ?? utf8;
            return true;
        }

        if (Uses<ByteFallbackDecoder>(decoder) && ByteFallbackDecoder.ByteOf(text) is >= 0 and var value)
        {
            bytes = [(byte)value];
            return true;
        }

        // What decoders do at the ends of a text does not touch a token between two others.
        if (neighbour == Unknown)
        {
            neighbour = FindNeighbour();
        }

        var other = neighbour;
        if (other < 0)
        {
            return false;
        }

        var before = Decode([other]);
        var behind = Decode([other, other])[before.Length..];
        var whole = Decode([other, id, other]);
        if (whole.Length < before.Length + behind.Length)
        {
            return false;
        }

        bytes = Encoding.UTF8.GetBytes(whole[before.Length..^behind.Length]);
        return true;
    }

    // A token that is a plain letter: no decoder takes anything off it. -1 where there is none.
    private int FindNeighbour()
    {
        for (var id = 0; id < VocabularySize; id++)
        {
            if (TryTextToDecode(id, skipSpecialTokens: true, out var text) && text.Length > 0 && text.All(char.IsAsciiLetter))
            {
                return id;
            }
        }

        return -1;
    }

    private static bool Uses<T>(Decoder decoder) => decoder is T || (decoder is SequenceDecoder sequence && sequence.Parts.Any(Uses<T>));
}
