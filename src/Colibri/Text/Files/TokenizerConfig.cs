using System.Text.Json;
using Colibri.Text.AddedTokens;

namespace Colibri.Text.Files;

/// <summary>
/// What the files beside a vocabulary say about its tokenizer: tokenizer_config.json, special_tokens_map.json and
/// added_tokens.json, the first of them before the others, and the kind of model from config.json.
/// </summary>
internal sealed class TokenizerConfig
{
    private const int HighestId = 1 << 24;

    // The order in which special tokens that no file numbers get their ids.
    private static readonly string[] RoleNames = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private readonly Dictionary<string, NamedToken> roles = [];
    private readonly List<NamedToken> more = [];
    private readonly Dictionary<string, (int Id, NamedToken Token)> numbered = [];
    private readonly Dictionary<string, bool> flags = [];

    private TokenizerConfig(string source) => Source = source;

    /// <summary>The file or folder, for errors.</summary>
    public string Source { get; }

    /// <summary>The tokenizer's class without "Tokenizer" and "Fast" (Llama, Bert), or null.</summary>
    public string? Class { get; private set; }

    /// <summary>The model's kind (model_type), or null.</summary>
    public string? ModelType { get; private set; }

    /// <summary>The text of the beginning-of-text token, or null.</summary>
    public string? BeginOfText => Role("bos_token");

    /// <summary>The text of the end-of-text token, or null.</summary>
    public string? EndOfText => Role("eos_token");

    /// <summary>Whether decoding takes out spaces before punctuation.</summary>
    public bool CleansUp => Flag("clean_up_tokenization_spaces") ?? false;

    /// <summary>Tokens that have ids of their own, by id.</summary>
    public IEnumerable<AddedToken> Numbered => numbered.Values.OrderBy(n => n.Id).Select(n => n.Token.With(n.Id, IsSpecial(n.Token)));

    /// <summary>The special tokens by role, then the others that are named; without the ids that files give.</summary>
    public IEnumerable<NamedToken> Special => RoleNames.Where(roles.ContainsKey).Select(r => roles[r]).Concat(more).DistinctBy(t => t.Content);

    /// <summary>Nothing.</summary>
    public static TokenizerConfig None(string source) => new(source);

    /// <summary>Reads what is beside a vocabulary.</summary>
    /// <exception cref="InputException">A file is faulty; the message names the field.</exception>
    public static TokenizerConfig Read(string folder)
    {
        var config = new TokenizerConfig(folder);
        if (Open(folder, "tokenizer_config.json") is { } main)
        {
            config.ReadMain(main);
        }

        if (Open(folder, "special_tokens_map.json") is { } map)
        {
            config.ReadRoles(map);
        }

        if (Open(folder, "added_tokens.json") is { } added)
        {
            foreach (var member in added.Members())
            {
                var content = System.Text.Encoding.UTF8.GetString(added.NameOf(member));
                config.numbered.TryAdd(content, (added.Within(member.Value, content).AsInteger(0, HighestId), new NamedToken(content)));
            }
        }

        if (Open(folder, "config.json") is { } model && model.TryGet("model_type", out var type) && type.Kind == JsonValueKind.String)
        {
            config.ModelType = type.AsText();
        }

        return config;
    }

    /// <summary>The text of a token by its role (bos_token, unk_token and so on), or null.</summary>
    public string? Role(string role) => roles.TryGetValue(role, out var token) ? token.Content : null;

    /// <summary>A flag of tokenizer_config.json, or null where it is not set.</summary>
    public bool? Flag(string name) => flags.TryGetValue(name, out var value) ? value : null;

    /// <summary>Whether the tokenizer's class is one of some, or, where no class is named, the model's kind.</summary>
    public bool Is(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Class is not null ? Class.Equals(name, StringComparison.OrdinalIgnoreCase) : string.Equals(ModelType?.Replace("-", "").Replace("_", ""), name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Says what a role's token is where no file does.</summary>
    public void Default(string role, string content, bool stripsLeft = false) =>
        roles.TryAdd(role, new NamedToken(content) { StripsLeft = stripsLeft });

    private static JsonField? Open(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? JsonField.Parse(TokenizerFile.Read(path), path) : null;
    }

    private void ReadMain(JsonField root)
    {
        if (root.TryGet("tokenizer_class", out var name))
        {
            var text = name.AsText();
            text = text.EndsWith("Fast", StringComparison.Ordinal) ? text[..^4] : text;
            Class = text.EndsWith("Tokenizer", StringComparison.Ordinal) ? text[..^9] : text;

            // This class says only that the files say all.
            Class = Class is "PreTrained" or "" ? null : Class;
        }

        foreach (var flag in new[]
        {
            "clean_up_tokenization_spaces", "add_bos_token", "add_eos_token", "add_prefix_space", "do_lower_case", "strip_accents",
            "tokenize_chinese_chars", "legacy", "keep_accents",
        })
        {
            if (root.TryGet(flag, out var value))
            {
                flags[flag] = value.AsFlag();
            }
        }

        if (root.TryGet("added_tokens_decoder", out var decoder))
        {
            foreach (var member in decoder.Members())
            {
                var field = decoder.Within(member.Value, member.Name);
                if (!int.TryParse(member.Name, System.Globalization.NumberStyles.None, null, out var id) || id > HighestId)
                {
                    field.Throw("is no token id; a number is expected.");
                }

                var token = NamedToken.Read(field);
                numbered[token.Content] = (id, token);
            }
        }

        ReadRoles(root);
    }

    private void ReadRoles(JsonField root)
    {
        foreach (var role in RoleNames)
        {
            if (root.TryGet(role, out var field))
            {
                roles.TryAdd(role, NamedToken.Read(field));
            }
        }

        if (root.TryGet("additional_special_tokens", out var list))
        {
            more.AddRange(list.Items().Select(NamedToken.Read));
        }
    }

    // A token with a role is special, whatever its entry says.
    private bool IsSpecial(NamedToken token) => token.Special == true || Special.Any(s => s.Content == token.Content);

    /// <summary>A token as configuration files write it: a string, or an object with its content and flags.</summary>
    /// <param name="Content">Its text.</param>
    internal sealed record NamedToken(string Content)
    {
        /// <summary>Takes the white space before it along.</summary>
        public bool StripsLeft { get; init; }

        /// <summary>Takes the white space after it along.</summary>
        public bool StripsRight { get; init; }

        /// <summary>Matches only where no word character touches it.</summary>
        public bool SingleWord { get; init; }

        /// <summary>Is looked for in normalized text; null is the default of its kind.</summary>
        public bool? Normalized { get; init; }

        /// <summary>Whether its entry says that it is a control token.</summary>
        public bool? Special { get; init; }

        /// <summary>Reads one.</summary>
        public static NamedToken Read(JsonField field)
        {
            if (field.Kind == JsonValueKind.String)
            {
                return new NamedToken(field.AsText());
            }

            field = field.Must(JsonValueKind.Object, "a token's text, or an object with its 'content'");
            return new NamedToken(field.Text("content"))
            {
                StripsLeft = field.Flag("lstrip", false),
                StripsRight = field.Flag("rstrip", false),
                SingleWord = field.Flag("single_word", false),
                Normalized = field.TryGet("normalized", out var normalized) ? normalized.AsFlag() : null,
                Special = field.TryGet("special", out var special) ? special.AsFlag() : null,
            };
        }

        /// <summary>The token under an id.</summary>
        public AddedToken With(int id, bool special) => new()
        {
            Id = id,
            Content = Content,
            StripsLeft = StripsLeft,
            StripsRight = StripsRight,
            SingleWord = SingleWord,
            Normalized = Normalized ?? !special,
            Special = special,
        };
    }
}
