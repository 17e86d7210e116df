namespace Colibri.Text.Pipeline;

/// <summary>
/// UTF-8 text on its way through a tokenizer and, where offsets are wanted, for each byte the range of original bytes it
/// stands for. Grows as needed and is reused; positions are bytes.
/// </summary>
internal sealed class TextBuffer
{
    private byte[] bytes = new byte[256];
    private int[] starts = [];
    private int[] ends = [];

    /// <summary>Bytes in use.</summary>
    public int Length { get; private set; }

    /// <summary>Whether the origin of each byte is kept.</summary>
    public bool Tracks { get; private set; }

    /// <summary>The text.</summary>
    public ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, Length);

    /// <summary>Empties the buffer.</summary>
    public void Reset(bool tracks)
    {
        Length = 0;
        Tracks = tracks;
    }

    /// <summary>Bytes of memory held, to decide whether a buffer is worth keeping.</summary>
    public long Capacity => bytes.Length + (8L * starts.Length);

    /// <summary>Where the original text of a byte begins.</summary>
    public int OriginStart(int position) => starts[position];

    /// <summary>Where the original text of a byte ends.</summary>
    public int OriginEnd(int position) => ends[position];

    /// <summary>Appends bytes that all stand for one range of the original.</summary>
    public void Append(ReadOnlySpan<byte> text, int originStart, int originEnd)
    {
        Reserve(text.Length);
        text.CopyTo(bytes.AsSpan(Length));
        if (Tracks)
        {
            starts.AsSpan(Length, text.Length).Fill(originStart);
            ends.AsSpan(Length, text.Length).Fill(originEnd);
        }

        Length += text.Length;
    }

    /// <summary>Appends one byte.</summary>
    public void Append(byte value, int originStart, int originEnd)
    {
        Reserve(1);
        bytes[Length] = value;
        if (Tracks)
        {
            starts[Length] = originStart;
            ends[Length] = originEnd;
        }

        Length++;
    }

    /// <summary>Appends original text as it is: each byte of a character stands for the whole character.</summary>
    /// <param name="text">Text whose characters are complete by their first bytes, or cut off at the end.</param>
    /// <param name="origin">Where it lies in the original.</param>
    public void AppendOriginal(ReadOnlySpan<byte> text, int origin)
    {
        Reserve(text.Length);
        text.CopyTo(bytes.AsSpan(Length));
        if (Tracks)
        {
            for (var i = 0; i < text.Length;)
            {
                var end = i + 1;
                while (end < text.Length && (text[end] & 0xC0) == 0x80)
                {
                    end++;
                }

                starts.AsSpan(Length + i, end - i).Fill(origin + i);
                ends.AsSpan(Length + i, end - i).Fill(origin + end);
                i = end;
            }
        }

        Length += text.Length;
    }

    /// <summary>Appends a part of another buffer with its origins.</summary>
    public void Append(TextBuffer source, int start, int length)
    {
        Reserve(length);
        source.bytes.AsSpan(start, length).CopyTo(bytes.AsSpan(Length));
        if (Tracks)
        {
            source.starts.AsSpan(start, length).CopyTo(starts.AsSpan(Length));
            source.ends.AsSpan(start, length).CopyTo(ends.AsSpan(Length));
        }

        Length += length;
    }

    /// <summary>Room for more bytes at the end, to be filled through <see cref="Tail"/> and <see cref="Advance"/>.</summary>
    public void Reserve(int more)
    {
        var needed = checked(Length + more);
        if (needed > bytes.Length)
        {
            Array.Resize(ref bytes, (int)Math.Min(Array.MaxLength, Math.Max((long)needed, bytes.Length * 2L)));
        }

        if (Tracks && starts.Length < bytes.Length)
        {
            Array.Resize(ref starts, bytes.Length);
            Array.Resize(ref ends, bytes.Length);
        }
    }

    /// <summary>The free bytes at the end.</summary>
    public Span<byte> Tail => bytes.AsSpan(Length);

    /// <summary>Counts bytes written to <see cref="Tail"/>; only where origins are not kept.</summary>
    public void Advance(int written) => Length += written;
}
