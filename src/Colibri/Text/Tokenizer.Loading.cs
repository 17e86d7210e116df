using Colibri.Files;
using Colibri.Text.Files;

namespace Colibri.Text;

/// <content>Loading from files.</content>
public abstract partial class Tokenizer
{
    /// <summary>Loads Hugging Face's tokenizer.json.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">The file is missing or faulty; the message names the field.</exception>
    public static Tokenizer FromTokenizerJson(string path) => new PipelineTokenizer(TokenizerJson.Read(TokenizerFile.Read(path), path, config: null));

    /// <summary>
    /// Loads the tokenizer of a Hugging Face folder: tokenizer.json, or else a SentencePiece model, a tiktoken file, vocab.json
    /// with merges.txt, or vocab.txt; with what tokenizer_config.json, special_tokens_map.json and added_tokens.json say.
    /// </summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="InputException">There is no tokenizer, or it is faulty.</exception>
    public static Tokenizer FromFolder(string path) => new PipelineTokenizer(TokenizerFolder.Read(path));

    /// <summary>
    /// Loads a tokenizer's file of any kind that <see cref="FromFolder"/> reads, with what the configuration files beside it
    /// say. What it is is told by its content; of a tiktoken file, which encoding it is by its name or its number of tokens.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">The file is missing, faulty, or no tokenizer.</exception>
    public static Tokenizer FromFile(string path) => new PipelineTokenizer(TokenizerFolder.ReadFile(path));

    /// <summary>Whether a folder has a tokenizer that <see cref="FromFolder"/> reads.</summary>
    internal static bool IsInFolder(string folder) => TokenizerFolder.HasTokenizer(folder);

    /// <summary>Whether a file's name is that of a tokenizer.</summary>
    internal static bool IsFile(string path) => TokenizerFolder.LooksLike(path);

    /// <summary>Loads the tokenizer of a GGUF file, whose weights it does not touch.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">The file is faulty or has no tokenizer; the message names the key.</exception>
    public static Tokenizer FromGguf(string path)
    {
        using var source = GgufSource.Open(path);
        return TokenizerLoading.From(source)
            ?? throw new InputException($"{path}: no tokenizer in it; metadata under 'tokenizer.ggml' is expected.");
    }

    /// <summary>Loads the tokenizer of a GGUF file from its metadata.</summary>
    /// <param name="vocabulary">The metadata.</param>
    /// <exception cref="InputException">The metadata is faulty; the message names the key.</exception>
    internal static Tokenizer FromGguf(GgufVocabulary vocabulary) => new PipelineTokenizer(GgufTokenizer.Read(vocabulary));

    /// <summary>Loads a SentencePiece model (tokenizer.model, spiece.model): byte-pair encoding or unigram.</summary>
    /// <remarks>
    /// Such a file does not say what goes around a text: byte-pair models get a beginning-of-text token before it, unigram
    /// models an end-of-text token after it.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">The file is missing or faulty.</exception>
    public static Tokenizer FromSentencePiece(string path) => new PipelineTokenizer(SentencePieceTokenizer.Read(TokenizerFile.Read(path), path));

    /// <summary>Loads one of tiktoken's rank files.</summary>
    /// <param name="path">The file.</param>
    /// <param name="pattern">
    /// How text is cut: gpt2, r50k_base, p50k_base, p50k_edit, cl100k_base, o200k_base, o200k_harmony, llama3 or qwen, or else a regular
    /// expression.
    /// </param>
    /// <param name="specials">Special tokens with their ids; null takes those that belong to the name.</param>
    /// <exception cref="InputException">The file is missing or faulty, or the pattern or a special token is.</exception>
    public static Tokenizer FromTiktoken(string path, string pattern, IReadOnlyDictionary<string, int>? specials = null) =>
        new PipelineTokenizer(TiktokenReader.Read(TokenizerFile.Read(path), path, pattern, specials));
}
