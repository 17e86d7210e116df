using Colibri.Text.Unicode;

namespace Colibri.Text.Pipeline;

/// <summary>
/// A text being normalized: each normalizer reads the present text and writes the next one, character by character,
/// saying for each whether it replaces one, is new, or swallows those that follow. From that the origin of every byte
/// follows as in Hugging Face tokenizers (NormalizedString::transform).
/// </summary>
internal sealed class NormalizedText
{
    private TextBuffer current = new();
    private TextBuffer next = new();
    private int position;
    private int origin;

    /// <summary>The present text.</summary>
    public ReadOnlySpan<byte> Bytes => current.Bytes;

    /// <summary>The present text with its origins.</summary>
    public TextBuffer Current => current;

    /// <summary>Whether there is no text.</summary>
    public bool IsEmpty => current.Length == 0;

    /// <summary>Whether origins are kept; where not, writing need not tell how it came about.</summary>
    public bool Tracks => current.Tracks;

    /// <summary>Bytes of memory held.</summary>
    public long Capacity => current.Capacity + next.Capacity;

    /// <summary>Starts with a part of a prepared text.</summary>
    /// <param name="source">Text and origins.</param>
    /// <param name="start">First byte.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="originStart">Where the part begins in the original: the origin of what is put before everything.</param>
    public void Start(TextBuffer source, int start, int length, int originStart)
    {
        current.Reset(source.Tracks);
        current.Append(source, start, length);
        origin = originStart;
    }

    /// <summary>Begins the next text.</summary>
    public void Begin()
    {
        next.Reset(current.Tracks);
        next.Reserve(current.Length);
        position = 0;
    }

    /// <summary>
    /// Writes a character. <paramref name="change"/> 0: it replaces the next one of the present text; above 0: it is new
    /// and shares the origin of what came before; below 0: it replaces the next one and swallows that many after it.
    /// </summary>
    public void Emit(int codePoint, int change)
    {
        Span<byte> encoded = stackalloc byte[4];
        var written = encoded[..Utf8Text.Write(codePoint, encoded)];
        if (change > 0)
        {
            Replace(written, 0);
            return;
        }

        if (next.Tracks)
        {
            next.Append(written, current.OriginStart(position), current.OriginEnd(position));
        }
        else
        {
            next.Append(written, 0, 0);
        }

        for (var characters = 1 - change; characters > 0 && position < current.Length; characters--)
        {
            position += Utf8Text.LengthOf(current.Bytes[position]);
        }
    }

    /// <summary>Leaves out the next bytes of the present text: whole characters.</summary>
    public void Drop(int length) => position += length;

    /// <summary>Writes the next bytes of the present text unchanged: whole characters.</summary>
    public void Copy(int length)
    {
        next.Append(current, position, length);
        position += length;
    }

    /// <summary>Writes bytes in place of the next <paramref name="replaced"/> bytes; all share the origin before what follows.</summary>
    public void Replace(ReadOnlySpan<byte> content, int replaced)
    {
        position += replaced;
        if (next.Tracks)
        {
            next.Append(content, position == 0 ? origin : current.OriginStart(position - 1), position == 0 ? origin : current.OriginEnd(position - 1));
        }
        else
        {
            next.Append(content, 0, 0);
        }
    }

    /// <summary>The written text becomes the present one.</summary>
    public void Commit() => (current, next) = (next, current);

    /// <summary>Puts text before a text that is not empty; it takes the origin of the first character.</summary>
    public void Prepend(ReadOnlySpan<byte> content)
    {
        if (IsEmpty || content.IsEmpty)
        {
            return;
        }

        Begin();
        next.Append(content, current.Tracks ? current.OriginStart(0) : 0, current.Tracks ? current.OriginEnd(0) : 0);
        Copy(current.Length);
        Commit();
    }

    /// <summary>Puts text after the text; it takes the origin of the last character.</summary>
    public void Append(ReadOnlySpan<byte> content)
    {
        if (IsEmpty || content.IsEmpty)
        {
            return;
        }

        Begin();
        Copy(current.Length);
        Replace(content, 0);
        Commit();
    }
}
