using System.Text;
using System.Text.Json;
using Colibri.Text.TokenModels;

namespace Colibri.Text.Files;

/// <summary>Reads <c>model.vocab</c> where it maps token texts to ids (BPE, WordPiece, WordLevel).</summary>
internal static class VocabularyReader
{
    // Holes are allowed, but tables are as long as the highest id: it must be in proportion to the file.
    private const int FreeHoles = 1 << 20;

    /// <summary>Reads the map; of several equal texts the last counts, and no two texts may share an id.</summary>
    public static List<KeyValuePair<byte[], int>> Read(JsonField model)
    {
        var vocab = model.Object("vocab");
        var entries = new List<KeyValuePair<byte[], int>>();
        foreach (var member in vocab.Members())
        {
            var text = vocab.NameOf(member);
            if (member.Value.ValueKind != JsonValueKind.Number || !member.Value.TryGetInt32(out var id) || id < 0)
            {
                throw vocab.Within(member.Value, Encoding.UTF8.GetString(text)).Wrong("an id, a whole number from 0 up");
            }

            entries.Add(KeyValuePair.Create(text, id));
        }

        Check(vocab, entries);
        return entries;
    }

    /// <summary>The highest id that a number of entries justifies.</summary>
    public static int HighestId(int entries) => (int)Math.Min(int.MaxValue - 1L, FreeHoles + (16L * entries));

    private static void Check(JsonField vocab, List<KeyValuePair<byte[], int>> entries)
    {
        var limit = HighestId(entries.Count);
        var highest = -1;
        foreach (var (text, id) in entries)
        {
            if (id > limit)
            {
                vocab.Throw($"gives '{Encoding.UTF8.GetString(text)}' the id {id}; ids up to {limit} are expected in a vocabulary of {entries.Count} tokens.");
            }

            highest = Math.Max(highest, id);
        }

        var owner = new int[highest + 1];
        Array.Fill(owner, -1);
        for (var i = 0; i < entries.Count; i++)
        {
            var (text, id) = entries[i];
            if (owner[id] >= 0 && !entries[owner[id]].Key.AsSpan().SequenceEqual(text))
            {
                vocab.Throw($"gives both '{Encoding.UTF8.GetString(entries[owner[id]].Key)}' and '{Encoding.UTF8.GetString(text)}' the id {id}; each token needs an id of its own.");
            }

            owner[id] = i;
        }
    }

    /// <summary>Looks a token up by its text.</summary>
    public static int Find(TokenTable table, string text) => table.Find(Encoding.UTF8.GetBytes(text));
}
