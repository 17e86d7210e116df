using Colibri.Text.PreTokenizers;

namespace Colibri.Text.Files;

/// <summary>Reads 'pre_tokenizer' of tokenizer.json.</summary>
internal static class PreTokenizerReader
{
    /// <summary>Reads a pre-tokenizer.</summary>
    public static PreTokenizer Read(JsonField field)
    {
        switch (field.Text("type"))
        {
            case "Sequence":
                return new SequencePreTokenizer(field.List("pretokenizers").Select(Read).ToArray());
            case "ByteLevel":
                field.Flag("trim_offsets", true);
                return new ByteLevelPreTokenizer(field.Flag("add_prefix_space"), field.Flag("use_regex", true), spells: true);
            default:
                throw field.Get("type", "a type").Wrong(
                    "BertPreTokenizer, ByteLevel, CharDelimiterSplit, Digits, FixedLength, Metaspace, Punctuation, Sequence, Split, UnicodeScripts, Whitespace or WhitespaceSplit");
        }
    }
}
