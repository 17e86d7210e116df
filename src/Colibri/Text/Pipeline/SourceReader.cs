using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Colibri.Text.Unicode;

namespace Colibri.Text.Pipeline;

/// <summary>Takes input bytes into a buffer, dealing with those that are not UTF-8.</summary>
internal static class SourceReader
{
    private static ReadOnlySpan<byte> ReplacementBytes => [0xEF, 0xBF, 0xBD];

    /// <summary>Fills an empty buffer.</summary>
    public static void Read(ReadOnlySpan<byte> input, InvalidText policy, TextBuffer target)
    {
        if (policy == InvalidText.Kept || Utf8.IsValid(input))
        {
            target.AppendOriginal(input, 0);
        }
        else if (policy is InvalidText.Replaced or InvalidText.ReplacedBytes)
        {
            Replace(input, target, byBytes: policy == InvalidText.ReplacedBytes);
        }
        else
        {
            ReplaceByteByByte(input, target);
        }
    }

    private static void Replace(ReadOnlySpan<byte> input, TextBuffer target, bool byBytes)
    {
        for (var i = 0; i < input.Length;)
        {
            if (Rune.DecodeFromUtf8(input[i..], out _, out var size) == OperationStatus.Done)
            {
                target.Append(input.Slice(i, size), i, i + size);
            }
            else
            {
                size = byBytes ? 1 : size;
                target.Append(ReplacementBytes, i, i + size);
            }

            i += size;
        }
    }

    private static void ReplaceByteByByte(ReadOnlySpan<byte> input, TextBuffer target)
    {
        Span<byte> encoded = stackalloc byte[4];
        for (var i = 0; i < input.Length;)
        {
            var size = StructuralLength(input[i..]);
            var codePoint = size == 0 ? Utf8Text.Replacement : Utf8Text.Read(input, i, out _);
            if (codePoint > 0x10FFFF)
            {
                size = 0;
                codePoint = Utf8Text.Replacement;
            }

            size = Math.Max(size, 1);
            target.Append(encoded[..Utf8Text.Write(codePoint, encoded)], i, i + size);
            i += size;
        }
    }

    // Bytes of a character judged by its bit patterns alone, or 0 where they do not fit.
    private static int StructuralLength(ReadOnlySpan<byte> text)
    {
        int first = text[0];
        var size = first < 0x80 ? 1 : first < 0xC0 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF8 ? 4 : 0;
        if (size > text.Length)
        {
            return 0;
        }

        for (var i = 1; i < size; i++)
        {
            if ((text[i] & 0xC0) != 0x80)
            {
                return 0;
            }
        }

        return size;
    }
}
