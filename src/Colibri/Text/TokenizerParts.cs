using Colibri.Text.AddedTokens;
using Colibri.Text.Decoders;
using Colibri.Text.Normalizers;
using Colibri.Text.Pipeline;
using Colibri.Text.PostProcessors;
using Colibri.Text.PreTokenizers;
using Colibri.Text.TokenModels;

namespace Colibri.Text;

/// <summary>The parts of a tokenizer, as a file reader found them.</summary>
internal sealed record TokenizerParts
{
    /// <summary>The texts of the model's tokens.</summary>
    public required TokenTexts Vocabulary { get; init; }

    /// <summary>The model.</summary>
    public required TokenModel Model { get; init; }

    /// <summary>The added tokens, in the order they were added.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>The normalizer, or null.</summary>
    public Normalizer? Normalizer { get; init; }

    /// <summary>The pre-tokenizer, or null.</summary>
    public PreTokenizer? PreTokenizer { get; init; }

    /// <summary>The post-processor, or null.</summary>
    public PostProcessor? PostProcessor { get; init; }

    /// <summary>The decoder; null joins tokens with spaces.</summary>
    public Decoder? Decoder { get; init; }

    /// <summary>What becomes of input that is not UTF-8.</summary>
    public InvalidText InvalidText { get; init; }

    /// <summary>Texts that the decoder is to see in place of tokens' own.</summary>
    public IReadOnlyDictionary<int, string> DecodedTexts { get; init; } = new Dictionary<int, string>();

    /// <summary>Whether the decoder expects added tokens as the normalizer spells them (byte alphabet).</summary>
    public bool DecodersUndoNormalizer { get; init; }

    /// <summary>Whether the configuration asks to clean up decoded text.</summary>
    public bool CleansUpSpaces { get; init; }

    /// <summary>The beginning-of-text token, or null.</summary>
    public int? BeginOfTextId { get; init; }

    /// <summary>The end-of-text token, or null.</summary>
    public int? EndOfTextId { get; init; }

    /// <summary>Whether the post-processor puts the beginning-of-text token first.</summary>
    public bool AddsBeginOfText { get; init; }

    /// <summary>The truncation the file asks for, or null.</summary>
    public TruncationSettings? Truncation { get; init; }

    /// <summary>The padding the file asks for, or null.</summary>
    public PaddingSettings? Padding { get; init; }
}
