using System.Text;

namespace Colibri.Text.TokenModels;

/// <summary>The texts of a vocabulary's tokens by id, as UTF-8 end to end; ids may have holes.</summary>
internal sealed class TokenTexts
{
    private readonly byte[] arena;
    private readonly int[] starts;
    private readonly int[] lengths;

    /// <summary>Gathers texts.</summary>
    /// <param name="entries">Texts with their ids; of several with one id the last counts.</param>
    public TokenTexts(IReadOnlyList<KeyValuePair<byte[], int>> entries)
    {
        var total = 0L;
        foreach (var (text, id) in entries)
        {
            Size = Math.Max(Size, id + 1);
            total += text.Length;
        }

        arena = new byte[total];
        starts = new int[Size];
        lengths = new int[Size];
        Array.Fill(lengths, -1);
        var at = 0;
        foreach (var (text, id) in entries)
        {
            text.CopyTo(arena, at);
            starts[id] = at;
            lengths[id] = text.Length;
            at += text.Length;
        }
    }

    /// <summary>One more than the highest id.</summary>
    public int Size { get; }

    /// <summary>The text of a token as bytes; empty for a hole.</summary>
    public ReadOnlySpan<byte> Bytes(int id) => Has(id) ? arena.AsSpan(starts[id], lengths[id]) : default;

    /// <summary>Whether an id has a token.</summary>
    public bool Has(int id) => (uint)id < (uint)lengths.Length && lengths[id] >= 0;

    /// <summary>The text of a token, or null for a hole.</summary>
    public string? Text(int id) => Has(id) ? Encoding.UTF8.GetString(Bytes(id)) : null;
}
