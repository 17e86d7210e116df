using System.Runtime.CompilerServices;

namespace Colibri.Text.Unicode;

/// <summary>UTF-8 by hand: code points read from and written to spans that hold valid text.</summary>
internal static class Utf8Text
{
    /// <summary>The replacement character, U+FFFD, that stands for bytes that are not UTF-8.</summary>
    public const int Replacement = 0xFFFD;

    /// <summary>The replacement character in UTF-8.</summary>
    public static ReadOnlySpan<byte> ReplacementBytes => [0xEF, 0xBF, 0xBD];

    /// <summary>Bytes of the character a text begins with, judged by bit patterns alone; 0 where they do not fit.</summary>
    public static int PatternLength(ReadOnlySpan<byte> text)
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

    /// <summary>Reads the code point at a position of valid UTF-8.</summary>
    /// <param name="text">Valid UTF-8.</param>
    /// <param name="position">Where a character begins.</param>
    /// <param name="length">Its bytes, 1 to 4.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Read(ReadOnlySpan<byte> text, int position, out int length)
    {
        int first = text[position];
        if (first < 0x80)
        {
            length = 1;
            return first;
        }

        return ReadLong(text, position, first, out length);
    }

    /// <summary>Reads the code point that ends before a position of valid UTF-8.</summary>
    public static int ReadBefore(ReadOnlySpan<byte> text, int position, out int length)
    {
        var start = position - 1;
        while (start > 0 && (text[start] & 0xC0) == 0x80)
        {
            start--;
        }

        return Read(text, start, out length);
    }

    /// <summary>Bytes of the character that begins with this byte, in valid UTF-8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LengthOf(byte first) => first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    /// <summary>Bytes that a code point takes.</summary>
    public static int LengthOf(int codePoint) => codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;

    /// <summary>Writes a code point.</summary>
    /// <returns>Bytes written, 1 to 4.</returns>
    public static int Write(int codePoint, Span<byte> target)
    {
        if (codePoint < 0x80)
        {
            target[0] = (byte)codePoint;
            return 1;
        }

        if (codePoint < 0x800)
        {
            target[0] = (byte)(0xC0 | (codePoint >> 6));
            target[1] = (byte)(0x80 | (codePoint & 0x3F));
            return 2;
        }

        if (codePoint < 0x10000)
        {
            target[0] = (byte)(0xE0 | (codePoint >> 12));
            target[1] = (byte)(0x80 | ((codePoint >> 6) & 0x3F));
            target[2] = (byte)(0x80 | (codePoint & 0x3F));
            return 3;
        }

        target[0] = (byte)(0xF0 | (codePoint >> 18));
        target[1] = (byte)(0x80 | ((codePoint >> 12) & 0x3F));
        target[2] = (byte)(0x80 | ((codePoint >> 6) & 0x3F));
        target[3] = (byte)(0x80 | (codePoint & 0x3F));
        return 4;
    }

    /// <summary>
    /// How many bytes at the end begin a character that is not complete yet and still could be (0 to 3): what a stream
    /// must hold back.
    /// </summary>
    public static int IncompleteTail(ReadOnlySpan<byte> bytes)
    {
        for (var back = 1; back <= 3 && back <= bytes.Length; back++)
        {
            var tail = bytes[^back..];
            if ((tail[0] & 0xC0) == 0x80)
            {
                continue;
            }

            var status = System.Text.Rune.DecodeFromUtf8(tail, out _, out _);
            return status == System.Buffers.OperationStatus.NeedMoreData ? back : 0;
        }

        return 0;
    }

    private static int ReadLong(ReadOnlySpan<byte> text, int position, int first, out int length)
    {
        if (first < 0xE0)
        {
            length = 2;
            return ((first & 0x1F) << 6) | (text[position + 1] & 0x3F);
        }

        if (first < 0xF0)
        {
            length = 3;
            return ((first & 0x0F) << 12) | ((text[position + 1] & 0x3F) << 6) | (text[position + 2] & 0x3F);
        }

        length = 4;
        return ((first & 0x07) << 18) | ((text[position + 1] & 0x3F) << 12) | ((text[position + 2] & 0x3F) << 6) | (text[position + 3] & 0x3F);
    }
}
