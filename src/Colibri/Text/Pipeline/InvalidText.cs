namespace Colibri.Text.Pipeline;

/// <summary>What becomes of bytes that are not UTF-8.</summary>
internal enum InvalidText
{
    /// <summary>Each maximal part of a broken character becomes U+FFFD (Hugging Face; the Unicode standard's practice).</summary>
    Replaced,

    /// <summary>Each byte that cannot begin a character becomes U+FFFD; overlong forms and surrogates pass (llama.cpp's decoder).</summary>
    ReplacedByteByByte,

    /// <summary>Each byte that is not part of a character becomes U+FFFD (SentencePiece).</summary>
    ReplacedBytes,

    /// <summary>The bytes are taken as they are (llama.cpp with SentencePiece vocabularies).</summary>
    Kept,
}
