using Colibri.Text.AddedTokens;
using Colibri.Text.Decoders;

namespace Colibri.Text;

/// <summary>
/// A tokenizer put together from parts, whatever file they come from: added tokens are cut out, the rest is normalized,
/// cut into words and tokenized; then special tokens are put around it. Decoding runs the other way.
/// </summary>
internal sealed partial class PipelineTokenizer : Tokenizer
{
    private readonly TokenizerParts parts;
    private readonly AddedVocabulary added;
    private readonly Decoder decoder;

    /// <summary>Puts the parts together.</summary>
    public PipelineTokenizer(TokenizerParts parts)
    {
        this.parts = parts;
        added = new AddedVocabulary(parts.AddedTokens, parts.Normalizer, parts.DecodersUndoNormalizer);
        foreach (var (id, text) in parts.DecodedTexts)
        {
            added.DecodedTexts[id] = text;
        }

        decoder = parts.Decoder ?? new JoinDecoder();
        VocabularySize = parts.Vocabulary.Size;
        foreach (var id in added.ById.Keys)
        {
            VocabularySize = Math.Max(VocabularySize, id + 1);
        }
    }

    /// <inheritdoc/>
    public override int VocabularySize { get; }

    /// <inheritdoc/>
    public override int? BeginOfTextId => parts.BeginOfTextId;

    /// <inheritdoc/>
    public override int? EndOfTextId => parts.EndOfTextId;

    /// <inheritdoc/>
    public override bool AddsBeginOfText => parts.AddsBeginOfText;

    /// <inheritdoc/>
    public override TruncationSettings? Truncation => parts.Truncation;

    /// <inheritdoc/>
    public override PaddingSettings? Padding => parts.Padding;

    /// <inheritdoc/>
    public override bool CleansUpSpaces => parts.CleansUpSpaces;

    /// <inheritdoc/>
    public override string TokenText(int id)
    {
        CheckId(id);
        return added.ById.TryGetValue(id, out var token) ? token.Content : parts.Vocabulary.Text(id) ?? "";
    }

    /// <inheritdoc/>
    public override bool IsSpecial(int id)
    {
        CheckId(id);
        return added.ById.TryGetValue(id, out var token) && token.Special;
    }

    /// <inheritdoc/>
    public override string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        var text = new TextStage();
        var stage = decoder.CreateStage(text);
        foreach (var id in ids)
        {
            if (TryTextToDecode(id, skipSpecialTokens, out var token))
            {
                stage.Write(token, last: true);
            }
        }

        stage.Finish();
        return text.Take();
    }

    /// <inheritdoc/>
    public override StreamingDecoder CreateStreamingDecoder(bool skipSpecialTokens = true) => new Stream(this, skipSpecialTokens);

    private bool TryTextToDecode(int id, bool skipSpecialTokens, out string text)
    {
        CheckId(id);
        if (skipSpecialTokens && IsSpecial(id))
        {
            text = "";
            return false;
        }

        text = added.DecodedTexts.TryGetValue(id, out var known) ? known : parts.Vocabulary.Text(id)!;
        return text is not null && !(skipSpecialTokens && added.SpecialTexts.Contains(text));
    }

    private void CheckId(int id)
    {
        if ((uint)id >= (uint)VocabularySize)
        {
            throw new InputException($"Token id {id} is outside the vocabulary: ids from 0 to {VocabularySize - 1} are expected.");
        }
    }

    private sealed class Stream : StreamingDecoder
    {
        private readonly PipelineTokenizer tokenizer;
        private readonly bool skipSpecialTokens;
        private readonly TextStage text = new();
        private DecoderStage stage;

        public Stream(PipelineTokenizer tokenizer, bool skipSpecialTokens)
        {
            this.tokenizer = tokenizer;
            this.skipSpecialTokens = skipSpecialTokens;
            stage = tokenizer.decoder.CreateStage(text);
        }

        public override string Append(int id)
        {
            if (tokenizer.TryTextToDecode(id, skipSpecialTokens, out var token))
            {
                stage.Write(token, last: true);
            }

            return text.Take();
        }

        public override string Flush()
        {
            stage.Finish();
            stage = tokenizer.decoder.CreateStage(text);
            return text.Take();
        }
    }
}
