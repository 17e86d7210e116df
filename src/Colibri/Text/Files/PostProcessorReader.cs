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
                field.Flag("add_prefix_space", true);
                return new ByteLevelProcessing();
            default:
                throw field.Get("type", "a type").Wrong("BertProcessing, ByteLevel, RobertaProcessing, Sequence or TemplateProcessing");
        }
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
