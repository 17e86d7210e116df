using Colibri.Text.PostProcessors;

namespace Colibri.Text.Files;

/// <summary>Reads 'post_processor' of tokenizer.json.</summary>
internal static class PostProcessorReader
{
    private const int HighestTypeId = 1 << 20;

    /// <summary>Reads a post-processor.</summary>
    public static PostProcessor Read(JsonField field)
    {
        switch (field.Text("type"))
        {
            case "TemplateProcessing":
                var special = field.TryGet("special_tokens", out _) ? ReadSpecial(field.Object("special_tokens")) : [];
                return new TemplateProcessing(ReadTemplate(field, "single", special), ReadTemplate(field, "pair", special));
            case "ByteLevel":
                return new ByteLevelProcessing(field.Flag("trim_offsets", true), field.Flag("add_prefix_space", true));
            case "BertProcessing":
                return ReadAround(field, separators: 1, pairType: 1);
            case "RobertaProcessing":
                return new SequenceProcessing(
                [
                    new ByteLevelProcessing(field.Flag("trim_offsets"), field.Flag("add_prefix_space")),
                    ReadAround(field, separators: 2, pairType: 0),
                ]);
            case "Sequence":
                return new SequenceProcessing(field.List("processors").Select(Read).ToArray());
            default:
                throw field.Get("type", "a type").Wrong("BertProcessing, ByteLevel, RobertaProcessing, Sequence or TemplateProcessing");
        }
    }

    // [CLS] A [SEP] and [CLS] A [SEP] B [SEP], with as many separators between the two as the kind wants.
    private static TemplateProcessing ReadAround(JsonField field, int separators, int pairType)
    {
        var begin = TemplateProcessing.Part.OfSpecial(0, ReadToken(field, "cls"));
        var end = ReadToken(field, "sep");
        TemplateProcessing.Part[] single = [begin, TemplateProcessing.Part.OfText(0, 0), TemplateProcessing.Part.OfSpecial(0, end)];
        return new TemplateProcessing(single,
        [
            begin,
            TemplateProcessing.Part.OfText(0, 0),
            TemplateProcessing.Part.OfSpecial(0, Enumerable.Repeat(end, separators).ToArray()),
            TemplateProcessing.Part.OfText(1, pairType),
            TemplateProcessing.Part.OfSpecial(pairType, end),
        ]);
    }

    // A token as its text and its id.
    private static int ReadToken(JsonField field, string name)
    {
        var items = field.List(name).ToArray();
        if (items.Length != 2)
        {
            throw field.Get(name, "a token").Wrong("a token's text and its id");
        }

        items[0].AsText();
        return items[1].AsInteger(0, int.MaxValue);
    }

    private static TemplateProcessing.Part[] ReadTemplate(JsonField field, string name, Dictionary<string, int[]> special)
    {
        var parts = new List<TemplateProcessing.Part>();
        foreach (var item in field.List(name))
        {
            if (item.TryGet("Sequence", out var sequence))
            {
                var id = sequence.Text("id");
                var index = id is "A" ? 0 : id is "B" ? 1 : throw sequence.Get("id", "A or B").Wrong("A or B");
                parts.Add(TemplateProcessing.Part.OfText(index, sequence.Integer("type_id", 0, HighestTypeId)));
            }
            else
            {
                var token = item.Get("SpecialToken", "SpecialToken or Sequence");
                if (!special.TryGetValue(token.Text("id"), out var ids))
                {
                    throw token.Get("id", "a token").Wrong("a token that 'special_tokens' describes");
                }

                parts.Add(TemplateProcessing.Part.OfSpecial(token.Integer("type_id", 0, HighestTypeId), ids));
            }
        }

        return [.. parts];
    }

    private static Dictionary<string, int[]> ReadSpecial(JsonField special)
    {
        var tokens = new Dictionary<string, int[]>(StringComparer.Ordinal);
        foreach (var member in special.Members())
        {
            var name = System.Text.Encoding.UTF8.GetString(special.NameOf(member));
            tokens[name] = special.Within(member.Value, name).List("ids").Select(id => id.AsInteger(0, int.MaxValue)).ToArray();
        }

        return tokens;
    }
}
