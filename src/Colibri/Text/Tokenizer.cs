namespace Colibri.Text;

/// <summary>Turns text into token ids and back. Immutable and safe to use from many threads.</summary>
public abstract partial class Tokenizer
{
    /// <summary>Number of ids, holes included: every id is below it.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>The beginning-of-text token, or null.</summary>
    public abstract int? BeginOfTextId { get; }

    /// <summary>The end-of-text token, or null.</summary>
    public abstract int? EndOfTextId { get; }

    /// <summary>Whether encoding with special tokens puts the beginning-of-text token first.</summary>
    public abstract bool AddsBeginOfText { get; }

    /// <summary>How the tokenizer's file wants long texts cut, or null. <see cref="Encode(ReadOnlySpan{byte}, bool, bool)"/> never cuts.</summary>
    public virtual TruncationSettings? Truncation => null;

    /// <summary>How the tokenizer's file wants batches filled up, or null. <see cref="Encode(ReadOnlySpan{byte}, bool, bool)"/> never fills up.</summary>
    public virtual PaddingSettings? Padding => null;

    /// <summary>Encodes UTF-8 text, which may be malformed; malformed bytes are treated as the model's reference does.</summary>
    /// <param name="utf8">The text's bytes.</param>
    /// <param name="addSpecialTokens">Whether to add the tokens the model wants around a text (BOS, CLS ...).</param>
    /// <param name="parseSpecialTokens">Whether special tokens spelled out in the text become their ids.</param>
    /// <returns>Token ids.</returns>
    public abstract int[] Encode(ReadOnlySpan<byte> utf8, bool addSpecialTokens = true, bool parseSpecialTokens = true);

    /// <summary>Encodes text.</summary>
    /// <inheritdoc cref="Encode(ReadOnlySpan{byte}, bool, bool)"/>
    public int[] Encode(string text, bool addSpecialTokens = true, bool parseSpecialTokens = true) =>
        Encode(System.Text.Encoding.UTF8.GetBytes(text), addSpecialTokens, parseSpecialTokens);

    /// <summary>Encodes several texts, on several threads.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="addSpecialTokens">Whether to add the tokens the model wants around a text (BOS, CLS ...).</param>
    /// <param name="parseSpecialTokens">Whether special tokens spelled out in the text become their ids.</param>
    /// <returns>Token ids, for each text.</returns>
    public int[][] EncodeBatch(IReadOnlyList<string> texts, bool addSpecialTokens = true, bool parseSpecialTokens = true)
    {
        var ids = new int[texts.Count][];
        Batch.Run(texts.Count, i => ids[i] = Encode(texts[i], addSpecialTokens, parseSpecialTokens));
        return ids;
    }

    /// <summary>Tokenizes UTF-8 text in detail: with offsets, type ids and masks; cut and filled up as the options say.</summary>
    /// <param name="utf8">The text's bytes.</param>
    /// <param name="options">How; null takes the defaults.</param>
    /// <exception cref="InputException">The options cannot be met.</exception>
    public virtual TokenizedText Tokenize(ReadOnlySpan<byte> utf8, TokenizeOptions? options = null) =>
        throw new NotSupportedException("This tokenizer gives ids only.");

    /// <summary>Tokenizes a pair of texts as one sequence, as models for questions and entailment take them.</summary>
    /// <param name="first">The first text's bytes.</param>
    /// <param name="second">The second text's bytes.</param>
    /// <param name="options">How; null takes the defaults.</param>
    /// <exception cref="InputException">The options cannot be met.</exception>
    public virtual TokenizedText TokenizePair(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, TokenizeOptions? options = null) =>
        throw new NotSupportedException("This tokenizer gives ids only.");

    /// <summary>Tokenizes text in detail.</summary>
    /// <inheritdoc cref="Tokenize(ReadOnlySpan{byte}, TokenizeOptions?)"/>
    public TokenizedText Tokenize(string text, TokenizeOptions? options = null) => Tokenize(System.Text.Encoding.UTF8.GetBytes(text), options);

    /// <summary>Tokenizes a pair of texts as one sequence.</summary>
    /// <inheritdoc cref="TokenizePair(ReadOnlySpan{byte}, ReadOnlySpan{byte}, TokenizeOptions?)"/>
    public TokenizedText TokenizePair(string first, string second, TokenizeOptions? options = null) =>
        TokenizePair(System.Text.Encoding.UTF8.GetBytes(first), System.Text.Encoding.UTF8.GetBytes(second), options);

    /// <summary>Tokenizes several texts in detail, on several threads; filling goes to the longest of them.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="options">How; null takes the defaults.</param>
    /// <exception cref="InputException">The options cannot be met.</exception>
    public virtual TokenizedText[] TokenizeBatch(IReadOnlyList<string> texts, TokenizeOptions? options = null) =>
        throw new NotSupportedException("This tokenizer gives ids only.");

    /// <summary>Tokenizes several pairs of texts in detail, on several threads; filling goes to the longest of them.</summary>
    /// <param name="pairs">The pairs.</param>
    /// <param name="options">How; null takes the defaults.</param>
    /// <exception cref="InputException">The options cannot be met.</exception>
    public virtual TokenizedText[] TokenizePairBatch(IReadOnlyList<(string First, string Second)> pairs, TokenizeOptions? options = null) =>
        throw new NotSupportedException("This tokenizer gives ids only.");

    /// <summary>Decodes ids to text; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    /// <exception cref="InputException">An id is outside the vocabulary.</exception>
    public abstract string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true);

    /// <summary>
    /// Whether the tokenizer's configuration (clean_up_tokenization_spaces) asks to take out spaces before punctuation when
    /// decoding. <see cref="Decode(ReadOnlySpan{int}, bool)"/> does not, since the text would no longer be what was encoded.
    /// </summary>
    public virtual bool CleansUpSpaces => false;

    /// <summary>Decodes ids to text as transformers does where it cleans up: spaces before punctuation and contractions go.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    /// <param name="cleanUpSpaces">Whether to clean up; <see cref="CleansUpSpaces"/> is what the configuration asks for.</param>
    /// <exception cref="InputException">An id is outside the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens, bool cleanUpSpaces)
    {
        var text = Decode(ids, skipSpecialTokens);
        return cleanUpSpaces ? Decoders.CleanUp.ApplyToText(text) : text;
    }

    /// <summary>A decoder that takes ids one at a time and never gives half a character.</summary>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    public abstract StreamingDecoder CreateStreamingDecoder(bool skipSpecialTokens = true);

    /// <summary>A decoder that goes on behind ids whose text is known already, such as a prompt's: it gives only what comes after.</summary>
    /// <param name="context">The ids before; their text is not given again.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    /// <remarks>Without it the first word of an answer can lose its space, which some tokenizers add before every text and take off again.</remarks>
    public StreamingDecoder CreateStreamingDecoder(ReadOnlySpan<int> context, bool skipSpecialTokens = true)
    {
        var decoder = CreateStreamingDecoder(skipSpecialTokens);
        foreach (var id in context)
        {
            decoder.Append(id);
        }

        return decoder;
    }

    /// <summary>The token's own text as the vocabulary spells it, for listings.</summary>
    public abstract string TokenText(int id);

    /// <summary>The bytes that a token adds to a text when it stands within it, in front of and behind other words.</summary>
    /// <param name="id">The token.</param>
    /// <param name="bytes">UTF-8, or a part of a character.</param>
    /// <returns>False for special tokens and holes, and where the tokenizer cannot tell.</returns>
    /// <exception cref="InputException">The id is outside the vocabulary.</exception>
    public virtual bool TryGetTokenBytes(int id, out byte[] bytes)
    {
        bytes = [];
        return false;
    }

    /// <summary>Whether the token is a special one (control tokens, not text).</summary>
    public abstract bool IsSpecial(int id);
}

/// <summary>Decodes a growing sequence of ids; the pieces joined equal the whole decoded at once.</summary>
public abstract class StreamingDecoder
{
    /// <summary>Takes the next id.</summary>
    /// <returns>The text that is certain now: empty while a character is incomplete.</returns>
    public abstract string Append(int id);

    /// <summary>Ends the sequence and gives what was held back (an incomplete character becomes U+FFFD).</summary>
    public abstract string Flush();
}
