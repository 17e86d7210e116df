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

    /// <summary>Decodes ids to text; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    /// <exception cref="InputException">An id is outside the vocabulary.</exception>
    public abstract string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true);

    /// <summary>A decoder that takes ids one at a time and never gives half a character.</summary>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    public abstract StreamingDecoder CreateStreamingDecoder(bool skipSpecialTokens = true);

    /// <summary>The token's own text as the vocabulary spells it, for listings.</summary>
    public abstract string TokenText(int id);

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
