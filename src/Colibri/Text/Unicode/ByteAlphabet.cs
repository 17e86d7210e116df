namespace Colibri.Text.Unicode;

/// <summary>
/// The alphabet of byte-level tokenizers (GPT-2): each byte is written as one printable character. Printable Latin-1
/// bytes stand for themselves, the 68 others for U+0100 to U+0143 in ascending order.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly int[] ToCodePoint = BuildForward();
    private static readonly short[] FromCodePoint = BuildBackward();

    /// <summary>The character that stands for a byte.</summary>
    public static int CodePoint(byte value) => ToCodePoint[value];

    /// <summary>The byte that a character stands for, or -1.</summary>
    public static int Byte(int codePoint) => (uint)codePoint < (uint)FromCodePoint.Length ? FromCodePoint[codePoint] : -1;

    /// <summary>Turns a token spelled in the alphabet (valid UTF-8) into the bytes it means, or null where a character is not of the alphabet.</summary>
    public static byte[]? TryDecode(ReadOnlySpan<byte> spelled)
    {
        var length = 0;
        for (var i = 0; i < spelled.Length; length++)
        {
            if (Byte(Utf8Text.Read(spelled, i, out var size)) < 0)
            {
                return null;
            }

            i += size;
        }

        var bytes = new byte[length];
        for (int i = 0, k = 0; i < spelled.Length; k++)
        {
            bytes[k] = (byte)Byte(Utf8Text.Read(spelled, i, out var size));
            i += size;
        }

        return bytes;
    }

    /// <summary>Spells bytes in the alphabet.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        var spelled = new char[bytes.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            spelled[i] = (char)ToCodePoint[bytes[i]];
        }

        return new string(spelled);
    }

    private static int[] BuildForward()
    {
        var map = new int[256];
        var next = 256;
        for (var b = 0; b < 256; b++)
        {
            map[b] = b is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? b : next++;
        }

        return map;
    }

    private static short[] BuildBackward()
    {
        var map = new short[0x144];
        Array.Fill(map, (short)-1);
        for (var b = 0; b < 256; b++)
        {
            map[ToCodePoint[b]] = (short)b;
        }

        return map;
    }
}
