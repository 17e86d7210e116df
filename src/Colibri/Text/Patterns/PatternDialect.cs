namespace Colibri.Text.Patterns;

/// <summary>Whose regular expressions a pattern is written in, where they differ.</summary>
internal enum PatternDialect
{
    /// <summary>Oniguruma with Ruby syntax, as tokenizer.json means it: ^ and $ hold at every line, {n,m}+ repeats a repetition.</summary>
    Oniguruma,

    /// <summary>Rust's fancy-regex, as tiktoken means it: ^ and $ hold at the ends of the text, {n,m}+ gives nothing back.</summary>
    Rust,
}
