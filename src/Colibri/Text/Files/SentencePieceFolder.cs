using System.Text;
using Colibri.Text.Normalizers;
using Colibri.Text.PostProcessors;

namespace Colibri.Text.Files;

/// <summary>
/// A SentencePiece model with the configuration beside it: which tokens are added, what goes around a text, and for
/// XLM-RoBERTa the ids, which are not the model's own.
/// </summary>
internal static class SentencePieceFolder
{
    // Their ids are not the model's, or texts are put together in ways that need more than the model says.
    private static readonly string[] NotHeld =
        ["Camembert", "Barthez", "MBart", "MBart50", "Nllb", "M2M100", "Pegasus", "XLNet", "Marian", "Speech2Text", "PLBart", "Reformer", "FNet", "Rembert", "ErnieM", "XGLM"];

    /// <summary>Reads the tokenizer.</summary>
    /// <param name="data">The model's bytes.</param>
    /// <param name="path">The model's file.</param>
    /// <param name="config">What lies beside it.</param>
    /// <exception cref="InputException">A file is faulty, or the kind of tokenizer is not held.</exception>
    public static TokenizerParts Read(ReadOnlySpan<byte> data, string path, TokenizerConfig config)
    {
        if (NotHeld.FirstOrDefault(name => config.Is(name)) is { } name)
        {
            throw new InputException($"{path}: tokenizers of the class {name}Tokenizer are not read from a SentencePiece model. Save the tokenizer as tokenizer.json.");
        }

        var proto = SentencePieceProto.Parse(data, path);
        var roberta = config.Is("XLMRoberta", "XLMRobertaXL") || (config.Class is null && config.ModelType is null && Path.GetFileName(path) == "sentencepiece.bpe.model");
        if (roberta)
        {
            Rearrange(proto, path);
        }

        var parts = SentencePieceTokenizer.Read(proto);
        Defaults(config, proto, roberta);
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = 0; id < proto.Pieces.Count; id++)
        {
            ids[Encoding.UTF8.GetString(proto.Pieces[id].Text)] = id;
        }

        // Slow tokenizers cut added tokens out of the text as it is.
        var named = FolderTokens.Number(config, text => ids.GetValueOrDefault(text, -1), proto.Pieces.Count).ConvertAll(t => t with { Normalized = false });
        var added = named.Concat(parts.AddedTokens.Where(t => named.TrueForAll(n => n.Id != t.Id))).ToList();
        var begin = Id(config.BeginOfText) ?? parts.BeginOfTextId;
        var end = Id(config.EndOfText) ?? parts.EndOfTextId;
        var around = Around(config, proto, roberta, Id, begin, end);
        return parts with
        {
            AddedTokens = added,
            Normalizer = config.Is("Albert") ? AlbertNormalizer(config, parts.Normalizer!) : parts.Normalizer,
            PostProcessor = around.Processor,
            BeginOfTextId = begin,
            EndOfTextId = end,
            AddsBeginOfText = around.First is { } first && first == begin,
            CleansUpSpaces = config.CleansUp,
        };

        int? Id(string? text) =>
            text is null ? null : added.Find(t => t.Content == text)?.Id ?? (ids.TryGetValue(text, out var id) ? id : null);
    }

    private static (TemplateProcessing Processor, int? First) Around(
        TokenizerConfig config, SentencePieceProto proto, bool roberta, Func<string?, int?> id, int? begin, int? end)
    {
        if (roberta || config.Is("Albert", "BigBird", "DebertaV2"))
        {
            var (first, last) = (id(config.Role("cls_token")), id(config.Role("sep_token")));
            TemplateProcessing.Part[] start = first is { } f ? [TemplateProcessing.Part.OfSpecial(0, f)] : [];
            TemplateProcessing.Part[] between = last is { } b ? [TemplateProcessing.Part.OfSpecial(0, roberta ? [b, b] : [b])] : [];
            TemplateProcessing.Part[] close = last is { } l ? [TemplateProcessing.Part.OfSpecial(0, l)] : [];
            TemplateProcessing.Part[] closeSecond = last is { } s ? [TemplateProcessing.Part.OfSpecial(roberta ? 0 : 1, s)] : [];
            return (new TemplateProcessing(
                [.. start, TemplateProcessing.Part.OfText(0, 0), .. close],
                [.. start, TemplateProcessing.Part.OfText(0, 0), .. between, TemplateProcessing.Part.OfText(1, roberta ? 0 : 1), .. closeSecond]), first);
        }

        var closes = config.Is("T5", "MT5", "UMT5");
        var addsBegin = config.Flag("add_bos_token") ?? (!closes && proto.IsBpe);
        var addsEnd = config.Flag("add_eos_token") ?? (closes || !proto.IsBpe);
        var before = addsBegin ? begin : null;
        return (GgufTokenizer.Around(before, addsEnd ? end : null), before);
    }

    private static void Defaults(TokenizerConfig config, SentencePieceProto proto, bool roberta)
    {
        (string, string)[] tokens =
            roberta ? [("bos_token", "<s>"), ("eos_token", "</s>"), ("unk_token", "<unk>"), ("sep_token", "</s>"), ("pad_token", "<pad>"), ("cls_token", "<s>"), ("mask_token", "<mask>")]
            : config.Is("Albert", "DebertaV2", "BigBird") ? [("unk_token", config.Is("DebertaV2") ? "[UNK]" : "<unk>"), ("sep_token", "[SEP]"), ("pad_token", config.Is("DebertaV2") ? "[PAD]" : "<pad>"), ("cls_token", "[CLS]"), ("mask_token", "[MASK]")]
            : [];
        foreach (var (role, text) in tokens)
        {
            if (config.Is("DebertaV2") || proto.Pieces.Exists(p => p.Text.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(text))))
            {
                config.Default(role, text, stripsLeft: role == "mask_token");
            }
        }
    }

    // fairseq put four tokens of its own before the pieces, of which it left out the first three.
    private static void Rearrange(SentencePieceProto proto, string path)
    {
        if (proto.Pieces.Count < 3)
        {
            throw new InputException($"{path}: {proto.Pieces.Count} pieces; a model with '<unk>', '<s>', '</s>' and pieces behind them is expected.");
        }

        proto.Pieces.RemoveRange(0, 3);
        proto.Pieces.InsertRange(0,
        [
            new("<s>"u8.ToArray(), 0, GgufTokenType.Control),
            new("<pad>"u8.ToArray(), 0, GgufTokenType.Control),
            new("</s>"u8.ToArray(), 0, GgufTokenType.Control),
            new("<unk>"u8.ToArray(), 0, GgufTokenType.Unknown),
        ]);
        proto.Pieces.Add(new("<mask>"u8.ToArray(), 0, GgufTokenType.Control));
    }

    private static SequenceNormalizer AlbertNormalizer(TokenizerConfig config, Normalizer own)
    {
        var normalizers = new List<Normalizer> { new ReplaceNormalizer("``", "\""), new ReplaceNormalizer("''", "\"") };
        if (config.Flag("keep_accents") != true)
        {
            normalizers.Add(new UnicodeNormalizer(compatible: true, composes: false));
            normalizers.Add(CharacterNormalizer.WithoutMarks());
        }

        if (config.Flag("do_lower_case") != false)
        {
            normalizers.Add(new LowercaseNormalizer());
        }

        return new SequenceNormalizer([.. normalizers, own]);
    }
}
