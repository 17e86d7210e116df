namespace Colibri.Text.Files;

/// <summary>
/// How byte-pair vocabularies of GGUF cut text: <c>tokenizer.ggml.pre</c> names one of these (llama-vocab.cpp). Each
/// pattern cuts what the ones before left, matches and the text between them alike. Classes such as \d are spelled out
/// where the reference means something else by them.
/// </summary>
internal static class GgufPatterns
{
    private const string Contractions = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Llama3 = Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Qwen2 = Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Cjk = @"[\x{4E00}-\x{9FA5}\x{3040}-\x{309F}\x{30A0}-\x{30FF}]+";

    // The reference's regular expressions take white space beyond ASCII for a vertical tab, which no class holds.
    private const string BeyondLatin = @"[\x{800}-\x{9FA5}\x{AC00}-\x{D7FF}&&[^\s]]+";
    private const string Han = @"[\x{3400}-\x{4DBF}\x{4E00}-\x{9FFF}\x{F900}-\x{FAFF}\x{20000}-\x{2A6DF}\x{2A700}-\x{2EBEF}\x{2F800}-\x{2FA1F}]";
    private const string AsciiPunctuation = @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+";
    private const string DeepSeek3 = AsciiPunctuation + @"|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    // Upper and lower case as the reference has them: letters but a-z, letters but A-Z.
    private const string Upper = @"[\p{L}&&[^a-z]]";
    private const string Lower = @"[\p{L}&&[^A-Z]]";
    private const string Digits3 = @"\p{N}{1,3}";
    private const string AfterWords = @"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Gpt4o =
        @"[^\r\n\p{L}\p{N}]?" + Upper + "*" + Lower + "+" + Contractions + @"?|[^\r\n\p{L}\p{N}]?" + Upper + "+" + Lower + "*" + Contractions + "?|" + Digits3 + AfterWords;

    // The reference takes \p{Lu}, \p{Ll} and their like for \p{L}, which leaves nothing of the split between cases.
    private const string Cased = @"[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+" + Contractions + "?";

    private static readonly Dictionary<string, Recipe> Recipes = Build();

    /// <summary>The names, for errors.</summary>
    public static IEnumerable<string> Names => Recipes.Keys.Order(StringComparer.Ordinal);

    /// <summary>The recipe of a name, or null where it is not known.</summary>
    public static Recipe? Find(string name) => Recipes.GetValueOrDefault(name);

    private static Dictionary<string, Recipe> Build()
    {
        var recipes = new Dictionary<string, Recipe>(StringComparer.Ordinal);
        void Add(string names, Recipe recipe)
        {
            foreach (var name in names.Split(' '))
            {
                recipes.Add(name, recipe);
            }
        }

        Add("default", new([@"[\p{P}\$\+<=>\^~\|]+", Gpt2, @"\p{N}+", "[0-9][0-9][0-9]"]));
        Add("llama3 llama-v3 llama-bpe falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano", new([Llama3]) { IgnoresMerges = true, AddsBeginOfText = true });
        Add("dbrx smaug-bpe", new([Llama3]));
        Add("glm4 chatglm-bpe", new([Llama3]) { HasBeginOfText = false });
        Add("jais-2", new([Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s{512}(?!\S)|\s{256}(?!\S)|\s{128}(?!\S)|\s{64}(?!\S)|\s{32}(?!\S)|\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}"]));
        Add("deepseek-llm", new(
        [
            "[\r\n]",
            @"\s?[A-Za-z\x{B5}\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{1BA}\x{1BC}-\x{1BF}\x{1C4}-\x{293}\x{295}-\x{2AF}\x{370}-\x{373}\x{376}\x{377}\x{37B}-\x{37D}\x{37F}\x{386}\x{388}-\x{38A}\x{38C}\x{38E}-\x{3A1}\x{3A3}-\x{3F5}\x{3F7}-\x{481}\x{48A}-\x{52F}\x{531}-\x{556}\x{10A0}-\x{10C5}\x{13A0}-\x{13F5}\x{13F8}-\x{13FD}\x{1C90}-\x{1CBA}\x{1CBD}-\x{1CBF}\x{1D00}-\x{1D2B}\x{1D6B}-\x{1D77}\x{1D79}-\x{1D9A}\x{1E00}-\x{1F15}\x{1F18}-\x{1F1D}\x{1F20}-\x{1F45}\x{1F48}-\x{1F4D}\x{1F50}-\x{1F57}\x{1F59}\x{1F5B}\x{1F5D}\x{1F5F}-\x{1F7D}\x{1F80}-\x{1FB4}\x{1FB6}-\x{1FBC}\x{1FBE}\x{1FC2}-\x{1FC4}\x{1FC6}-\x{1FCC}\x{1FD0}-\x{1FD3}\x{1FD6}-\x{1FDB}\x{1FE0}-\x{1FEC}\x{1FF2}-\x{1FF4}\x{1FF6}-\x{1FFC}\x{2102}\x{2107}\x{210A}-\x{2113}\x{2115}\x{2119}-\x{211D}\x{2124}\x{2126}\x{2128}\x{212A}-\x{212D}\x{212F}-\x{2134}\x{2139}\x{213C}-\x{213F}\x{2145}-\x{2149}\x{214E}\x{2183}\x{2184}\x{2C00}-\x{2C7B}\x{2C7E}-\x{2CE4}\x{2CEB}-\x{2CEE}\x{2CF2}\x{2CF3}\x{A640}-\x{A66D}\x{A680}-\x{A69B}\x{A722}-\x{A76F}\x{A771}-\x{A787}\x{A78B}-\x{A78E}\x{AB70}-\x{ABBF}\x{FB00}-\x{FB06}\x{FB13}-\x{FB17}\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A}\x{10400}-\x{1044F}\x{104B0}-\x{104D3}\x{104D8}-\x{104FB}\x{10C80}-\x{10CB2}\x{10CC0}-\x{10CF2}\x{118A0}-\x{118DF}\x{1E900}-\x{1E943}]+",
            @"\s?[!-/:-~\x{FF01}-\x{FF0F}\x{FF1A}-\x{FF5E}\x{2018}-\x{201F}\x{3001}\x{3002}]+",
            @"\s+$",
            BeyondLatin,
            @"\p{N}+",
        ]));
        Add("deepseek-coder", new(["[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", BeyondLatin, @"\p{N}"]));
        Add("deepseek-v3 hunyuan-dense joyai-llm hy_v4", new([Digits3, Cjk, DeepSeek3]));
        Add("spark2_5", new([Digits3, Cjk, AsciiPunctuation + @"|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+|[\r\n]|\s+(?!\S)|\s+", @"\p{N}"]));
        Add("youtu", new(
        [
            @"[\x{AC00}-\x{D7A3}\x{3131}-\x{318E}]+|[\x{FF01}\x{2026}\x{201C}\x{201D}\x{2018}\x{2019}\x{2014}\x{FF1A}\x{FF1B}\x{FF0C}\x{3001}-\x{303F}\x{FE30}-\x{FE4F}]+|[\x{3105}-\x{312F}]+|[\x{4E00}-\x{9FA5}\x{3040}-\x{309F}\x{30A0}-\x{30FF}]+",
            Cased + @"|\p{N}" + AfterWords,
        ])
        { IgnoresMerges = true });
        Add("falcon", new([@"[\p{P}\$\+<=>\^~\|`]+", Gpt2, "[0-9][0-9][0-9]"]));
        Add("starcoder refact command-r smollm codeshell exaone minerva-7b mellum2", new([@"\p{N}", Gpt2]));
        Add("gpt-2 phi-2 jina-es jina-de gigachat jina-v2-es jina-v2-de a.x-4.0 mellum modern-bert mpt olmo jais trillion granite-docling exaone4", new([Gpt2]));
        Add("jina-v1-en jina-v2-code roberta-bpe", new([Gpt2]));
        Add("stablelm2 qwen2 deepseek-r1-qwen kormo f2llmv2 hunyuan solar-open megrez grok-2", new([Qwen2]));
        Add("qwen35", new([Contractions + @"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"]));
        Add("poro-chat bloom gpt3-finnish", new([@" ?[^(\s|.,!?\x{2026}\x{3002}\x{FF0C}\x{3001}\x{964}\x{6D4}\x{60C})]+"]));
        Add("viking", new([@" ?[^(\s|.,!?\x{2026}\x{3002}\x{FF0C}\x{3001}\x{964}\x{6D4}\x{60C})]+", @"\p{N}"]));
        Add("tekken", new(
        [
            @"[^\r\n\p{L}\p{N}]?" + Upper + "*" + Lower + @"+|[^\r\n\p{L}\p{N}]?" + Upper + "+" + Lower + @"*|\p{N}" + AfterWords,
        ])
        { IgnoresMerges = true, AddsBeginOfText = true });
        Add("chameleon", new(
        [
            "<sentinel:[0-9]+>", "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z", "([\\t\\n]|    |  )", @"\p{N}", @"[\p{P}!-/:-@\[-`{-~]", Gpt2,
        ])
        { AddsBeginOfText = true });
        Add("gpt-4o llama4 kanana2 talkie minimax-m2", new([Gpt4o]));
        Add("granite-embed-multi-97m", new([Gpt4o.Replace(@"[\p{L}&&", @"[\p{L}\p{M}&&", StringComparison.Ordinal)]) { IgnoresMerges = true });
        Add("tiny_aya cohere2moe", new([@"\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))", Cased + "|" + Digits3 + AfterWords]));
        Add("kimi-k2", new(
        [
            Han + @"+|[^\r\n\p{L}\p{N}]?[\p{L}&&[^" + Han + "]]+" + Contractions + @"?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ])
        { NeedsMerges = false });
        Add("superbpe", new([@"\p{N}+", "(?=(?:[0-9]{3})+(?![0-9]))"]));
        Add("bailingmoe bailingmoe2 llada-moe", new(
        [
            @"'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
        ]));
        Add("seed-coder", new([Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+"]));
        Add("ufakzeka", new([@"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"]));
        Add("afmoe", new(
        [
            @"\P{N}*\p{N}{1,2}(?=(?:\p{N}{3})*(?!\p{N}))|\P{N}*\p{N}{3}",
            @"[\x{4E00}-\x{9FFF}\x{3400}-\x{4DBF}\x{F900}-\x{FAFF}\x{3040}-\x{309F}\x{30A0}-\x{30FF}\x{FF65}-\x{FF9F}\x{2F00}-\x{2FDF}\x{E40}-\x{E7F}\x{E80}-\x{EFF}\x{1780}-\x{17FF}\x{1000}-\x{109F}\x{AA60}-\x{AA7F}\x{A9E0}-\x{A9FF}\x{AC00}-\x{D7AF}\x{1100}-\x{11FF}]+",
            DeepSeek3,
        ]));
        Add("laguna", new([@"[^\n]+|[\n]+", Qwen2]));
        Add("exaone-moe", new(
        [
            Contractions + @"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+",
        ]));
        Add("gemma4 granite-embed-multi-311m", new([@"[^\n]+|[\n]+"]) { SpellsBytes = false, AddsBeginOfText = true, LineFeedsAreWords = true });
        Add("sarvam-moe", new([@"[^\n]+|[\n]+"]) { SpellsBytes = false });
        Add("minicpm5", new([Digits3, Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"]) { IgnoresMerges = true });
        Add("whitespace", new([@"\S+"]) { SpellsBytes = false, EscapesSpaces = false });
        return recipes;
    }

    /// <summary>What a name stands for.</summary>
    /// <param name="Patterns">The patterns, in order.</param>
    internal sealed record Recipe(string[] Patterns)
    {
        /// <summary>Whether words that are tokens are taken without merging.</summary>
        public bool IgnoresMerges { get; init; }

        /// <summary>Whether the beginning-of-text token is added where the file does not say.</summary>
        public bool AddsBeginOfText { get; init; }

        /// <summary>Whether there is a beginning-of-text token where the file does not say.</summary>
        public bool HasBeginOfText { get; init; } = true;

        /// <summary>Whether the vocabulary is spelled in the byte alphabet; else in plain UTF-8 with U+2581 for spaces.</summary>
        public bool SpellsBytes { get; init; } = true;

        /// <summary>Whether spaces become U+2581 where the vocabulary is plain UTF-8.</summary>
        public bool EscapesSpaces { get; init; } = true;

        /// <summary>Whether a run of line feeds that is a token is taken without merging.</summary>
        public bool LineFeedsAreWords { get; init; }

        /// <summary>Whether a list of merges must be there.</summary>
        public bool NeedsMerges { get; init; } = true;
    }
}
