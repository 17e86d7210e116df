namespace Colibri.Text.PreTokenizers;

/// <summary>Finds out whether the spelling of bytes as characters is the last thing a pre-tokenizer does, and leaves it out.</summary>
internal static class ByteSpelling
{
    /// <summary>The same pre-tokenizer giving raw bytes, or null where bytes are not spelled last and once.</summary>
    public static PreTokenizer? Without(PreTokenizer? preTokenizer)
    {
        if (preTokenizer is ByteLevelPreTokenizer byteLevel)
        {
            return byteLevel.WithoutSpelling();
        }

        if (preTokenizer is SequencePreTokenizer { Parts.Count: > 0 } sequence
            && sequence.Parts.SkipLast(1).All(p => p is SplitterPreTokenizer)
            && Without(sequence.Parts[^1]) is { } raw)
        {
            return new SequencePreTokenizer([.. sequence.Parts.SkipLast(1), raw]);
        }

        return null;
    }
}
