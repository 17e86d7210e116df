using System.Text;
using Colibri.Text.Patterns;
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
            case "BertPreTokenizer":
                return new BertPreTokenizer();
            case "Whitespace":
                return new WhitespacePreTokenizer();
            case "WhitespaceSplit":
                return CharacterSplit.AtWhitespace();
            case "Punctuation":
                return CharacterSplit.AtPunctuation(field.TryGet("behavior", out var behaviour) ? ReadBehaviour(behaviour) : SplitBehaviour.Isolated);
            case "Digits":
                return CharacterSplit.AtDigits(field.Flag("individual_digits"));
            case "CharDelimiterSplit" or "Delimiter":
                return CharacterSplit.At(field.Get("delimiter", "one character").AsCharacter());
            case "FixedLength":
                return new FixedLengthPreTokenizer(field.IntegerOrNull("length", 1) ?? 5);
            case "UnicodeScripts":
                return new UnicodeScriptsPreTokenizer();
            case "Metaspace":
                return ReadMetaspace(field);
            case "Split":
                return ReadSplit(field);
            default:
                throw field.Get("type", "a type").Wrong(
                    "BertPreTokenizer, ByteLevel, CharDelimiterSplit, Digits, FixedLength, Metaspace, Punctuation, Sequence, Split, UnicodeScripts, Whitespace or WhitespaceSplit");
        }
    }

    /// <summary>Reads Metaspace's scheme; a scheme that contradicts add_prefix_space is refused.</summary>
    public static PrependScheme ReadScheme(JsonField field)
    {
        var scheme = field.TextOrNull("prepend_scheme") switch
        {
            null or "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            _ => throw field.Get("prepend_scheme", "a scheme").Wrong("always, first or never"),
        };
        if (field.Flag("add_prefix_space", true))
        {
            return scheme;
        }

        if (field.TryGet("prepend_scheme", out var stated) && scheme != PrependScheme.Never)
        {
            throw stated.Wrong("never, since 'add_prefix_space' is false,");
        }

        return PrependScheme.Never;
    }

    /// <summary>Compiles a pattern of a file; a fault names the field.</summary>
    public static Pattern ReadPattern(JsonField field)
    {
        try
        {
            return Pattern.Compile(field.AsText());
        }
        catch (InputException fault)
        {
            field.Throw($"is not a pattern that can be used: {fault.Message}");
            throw;
        }
    }

    private static MetaspacePreTokenizer ReadMetaspace(JsonField field) =>
        new(field.Get("replacement", "one character").AsCharacter(), ReadScheme(field), field.Flag("split", true));

    private static SplitterPreTokenizer ReadSplit(JsonField field)
    {
        var behaviour = ReadBehaviour(field.Get("behavior", "a behaviour"));
        var invert = field.Flag("invert");
        var pattern = field.Object("pattern");
        if (pattern.TryGet("String", out var text))
        {
            return new StringSplit(Encoding.UTF8.GetBytes(text.AsText()), behaviour, invert);
        }

        var regex = pattern.Get("Regex", "String or Regex");
        return PatternSplits.FindKnown(regex.AsText(), behaviour, invert) ?? new PatternSplit(ReadPattern(regex), behaviour, invert);
    }

    private static SplitBehaviour ReadBehaviour(JsonField field) => field.AsText() switch
    {
        "Removed" => SplitBehaviour.Removed,
        "Isolated" => SplitBehaviour.Isolated,
        "MergedWithPrevious" => SplitBehaviour.MergedWithPrevious,
        "MergedWithNext" => SplitBehaviour.MergedWithNext,
        "Contiguous" => SplitBehaviour.Contiguous,
        _ => throw field.Wrong("Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous"),
    };
}
