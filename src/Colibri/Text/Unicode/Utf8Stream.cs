using System.Text;

namespace Colibri.Text.Unicode;

/// <summary>Bytes that arrive bit by bit become text: an incomplete character is held back until the rest comes.</summary>
internal sealed class Utf8Stream
{
    private byte[] held = [];

    /// <summary>Takes bytes and gives the text that is certain; what cannot be UTF-8 becomes U+FFFD.</summary>
    public string Take(ReadOnlySpan<byte> bytes)
    {
        byte[] all = [.. held, .. bytes];
        var tail = Utf8Text.IncompleteTail(all);
        held = all[^tail..];
        return Encoding.UTF8.GetString(all.AsSpan(0, all.Length - tail));
    }

    /// <summary>The bytes have ended: an incomplete character becomes U+FFFD.</summary>
    public string Finish()
    {
        var rest = Encoding.UTF8.GetString(held);
        held = [];
        return rest;
    }
}
