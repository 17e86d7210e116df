using Colibri.Text.Pipeline;

namespace Colibri.Text.TokenModels;

/// <summary>The heart of a tokenizer: turns one word (or a whole text, where nothing cut it) into tokens.</summary>
internal abstract class TokenModel
{
    /// <summary>Adds the tokens of a word.</summary>
    /// <param name="word">The word's bytes, never empty.</param>
    /// <param name="sink">Takes ids with positions counted from the start of the word.</param>
    /// <exception cref="InputException">The text needs the unknown token and the vocabulary has none.</exception>
    public abstract void Tokenize(ReadOnlySpan<byte> word, TokenSink sink);
}
