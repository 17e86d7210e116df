namespace Colibri.Text.PostProcessors;

/// <summary>TemplateProcessing: a template for one text and one for a pair, each a list of special tokens and of places for the texts.</summary>
/// <param name="single">The template for one text.</param>
/// <param name="pair">The template for two.</param>
internal sealed class TemplateProcessing(TemplateProcessing.Part[] single, TemplateProcessing.Part[] pair) : PostProcessor
{
    /// <inheritdoc/>
    public override IEnumerable<int> AddedIds => single.Concat(pair).SelectMany(p => p.Ids);

    /// <inheritdoc/>
    public override int AddedTokens(bool isPair) => (isPair ? pair : single).Sum(p => p.Ids.Length);

    /// <inheritdoc/>
    public override List<TokenList> Process(List<TokenList> lists, bool addSpecialTokens)
    {
        var template = lists.Count switch
        {
            1 => single,
            2 => pair,
            _ => null,
        };

        if (template is null)
        {
            return lists;
        }

        var result = new List<TokenList>(template.Length);
        foreach (var part in template)
        {
            if (part.Sequence >= 0)
            {
                // The single template may name B, which is not there.
                if (part.Sequence < lists.Count)
                {
                    var list = lists[part.Sequence];
                    list.SetType(part.TypeId);
                    result.Add(list);
                }
            }
            else if (addSpecialTokens)
            {
                result.Add(TokenList.OfSpecial(part.Ids, part.TypeId, lists[0].Spans is not null));
            }
        }

        return result;
    }

    /// <summary>One place in a template.</summary>
    /// <param name="Sequence">Which text goes here (0 or 1), or -1 for special tokens.</param>
    /// <param name="TypeId">Type id of the tokens.</param>
    /// <param name="Ids">The special tokens; empty for a text.</param>
    internal sealed record Part(int Sequence, int TypeId, int[] Ids)
    {
        /// <summary>The place of a text.</summary>
        public static Part OfText(int sequence, int typeId) => new(sequence, typeId, []);

        /// <summary>Special tokens.</summary>
        public static Part OfSpecial(int typeId, params int[] ids) => new(-1, typeId, ids);
    }
}
