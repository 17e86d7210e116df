using System.Buffers.Binary;

namespace Colibri.Text.Normalizers;

/// <summary>
/// SentencePiece's compiled normalization rules: a double-array trie over what is replaced, whose leaves point at
/// replacements that end with a zero byte. Layout: u32 size of the trie in bytes, the trie, the replacements.
/// </summary>
internal sealed class CharacterMap
{
    private readonly uint[] trie;
    private readonly byte[] replacements;
    private readonly string where;

    /// <summary>Takes a compiled map.</summary>
    /// <param name="map">The bytes.</param>
    /// <param name="where">File and field, for errors.</param>
    /// <exception cref="InputException">Its sizes do not fit.</exception>
    public CharacterMap(ReadOnlySpan<byte> map, string where)
    {
        this.where = where;
        if (map.Length < 4)
        {
            throw Faulty("has fewer than 4 bytes");
        }

        var size = BinaryPrimitives.ReadUInt32LittleEndian(map);
        if (size > map.Length - 4 || size % 4 != 0 || size == 0)
        {
            throw Faulty($"says its trie has {size} bytes, of {map.Length - 4} there");
        }

        trie = new uint[size / 4];
        for (var i = 0; i < trie.Length; i++)
        {
            trie[i] = BinaryPrimitives.ReadUInt32LittleEndian(map[(4 + (4 * i))..]);
        }

        replacements = map[(4 + (int)size)..].ToArray();
        if (!System.Text.Unicode.Utf8.IsValid(replacements))
        {
            throw Faulty("has replacements that are not UTF-8");
        }
    }

    /// <summary>Finds what a prefix of the text is replaced by.</summary>
    /// <param name="text">The text.</param>
    /// <param name="shortest">Whether the shortest prefix counts, else the longest.</param>
    /// <param name="length">Bytes of the prefix.</param>
    /// <param name="replacement">What it becomes.</param>
    public bool TryReplace(ReadOnlySpan<byte> text, bool shortest, out int length, out ReadOnlySpan<byte> replacement)
    {
        length = 0;
        var value = 0u;
        var node = Offset(trie[0]);
        for (var i = 0; i < text.Length && text[i] != 0; i++)
        {
            node ^= text[i];
            var unit = Unit(node);
            if ((unit & 0x800000FF) != text[i])
            {
                break;
            }

            node ^= Offset(unit);
            if ((unit >> 8 & 1) != 0)
            {
                value = Unit(node) & 0x7FFFFFFF;
                length = i + 1;
                if (shortest)
                {
                    break;
                }
            }
        }

        replacement = default;
        if (length == 0)
        {
            return false;
        }

        if (value >= replacements.Length)
        {
            throw Faulty("points outside its replacements");
        }

        replacement = replacements.AsSpan((int)value);
        var end = replacement.IndexOf((byte)0);
        replacement = end < 0 ? replacement : replacement[..end];
        return true;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & (1u << 9)) >> 6);

    private uint Unit(uint node) => node < trie.Length ? trie[node] : throw Faulty("points outside its trie");

    private InputException Faulty(string fault) => new($"{where} {fault}; compiled normalization rules are expected.");
}
