using System.Globalization;
using System.Text;
using Colibri.Text.Pipeline;
using Colibri.Text.Unicode;

namespace Colibri.Text.Normalizers;

/// <summary>
/// Precompiled: SentencePiece's rules as Hugging Face runs them. Grapheme clusters of fewer than six bytes are looked up
/// whole, others character by character; of several prefixes the shortest counts, and what lies behind it in the cluster
/// goes with it.
/// </summary>
internal sealed class PrecompiledNormalizer(CharacterMap map) : Normalizer
{
    private const int LongestCluster = 5;

    /// <inheritdoc/>
    public override void Apply(NormalizedText text)
    {
        var bytes = text.Bytes;
        text.Begin();
        for (var i = 0; i < bytes.Length;)
        {
            // Two ASCII characters in a row are clusters of their own, but for a line break of two.
            var cluster = bytes[i] < 0x80 && (i + 1 == bytes.Length || bytes[i + 1] < 0x80) && !(bytes[i] == '\r' && i + 1 < bytes.Length && bytes[i + 1] == '\n')
                ? 1
                : ClusterLength(bytes[i..]);
            if (cluster <= LongestCluster && map.TryReplace(bytes.Slice(i, cluster), shortest: true, out _, out var replacement))
            {
                Replace(text, replacement, bytes.Slice(i, cluster));
                i += cluster;
                continue;
            }

            for (var end = i + cluster; i < end;)
            {
                var size = Utf8Text.LengthOf(bytes[i]);
                if (map.TryReplace(bytes.Slice(i, size), shortest: true, out _, out replacement))
                {
                    Replace(text, replacement, bytes.Slice(i, size));
                }
                else
                {
                    text.Copy(size);
                }

                i += size;
            }
        }

        text.Commit();
    }

    // Characters take the places of those before one by one; a surplus is new, a lack goes with the last.
    private static void Replace(NormalizedText text, ReadOnlySpan<byte> replacement, ReadOnlySpan<byte> replaced)
    {
        var before = Count(replaced);
        var after = Count(replacement);
        if (after == 0)
        {
            text.Drop(replaced.Length);
            return;
        }

        var written = 0;
        for (var i = 0; i < replacement.Length; written++)
        {
            var codePoint = Utf8Text.Read(replacement, i, out var size);
            var change = written >= before ? 1 : written == after - 1 && after < before ? after - before : 0;
            text.Emit(codePoint, change);
            i += size;
        }
    }

    private static int Count(ReadOnlySpan<byte> text)
    {
        var count = 0;
        foreach (var b in text)
        {
            count += (b & 0xC0) != 0x80 ? 1 : 0;
        }

        return count;
    }

    // The runtime knows clusters in UTF-16. Only short ones matter, so a window is enough; a longer one is "long".
    private static int ClusterLength(ReadOnlySpan<byte> text)
    {
        const int window = 64;
        Span<char> characters = stackalloc char[window];
        var taken = text;
        if (taken.Length > window)
        {
            taken = taken[..window];
            taken = taken[..^Utf8Text.IncompleteTail(taken)];
        }

        var count = Encoding.UTF8.GetChars(taken, characters);
        var length = StringInfo.GetNextTextElementLength(characters[..count]);
        return Encoding.UTF8.GetByteCount(characters[..length]);
    }
}
