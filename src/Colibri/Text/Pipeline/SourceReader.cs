using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Colibri.Text.Unicode;

namespace Colibri.Text.Pipeline;

/// <summary>Takes input bytes into a buffer, dealing with those that are not UTF-8.</summary>
internal static class SourceReader
{
    /// <summary>Fills an empty buffer.</summary>
    public static void Read(ReadOnlySpan<byte> input, InvalidText policy, TextBuffer target)
    {
        if (policy == InvalidText.Kept || Utf8.IsValid(input))
        {
            target.AppendOriginal(input, 0);
        }
        else if (policy == InvalidText.Replaced)
        {
            Replace(input, target);
        }
        else
        {
            ReplaceByteByByte(input, target);
        }
    }

    private static void Replace(ReadOnlySpan<byte> input, TextBuffer target)
    {
        for (var i = 0; i < input.Length;)
        {
            if (Rune.DecodeFromUtf8(input[i..], out _, out var size) == OperationStatus.Done)
            {
                target.Append(input.Slice(i, size), i, i + size);
            }
            else
            {
                target.Append(Utf8Text.ReplacementBytes, i, i + size);
            }

            i += size;
        }
    }

    private static void ReplaceByteByByte(ReadOnlySpan<byte> input, TextBuffer target)
    {
        Span<byte> encoded = stackalloc byte[4];
        for (var i = 0; i < input.Length;)
        {
            var size = Utf8Text.PatternLength(input[i..]);
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
}
