namespace Colibri.Text.Pipeline;

/// <summary>What becomes of bytes that are not UTF-8.</summary>
internal enum InvalidText
{
    /// <summary>Each maximal part of a broken character becomes U+FFFD (Hugging Face; the Unicode standard's practice).</summary>
    Replaced,

    /// <summary>Each byte that cannot begin a character becomes U+FFFD; overlong forms and surrogates pass (llama.cpp's decoder).</summary>
    ReplacedByteByByte,

    /// <summary>The bytes are taken as they are; the normalizer or the model deals with them (SentencePiece).</summary>
    Kept,
}
