namespace Colibri.Text.TokenModels;

/// <summary>
/// Remembers the tokens of short words. A table of fixed size whose slots are simply overwritten: memory is bounded
/// (slots x (key + tokens), about 4 MB when full), and readers and writers of many threads need no lock, since an entry
/// never changes once it is published.
/// </summary>
internal sealed class WordCache
{
    /// <summary>Longer words are not kept.</summary>
    public const int LongestWord = 48;

    private const int Slots = 1 << 15;

    private readonly Entry?[] slots = new Entry?[Slots];

    /// <summary>The entry of a word, or null.</summary>
    public Entry? Find(ReadOnlySpan<byte> word, ulong hash)
    {
        var entry = Volatile.Read(ref slots[(int)(hash >> 40) & (Slots - 1)]);
        return entry is not null && entry.Hash == hash && word.SequenceEqual(entry.Word) ? entry : null;
    }

    /// <summary>Keeps an entry in place of what was in its slot.</summary>
    public void Keep(Entry entry) => Volatile.Write(ref slots[(int)(entry.Hash >> 40) & (Slots - 1)], entry);

    /// <summary>A word and its tokens.</summary>
    /// <param name="Hash">The word's hash.</param>
    /// <param name="Word">The word's bytes.</param>
    /// <param name="Ids">Its tokens.</param>
    /// <param name="Ends">Where each token ends in the word; each begins where the one before ended.</param>
    internal sealed record Entry(ulong Hash, byte[] Word, int[] Ids, byte[] Ends);
}
