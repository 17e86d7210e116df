using System.Buffers;
using System.Text;
using Colibri.Text.Pipeline;
using Colibri.Text.TokenModels;
using Colibri.Text.Unicode;

namespace Colibri.Text.Normalizers;

/// <summary>
/// SentencePiece's own normalization: the longest rule that matches replaces a prefix, user-defined symbols stay as they
/// are, runs of spaces may shrink, a space may be put before (or after) the text, and spaces become U+2581. The text may
/// hold bytes that are not UTF-8: where no rule takes them, each becomes U+FFFD, which no rule sees.
/// </summary>
internal sealed class SentencePieceNormalizer : Normalizer
{
    private static readonly byte[] Mark = [0xE2, 0x96, 0x81];

    /// <summary>
    /// Whether to do as llama.cpp does where it differs: overlong forms and surrogates pass for characters, and even the
    /// beginning of a user-defined symbol is kept from the rules.
    /// </summary>
    public bool LikeLlamaCpp { get; init; }

    /// <summary>The rules, or null for none.</summary>
    public CharacterMap? Map { get; init; }

    /// <summary>User-defined symbols, or null for none.</summary>
    public TokenTrie? Symbols { get; init; }

    /// <summary>Whether a space is put before the text.</summary>
    public bool AddsDummyPrefix { get; init; } = true;

    /// <summary>Whether spaces at the ends go, and of several in a row all but one.</summary>
    public bool RemovesExtraSpaces { get; init; } = true;

    /// <summary>Whether spaces become U+2581.</summary>
    public bool EscapesSpaces { get; init; } = true;

    /// <summary>Whether the added space goes after the text and not before it.</summary>
    public bool SpaceIsSuffix { get; init; }

    /// <inheritdoc/>
    public override void Apply(NormalizedText text)
    {
        var bytes = text.Bytes;
        ReadOnlySpan<byte> space = EscapesSpaces ? Mark : " "u8;
        text.Begin();

        // Spaces are written when something follows them: so none are left at the end where those go.
        var pending = AddsDummyPrefix && !SpaceIsSuffix ? 1 : 0;
        var written = false;
        var anything = false;
        for (var i = 0; i < bytes.Length;)
        {
            var length = Next(bytes[i..], out var replacement, out var same);
            if (same && length == 1 && bytes[i] != ' ')
            {
                pending = WritePending(text, space, pending);
                text.Copy(1);
                (written, anything) = (true, true);
                i++;
                continue;
            }

            // All of a replacement stands for all of what it replaces. Spaces go where one came before; several in one
            // symbol or replacement stay, but for llama.cpp, which looks at each.
            var replaced = length;
            var goes = !written || pending > 0;
            for (var k = 0; k < replacement.Length;)
            {
                if (replacement[k] != ' ')
                {
                    pending = WritePending(text, space, pending);
                    var end = replacement[k..].IndexOf((byte)' ');
                    end = end < 0 ? replacement.Length : k + end;
                    if (same)
                    {
                        text.Copy(end - k);
                    }
                    else
                    {
                        text.Replace(replacement[k..end], replaced);
                    }

                    replaced = same ? replaced - (end - k) : 0;
                    (written, anything, goes) = (true, true, false);
                    k = end;
                }
                else if (RemovesExtraSpaces)
                {
                    pending = !written ? pending : goes || LikeLlamaCpp ? Math.Max(pending, 1) : pending + 1;
                    if (same)
                    {
                        text.Drop(1);
                        replaced--;
                    }

                    k++;
                }
                else
                {
                    pending = WritePending(text, space, pending);
                    text.Replace(space, Math.Min(replaced, same ? 1 : replaced));
                    replaced = same ? replaced - 1 : 0;
                    anything = true;
                    k++;
                }
            }

            text.Drop(replaced);
            i += length;
        }

        if (AddsDummyPrefix && SpaceIsSuffix && anything)
        {
            text.Replace(space, 0);
        }

        text.Commit();
    }

    private static int WritePending(NormalizedText text, ReadOnlySpan<byte> space, int pending)
    {
        for (; pending > 0; pending--)
        {
            text.Replace(space, 0);
        }

        return 0;
    }

    // What the text begins with and what becomes of it; 'same' where nothing does.
    private int Next(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> replacement, out bool same)
    {
        same = true;
        var length = Symbols is null ? 0 : LikeLlamaCpp ? Symbols.LongestBeginning(text) : Symbols.Longest(text, out _);
        if (length == 0 && Map is not null && Map.TryReplace(text, shortest: false, out length, out replacement))
        {
            same = false;
            return length;
        }

        if (length == 0)
        {
            length = LikeLlamaCpp ? Utf8Text.PatternLength(text)
                : Rune.DecodeFromUtf8(text, out _, out var size) == OperationStatus.Done ? size : 0;
            if (length == 0)
            {
                same = false;
                replacement = Utf8Text.ReplacementBytes;
                return 1;
            }
        }

        replacement = text[..length];
        return length;
    }
}
